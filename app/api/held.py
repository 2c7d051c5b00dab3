"""What has come and is not read yet takes the server's memory: all of it together has a bound.

Beyond it the largest gives way, whoever it is that sends just then: one that is done in a moment is hardly
ever that, and those who hold megabytes back always are. Sizes are compared as powers of two, so that finding
the largest costs the same among ten thousand as among ten; of one power the first that had it gives way.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

WORDS = "too many large messages at once; please try again"


class Held:
    """``most`` bytes of all connections; ``bytes`` are held now."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.bytes = 0
        self._by_power: list[dict[Share, None]] = []

    def change(self, share: "Share", size: int) -> None:
        """``share`` is of ``size`` bytes now; the largest give way until all fit again."""
        self._move(share, size)
        while self.bytes > self.most:
            largest = next(next(iter(power)) for power in reversed(self._by_power) if power)
            self._move(largest, 0)
            largest.end()

    def _move(self, share: "Share", size: int) -> None:
        before, after = share.size.bit_length(), size.bit_length()
        self.bytes += size - share.size
        share.size = size
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
async def place(held: Held) -> AsyncIterator[Share]:
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
