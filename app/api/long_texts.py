"""Long texts are read one after another, with a rest after each: meanwhile nobody else is served.

What is asked of the event loop in one go has a bound (``amounts.py``); this bounds how often.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

SHORT = 50_000
"""Characters that are read at once, in a few milliseconds."""
REST = 3.0
"""Of the time that the reading took: so much belongs to all others before the next long text."""


class LongTexts:
    """``await read(length, reading)`` waits for its turn, and gives what ``reading()`` gives."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._free_at = 0.0

    async def read(self, length: int, reading: Callable[[], Result]) -> Result:
        """At once if the text is short."""
        if length <= SHORT:
            return reading()
        async with self._one:
            await asyncio.sleep(self._free_at - time.monotonic())
            begun = time.monotonic()
            try:
                return reading()
            finally:
                ended = time.monotonic()
                self._free_at = ended + REST * (ended - begun)
