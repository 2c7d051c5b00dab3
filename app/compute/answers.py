"""Answers that were computed once: kept while there is room, and shared by those who ask at the same time.

A run is decided by its experiment, so the same question has the same answer for as long as the same
versions compute it; the key must name them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

SHARE = 4
"""An answer larger than this part of the room is not kept: it would drive out all others."""


@dataclass(frozen=True)
class Answer:
    """An answer, and how it was come by: ``hit`` was kept, ``collapsed`` was computed for another, too."""

    body: bytes
    hit: bool = False
    collapsed: bool = False
    stored: bool = False


@dataclass
class _Flight:
    """A computation under way, and how many wait for it."""

    task: asyncio.Task[bytes]
    waiting: int = field(default=0)


class Answers:
    """``most_bytes`` of answers, the longest unused of which go first; 0 keeps none."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._flights: dict[str, _Flight] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    async def of(self, key: str, compute: Callable[[], Awaitable[bytes]]) -> Answer:
        """The answer of ``key``: kept, or computed once for all who wait, and only while one does."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return Answer(self._kept[key], hit=True)
        collapsed = key in self._flights
        if not collapsed:
            self._flights[key] = _Flight(asyncio.ensure_future(self._keep(key, compute)))
        flight = self._flights[key]
        flight.waiting += 1
        try:
            body = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                flight.task.cancel()
                if self._flights.get(key) is flight:
                    del self._flights[key]
        return Answer(body, collapsed=collapsed, stored=key in self._kept)

    async def _keep(self, key: str, compute: Callable[[], Awaitable[bytes]]) -> bytes:
        body = await compute()
        if len(body) * SHARE <= self.most_bytes:
            self._kept[key] = body
            self.bytes += len(body)
            while self.bytes > self.most_bytes:
                self.bytes -= len(self._kept.popitem(last=False)[1])
        return body
