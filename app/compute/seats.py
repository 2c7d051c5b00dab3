"""The two places in a room: who presents, and who watches.

Neither knows a socket: both are given functions to send with. A follower that is slow is given the newest
frame when it is ready again, whatever there was in between: nothing is ever queued.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.compute.room import Room

MAX_OUTSTANDING = 2
SUMMARY_SECONDS = 0.25
"""How often the presenter is told of followers and answers, at most."""

Send = Callable[[Any], Awaitable[None]]


@dataclass
class Presenter:
    """Who steers: told of the room by ``send``, at most four times a second."""

    send: Send
    pace: Callable[[float], None]
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, room: "Room") -> None:
        """Until cancelled: tell what changed."""
        while True:
            self.changed.clear()
            await self.send(room.summary(self))
            await asyncio.sleep(SUMMARY_SECONDS)
            await self.changed.wait()


class Follower:
    """Somebody who watches; ``run`` sends what is new as soon as the last has been drawn."""

    def __init__(
        self, room: "Room", send_bytes: Callable[[bytes], Awaitable[None]], send_json: Send, address: str = ""
    ) -> None:
        self.room = room
        self.address = address
        self._send_bytes = send_bytes
        self._send_json = send_json
        self._told = 0
        self._seen = 0
        self._outstanding: deque[int] = deque()
        self.wake = asyncio.Event()

    def begin_anew(self) -> None:
        """Send the complete picture next, as to somebody who has just come."""
        self._told = self._seen = 0
        self.wake.set()

    def acknowledge(self, frame: int) -> None:
        """Frame ``frame`` and all before it have been drawn."""
        while self._outstanding and self._outstanding[0] <= frame:
            self._outstanding.popleft()
        self.wake.set()

    async def run(self) -> None:
        """Until cancelled, or the room is closed."""
        while not self.room.closed:
            self.wake.clear()
            if self._told != self.room.version:
                self._told = self.room.version
                await self._send_json(self.room.status())
            elif len(self._outstanding) < MAX_OUTSTANDING and (
                frame := self.room.broadcast.since(self._seen)
            ):
                self._seen = self.room.broadcast.number
                self._outstanding.append(self.room.broadcast.newest)
                await self._send_bytes(frame)
            else:
                await self.wake.wait()
