"""Who gets a worker next: those who watch before those who wait for a whole run."""

import asyncio
import contextlib
import time
from collections import deque

BULK_EVERY = 0.25
"""Seconds after which a bulk call is let in between others, so that it is slow but never stands still."""


class Slots:
    """``count`` places, and ``ahead`` more for those who watch; ``await take(bulk)``, and ``give()`` it back.

    A worker that finds its next call at once need not wait for the way to the server and back. Calls get a
    place in the order in which they came. A bulk call (a piece of a whole run, 50 ms of it) stands behind
    all others, except that one is let in front every ``BULK_EVERY`` seconds.
    """

    def __init__(self, count: int, ahead: int = 0) -> None:
        self._count, self._ahead = count, ahead
        self._free = count + ahead
        self._first: deque[asyncio.Future[None]] = deque()
        self._bulk: deque[asyncio.Future[None]] = deque()
        self._bulk_at = time.monotonic()

    async def take(self, bulk: bool) -> None:
        """Wait for a place; who takes one gives it back."""
        queue = self._bulk if bulk else self._first
        if self._free > (self._ahead if bulk else 0) and not self._first and not queue:
            self._free -= 1
            return
        waiting = asyncio.get_running_loop().create_future()
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
        self._free += 1
        if self._free <= 0:
            return
        now = time.monotonic()
        due = now - self._bulk_at > BULK_EVERY
        if not due and self._filled_from(self._first):
            return
        if (due or self._free > self._ahead) and self._filled_from(self._bulk):
            self._bulk_at = now
        elif due:
            self._filled_from(self._first)

    def _filled_from(self, line: deque[asyncio.Future[None]]) -> bool:
        """Whether somebody in ``line`` was waiting for the place, and has it now."""
        while line:
            waiting = line.popleft()
            if not waiting.done():  # else its caller has been cancelled a moment ago
                self._free -= 1
                waiting.set_result(None)
                return True
        return False
