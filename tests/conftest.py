"""What all tests share: one BLAS thread, as the workers have it, and a running server."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from app.compute.worker import ONE_THREAD

os.environ.update(ONE_THREAD)  # before numpy is imported, which happens in the next line

from tests.serving import Server

# A shell's background job ignores Ctrl-C, and whatever it starts does so too: here it is heard.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples every time: what fails here fails everywhere. A deadline would measure the machine.
settings.register_profile(
    "seeded", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("seeded")


HERE = Path(__file__).parent
WITH_PROCESSES = [HERE / name for name in ("api", "browser", "compute")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers, servers and their workers share two cores: what fails there is tried once more.

    The summary lists it as RERUN, so that it is neither the end of a whole run nor hidden.
    """
    for item in items:
        if any(folder in item.path.parents for folder in WITH_PROCESSES):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real server that many tests share: none of them may stop it."""
    with Server.start() as running:
        yield running


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A real server for one test, which may kill it."""
    with Server.start() as running:
        yield running
