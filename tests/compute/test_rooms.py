"""Rooms without sockets: who is told what, who is counted, and what they do not hold on to."""

import asyncio
import json
import math
import time

import numpy as np
import pytest

from app.compute import rooms as module
from app.compute import tally
from app.compute.broadcast import assemble
from app.compute.relay import Relay
from app.compute.room import Room
from app.compute.rooms import NoRoom, Rooms, Taken
from app.compute.seats import Follower, Presenter
from app.compute.tally import Question
from app.experiments.experiment import MAX_STEP
from tests.serving import decode

SECRETS = ["ab" * 16, "cd" * 16, "ef" * 16]
QUESTION = Question("why_random", 3)
VOTERS = [f"{i:032x}" for i in range(50)]


def frame(number, *, scene=False, kept=MAX_STEP + 1, steps=(), lanes=1, curves=(None,), playing=True):
    """A frame as a session makes it: a picture, and the new rows of the curve."""
    history = np.array([[step, 1 / (step + 1)] for step in steps], float).reshape(-1, 2)
    norms = history[:, :1].astype(np.float32)
    points = np.arange(6, dtype=float).reshape(2, 3)
    arrays = {"boundary": np.full(8, number % 255, np.uint8), "history": history, "norms": norms}
    if scene:
        shown = np.arange(3, dtype=np.int32)
        arrays |= {"points": points, "labels": np.zeros(8, np.uint8), "shown": shown}
    headers, blocks, at = [], [], 0
    for _ in range(lanes):
        buffers, block = {}, b""
        for name, values in arrays.items():
            buffers[name] = [len(block), values.dtype.str[1:], list(values.shape)]
            block += values.tobytes() + b"\0" * (-values.nbytes % 8)
        header = {"at": at, "kept": kept, "buffers": buffers, "step": number}
        if scene:
            header |= {"experiment": {"of": number}, "parts": [3, 0, 0]}
        headers.append(header)
        blocks.append(block)
        at += len(block)
    said = {"frame": number, "step": number, "playing": playing, "scene": scene, "lanes": headers}
    return assemble({**said, "curves": list(curves)} if scene else said, blocks)


class Seat:
    """A follower's page: it draws what comes, at once or when told to."""

    def __init__(self, room, drawing=True):
        self.frames, self.told, self.curve = [], [], {}
        self.drawing = drawing
        self.follower = Follower(room, self.show, self.hear)
        room.join(self.follower)
        self.task = asyncio.create_task(self.follower.run())

    async def show(self, message):
        shown = decode(message)
        lane = shown.lanes[0]
        self.frames.append(shown)
        self.curve = {step: value for step, value in self.curve.items() if step < lane["kept"]}
        self.curve |= dict(lane.arrays["history"].tolist())
        if self.drawing:
            self.follower.acknowledge(shown.number)

    async def hear(self, told):
        self.told.append(json.loads(json.dumps(told)))

    @property
    def steps(self):
        return [shown.step for shown in self.frames]


async def nothing(_told=None):
    pass


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


def a_room():
    room = Room("ABCD2345", b"proof")
    presenter = Presenter(nothing, lambda _: None)
    room.present(presenter)
    return room, presenter


def run(scenario):
    async def whole():
        try:
            await asyncio.wait_for(scenario(), 20)
        finally:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    asyncio.run(whole())


def test_who_sees_every_frame_is_sent_its_very_bytes():
    async def scenario():
        room, presenter = a_room()
        got = []

        async def show(message):
            got.append(message)
            follower.acknowledge(len(got))

        follower = Follower(room, show, nothing)
        room.join(follower)
        running = asyncio.create_task(follower.run())
        made = [frame(1, scene=True, steps=[0])] + [frame(n, steps=[n]) for n in range(2, 6)]
        for message in made:
            room.feed(presenter, message)
            await settled()
        assert not running.done()
        assert got[1:] == made[1:]
        assert all(a is b for a, b in zip(got[1:], made[1:], strict=True))

    run(scenario)


