"""The application behind uvicorn: bounds on slow clients, and an orderly end."""

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from http import HTTPStatus
from types import FrameType
from typing import Any

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.api.deadline import Deadline
from app.api.held import REASON, WORDS, Held, Share
from app.api.incoming import Bounded
from app.api.logs import Lines, configure
from app.api.problems import MEDIA_TYPE, RETRY_SECONDS, problem
from app.main import create_app
from app.settings import Settings, answered_hosts

log = logging.getLogger("playground.server")

MOST_FILES = 65_536


def _answer(status: int, detail: str, *headers: str) -> bytes:
    """A problem document as bytes, for where no application answers."""
    body = json.dumps(problem(status, detail)).encode()
    about = (f"Content-Type: {MEDIA_TYPE}", f"Content-Length: {len(body)}", "Connection: close", *headers)
    return "\r\n".join((f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *about, "", "")).encode() + body


TOO_SLOW = _answer(408, "the request did not come whole in time")
TOO_MUCH = _answer(503, WORDS, f"Retry-After: {RETRY_SECONDS}")
ENDING_SECONDS = 2
LEAST_TAKEN = 20_000


class Patient(H11Protocol):
    """Ends connections that would last for ever at a byte a second.

    A request has to come whole in time; of an answer that waits to be taken some must be taken in every
    such time, or its megabytes would be kept. What has come and the application has not taken counts to
    what is held; from then on it is counted by who reads it.
    """

    read_seconds = 30.0
    rejected: Callable[[str], None]
    held: Held  # of all connections
    _streams = False
    _waited = 0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._late = Deadline(self.read_seconds, self._give_up)
        self._untaken = Deadline(self.read_seconds, self._look_what_is_left)
        self._mine = Share(self.held, self._give_way)
        self._application = self.app
        self.app = self._serve

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look_what_is_unread()
        self._watch()

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        async def receive_and_look() -> Any:
            message = await receive()
            self._look_what_is_unread()  # who reads it counts it before anybody else has a turn
            return message

        await self._application(scope, receive_and_look, send)

    def on_response_complete(self) -> None:
        self.cycle.body.clear()  # no more of it will be read
        super().on_response_complete()
        self._look_what_is_unread()
        self._watch()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._streams = True
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_less(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._untaken.rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.rest()
        self._untaken.rest()
        self._mine.hold(0)
        super().connection_lost(exc)

    def _look_what_is_unread(self) -> None:
        if self._streams:
            self._mine.hold(0)  # another protocol has taken over
            return
        cycle: Any = self.cycle
        body = len(cycle.body) if cycle is not None else 0
        self._mine.hold(body + len(self.conn.trailing_data[0]))

    def _expect_less(self, waiting: int) -> None:
        self._waited = waiting
        self._untaken.rest()
        self._untaken.begin()

    def _look_what_is_left(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting > self._waited - LEAST_TAKEN:
            log.info("an answer was not taken within %g s", self.read_seconds)
            self.rejected("slow")
            self.transport.abort()
        else:
            self._expect_less(waiting)

    def _watch(self) -> None:
        if self._streams or self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._late.rest()  # it is whole, or another protocol has taken over
        else:
            self._late.begin()

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            log.info("a request did not come whole within %g s", self.read_seconds)
            self._hang_up("slow", TOO_SLOW)

    def _give_way(self) -> None:
        if not self.transport.is_closing():
            self._hang_up(REASON, TOO_MUCH)
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # it would wait, and with it what has come, until that is taken

    def _hang_up(self, why: str, answer: bytes) -> None:
        self.rejected(why)
        cycle: Any = self.cycle
        if cycle is None or not cycle.response_started or self.conn.their_state is h11.IDLE:
            self.transport.write(answer)
        self.transport.close()


class Server(uvicorn.Server):
    """Told to stop, it says so to those who ask whether it is ready, and only then ends its sessions."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, lines: Lines, drain_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._lines = lines
        self._drain_seconds = drain_seconds
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: Any = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            try:
                yield
            finally:
                # uvicorn would raise SIGTERM once more and die of it, and what Python tidies up at its end
                # (the workers' queues) would be left to others. To stop when told to is no failure.
                self._captured_signals = [s for s in self._captured_signals if s != signal.SIGTERM]
                self._lines.flush()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A first SIGTERM drains; anything after it, and Ctrl-C, ends at once."""
        waits = self._drain_seconds > 0 and sig == signal.SIGTERM and not self._app.state.draining
        self._app.state.draining = True
        if waits and self._loop is not None:
            self._loop.call_soon_threadsafe(self._drain, sig, frame)
        else:
            super().handle_exit(sig, frame)

    def _drain(self, sig: int, frame: FrameType | None) -> None:
        log.info("draining for %g s: no new sessions and runs", self._drain_seconds)
        assert self._loop is not None
        self._loop.call_later(self._drain_seconds, super().handle_exit, sig, frame)


def serve_until_told(settings: Settings) -> bool:
    """Serve until interrupted; False where it could not begin, since the address is taken, say."""
    lines = configure(settings.log_format, settings.log_level)
    _allow_many_connections()
    app = create_app(replace(settings, allowed_hosts=answered_hosts(settings)))
    rejected = app.state.metrics.rejected
    bounds = {
        "read_seconds": settings.read_seconds,
        "rejected": staticmethod(rejected),
        "held": app.state.held,
    }
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=type("Patient", (Patient,), bounds),
        ws=type("Bounded", (Bounded,), bounds),
        ws_max_size=settings.max_body_bytes,
        ws_ping_interval=settings.ping_seconds,
        ws_ping_timeout=settings.ping_seconds,
        ws_per_message_deflate=False,  # 1 ms a frame on the event loop, for 18 % of the size
        timeout_graceful_shutdown=ENDING_SECONDS,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        server_header=False,
        log_config=None,
        log_level=settings.log_level,
        access_log=False,
    )
    server = Server(config, app, lines, settings.drain_seconds)
    try:
        # SystemExit: uvicorn's own end where the address is taken, with a code of its own.
        with contextlib.suppress(KeyboardInterrupt, SystemExit):
            server.run()
    finally:
        lines.flush()
    return server.started


def _allow_many_connections() -> None:
    """Three hundred browsers open some two thousand connections; many systems begin with 1,024 files."""
    try:
        import resource
    except ImportError:  # Windows counts otherwise
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
