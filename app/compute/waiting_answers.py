"""Followers' answers on their way to the server that holds their room: one after the other, none lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from app.compute.room import Room

log = logging.getLogger("playground.rooms")

MOST = 10_000
WAIT_SECONDS = 0.1

Answer = dict[str, Any]


class WaitingAnswers:
    """``say`` passes an answer on, or says by one of ``trouble`` that it has to be said again."""

    def __init__(
        self, say: Callable[[Room, Answer], Awaitable[None]], trouble: tuple[type[Exception], ...]
    ) -> None:
        self._say, self._trouble = say, trouble
        self._answers: dict[tuple[Room, str], Answer] = {}
        self._open = False
        self._news = asyncio.Event()

    def add(self, room: Room, answer: Answer) -> None:
        """Somebody's answer, instead of one of theirs that still waits."""
        key = room, str(answer["voter"])
        if key in self._answers or len(self._answers) < MOST:
            self._answers[key] = answer
            self._news.set()

    def set_open(self, is_open: bool) -> None:
        """Whether there is a way at all."""
        self._open = is_open
        self._news.set()

    async def run(self, wanted: Callable[[Room], bool]) -> None:
        """Until cancelled; of a room that is no longer ``wanted`` elsewhere the pages answer again."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._open and self._answers:
                key = next(iter(self._answers))
                answer = self._answers.pop(key)
                if not wanted(key[0]):
                    continue
                try:
                    await self._say(key[0], answer)
                except self._trouble:
                    self._answers.setdefault(key, answer)
                    await asyncio.sleep(WAIT_SECONDS)
                except Exception:  # whatever it was, the others' answers still go there
                    log.exception("an answer could not be passed on")