def test_who_comes_late_has_the_points_the_experiment_and_the_whole_curve():
    async def scenario():
        room, presenter = a_room()
        room.feed(presenter, frame(1, scene=True, steps=[0]))
        for n in range(2, 40):
            room.feed(presenter, frame(n, steps=[n]))
        seat = Seat(room)
        await settled()
        (first,) = seat.frames
        assert first.header["scene"]
        assert first.step == 39
        assert first.lane["experiment"] == {"of": 1}
        assert first.lane["parts"] == [3, 0, 0]
        assert first.lane.arrays["points"].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert first.lane.arrays["boundary"].tolist() == [39] * 8
        assert list(seat.curve) == [0, *range(2, 40)]
        room.feed(presenter, frame(40, steps=[40]))
        await settled()
        assert list(seat.curve) == [0, *range(2, 41)]

    run(scenario)


def test_a_slow_page_gets_the_newest_frame_and_the_rows_between_and_nothing_waits_for_it():
    async def scenario():
        room, presenter = a_room()
        slow, quick = Seat(room, drawing=False), Seat(room)
        room.feed(presenter, frame(1, scene=True, steps=[0]))
        await settled()
        for n in range(2, 301):
            room.feed(presenter, frame(n, steps=[n]))
            await settled()
        assert slow.steps == [1, 2]
        assert quick.steps == list(range(1, 301))
        slow.follower.acknowledge(2)
        await settled()
        assert slow.steps == [1, 2, 300]
        assert slow.curve == quick.curve
        assert not slow.frames[-1].header["scene"]
        assert len(room.broadcast._made) <= 2

    run(scenario)


def test_acknowledging_what_was_never_sent_earns_nothing():
    async def scenario():
        room, presenter = a_room()
        seat = Seat(room, drawing=False)
        seat.follower.acknowledge(2**53)
        for n in range(1, 20):
            room.feed(presenter, frame(n, scene=n == 1, steps=[n]))
            await settled()
        assert seat.steps == [1, 2]

    run(scenario)


def test_when_other_experiments_are_opened_everybody_is_told_all():
    async def scenario():
        room, presenter = a_room()
        seat, slow = Seat(room), Seat(room, drawing=False)
        room.feed(presenter, frame(1, scene=True, steps=[0, 5]))
        await settled()
        # A branch: both lanes come by the first one's curve, and go on from step 5.
        room.feed(presenter, frame(2, scene=True, lanes=2, curves=(0, 0), steps=[6]))
        room.feed(presenter, frame(3, lanes=2, steps=[7]))
        await settled()
        slow.follower.acknowledge(9)
        await settled()
        assert list(seat.curve) == list(slow.curve) == [0, 5, 6, 7]
        for lane in slow.frames[-1].lanes:
            assert lane.arrays["history"][:, 0].tolist() == [0, 5, 6, 7]
            assert lane["experiment"] == {"of": 2}
        # Others altogether.
        room.feed(presenter, frame(4, scene=True, kept=0, steps=[0]))
        await settled()
        assert list(seat.curve) == [0]

    run(scenario)


def test_a_frame_before_any_scene_is_nobodys():
    async def scenario():
        room, presenter = a_room()
        seat = Seat(room)
        room.feed(presenter, frame(7, steps=[7]))
        await settled()
        assert seat.frames == []

    run(scenario)


def test_only_the_present_presenter_is_followed_and_the_one_before_is_told():
    async def scenario():
        room, first = a_room()
        heard = []

        async def hear(told):
            heard.append(told)

        first.send = hear
        running = asyncio.create_task(first.run(room))
        await settled()
        assert not running.done()
        assert heard[-1]["code"] == "ABCD2345"
        second = Presenter(nothing, lambda _: None)
        room.present(second)
        await asyncio.sleep(0.3)
        assert heard[-1] == {"type": "room", "code": None, "why": "taken"}
        seat = Seat(room)
        room.feed(first, frame(1, scene=True, steps=[0]))
        await settled()
        assert seat.frames == []
        room.feed(second, frame(1, scene=True, steps=[0]))
        await settled()
        assert seat.steps == [1]
        room.leave(first)
        assert room.presenter is second

    run(scenario)


