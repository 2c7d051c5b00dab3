"""What has come and nobody has taken counts to what is held, in both protocols, wherever it waits."""

import asyncio
import struct

import pytest
import uvicorn
from uvicorn.server import ServerState

from app.api.held import REASON, WORDS, Held
from app.api.incoming import Bounded
from app.serve import Patient

UPGRADE = (
    b"GET /api/live HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Wire(asyncio.Transport):
    """What a protocol writes, and whether it has hung up."""

    def __init__(self):
        super().__init__()
        self.written = b""
        self.untaken = 0
        self.closed = self.aborted = False

    def write(self, data):
        self.written += data

    def get_write_buffer_size(self):
        return self.untaken

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True

    def abort(self):
        self.closed = self.aborted = True


class Busy:
    """An application that does nothing until it is told to."""

    def __init__(self):
        self.told = asyncio.Queue()
        self.heard = []

    async def __call__(self, scope, receive, send):
        self.heard.append(await receive() if scope["type"] == "websocket" else None)
        while (message := await self.told.get()) is not None:
            if message == "receive":
                self.heard.append(await receive())
            else:
                await send(message)

    async def do(self, *messages):
        for message in messages:
            self.told.put_nowait(message)
        await turns()


async def turns():
    for _ in range(10):
        await asyncio.sleep(0)


def connected(protocol, held):
    """The application, the protocol, its wire, and the reasons it has counted."""
    busy, wire, reasons = Busy(), Wire(), []
    config = uvicorn.Config(busy, log_config=None, lifespan="off", ws_ping_interval=None, interface="asgi3")
    config.load()
    bounds = {"held": held, "rejected": staticmethod(reasons.append)}
    made = type("Tested", (protocol,), bounds)(config, ServerState(), {})
    made.connection_made(wire)
    return busy, made, wire, reasons


async def stream(held):
    """The same, with a stream that the application has accepted."""
    busy, made, wire, reasons = connected(Bounded, held)
    made.data_received(UPGRADE)
    await busy.do({"type": "websocket.accept"})
    assert wire.written.startswith(b"HTTP/1.1 101 ")
    return busy, made, wire, reasons


def frame(text, sent=None):
    """A whole text message, or so many bytes of it."""
    head = b"\x81\xff" + struct.pack(">Q", len(text)) + bytes(4)
    return head + text[:sent]


def run(scenario):
    asyncio.run(scenario())


# --- streams ------------------------------------------------------------------------------------------------


def test_a_whole_message_that_waits_for_the_application_is_held_until_it_takes_it():
    async def scenario():
        held = Held(100_000)
        busy, made, _, _ = await stream(held)
        made.data_received(frame(b" " * 50_000))
        assert 50_000 < held.bytes < 51_000
        await busy.do("receive")
        assert len(busy.heard[-1]["text"]) == 50_000
        assert held.bytes == 0
        await busy.do(None)

    run(scenario)


def test_a_message_with_one_wide_character_is_held_as_large_as_it_is_in_memory():
    async def scenario():
        held = Held(1_000_000)
        busy, made, _, _ = await stream(held)
        made.data_received(frame("\U0001f600".encode() + b" " * 50_000))
        assert held.bytes > 200_000
        await busy.do(None)

    run(scenario)


def test_very_many_small_messages_are_held_as_large_as_they_are_in_memory():
    async def scenario():
        held = Held(10_000_000)
        busy, made, _, _ = await stream(held)
        made.data_received((b"\x81\x80" + bytes(4)) * 10_000)
        assert held.bytes > 2_000_000  # of 60,000 bytes
        await busy.do(None)

    run(scenario)


def test_a_connection_whose_application_listens_to_nobody_gives_way_with_what_waits_in_it():
    async def scenario():
        held = Held(100_000)
        pages = [await stream(held) for _ in range(4)]
        for _, made, _, _ in pages:
            made.data_received(frame(b" " * 40_000))
        assert 80_000 < held.bytes <= 100_000
        assert [reasons for *_, reasons in pages] == [[REASON], [REASON], [], []]
        for busy, made, wire, _ in pages[:2]:
            assert struct.pack(">H", 1013) + WORDS.encode() in wire.written
            assert wire.closed
            assert made.queue.qsize() == 1  # the end, and nothing else
            await busy.do("receive", None)
            assert busy.heard[-1]["type"] == "websocket.disconnect"
        for busy, *_ in pages[2:]:
            await busy.do(None)
        assert held.bytes == 0  # nobody will read what the others said

    run(scenario)


def test_what_came_whole_before_the_connection_was_lost_is_held_and_can_be_read():
    async def scenario():
        held = Held(100_000)
        busy, made, _, _ = await stream(held)
        made.data_received(frame(b" " * 40_000))
        made.data_received(frame(b" " * 40_000, 20_000))
        assert held.bytes > 60_000
        made.connection_lost(None)
        assert 40_000 < held.bytes < 41_000
        await busy.do("receive")
        assert len(busy.heard[-1]["text"]) == 40_000
        assert held.bytes == 0
        await busy.do(None)

    run(scenario)


def test_after_its_farewell_a_connection_that_goes_on_sending_gives_way_at_once():
    async def scenario():
        held = Held(100_000)
        busy, made, wire, reasons = await stream(held)
        await busy.do({"type": "websocket.close", "code": 1013, "reason": "too many sessions"})
        assert not wire.closed  # it waits for the other side's farewell
        for _ in range(2):
            made.data_received(frame(b" " * 500_000, 60_000))
        assert wire.aborted
        assert reasons == [REASON]
        assert len(made.conn.reader.buffer) == held.bytes == 0
        await busy.do(None)

    run(scenario)


def test_a_connection_that_is_not_accepted_yet_gives_way_too():
    async def scenario():
        held = Held(10_000)
        busy, made, wire, reasons = connected(Bounded, held)
        made.data_received(UPGRADE)
        made.data_received(frame(b" " * 20_000))
        assert wire.aborted
        assert reasons == [REASON]
        made.connection_lost(None)
        await busy.do(None)
        assert held.bytes == 0

    run(scenario)


# --- requests -----------------------------------------------------------------------------------------------

OK = (
    {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]},
    {"type": "http.response.body", "body": b""},
)
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def post(size):
    return b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size


