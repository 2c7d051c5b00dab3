"""What goes wrong around a live run: its numbers afterwards are those of a run that nothing disturbed."""

import base64
import contextlib
import json
import os
import resource
import signal
import socket
import time

import pytest

from tests.api.test_live import run_to
from tests.serving import LOOPBACK, LiveClient, Server, alive, eventually

PAGE = {"boundary": 100, "maps": 30, "units": 8, "activations": True}


def finished(page, server, step=5000):
    """Play on to ``step``: the bits there must be those of a run in one answer."""
    page.send("play", until=step)
    assert page.paused_at(step).lane.theta == run_to(server, step)
    assert [message for message in page.messages if message["type"] == "error"] == []


def test_workers_that_hang_are_replaced_and_the_run_goes_on():
    with Server.start(PLAYGROUND_CHUNK_TIMEOUT_SECONDS="4") as server, LiveClient(server) as page:
        page.open({}, playing=True, speed=2000.0, view=PAGE)
        page.until(lambda f: f.step > 300)
        hung = server.children
        for worker in hung:
            os.kill(worker, signal.SIGSTOP)
        page.until(lambda f: f.step > 1500)
        finished(page, server)
        eventually(lambda: not any(map(alive, hung)))
        assert "silent" in server.log


@pytest.mark.parametrize("order", ["twice", "late", "reversed", "every third"])
def test_acknowledgements_that_come_otherwise_change_no_number(server, order):
    with LiveClient(server, acknowledging=False) as page:
        page.open({}, playing=True, speed=2000.0, view=PAGE)
        waiting = []
        while True:
            frame = page.until(lambda f: True)
            if frame.step > 1500:
                break
            waiting.append(frame.number)
            if order == "twice":
                page.acknowledge(frame)
                page.acknowledge(frame)
            elif order == "late" and len(waiting) > 1:
                page.send("ack", frame=waiting[-2])
            elif order == "reversed" and len(waiting) % 2 == 0:
                for number in reversed(waiting[-2:]):
                    page.send("ack", frame=number)
            elif order == "every third" and len(waiting) % 2 == 0:
                page.acknowledge(frame)  # stands for the one before it too
            with contextlib.suppress(IndexError):
                page.send("ack", frame=waiting[-3])  # long since told
        numbers = [frame.number for frame in page.frames]
        assert numbers == list(range(1, len(numbers) + 1))
        page.acknowledging = True
        page.acknowledge(frame)
        finished(page, server)


def test_a_slow_page_holds_up_nobody_and_loses_nothing(server):
    with LiveClient(server, acknowledging=False) as slow, LiveClient(server) as quick:
        slow.open({}, playing=True, speed=2000.0, view=PAGE)
        quick.open({}, playing=True, speed=2000.0, view=PAGE)
        for _ in range(4):
            begun = time.monotonic()
            last = slow.until(lambda f: True)
            while time.monotonic() < begun + 0.25:
                quick.until(lambda f: True)
            slow.acknowledge(last)
        assert len(quick.frames) > 4 * len(slow.frames)
        finished(quick, server)
        slow.acknowledging = True
        slow.acknowledge(slow.frames[-1])
        finished(slow, server)


def test_a_page_that_has_gone_without_a_word_leaves_nothing_behind():
    with Server.start(PLAYGROUND_PING_SECONDS="0.3") as server:
        with socket.create_connection((LOOPBACK, server.port)) as mute:  # open, and never read from again
            key = base64.b64encode(bytes(16)).decode()
            asked = (
                f"GET /api/live HTTP/1.1\r\nHost: {LOOPBACK}:{server.port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            mute.sendall(asked.encode())
            assert b"101" in mute.recv(100)
            text = b'{"type": "open", "lanes": [{}], "playing": true}'
            mute.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
            sessions = lambda: server.json("GET", "/api/health")["sessions"]  # noqa: E731
            eventually(lambda: sessions() == 1)
            eventually(lambda: sessions() == 0)
        with LiveClient(server) as page:  # which answers its pings
            page.open({}, playing=True, speed=1000.0)
            time.sleep(1.0)
            finished(page, server)


def test_a_disk_that_takes_nothing_more_ends_no_run(own_server):
    with LiveClient(own_server) as page:
        page.open({}, playing=True, speed=2000.0, view=PAGE)
        page.until(lambda f: f.step > 100)
        for process_id in (own_server.pid, *own_server.children):
            resource.prlimit(process_id, resource.RLIMIT_FSIZE, (0, 0))  # as a full or a read-only disk
        written = own_server.log
        page.send("seek", step=-1)  # refused
        assert page.error()["status"] == 422
        for path in ("/nothing/here", "/api/catalog", "/api/datasets/moons?format=npz"):
            own_server.request("GET", path)
        page.messages.clear()
        finished(page, own_server)
        assert own_server.json("POST", "/api/runs", {"steps": 100})["steps"] == 100
        assert own_server.log == written


@pytest.mark.parametrize("what", ["live", "stream"])
def test_a_server_that_is_told_to_end_ends_soon_and_leaves_nothing(what):
    body = {"steps": 1_000_000, "record_every": 100}
    with Server.start(PLAYGROUND_MAX_RUN_SECONDS="3600") as server, contextlib.ExitStack() as ending:
        if what == "live":
            page = ending.enter_context(LiveClient(server))
            page.open({}, playing=True, speed=None, view=PAGE)
            page.until(lambda f: f.step > 100)
        else:
            connection = ending.enter_context(streaming(server, body))
            connection.recv(1000)
        family = [server.pid, *server.children]
        begun = time.monotonic()
        assert server.stop() in (0, -signal.SIGTERM)
        assert time.monotonic() - begun < 10
        eventually(lambda: not any(map(alive, family)))


@contextlib.contextmanager
def streaming(server, body):
    """A connection on which a long answer has begun."""
    text = json.dumps(body).encode()
    with socket.create_connection((LOOPBACK, server.port), timeout=20) as connection:
        connection.sendall(
            f"POST /api/runs/stream HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\n\r\n".encode()
            + text
        )
        yield connection