def test_a_presenter_who_comes_back_counts_frames_from_one_again():
    async def scenario():
        room, first = a_room()
        seat = Seat(room)
        for n in range(1, 30):
            room.feed(first, frame(n, scene=n == 1, steps=[n]))
            await settled()
        room.leave(first)
        await settled()
        assert not seat.told[-1]["presented"]
        again = Presenter(nothing, lambda _: None)
        room.present(again)
        for n in range(1, 6):
            room.feed(again, frame(n, scene=n == 1, kept=0 if n == 1 else MAX_STEP + 1, steps=[n]))
            await settled()
        assert seat.told[-1]["presented"]
        assert seat.steps[-5:] == [1, 2, 3, 4, 5]
        assert list(seat.curve) == [1, 2, 3, 4, 5]

    run(scenario)


def test_other_servers_get_every_frame_of_a_presenter_who_counts_from_one_again():
    async def scenario():
        room, first = a_room()
        room.others = {"another server": (1, math.inf)}
        relay, heard, taken = Relay("redis://127.0.0.1", Rooms(1, 1, 60)), [], asyncio.Event()

        async def say(_room, data):
            await taken.wait()
            if data[:1] == b"F":
                heard.append(decode(data[1:]).number)

        relay.up, relay._say_down = True, say
        task = asyncio.create_task(relay._publish(room))
        taken.set()
        for n in range(1, 30):
            room.feed(first, frame(n, scene=n == 1, steps=[n]))
            await settled()
        taken.clear()
        room.feed(first, frame(30, steps=[30]))
        await settled()
        again = Presenter(nothing, lambda _: None)
        room.present(again)
        room.feed(again, frame(1, scene=True, kept=0, steps=[1]))
        taken.set()
        await settled()
        for n in range(2, 6):
            room.feed(again, frame(n, steps=[n]))
            await settled()
        assert heard[-6:] == [30, 1, 2, 3, 4, 5]
        task.cancel()

    run(scenario)


class Redis:
    """So much of it as one room needs."""

    def __init__(self, **keys):
        self.keys, self.said = keys, []

    async def get(self, key):
        return self.keys.get(key)

    async def eval(self, _script, _keys, key, before, value, _expires):
        if (self.keys.get(key) or b"") != before:
            return 0
        self.keys[key] = value
        return 1

    async def publish(self, channel, text):
        self.said.append((channel, text))

    async def subscribe(self, channel):
        pass

    unsubscribe = subscribe


def test_the_room_moves_to_a_server_whose_clock_is_behind():
    async def scenario():
        rooms = Rooms(1, 1, 60)
        room = await rooms.open(SECRETS[0])
        later = time.time_ns() + 5 * 10**9
        key = f"planar:room:{room.code}"
        there = {"server": "another", "since": later, "proof": room.proof.hex()}
        relay, redis = Relay("redis://127.0.0.1", rooms), Redis(**{key: json.dumps(there)})
        relay.up, relay._redis, relay._keys._redis, relay._pubsub = True, redis, redis, redis
        assert await relay.own(room, None)
        assert json.loads(redis.keys[key])["server"] != "another"
        assert json.loads(redis.said[-1][1])["taken"] > later
        assert not room.elsewhere
        # A third one takes it; that is heard twice, and the second time it is known.
        for _ in range(2):
            await relay._yield_to_another(room)
            assert room.elsewhere

    run(scenario)


def test_a_room_that_comes_here_waits_for_its_presenter_anew(monkeypatch):
    async def scenario():
        rooms = Rooms(10, 10, 60)
        room = await rooms.open(SECRETS[0])
        room.is_elsewhere(lambda _: None)
        now = module.time.monotonic()
        monkeypatch.setattr(module.time, "monotonic", lambda: now + 1000)
        assert rooms.find(room.code) is room
        room.is_here()
        assert rooms.find(room.code) is room

    run(scenario)