def test_a_head_is_held_until_it_is_whole():
    async def scenario():
        held = Held(100_000)
        busy, made, _, _ = connected(Patient, held)
        made.data_received(GET[:-2])
        assert held.bytes == len(GET) - 2
        made.data_received(GET[-2:])
        assert held.bytes == 0
        made.connection_lost(None)
        await busy.do(None)

    run(scenario)


def test_a_body_that_nobody_reads_is_held_until_its_request_has_been_answered():
    async def scenario():
        held = Held(100_000)
        busy, made, _, _ = connected(Patient, held)
        made.data_received(post(50_000) + b" " * 30_000)
        assert held.bytes == 30_000
        await busy.do(*OK)
        assert held.bytes == 0
        made.data_received(b" " * 20_000)  # the rest of it, which is thrown away
        assert held.bytes == 0
        made.connection_lost(None)
        await busy.do(None)

    run(scenario)


def test_a_body_is_held_until_the_application_takes_it():
    async def scenario():
        held = Held(100_000)
        busy, made, _, _ = connected(Patient, held)
        made.data_received(post(50_000) + b" " * 30_000)
        await busy.do("receive")
        assert len(busy.heard[-1]["body"]) == 30_000
        assert held.bytes == 0
        made.data_received(b" " * 20_000)
        assert held.bytes == 20_000
        await busy.do("receive")
        assert held.bytes == 0
        made.connection_lost(None)
        await busy.do(None)

    run(scenario)


def test_what_stands_behind_a_running_request_is_held_until_it_is_its_turn():
    async def scenario():
        held = Held(100_000)
        busy, made, _, _ = connected(Patient, held)
        made.data_received(GET + post(40_000) + b" " * 40_000)
        assert held.bytes == len(post(40_000)) + 40_000
        await busy.do(*OK, None)
        assert held.bytes == 40_000  # it is a body now
        await busy.do("receive")
        assert held.bytes == 0
        made.connection_lost(None)
        await busy.do(None)

    run(scenario)


@pytest.mark.parametrize("untaken", [0, 1_000_000])
def test_a_request_gives_way_with_all_that_stands_behind_it_though_its_answer_is_not_taken(untaken):
    async def scenario():
        held = Held(30_000)
        busy, made, wire, reasons = connected(Patient, held)
        wire.untaken = untaken
        made.data_received(GET + b"x" * 40_000)
        assert reasons == [REASON]
        assert wire.written.startswith(b"HTTP/1.1 503 ")
        assert wire.closed
        assert wire.aborted == bool(untaken)
        assert held.bytes == 0
        made.connection_lost(None)
        await busy.do(None)

    run(scenario)
