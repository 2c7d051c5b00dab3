"""Answers that are kept: bounded, shared by those who ask at once, ended when nobody waits."""

import asyncio

import pytest

from app.compute.answers import Answer, Answers


def always(body: bytes):
    async def compute() -> bytes:
        return body

    return compute


async def never() -> bytes:
    raise AssertionError("this was to come from the cache")


def test_what_was_computed_is_kept_and_said_to_be():
    async def twice():
        answers = Answers(100)
        return [await answers.of("a", always(b"x" * 10)), await answers.of("a", never)]

    first, second = asyncio.run(twice())
    assert first == Answer(b"x" * 10, stored=True)
    assert second == Answer(b"x" * 10, hit=True)


def test_the_longest_unused_go_when_there_is_no_room():
    async def fill():
        answers = Answers(100)
        for key in "abcd":
            await answers.of(key, always(key.encode() * 25))
        await answers.of("a", never)  # used again: b is now the longest unused
        await answers.of("e", always(b"e" * 20))
        return answers

    answers = asyncio.run(fill())
    assert [key for key in "abcde" if key in answers] == ["a", "c", "d", "e"]
    assert answers.bytes == 25 + 25 + 25 + 20


@pytest.mark.parametrize(("most", "length"), [(0, 1), (100, 26)])
def test_an_answer_that_would_drive_out_the_others_is_not_kept(most, length):
    async def ask():
        answers = Answers(most)
        return answers, await answers.of("a", always(b"x" * length))

    answers, answer = asyncio.run(ask())
    assert not answer.stored
    assert answers.bytes == 0
    assert "a" not in answers


def test_those_who_ask_at_once_share_one_computation():
    async def ask_together():
        computed, go = [], asyncio.Event()

        async def compute() -> bytes:
            computed.append(1)
            await go.wait()
            return b"answer"

        answers = Answers(100)
        asking = [asyncio.create_task(answers.of("a", compute)) for _ in range(5)]
        await asyncio.sleep(0)
        go.set()
        return computed, await asyncio.gather(*asking)

    computed, told = asyncio.run(ask_together())
    assert computed == [1]
    assert [answer.body for answer in told] == [b"answer"] * 5
    assert [answer.collapsed for answer in told] == [False, True, True, True, True]


def test_who_leaves_does_not_end_it_for_the_others_and_the_last_one_does():
    async def leave():
        ended, go = [], asyncio.Event()

        async def compute() -> bytes:
            try:
                await go.wait()
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise
            return b"answer"

        answers = Answers(100)
        first, second = (asyncio.create_task(answers.of("a", compute)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait({first})
        assert not ended
        go.set()
        assert (await second).body == b"answer"

        go.clear()
        third, fourth = (asyncio.create_task(answers.of("b", compute)) for _ in range(2))
        await asyncio.sleep(0)
        for task in (third, fourth):
            task.cancel()
        await asyncio.wait({third, fourth})
        await asyncio.sleep(0)
        assert ended == ["cancelled"]
        go.set()
        return await answers.of("b", compute)  # and the next one begins anew

    assert asyncio.run(leave()) == Answer(b"answer", stored=True)


def test_a_failure_reaches_all_who_wait_and_is_not_kept():
    async def fail():
        async def compute() -> bytes:
            await asyncio.sleep(0)
            raise ValueError("not finite")

        answers = Answers(100)
        told = await asyncio.gather(*(answers.of("a", compute) for _ in range(3)), return_exceptions=True)
        return told, await answers.of("a", always(b"later"))

    told, later = asyncio.run(fail())
    assert [str(error) for error in told] == ["not finite"] * 3
    assert later.body == b"later"
