"""How a sweep uses the workers: short calls, as many at a time as there are workers, none for nobody."""

import asyncio
from contextlib import aclosing
from types import SimpleNamespace

import pytest

from app.compute.sweeping import sweep
from app.experiments.sweep import advance_timed
from tests.compute.sweeps import plan


class Pool:
    """Calls in this process, and what they were; ``slow`` is told instead of the time they took."""

    def __init__(self, workers=2, slow=None, fail=False):
        self.pool = SimpleNamespace(workers=workers)
        self.calls, self.busy, self.most = [], 0, 0
        self.slow, self.fail = slow, fail

    async def call(self, function, *arguments):
        self.busy += 1
        self.most = max(self.most, self.busy)
        try:
            await asyncio.sleep(0)
            if self.fail:
                raise RuntimeError("no")
            self.calls.append((function.__name__, arguments))
            told = function(*arguments)
            return (told[0], self.slow) if self.slow and function is advance_timed else told
        finally:
            self.busy -= 1


async def lines(pool, asked):
    return [line async for line in sweep(pool, asked)]


def test_as_many_stacks_at_a_time_as_there_are_workers():
    pool = Pool(workers=3)
    asked = plan(count=30)
    assert [len(stack) for stack in asked.stacks(3)] == [10, 10, 10]
    told = asyncio.run(lines(pool, asked))
    assert pool.most == 3
    assert sorted(line["run"] for line in told if line["type"] == "run") == list(range(30))


def test_chunks_become_as_long_as_they_may_be():
    def chunks(slow):
        pool = Pool(workers=1, slow=slow)
        asyncio.run(lines(pool, plan(count=2, steps=2000)))
        return [arguments[2] for name, arguments in pool.calls if name == "advance_timed"]

    assert sum(chunks(0.05)) == 2000
    first, second, *_ = chunks(0.5)  # ten times as long as it may take
    assert second == first // 10
    first, second, *_ = chunks(1e-9)
    assert second == min(4 * first, 2000 - first)


def test_who_closes_it_is_computed_for_no_more():
    async def leave():
        pool = Pool(workers=2)
        async with aclosing(sweep(pool, plan(count=40, steps=100_000, include=[]))) as told:
            async for line in told:
                assert line["type"] == "progress"
                break
        await asyncio.sleep(0)
        made = len(pool.calls)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(pool.calls) == made
        assert pool.busy == 0

    asyncio.run(leave())


def test_what_goes_wrong_in_a_worker_reaches_who_asked():
    with pytest.raises(RuntimeError, match="no"):
        asyncio.run(lines(Pool(fail=True), plan()))
