"""What several want is computed once, and nobody gets what is another's."""

import asyncio

import numpy as np
import pytest

from app.compute.flights import Flights, Trip
from app.compute.pool import ComputeError
from app.experiments.frames import travel
from app.experiments.run import start
from tests.experiments.known import IDENTICAL, D


class Counting:
    """A pool in this process that answers when it is let."""

    workers, trip = 2, 0.0

    def __init__(self):
        self.calls, self.ended = 0, 0
        self.failing = False
        self.open = asyncio.Event()

    async def call(self, function, *arguments):
        self.calls += 1
        try:
            await self.open.wait()
        finally:
            self.ended += 1
        if self.failing:
            raise ComputeError("the computation could not be finished")
        return function(*arguments)


def trip(steps, accepted=None, begin="here"):
    return Trip(begin, steps, accepted or range(steps, steps + 1))


def asking(flights, pool, wanted, experiment=D):
    arguments = (experiment, start(experiment), wanted.steps, 1, None, [], False)
    return asyncio.create_task(flights.take(pool, wanted, 0.0, travel, *arguments))


def run(work):
    async def whole():
        pool = Counting()
        await work(Flights(), pool)

    asyncio.run(asyncio.wait_for(whole(), 20))


def test_who_asks_for_the_same_shares_one_call_and_its_cost():
    async def work(flights, pool):
        tasks = [asking(flights, pool, trip(20)) for _ in range(4)]
        await asyncio.sleep(0)
        pool.open.set()
        landed = await asyncio.gather(*tasks)
        assert pool.calls == 1
        assert len({id(one.answer) for one in landed}) == 1
        assert all(one.waited for one in landed)
        assert sum(one.seconds for one in landed) == pytest.approx(landed[0].answer.busy_ms / 1e3)
        later = await asking(flights, pool, trip(20))
        assert (pool.calls, later.answer, later.waited, later.seconds) == (1, landed[0].answer, False, 0.0)

    run(work)


def test_another_beginning_or_another_length_is_another_call():
    async def work(flights, pool):
        pool.open.set()
        asked = [trip(20), trip(21), trip(20, begin="there")]
        landed = [await asking(flights, pool, one) for one in asked]
        assert pool.calls == 3
        assert [one.answer.state.step for one in landed] == [20, 21, 20]
        other = await asking(flights, pool, trip(20, begin="other"), IDENTICAL)
        assert other.answer.state.theta.tobytes() != landed[0].answer.state.theta.tobytes()

    run(work)


def test_a_length_that_would_do_as_well_is_taken():
    async def work(flights, pool):
        pool.open.set()
        for steps in (5, 12, 40):
            await asking(flights, pool, trip(steps))
        assert (await asking(flights, pool, trip(20, range(10, 31)))).steps == 12
        assert pool.calls == 3
        assert (await asking(flights, pool, trip(20, range(13, 31)))).steps == 20
        assert pool.calls == 4

    run(work)


def test_who_leaves_does_not_end_it_for_the_others():
    async def work(flights, pool):
        first, second = asking(flights, pool, trip(20)), asking(flights, pool, trip(20))
        await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.sleep(0.01)
        pool.open.set()
        assert (await second).answer.state.step == 20
        assert pool.calls == 1

    run(work)


def test_with_the_last_one_the_call_ends_and_the_next_is_a_new_one():
    async def work(flights, pool):
        tasks = [asking(flights, pool, trip(20)) for _ in range(2)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        again = asking(flights, pool, trip(20))  # before the call that was left has noticed
        await asyncio.gather(*tasks, return_exceptions=True)
        joining = asking(flights, pool, trip(20))
        await asyncio.sleep(0.01)
        assert (pool.calls, pool.ended) == (2, 1)
        pool.open.set()
        assert (await again).answer is (await joining).answer
        assert flights.turns.under_way == 0

    run(work)


def test_a_failure_is_told_to_all_who_wait_and_not_kept():
    async def work(flights, pool):
        pool.failing = True
        tasks = [asking(flights, pool, trip(20)) for _ in range(3)]
        await asyncio.sleep(0.01)
        pool.open.set()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(error) for error in ended] == [ComputeError] * 3
        assert flights._known == {}
        pool.failing = False
        assert (await asking(flights, pool, trip(20))).answer.state.step == 20
        assert pool.calls == 2

    run(work)


def test_answers_are_kept_in_so_many_bytes_and_the_longest_unused_go():
    async def work(flights, pool):
        pool.open.set()
        await asking(flights, pool, trip(1))
        flights.most = 3 * flights._bytes + 10_000  # some more records
        for steps in (2, 3):
            await asking(flights, pool, trip(steps))
        await asking(flights, pool, trip(1))
        await asking(flights, pool, trip(4))
        await asking(flights, pool, trip(1))
        assert pool.calls == 4
        await asking(flights, pool, trip(2))
        assert pool.calls == 5
        assert flights._bytes == sum(flights._landed.values()) <= flights.most
        flights.most = 0
        await asking(flights, pool, trip(7))
        assert (flights._bytes, flights._known, dict(flights._landed)) == (0, {}, {})

    run(work)


def test_nobody_can_change_what_others_hold():
    async def work(flights, pool):
        pool.open.set()
        landed = await asking(flights, pool, trip(20))
        with pytest.raises(ValueError, match="read-only"):
            np.copyto(landed.answer.state.theta, 0.0)

    run(work)
