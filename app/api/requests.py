"""Every request over HTTP: it has an id, is counted, and ends in an answer whatever goes wrong."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.api.logs import about

log = logging.getLogger("playground.http")

GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
REASONS = {400: "malformed", 403: "origin", 408: "slow", 413: "size", 421: "host", 422: "value", 503: "busy"}
"""Statuses that refuse, by the reason under which they are counted unless ``state.refused`` names another."""


class Requests:
    """Outside of everything but the headers, so that the answer to a fault has those too."""

    def __init__(
        self, app: ASGIApp, answered: Callable[[int], None], rejected: Callable[[str], None]
    ) -> None:
        self.app = app
        self.answered = answered
        self.rejected = rejected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        about.set({"request": request_id})
        begun, status = time.monotonic(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except ClientDisconnect:
            log.debug("the client left in the middle of its request")
        except Exception as error:
            if status:
                raise  # half an answer has gone: only the connection can still be ended
            await problems.respond(Request(scope), error)(scope, receive, answer)
        finally:
            if status:
                self.answered(status)
            if status in REASONS:
                self.rejected(scope.get("state", {}).get("refused", REASONS[status]))
            self._tell(scope, status, time.monotonic() - begun)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        """Never the query or the body: experiments are their users' own."""
        level = logging.WARNING if status >= 500 and status != 503 else logging.DEBUG
        if log.isEnabledFor(level):
            ms = round(seconds * 1e3, 1)
            facts = {"method": scope["method"], "path": scope["path"][:200], "status": status, "ms": ms}
            log.log(level, "%s %s %s %s ms", *facts.values(), extra={"facts": facts})
