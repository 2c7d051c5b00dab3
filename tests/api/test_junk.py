"""While somebody sends junk, everybody else has their turn between any two pieces of it."""

import asyncio
import json
from itertools import pairwise
from types import SimpleNamespace

import pytest

from app.api import live, rooms
from app.api.held import Held
from app.api.long_texts import SHORT, LongTexts
from app.api.sessions import Watched
from app.settings import Settings

JUNK = [
    "[",
    '{"type": "dance"}',
    '{"type": "seek", "step": -1}',
    '{"type": "room", "secret": "0"}',
    '{"type": "open", "lanes": [{}, {}, {}]}',
    '{"a": ' * 500,
    "\0",
]
LONG = ['{"type": "dance"}' + " " * SHORT, "[[]," * 20_000]


class Pouring:
    """A socket on which everything has come already: to receive and to send never wait."""

    def __init__(self, messages, turns):
        self.left = [{"type": "websocket.receive", "text": text} for text in messages]
        self.turns = turns
        self.heard_at = []
        self.answers = 0
        settings = Settings(max_messages_per_second=0)
        metrics = SimpleNamespace(rejected=lambda _reason: None)
        read = {"long_texts": LongTexts(), "held": Held(settings.max_held_bytes)}
        self.app = SimpleNamespace(state=SimpleNamespace(settings=settings, metrics=metrics, **read))

    async def receive(self):
        self.heard_at.append(self.turns[0])
        return self.left.pop(0) if self.left else {"type": "websocket.disconnect"}

    async def send(self, message):
        self.answers += json.loads(message["text"])["type"] == "error"


def pour(listen, messages):
    """The socket after ``listen`` has heard ``messages``, while others take every turn there is."""

    async def scenario():
        turns = [0]
        socket = Pouring(messages, turns)

        async def others():
            while True:
                turns[0] += 1
                await asyncio.sleep(0)

        taking = asyncio.create_task(others())
        await asyncio.sleep(0)
        async with asyncio.timeout(60):
            await listen(Watched(socket, socket.app.state.metrics))
        taking.cancel()
        return socket

    return asyncio.run(scenario())


async def by_a_session(page):
    session = SimpleNamespace(lanes=[None])
    await live._listen(page, session, None)


async def by_a_room(page):
    await rooms._listen(page, SimpleNamespace(room=None))


@pytest.mark.parametrize(
    ("listen", "messages"),
    [(by_a_session, JUNK * 20), (by_a_session, LONG * 3 + JUNK), (by_a_room, JUNK * 20)],
    ids=["a session", "a session, long", "a room"],
)
def test_between_two_pieces_of_junk_all_others_have_a_turn(monkeypatch, listen, messages):
    monkeypatch.setattr(rooms, "MESSAGES", (1e6, 1e6))
    socket = pour(listen, messages)
    assert socket.answers == len(messages)
    turns = socket.heard_at
    assert len(turns) == len(messages) + 1
    assert all(later > before for before, later in pairwise(turns))
