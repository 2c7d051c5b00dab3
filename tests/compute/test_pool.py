"""The worker pool: calls survive killed and hung workers, and no worker outlives its server."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from app.compute.pool import ComputeError, WorkerPool
from app.compute.worker import ONE_THREAD
from app.experiments.run import advance, start
from app.experiments.schema import parse
from tests.compute import calls
from tests.serving import ROOT, alive, eventually


def run(work, workers=2, timeout=30.0):
    """``work(pool)`` in an event loop, with a pool that is closed afterwards."""

    async def whole():
        pool = WorkerPool(workers, timeout)
        try:
            return await asyncio.wait_for(work(pool), 60)
        finally:
            ids = pool.process_ids
            pool.close()
            await asyncio.to_thread(eventually, lambda: not any(map(alive, ids)))

    return asyncio.run(whole())


def kill(process_ids):
    for process_id in process_ids:
        os.kill(process_id, signal.SIGKILL)


async def until(holds, seconds=20.0):
    """Wait for ``holds()`` without holding up the event loop."""
    async with asyncio.timeout(seconds):
        while not (found := holds()):
            await asyncio.sleep(0.01)
    return found


def test_a_call_is_made_in_another_process():
    async def work(pool):
        assert await pool.call(calls.add, 2, 3) == 5
        assert await pool.call(calls.whoami) in pool.process_ids
        assert os.getpid() not in pool.process_ids

    run(work)


def test_warming_starts_every_worker():
    async def work(pool):
        await pool.warm()
        assert len(pool.process_ids) == 3
        assert all(map(alive, pool.process_ids))

    run(work, workers=3)


def test_workers_compute_with_one_thread_each():
    async def work(pool):
        told = await pool.call(calls.threads)
        assert {name: told.get(name) for name in ONE_THREAD} == dict.fromkeys(ONE_THREAD, "1")

    run(work, workers=1)


def test_as_many_workers_as_cores_unless_told_otherwise():
    for asked, had in ((0, os.cpu_count()), (3, 3)):
        pool = WorkerPool(asked)
        assert pool.workers == had
        pool.close()


def test_an_exception_of_the_function_passes_through_and_is_not_tried_again(tmp_path):
    async def work(pool):
        with pytest.raises(ValueError, match="the moon is refused"):
            await pool.call(calls.refuse, "the moon")
        assert pool.rebuilds == 0
        assert await pool.call(calls.add, 1, 1) == 2

    run(work, workers=1)


def test_a_killed_worker_costs_a_second_call_and_nothing_else(tmp_path):
    async def work(pool):
        marker = str(tmp_path / "killed")
        assert await pool.call(calls.vanish_once, marker, 7) == 7
        assert pool.rebuilds == 1

    run(work)


def test_every_call_in_flight_survives_a_killed_worker(tmp_path):
    async def work(pool):
        await pool.warm()
        marker = tmp_path / "calls"
        waiting = [asyncio.create_task(pool.call(calls.slowly, 0.2, i)) for i in range(6)]
        waiting.append(asyncio.create_task(pool.call(calls.told, str(marker), 6)))
        await asyncio.sleep(0.05)  # some are under way, others wait
        kill(pool.process_ids)
        assert await asyncio.gather(*waiting) == list(range(7))
        assert pool.rebuilds == 1

    run(work)


def test_workers_killed_while_idle_are_replaced_at_the_next_call():
    async def work(pool):
        await pool.warm()
        before = pool.process_ids
        kill(before)
        assert await pool.call(calls.add, 1, 2) == 3
        assert not set(before) & set(pool.process_ids)

    run(work)


def test_a_run_whose_worker_is_killed_has_the_same_bits():
    experiment = parse("{}")
    undisturbed, _ = advance(experiment, start(experiment), 20_000)

    async def work(pool):
        state = await pool.call(start, experiment)
        for chunk in range(4):
            under_way = asyncio.create_task(pool.call(advance, experiment, state, 5000))
            if chunk in (1, 2):
                await asyncio.sleep(0.01)
                kill(pool.process_ids)
            state, _ = await under_way
        assert state.step == 20_000
        assert state.theta.tobytes() == undisturbed.theta.tobytes()
        assert pool.rebuilds >= 1

    run(work, workers=1)


def test_a_call_that_kills_every_worker_is_given_up():
    async def work(pool):
        with pytest.raises(ComputeError):
            await pool.call(calls.vanish)
        assert pool.rebuilds >= 2
        assert await pool.call(calls.add, 2, 2) == 4

    run(work)


def test_a_hung_worker_is_ended_and_the_call_made_again(tmp_path):
    async def work(pool):
        assert await pool.call(calls.add, 1, 1) == 2
        hung = pool.process_ids
        assert await pool.call(calls.hang_once, str(tmp_path / "hung"), 5) == 5
        await until(lambda: not any(map(alive, hung)))

    run(work, workers=1, timeout=2.0)


def test_a_call_that_always_hangs_is_given_up_and_leaves_no_worker_behind():
    async def work(pool):
        begun = time.monotonic()
        with pytest.raises(ComputeError):
            await pool.call(calls.hang)
        assert time.monotonic() - begun < 10
        assert await pool.call(calls.add, 2, 2) == 4

    run(work, workers=1, timeout=2.0)


def test_a_worker_has_its_next_call_before_it_has_answered_the_last():
    async def work(pool):
        await pool.warm()
        waiting = [asyncio.create_task(pool.call(calls.slowly, 0.3, i)) for i in range(4)]
        await asyncio.sleep(0.1)
        assert len(pool._under_way) == 2
        return await asyncio.gather(*waiting)

    assert run(work, workers=1) == list(range(4))


def test_what_waits_for_its_worker_is_not_taken_to_hang():
    async def work(pool):
        await pool.warm()
        waiting = [pool.call(calls.slowly, 1.4, i) for i in range(3)]
        return await asyncio.gather(*waiting), pool.rebuilds

    assert run(work, workers=1, timeout=2.0) == ([0, 1, 2], 0)


def test_calls_that_wait_behind_a_hung_one_are_answered(tmp_path):
    # More of them than a process pool hands out in advance, so that some were never begun.
    async def work(pool):
        await pool.warm()
        hung = asyncio.create_task(pool.call(calls.hang_once, str(tmp_path / "hung"), -1))
        await until((tmp_path / "hung").exists)
        await asyncio.sleep(1.0)  # so that the hung call's time is up before theirs
        waiting = [pool.call(calls.add, i, 0) for i in range(8)]
        assert await asyncio.gather(*waiting) == list(range(8))
        assert await hung == -1

    run(work, workers=1, timeout=2.0)


def test_a_worker_that_hangs_is_replaced_though_whoever_asked_has_left():
    async def work(pool):
        await pool.warm()
        before = set(pool.process_ids)
        hung = asyncio.create_task(pool.call(calls.hang))
        await asyncio.sleep(0.2)
        hung.cancel()  # the page froze, and was loaded anew
        await until(lambda: pool.rebuilds)
        workers = await asyncio.gather(*(pool.call(calls.slow_whoami, 0.5) for _ in range(2)))
        return before & set(workers), len(set(workers))

    assert run(work, timeout=1.0) == (set(), 2)


def test_a_call_that_was_left_holds_its_place_until_its_worker_is_free():
    async def work(pool):
        await pool.warm()
        left = asyncio.create_task(pool.call(calls.slowly, 0.6, 1))
        await asyncio.sleep(0.1)
        left.cancel()
        begun = time.monotonic()
        answer = await pool.call(calls.add, 1, 2)
        assert time.monotonic() - begun > 0.3
        return answer, pool.rebuilds

    assert run(work, workers=1) == (3, 0)


def test_a_pool_that_could_not_be_rebuilt_is_at_the_next_call(monkeypatch):
    async def work(pool):
        await pool.warm()
        build, tries = pool._build, []

        def full():
            tries.append(1)
            if len(tries) <= 2:
                raise OSError(errno.ENOSPC, "No space left on device")
            return build()

        monkeypatch.setattr(pool, "_build", full)
        kill(pool.process_ids)
        return await pool.call(calls.add, 1, 2), len(tries)

    assert run(work, workers=1) == (3, 3)


def test_an_interrupt_from_the_keyboard_does_not_reach_the_workers():
    # Ctrl-C goes to the whole group of processes; the server has to end its workers in its own time.
    async def work(pool):
        process_id = await pool.call(calls.whoami)
        os.kill(process_id, signal.SIGINT)
        assert await pool.call(calls.whoami) == process_id

    run(work, workers=1)


def test_closing_ends_busy_workers_too():
    async def work():
        pool = WorkerPool(1)
        await pool.warm()
        busy = asyncio.create_task(pool.call(calls.hang))
        await asyncio.sleep(0.1)
        ids = pool.process_ids
        pool.close()
        await until(lambda: not any(map(alive, ids)))
        with pytest.raises(ComputeError):
            await busy
        with pytest.raises(ComputeError):
            await pool.call(calls.add, 1, 1)
        assert pool.rebuilds == 0

    asyncio.run(work())


PARENT = """
import asyncio, sys
from app.compute.pool import WorkerPool
from tests.compute import calls

async def main():
    pool = WorkerPool(2)
    await pool.warm()
    print(*pool.process_ids, flush=True)
    await asyncio.gather(*(pool.call(calls.hang) for _ in range(4)))

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_busy_workers_end_when_their_parent_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        workers = [int(word) for word in parent.stdout.readline().split()]
        assert len(workers) == 2
        assert all(map(alive, workers))
    finally:
        parent.kill()
        parent.communicate()
    try:
        eventually(lambda: not any(map(alive, workers)))
    finally:
        kill(filter(alive, workers))
