"""Who gets a worker next: those who watch before those who wait for a whole run."""

import asyncio
import contextlib
import time
from collections import deque

BULK_EVERY = 0.25
"""Seconds from the last bulk call to one that is let in between others: it is slow but never stands still."""


class Slots:
    """``count`` places, and ``ahead`` more for those who watch: ``await take(bulk)``, then ``give(bulk)``.

    A worker that finds its next call at once need not wait for the way to the server and back. Calls get a
    place in the order in which they came. A bulk call (a piece of a whole run, 50 ms of it, and some are
    longer) stands behind all others, except that one is let in front every ``BULK_EVERY`` seconds; of two
    workers such calls leave one to those who wait.
    """

    def __init__(self, count: int, ahead: int = 0) -> None:
        self._count, self._ahead = count, ahead
        self._free = count + ahead
        self._first: deque[asyncio.Future[None]] = deque()
        self._bulk: deque[asyncio.Future[None]] = deque()
        self._bulk_out = 0
        self._bulk_at = time.monotonic()  # when the last one began or ended

    async def take(self, bulk: bool) -> None:
        """Wait for a place; who takes one gives it back."""
        queue = self._bulk if bulk else self._first
        if self._free > (self._ahead if bulk else 0) and not self._first and not queue:
            self._free -= 1
            self._bulk_out += bulk
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
                self.give(bulk)  # the place came in the same moment
            raise

    def resize(self, count: int) -> None:
        """So many places from now on; those that are too many go as they are given back."""
        more, self._count = count - self._count, count
        for _ in range(more):
            self._add()
        self._free += min(more, 0)

    def give(self, bulk: bool = False) -> None:
        """A place is free: the next in line has it."""
        if bulk:
            self._bulk_out -= 1
            self._bulk_at = time.monotonic()
        self._add()

    def _add(self) -> None:
        self._free += 1
        if self._free <= 0:
            return
        due = time.monotonic() - self._bulk_at > BULK_EVERY and self._bulk_out < max(1, self._count - 1)
        if due and self._filled_from(self._bulk):
            return
        if not self._filled_from(self._first) and self._free > self._ahead:
            self._filled_from(self._bulk)

    def _filled_from(self, line: deque[asyncio.Future[None]]) -> bool:
        """Whether somebody in ``line`` was waiting for the place, and has it now."""
        while line:
            waiting = line.popleft()
            if not waiting.done():  # else its caller has been cancelled a moment ago
                self._free -= 1
                if line is self._bulk:
                    self._bulk_out += 1
                    self._bulk_at = time.monotonic()
                waiting.set_result(None)
                return True
        return False
