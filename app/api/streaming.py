"""Answers that come line by line while the work is done."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from fastapi import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api import problems
from app.api.running import place
from app.compute.pool import Bulk

MEDIA_TYPE = "application/x-ndjson"

Lines = AsyncGenerator[dict[str, Any], None]


class LineResponse(StreamingResponse):
    """JSON objects, one a line, made by ``work`` at one of the places for runs.

    When the client leaves, the work is closed. What goes wrong on the way is told as the last line.
    """

    media_type = MEDIA_TYPE

    def __init__(self, request: Request, work: Callable[[Bulk], Lines]) -> None:
        super().__init__(content=())
        self._request, self._work = request, work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with place(self._request) as pool, aclosing(_encoded(self._work(pool))) as lines:
            self.body_iterator = lines
            await super().__call__(scope, receive, send)


async def _encoded(lines: Lines) -> AsyncGenerator[bytes, None]:
    async with aclosing(lines):
        try:
            async for line in lines:
                yield json.dumps(line, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        except Exception as error:  # the status has been sent already
            told = {**problems.of(error), "type": "problem"}
            yield json.dumps(told, allow_nan=False).encode() + b"\n"
