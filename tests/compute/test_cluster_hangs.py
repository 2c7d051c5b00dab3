"""Workers of a cluster that hang, in a server's own calls and in those of one that has gone."""

import asyncio
import time

import pytest

from app.compute import cluster_hangs, cluster_members
from app.compute.cluster import Cluster
from app.compute.cluster_asking import asking, bound_of
from app.compute.cluster_hangs import MARGIN_SECONDS, overdue
from app.compute.pool import ComputeError
from tests.compute import calls
from tests.dask_cluster import DaskCluster, run, until


@pytest.fixture(scope="module")
def dask():
    """Two workers that nannies start again."""
    with DaskCluster() as running:
        running.start_scheduler()
        for _ in range(2):
            running.start_worker(nanny=True)
        yield running


@pytest.fixture
def soon(monkeypatch):
    """Who has been given up is ended at once, and who does not introduce himself is soon looked at."""
    monkeypatch.setattr(cluster_hangs, "WATCH_SECONDS", 0.1)
    monkeypatch.setattr(cluster_hangs, "MARGIN_SECONDS", 0.0)
    monkeypatch.setattr(cluster_members, "INTRODUCE_SECONDS", 1.0)


async def calls_of_a_server_that_goes(dask, hung):
    """So many workers hang in them; the server would have waited two seconds for each."""
    gone = Cluster(dask.address, 2.0)
    await gone.warm()
    await until(lambda: gone.workers == 2)
    left = [asyncio.create_task(gone.call(calls.hang)) for _ in range(hung)]
    client, workers = gone._members.client, list(gone._members.fit)
    while sum([len(await cluster_hangs._at_work(client, worker)) for worker in workers]) < hung:
        await asyncio.sleep(0.05)
    await gone.end()
    await asyncio.wait(left)
    assert gone.rebuilds == 0


# --- in a server's own calls --------------------------------------------------------------------------------


def test_a_hung_worker_is_ended_and_its_call_made_again(dask, tmp_path):
    async def work(cluster):
        before = set(cluster.process_ids)
        others = [cluster.call(calls.add, i, 1) for i in range(4)]
        assert await cluster.call(calls.hang_once, str(tmp_path / "hung"), 5) == 5
        assert await asyncio.gather(*others) == [1, 2, 3, 4]
        await until(lambda: cluster.workers == 2 and set(cluster.process_ids) != before)
        assert cluster.rebuilds == 1
        assert len(before & set(cluster.process_ids)) == 1

    run(dask, work, timeout=1.5)


def test_a_call_that_always_hangs_is_given_up(dask):
    async def work(cluster):
        begun = time.monotonic()
        # It costs both workers; whether one of them is back already is the machine's business.
        with pytest.raises(ComputeError, match=r"could not be finished|has no workers"):
            await cluster.call(calls.hang)
        assert time.monotonic() - begun < 10
        assert await cluster.call(calls.add, 2, 2) == 4

    run(dask, work, timeout=1.0)


def test_a_worker_that_hangs_is_ended_though_whoever_asked_has_left(dask):
    async def work(cluster):
        before = set(cluster.process_ids)
        hung = asyncio.create_task(cluster.call(calls.hang))
        await asyncio.sleep(0.3)
        hung.cancel()
        await until(lambda: cluster.rebuilds and cluster.workers == 2 and set(cluster.process_ids) != before)
        assert len(before & set(cluster.process_ids)) == 1
        assert await asyncio.gather(*(cluster.call(calls.add, i, 1) for i in range(4))) == [1, 2, 3, 4]

    run(dask, work, timeout=1.5)


def test_a_call_that_waits_behind_others_work_does_not_end_their_worker(dask):
    # Somebody else's server keeps both workers busy for longer than our patience with one call.
    async def work(cluster):
        before = set(cluster.process_ids)
        other = Cluster(dask.address)
        await other.warm()
        await until(lambda: other.workers == 2)
        busy = [asyncio.create_task(other.call(calls.slowly, 1.5, i)) for i in range(2)]
        await asyncio.sleep(0.2)
        assert await cluster.call(calls.add, 1, 1) == 2
        assert await asyncio.gather(*busy) == [0, 1]
        assert set(cluster.process_ids) == before
        assert cluster.rebuilds == 0
        await other.end()

    run(dask, work, timeout=1.0)