def test_answers_are_counted_once_each_and_only_while_the_question_stands():
    room, _ = a_room()
    assert room.tally.counts() is None
    room.answer(VOTERS[0], "why_random", 0)
    room.ask(QUESTION)
    assert room.tally.counts() == [0, 0, 0]
    for voter in VOTERS[:5]:
        room.answer(voter, "why_random", 1)
    room.answer(VOTERS[0], "why_random", 2)
    room.answer(VOTERS[6], "nothing_moves", 1)
    room.answer(VOTERS[6], "why_random", 5)
    assert room.tally.counts() == [0, 4, 1]
    assert room.status()["counts"] is None  # nobody is told how the others think before the answer is shown
    room.ask(Question("why_random", 3, revealed=True))
    assert room.status()["counts"] == [0, 4, 1]
    room.answer(VOTERS[7], "why_random", 0)
    assert room.tally.counts() == [0, 4, 1]
    room.ask(Question("nudge", 3))
    assert room.tally.counts() == [0, 0, 0]


def test_a_question_that_comes_revealed_shows_what_its_presenter_had_counted_and_takes_no_votes():
    # After a restart: those who vote again have seen the answer.
    revealed = Question("why_random", 3, revealed=True)
    room, _ = a_room()
    room.ask(revealed, (0, 4, 1))
    room.answer(VOTERS[0], "why_random", 0)
    assert room.tally.counts() == room.status()["counts"] == [0, 4, 1]
    # Put to the class again, it is counted anew; who had answered answers again.
    before = room.status()["round"]
    room.ask(QUESTION)
    assert room.status()["round"] > before
    assert room.tally.counts() == [0, 0, 0]
    room.answer(VOTERS[0], "why_random", 0)
    room.ask(revealed, (0, 4, 1))
    assert room.tally.counts() == [1, 0, 0]  # a server that has counted believes itself
    room.ask(Question("nudge", 3), (0, 4, 1))
    assert room.tally.counts() == [0, 0, 0]


def test_another_presenter_of_the_same_code_is_noticed_even_if_it_comes_in_the_same_moment(monkeypatch):
    monkeypatch.setattr(module, "code_of", lambda secret: "ABCD2345")

    async def scenario():
        rooms, asked = Rooms(10, 10, 60), asyncio.Event()

        class Shared:
            async def known(self, _code):
                await asked.wait()

            async def own(self, _room, _turn):
                return True

        rooms.shared = Shared()
        first = asyncio.create_task(rooms.open(SECRETS[0]))
        second = asyncio.create_task(rooms.open(SECRETS[1]))
        await asyncio.sleep(0.1)
        asked.set()
        answers = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Room, NoRoom]

    run(scenario)


def test_answers_are_bounded(monkeypatch):
    monkeypatch.setattr(tally, "MAX_ANSWERS", 3)
    room, _ = a_room()
    room.ask(QUESTION)
    for voter in VOTERS:
        room.answer(voter, "why_random", 0)
    room.answer(VOTERS[1], "why_random", 1)
    assert room.tally.counts() == [2, 1, 0]


def test_the_more_follow_the_rarer_the_frames():
    room, presenter = a_room()
    paces = []
    presenter.pace = paces.append
    seats = [Follower(room, nothing, nothing) for _ in range(250)]
    for seat in seats:
        room.join(seat)
    assert paces[0] == pytest.approx(1 / 20)
    assert paces == sorted(paces)
    assert paces[-1] <= 1 / 10
    for seat in seats:
        room.go(seat)
    assert paces[-1] == 0


# --- the rooms of a server ----------------------------------------------------------------------------------


def test_a_secret_opens_its_room_again_and_another_opens_another():
    async def scenario():
        rooms = Rooms(10, 10, 60)
        room = await rooms.open(SECRETS[0])
        assert await rooms.open(SECRETS[0]) is room
        assert rooms.find(room.code) is room
        assert (await rooms.open(SECRETS[1])).code != room.code

    run(scenario)


