"""Logs: a line each, escaped, with what they belong to; and nothing that happens to them ends a run."""

import io
import json
import logging
import os
import threading
import time

import pytest

from app.api.logs import Lines, about, configure
from tests.serving import LiveClient, Server, eventually

FORGED = "harmless\n2026-01-01 00:00:00 ERROR forged \u2028 \x1b[31m \u202e"


@pytest.fixture
def logs():
    """``configure`` as the server does it, into a text of our own; afterwards all is as before."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers.clear()

    def configured(form, stream=None):
        stream = io.StringIO() if stream is None else stream
        return configure(form, "info", stream), stream

    yield configured
    root.handlers[:] = before
    root.setLevel(level)


def test_as_json_every_line_is_an_object_with_its_session(logs):
    lines, written = logs("json")
    about.set({"session": "abc"})
    logging.getLogger("playground.test").warning("a step of %s", FORGED)
    try:
        raise ValueError(FORGED)
    except ValueError:
        logging.getLogger("playground.test").exception("it failed")
    lines.flush()
    about.set(None)
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert written.getvalue().isascii()
    assert first["level"] == "warning"
    assert first["session"] == "abc"
    assert first["message"] == f"a step of {FORGED}"
    assert first["time"].endswith("Z")
    assert "ValueError" in second["error"]


def test_as_text_nobody_can_forge_a_line(logs):
    lines, written = logs("text")
    logging.getLogger("playground.test").warning("a step of %s", FORGED)
    lines.flush()
    (line,) = written.getvalue().split("\n")[:-1]
    assert " WARNING playground.test a step of harmless\\n2026" in line
    assert line.isprintable()


def test_a_line_has_an_end(logs):
    lines, written = logs("text")
    logging.getLogger("playground.test").warning("x" * 1_000_000)
    lines.flush()
    assert len(written.getvalue()) < 10_000


def test_what_is_below_the_level_is_not_written(logs):
    lines, written = logs("text")
    logging.getLogger("playground.test").debug("quiet")
    lines.flush()
    assert written.getvalue() == ""


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), ValueError("closed file")])
def test_a_full_disk_costs_lines_and_nothing_else(logs, fault):
    class Full(io.StringIO):
        def write(self, text):
            raise fault

    lines, _ = logs("text", Full())
    for _ in range(3):
        logging.getLogger("playground.test").warning("lost")
    lines.flush()
    assert lines.lost == 3


def test_a_pipe_that_nobody_empties_holds_up_nobody(logs):
    stuck = threading.Event()

    class Stuck(io.StringIO):
        def write(self, text):
            stuck.wait(20)
            return len(text)

    lines, _ = logs("text", Stuck())
    begun = time.monotonic()
    for _ in range(3_000):
        logging.getLogger("playground.test").warning("waits")
    assert time.monotonic() - begun < 5  # not the 20 s that the pipe is stuck
    assert lines.lost >= 900
    assert isinstance(lines, Lines)
    stuck.set()


def test_everything_of_a_session_names_it_and_nothing_names_the_client():
    with Server.start(PLAYGROUND_LOG_FORMAT="json", PLAYGROUND_WORKERS="1") as server:
        with LiveClient(server) as page:
            page.open({}, step=3)
            page.paused_at(3)
            os.kill(server.children[0], 9)
            page.send("step")
            page.paused_at(4)
        server.request("GET", "/api/catalog?secret=query")
        eventually(lambda: "a session ends" in server.log)
        written, port = server.log, server.port
    told = [json.loads(line) for line in written.splitlines()]
    of_session = {line["message"].split(" after ")[0]: line.get("session") for line in told}
    session = of_session["a session begins"]
    assert session
    assert of_session["a session ends"] == session
    assert of_session["a worker died; the pool is rebuilt"] == session
    ended = next(line for line in told if line["message"].startswith("a session ends"))
    assert ended["frames"] >= 2
    assert "127.0.0.1:" not in written.replace(f"127.0.0.1:{port}", "")
    assert "secret" not in written


def test_a_request_keeps_the_id_that_a_proxy_gave_it(client):
    assert client.get("/api/health", headers={"x-request-id": "a-1.b_2"}).headers["x-request-id"] == "a-1.b_2"
    for given in ("", "x" * 65, "a b", "<script>"):
        own = client.get("/api/health", headers={"x-request-id": given}).headers["x-request-id"]
        assert len(own) == 16
        assert own != given


def test_a_server_whose_log_is_gone_goes_on_with_its_runs():
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    with open("/dev/full", "w") as full, Server.start(log=full, PLAYGROUND_WORKERS="1") as server:
        with LiveClient(server) as page:
            page.open({}, playing=True, speed=None, until=500)
            page.paused_at(500)
        told = server.request("GET", "/metrics")[2].decode()
    lost = next(line for line in told.splitlines() if line.startswith("playground_log_lines_lost_total "))
    assert float(lost.split()[1]) >= 2
