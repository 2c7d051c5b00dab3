"""Who gets a worker next."""

import asyncio

import pytest

from app.compute import slots
from app.compute.slots import Slots


def served(*calls, busy=1, turns=None):
    """The names of ``calls`` (name, bulk), made in this order while all places are taken, as they get one."""

    async def whole():
        line, got = Slots(busy), []
        for _ in range(busy):
            await line.take(False)

        async def call(name, bulk):
            await line.take(bulk)
            got.append(name)
            await asyncio.sleep(0)
            line.give(bulk)

        tasks = []
        for name, bulk in calls:
            tasks.append(asyncio.create_task(call(name, bulk)))
            await asyncio.sleep(0)
        for _ in range(busy):
            line.give()
        await asyncio.gather(*tasks)
        assert line._free == busy
        return got

    return asyncio.run(asyncio.wait_for(whole(), 10))


def test_calls_are_served_in_the_order_in_which_they_came():
    assert served(("a", False), ("b", False), ("c", False)) == ["a", "b", "c"]


def test_those_who_watch_come_before_whole_runs():
    assert served(("bulk", True), ("a", False), ("b", False)) == ["a", "b", "bulk"]


def test_a_whole_run_is_let_in_now_and_then(monkeypatch):
    monkeypatch.setattr(slots, "BULK_EVERY", -1.0)
    assert served(("a", False), ("bulk", True), ("b", False))[0] == "bulk"


def test_a_free_place_is_had_at_once():
    async def whole():
        line = Slots(2)
        await line.take(True)
        await line.take(False)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(line.take(False), 0.01)
        line.give()
        await asyncio.wait_for(line.take(False), 1)

    asyncio.run(whole())


def test_long_pieces_of_whole_runs_leave_a_worker_to_those_who_watch(monkeypatch):
    monkeypatch.setattr(slots, "BULK_EVERY", -1.0)  # as if each took longer than that

    async def whole():
        line, got = Slots(2), []
        await line.take(False)
        await line.take(False)

        async def call(name, bulk):
            await line.take(bulk)
            got.append(name)

        calls = [("bulk", True), ("more", True), ("a", False), ("b", False)]
        tasks = [asyncio.create_task(call(*one)) for one in calls]
        for expected in (["bulk"], ["bulk", "a"], ["bulk", "a", "b"]):  # while the piece takes its time
            await asyncio.sleep(0)
            line.give()
            await asyncio.sleep(0)
            assert got == expected
        line.give(True)
        await asyncio.gather(*tasks)
        assert got == ["bulk", "a", "b", "more"]

    asyncio.run(asyncio.wait_for(whole(), 10))


def test_a_piece_that_was_long_is_not_followed_by_another_at_once(monkeypatch):
    monkeypatch.setattr(slots, "BULK_EVERY", 0.05)

    async def whole():
        line = Slots(1)
        await line.take(True)
        waiting = [asyncio.create_task(line.take(bulk)) for bulk in (True, False)]
        await asyncio.sleep(0.1)
        line.give(True)
        await waiting[1]
        assert not waiting[0].done()
        line.give()
        await waiting[0]

    asyncio.run(asyncio.wait_for(whole(), 10))


def test_places_ahead_are_for_those_who_watch(monkeypatch):
    monkeypatch.setattr(slots, "BULK_EVERY", float("inf"))

    async def whole():
        line, got = Slots(2, ahead=1), []
        await line.take(True)
        await line.take(True)

        async def call(name, bulk):
            await line.take(bulk)
            got.append(name)

        tasks = [asyncio.create_task(call(*one)) for one in (("bulk", True), ("a", False), ("b", False))]
        for expected in (["a"], ["a", "b"], ["a", "b"], ["a", "b", "bulk"]):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert got == expected
            line.give()
        await asyncio.gather(*tasks)

    asyncio.run(asyncio.wait_for(whole(), 10))


@pytest.mark.parametrize("at_once", [True, False])
def test_who_is_cancelled_takes_no_place_with_him(at_once):
    async def whole():
        line = Slots(1)
        await line.take(False)
        leaver = asyncio.create_task(line.take(False))
        stayer = asyncio.create_task(line.take(False))
        await asyncio.sleep(0)
        if at_once:  # cancelled, and passed over before it has noticed
            leaver.cancel()
            line.give()
        else:  # given the place, and cancelled before it has used it
            line.give()
            leaver.cancel()
        await asyncio.wait_for(stayer, 1)
        assert (await asyncio.gather(leaver, return_exceptions=True))[0].__class__ is asyncio.CancelledError
        line.give()
        await asyncio.wait_for(line.take(True), 1)

    asyncio.run(whole())


def test_places_come_at_once_and_go_as_they_are_given_back():
    async def whole():
        line = Slots(1)
        await line.take(False)
        waiting = [asyncio.create_task(line.take(False)) for _ in range(3)]
        await asyncio.sleep(0)
        line.resize(3)
        await asyncio.sleep(0)
        assert [task.done() for task in waiting] == [True, True, False]
        line.resize(1)
        for _ in range(2):  # of the three that are taken
            line.give()
            await asyncio.sleep(0)
            assert not waiting[2].done()
        line.give()
        await asyncio.wait_for(waiting[2], 5)

    asyncio.run(whole())
