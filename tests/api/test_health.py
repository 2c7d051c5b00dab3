"""Whether the server lives, whether it wants work, and how it stops."""

import json
import os
import signal
import threading

import pytest
from starlette.testclient import TestClient, WebSocketDisconnect
from websockets.exceptions import ConnectionClosed

from app.main import create_app
from app.settings import Settings
from tests.serving import LiveClient, Server, alive, eventually

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}


def close_code(page):
    """With which code the server ends the connection, after whatever it still sends."""
    while True:
        try:
            page.receive()
        except ConnectionClosed as closed:
            return closed.rcvd and closed.rcvd.code


def test_ready_is_a_worker_that_answers(client):
    answer = client.get("/api/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready"}
    assert answer.headers["cache-control"] == "no-store"


def test_without_a_worker_that_answers_it_is_not_ready_and_lives(monkeypatch):
    monkeypatch.setattr("app.api.health.READY_SECONDS", 0.3)
    with TestClient(create_app(Settings(workers=1))) as client:
        (worker,) = client.app.state.pool.process_ids
        os.kill(worker, signal.SIGSTOP)
        try:
            refused = client.get("/api/ready")
            assert client.get("/api/health").status_code == 200
        finally:
            os.kill(worker, signal.SIGCONT)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["detail"] == "no worker answered within 0.3 s; please try again"
        eventually(lambda: client.get("/api/ready").status_code == 200)


def test_while_it_drains_nothing_new_begins():
    with TestClient(create_app(Settings(workers=1))) as client:
        client.app.state.draining = True
        for refused in (client.get("/api/ready"), client.post("/api/runs", json={"steps": 1})):
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) >= 1
        with client.websocket_connect("/api/live") as socket, pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 1012
        assert closed.value.reason == "the server is being restarted"
        assert client.get("/api/health").status_code == 200


def test_a_server_that_is_told_to_stop_says_so_first_lets_runs_go_on_and_leaves_nothing_behind():
    with Server.start(PLAYGROUND_WORKERS="2", PLAYGROUND_DRAIN_SECONDS="3") as server:
        workers = server.children
        with LiveClient(server) as page:
            page.open({}, IDENTICAL, playing=True, speed=2000)
            page.until(lambda f: f.step > 100)
            stopped = []
            stopping = threading.Thread(target=lambda: stopped.append(server.stop()))
            stopping.start()
            eventually(lambda: server.request("GET", "/api/ready")[0] == 503, 2.5)
            at = page.frames[-1].step
            page.until(lambda f: f.step > at + 500)  # who is there goes on meanwhile
            with LiveClient(server) as late:
                assert close_code(late) == 1012
            assert close_code(page) == 1012  # the page comes back by itself
            left = page.frames[-1]
        stopping.join(20)
        assert stopped == [0]
        eventually(lambda: not any(alive(worker) for worker in workers))
        assert "draining for 3 s" in server.log
        assert "Traceback" not in server.log
        server.restart()
        with LiveClient(server) as page:  # and goes on where it was, with the same bits
            page.open({}, IDENTICAL, step=left.step)
            back = page.paused_at(left.step)
            assert [lane.theta for lane in back.lanes] == [lane.theta for lane in left.lanes]


def test_without_a_time_to_drain_it_stops_at_once_and_logs_to_the_last_line():
    with Server.start(PLAYGROUND_WORKERS="1", PLAYGROUND_LOG_FORMAT="json") as server:
        with LiveClient(server) as page:
            page.open({}, playing=True, speed=None)
            page.until(lambda f: f.step > 100)
            assert server.stop() == 0
            assert close_code(page) == 1012
        told = [json.loads(line)["message"] for line in server.log.splitlines()]
        assert told[-1].startswith("Finished server process")
        assert not [line for line in told if "draining" in line]
