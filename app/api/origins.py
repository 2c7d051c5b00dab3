"""Who may ask: pages that we served ourselves, under names that are ours; and what is no browser.

A browser says on whose behalf it asks (Origin, and Sec-Fetch-Site over https and on this machine). What
another page sends in its visitor's name is refused, on HTTP and on the stream, before anything of it is read;
following a link to us is nobody's attack.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import problems

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
ELSEWHERE = ("cross-site", "same-site")


def same_origin(headers: Headers) -> bool:
    """Whether the page that asks was served by us; what sends no Origin is no browser."""
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        given = urlsplit(origin)
    except ValueError:
        return False
    default = DEFAULT_PORTS.get(given.scheme, "")
    asked = headers.get("host", "").lower().removesuffix(default)
    return given.netloc.lower().removesuffix(default) == asked


class OnlyOurs:
    """Refuses other pages (403) and other names (421), each with a problem document."""

    def __init__(self, app: ASGIApp, allowed_hosts: str, rejected: Callable[[str], None]) -> None:
        self.app = app
        self.rejected = rejected
        self.names = [name.strip().lower() for name in allowed_hosts.split(",")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._is_ours(headers.get("host", "")):
            told = problems.problem(421, "this server does not answer to this host name")
        elif not same_origin(headers) or _from_elsewhere(scope, headers):
            told = problems.problem(403, "another page may not ask this server; open its own page instead")
        else:
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":  # closed before it is accepted: 403; no page can read more of it
            await send({"type": "websocket.close", "code": 1008})
            self.rejected("origin" if told["status"] == 403 else "host")
            return
        refusal = JSONResponse(told, told["status"], media_type=problems.MEDIA_TYPE)
        await refusal(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        """``*`` is any name, ``*.school.example`` those below it."""
        if "*" in self.names:
            return True
        host = host.lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        return any(name == own or (own[:2] == "*." and name.endswith(own[1:])) for own in self.names)


def _from_elsewhere(scope: Scope, headers: Headers) -> bool:
    """Whether another page's script, picture or form asks, as the browser itself tells."""
    if headers.get("sec-fetch-site") not in ELSEWHERE:
        return False
    followed = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") in ("GET", "HEAD")
    return not followed
