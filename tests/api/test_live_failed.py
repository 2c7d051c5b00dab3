"""A session that fails is logged under its id and closed in words; that a page has gone is no failure."""

import asyncio
import logging

import pytest
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from app.api.gone import Gone, ended
from app.api.logs import Belonging
from app.api.presenting import Presenting
from app.api.sessions import Watched
from app.compute.session import Session
from tests.serving import eventually


class Kept(logging.Handler):
    """What is logged, with what it is about, as the server's own handler knows it."""

    def __init__(self):
        super().__init__()
        self.addFilter(Belonging())
        self.records = []

    def emit(self, record):
        self.records.append(record)


@pytest.fixture
def log():
    kept, logger = Kept(), logging.getLogger("playground.live")
    level = logger.level
    logger.addHandler(kept)
    logger.setLevel("INFO")
    yield kept.records
    logger.removeHandler(kept)
    logger.setLevel(level)


async def boom(*_):
    raise RuntimeError("boom")


@pytest.mark.parametrize(
    ("what", "part"),
    [(Session, "run"), (Presenting, "tell")],
    ids=["its task fails", "what it is told fails"],
)
def test_a_session_that_fails_is_logged_and_closed_in_words(client, monkeypatch, log, what, part):
    monkeypatch.setattr(what, part, boom)
    with client.websocket_connect("/api/live") as socket:
        socket.send_json({"type": "room", "secret": "a" * 32})
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1011
    assert closed.value.reason == "something went wrong on the server; it has been logged"
    eventually(lambda: not client.app.state.sessions)
    (error,) = [record for record in log if record.levelno >= logging.ERROR]
    assert str(error.exc_info[1]) == "boom"
    begun = next(record for record in log if record.getMessage() == "a session begins")
    assert set(error.about) == {"session"}
    assert error.about == begun.about


def test_a_page_that_leaves_is_no_failure(client, log):
    with client.websocket_connect("/api/live") as socket:
        socket.send_json({"type": "open", "lanes": [{}], "playing": True})
        socket.receive_bytes()
    eventually(lambda: not client.app.state.sessions)
    assert [record.getMessage() for record in log if record.levelno >= logging.WARNING] == []


class Closed:
    """A socket that has been closed, as Starlette, uvicorn or the system say it."""

    def __init__(self, error):
        self.error = error

    async def send(self, message):
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        WebSocketDisconnected('Cannot call "send" once a close message has been sent.'),
        WebSocketDisconnect(1006),
        RuntimeError("Unexpected ASGI message 'websocket.send', after sending 'websocket.close'."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_to_send_to_who_has_gone_is_one_exception_and_no_failure(log, error):
    watched = Watched(Closed(error), metrics=None)

    async def sent():
        await watched.close(1011, "whatever")  # who has gone need not be told
        tasks = [
            asyncio.ensure_future(watched.send_bytes(b"frame")),
            asyncio.ensure_future(watched.send_json({})),
        ]
        await asyncio.wait(tasks)
        return tasks, await ended(tasks, logging.getLogger("playground.live"))

    tasks, well = asyncio.run(sent())
    assert [type(task.exception()) for task in tasks] == [Gone, Gone]
    assert well
    assert log == []
