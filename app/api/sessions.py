"""Who gets a session, and what is counted and logged about it."""

import contextlib
import json
import logging
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any

from fastapi import WebSocket
from starlette.datastructures import State
from starlette.requests import HTTPConnection
from starlette.types import Message

from app.api.gone import Gone, telling
from app.api.logs import about
from app.api.metrics import Metrics
from app.compute.session import Session

log = logging.getLogger("playground.live")

SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013
INTERNAL_ERROR = 1011
FULL = "too many sessions; please try again later"
FULL_FOR_ADDRESS = "too many sessions from your address; please try again later"
TOO_MANY_MESSAGES = "too many messages at once; please try again"
FAILED = "something went wrong on the server; it has been logged"
AT_ONCE = ("open", "play", "pause", "step", "seek", "reset", "look")
"""Controls that a frame answers as soon as it can be made; a new speed shows at the next step's time."""


@dataclass(frozen=True)
class Refusal:
    """Why a page gets no session: a reason for the count, a close code and words for the page."""

    reason: str
    code: int
    words: str


def refusal(state: State, address: str) -> Refusal | None:
    """Why there is no session for a page from ``address`` now, or None."""
    settings = state.settings
    if state.draining:
        return Refusal("draining", SERVICE_RESTART, "the server is being restarted")
    if len(state.sessions) >= settings.max_sessions:
        return Refusal("sessions", TRY_AGAIN_LATER, FULL)
    most = settings.max_sessions_per_address
    if most and state.addresses[address] >= most:
        return Refusal("sessions_per_address", TRY_AGAIN_LATER, FULL_FOR_ADDRESS)
    return None


def address_of(connection: HTTPConnection) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one household's IPv6 addresses share."""
    host = connection.client.host if connection.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)


@dataclass
class Watched:
    """A page's socket that counts what goes through it; to send is Gone once it has been closed."""

    socket: WebSocket
    metrics: Metrics
    frames: int = 0
    session: Session | None = None
    _asked: tuple[str, float] | None = field(default=None, init=False)

    def told(self, control: str) -> None:
        """The page said so: the time runs until the first frame that was begun after it."""
        if self._asked is None and control in AT_ONCE:
            self._asked = control, time.monotonic()

    async def send_bytes(self, frame: bytes) -> None:
        """Send a frame, and count it."""
        await self._send({"type": "websocket.send", "bytes": frame})
        self.frames += 1
        self.metrics.frames.inc()
        self.metrics.frame_bytes.inc(len(frame))
        if self._asked and self.session and self.session.frame_begun >= self._asked[1]:
            control, since = self._asked
            self._asked = None
            self.metrics.controls.labels(control).observe(time.monotonic() - since)

    async def send_json(self, told: dict[str, Any]) -> None:
        """Send a text."""
        text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str) -> None:
        """Say why, and end the connection; if it has ended already, that is as well."""
        with contextlib.suppress(Gone):
            await self._send({"type": "websocket.close", "code": code, "reason": reason})

    async def _send(self, message: Message) -> None:
        with telling():
            await self.socket.send(message)


@contextlib.contextmanager
def counted(state: State, address: str, watched: Watched, session: Session) -> Iterator[None]:
    """``session`` is one of the server's from here to the end, and everything logged meanwhile names it."""
    about.set({"session": secrets.token_hex(6)})
    watched.session = session
    addresses: Counter[str] = state.addresses
    state.sessions.add(session)
    addresses[address] += 1
    state.metrics.sessions.inc()
    begun = time.monotonic()
    log.info("a session begins")
    try:
        yield
    finally:
        state.sessions.discard(session)
        addresses[address] -= 1
        if not addresses[address]:
            del addresses[address]
        facts = {"seconds": round(time.monotonic() - begun, 1), "frames": watched.frames}
        log.info("a session ends after %s s and %s frames", *facts.values(), extra={"facts": facts})
