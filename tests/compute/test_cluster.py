"""The cluster: calls through a real scheduler, with workers that are killed or do not fit."""

import asyncio
import dataclasses
import json
import os
import re
import signal
import sys

import numpy as np
import psutil
import pytest
from starlette.testclient import TestClient

from app.__main__ import main
from app.compute import cluster_members
from app.compute.cluster_hangs import Hangs
from app.compute.cluster_members import Members
from app.compute.cluster_worker import own_papers
from app.compute.executor import check_address, executor_for
from app.compute.pool import Bulk, ComputeError, WorkerPool
from app.compute.sweeping import sweep
from app.engine.network import layers_of
from app.experiments.frames import travel
from app.experiments.observe import View
from app.experiments.run import advance, start
from app.experiments.schema import parse
from app.main import create_app
from app.settings import Settings
from tests.compute import calls
from tests.compute.sweeps import plan
from tests.dask_cluster import DaskCluster, run, until
from tests.serving import alive, decode, eventually, kill

EXPERIMENT = {"network": {"hidden": [16]}, "init": {"method": "he"}, "training": {"learning_rate": 0.1}}
VIEW = {"boundary": 50, "maps": 20, "units": 16, "activations": True}


@pytest.fixture(scope="module")
def dask():
    """A scheduler that gives a call up at its second death, and two workers that nannies start again."""
    with DaskCluster() as running:
        running.start_scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1")
        for _ in range(2):
            running.start_worker(nanny=True)
        yield running


@pytest.fixture(scope="module")
def served(dask):
    """The application on that cluster."""
    with TestClient(create_app(Settings(scheduler=dask.address))) as client:
        eventually(lambda: workers_of(client) == 2, 20)
        yield client


def workers_of(client):
    return client.get("/api/health").json()["workers"]


def kept_by_scheduler(dask_scheduler):
    """Runs inside the scheduler: what it still knows of calls."""
    return len(dask_scheduler.tasks), len(dask_scheduler.task_groups), set(dask_scheduler.task_prefixes)


def bits(experiment, step):
    """Of W[1], b[1], W[2], ... at ``step``, computed in this process."""
    parsed = parse(json.dumps(experiment))
    return in_layers(advance(parsed, start(parsed), step)[0].theta, parsed)


def in_layers(theta, experiment):
    return b"".join(part.tobytes() for layer in layers_of(theta, experiment.sizes) for part in layer)


class Page:
    """A live session that draws every frame."""

    def __init__(self, client):
        self.connection = client.websocket_connect("/api/live")

    def __enter__(self):
        self.socket = self.connection.__enter__()
        return self

    def __exit__(self, *_):
        self.connection.__exit__(*_)

    def send(self, kind, **fields):
        self.socket.send_json({"type": kind, **fields})

    def until(self, holds):
        """The next frame of which it is true; a message instead of a frame fails."""
        while True:
            frame = decode(self.socket.receive_bytes())
            self.send("ack", frame=frame.number)
            if holds(frame):
                return frame


def test_calls_are_made_in_the_workers_and_exceptions_pass_through(dask):
    async def work(cluster):
        assert await cluster.call(calls.add, 2, 3) == 5
        pids = set(await asyncio.gather(*(cluster.call(calls.slow_whoami, 0.1) for _ in range(4))))
        assert pids == set(cluster.process_ids)
        assert len(pids) == 2
        assert os.getpid() not in pids
        with pytest.raises(ValueError, match="the moon is refused"):
            await cluster.call(calls.refuse, "the moon")

    run(dask, work)


def test_a_run_and_its_frames_have_the_same_bits_as_in_the_local_pool(dask):
    experiment = parse(json.dumps(EXPERIMENT))
    view = View(boundary=50, maps=20, units=8, activations=True)

    async def frames(executor):
        state, told = await executor.call(start, experiment), []
        for steps in (0, 7, 500):
            chunk = await executor.call(travel, experiment, state, steps, 1, view, [], True)
            state = chunk.state
            told.append((chunk.lane.buffers, state.theta.tobytes(), state.cost))
        return told

    async def both(cluster):
        pool = WorkerPool(1)
        try:
            assert await frames(cluster) == await frames(pool)
        finally:
            await pool.end()

    run(dask, both)


def test_nothing_piles_up_at_the_scheduler(dask):
    async def work(cluster):
        await asyncio.gather(*(cluster.call(calls.add, i, 0) for i in range(60)))
        abandoned = [asyncio.create_task(cluster.call(calls.slowly, 0.5, i)) for i in range(6)]
        await asyncio.sleep(0.1)
        for task in abandoned:
            task.cancel()
        await asyncio.wait(abandoned)
        async with asyncio.timeout(10):
            while (kept := await cluster._members.client.run_on_scheduler(kept_by_scheduler))[0]:
                await asyncio.sleep(0.05)
        assert kept == (0, 0, {"playground"})
        assert await cluster.call(calls.add, 1, 1) == 2  # and the places are free again

    run(dask, work)


