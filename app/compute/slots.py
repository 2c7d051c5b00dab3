"""Who gets a worker next: those who watch before those who wait for a whole run."""

import asyncio
import contextlib
import time
from collections import deque

BULK_EVERY = 0.25
"""Seconds after which a bulk call is let in between others, so that it is slow but never stands still."""


class Slots:
    """``count`` places; ``await take(bulk)``, and ``give()`` it back.

    Calls get a place in the order in which they came. A bulk call (a piece of a whole run, 50 ms of it)
    stands behind all others, except that one is let in front every ``BULK_EVERY`` seconds.
    """

    def __init__(self, count: int) -> None:
        self._count = self._free = count
        self._first: deque[asyncio.Future[None]] = deque()
        self._bulk: deque[asyncio.Future[None]] = deque()
        self._bulk_at = time.monotonic()

    async def take(self, bulk: bool) -> None:
        """Wait for a place; who takes one gives it back."""
        if self._free > 0 and not (self._first or self._bulk):
            self._free -= 1
            return
        waiting = asyncio.get_running_loop().create_future()
        queue = self._bulk if bulk else self._first
        queue.append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting.cancelled():
                with contextlib.suppress(ValueError):  # passed over already
                    queue.remove(waiting)
            else:
                self.give()  # the place came in the same moment
            raise

    def resize(self, count: int) -> None:
        """So many places from now on; those that are too many go as they are given back."""
        more, self._count = count - self._count, count
        for _ in range(more):
            self.give()
        self._free += min(more, 0)

    def give(self) -> None:
        """A place is free: the next in line has it."""
        if self._free < 0:
            self._free += 1
            return
        now = time.monotonic()
        lines = [self._first, self._bulk]
        if self._bulk and (not self._first or now - self._bulk_at > BULK_EVERY):
            lines.reverse()
            self._bulk_at = now
        for line in lines:
            while line:
                waiting = line.popleft()
                if not waiting.done():  # else its caller has been cancelled a moment ago
                    waiting.set_result(None)
                    return
        self._free += 1
