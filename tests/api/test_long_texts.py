"""Long texts are read one after another, and most of the time is everybody else's."""

import asyncio
import time

import pytest

from app.api import live
from app.api.long_texts import SHORT, LongTexts


def test_between_two_long_readings_others_have_three_times_as_long():
    begun = []

    def reading():
        begun.append(time.monotonic())
        time.sleep(0.05)
        return len(begun)

    async def both():
        turns = LongTexts()
        return await asyncio.gather(*(turns.read(SHORT + 1, reading) for _ in range(3)))

    assert asyncio.run(both()) == [1, 2, 3]
    first, second, third = begun
    assert min(second - first, third - second) >= 0.2  # 50 ms of reading and 150 ms of rest


def test_a_short_text_waits_for_nobody():
    async def between():
        turns, order = LongTexts(), []
        long = [
            asyncio.ensure_future(turns.read(10**6, lambda: order.append("long") or time.sleep(0.05)))
            for _ in range(2)
        ]
        await asyncio.sleep(0.01)
        await turns.read(SHORT, lambda: order.append("short"))
        await asyncio.gather(*long)
        return order

    assert asyncio.run(between()) == ["long", "short", "long"]


def test_who_fails_or_leaves_keeps_nobody_from_the_next_turn():
    def fail():
        raise ValueError("no")

    async def after():
        turns = LongTexts()
        with pytest.raises(ValueError, match="no"):
            await turns.read(10**6, fail)
        waiting = [asyncio.ensure_future(turns.read(10**6, lambda n=n: n)) for n in range(3)]
        waiting[1].cancel()
        return await asyncio.gather(*waiting, return_exceptions=True)

    first, second, third = asyncio.run(after())
    assert (first, third) == (0, 2)
    assert isinstance(second, asyncio.CancelledError)


def test_bodies_and_messages_take_turns_and_count_in_full(client, monkeypatch):
    turns, lengths = client.app.state.long_texts, []
    read = turns.read

    async def noted(length, reading):
        lengths.append(length)
        return await read(length, reading)

    monkeypatch.setattr(turns, "read", noted)
    assert client.post("/api/runs", content=b'{"steps": 1}' + b" " * 3_900_000).status_code == 200
    with client.websocket_connect("/api/live") as socket:
        socket.send_text('{"type": "look", "view": {"boundary": -1}}' + " " * 3_900_000)
        assert socket.receive_json()["problem"]["status"] == 422
    assert lengths == [3_900_012, 3_900_042]


def test_of_a_stream_a_second_long_message_is_read_when_the_first_has_been_paid_for(client, monkeypatch):
    monkeypatch.setattr(live, "BYTES", (400_000.0, 1_000_000.0))
    monkeypatch.setattr(live, "OPEN_SECONDS", 30.0)
    begun = time.monotonic()
    with client.websocket_connect("/api/live") as socket:
        for _ in range(2):
            socket.send_text('{"type": "dance"}' + " " * 700_000)
        socket.receive_json()
        assert time.monotonic() - begun < 1
        socket.receive_json()
        assert time.monotonic() - begun >= 1  # 1.4 million, of which one is there at once: 400,000 wait
