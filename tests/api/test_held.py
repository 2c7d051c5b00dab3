"""What is held of requests and messages that are not read yet: the bound, and who gives way."""

import asyncio
import gc
import threading
import traceback
import weakref
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from fastapi import HTTPException, Request, WebSocketDisconnect
from starlette.testclient import TestClient

from app.api import live
from app.api.held import WORDS, Held, Share
from app.api.long_texts import LongTexts
from app.api.points import PointsRequest
from app.api.reading import read_body
from app.api.sessions import Watched
from app.main import create_app
from app.settings import Settings
from tests.serving import eventually


def shares(held, count):
    """So many of them, and the numbers of those that gave way."""
    gone = []
    return [Share(held, lambda i=i: gone.append(i)) for i in range(count)], gone


def test_the_largest_gives_way_to_whoever_comes():
    held = Held(1000)
    (large, small, newcomer), gone = shares(held, 3)
    small.hold(100)
    large.hold(800)
    newcomer.hold(150)
    assert gone == [0]
    assert held.bytes == 250


def test_of_those_that_are_about_as_large_the_first_gives_way():
    held = Held(1000)
    several, gone = shares(held, 5)
    for share, size in zip(several, (300, 350, 280, 400, 300), strict=True):
        share.hold(size)
    assert gone == [0, 1]
    assert held.bytes == 280 + 400 + 300


def test_who_has_grown_is_as_large_as_it_is_now():
    held = Held(1000)
    (grows, shrinks, newcomer), gone = shares(held, 3)
    for size in (1, 10, 100, 400):
        grows.hold(size)
    shrinks.hold(500)
    shrinks.hold(10)
    newcomer.hold(600)
    assert gone == [2]  # 600 are more than 400
    assert held.bytes == 410


def test_who_gave_way_does_so_once_and_counts_for_nothing():
    held = Held(1000)
    (first, second), gone = shares(held, 2)
    first.hold(1001)
    first.hold(5000)
    second.hold(900)
    assert gone == [0]
    assert held.bytes == 900
    second.hold(0)
    assert held.bytes == 0


def test_a_bound_that_fits_nobody_lets_nobody_in():
    held = Held(0)
    (one,), gone = shares(held, 1)
    one.hold(1)
    assert gone == [0]
    assert held.bytes == 0


def test_ten_thousand_small_ones_are_bounded_as_well():
    held = Held(64_000)
    many, gone = shares(held, 10_000)
    for share in many:
        share.hold(64)
    assert held.bytes == 64_000
    assert gone == list(range(9_000))


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_many_small_ones_that_stay_make_place_for_whoever_is_larger():
    clock = Clock()
    held = Held(1000, clock)
    several, gone = shares(held, 66)
    for share in several[:62]:
        share.hold(16)
    several[62].hold(100)
    assert gone == [62]  # they might all be read in a moment
    clock.now += 2.1
    several[63].hold(100)
    assert gone == [62, *range(6)]
    several[64].hold(400)
    assert gone == [62, *range(31)]
    several[65].hold(100)
    assert gone == [62, *range(31), 64]  # half and no more of it, they are left alone
    assert held.bytes == 31 * 16 + 100 + 100


def test_a_few_small_ones_that_stay_do_not_make_place_for_large_ones():
    clock = Clock()
    held = Held(1000, clock)
    several, gone = shares(held, 8)
    for share in several[:4]:
        share.hold(50)
    clock.now += 10
    for share in several[4:]:
        share.hold(300)
    assert gone == [4, 5]


def test_who_was_read_and_sends_again_has_not_been_held_for_long():
    clock = Clock()
    held = Held(1000, clock)
    (busy, stays, newcomer), gone = shares(held, 3)
    busy.hold(300)
    stays.hold(600)
    clock.now += 10
    busy.hold(0)
    busy.hold(350)
    newcomer.hold(60)
    assert gone == [1]
    assert held.bytes == 410


# --- messages that wait for their turn ----------------------------------------------------------------------


class Turn:
    """Of long texts: nobody has one until all may."""

    def __init__(self):
        self.come = threading.Event()

    async def read(self, _length, reading):
        while not self.come.is_set():
            await asyncio.sleep(0.01)
        return reading()


def test_long_messages_that_wait_for_their_turn_are_held_too():
    with (
        TestClient(create_app(Settings(workers=1, max_held_bytes=1_000_000))) as client,
        ExitStack() as stack,
    ):
        state = client.app.state
        state.long_texts = turn = Turn()
        pages = [stack.enter_context(client.websocket_connect("/api/live")) for _ in range(4)]
        for page, held in zip(pages, (400_000, 800_000, 800_000, 800_000), strict=True):
            page.send_text('{"type": "dance"}' + " " * 400_000)
            eventually(lambda held=held: state.held.bytes > held)
        # The place is for two of them. Who gave way is told so, and comes back by itself.
        for page in pages[:2]:
            with pytest.raises(WebSocketDisconnect) as closed:
                page.receive_json()
            assert (closed.value.code, closed.value.reason) == (1013, WORDS)
        assert 800_000 < state.held.bytes <= 1_000_000
        counted = state.metrics.registry.get_sample_value
        assert counted("playground_rejections_total", {"reason": "held"}) == 2
        turn.come.set()
        for page in pages[2:]:
            assert page.receive_json()["problem"]["status"] == 422
        assert state.held.bytes == 0


