"""The real server: what its workers' deaths cost a page, and what is left when the server itself ends."""

import signal
import subprocess
import threading
import time

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from tests.serving import LiveClient, Server, alive, eventually, kill

PAGE = {"boundary": 100, "maps": 30, "units": 8, "activations": True}
IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}


def descendants(process_id):
    """Every process that a process has started, however indirectly."""
    told = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in told.splitlines())}
    found = []
    for pid in parents:
        above = pid
        while above in parents:
            above = parents[above]
            if above == process_id:
                found.append(pid)
                break
    return found


def parameters(server, step, experiment):
    """The bits of W[1], b[1], W[2], ... at ``step``."""
    told = server.json(
        "POST", "/api/runs", {"experiment": experiment, "steps": step, "include": ["parameters"]}
    )
    parts = [np.array(layer[name], dtype=float) for layer in told["parameters"] for name in ("W", "b")]
    return b"".join(part.tobytes() for part in parts)


def test_a_page_notices_no_more_than_a_pause_when_every_worker_is_killed(own_server):
    with LiveClient(own_server) as page:
        page.open({}, IDENTICAL, playing=True, speed=None, view=PAGE)
        for beyond in (500, 4000):
            page.until(lambda f: f.step > beyond)  # noqa: B023
            workers = own_server.children
            assert workers
            for worker in workers:
                kill(worker)
        page.send("play", until=20_000)
        frame = page.paused_at(20_000)
    assert page.messages == []  # not a word about it
    steps = [f.step for f in page.frames]
    assert steps == sorted(steps)
    histories = [f.lanes[0].arrays["history"] for f in page.frames]
    recorded = np.concatenate([rows[:, 0] for rows in histories if len(rows)])
    assert (np.diff(recorded) > 0).all()
    assert frame.lanes[0].theta == parameters(own_server, 20_000, {})
    assert frame.lanes[1].theta == parameters(own_server, 20_000, IDENTICAL)
    assert "the pool is rebuilt" in own_server.log


def test_a_run_in_one_answer_has_the_same_bits_when_a_worker_is_killed_in_mid_run(server, own_server):
    experiment = {"network": {"hidden": [16]}, "init": {"method": "he"}, "training": {"learning_rate": 0.1}}
    undisturbed = parameters(server, 20_000, experiment)  # of another server: this one would remember it
    found = []
    running = threading.Thread(target=lambda: found.append(parameters(own_server, 20_000, experiment)))
    running.start()
    for _ in range(2):
        time.sleep(0.1)
        for worker in own_server.children[:1]:
            kill(worker)
    running.join(60)
    assert found == [undisturbed]
    assert "the pool is rebuilt" in own_server.log


def test_the_server_goes_on_for_everybody_when_a_worker_is_killed(own_server):
    with LiveClient(own_server) as one, LiveClient(own_server) as other:
        for page in (one, other):
            page.open({}, playing=True, speed=2000.0)
            page.until(lambda f: f.step > 0)
        for worker in own_server.children:
            kill(worker)
        for page in (one, other):
            page.until(lambda f: f.step > 2000)
    assert own_server.json("GET", "/api/health")["status"] == "ok"


def busy(server):
    """A page that keeps the workers busy."""
    page = LiveClient(server)
    page.open(
        {"network": {"hidden": [64, 64]}, "data": {"samples": 10_000}}, playing=True, speed=None, view=PAGE
    )
    page.until(lambda f: True)
    return page


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_nothing_is_left_of_a_server_that_ends_in_the_middle_of_its_work(how):
    with Server.start() as server:
        page = busy(server)
        family = descendants(server.pid)
        assert len(family) >= len(server.children) >= 1
        begun = time.monotonic()
        code = getattr(server, how)()
        assert time.monotonic() - begun < 10
        assert code in ((-signal.SIGKILL,) if how == "kill" else (0, -signal.SIGTERM))
        eventually(lambda: not any(map(alive, family)))
        page.close()


def test_a_server_that_is_told_to_end_says_goodbye_to_its_pages(own_server):
    with LiveClient(own_server) as page:
        page.open({}, playing=True, speed=None)
        page.until(lambda f: f.step > 0)
        own_server.stop()
        with pytest.raises(ConnectionClosed) as closed:
            page.until(lambda f: False, seconds=10)
        assert closed.value.rcvd.code == 1012  # the service restarts: come again


def test_a_page_that_comes_back_to_a_restarted_server_goes_on_with_the_same_bits(own_server):
    experiment = {"network": {"hidden": [5]}, "data": {"name": "moons"}}
    with LiveClient(own_server) as page:
        page.open(experiment, playing=True, speed=None, view=PAGE)
        left = page.until(lambda f: f.step > 700)
        own_server.kill()
    own_server.restart()
    with LiveClient(own_server) as page:
        page.open(experiment, step=left.step, speed=None, view=PAGE)
        assert page.paused_at(left.step).lane.theta == left.lane.theta
        page.send("play", until=3000)
        assert page.paused_at(3000).lane.theta == parameters(own_server, 3000, experiment)


def test_a_server_can_be_stopped_twice_in_a_row_and_started_on_the_same_port(own_server):
    port = own_server.port
    for _ in range(2):
        own_server.restart()
        assert own_server.port == port
        assert own_server.json("GET", "/api/health")["status"] == "ok"
