"""A time by which something must have happened, of which the clock can be stopped and begun again."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls ``missed`` after ``seconds``, unless it rests by then."""

    def __init__(self, seconds: float, missed: Callable[[], None]) -> None:
        self._seconds = seconds
        self._missed = missed
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """The clock runs from now on, or goes on running."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._ring)

    def rest(self) -> None:
        """Nobody is late, until it begins again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        self._missed()
