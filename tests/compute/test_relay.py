"""Two servers' rooms in one process, with a real Redis between them: what gets lost, and who gives way."""

import asyncio
import json
import logging
import time
from contextlib import asynccontextmanager

import pytest

from app.compute.relay import Relay
from app.compute.rooms import Rooms, Taken
from app.compute.seats import Presenter
from app.compute.tally import Question
from tests.services import Redis

SECRET = "ab" * 16
QUESTION = Question("nudge", 3)


@pytest.fixture(scope="module")
def redis():
    with Redis() as running:
        yield running


async def nothing(_told=None):
    pass


async def until(holds, seconds=10):
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


async def beaten(server, room, times=2):
    """Whoever holds the room has said so again, so often."""
    key, redis = f"planar:room:{room.code}", server.relay._redis
    async with asyncio.timeout(10):
        for _ in range(times):
            marked = {**json.loads(await redis.get(key)), "said": "before"}
            await redis.set(key, json.dumps(marked), keepttl=True)
            while "said" in json.loads(await redis.get(key)):
                await asyncio.sleep(0.01)


def told(room, presenter):
    """Why this presenter has not, or no longer, the room."""
    return room.summary(presenter).get("why")


class Server:
    """One server's rooms and its line to the others."""

    def __init__(self, redis):
        self.rooms = Rooms(5, 2000, 60)
        self.relay = self.rooms.shared = Relay(redis.url, self.rooms)
        self.task = None

    async def begin(self):
        self.task = asyncio.create_task(self.relay.run())
        await until(lambda: self.relay.up)

    async def present(self, turn=None):
        """Open the room, and be there."""
        room = await self.rooms.open(SECRET, turn=turn)
        presenter = Presenter(nothing, lambda _: None)
        room.present(presenter)
        return room, presenter

    async def end(self):
        if self.task is not None:
            self.task.cancel()
        await self.relay.end()


async def begin(*these):
    """One after the other."""
    for server in these:
        await server.begin()


@asynccontextmanager
async def servers(redis, *, begun=True):
    pair = Server(redis), Server(redis)
    try:
        if begun:
            await begin(*pair)
        yield pair
    finally:
        for server in pair:
            for room in list(server.rooms._rooms.values()):
                server.rooms.close(room)
        await asyncio.sleep(0.1)
        await pair[0].relay._redis.flushdb()  # also what a test has left there, for the next one
        for server in pair:
            await server.end()


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario(), 40))


def test_three_hundred_answers_at_once_on_another_server_are_all_counted(redis):
    async def scenario():
        async with servers(redis) as (one, two):
            room, _ = await one.present()
            there = (await two.rooms.join(room.code, nothing, nothing)).room
            await until(lambda: room.others)
            room.ask(QUESTION)
            for voter in range(300):
                there.answer(f"{voter:032x}", "nudge", voter % 3)
            there.answer(f"{299:032x}", "nudge", 0)  # changed before it went: one voice all the same
            await until(lambda: sum(room.tally.counts()) == 300)
            # 0 .. 299 are a hundred of each; voter 299 had said 2.
            assert room.tally.counts() == [101, 100, 99]
            assert one.relay.up
            assert two.relay.up

    run(scenario)


def test_answers_given_while_redis_is_gone_are_passed_on_when_it_is_back(redis):
    async def scenario():
        async with servers(redis) as (one, two):
            room, _ = await one.present()
            there = (await two.rooms.join(room.code, nothing, nothing)).room
            await until(lambda: room.others)
            room.ask(QUESTION)
            before = room.tally.round
            redis.end()
            for voter in range(40):
                there.answer(f"{voter:032x}", "nudge", 1)
            await until(lambda: not (one.relay.up or two.relay.up))
            await asyncio.to_thread(redis.begin)
            await until(lambda: room.tally.counts() == [0, 40, 0])
            # Of those on their way when it broke nobody knows: pages give theirs again.
            assert room.tally.round > before

    run(scenario)


def test_three_hundred_who_join_at_once_on_another_server_are_all_let_in(redis):
    async def scenario():
        async with servers(redis) as (one, two):
            room, _ = await one.present()
            joined = await asyncio.gather(
                *(two.rooms.join(room.code, nothing, nothing) for _ in range(300)),
                *(two.rooms.join("22222222", nothing, nothing) for _ in range(300)),
                return_exceptions=True,
            )
            assert len({follower.room for follower in joined[:300]}) == 1
            assert {type(answer) for answer in joined[300:]} == {LookupError}
            await until(lambda: sum(count for count, _ in room.others.values()) == 300)

    run(scenario)


async def moved(old, new):
    """The room that a presenter left while Redis was gone, where a clock is ahead, and what was moved to."""
    left, presenter = await old.present()
    old.rooms.leave(left, presenter)
    room, presenter = await new.present()
    left.since = time.time_ns() + 10 * 10**9
    return left, room, presenter


