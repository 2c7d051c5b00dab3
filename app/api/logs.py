"""Logs: a line each, as text or as JSON, with the session or the request they belong to.

No user's text goes into a log unescaped, and no address of a client goes into it at all. Lines are written
by a thread of their own: a full disk, a closed or a stuck pipe costs lines, never a run.
"""

import contextlib
import json
import logging
import queue
import sys
import threading
import time
from contextvars import ContextVar
from typing import Any, TextIO

MOST_WAITING = 2_000
MOST_CHARACTERS = 8_000
FLUSH_SECONDS = 1.0

about: ContextVar[dict[str, str] | None] = ContextVar("about", default=None)
"""What the present task works for: ``{"session": id}``, ``{"follower": id}`` or ``{"request": id}``.

Tasks hand it on to theirs.
"""


class Belonging(logging.Filter):
    """Marks a record with what it is about, while still in the task that wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.about = about.get() or {}
        return True


class NoAddresses(logging.Filter):
    """Without uvicorn's lines on WebSockets: they name the client's address and repeat its whole query."""

    def filter(self, record: logging.LogRecord) -> bool:
        chatter = "WebSocket" in str(record.msg) or str(record.msg).startswith("connection ")
        return not (chatter and record.name.startswith("uvicorn") and record.levelno <= logging.INFO)


class AsText(logging.Formatter):
    """``12:00:00 INFO playground.live [session 1f0c] a page came``; what could forge a line is escaped."""

    def format(self, record: logging.LogRecord) -> str:
        owner = "".join(f" [{name} {value}]" for name, value in _about(record).items())
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        line = f"{clock} {record.levelname} {record.name}{owner} {_escaped(record.getMessage())}"
        if record.exc_info:  # our own code's lines; only what an exception says may come from outside
            trace = self.formatException(record.exc_info).splitlines()
            line += "".join(f"\n    {_escaped(part)}" for part in trace)
        return line


class AsJson(logging.Formatter):
    """One JSON object a line, the time in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        told: dict[str, Any] = {
            "time": f"{clock}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            **_about(record),
            "message": record.getMessage()[:MOST_CHARACTERS],
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)[-MOST_CHARACTERS:]
        return json.dumps(told)  # ASCII: no separator of any alphabet can end the line


class Lines(logging.Handler):
    """Hands lines to a thread that writes them; those it cannot take or write are counted in ``lost``."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.lost = 0
        self._stream = stream
        self._waiting: queue.Queue[str] = queue.Queue(MOST_WAITING)
        self.addFilter(NoAddresses())
        self.addFilter(Belonging())
        threading.Thread(target=self._write, name="logs", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._waiting.put_nowait(self.format(record))
        except Exception:  # logging must not be the end of what it tells of
            self.lost += 1

    def flush(self) -> None:
        """Wait for what has been handed over, but not for a pipe that takes nothing."""
        until = time.monotonic() + FLUSH_SECONDS
        while self._waiting.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.005)

    def _write(self) -> None:
        while True:
            line = self._waiting.get()
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                self.lost += 1
            finally:
                self._waiting.task_done()


def configure(form: str, level: str, stream: TextIO | None = None) -> Lines:
    """All logs of this process through one handler; ``form`` is text or json."""
    lines = Lines(sys.stderr if stream is None else stream)
    lines.setFormatter(AsJson() if form == "json" else AsText())
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        with contextlib.suppress(OSError, ValueError):
            handler.close()
    root.addHandler(lines)
    root.setLevel(level.upper())
    return lines


def lines_lost() -> int:
    """How many lines could not be written, for the metrics."""
    return sum(handler.lost for handler in logging.getLogger().handlers if isinstance(handler, Lines))


def _about(record: logging.LogRecord) -> dict[str, str]:
    return getattr(record, "about", {})


def _escaped(text: str) -> str:
    """Without line breaks, control characters or what turns the direction of reading."""
    shown = text[:MOST_CHARACTERS]
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