def test_calls_beyond_the_workers_wait_here_and_in_line(dask):
    async def work(cluster):
        waiting = [asyncio.create_task(cluster.call(calls.slowly, 0.1, i)) for i in range(8)]
        most = 0
        while not all(task.done() for task in waiting):
            most = max(most, (await cluster._members.client.run_on_scheduler(kept_by_scheduler))[0])
        assert [task.result() for task in waiting] == list(range(8))
        assert 1 <= most <= 3  # two at work, and one that is just being forgotten

    run(dask, work)


def test_a_run_whose_workers_are_killed_has_the_same_bits(dask):
    experiment = parse(json.dumps(EXPERIMENT))

    async def work(cluster):
        state = await cluster.call(start, experiment)
        killed = []
        for _ in range(6):
            under_way = asyncio.create_task(cluster.call(advance, experiment, state, 20_000))
            hit = []  # one a call: at its second death it would be given up
            while len(killed) < 2 and not hit and not under_way.done():
                at_work = await cluster._members.client.processing()
                hit = [cluster._members.fit[address] for address, keys in at_work.items() if keys][:1]
                for process_id in hit:
                    kill(process_id)
            killed += hit
            state, _ = await under_way
        assert len(killed) == 2
        assert not any(map(alive, killed))
        assert in_layers(state.theta, experiment) == bits(EXPERIMENT, 120_000)

    run(dask, work)


class Here:
    """Calls in this process."""

    workers = 2

    async def call(self, function, *arguments, bulk=True):
        return function(*arguments)


def test_a_sweep_whose_worker_is_killed_has_the_table_of_an_undisturbed_one(dask):
    asked = plan(24, 1500)

    async def table(workers, disturb=lambda: None):
        told = []
        async for line in sweep(Bulk(workers), asked):
            disturb()
            told.append(line)
        assert sum(line["type"] == "run" for line in told) == 24
        return told[-1]

    async def work(cluster):
        killed = []

        def disturb():
            if not killed:
                killed.append(cluster.process_ids[0])
                kill(killed[0])

        undisturbed = await table(Here())
        assert await table(cluster, disturb) == undisturbed
        assert killed
        assert not alive(killed[0])

    run(dask, work)


def test_a_call_that_kills_its_workers_is_given_up(dask):
    async def work(cluster):
        with pytest.raises(ComputeError, match="could not be finished"):
            await cluster.call(calls.vanish)
        assert await cluster.call(calls.add, 2, 2) == 4

    run(dask, work)


def test_a_client_of_the_cluster_listens_on_nothing(dask):
    def listening():
        connections = psutil.Process().net_connections("inet")
        return {connection.laddr for connection in connections if connection.status == psutil.CONN_LISTEN}

    before = listening()

    async def work(cluster):
        assert await cluster.call(calls.add, 1, 1) == 2
        assert listening() == before

    run(dask, work)


# --- through the server -------------------------------------------------------------------------------------


def test_a_live_page_survives_killed_workers_with_the_same_bits(served, dask):
    with Page(served) as page:
        page.send("open", lanes=[EXPERIMENT], playing=True, speed=None, view=VIEW)
        for beyond, worker in zip((100, 600), dask.processes, strict=True):
            page.until(lambda frame: frame.step > beyond)  # noqa: B023
            kill(worker)
        page.send("play", until=2000)
        frame = page.until(lambda frame: frame.step == 2000 and not frame.playing)
    assert frame.lane.theta == bits(EXPERIMENT, 2000)


def test_an_abandoned_run_computes_no_more(served, dask):
    async def work(cluster):
        with Page(served) as page:
            page.send("open", lanes=[EXPERIMENT], playing=True, speed=None, view=VIEW)
            page.until(lambda frame: frame.step > 100)
        idle = 0
        async with asyncio.timeout(10):
            while idle < 10:  # looks in a row
                tasks, _, _ = await cluster._members.client.run_on_scheduler(kept_by_scheduler)
                idle = 0 if tasks else idle + 1
                await asyncio.sleep(0.02)

    run(dask, work, workers=1)