async def takes(rooms, turn):
    """Whether a window of this turn gets the room."""
    try:
        await rooms.open(SECRETS[0], turn=turn)
    except Taken:
        return False
    return True


@pytest.mark.parametrize(
    ("turns", "taken"),
    [
        ((1, 1, 1), (True, True, True)),  # it connects anew
        ((1, 2, 1, 2), (True, True, False, True)),  # it had not heard that another has it
        ((1, 2, 1, 3, 2), (True, True, False, True, False)),  # by its button
        ((2, 1), (True, False)),  # whoever comes first after a restart ...
        ((1, 2), (True, True)),  # ... the later one has it
        ((5, None, 4, 5), (True, True, False, True)),  # who says none takes it in any case
        ((None, None), (True, True)),
    ],
)
def test_of_two_windows_that_connect_anew_the_one_that_took_the_room_later_has_it(turns, taken):
    async def scenario():
        rooms = Rooms(10, 10, 60)
        assert tuple([await takes(rooms, turn) for turn in turns]) == taken

    run(scenario)


def test_a_window_does_not_get_the_room_that_another_took_while_other_servers_were_asked():
    async def scenario():
        rooms, asked = Rooms(10, 10, 60), asyncio.Event()

        class Shared:
            async def known(self, _code):
                pass

            async def own(self, _room, turn):
                if turn == 1:
                    await asked.wait()
                return True

        rooms.shared = Shared()
        early = asyncio.create_task(takes(rooms, 1))
        await asyncio.sleep(0.2)
        assert await takes(rooms, 2)
        asked.set()
        assert not await early

    run(scenario)


def test_another_secret_with_the_same_code_does_not_open_the_room(monkeypatch):
    monkeypatch.setattr(module, "code_of", lambda secret: "ABCD2345")

    async def scenario():
        rooms = Rooms(10, 10, 60)
        await rooms.open(SECRETS[0])
        with pytest.raises(NoRoom, match="take a new code"):
            await rooms.open(SECRETS[1])
        await rooms.open(SECRETS[0])

    run(scenario)


def test_rooms_and_followers_are_bounded():
    async def scenario():
        rooms = Rooms(1, 2, 60)
        room = await rooms.open(SECRETS[0])
        room.present(Presenter(nothing, lambda _: None))
        with pytest.raises(NoRoom, match="too many rooms"):
            await rooms.open(SECRETS[1])
        first = await rooms.join(room.code, nothing, nothing)
        await rooms.join(room.code, nothing, nothing)
        with pytest.raises(NoRoom, match="no place"):
            await rooms.join(room.code, nothing, nothing)
        room.go(first)
        await rooms.join(room.code, nothing, nothing)
        with pytest.raises(LookupError):
            await rooms.join("22222222", nothing, nothing)
        rooms.close(room)
        await rooms.open(SECRETS[1])

    run(scenario)


def test_where_there_is_no_place_whoever_has_most_gives_one_that_nobody_follows():
    async def scenario():
        rooms, told = Rooms(4, 10, 60), []

        async def hear(summary):
            told.append(summary)

        async def presented(secret, address, send=nothing):
            room = await rooms.open(secret * 16, address)
            presenter = Presenter(send, lambda _: None)
            room.present(presenter)
            return room, asyncio.create_task(presenter.run(room))

        hoarded = [(await presented(f"a{digit}", "hoarder", hear))[0] for digit in "123"]
        other, _ = await presented("b1", "other")
        await rooms.join(hoarded[0].code, nothing, nothing)
        # Three against none: one of the hoarder's goes, but none that is followed.
        await presented("c1", "third")
        assert [room.closed for room in hoarded] == [False, True, False]
        await asyncio.sleep(0.3)
        assert told[-1]["why"] == "refused"
        assert told[-1]["detail"] == "others need its place, and nobody followed it"
        # Two against one that would be two: nobody takes it from anybody.
        for address in ("third", "other", "hoarder"):
            with pytest.raises(NoRoom, match="too many rooms") as refused:
                await presented("d1", address)
            assert refused.value.reason == "rooms"
        assert not other.closed

    run(scenario)


