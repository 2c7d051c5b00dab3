"""The real application beside the command line."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """One application with a worker, to compare with."""
    with TestClient(create_app(Settings(workers=1))) as started:
        yield started
