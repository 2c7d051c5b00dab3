"""All rooms of a server: who may open one, who may join one, and which is closed when."""

import asyncio
import hmac
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Protocol

from app.compute.room import Room
from app.compute.room_code import code_of, proof_of
from app.compute.seats import Follower, Presenter, Send

OTHERS_NEED_IT = "others need its place, and nobody followed it"


class NoRoom(Exception):
    """Why a room could not be opened or joined: a sentence, and the word under which it is counted."""

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class Taken(Exception):
    """Another window of the same presenter has taken the room since."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Shared(Protocol):
    """What ties the rooms of several servers together; OSError says that they cannot be asked."""

    async def known(self, code: str) -> tuple[bytes, int] | None:
        """Of the room that a server has under this code: its proof, and at which turn it was taken last."""

    async def own(self, room: Room, turn: int | None) -> bool:
        """This server holds the room from now on, unless a window with a later turn has it elsewhere."""

    async def mirror(self, room: Room) -> None:
        """This server shows the room that another one holds."""

    def forget(self, room: Room) -> None:
        """The room was closed."""


class Rooms:
    """All rooms of this server: so many at most, and none that its presenter left long ago.

    ``most_per_address`` bounds the rooms that one address has opened, and its followers; 0 does not.
    """

    def __init__(
        self, most: int, most_followers: int, idle_seconds: float, most_per_address: int = 0
    ) -> None:
        self.most = most
        self.most_followers = most_followers
        self.idle_seconds = idle_seconds
        self.most_per_address = most_per_address
        self.shared: Shared | None = None
        self._rooms: dict[str, Room] = {}
        self._deriving = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._rooms)

    @property
    def followers(self) -> int:
        """Pages that follow on this server."""
        return sum(len(room.followers) for room in self._rooms.values())

    async def open(self, secret: str, address: str = "", turn: int | None = None) -> Room:
        """The room of this secret, as it is or a new one; NoRoom and Taken say why not."""
        proof = proof_of(secret)
        code = self._code_proved_by(proof)
        if code is None:
            async with self._deriving:  # 16 MB and 40 ms each: one after the other
                code = await asyncio.to_thread(code_of, secret)
        elsewhere, last = (None, 0) if self.find(code) else await self._known_elsewhere(code)
        room = self.find(code)  # which may have come meanwhile
        known = room.proof if room else elsewhere
        if known is not None and not hmac.compare_digest(known, proof):
            words = "another presenter has a room with this code; please take a new code"
            raise NoRoom(words, "room_taken")
        if turn is not None and turn < last:  # before another gives its place to a room that would not stay
            raise Taken(code)
        fresh = room is None
        room = room or self._new(code, proof, address)
        if not room.may_take(turn):
            raise Taken(code)
        room.address = address
        if self.shared is not None:
            if not await self.shared.own(room, turn):
                await self._lost(room, turn, self.shared, fresh)
                raise Taken(code)
            if not room.may_take(turn):  # another has come meanwhile
                raise Taken(code)
        return room

    async def _lost(self, room: Room, turn: int | None, shared: Shared, fresh: bool) -> None:
        """A window came too late; of a room that was made for it nothing stays that nobody else needs."""
        if not fresh or room.closed or room.turn != turn:
            return  # or a later window of the same presenter waits for it here
        if not room.followers:
            self.close(room)
        elif not room.elsewhere:
            await shared.mirror(room)

    def _code_proved_by(self, proof: bytes) -> str | None:
        """The code of the room that is here already: who comes back need not wait for those who guess."""
        found = (room.code for room in self._rooms.values() if hmac.compare_digest(room.proof, proof))
        return next(found, None)

    async def _known_elsewhere(self, code: str) -> tuple[bytes | None, int]:
        """The proof and the last turn of the room that a server has; none where that cannot be found out."""
        try:
            known = await self.shared.known(code) if self.shared else None
        except OSError:
            known = None
        return known or (None, 0)

    def _new(self, code: str, proof: bytes, address: str = "") -> Room:
        most = self.most_per_address
        theirs = [room for room in self._rooms.values() if room.address == address and not room.elsewhere]
        if address and most and len(theirs) >= most and not self._give_way(theirs):
            words = "there are too many rooms from your address; please try again later"
            raise NoRoom(words, "rooms_per_address")
        if len(self._rooms) >= self.most and not (
            self._give_way(list(self._rooms.values())) or self._share_out(address) or self._clear_unused()
        ):
            raise NoRoom("there are too many rooms; please try again later", "rooms")
        room = self._rooms[code] = Room(code, proof)
        return room

    def _give_way(self, rooms: list[Room]) -> bool:
        """Close the room of these that has been deserted longest, one that had followers last.

        Its secret opens it again.
        """
        deserted = [room for room in rooms if room.gives_way]
        if deserted:
            self.close(min(deserted, key=lambda room: (room.ever_followed, room.deserted_at)))
        return bool(deserted)

    def _share_out(self, address: str) -> bool:
        """One visitor can open room after room. Close one that is not used of whoever has most.

        Only if that is more than ``address`` would have then: else two would take it from each other in turn.
        """
        rooms = [room for room in self._rooms.values() if not room.elsewhere]
        of = Counter(room.address for room in rooms)
        spare = [room for room in rooms if not room.used and of[room.address] > of[address] + 1]
        if spare:
            room = max(spare, key=lambda room: of[room.address])
            self.close(room, OTHERS_NEED_IT)
        return bool(spare)

    def _clear_unused(self) -> bool:
        """Close the oldest room that nobody has ever followed and that shows nothing, or long stood still.

        From one address too: somebody in a lecture hall can open all rooms, and its teacher comes after that.
        """
        room = next((room for room in self._rooms.values() if room.unused), None)
        if room is not None:
            self.close(room, OTHERS_NEED_IT)
        return room is not None

    def known(self, code: str) -> Room | None:
        """The room with this code, here or mirrored."""
        return self._rooms.get(code)

    def find(self, code: str) -> Room | None:
        """The room with this code, if it is open."""
        self._close_idle()
        return self._rooms.get(code)

    async def join(
        self,
        code: str,
        send_bytes: Callable[[bytes], Awaitable[None]],
        send_json: Send,
        address: str = "",
    ) -> Follower:
        """A new follower; NoRoom says why not, LookupError that there is no such room."""
        room = self.find(code)
        if room is None and self.shared is not None:
            try:
                known = await self.shared.known(code)
            except OSError:
                words = "other servers cannot be asked for this room; please try again later"
                raise NoRoom(words, "rooms_apart") from None
            room = self.find(code)
            if room is None and known is not None:
                room = self._new(code, known[0])
                await self.shared.mirror(room)
        if room is None:
            raise LookupError(code)
        if self.followers >= self.most_followers:
            raise NoRoom("there is no place for another follower; please try again later", "followers")
        if address and 0 < self.most_per_address <= self._followers_of(address):
            words = "there are too many followers from your address; please try again later"
            raise NoRoom(words, "followers_per_address")
        follower = Follower(room, send_bytes, send_json, address)
        room.join(follower)
        return follower

    def _followers_of(self, address: str) -> int:
        return sum(
            follower.address == address for room in self._rooms.values() for follower in room.followers
        )

    def close(self, room: Room, why: str = "") -> None:
        """End a room, for everybody in it; ``why`` is for its presenter."""
        if self._rooms.get(room.code) is room:
            del self._rooms[room.code]
        if self.shared is not None:
            self.shared.forget(room)
        room.close(why)

    def leave(self, room: Room, presenter: Presenter) -> None:
        """The presenter's connection has ended; the room waits, but not for ever."""
        room.leave(presenter)
        asyncio.get_running_loop().call_later(self.idle_seconds + 1, self._close_idle)

    def _close_idle(self) -> None:
        before = time.monotonic() - self.idle_seconds
        for room in list(self._rooms.values()):
            if room.presenter is None and room.left_at < before and not room.elsewhere:
                self.close(room)
