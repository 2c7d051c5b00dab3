"""Calls into worker processes that survive a killed or a hung worker.

A killed worker breaks a process pool for good, so the pool is rebuilt and the call made once more.
Nothing is lost: what is called is a pure function, and the caller still holds its arguments.
"""

import asyncio
import logging
import math
import os
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, TypeVar, cast

from app.compute.slots import Slots
from app.compute.worker import ONE_THREAD, prepare, warm

log = logging.getLogger("playground.compute")

Result = TypeVar("Result")

LOOK_SECONDS = 0.2
PATIENCE = 4
"""A worker's death costs a call 1, its own silence 2: two hangs of its own, or four deaths, end it."""


class ComputeError(RuntimeError):
    """The workers could not finish a call, twice."""


class Workers(Protocol):
    """The seam: whoever makes calls of picklable pure functions, here or on other machines."""

    @property
    def workers(self) -> int:
        """How many calls can be under way at the same time."""

    @property
    def bulk(self) -> "Bulk":
        """The same workers, for the pieces of whole runs."""

    @property
    def trip(self) -> float:
        """Seconds that a call takes beside the function itself where nobody else wants a worker."""

    async def warm(self) -> None:
        """Start what is needed before the first call."""

    async def call(self, function: Callable[..., Result], *arguments: Any, bulk: bool = False) -> Result:
        """The function's result, or its exception; ComputeError if the workers fail again and again."""

    async def end(self) -> None:
        """Let go of the workers, busy ones too, for good."""


class WorkerPool:
    """``await pool.call(function, *arguments)`` runs a picklable pure function in a worker process.

    ``pool.bulk`` has the same ``call``, for the pieces of whole runs, which stand behind all others.
    """

    trip = 0.0

    def __init__(self, workers: int = 0, timeout: float = 60.0) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.timeout = timeout
        self.rebuilds = 0
        self._closed = False
        self._slots = Slots(self.workers, ahead=self.workers)
        self._attempts: set[asyncio.Task[Any]] = set()
        self._under_way: list[Future[Any]] = []  # the first of them have a worker, the others are next
        self.bulk = Bulk(self)
        self._executor: ProcessPoolExecutor | None = self._build()

    def _build(self) -> ProcessPoolExecutor:
        os.environ.update(ONE_THREAD)  # the workers read it when they import numpy
        return ProcessPoolExecutor(self.workers, get_context("spawn"), initializer=prepare)

    async def warm(self) -> None:
        """Start every worker and let it import what it needs."""
        await asyncio.gather(*(self.call(warm) for _ in range(self.workers)))

    async def call(self, function: Callable[..., Result], *arguments: Any, bulk: bool = False) -> Result:
        """The function's result, or its exception; ComputeError if the workers fail again and again."""
        patience = PATIENCE
        while patience > 0:
            await self._slots.take(bulk)
            attempt = asyncio.create_task(self._attempt(function, arguments, bulk))
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)
            # Whoever leaves leaves a worker that is busy, or that hangs: the attempt sees to its end.
            lost, answered = await asyncio.shield(attempt)
            if answered is not None:
                return cast(Result, answered.result())
            patience -= lost
        raise ComputeError("the computation could not be finished")

    async def _attempt(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], bulk: bool
    ) -> tuple[int, Future[Any] | None]:
        """What it costs the call's patience, and the future with the answer, if a worker gave one.

        It holds its slot for as long as a worker is busy with it, whether anybody still waits or not.
        """
        executor = None
        try:
            if self._closed:
                return PATIENCE, None
            if self._executor is None:  # it could not be rebuilt
                self._executor = self._build()
            executor = self._executor
            future = executor.submit(function, *arguments)
            self._under_way.append(future)
            try:
                await self._answer(executor, future)
            finally:
                self._under_way.remove(future)
            return 0, future
        except BrokenExecutor:
            if not self._closed:
                log.warning("a worker died; the pool is rebuilt")
            self._replace(executor)
            return 1, None  # it may have been somebody else's call that killed it
        except TimeoutError:
            log.warning("a worker was silent for %g s and is ended", self.timeout)
            self._replace(executor)
            return PATIENCE // 2, None
        except OSError as error:  # it died while it was started, or there is no room for another
            log.warning("a worker could not be started (%s); the pool is rebuilt", error)
            self._replace(executor)
            await asyncio.sleep(LOOK_SECONDS)  # there may be room in a moment
            return 1, None
        finally:
            self._slots.give(bulk)

    async def _answer(self, executor: Executor, future: Future[Any]) -> None:
        """Wait for ``future``; BrokenExecutor when a worker has died, noticed by the executor or not.

        A worker killed in the middle of its answer leaves half of it in the pipe, and the executor
        waits for the other half.
        """
        until = math.inf  # the clock starts when a worker is free for it, not when it is handed over
        waiting = asyncio.wrap_future(future)
        try:
            while not (await asyncio.wait({waiting}, timeout=LOOK_SECONDS))[0]:
                if not all(process.is_alive() for process in _processes(executor)):
                    raise BrokenExecutor
                now = time.monotonic()
                if until == math.inf and future in self._under_way[: self.workers]:
                    until = now + self.timeout
                if now > until:
                    raise TimeoutError
            if isinstance(error := waiting.exception(), BrokenExecutor):
                raise error
        finally:
            waiting.cancel()  # else what still comes of it would be logged as an error that nobody took

    def _replace(self, broken: Executor | None) -> None:
        # Every call in flight sees the same broken pool; only the first to come here replaces it.
        if self._executor is not broken or self._closed:
            return
        self.rebuilds += 1
        self._executor = None
        if broken is not None:
            _end(broken)
        try:
            self._executor = self._build()
        except OSError as error:  # no room for its pipes, perhaps: the next call tries again
            log.error("the pool could not be rebuilt (%s)", error)

    @property
    def process_ids(self) -> list[int]:
        """Of the workers that have been started."""
        return [process.pid for process in _processes(self._executor) if process.pid]

    def close(self) -> None:
        """End the workers, busy ones too, for good."""
        self._closed = True
        if self._executor is not None:
            _end(self._executor)

    async def end(self) -> None:
        """The same, as the other executors end."""
        self.close()


@dataclass(frozen=True)
class Bulk:
    """The same workers for those who wait for a whole run: never before those who watch one."""

    pool: Workers

    async def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """As ``WorkerPool.call``."""
        return await self.pool.call(function, *arguments, bulk=True)


def _processes(executor: Executor | None) -> list[BaseProcess]:
    return list((getattr(executor, "_processes", None) or {}).values())


def _end(executor: Executor) -> None:
    # Killed before the shutdown, and nothing cancelled: what still waits then breaks, and is made again.
    for process in _processes(executor):
        process.kill()
    # Nobody writes to the answers' pipe any more: who still waits for the rest of one sees its end.
    if answers := getattr(executor, "_result_queue", None):
        answers._writer.close()
    executor.shutdown(wait=False)
