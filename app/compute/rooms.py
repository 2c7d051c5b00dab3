"""Rooms: a presenter's session, watched by many, with their answers to its questions counted.

A room knows no socket. The presenter hands it the frames of a session; each follower runs a task of its
own and is given functions to send with. A follower that is slow is given the newest frame when it is
ready again, whatever there was in between: nothing is ever queued.
"""

import asyncio
import hmac
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.compute.broadcast import Broadcast
from app.compute.room_code import code_of, proof_of

MAX_OUTSTANDING = 2
MAX_ANSWERS = 5_000
SUMMARY_SECONDS = 0.25
"""How often the presenter is told of followers and answers, at most."""
PACES = ((0, math.inf), (1, 20.0), (100, 15.0), (200, 12.0))
"""From so many followers on, so many frames a second at most."""

Send = Callable[[Any], Awaitable[None]]


class NoRoom(Exception):
    """Why a room could not be opened or joined, in a sentence."""


@dataclass(frozen=True)
class Question:
    """What the class is asked: a lesson's question, and whether its answer has been shown."""

    lesson: str
    choices: int
    revealed: bool = False


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

    def __init__(self, room: "Room", send_bytes: Callable[[bytes], Awaitable[None]], send_json: Send) -> None:
        self.room = room
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


class Room:
    """One code. ``version`` counts the changes of what followers are told beside the frames."""

    def __init__(self, code: str, proof: bytes) -> None:
        self.code = code
        self.proof = proof
        self.presenter: Presenter | None = None
        self.left_at = time.monotonic()
        self.followers: set[Follower] = set()
        self.question: Question | None = None
        self.answers: dict[str, int] = {}
        self.version = 1
        self.closed = False
        # Answers are kept here only: after a restart the pages see another round, and answer again.
        self.round = time.time_ns() // 1_000_000
        self.broadcast = Broadcast(self._wake)
        # Of several servers one holds the room, the others mirror it (relay.py).
        self.since = 0
        self.alone = False
        self.outlet: Follower | None = None
        self.others: dict[str, tuple[int, float]] = {}
        self.empty_since = time.monotonic()
        self._answer_there: Callable[[dict[str, Any]], None] | None = None
        self._status_there: dict[str, Any] = {}

    # What the presenter does.

    def present(self, presenter: Presenter) -> None:
        """From now on this one steers; the one before, another window perhaps, is told so."""
        before, self.presenter = self.presenter, presenter
        if before is not None:
            before.changed.set()
        self._changed()

    def leave(self, presenter: Presenter) -> None:
        """The presenter's connection has ended; the room waits for another."""
        if self.presenter is presenter:
            self.presenter = None
            self.left_at = time.monotonic()
            self._changed()

    def feed(self, presenter: Presenter, frame: bytes) -> None:
        """A frame of the presenter's session, unless another has taken its place."""
        if self.presenter is presenter:
            self.broadcast.feed(frame)

    def ask(self, question: Question | None) -> None:
        """Ask the class; the same question again keeps its answers."""
        if question == self.question:
            return
        if question is None or self.question is None or question.lesson != self.question.lesson:
            self.answers = {}
        self.question = question
        self._changed()

    def close(self) -> None:
        """For everybody."""
        self.closed = True
        self._changed()

    # What followers do.

    def join(self, follower: Follower) -> None:
        self.followers.add(follower)
        self._counted()

    def go(self, follower: Follower) -> None:
        self.followers.discard(follower)
        self._counted()

    def answer(self, voter: str, lesson: str, choice: int) -> None:
        """Count an answer, or let somebody change theirs; one to another question comes too late."""
        if self._answer_there is not None:
            self._answer_there({"voter": voter, "lesson": lesson, "choice": choice})
            return
        question = self.question
        if question is None or question.revealed or question.lesson != lesson or choice >= question.choices:
            return
        if voter in self.answers or len(self.answers) < MAX_ANSWERS:
            self.answers[voter] = choice
            self._tell_presenter()

    # What they are told.

    def status(self) -> dict[str, Any]:
        """What followers are told beside the frames."""
        if self._answer_there is not None:
            there = self._status_there
            presented = there.get("presented", False) and not self.alone
            return {
                **there,
                "type": "room",
                "code": self.code,
                "presented": presented,
                "reached": not self.alone,
            }
        question = self.question and {
            "lesson": self.question.lesson,
            "revealed": self.question.revealed,
        }
        return {
            "type": "room",
            "code": self.code,
            "presented": self.presenter is not None,
            "round": self.round,
            "question": question,
            "counts": self.counts() if self.question and self.question.revealed else None,
            "reached": True,
        }

    def summary(self, presenter: Presenter) -> dict[str, Any]:
        """What the presenter is told; one whose place another has taken, only that."""
        if self.closed or self.presenter is not presenter:
            why = "closed" if self.closed else "taken"
            return {"type": "room", "code": None, "why": why}
        return {
            "type": "room",
            "code": self.code,
            "followers": len(self.followers) + sum(count for count, _ in self.others.values()),
            "alone": self.alone,
            "question": self.question and self.question.lesson,
            "counts": self.counts(),
        }

    @property
    def deserted(self) -> bool:
        """Whether nobody presents it and nobody follows it, here or elsewhere."""
        return not (self.presenter or self.followers or self.others or self.elsewhere)

    @property
    def elsewhere(self) -> bool:
        """Whether another server holds it."""
        return self._answer_there is not None

    def counts(self) -> list[int] | None:
        """How many chose each answer."""
        if self.question is None:
            return None
        given = list(self.answers.values())
        return [given.count(choice) for choice in range(self.question.choices)]

    # Where several servers share it.

    def is_elsewhere(self, answer: Callable[[dict[str, Any]], None]) -> None:
        """Another server holds the room from now on; answers go there."""
        self._status_there, self._answer_there = self.status(), answer
        before, self.presenter, self.outlet = self.presenter, None, None
        if before is not None:
            before.changed.set()
        self._changed()

    def is_here(self) -> None:
        """This server holds the room from now on, and begins to count anew."""
        self._answer_there, self._status_there = None, {}
        self.answers, self.question, self.round = {}, None, time.time_ns() // 1_000_000
        self.left_at = time.monotonic()  # its presenter is about to come
        self._changed()

    def mirror_status(self, status: dict[str, Any]) -> None:
        """What the server that holds the room tells followers."""
        if self._answer_there is not None and status != self._status_there:
            self._status_there = status
            self._changed()

    def others_have(self, server: str, followers: int, until: float) -> None:
        """So many follow on another server, which says so again before ``until``."""
        self.others[server] = followers, until
        self._counted()

    def forget_silent(self, now: float) -> None:
        """Servers that have not said so again have gone, and those who followed there."""
        heard = {server: seen for server, seen in self.others.items() if seen[1] > now}
        if len(heard) < len(self.others):
            self.others = heard
            self._counted()

    def set_alone(self, alone: bool) -> None:
        """Whether the other servers cannot be reached."""
        if self.alone != alone:
            self.alone = alone
            self._changed()

    def _counted(self) -> None:
        if self.presenter is not None:
            many = len(self.followers) + sum(count for count, _ in self.others.values())
            pace = [frames for least, frames in PACES if many >= least][-1]
            self.presenter.pace(1 / pace)
        self._tell_presenter()

    def _changed(self) -> None:
        self.version += 1
        self._counted()
        self._wake()

    def _tell_presenter(self) -> None:
        if self.presenter is not None:
            self.presenter.changed.set()

    def _wake(self) -> None:
        for follower in self.followers:
            follower.wake.set()
        if self.outlet is not None:
            self.outlet.wake.set()


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
        room = self.find(code)
        known = room.proof if room else await self._known_elsewhere(code)
        if known is not None and not hmac.compare_digest(known, proof):
            raise NoRoom("another presenter has a room with this code; please take a new code")
        room = self.find(code) or self._new(code, proof)
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