def test_a_server_whose_scheduler_goes_away_says_so_and_goes_on_when_it_is_back(served, dask, monkeypatch):
    monkeypatch.setattr(cluster_members, "GRACE_SECONDS", 0.5)
    dask.end_scheduler()
    eventually(lambda: workers_of(served) == 0)
    refused = served.post("/api/runs", json={"steps": 1})
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert refused.json()["detail"] == "the scheduler of the cluster does not answer; please try again"
    dask.start_scheduler()
    dask.start_worker()
    eventually(lambda: workers_of(served) == 1, 20)
    asked = {"experiment": EXPERIMENT, "steps": 300, "include": ["parameters"]}
    layers = served.post("/api/runs", json=asked).json()["parameters"]
    found = b"".join(np.array(layer[name], dtype=float).tobytes() for layer in layers for name in ("W", "b"))
    assert found == bits(EXPERIMENT, 300)


# --- who is fit, and what is refused ------------------------------------------------------------------------


def test_whatever_happens_while_it_connects_the_server_goes_on_trying(monkeypatch):
    tried = []

    async def connect(_members):
        tried.append(None)
        raise RuntimeError("ConnectionPool is closed") if len(tried) < 3 else OSError

    async def scenario():
        members = Members("tcp://127.0.0.1:1", Hangs(lambda: None), lambda: None)
        keeping = asyncio.create_task(members._keep())
        await until(lambda: len(tried) > 3)
        keeping.cancel()

    monkeypatch.setattr(Members, "_connect", connect)
    monkeypatch.setattr(cluster_members, "KEEP_SECONDS", 0.001)
    asyncio.run(scenario())


def test_a_worker_with_several_blas_threads_gets_nothing_to_do(dask):
    worker = dask.start_worker(OMP_NUM_THREADS="2")

    async def work(cluster):
        await until(lambda: cluster._members.unfit)
        assert list(cluster._members.unfit.values()) == ["it must have one BLAS thread; OMP_NUM_THREADS is 2"]
        assert worker.pid not in cluster.process_ids

    run(dask, work, workers=1)
    os.killpg(worker.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("app", r"planar-playground \S+ there, other here"),
        ("numpy", r"numpy \S+ there, other here"),
        ("source", r"other files of the program there \(\w+\) than here \(other\)"),
        ("digits", "another kind of machine: the last digits of a run differ"),
    ],
)
def test_workers_that_would_compute_other_bits_are_named(field, words):
    ours = dataclasses.replace(own_papers(), **{field: "other"})
    assert re.match(words, own_papers().differs_from(ours))
    assert own_papers().differs_from(own_papers()) is None


def test_a_server_without_a_fit_worker_says_what_differs(dask, monkeypatch, caplog):
    monkeypatch.setattr(cluster_members, "GRACE_SECONDS", 0.5)
    monkeypatch.setattr(cluster_members, "WARM_SECONDS", 0.1)
    ours = dataclasses.replace(own_papers(), numpy="1.0")
    monkeypatch.setattr(cluster_members, "own_papers", lambda: ours)

    async def work(cluster):
        await until(lambda: cluster._members.unfit)  # new workers take a while until they can say anything
        with pytest.raises(
            ComputeError, match=r"no worker of the cluster is fit: numpy \S+ there, 1\.0 here"
        ):
            await cluster.call(calls.add, 1, 1)

    run(dask, work, workers=0)
    assert re.search(r"the worker tcp://\S+ gets nothing to do: numpy", caplog.text)


@pytest.mark.parametrize(
    "address", ["tcp://localhost:8786", "tls://dask.school.example:1", "tcp://[::1]:65535"]
)
def test_a_scheduler_is_named_by_its_address(address):
    check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8786",
        "tcp://localhost",
        "tcp://:8786",
        "tcp://a:0",
        "tcp://a:65536",
        "tcp://a:8786/",
        "tcp://me@a:8786",
        "ws://a:8786",
        "inproc://a:1",
        "tcp://a:8786\n",
        "tcp://a b:8786",
    ],
)
def test_what_is_no_address_of_a_scheduler_is_refused(address):
    with pytest.raises(ValueError, match=r"PLAYGROUND_SCHEDULER must be tcp://host:port or tls://host:port"):
        executor_for(Settings(scheduler=address))


def test_a_tls_address_without_certificates_is_refused():
    with pytest.raises(ValueError, match="DASK_DISTRIBUTED__COMM__TLS__CA_FILE"):
        executor_for(Settings(scheduler="tls://localhost:8786"))


def test_without_the_extra_the_server_does_not_start_and_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setenv("PLAYGROUND_SCHEDULER", "tcp://localhost:8786")
    monkeypatch.delitem(sys.modules, "app.compute.cluster")
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setattr(sys, "argv", ["planar-playground", "serve"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        "PLAYGROUND_SCHEDULER needs the extra [cluster] (distributed is not installed): "
        "pip install '.[cluster]' in the project's folder\n"
    )