def test_a_room_moves_to_its_presenter_even_if_the_old_servers_clock_is_ahead(redis):
    async def scenario():
        async with servers(redis, begun=False) as (old, new):
            left, room, presenter = await moved(old, new)
            await begin(old, new)
            await until(lambda: left.elsewhere)
            await beaten(new, room)
            assert room.presenter is presenter
            assert not room.elsewhere
            assert left.elsewhere
            assert room.since > left.since

    run(scenario)


def test_a_window_that_comes_back_by_another_server_does_not_take_the_room_from_a_later_one(redis):
    async def scenario():
        async with servers(redis) as (one, two):
            room, presenter = await two.present(turn=2)
            for _ in range(2):  # where nobody knows the room, and where it is mirrored
                with pytest.raises(Taken):
                    await one.present(turn=1)
                await one.rooms.join(room.code, nothing, nothing)
            await beaten(two, room)
            assert room.presenter is presenter
            assert not room.elsewhere
            here, _ = await one.present(turn=3)
            await until(lambda: room.elsewhere)
            assert not here.elsewhere
            with pytest.raises(Taken):
                await two.present(turn=2)

    run(scenario)


@pytest.mark.parametrize("known_here", [False, True], ids=["a new room", "a mirrored one"])
def test_a_window_that_comes_while_a_later_one_takes_the_room_elsewhere_takes_nothing(redis, known_here):
    async def scenario():
        async with servers(redis) as (one, two):
            room, presenter = await two.present(turn=2)
            if known_here:
                there = (await one.rooms.join(room.code, nothing, nothing)).room
            ask, heard = one.relay.known, []

            async def a_moment_before(code):
                """What was read before the later window took it."""
                known = await ask(code)
                return known and (known[0], 1)

            one.relay.known = a_moment_before
            hear = two.relay._heard_up

            async def listening(which, said):
                if said["server"] != two.relay._me:
                    heard.append(said)
                await hear(which, said)

            two.relay._heard_up = listening
            with pytest.raises(Taken):
                await one.present(turn=1)
            await beaten(two, room)
            assert room.presenter is presenter
            assert told(room, presenter) is None
            assert not any("taken" in said for said in heard)
            assert not one.relay._owned
            assert list(one.rooms._rooms.values()) == ([there] if known_here else [])

    run(scenario)


def test_followers_who_come_while_a_late_window_is_refused_see_the_room_where_it_is(redis):
    async def scenario():
        async with servers(redis) as (one, two):
            room, _ = await two.present(turn=2)
            own, joined = one.relay.own, []

            async def not_known(_code):
                pass

            async def owning(fresh, turn):
                joined.append(await one.rooms.join(fresh.code, nothing, nothing))
                return await own(fresh, turn)

            one.relay.known, one.relay.own = not_known, owning
            with pytest.raises(Taken):
                await one.present(turn=1)
            assert joined[0].room.elsewhere
            await until(lambda: room.others and joined[0].room.status()["presented"])

    run(scenario)


def test_no_room_is_closed_for_a_window_that_comes_too_late(redis):
    async def scenario():
        async with servers(redis) as (one, two):
            room, _ = await two.present(turn=2)
            one.rooms.most = 1
            deserted = await one.rooms.open("cd" * 16)
            with pytest.raises(Taken):
                await one.present(turn=1)
            assert not deserted.closed
            assert not room.elsewhere

    run(scenario)


@pytest.mark.parametrize("first", [0, 1], ids=["the older", "the newer"])
def test_of_two_windows_that_took_the_room_without_redis_the_later_one_has_it(redis, first):
    async def scenario():
        async with servers(redis, begun=False) as pair:
            one, two = pair
            room, presenter = await two.present(turn=2)
            older, lost = await one.present(turn=1)  # it comes back by another server
            assert older.since > room.since
            await begin(pair[first], pair[1 - first])  # whose claim is there first
            await until(lambda: older.elsewhere)
            await beaten(two, room)
            assert room.presenter is presenter
            assert told(room, presenter) is None
            assert told(older, lost) == "taken"
            assert (await one.relay.known(room.code))[1] == 2
            with pytest.raises(Taken):
                await one.present(turn=1)

    run(scenario)


def test_a_window_that_presents_has_the_room_of_a_later_one_that_has_gone_but_not_its_turn(redis):
    async def scenario():
        async with servers(redis, begun=False) as (one, two):
            left, gone = await two.present(turn=2)
            two.rooms.leave(left, gone)
            room, presenter = await one.present(turn=1)
            await begin(two, one)
            await until(lambda: left.elsewhere)
            await beaten(one, room)
            assert room.presenter is presenter
            # When the later one comes again, it has the room.
            assert (await two.relay.known(room.code))[1] == 2
            await two.present(turn=2)
            await until(lambda: told(room, presenter) == "taken")

    run(scenario)


