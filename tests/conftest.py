"""What all tests share: one BLAS thread, as the workers have it, and a running server."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from app.compute.worker import ONE_THREAD

os.environ.update(ONE_THREAD)  # before numpy is imported, which happens in the next line

from tests.serving import Server

# The same examples every time: what fails here fails everywhere. A deadline would measure the machine.
settings.register_profile("seeded", derandomize=True, deadline=None)
settings.load_profile("seeded")


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
