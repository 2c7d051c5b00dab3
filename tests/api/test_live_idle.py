"""A connection that never says what it wants does not keep its place."""

import time

import pytest
from starlette.websockets import WebSocketDisconnect

from app.api import live
from tests.serving import eventually


def test_what_never_opens_anything_is_closed_with_the_reason(client, monkeypatch):
    monkeypatch.setattr(live, "OPEN_SECONDS", 0.1)
    with client.websocket_connect("/api/live") as socket:
        assert len(client.app.state.sessions) == 1
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
    assert closed.value.code == live.POLICY_VIOLATION
    assert "nothing was opened" in closed.value.reason
    eventually(lambda: not client.app.state.sessions)


def test_what_has_opened_something_may_rest_as_long_as_it_likes(client, monkeypatch):
    monkeypatch.setattr(live, "OPEN_SECONDS", 0.3)
    with client.websocket_connect("/api/live") as socket:
        socket.send_json({"type": "open", "lanes": [{}]})
        socket.receive_bytes()
        socket.send_json({"type": "ack", "frame": 1})
        monkeypatch.setattr(live, "OPEN_SECONDS", 0.0)
        socket.send_json({"type": "step"})
        socket.receive_bytes()


def test_speaking_without_opening_anything_gains_no_time(client, monkeypatch):
    monkeypatch.setattr(live, "OPEN_SECONDS", 0.5)

    def chat(socket):
        for _ in range(40):
            socket.send_json({"type": "ack", "frame": 0})
            socket.send_json({"type": "dance"})  # each is answered, and so is the end
            socket.receive_json()
            time.sleep(0.05)

    with client.websocket_connect("/api/live") as socket, pytest.raises(WebSocketDisconnect) as closed:
        chat(socket)
    assert (closed.value.code, closed.value.reason) == (live.POLICY_VIOLATION, "nothing was opened")
    eventually(lambda: not client.app.state.sessions)
