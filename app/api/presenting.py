"""The presenter's side of a room: part of the live stream, since it is that session which is followed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from app.api.room_messages import Ask, CloseRoom, OpenRoom, RoomMessage
from app.compute.room import Room
from app.compute.rooms import NoRoom, Rooms
from app.compute.seats import Presenter
from app.compute.session import Session
from app.compute.tally import Question
from app.experiments.check import ExperimentError, FieldError
from app.experiments.texts import texts


class Presenting:
    """One connection's part in a room, if it opens one. Frames pass through it on their way to the page."""

    def __init__(
        self,
        rooms: Rooms,
        send_bytes: Callable[[bytes], Awaitable[None]],
        send_json: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self._rooms = rooms
        self._send_bytes = send_bytes
        self._send_json = send_json
        self._room: Room | None = None
        self._presenter = Presenter(send_json, self._set_pace)
        self._session: Session | None = None
        self._telling: asyncio.Task[None] | None = None

    async def send_bytes(self, frame: bytes) -> None:
        """To the room first: it does not wait for this page."""
        if self._room is not None:
            self._room.feed(self._presenter, frame)
        await self._send_bytes(frame)

    async def tell(self, session: Session, message: RoomMessage) -> None:
        """Do what the presenter says."""
        self._session = session
        match message:
            case OpenRoom():
                await self._open(session, message.secret)
            case Ask():
                self._ask(message)
            case CloseRoom():
                if self._room is not None and self._room.presenter is self._presenter:
                    self._rooms.close(self._room)
                await self.leave()

    async def _open(self, session: Session, secret: str) -> None:
        try:
            room = await self._rooms.open(secret)
        except NoRoom as error:
            await self._send_json({"type": "room", "code": None, "why": "refused", "detail": str(error)})
            return
        if room is not self._room:
            await self.leave()
            self._room = room
            session.watched = True
            session.tell_anew()
        room.present(self._presenter)
        if self._telling is None:
            self._telling = asyncio.create_task(self._presenter.run(room))

    def _ask(self, message: Ask) -> None:
        if self._room is None:
            raise ExperimentError(FieldError("type", "room before ask", message.type))
        if self._room.presenter is not self._presenter:
            return  # another window has taken the room, and this one will be told
        question = None
        if message.lesson is not None:
            choices = len(texts("en")["lessons"][message.lesson]["choices"])
            question = Question(message.lesson, choices, message.revealed)
            if message.counts is not None and len(message.counts) != choices:
                raise ExperimentError(FieldError("counts", f"{choices} numbers", list(message.counts)))
        self._room.ask(question, message.counts)

    def _set_pace(self, frame_seconds: float) -> None:
        if self._session is not None:
            self._session.frame_seconds = frame_seconds

    async def leave(self) -> None:
        """The connection ends, or shows its room no longer."""
        room, self._room = self._room, None
        telling, self._telling = self._telling, None
        if self._session is not None:
            self._session.watched, self._session.frame_seconds = False, 0.0
        if room is not None:
            self._rooms.leave(room, self._presenter)
        if telling is not None:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)  # the socket may be gone
        if room is not None and room.closed:
            with contextlib.suppress(Exception):
                await self._send_json(room.summary(self._presenter))
