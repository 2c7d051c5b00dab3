"""Calls into the workers of a Dask cluster, through the seam of the worker pool.

The scheduler that the operator named places the calls and makes those of a dead worker again. We hold
as many calls at the scheduler as it has fit workers, so that none waits behind another, and we bound each
one's time.
"""

import asyncio
import logging
import pickle
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any, TypeVar, cast

from distributed import Client

from app.compute.cluster_asking import asking
from app.compute.cluster_hangs import Hangs
from app.compute.cluster_members import Members
from app.compute.pool import PATIENCE, Bulk, ComputeError
from app.compute.slots import Slots

log = logging.getLogger("playground.compute")

Result = TypeVar("Result")

LOOK_SECONDS = 0.2
TRIP_SMOOTHING = 0.1
LONGEST_TRIP = 0.02
"""What takes longer has waited for others, which is not the way's fault."""


class _LostError(Exception):
    """The scheduler, or every worker that might have made a call, has gone."""


class Cluster:
    """``await cluster.call(function, *arguments)`` runs a picklable pure function on a cluster."""

    def __init__(self, address: str, timeout: float = 60.0) -> None:
        self.timeout = timeout
        self.trip = 0.0
        self.bulk = Bulk(self)
        self._slots = Slots(1)
        self._hangs = Hangs(self._resize)
        self._members = Members(address, self._hangs, self._resize)
        self._attempts: set[asyncio.Task[tuple[int, bytes | None]]] = set()

    @property
    def workers(self) -> int:
        """Those that have been given work to do, or will be."""
        return len(self._members.fit)

    @property
    def process_ids(self) -> list[int]:
        """Of the fit workers, each on its own machine."""
        return list(self._members.fit.values())

    @property
    def rebuilds(self) -> int:
        """How many workers had to be ended."""
        return self._hangs.ended

    async def warm(self) -> None:
        """Connect, and wait a while for a first worker."""
        await self._members.warm()

    async def call(self, function: Callable[..., Result], *arguments: Any, bulk: bool = False) -> Result:
        """The function's result, or its exception; ComputeError if the cluster fails again and again."""
        work = pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
        patience = PATIENCE
        while patience > 0:
            # As many places as there are fit workers: so a call's clock runs only while it is computed.
            await self._slots.take(bulk)
            attempt = asyncio.create_task(self._attempt(work, bulk))
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)
            # Whoever leaves leaves a worker that is busy, or that hangs: the attempt sees to its end.
            lost, answer = await asyncio.shield(attempt)
            patience -= lost
            if answer is None:
                continue
            returned, outcome, _ = pickle.loads(answer)
            if not returned:
                raise outcome
            return cast(Result, outcome)
        raise ComputeError("the computation could not be finished" if self.workers else self._members.lack())

    async def _attempt(self, work: bytes, bulk: bool) -> tuple[int, bytes | None]:
        """What it costs the call's patience, and the answer, if a worker gave one.

        It holds its slot for as long as a worker is busy with it, whether anybody still waits or not.
        """
        try:
            client = await self._members.present()
            begun = time.perf_counter()
            answer = await self._answer(client, work)
            elapsed = time.perf_counter() - begun
        except TimeoutError:
            log.warning("a worker was silent for %g s", self.timeout)
            return PATIENCE // 2, None
        except ComputeError:  # nobody is there, and has not been for long
            return PATIENCE, None
        except (_LostError, CancelledError, OSError):
            log.warning("a call has lost its worker or the scheduler")
            return 1, None
        except Exception as error:  # the cluster's, among them that a call killed worker after worker
            log.error("the cluster could not make a call", exc_info=error)
            return PATIENCE, None
        finally:
            self._slots.give(bulk)
        spent = pickle.loads(answer)[2]
        self.trip += TRIP_SMOOTHING * (min(elapsed - spent, LONGEST_TRIP) - self.trip)
        return 0, answer

    async def _answer(self, client: Client, work: bytes) -> bytes:
        """What a fit worker answers; TimeoutError when it is silent, _LostError when all have gone."""
        asked = self._members.able()
        with asking(client, work, asked, self.timeout) as (key, answer):
            until = time.monotonic() + self.timeout
            while not (await asyncio.wait({answer}, timeout=LOOK_SECONDS))[0]:
                if not self._members.have(client, asked):
                    raise _LostError
                if time.monotonic() > until:
                    if hanging := await self._hangs.look(client, key):
                        self._members.lose(hanging)
                    raise TimeoutError
            return answer.result()

    def _resize(self) -> None:
        """One call at a time for each worker; where there is none, the first in line waits for one."""
        self._slots.resize(max(1, len(self._members.able())))

    async def end(self) -> None:
        """No call more; leave the cluster, and let go of what it still computes for us."""
        self._members.close()
        await self._hangs.end()
        if attempts := {*self._attempts}:
            for attempt in attempts:
                attempt.cancel()
            await asyncio.wait(attempts)
        await self._members.end()
