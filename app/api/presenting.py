"""The presenter's side of a room: part of the live stream, since it is that session which is followed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from app.api.bucket import Bucket
from app.api.gone import Gone, ended
from app.api.room_messages import Ask, CloseRoom, OpenRoom, RoomMessage
from app.compute.room import Room
from app.compute.rooms import NoRoom, Rooms, Taken
from app.compute.seats import Presenter
from app.compute.session import Session
from app.compute.tally import Question
from app.experiments.check import ExperimentError, FieldError
from app.experiments.texts import texts

log = logging.getLogger("playground.rooms")

OPENINGS = (1.0, 5.0)
"""Rooms that a page may open a second and at once: each costs 40 ms and 16 MB, one after the other."""
MOST_WAITING = 20
"""What a page has said of its room and is not done; then it is not listened to."""


class Presenting:
    """One connection's part in a room, if it opens one. Frames pass through it on their way to the page."""

    def __init__(
        self,
        rooms: Rooms,
        send_bytes: Callable[[bytes], Awaitable[None]],
        send_json: Callable[[dict[str, Any]], Awaitable[None]],
        address: str = "",
        rejected: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        self._rooms = rooms
        self._send_bytes = send_bytes
        self._send_json = send_json
        self._address = address
        self._rejected = rejected
        self._room: Room | None = None
        self._presenter = Presenter(self._send_json, self._set_pace)
        self._session: Session | None = None
        self._telling: asyncio.Task[None] | None = None
        self._doing: asyncio.Task[None] | None = None
        self._said: asyncio.Queue[RoomMessage] = asyncio.Queue(MOST_WAITING)
        self._openings = Bucket(*OPENINGS)
        self._wants_room = False

    async def send_bytes(self, frame: bytes) -> None:
        """To the room first: it does not wait for this page."""
        if self._room is not None:
            self._room.feed(self._presenter, frame)
        await self._send_bytes(frame)

    async def tell(self, session: Session, message: RoomMessage) -> None:
        """What the presenter says is done in turn; meanwhile the page's other messages are heard."""
        self._session = session
        match message:
            case OpenRoom():
                if not self._openings.take():
                    self._rejected("room_openings")
                    await self._refuse("this page opens rooms too often; please wait a little")
                    return
                self._wants_room = True
            case Ask():
                self._check(message)
            case CloseRoom():
                self._wants_room = False
        await self._said.put(message)
        if self._doing is None:
            self._doing = asyncio.create_task(self._do(session))

    async def _do(self, session: Session) -> None:
        while True:
            message = await self._said.get()
            try:
                match message:
                    case OpenRoom():
                        await self._open(session, message)
                    case Ask():
                        self._ask(message)
                    case CloseRoom():
                        await self._close()
            except Gone:
                return
            except Exception:  # whatever it was, the presenter's next wish is done
                log.exception("what a presenter said could not be done")

    async def _open(self, session: Session, message: OpenRoom) -> None:
        try:
            room = await self._rooms.open(message.secret, self._address, message.turn)
        except Taken as taken:
            await self._send_json({"type": "room", "code": None, "why": "taken", "room": taken.code})
            return
        except NoRoom as error:
            self._rejected(error.reason)
            await self._refuse(str(error))
            return
        if room is not self._room:
            await self._leave_room()
            self._room = room
            session.watched = True
            session.tell_anew()
        room.present(self._presenter)
        if self._telling is None:
            self._telling = asyncio.create_task(self._presenter.run(room))

    async def _refuse(self, detail: str) -> None:
        await self._send_json({"type": "room", "code": None, "why": "refused", "detail": detail})

    def _check(self, message: Ask) -> None:
        """ExperimentError, unless this can be asked."""
        if not self._wants_room:
            raise ExperimentError(FieldError("type", "room before ask", message.type))
        if message.lesson is not None and message.counts is not None:
            choices = _choices(message.lesson)
            if len(message.counts) != choices:
                raise ExperimentError(FieldError("counts", f"{choices} numbers", list(message.counts)))

    def _ask(self, message: Ask) -> None:
        if self._room is None or self._room.presenter is not self._presenter:
            return  # it was refused, or another window has taken it; this one is told
        question = None
        if message.lesson is not None:
            question = Question(message.lesson, _choices(message.lesson), message.revealed)
        self._room.ask(question, message.counts)

    async def _close(self) -> None:
        room = self._room
        if room is not None and room.presenter is self._presenter:
            self._rooms.close(room)
        await self._leave_room()
        if room is not None and room.closed:
            await self._send_json(room.summary(self._presenter))

    def _set_pace(self, frame_seconds: float) -> None:
        if self._session is not None:
            self._session.frame_seconds = frame_seconds

    async def leave(self) -> None:
        """The connection ends."""
        doing, self._doing = self._doing, None
        if doing is not None:
            await ended([doing], log)
        await self._leave_room()

    async def _leave_room(self) -> None:
        """The connection shows its room no longer."""
        room, self._room = self._room, None
        telling_it, self._telling = self._telling, None
        if self._session is not None:
            self._session.watched, self._session.frame_seconds = False, 0.0
        if room is not None:
            self._rooms.leave(room, self._presenter)
        if telling_it is not None:
            await ended([telling_it], log)


def _choices(lesson: str) -> int:
    return len(texts("en")["lessons"][lesson]["choices"])
