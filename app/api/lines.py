"""An answer as newline-delimited JSON, line by line as it is computed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.api import problems

PATIENCE = 30.0
"""Seconds after which a client that does not read has gone: it holds a place."""


def line(value: Any) -> bytes:
    """One line of JSON."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode() + b"\n"


async def ending_well(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines; and where they fail, a last one with the problem, since the status has been sent."""
    try:
        async for one in lines:
            yield one
    except Exception as error:  # whatever it is: problems.of says or logs it
        yield line({"problem": problems.of(error)})


class Lines(StreamingResponse):
    """Sends ``lines``; ``held`` is let go after the last one, or as soon as the client has gone."""

    media_type = "application/x-ndjson"

    def __init__(self, lines: AsyncIterator[bytes], held: AsyncExitStack) -> None:
        # nginx would hold lines back until there are many.
        super().__init__(ending_well(lines), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self.held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(PATIENCE):
                await send(message)

        async with self.held:
            with suppress(TimeoutError):  # the server closes what was not sent to its end
                await super().__call__(scope, receive, send_in_time)
