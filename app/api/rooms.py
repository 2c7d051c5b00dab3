"""``WS /api/rooms/{code}``: follow a presenter's run; frames out, acknowledgements and answers in.

Nothing said here steers anything. A code that leads nowhere is answered like any other way to be
turned away, by a close code and a reason; after too many wrong ones of an address, wrong ones are told to
wait. A right one never is: a class is one address, and one of it who guesses must not shut out the others.
"""

import asyncio
import logging
import secrets
import time

from fastapi import APIRouter, WebSocket

from app.api import problems
from app.api.bucket import Bucket, Buckets
from app.api.gone import ended
from app.api.logs import about
from app.api.messages import Ack, read_message
from app.api.room_messages import Answer
from app.api.sessions import (
    FAILED,
    INTERNAL_ERROR,
    SERVICE_RESTART,
    TOO_MANY_MESSAGES,
    TRY_AGAIN_LATER,
    Watched,
    address_of,
)
from app.compute.room_code import as_typed
from app.compute.rooms import NoRoom
from app.compute.seats import Follower
from app.experiments.check import ExperimentError, FieldError
from app.experiments.schema import MalformedJSON

router = APIRouter()
log = logging.getLogger("playground.rooms")

NO_SUCH_ROOM = 4404
CLOSED = 4410
GUESSES = (20.0, 3000.0)
"""Wrong codes per second and at once that are told so: three hundred pages that wait for their presenter."""
MESSAGES = (50.0, 200.0)
LONGEST = 1_000
KINDS = {"ack": Ack, "answer": Answer}


@router.websocket("/api/rooms/{code}")
async def follow(socket: WebSocket, code: str) -> None:
    """One follower, for as long as the connection lasts or the room is open."""
    await socket.accept()
    state, address = socket.app.state, address_of(socket)
    page = Watched(socket, state.metrics)
    if state.draining:
        await page.close(SERVICE_RESTART, "the server is being restarted")
        return
    try:
        known = as_typed(code)
        if known is None:
            raise LookupError(code)
        follower = await state.rooms.join(known, page.send_bytes, page.send_json, address)
    except LookupError:
        guesses: Buckets = state.guesses
        often = not guesses.of(address).take()
        state.metrics.rejected("room_codes" if often else "room_code")
        if often:
            await page.close(TRY_AGAIN_LATER, "too many wrong codes from this address; please wait a little")
        else:
            await page.close(NO_SUCH_ROOM, "there is no room with this code")
        return
    except NoRoom as full:
        state.metrics.rejected(full.reason)
        await page.close(TRY_AGAIN_LATER, str(full))
        return
    await _follow(page, follower)


async def _follow(page: Watched, follower: Follower) -> None:
    about.set({"follower": secrets.token_hex(6)})
    begun = time.monotonic()
    log.info("a follower begins")
    tasks = [asyncio.create_task(follower.run()), asyncio.create_task(_listen(page, follower))]
    try:
        # Whichever ends first: the follower left, or the room was closed.
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        follower.room.go(follower)
        well = await ended(tasks, log)
        facts = {"seconds": round(time.monotonic() - begun, 1), "frames": page.frames}
        log.info("a follower ends after %s s and %s frames", *facts.values(), extra={"facts": facts})
    if follower.room.closed:
        await page.close(CLOSED, "the presenter has closed the room")
    elif not well:
        await page.close(INTERNAL_ERROR, FAILED)


async def _listen(page: Watched, follower: Follower) -> None:
    socket = page.socket
    bucket, voter = Bucket(*MESSAGES), ""
    while True:
        await asyncio.sleep(0)  # all others' turn: of what has come already neither hearing nor telling waits
        received = await socket.receive()
        if received["type"] == "websocket.disconnect":
            return
        if not bucket.take():
            page.metrics.rejected("rate")
            await page.close(TRY_AGAIN_LATER, TOO_MANY_MESSAGES)
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
            await page.send_json({"type": "error", "problem": problems.of(error)})
            continue
        match message:
            case Ack():
                follower.acknowledge(message.frame)
            case Answer():
                voter = voter or message.voter  # a connection has one voice, whoever it says it is
                follower.room.answer(voter, message.lesson, message.choice)
