"""How far a long command has come, on stderr, and only where a person looks at it."""

import sys
import time
from typing import Self, TextIO

EVERY_SECONDS = 0.1
PATIENCE_SECONDS = 0.5
"""What is done sooner needs no progress."""


class Progress:
    """``with Progress("step", 10_000) as progress: progress(500)`` writes ``step 500 of 10,000 (5 %)``."""

    def __init__(self, noun: str, total: int, stream: TextIO | None = None) -> None:
        self.noun, self.total = noun, total
        self.stream = stream or sys.stderr
        self._next = time.monotonic() + PATIENCE_SECONDS
        self._written = False

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now < self._next or not self.stream.isatty():
            return
        self._next = now + EVERY_SECONDS
        self._written = True
        share = 100 * done // self.total if self.total else 100
        self.stream.write(f"\r{self.noun} {done:,} of {self.total:,} ({share} %)\x1b[K")
        self.stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._written:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
