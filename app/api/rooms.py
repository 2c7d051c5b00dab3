"""``WS /api/rooms/{code}``: follow a presenter's run; frames out, acknowledgements and answers in.

Nothing said here steers anything. A code that leads nowhere is answered like any other way to be
turned away, by a close code and a reason, and so many wrong ones of an address a second are answered at
all: with 20 guesses a second and a hundred rooms, one is found in ten years.
"""

import asyncio
import contextlib

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from app.api import problems
from app.api.bucket import Bucket, Buckets
from app.api.live import POLICY_VIOLATION
from app.api.messages import Ack, read_message
from app.api.room_messages import Answer
from app.api.sessions import SERVICE_RESTART, TRY_AGAIN_LATER, address_of
from app.compute.room_code import as_typed
from app.compute.rooms import NoRoom
from app.compute.seats import Follower
from app.experiments.check import ExperimentError, FieldError
from app.experiments.schema import MalformedJSON

router = APIRouter()

NO_SUCH_ROOM = 4404
CLOSED = 4410
GUESSES = (20.0, 3000.0)
"""Wrong codes per second and at once: three hundred pages behind one address, back before their presenter."""
MESSAGES = (50.0, 200.0)
LONGEST = 1_000
KINDS = {"ack": Ack, "answer": Answer}


@router.websocket("/api/rooms/{code}")
async def follow(socket: WebSocket, code: str) -> None:
    """One follower, for as long as the connection lasts or the room is open."""
    await socket.accept()
    if socket.app.state.draining:
        await socket.close(SERVICE_RESTART, "the server is being restarted")
        return
    guesses: Buckets = socket.app.state.guesses
    rejected = socket.app.state.metrics.rejected
    bucket = guesses.of(address_of(socket))
    if bucket.left < 1:
        rejected("room_codes")
        await socket.close(TRY_AGAIN_LATER, "too many wrong codes from this address; please wait a little")
        return
    try:
        known = as_typed(code)
        if known is None:
            raise LookupError(code)
        follower = await socket.app.state.rooms.join(known, socket.send_bytes, socket.send_json)
    except LookupError:
        bucket.take()
        rejected("room_code")
        await socket.close(NO_SUCH_ROOM, "there is no room with this code")
        return
    except NoRoom as full:
        rejected("followers")
        await socket.close(TRY_AGAIN_LATER, str(full))
        return
    sending = asyncio.create_task(follower.run())
    listening = asyncio.create_task(_listen(socket, follower))
    try:
        # Whichever ends first: the follower left, or the room was closed.
        await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
        if follower.room.closed:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await socket.close(CLOSED, "the presenter has closed the room")
    finally:
        follower.room.go(follower)
        for task in (sending, listening):
            task.cancel()
        for task in (sending, listening):
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await task


async def _listen(socket: WebSocket, follower: Follower) -> None:
    rejected = socket.app.state.metrics.rejected
    bucket, voter = Bucket(*MESSAGES), ""
    while True:
        received = await socket.receive()
        if received["type"] == "websocket.disconnect":
            return
        if not bucket.take():
            rejected("rate")
            await socket.close(POLICY_VIOLATION, "too many messages")
            return
        try:
            text = received.get("text")
            if text is None:
                raise MalformedJSON("messages are text; this one was binary")
            if len(text) > LONGEST:  # reading takes the time of all pages
                rule = f"at most {LONGEST} characters"
                raise ExperimentError(FieldError("message", rule, f"{len(text)} characters"))
            message = read_message(text, KINDS)
        except (ExperimentError, MalformedJSON) as error:
            await socket.send_json({"type": "error", "problem": problems.of(error)})
            continue
        match message:
            case Ack():
                follower.acknowledge(message.frame)
            case Answer():
                voter = voter or message.voter  # a connection has one voice, whoever it says it is
                follower.room.answer(voter, message.lesson, message.choice)