def later(rooms, seconds):
    """So much time passes for the rooms there are."""
    for room in rooms._rooms.values():
        room._shown_at -= seconds
        room.left_at -= seconds
        room._unfollowed_at -= seconds


async def presented_by(rooms, secret, address="one"):
    room = await rooms.open(secret, address)
    presenter = Presenter(nothing, lambda _: None)
    room.present(presenter)
    return room, presenter


def test_rooms_that_show_nothing_make_place_from_the_same_address_too_and_the_oldest_first():
    async def scenario():
        rooms = Rooms(5, 10, 60)
        hoarded = [(await presented_by(rooms, digit * 32))[0] for digit in "12345"]
        with pytest.raises(NoRoom, match="too many rooms"):  # each may be about to show something
            await rooms.open("6" * 32, "one")
        later(rooms, 11)
        for i, digit in enumerate("678"):
            teacher, presenter = await presented_by(rooms, digit * 32)
            teacher.feed(presenter, frame(1, scene=True, steps=[0]))
            assert [room.closed for room in hoarded] == [n <= i for n in range(5)]
        assert len(rooms) == 5

    run(scenario)


def test_a_room_that_is_used_is_never_lost_to_another():
    async def scenario():
        rooms = Rooms(5, 10, 60)
        opened = [await presented_by(rooms, digit * 32) for digit in "12345"]
        followed, was_followed, elsewhere, plays, stands_still = (room for room, _ in opened)
        await rooms.join(followed.code, nothing, nothing)
        was_followed.go(await rooms.join(was_followed.code, nothing, nothing))
        elsewhere.others_have("another server", 3, math.inf)
        for room, playing in ((plays, True), (stands_still, False)):
            room.feed(room.presenter, frame(1, scene=True, steps=[0], playing=playing))
        later(rooms, 290)
        with pytest.raises(NoRoom, match="too many rooms"):
            await rooms.open("6" * 32, "one")
        # Nobody has come to that one in five minutes, and nothing has moved.
        later(rooms, 20)
        await presented_by(rooms, "6" * 32)
        assert [room.closed for room, _ in opened] == [False] * 4 + [True]
        later(rooms, 10_000)
        await presented_by(rooms, "7" * 32)  # in the place of the sixth, which showed nothing
        assert [room.closed for room, _ in opened] == [False] * 4 + [True]
        elsewhere.forget_silent(math.inf)  # they have gone, as those who followed here
        assert not elsewhere.unused

    run(scenario)


def test_an_address_with_many_rooms_that_are_used_loses_none_of_them():
    async def scenario():
        rooms = Rooms(3, 10, 60)
        (plays, presenter), (was_followed, _), (idle, _) = [
            await presented_by(rooms, digit * 32, "a school") for digit in "123"
        ]
        plays.feed(presenter, frame(1, scene=True, steps=[0]))
        was_followed.go(await rooms.join(was_followed.code, nothing, nothing))  # for a moment, perhaps
        await presented_by(rooms, "4" * 32, "elsewhere")
        assert [room.closed for room in (plays, was_followed, idle)] == [False, False, True]
        with pytest.raises(NoRoom, match="too many rooms"):
            await rooms.open("5" * 32, "a third")

    run(scenario)


def test_a_presenter_who_moves_something_keeps_a_room_to_which_nobody_came_yet():
    async def scenario():
        rooms = Rooms(1, 10, 60)
        room, presenter = await presented_by(rooms, SECRETS[0])
        for number in range(1, 6):
            room.feed(presenter, frame(number, scene=number == 1, steps=[number], playing=False))
            later(rooms, 290)
            with pytest.raises(NoRoom, match="too many rooms"):
                await rooms.open(SECRETS[1], "one")
        assert rooms.find(room.code) is room

    run(scenario)


