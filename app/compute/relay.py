"""Rooms across several servers, through Redis: one server holds a room, the others mirror it.

The server whose session is followed is the room's owner. It keeps a key that says so, which expires
without it, and publishes frames and what followers are told; a server whose pages ask for the room
subscribes once for all of them, and publishes their number and their answers. Who proves the room's
secret owns it from then on, wherever the room was before: so a presenter whose server has gone comes back
by any other. Nothing is stored beyond the key; without Redis every server goes on alone, and says so.

    key   planar:room:CODE        who owns the room (room_keys.py)
    down  planar:room:CODE:down   F frame, S what followers are told, C closed
    up    planar:room:CODE:up     followers, answers, taken; JSON
"""

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.compute.room import Room
from app.compute.room_keys import PREFIX, RoomKeys, owner_in
from app.compute.seats import Follower
from app.compute.waiting_answers import WaitingAnswers

if TYPE_CHECKING:
    from app.compute.rooms import Rooms

log = logging.getLogger("playground.rooms")

BEAT_SECONDS = 1.0
SILENT_SECONDS = 4.0
"""After this a server that says nothing is taken to have gone."""
EMPTY_SECONDS = 30.0
"""How long a room is mirrored for nobody."""
ANSWER_SECONDS = 2.0
FIRST_WAIT = 0.1
LONGEST_WAIT = 2.0
MOST_ASKING = 20
"""Questions to Redis about codes at the same time: its client has a hundred connections for everything."""
TROUBLE = (RedisError, OSError, TimeoutError)


class Unreachable(OSError):
    """Redis does not answer, so nobody knows what other servers have."""


