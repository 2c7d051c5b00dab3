"""``WS /api/live``: JSON controls in, binary frames out (ARCHITECTURE.md has the layout)."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from sys import getsizeof

from fastapi import APIRouter, WebSocket
from starlette.datastructures import State
from starlette.types import Message as Received

from app.api import problems
from app.api.bucket import Bucket
from app.api.gone import Gone, ended
from app.api.held import REASON, WORDS, GaveWay, holding
from app.api.long_texts import SHORT, LongTexts
from app.api.messages import (
    Ack,
    Forward,
    Look,
    Looks,
    Message,
    Open,
    Pause,
    Play,
    Reset,
    Seek,
    SetSpeed,
    named_by_experiment,
    read_message,
)
from app.api.presenting import Presenting
from app.api.room_messages import Ask, CloseRoom, OpenRoom, RoomMessage
from app.api.sessions import (
    FAILED,
    INTERNAL_ERROR,
    TOO_MANY_MESSAGES,
    TRY_AGAIN_LATER,
    Watched,
    address_of,
    counted,
    refusal,
)
from app.compute.session import Session
from app.experiments.check import ExperimentError, FieldError, completed
from app.experiments.experiment import Experiment
from app.experiments.schema import MalformedJSON, as_json

router = APIRouter()
log = logging.getLogger("playground.live")

POLICY_VIOLATION = 1008
OPEN_SECONDS = 30.0
BURST_SECONDS = 5.0
BYTES = (400_000.0, 4_000_000.0)
"""Characters a second and at once that are read of one page: reading takes the time of all pages."""


@router.websocket("/api/live")
async def live(socket: WebSocket) -> None:
    """One session: it lasts as long as the connection. (``origins.py`` has looked at who asks.)"""
    await socket.accept()
    state, address = socket.app.state, address_of(socket)
    watched = Watched(socket, state.metrics)
    if refused := refusal(state, address):
        state.metrics.rejected(refused.reason)
        await watched.close(refused.code, refused.words)
        return

    async def fail(error: Exception) -> None:
        if isinstance(error, Gone):
            raise error  # nobody is left to be told
        await watched.send_json({"type": "error", "problem": problems.of(error)})

    presenting = Presenting(
        state.rooms, watched.send_bytes, watched.send_json, address, state.metrics.rejected
    )
    session = Session(state.pool, presenting.send_bytes, watched.send_json, as_json, fail, state.arrivals)
    with counted(state, address, watched, session):
        computing = asyncio.create_task(session.run())
        listening = asyncio.create_task(_listen(watched, session, presenting))
        try:
            # Whichever ends first: the client left, or sending to it failed.
            await asyncio.wait({computing, listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            well = await ended([computing, listening], log)
            await presenting.leave()  # only now: who still listens may be opening another room
            if not well:
                await watched.close(INTERNAL_ERROR, FAILED)


async def _listen(watched: Watched, session: Session, presenting: Presenting) -> None:
    state = watched.socket.app.state
    open_by = time.monotonic() + OPEN_SECONDS
    rate = state.settings.max_messages_per_second
    bucket, reading = Bucket(rate, rate * BURST_SECONDS), Bucket(*BYTES)
    while True:
        problem, gave_way = None, False
        await asyncio.sleep(0)  # all others' turn: of what has come already neither hearing nor telling waits
        try:
            # A connection that never says what it wants must not keep its place from others.
            received = await _next(watched.socket, None if session.lanes else open_by)
        except TimeoutError:
            state.metrics.rejected("silent")
            await watched.close(POLICY_VIOLATION, "nothing was opened")
            return
        if received["type"] == "websocket.disconnect":
            return
        if rate and not bucket.take():
            state.metrics.rejected("rate")
            await watched.close(TRY_AGAIN_LATER, TOO_MANY_MESSAGES)
            return
        try:
            message = await _read(received, state, reading)
            if isinstance(message, OpenRoom | Ask | CloseRoom):
                await presenting.tell(session, message)
            else:
                _tell(session, message)
            watched.told(message.type)
        except (ExperimentError, MalformedJSON) as error:
            state.metrics.rejected("message")
            problem = problems.of(error)
        except GaveWay:
            gave_way = True
        # Only now it is told: to send may wait, and either error would keep the whole text meanwhile.
        if gave_way:
            state.metrics.rejected(REASON)
            await watched.close(TRY_AGAIN_LATER, WORDS)
            return
        if problem is not None:
            await watched.send_json({"type": "error", "problem": problem})


async def _read(received: Received, state: State, reading: Bucket) -> Message | RoomMessage:
    """What it says, in its turn; until then it counts to what is held, and then nobody keeps it."""
    text = received.get("text")
    received.clear()
    if text is None:
        raise MalformedJSON("messages are text; this one was binary")
    pause = reading.wait(len(text))
    read: Callable[[], Message | RoomMessage] = partial(read_message, text)
    if not pause and len(text) <= SHORT:
        return read()
    long_texts: LongTexts = state.long_texts
    async with holding(state.held) as share:
        share.hold(getsizeof(text))  # one wide character makes all of them so
        await asyncio.sleep(pause)
        return await long_texts.read(len(text), read)


async def _next(socket: WebSocket, by: float | None) -> Received:
    """The next message; TimeoutError if it has not come by then, whatever else came before."""
    if by is None:
        return await socket.receive()
    if (left := by - time.monotonic()) <= 0:
        raise TimeoutError
    async with asyncio.timeout(left):  # no task of its own: between taking and reading nobody has a turn
        return await socket.receive()


def _tell(session: Session, message: Message) -> None:
    """Pass a message on to the session it belongs to."""
    match message:
        case Open():
            _open(session, message)
        case _ if not session.lanes and not isinstance(message, Look | Ack):
            raise ExperimentError(FieldError("type", "open before anything else", message.type))
        case Play():
            session.play(message.until)
        case Pause():
            session.pause()
        case Forward():
            session.forward(message.steps)
        case Seek():
            session.seek(message.step)
        case Reset():
            session.reset()
        case SetSpeed():
            session.set_speed(message.steps_per_second)
        case Look():
            _check_point(message.view, [lane.experiment for lane in session.lanes])
            session.look(message.view.view())
        case Ack():
            session.acknowledge(message.frame)


def _open(session: Session, message: Open) -> None:
    experiments = []
    for i, experiment in enumerate(message.lanes):
        try:
            experiments.append(completed(experiment))
        except ExperimentError as error:
            placed = (replace(e, field=f"lanes[{i}].{e.field}") for e in error.errors)
            raise named_by_experiment(ExperimentError(*placed), len(message.lanes)) from None
    _check_point(message.view, experiments)
    session.look(message.view.view())
    session.set_speed(message.speed)
    session.playing, session.until, session.request = message.playing, message.until, message.request
    session.open(tuple(experiments), message.step, message.curves)


def _check_point(view: Looks, experiments: list[Experiment]) -> None:
    """A typed point has a class that every lane knows."""
    classes = min((experiment.data.classes for experiment in experiments), default=None)
    if view.point is not None and classes is not None and view.point[2] >= classes:
        rule = f"a class from 0 to {classes - 1} with these points"
        raise ExperimentError(FieldError("view.point[2]", rule, view.point[2]))
