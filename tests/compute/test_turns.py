"""Long calls leave a worker to those whose calls are short."""

import asyncio
import contextlib

import pytest

from app.compute.turns import LONG, RECENT, Turns

SHORT, LONGER = LONG / 2, LONG * 20


def at_once(workers, calls, *present):
    """How many of these ``calls`` (in seconds) are under way at the same time, and the order they came in.

    ``present`` are the sessions, each by what its last call took.
    """

    async def whole():
        turns, begun, going, most = Turns(), [], 0, 0
        sessions = contextlib.ExitStack()
        for who, seconds in enumerate(present):
            sessions.enter_context(turns.present(who))
            turns.spent(who, seconds, 0.0)

        async def call(i, seconds):
            nonlocal going, most
            async with turns.turn(seconds, workers):
                begun.append(i)
                going += 1
                most = max(most, going)
                await asyncio.sleep(0.001)
                going -= 1

        with sessions:
            await asyncio.gather(*(call(i, seconds) for i, seconds in enumerate(calls)))
        assert turns.under_way == turns._long == 0
        return most, begun

    return asyncio.run(asyncio.wait_for(whole(), 20))


@pytest.mark.parametrize(("workers", "together"), [(1, 1), (2, 1), (4, 3)])
def test_a_worker_is_left_to_a_session_whose_calls_are_short(workers, together):
    assert at_once(workers, [LONGER] * 8, SHORT, LONGER, LONGER) == (together, list(range(8)))


def test_a_session_at_rest_finds_a_worker_too():
    assert at_once(2, [LONGER] * 4, 0.0, LONGER)[0] == 1


def test_where_all_calls_are_long_they_have_all_workers():
    assert at_once(2, [LONGER] * 4, LONGER, LONGER)[0] == 2


def test_short_calls_wait_for_nobody_here():
    assert at_once(2, [LONGER, LONGER, *[SHORT] * 5], SHORT)[0] == 6  # who is first the workers decide


@pytest.mark.parametrize("at_once", [True, False])
def test_who_is_cancelled_takes_no_turn_along(at_once):
    async def whole():
        turns = Turns()

        async def call(done):
            async with turns.turn(LONGER, 1):
                await done.wait()

        first, never = asyncio.Event(), asyncio.Event()
        tasks = [asyncio.create_task(call(event)) for event in (first, never, first)]
        await asyncio.sleep(0)
        if at_once:
            tasks[1].cancel()
            first.set()
        else:  # given the turn, and cancelled before it has used it
            first.set()
            await asyncio.sleep(0)
            tasks[1].cancel()
        await asyncio.wait_for(asyncio.gather(tasks[0], tasks[2]), 5)
        assert turns._long == 0
        assert not turns._line

    asyncio.run(whole())


def test_at_work_is_who_has_called_a_moment_ago():
    turns = Turns()
    with turns.present("a"), turns.present("b"), turns.present("at rest"):
        turns.spent("a", SHORT, 100.0)
        turns.spent("b", SHORT, 100.0)
        assert turns.others("a", 100.1) == 1
        assert turns.others("at rest", 100.1) == 2
        assert turns.others("a", 100.0 + RECENT) == 0
    turns.spent("a", SHORT, 100.0)  # its call came back after it had gone
    assert turns.others("b", 100.1) == 0