def test_a_claim_of_an_older_window_that_is_heard_late_takes_nothing(redis):
    async def scenario():
        async with servers(redis) as (_, two):
            room, presenter = await two.present(turn=2)
            late = {"server": "else", "taken": room.since + 10**9}
            await two.relay._heard_up(room, {**late, "turn": 1})
            assert room.presenter is presenter
            await two.relay._heard_up(room, {**late, "turn": 2})
            assert told(room, presenter) == "taken"

    run(scenario)


def test_a_claim_that_is_slow_does_not_undo_one_that_came_meanwhile(redis):
    async def scenario():
        async with servers(redis) as (one, two):
            read, reads = one.relay._keys.found, []

            async def slowly(code):
                found = await read(code)
                reads.append(found)
                if len(reads) == 2:  # what the claim itself is compared with
                    await two.present(turn=2)
                return found

            async def not_known(_code):
                pass

            one.relay._keys.found, one.relay.known = slowly, not_known
            with pytest.raises(Taken):
                await one.present(turn=1)
            (room,) = two.rooms._rooms.values()
            assert (await two.relay.known(room.code))[1] == 2
            assert room.presenter
            assert not one.rooms._rooms

    run(scenario)


def test_a_later_window_on_the_same_server_is_known_to_the_others_at_once(redis):
    async def scenario():
        async with servers(redis) as (one, two):
            room, _ = await one.present(turn=1)
            await one.present(turn=2)
            assert (await two.relay.known(room.code))[1] == 2

    run(scenario)


def test_a_server_whose_presenter_left_hands_its_room_to_one_that_came_earlier(redis):
    async def scenario():
        async with servers(redis, begun=False) as (old, new):
            left, room, presenter = await moved(old, new)
            await begin(new, old)  # the other way round: its claim is there first
            await until(lambda: left.elsewhere)
            assert room.presenter is presenter

    run(scenario)


def test_closing_a_room_that_another_server_has_by_now_ends_nothing_there(redis):
    async def scenario():
        async with servers(redis) as (one, two):
            room, _ = await one.present()
            key = f"planar:room:{room.code}"
            theirs = {"server": "else", "since": room.since + 1, "presented": True, "proof": "00" * 32}
            heard = one.relay._listener.pubsub(ignore_subscribe_messages=True)
            await heard.subscribe(key + ":down")
            await one.relay._redis.set(key, json.dumps(theirs))
            one.rooms.close(room)
            await until(lambda: not one.relay._sending)
            assert json.loads(await one.relay._redis.get(key)) == theirs
            assert await heard.get_message(timeout=0.2) is None
            await heard.aclose()
            await one.relay._redis.delete(key)
            # One of its own goes, and all are told.
            room, _ = await one.present()
            there = (await two.rooms.join(room.code, nothing, nothing)).room
            one.rooms.close(room)
            await until(lambda: there.closed)
            assert await one.relay._redis.get(key) is None

    run(scenario)


def test_a_room_that_moves_is_mirrored_even_if_the_network_fails_meanwhile(redis):
    async def scenario():
        async with servers(redis) as (one, _):
            room, _ = await one.present()

            async def broken(*_):
                raise OSError("the connection is gone")

            one.relay._unsubscribe = broken
            with pytest.raises(OSError, match="gone"):
                await one.relay._yield_to_another(room)
            assert room.elsewhere
            assert room in one.relay._mirrored
            assert room not in one.relay._owned

    run(scenario)


def test_what_could_not_be_subscribed_is_subscribed_on_another_connection(redis):
    async def scenario():
        async with servers(redis) as (one, two):
            subscribe, failures = two.relay._subscribe, [OSError("gone")]

            async def breaks_once(*which):
                if failures:
                    raise failures.pop()
                await subscribe(*which)

            room, _ = await one.present()
            two.relay._subscribe = breaks_once
            there = (await two.rooms.join(room.code, nothing, nothing)).room
            await until(lambda: there.status()["presented"])

    run(scenario)


def test_an_error_of_our_own_does_not_end_publishing(redis, monkeypatch, caplog):
    async def scenario():
        monkeypatch.setattr("app.compute.relay.LONGEST_WAIT", 0.05)
        async with servers(redis) as (one, two):
            room, _ = await one.present()
            there = (await two.rooms.join(room.code, nothing, nothing)).room
            await until(lambda: there.status()["presented"])
            status = room.status
            monkeypatch.setattr(room, "status", lambda: {"nobody can": {1, 2}})
            room.ask(QUESTION)
            with caplog.at_level(logging.ERROR, "playground.rooms"):
                await until(lambda: "a room could not be published" in caplog.text)
            monkeypatch.setattr(room, "status", status)
            await until(lambda: there.status()["question"])

    run(scenario)
