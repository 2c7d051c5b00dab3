"""What several sessions want computed is computed once.

A run is a pure function of its experiment: who is at the same step of the same run and looks at the same
things gets the same answer, bit for bit, whoever asked first. What was answered a moment ago is still
there for those a little behind, so that sessions on equal clocks stay together.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from app.compute.pool import Workers
from app.compute.turns import Turns
from app.experiments.frames import Chunk
from app.experiments.run import State

MOST_BYTES = 16_000_000
RECORD_BYTES = 800
HEADER_BYTES = 30_000
"""A lane's header and the rest of a chunk, about."""


Key = tuple[Hashable, int]


@dataclass(frozen=True)
class Trip:
    """A call asked for: what decides its answer but for how far it goes, how far, and what would do, too."""

    begin: Hashable
    steps: int
    accepted: range


@dataclass
class Flight:
    """One call under way, or its answer: how many wait for it, and how many ever have."""

    task: "asyncio.Task[Any]"
    waiting: int = 0
    joined: int = 0


@dataclass(frozen=True)
class Landed:
    """An answer, so many steps on; ``seconds`` of a worker's time are what each who waited for it owes."""

    answer: Any
    steps: int
    waited: bool
    seconds: float


class Flights:
    """The calls of all sessions of a server by where they begin, and the last answers in ``most`` bytes."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self.turns = Turns()
        self._known: dict[Hashable, dict[int, Flight]] = {}
        self._landed: OrderedDict[tuple[Hashable, int], int] = OrderedDict()  # their sizes in bytes
        self._bytes = 0

    async def take(
        self,
        pool: Workers,
        trip: Trip,
        seconds: float,
        function: Callable[..., Any],
        *arguments: Any,
    ) -> Landed:
        """What ``function`` answers: the longest call from where ``trip`` begins that it accepts.

        Where there is none, ``function`` is called with the ``arguments``, which go ``trip.steps`` far and
        take ``seconds``, about. Who is cancelled leaves the call to the others; with the last one it ends.
        """
        known = self._known.get(trip.begin, {})
        steps = max((n for n in known if n in trip.accepted), default=trip.steps)
        key = (trip.begin, steps)
        flight = known.get(steps)
        if flight is None:
            flight = Flight(asyncio.create_task(self._fly(pool, key, seconds, function, *arguments)))
            self._known.setdefault(trip.begin, {})[steps] = flight
        elif flight.task.done():
            if key in self._landed:
                self._landed.move_to_end(key)
            return Landed(flight.task.result(), steps, False, 0.0)
        flight.waiting += 1
        flight.joined += 1
        try:
            await asyncio.wait({flight.task})
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._forget(key)
                flight.task.cancel()
        answer = flight.task.result()
        busy = answer.busy_ms / 1e3 if isinstance(answer, Chunk) else 0.0
        return Landed(answer, steps, True, busy / flight.joined)

    async def _fly(
        self, pool: Workers, key: Key, seconds: float, function: Callable[..., Any], *arguments: Any
    ) -> Any:
        try:
            async with self.turns.turn(seconds, pool.workers):
                answer = await pool.call(function, *arguments)
        except BaseException:
            if self._is_own(key):
                self._forget(key)  # whoever comes next tries anew
            raise
        self._land(key, answer)
        return answer

    def _is_own(self, key: Key) -> bool:
        """Whether the present task is the call known by ``key``: one that was left may have a successor."""
        flight = self._known.get(key[0], {}).get(key[1])
        return flight is not None and flight.task is asyncio.current_task()

    def _land(self, key: Key, answer: Chunk | State) -> None:
        """Keep an answer; from here on nobody may change it."""
        state = answer.state if isinstance(answer, Chunk) else answer
        for array in (state.theta, *state.memory):
            array.flags.writeable = False
        if not self._is_own(key):
            return  # nobody waited for it any more
        size = HEADER_BYTES + state.theta.nbytes + sum(array.nbytes for array in state.memory)
        if isinstance(answer, Chunk):
            size += RECORD_BYTES * len(answer.records) + (len(answer.lane.buffers) if answer.lane else 0)
        self._landed[key] = size
        self._bytes += size
        while self._bytes > self.most:
            self._forget(next(iter(self._landed)))

    def _forget(self, key: Key) -> None:
        self._bytes -= self._landed.pop(key, 0)
        begin, steps = key
        known = self._known.get(begin, {})
        known.pop(steps, None)
        if not known:
            self._known.pop(begin, None)