def test_an_address_opens_only_so_many_rooms_where_that_is_bounded_and_its_own_always_again():
    async def scenario():
        rooms = Rooms(10, 10, 60, most_per_address=2)
        for secret in SECRETS[:2]:
            room = await rooms.open(secret, "one")
            room.present(Presenter(nothing, lambda _: None))
        with pytest.raises(NoRoom, match="from your address") as refused:
            await rooms.open(SECRETS[2], "one")
        assert refused.value.reason == "rooms_per_address"
        assert await rooms.open(SECRETS[1], "one") is room
        assert len(rooms) == 2
        await rooms.open(SECRETS[2], "another")

    run(scenario)


def test_a_secret_that_is_known_here_opens_its_room_without_another_derivation():
    async def scenario():
        rooms = Rooms(10, 10, 60)
        room = await rooms.open(SECRETS[0])
        async with rooms._deriving:  # as long as others open theirs
            assert await asyncio.wait_for(rooms.open(SECRETS[0]), 1) is room

    run(scenario)


def test_where_there_is_no_place_the_longest_deserted_room_gives_its_own():
    async def scenario():
        rooms = Rooms(3, 10, 60)
        followed, first, second = [await rooms.open(secret) for secret in SECRETS]
        presenter = Presenter(nothing, lambda _: None)
        for room in (first, followed, second):
            room.present(presenter)
            rooms.leave(room, presenter)
        await rooms.join(followed.code, nothing, nothing)
        for gone, secret in ((first, "1" * 32), (second, "2" * 32)):
            newest = await rooms.open(secret)
            newest.present(presenter)
            assert gone.closed
            assert rooms.find(newest.code) is newest
        assert rooms.find(followed.code) is followed
        with pytest.raises(NoRoom, match="too many rooms"):
            await rooms.open("0" * 32)

    run(scenario)


def test_a_room_that_a_class_has_lost_for_a_moment_as_a_whole_gives_way_to_nobody():
    async def scenario():
        rooms = Rooms(1, 10, 7200, most_per_address=1)
        room, presenter = await presented_by(rooms, SECRETS[0])
        follower = await rooms.join(room.code, nothing, nothing)
        rooms.leave(room, presenter)
        later(rooms, 3600)  # the class waits
        room.go(follower)
        for address in ("one", "another"):
            later(rooms, 29)
            with pytest.raises(NoRoom, match="too many rooms"):
                await rooms.open(SECRETS[1], address)
        # Who comes back within the minute finds it, and the next one has a minute again.
        follower = await rooms.join(room.code, nothing, nothing)
        room.go(follower)
        later(rooms, 59)
        with pytest.raises(NoRoom, match="too many rooms"):
            await rooms.open(SECRETS[1], "another")
        later(rooms, 2)
        await rooms.open(SECRETS[1], "another")
        assert room.closed

    run(scenario)


def test_a_presenter_who_comes_back_after_long_has_a_moment_to_show_something():
    async def scenario():
        rooms = Rooms(1, 10, 7200)
        room, presenter = await presented_by(rooms, SECRETS[0])
        room.feed(presenter, frame(1, scene=True, steps=[0], playing=False))
        later(rooms, 301)
        room.leave(presenter)
        room.present(Presenter(nothing, lambda _: None))
        with pytest.raises(NoRoom, match="too many rooms"):
            await rooms.open(SECRETS[1])
        later(rooms, 301)
        await rooms.open(SECRETS[1])
        assert room.closed

    run(scenario)


def test_a_room_whose_presenter_stays_away_is_closed_and_not_before(monkeypatch):
    async def scenario():
        rooms = Rooms(10, 10, 60)
        room = await rooms.open(SECRETS[0])
        presenter = Presenter(nothing, lambda _: None)
        room.present(presenter)
        seat = Seat(room)
        now = module.time.monotonic()
        monkeypatch.setattr(module.time, "monotonic", lambda: now + 1000)
        assert rooms.find(room.code) is room
        rooms.leave(room, presenter)
        assert rooms.find(room.code) is room
        monkeypatch.setattr(module.time, "monotonic", lambda: now + 1061)
        assert rooms.find(room.code) is None
        await asyncio.wait_for(seat.task, 5)
        assert len(rooms) == 0

    run(scenario)