class Said(str):
    """A text of which one can tell whether anybody still has it."""


def heard(said, answered, most=1_000_000):
    """What is held after each message of a page, and the end; ``answered()`` while it is told of an error."""
    told = [{"type": "websocket.receive", "text": said.pop()}, {"type": "websocket.disconnect"}]
    state = SimpleNamespace(
        settings=SimpleNamespace(max_messages_per_second=0),
        metrics=SimpleNamespace(rejected=lambda _reason: None),
        long_texts=LongTexts(),
        held=Held(most),
    )
    seen = []

    class Socket:
        app = SimpleNamespace(state=state)

        async def receive(self):
            asyncio.get_running_loop().call_soon(lambda: seen.append(state.held.bytes))
            return told.pop(0)

        async def send(self, _message):
            await asyncio.sleep(0)  # as where the page does not take it: the step that raised is over
            answered()

    socket = Socket()
    asyncio.run(live._listen(Watched(socket, state.metrics), SimpleNamespace(lanes=[]), None))
    return seen


def test_between_taking_a_long_message_and_holding_it_nobody_has_a_turn():
    seen = heard(['{"type": "dance"}' + " " * 100_000], lambda: None)
    assert seen[0] > 100_000


@pytest.mark.parametrize(
    ("text", "most"),
    [("[", 10**6), ('{"type": "dance"}', 10**6), ('{"type": "seek", "step": -1}', 10**6), ("[", 1_000)],
)
def test_nobody_keeps_a_message_while_its_error_is_told(text, most):
    kept = []

    def answered():
        gc.collect()
        kept.append(told())

    said = [Said(text + " " * 60_000)]
    told = weakref.ref(said[0])
    heard(said, answered, most)
    assert kept == [None]


# --- bodies -------------------------------------------------------------------------------------------------


def request(state, *parts, after=None):
    """A request whose body comes in these parts; before the last it waits for ``after``."""
    left = list(parts)

    async def receive():
        if len(left) == 1 and after is not None:
            await after.wait()
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return Request({"type": "http", "app": SimpleNamespace(state=state)}, receive)


def state(most):
    return SimpleNamespace(
        held=Held(most), long_texts=LongTexts(), settings=SimpleNamespace(max_body_bytes=4_000_000)
    )


async def refused(reading):
    with pytest.raises(HTTPException) as error:
        await reading
    return error.value.status_code


BODY = b'{"text": "1 2 0"}'


def test_a_body_that_waits_for_its_turn_is_held_until_it_has_been_read():
    async def scenario():
        now = state(150_000)
        long = BODY + b" " * 60_000
        async with now.long_texts._one:
            first = asyncio.create_task(read_body(PointsRequest, request(now, long)))
            second = asyncio.create_task(read_body(PointsRequest, request(now, long)))
            await asyncio.sleep(0.01)
            assert now.held.bytes == 2 * len(long)
            third = asyncio.create_task(read_body(PointsRequest, request(now, long)))
            assert await refused(first) == 503
            assert now.held.bytes == 2 * len(long)
        assert (await second).text == (await third).text == "1 2 0"
        assert now.held.bytes == 0

    asyncio.run(scenario())


def test_a_body_that_never_comes_whole_gives_way_to_one_that_does():
    async def scenario():
        now, never = state(10_000), asyncio.Event()
        slow = asyncio.create_task(read_body(PointsRequest, request(now, b" " * 9_000, b"", after=never)))
        await asyncio.sleep(0.01)
        assert (await read_body(PointsRequest, request(now, BODY, b" " * 5_000))).text == "1 2 0"
        assert await refused(slow) == 503
        assert now.held.bytes == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("bad", [b"[", b'{"no such field": 1}', b" " * 4_000_001], ids=len)
def test_what_cannot_be_read_is_not_held(bad):
    async def scenario():
        now = state(10_000_000)
        with pytest.raises((HTTPException, ValueError)):
            await read_body(PointsRequest, request(now, bad))
        assert now.held.bytes == 0

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("bad", "most"),
    [(b"[", 10**7), (b'{"no such field": 1}', 10**7), (b" " * 4_000_001, 10**7), (BODY, 1_000)],
    ids=["malformed", "unknown field", "too large", "gave way"],
)
def test_a_refusal_does_not_keep_the_body_while_it_is_told(bad, most):
    async def scenario():
        with pytest.raises((HTTPException, ValueError)) as refused:
            await read_body(PointsRequest, request(state(most), bad + b" " * 60_000))
        error = refused.value
        assert error.__context__ is None
        assert error.__cause__ is None
        where = [frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)]
        assert where == ["scenario", "read_body"]  # which has no body of its own

    asyncio.run(scenario())


def test_who_leaves_in_the_middle_is_not_held():
    async def scenario():
        now, never = state(10_000), asyncio.Event()
        slow = asyncio.create_task(read_body(PointsRequest, request(now, b" " * 9_000, b"", after=never)))
        await asyncio.sleep(0.01)
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        assert now.held.bytes == 0

    asyncio.run(scenario())
