"""The WebSocket behind uvicorn: bounds on what has been begun and is not whole.

The application sees a message when all of it is there. Until then it takes the server's memory, so its size
has a bound by its address, it has to come whole in time, and all that is held back has a bound together.
"""

import logging
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from app.api.deadline import Deadline
from app.api.held import WORDS, Held, Share

log = logging.getLogger("playground.server")

ROOMS = "/api/rooms/"
ROOM_BYTES = 16_000
"""Of who follows a room: it is read as 1,000 characters, and beyond that refused in words."""
MOST_PARTS = 1_000
"""Fragments of one message: each is an object, even if it is empty."""


class Bounded(WebSocketsSansIOProtocol):
    """Ends connections that hold a message back: in time, in size, in pieces, and in their sum."""

    read_seconds = 30.0
    rejected: Callable[[str], None]
    held: Held  # of all connections

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
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
        self._watch()
        return message

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.rest()
        self._mine.hold(0)
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Look how much there is of a message that is not whole."""
        self._mine.hold(len(self.conn.reader.buffer) + (self.conn.current_size or 0))
        if self.transport.is_closing() or self.close_sent or self.read_paused or not self._begun():
            self._late.rest()  # while it is we who do not read, nobody is late
        else:
            self._late.begin()

    def _begun(self) -> bool:
        return self.conn.current_size is not None or len(self.conn.reader.buffer) > 0

    def _give_way(self) -> None:
        self._late.rest()
        self._end("size", CloseCode.TRY_AGAIN_LATER, WORDS)

    def _give_up(self) -> None:
        log.info("a message did not come whole within %g s", self.read_seconds)
        self._end("slow", CloseCode.POLICY_VIOLATION, "a message did not come whole in time")

    def _end(self, why: str, code: CloseCode, reason: str) -> None:
        if self.close_sent or self.transport.is_closing():
            return
        self.rejected(why)
        self.stop_keepalive()
        self.frames = []
        self.conn.fail(code, reason)
        self.handle_parser_exception()  # as after any message that may not be: the application is told
