"""Long calls leave a worker to those whose calls are short, and who else is at work is known here.

A call under way cannot be interrupted, and one step of the largest network takes a second: were every
worker in such a call, everybody would wait for it, however soon it is their turn then.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

LONG = 0.05
"""Seconds of a call that others notice."""
RECENT = 1.0
"""Who has called within so many seconds is at work."""


class Turns:
    """The sessions of a server, and the calls that they have under way.

    Long calls get their turn in the order in which they came: all workers where nobody else is there,
    all but one as long as there is a session whose calls are short, playing or at rest.
    """

    def __init__(self) -> None:
        self.under_way = 0
        self._spent: dict[object, float] = {}  # by session: what its last call took, in seconds
        self._called: dict[object, float] = {}  # and when that was
        self._long = 0
        self._line: deque[asyncio.Future[None]] = deque()

    @contextmanager
    def present(self, who: object) -> Iterator[None]:
        """``who`` is one of the sessions as long as the block lasts."""
        self._spent[who] = 0.0
        try:
            yield
        finally:
            del self._spent[who]
            self._called.pop(who, None)

    def spent(self, who: object, seconds: float, now: float) -> None:
        """A call of ``who`` has taken a worker so long."""
        if who in self._spent:
            self._spent[who] = seconds
            self._called[who] = now

    def others(self, who: object, now: float) -> int:
        """How many sessions beside ``who`` are at work."""
        return sum(now - at < RECENT for other, at in self._called.items() if other is not who)

    @asynccontextmanager
    async def turn(self, seconds: float, workers: int) -> AsyncIterator[None]:
        """Wait for one's turn with a call that takes ``seconds``, about; it is over with the block."""
        long = seconds > LONG
        if long:
            await self._take(workers)
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1
            if long:
                self._give(workers)

    def _most(self, workers: int) -> int:
        short = any(spent <= LONG for spent in self._spent.values())
        return max(1, workers - short)

    async def _take(self, workers: int) -> None:
        if not self._line and self._long < self._most(workers):
            self._long += 1
            return
        waiting = asyncio.get_running_loop().create_future()
        self._line.append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting.cancelled():
                with contextlib.suppress(ValueError):  # passed over already
                    self._line.remove(waiting)
            else:
                self._give(workers)  # its turn came in the same moment
            raise

    def _give(self, workers: int) -> None:
        self._long -= 1
        while self._line and self._long < self._most(workers):
            waiting = self._line.popleft()
            if not waiting.done():
                self._long += 1
                waiting.set_result(None)
