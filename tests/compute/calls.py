"""Functions for worker processes to call; a module that imports little, so that workers start quickly."""

import os
import signal
import time
from pathlib import Path


def add(a: int, b: int) -> int:
    return a + b


def whoami() -> int:
    return os.getpid()


def refuse(what: str) -> None:
    raise ValueError(f"{what} is refused")


def threads() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.endswith("_THREADS")}


def slowly(seconds: float, value: int) -> int:
    time.sleep(seconds)
    return value


def slow_whoami(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def hang() -> None:
    while True:
        time.sleep(60)


def vanish() -> None:
    os._exit(3)


def vanish_once(marker: str, value: int) -> int:
    """Die the first time, answer the second."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return value


def hang_once(marker: str, value: int) -> int:
    """Hang the first time, answer the second."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        hang()
    return value


def told(marker: str, value: int) -> int:
    """Leave a line in a file at every call, and answer."""
    with Path(marker).open("a") as file:
        file.write(f"{os.getpid()}\n")
    return value
