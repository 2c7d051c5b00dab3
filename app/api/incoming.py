"""The WebSocket behind uvicorn: bounds on what has come and the application has not taken yet.

It sees a message when all of it is there, and takes it when it is done with the one before. Until then the
message takes the server's memory, so its size has a bound by its address, it has to come whole in time, and
all that is held back has a bound together.
"""

import asyncio
import logging
from collections.abc import Callable
from sys import getsizeof
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from app.api.deadline import Deadline
from app.api.held import REASON, WORDS, Held, Share

log = logging.getLogger("playground.server")

ROOMS = "/api/rooms/"
ROOM_BYTES = 16_000
"""Of who follows a room: it is read as 1,000 characters, and beyond that refused in words."""
MOST_PARTS = 1_000
"""Fragments of one message: each is an object, even if it is empty."""


class Events(asyncio.Queue[Any]):
    """What uvicorn has for the application; ``size`` of it in memory are messages."""

    size = 0

    def put_nowait(self, item: Any) -> None:
        super().put_nowait(item)
        self.size += _size(item)

    def get_nowait(self) -> Any:
        item = super().get_nowait()
        self.size -= _size(item)
        return item

    def forget_messages(self) -> None:
        """Nobody will read them; that the connection begins or ends is still told."""
        for item in [self.get_nowait() for _ in range(self.qsize())]:
            if not _size(item):
                self.put_nowait(item)


def _size(event: dict[str, Any]) -> int:
    """One wide character makes all of a text so; and many small messages are more of dicts than of text."""
    if event["type"] != "websocket.receive":
        return 0
    return getsizeof(event) + sum(getsizeof(part) for part in event.values())


class Bounded(WebSocketsSansIOProtocol):
    """Ends connections that hold a message back: in time, in size, in pieces, and in their sum."""

    read_seconds = 30.0
    rejected: Callable[[str], None]
    held: Held  # of all connections

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.queue = self._events = Events()
        self._late = Deadline(self.read_seconds, self._give_up)
        self._mine = Share(self.held, self._give_way)

    def handle_connect(self, event: Request) -> None:
        if event.path.startswith(ROOMS):
            self.conn.max_message_size = ROOM_BYTES
        super().handle_connect(event)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def handle_cont(self, event: Frame) -> None:
        super().handle_cont(event)
        if len(self.frames) > MOST_PARTS:
            self._end("size", CloseCode.MESSAGE_TOO_BIG, f"a message of more than {MOST_PARTS} parts")

    def send_receive_event_to_app(self) -> None:
        super().send_receive_event_to_app()
        self._late.rest()  # what may have come behind it is another message

    async def receive(self) -> Any:
        message = await super().receive()
        self._watch()  # who reads it counts it before anybody else has a turn
        return message

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget_begun()
        self._watch()  # what came whole before the end may still be read

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        super().on_task_complete(task)
        self._events.forget_messages()
        self._watch()

    def _watch(self) -> None:
        """Look how much there is that has not been taken."""
        begun = len(self.conn.reader.buffer) + (self.conn.current_size or 0)
        self._mine.hold(begun + self._events.size)
        if self.transport.is_closing() or self.close_sent or self.read_paused or not self._begun():
            self._late.rest()  # while it is we who do not read, nobody is late
        else:
            self._late.begin()

    def _begun(self) -> bool:
        return self.conn.current_size is not None or len(self.conn.reader.buffer) > 0

    def _forget_begun(self) -> None:
        self.frames = []
        self.conn.current_size = None
        self.conn.reader.discard()

    def _give_way(self) -> None:
        self._late.rest()
        if self.close_sent or self.transport.is_closing():
            self.rejected(REASON)
            self.transport.abort()  # it has been told why, and would go on to take what comes
        else:
            self._end(REASON, CloseCode.TRY_AGAIN_LATER, WORDS)
        self._forget_begun()
        self._events.forget_messages()

    def _give_up(self) -> None:
        log.info("a message did not come whole within %g s", self.read_seconds)
        self._end("slow", CloseCode.POLICY_VIOLATION, "a message did not come whole in time")

    def _end(self, why: str, code: CloseCode, reason: str) -> None:
        if self.close_sent or self.transport.is_closing():
            return
        self.rejected(why)
        if not self.handshake_complete:
            self.transport.abort()  # there is no stream yet on which to say why
            return
        self.stop_keepalive()
        self._forget_begun()
        self.conn.fail(code, reason)
        self.handle_parser_exception()  # as after any message that may not be: the application is told
