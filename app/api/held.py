"""What has come and is not read yet takes the server's memory: all of it together has a bound.

Beyond it the largest gives way, whoever it is that sends just then: one that is done in a moment is hardly
ever that, and those who hold megabytes back always are. Sizes are compared as powers of two, so that finding
the largest costs the same among ten thousand as among ten; of one power the first that had it gives way.

Many small ones could fill the place so, and be smaller than anybody who is to be read. So what has been held
for seconds is looked at together: if it is more than half of all, the one held longest gives way instead.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

WORDS = "too many large messages at once; please try again"
REASON = "held"
"""Under which it is counted, over HTTP and on streams."""
LONG = 2.0
"""Seconds; a request or a message mostly comes, and is read, in less."""


class Held:
    """``most`` bytes of all connections; ``bytes`` are held now."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self.bytes = 0
        self._clock = clock
        self._by_power: list[dict[Share, None]] = []
        self._lately: dict[Share, float] = {}  # since when, the longest first
        self._long: dict[Share, None] = {}  # as well
        self._long_bytes = 0

    def change(self, share: "Share", size: int) -> None:
        """``share`` is of ``size`` bytes now; others give way until all fit again."""
        self._move(share, size)
        while self.bytes > self.most:
            one = self._next_to_go()
            self._move(one, 0)
            one.end()

    def _next_to_go(self) -> "Share":
        long_ago = self._clock() - LONG
        while self._lately and next(iter(self._lately.values())) < long_ago:
            share = next(iter(self._lately))
            del self._lately[share]
            self._long[share] = None
            self._long_bytes += share.size
        if self._long_bytes > self.most / 2:
            return next(iter(self._long))
        return next(next(iter(power)) for power in reversed(self._by_power) if power)

    def _move(self, share: "Share", size: int) -> None:
        before, after = share.size.bit_length(), size.bit_length()
        self.bytes += size - share.size
        if share in self._long:
            self._long_bytes += size - share.size
        share.size = size
        if not size:
            self._lately.pop(share, None)
            self._long.pop(share, None)
        elif not before:
            self._lately[share] = self._clock()
        if before != after:
            self._of_power(before).pop(share, None)
            if size:
                self._of_power(after)[share] = None

    def _of_power(self, power: int) -> "dict[Share, None]":
        while len(self._by_power) <= power:
            self._by_power.append({})
        return self._by_power[power]


class Share:
    """What one connection holds. ``give_way`` is called once; from then on it counts for nothing."""

    def __init__(self, held: Held, give_way: Callable[[], None]) -> None:
        self.size = 0
        self.ended = False
        self._held = held
        self._give_way = give_way

    def hold(self, size: int) -> None:
        """It is ``size`` bytes now; none when they have been read, or dropped."""
        if not self.ended:
            self._held.change(self, size)

    def end(self) -> None:
        """Others need the place."""
        self.ended = True
        self._give_way()


class GaveWay(Exception):
    """Others needed the place of what was to be read."""

    def __init__(self) -> None:
        super().__init__(WORDS)


@asynccontextmanager
async def holding(held: Held) -> AsyncIterator[Share]:
    """A share for as long as the block lasts; whatever it waits for ends in GaveWay where others need it."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(None) as waits:
            share = Share(held, lambda: waits.reschedule(loop.time()))
            try:
                yield share
            finally:
                share.hold(0)
    except TimeoutError:
        raise GaveWay from None
