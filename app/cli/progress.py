"""How far a long command has come: a bar on stderr, and only where a person looks at it."""

import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import Self, TextIO

EVERY_SECONDS = 0.1
PATIENCE_SECONDS = 0.5
"""What is done sooner needs no progress."""
LEAST, MOST = 8, 40
"""Signs in a bar: a shorter one says nothing, a longer one no more."""


class Progress:
    """``with Progress("step", 10_000) as progress: progress(500)`` draws a bar.

    ``[##......] 25 %  step 2,500 of 10,000``: one line, as wide as the terminal lets it be, drawn over itself
    and gone at the end. Where stderr is no terminal nothing is written.
    """

    def __init__(
        self,
        noun: str,
        total: int,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.noun, self.total = noun, total
        self.stream = stream or sys.stderr
        self._clock = clock
        self._drawn = bool(self.stream) and self.stream.isatty() and os.environ.get("TERM") != "dumb"
        self._next = clock() + PATIENCE_SECONDS
        self._written = False

    def __call__(self, done: int) -> None:
        now = self._clock()
        if not self._drawn or now < self._next:
            return
        self._next = now + EVERY_SECONDS
        self._written = True
        width = shutil.get_terminal_size().columns
        # Carriage return, the line, and what is left of a longer one wiped out.
        self.stream.write(f"\r{line(self.noun, done, self.total, width)}\x1b[K")
        self.stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._written:
            self.stream.write("\r\x1b[K")
            self.stream.flush()


def line(noun: str, done: int, total: int, width: int) -> str:
    """The bar and its numbers in fewer than ``width`` signs; the numbers alone where a bar has no room."""
    share = min(done / total, 1.0) if total else 1.0
    percent = f"{int(100 * share):3} %"
    numbers = f"{noun} {done:,} of {total:,}"
    room = min(MOST, width - 1 - len(f"[] {percent}  {numbers}"))
    if room >= LEAST:
        full = int(room * share)
        return f"[{'#' * full}{'.' * (room - full)}] {percent}  {numbers}"
    return f"{percent.strip()}  {numbers}"[: max(width - 1, 0)]
