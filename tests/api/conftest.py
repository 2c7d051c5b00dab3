"""The real application, without a socket."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """One application with its workers for all of these tests; a fault on the server is an answer too."""
    with TestClient(create_app(Settings(workers=2)), raise_server_exceptions=False) as started:
        yield started