# --- in the calls of others ---------------------------------------------------------------------------------


def test_a_worker_that_hangs_in_a_call_of_a_server_that_has_gone_is_ended(dask, soon):
    async def work(cluster):
        before = set(cluster.process_ids)
        await calls_of_a_server_that_goes(dask, hung=1)
        async with asyncio.timeout(20):
            # One waits in vain behind the hung call and then goes elsewhere; all that follow do so at once.
            while not cluster.rebuilds:
                assert await asyncio.gather(*(cluster.call(calls.add, i, 1) for i in range(2))) == [1, 2]
        await until(lambda: cluster.workers == 2 and set(cluster.process_ids) != before)
        assert len(before & set(cluster.process_ids)) == 1
        assert cluster.rebuilds == 1
        assert await asyncio.gather(*(cluster.call(calls.slowly, 0.1, i) for i in range(4))) == [0, 1, 2, 3]

    run(dask, work, timeout=1.0)


def test_a_server_that_comes_when_all_workers_hang_in_the_calls_of_one_that_has_gone_ends_them(dask, soon):
    asyncio.run(calls_of_a_server_that_goes(dask, hung=2))

    async def work(cluster):
        assert await cluster.call(calls.add, 1, 1) == 2
        assert cluster.rebuilds == 2

    run(dask, work)


@pytest.mark.parametrize(
    ("bound", "seconds", "count"),
    [(2.0, 0.4, 20), (60.0, 3.0, 2)],
    ids=["with many short ones", "with long ones of a server that gives them longer than we do"],
)
def test_a_worker_that_is_busy_with_others_calls_is_not_ended(dask, soon, bound, seconds, count):
    async def work(cluster):
        before = set(cluster.process_ids)
        hangs, client = cluster._hangs, cluster._members.client
        others = [Cluster(dask.address, bound) for _ in range(2)]  # so that a worker goes from call to call
        for other in others:
            await other.warm()
            await until(lambda: other.workers == 2)  # noqa: B023
        busy = [asyncio.create_task(others[i % 2].call(calls.slowly, seconds, i)) for i in range(count)]
        watched = set()
        while not all(task.done() for task in busy):
            for address in cluster._members.fit:
                hangs.watch(client, address)
            watched |= hangs.watched
            await asyncio.sleep(0.05)
        assert len(watched) == 2
        assert [task.result() for task in busy] == list(range(count))
        await until(lambda: not hangs.watched)
        assert set(cluster.process_ids) == before
        assert [server.rebuilds for server in (cluster, *others)] == [0, 0, 0]
        for other in others:
            await other.end()

    run(dask, work, timeout=1.0)


class Scheduler:
    """Takes work and never answers."""

    def submit(self, _function, _work, key, **_options):
        return self

    def release(self):
        pass

    def __await__(self):
        return asyncio.sleep(60).__await__()


@pytest.mark.parametrize(("seconds", "bound"), [(60.0, 60), (0.4, 1), (1.5, 2), (1e9, 1_000_000_000), (0, 0)])
def test_a_call_tells_all_servers_for_how_many_whole_seconds_its_own_waits(seconds, bound):
    async def key():
        with asking(Scheduler(), b"", ["tcp://127.0.0.1:1"], seconds) as (key, _):
            return key

    assert bound_of(asyncio.run(key())) == bound


@pytest.mark.parametrize("kept", [set(), {"sum-0123456789abcdef"}, {f"playground-7-{'0' * 32}"}])
def test_who_is_in_a_call_of_which_no_bound_is_known_is_never_ended(kept):
    assert overdue(kept, 1e9) is None


def test_who_is_in_a_call_is_given_what_its_server_gives_it_and_a_margin():
    long, short = f"playground-60s-{'0' * 32}", f"playground-2s-{'1' * 32}"
    assert overdue([long, short], 2 + MARGIN_SECONDS - 0.1) is None
    assert overdue([long, short], 2 + MARGIN_SECONDS) == short
    assert overdue([long], 60 + MARGIN_SECONDS - 0.1) is None
    assert overdue([long], 60 + MARGIN_SECONDS) == long
