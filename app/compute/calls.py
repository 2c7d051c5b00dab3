"""A session's calls: shared with whoever wants the same, and no more than its part of the workers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, TypeVar

from app.compute.flights import Flights, Landed, Trip
from app.compute.lane import Lane
from app.compute.pace import Pace, rest
from app.compute.pool import Workers
from app.compute.turns import LONG
from app.experiments.frames import Chunk, record_spacing, travel
from app.experiments.observe import View
from app.experiments.run import Record, State, start

Result = TypeVar("Result")


class Calls:
    """Until ``aside`` (``time.monotonic``) the session is to ask for nothing more."""

    def __init__(self, pool: Workers, flights: Flights) -> None:
        self._pool = pool
        self._flights = flights
        self.turns = flights.turns
        self.pace = Pace()
        self.aside = 0.0

    @property
    def trip(self) -> float:
        """Seconds that a call takes beside the work."""
        return self._pool.trip

    @property
    def alone(self) -> bool:
        """Whether no other session is at work."""
        return not self.turns.others(self, time.monotonic())

    def present(self) -> AbstractContextManager[None]:
        """The session is there as long as the block lasts."""
        return self.turns.present(self)

    async def each(self, lanes: list[Lane], call: Callable[[Lane], Awaitable[Result]]) -> list[Result]:
        """Every lane's result: at once where workers are free for all of them, else one after the other."""
        long = any(lane.seconds(1, False) > LONG for lane in lanes)
        free = self._pool.workers - self.turns.under_way
        if free < len(lanes) or (long and not self.alone):
            return [await call(lane) for lane in lanes]
        results = await asyncio.gather(*(call(lane) for lane in lanes), return_exceptions=True)
        for result in results:  # where one fails, only after the others have ended too
            if isinstance(result, BaseException):
                raise result
        return [result for result in results if not isinstance(result, BaseException)]

    async def start(self, lane: Lane) -> State:
        """Step 0."""
        trip = Trip((lane.key, "start"), 0, range(1))
        landed = await self._take(trip, lane.seconds(1, False), start, lane.experiment)
        state: State = landed.answer
        return state

    async def go(self, lane: Lane, steps: int, accepted: range, every: int) -> Landed:
        """``steps`` on, unseen; or as far as others go from here, if it is ``accepted``."""
        assert lane.state is not None
        return await self._travel(lane, lane.state, lane.records, steps, accepted, every)

    async def seen(
        self, lane: Lane, steps: int, accepted: range, view: View, scene: bool
    ) -> tuple[Chunk, int]:
        """The same with its frame, and how far it went; in two calls where each of them is long."""
        assert lane.state is not None
        state, records = lane.state, lane.records
        every = record_spacing(steps, self.pace.records)
        if lane.seconds(steps, False) > LONG and lane.seconds(0, True) > LONG:
            gone = await self._travel(lane, state, records, steps, accepted, every)
            chunk = gone.answer
            landed = await self._travel(lane, chunk.state, chunk.records, 0, range(1), 1, view, scene)
            took = chunk.advance_ms + landed.answer.busy_ms
            return replace(landed.answer, advance_ms=chunk.advance_ms, busy_ms=took), gone.steps
        landed = await self._travel(lane, state, records, steps, accepted, every, view, scene)
        return landed.answer, landed.steps

    async def _travel(
        self,
        lane: Lane,
        state: State,
        records: list[Record],
        steps: int,
        accepted: range,
        every: int,
        view: View | None = None,
        scene: bool = False,
    ) -> Landed:
        # Records are as much a function of the experiment as the state is: their steps say which.
        trip = Trip((lane.key, state.step, view, scene, tuple(r.step for r in records)), steps, accepted)
        seconds = lane.seconds(steps, view is not None)
        arguments = (lane.experiment, state, steps, every, view, records, scene)
        return await self._take(trip, seconds, travel, *arguments, seeking=view is None)

    async def _take(
        self,
        trip: Trip,
        seconds: float,
        function: Callable[..., Any],
        *arguments: Any,
        seeking: bool = False,
    ) -> Landed:
        """A call, and afterwards the time that its length asks to stand aside for."""
        begun = time.monotonic()
        landed = await self._flights.take(self._pool, trip, seconds, function, *arguments)
        now = time.monotonic()
        if landed.waited:
            busy = landed.answer.busy_ms / 1e3 if isinstance(landed.answer, Chunk) else now - begun
            self.pace.took(now - begun, busy + self.trip)
            self.turns.spent(self, landed.seconds, now)
            if seeking or landed.seconds > LONG:
                others = self.turns.others(self, now)
                self.aside = max(self.aside, now) + rest(landed.seconds, others, self._pool.workers, seeking)
        return landed
