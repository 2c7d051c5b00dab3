"""A page that is gone is no error: what its socket says then is one exception, and all else is logged."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from fastapi import WebSocketDisconnect
from starlette.websockets import WebSocketDisconnected

ABNORMAL_CLOSURE = 1006
AFTER_CLOSE = "after sending 'websocket.close'"
"""What uvicorn's RuntimeError says where the page has closed and nobody has read that yet."""


class Gone(WebSocketDisconnect):
    """Nobody is left to be told."""

    def __init__(self) -> None:
        super().__init__(ABNORMAL_CLOSURE)


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Gone, for every way in which a send can come too late."""
    try:
        yield
    except (WebSocketDisconnect, WebSocketDisconnected) as late:
        raise Gone from late
    except RuntimeError as error:
        if AFTER_CLOSE not in str(error):
            raise
        raise Gone from error


async def ended(tasks: list["asyncio.Task[Any]"], log: logging.Logger) -> bool:
    """End a page's tasks, every one; whether none had failed by an error of our own, which is logged."""
    for task in tasks:
        task.cancel()
    try:
        await asyncio.wait(tasks)
    except asyncio.CancelledError:
        await asyncio.wait(tasks)  # whoever ends us waits for theirs as well
        raise
    found = [task.exception() for task in tasks if not task.cancelled()]
    errors = [error for error in found if error and not isinstance(error, WebSocketDisconnect)]
    for error in errors:
        log.error("a page's connection ends by an error", exc_info=error)
    return not errors
