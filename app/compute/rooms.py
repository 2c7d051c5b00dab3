"""All rooms of a server: who may open one, who may join one, and which is closed when."""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from app.compute.room import Room
from app.compute.room_code import code_of, proof_of
from app.compute.seats import Follower, Presenter, Send


class NoRoom(Exception):
    """Why a room could not be opened or joined, in a sentence."""


class Shared(Protocol):
    """What ties the rooms of several servers together; OSError says that they cannot be asked."""

    async def proof_of(self, code: str) -> bytes | None:
        """The proof of the room that another server has under this code."""

    async def own(self, room: Room) -> None:
        """This server holds the room from now on."""

    async def mirror(self, room: Room) -> None:
        """This server shows the room that another one holds."""

    def forget(self, room: Room) -> None:
        """The room was closed."""


class Rooms:
    """All rooms of this server: so many at most, and none that its presenter left long ago."""

    def __init__(self, most: int, most_followers: int, idle_seconds: float) -> None:
        self.most = most
        self.most_followers = most_followers
        self.idle_seconds = idle_seconds
        self.shared: Shared | None = None
        self._rooms: dict[str, Room] = {}
        self._deriving = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._rooms)

    @property
    def followers(self) -> int:
        """Pages that follow on this server."""
        return sum(len(room.followers) for room in self._rooms.values())

    async def open(self, secret: str) -> Room:
        """The room of this secret, as it is or a new one; NoRoom says why not."""
        async with self._deriving:  # 16 MB and 40 ms each: one after the other
            code = await asyncio.to_thread(code_of, secret)
        proof = proof_of(secret)
        elsewhere = None if self.find(code) else await self._known_elsewhere(code)
        room = self.find(code)  # which may have come meanwhile
        known = room.proof if room else elsewhere
        if known is not None and not hmac.compare_digest(known, proof):
            raise NoRoom("another presenter has a room with this code; please take a new code")
        room = room or self._new(code, proof)
        if self.shared is not None:
            await self.shared.own(room)
        return room

    async def _known_elsewhere(self, code: str) -> bytes | None:
        """The proof of the room that another server has; none where that cannot be found out."""
        try:
            return await self.shared.proof_of(code) if self.shared else None
        except OSError:
            return None

    def _new(self, code: str, proof: bytes) -> Room:
        if len(self._rooms) >= self.most:
            # One visitor can open room after room; and its secret opens a room again, so nothing is lost.
            deserted = [room for room in self._rooms.values() if room.deserted]
            if not deserted:
                raise NoRoom("there are too many rooms; please try again later")
            self.close(min(deserted, key=lambda room: room.left_at))
        room = self._rooms[code] = Room(code, proof)
        return room

    def known(self, code: str) -> Room | None:
        """The room with this code, here or mirrored."""
        return self._rooms.get(code)

    def find(self, code: str) -> Room | None:
        """The room with this code, if it is open."""
        self._close_idle()
        return self._rooms.get(code)

    async def join(
        self, code: str, send_bytes: Callable[[bytes], Awaitable[None]], send_json: Send
    ) -> Follower:
        """A new follower; NoRoom says why not, LookupError that there is no such room."""
        room = self.find(code)
        if room is None and self.shared is not None:
            try:
                proof = await self.shared.proof_of(code)
            except OSError:
                raise NoRoom("other servers cannot be asked for this room; please try again later") from None
            room = self.find(code)
            if room is None and proof is not None:
                room = self._new(code, proof)
                await self.shared.mirror(room)
        if room is None:
            raise LookupError(code)
        if self.followers >= self.most_followers:
            raise NoRoom("there is no place for another follower; please try again later")
        follower = Follower(room, send_bytes, send_json)
        room.join(follower)
        return follower

    def close(self, room: Room) -> None:
        """End a room, for everybody in it."""
        if self._rooms.get(room.code) is room:
            del self._rooms[room.code]
        if self.shared is not None:
            self.shared.forget(room)
        room.close()

    def leave(self, room: Room, presenter: Presenter) -> None:
        """The presenter's connection has ended; the room waits, but not for ever."""
        room.leave(presenter)
        asyncio.get_running_loop().call_later(self.idle_seconds + 1, self._close_idle)

    def _close_idle(self) -> None:
        before = time.monotonic() - self.idle_seconds
        for room in list(self._rooms.values()):
            if room.presenter is None and room.left_at < before and not room.elsewhere:
                self.close(room)