class Relay:
    """This server's part; ``run`` is its task."""

    def __init__(self, url: str, rooms: "Rooms") -> None:
        self._rooms = rooms
        self._me = secrets.token_hex(8)
        at_once: dict[str, Any] = {"retry": Retry(NoBackoff(), 0), "socket_connect_timeout": ANSWER_SECONDS}
        self._redis = redis.Redis.from_url(url, socket_timeout=ANSWER_SECONDS, **at_once)
        self._keys = RoomKeys(self._redis, self._me)
        self._listener = redis.Redis.from_url(url, **at_once)
        self._pubsub = self._listener.pubsub(ignore_subscribe_messages=True)
        self.up = False
        self._owned: dict[Room, asyncio.Task[None]] = {}
        self._mirrored: dict[Room, float] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._asking = asyncio.Semaphore(MOST_ASKING)
        self._answers = WaitingAnswers(self._say_up, TROUBLE)
        self._stale = False

    # What rooms ask for.

    async def known(self, code: str) -> tuple[bytes, int] | None:
        """Proof and last turn of the room that a server has under this code; None if there is none."""
        if not self.up:
            raise Unreachable
        try:
            async with self._asking:
                owner = await self._keys.owner(code)
        except TROUBLE as trouble:
            raise Unreachable from trouble
        return (owner.proof, owner.turn) if owner else None

    async def own(self, room: Room, turn: int | None) -> bool:
        """From now on this server holds the room, unless a window with a later turn has it elsewhere."""
        owner = None
        if self.up:
            with contextlib.suppress(*TROUBLE):
                owner = await self._keys.owner(room.code)
        if owner and turn is not None and turn < owner.turn:
            return False  # before anybody hears of this window
        room.since = time.time_ns()
        if owner:  # its server's clock may be ahead of ours
            room.since = max(room.since, owner.since + 1)
            room.turn = max(room.turn, owner.turn)
        room.expect_presenter()
        if room.closed:
            return True
        fresh = room not in self._owned
        if fresh:
            if room in self._mirrored:
                del self._mirrored[room]
                room.is_here()
            self._owned[room] = asyncio.create_task(self._publish(room))
            room.set_alone(not self.up)
        if self.up:  # else ``_begin`` says it all when Redis is back
            with self._or_begin_anew():
                if fresh:
                    await self._unsubscribe(room, "down")
                    await self._subscribe(room, "up")
                await self._claim(room)
                if fresh and room in self._owned:
                    await self._say_taken(room)
        return not room.elsewhere

    async def mirror(self, room: Room) -> None:
        """Show the room that another server holds."""
        self._mirrored[room] = time.monotonic()
        room.is_elsewhere(lambda answer: self._answers.add(room, answer))
        if not self.up:
            return
        with self._or_begin_anew():
            await self._subscribe(room, "down")
            await self._say_up(room, {"followers": len(room.followers), "want": True})

    def forget(self, room: Room) -> None:
        """The room was closed here."""
        if task := self._owned.pop(room, None):
            task.cancel()
            self._send(self._end(room))
        elif self._mirrored.pop(room, None):
            self._send(self._unsubscribe(room, "down"))

    # The connection.

    async def run(self) -> None:
        """Until cancelled: listen, and again when the connection breaks."""
        passing_on = asyncio.create_task(self._answers.run(lambda room: room in self._mirrored))
        try:
            await self._stay_connected()
        finally:
            passing_on.cancel()

    async def _stay_connected(self) -> None:
        wait = FIRST_WAIT
        while True:
            beating = None
            try:
                await self._begin()
                self._set_up(True)
                wait = FIRST_WAIT
                beating = asyncio.create_task(self._beat())
                await self._listen(beating)
            except TROUBLE as trouble:
                if self.up or wait == FIRST_WAIT:
                    log.warning("Redis cannot be reached (%s); rooms go on alone", type(trouble).__name__)
            except Exception:  # whatever it was, sharing begins anew
                log.exception("rooms could not be shared")
            finally:
                self._set_up(False)
                if beating is not None:
                    beating.cancel()
                with contextlib.suppress(*TROUBLE):
                    await self._pubsub.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def end(self) -> None:
        """Leave nothing behind; the keys expire."""
        for task in (*self._owned.values(), *self._sending):
            task.cancel()
        for client in (self._pubsub, self._listener, self._redis):
            with contextlib.suppress(*TROUBLE):
                await client.aclose()  # type: ignore[no-untyped-call,unused-ignore]

    async def _begin(self) -> None:
        """Subscribe to all there is, and say what others may have missed."""
        self._stale = False
        self._pubsub = self._listener.pubsub(ignore_subscribe_messages=True)
        await self._pubsub.subscribe(PREFIX + "servers")  # so that there always is something to listen to
        for room in list(self._owned):
            await self._subscribe(room, "up")
            await self._claim(room)
            if room in self._owned:
                room.answers_may_be_missing()
        for room in list(self._mirrored):
            await self._subscribe(room, "down")
            await self._say_up(room, {"followers": len(room.followers), "want": True})

    async def _listen(self, beating: "asyncio.Task[None]") -> None:
        while not beating.done():
            if self._stale:
                raise Unreachable
            message = await self._pubsub.get_message(timeout=BEAT_SECONDS)
            if message is None:
                continue
            code, _, way = message["channel"].decode().removeprefix(PREFIX).partition(":")
            room = self._rooms.known(code)
            if room is None:
                continue
            try:
                if way == "down" and room in self._mirrored:
                    self._heard_down(room, message["data"])
                elif way == "up" and room in self._owned:
                    await self._heard_up(room, json.loads(message["data"]))
            except TROUBLE:
                raise
            except Exception:  # whatever it was, the others' messages are still heard
                log.warning("a message about a room cannot be read", exc_info=True)
        beating.result()

    def _set_up(self, up: bool) -> None:
        if self.up != up:
            log.info("rooms are shared with other servers" if up else "rooms are not shared at the moment")
        self.up = up
        self._answers.set_open(up)
        for room in (*self._owned, *self._mirrored):
            room.set_alone(not up)
            if up and room.outlet:
                room.outlet.begin_anew()

    @contextlib.contextmanager
    def _or_begin_anew(self) -> Iterator[None]:
        """What Redis did not take here is said again on another connection."""
        try:
            yield
        except TROUBLE:
            self._stale = True

    async def _beat(self) -> None:
        """Say that this server is there, and notice who is not."""
        while True:
            now = time.monotonic()
            for room in list(self._owned):
                room.forget_silent(now)
                await self._claim(room)
                if room.others:
                    await self._say_down(room, b"S" + json.dumps(room.status()).encode())
            for room, heard in list(self._mirrored.items()):
                if heard < now - SILENT_SECONDS:
                    room.set_alone(True)
                if room.followers:
                    room.empty_since = now
                    await self._say_up(room, {"followers": len(room.followers)})
                elif room.empty_since < now - EMPTY_SECONDS:
                    self._rooms.close(room)
            await asyncio.sleep(BEAT_SECONDS)

    # Who owns.

    async def _claim(self, room: Room) -> None:
        """Keep the key, unless another server's claim is better.

        That is one with a presenter; of two, that of the later window; of the same one, the later claim. A
        window's turn outlasts the loss of the room: the key never says an earlier one than before.
        """
        found = await self._keys.found(room.code)
        owner = owner_in(found)
        if room not in self._owned:
            return  # it has moved meanwhile
        theirs = owner is not None and owner.server != self._me
        if owner and theirs:
            if (owner.presented, owner.turn, owner.since) > (room.presented, room.turn, room.since):
                await self._yield_to_another(room)
                return
            room.since = max(room.since, owner.since + 1)
            room.turn = max(room.turn, owner.turn)
        if not await self._keys.keep(room, found):
            await self._claim(room)  # another has come meanwhile
        elif theirs:
            await self._say_taken(room)

    async def _yield_to_another(self, room: Room) -> None:
        publishing = self._owned.pop(room, None)
        if publishing is None:
            return  # a beat and a message have both said so
        publishing.cancel()
        await self.mirror(room)  # before anything that may fail: else it would be neither owned nor mirrored
        await self._unsubscribe(room, "up")

    async def _end(self, room: Room) -> None:
        """For everybody, unless another server has it by now."""
        owner = await self._keys.owner(room.code)
        ours = owner is None or owner.server == self._me
        if ours:
            await self._say_down(room, b"C")
        if self._rooms.known(room.code) is None:  # else it has been opened again meanwhile
            await self._unsubscribe(room, "up")
        if ours and self._rooms.known(room.code) is None:
            await self._keys.remove(room.code)

    async def _publish(self, room: Room) -> None:
        """The other servers are one more follower, which is ready again as soon as Redis has its frame."""

        async def send(kind: bytes, data: bytes) -> None:
            if not room.others or not self.up:
                return  # when there is somebody to hear it, all is told anew
            try:
                await self._say_down(room, kind + data)
            except TROUBLE:
                await asyncio.sleep(LONGEST_WAIT)
                outlet.begin_anew()

        async def send_frame(frame: bytes) -> None:
            number = room.broadcast.newest  # another presenter may count from one before this has gone
            await send(b"F", frame)
            outlet.acknowledge(number)

        async def send_status(status: dict[str, Any]) -> None:
            await send(b"S", json.dumps(status).encode())

        while not room.closed:
            outlet = room.outlet = Follower(room, send_frame, send_status)
            try:
                await outlet.run()
            except Exception:  # whatever it was, those on other servers still see what comes after
                log.exception("a room could not be published")
                await asyncio.sleep(LONGEST_WAIT)

    # What is said.

    def _heard_down(self, room: Room, data: bytes) -> None:
        self._mirrored[room] = time.monotonic()
        room.set_alone(False)
        if data[:1] == b"F":
            room.broadcast.feed(data[1:])
        elif data[:1] == b"S":
            room.mirror_status(dict(json.loads(data[1:])))
        elif data[:1] == b"C":
            self._rooms.close(room)

    async def _heard_up(self, room: Room, told: dict[str, Any]) -> None:
        if told["server"] == self._me:
            return
        if "taken" in told:
            if (told.get("turn", room.turn), told["taken"]) > (room.turn, room.since):
                await self._yield_to_another(room)
        elif "followers" in told:
            fresh = told["server"] not in room.others
            until = time.monotonic() + SILENT_SECONDS
            room.others_have(told["server"], int(told["followers"]), until)
            if room.outlet and (fresh or told.get("want")):
                room.outlet.begin_anew()
        else:
            room.answer(str(told["voter"])[:32], str(told["lesson"]), int(told["choice"]))

    async def _say_down(self, room: Room, data: bytes) -> None:
        await self._redis.publish(f"{PREFIX}{room.code}:down", data)

    async def _say_up(self, room: Room, told: dict[str, Any]) -> None:
        await self._redis.publish(f"{PREFIX}{room.code}:up", json.dumps({"server": self._me, **told}))

    async def _say_taken(self, room: Room) -> None:
        await self._say_up(room, {"taken": room.since, "turn": room.turn})

    async def _subscribe(self, room: Room, way: str) -> None:
        await self._pubsub.subscribe(f"{PREFIX}{room.code}:{way}")

    async def _unsubscribe(self, room: Room, way: str) -> None:
        await self._pubsub.unsubscribe(f"{PREFIX}{room.code}:{way}")

    def _send(self, saying: Any) -> None:
        """Without waiting for it; what is lost while Redis is gone is said again by the next beat or page."""

        async def quietly() -> None:
            with contextlib.suppress(*TROUBLE):
                await saying

        task = asyncio.create_task(quietly())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
