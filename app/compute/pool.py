"""Calls into worker processes that survive a killed or a hung worker.

A killed worker breaks a process pool for good, so the pool is rebuilt and the call made once more.
Nothing is lost: what is called is a pure function, and the caller still holds its arguments.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, TypeVar

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
        self._slots = Slots(self.workers)
        self.bulk = Bulk(self)
        self._executor = self._build()

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
            await self._slots.take(bulk)  # the clock starts when a worker is free, not when the call is made
            try:
                if self._closed:
                    break
                executor = self._executor
                try:
                    future = asyncio.wrap_future(executor.submit(function, *arguments))
                    return await self._answer(executor, future)
                except (BrokenExecutor, BrokenPipeError):  # the latter when it died while it was started
                    log.warning("a worker died; the pool is rebuilt")
                    patience -= 1  # it may have been somebody else's call that killed it
                except TimeoutError:
                    log.warning("a worker was silent for %g s and is ended", self.timeout)
                    patience -= PATIENCE // 2
                self._replace(executor)
            finally:
                self._slots.give()
        raise ComputeError("the computation could not be finished")

    async def _answer(self, executor: Executor, future: asyncio.Future[Result]) -> Result:
        """What ``future`` brings; BrokenExecutor when a worker has died, noticed by the executor or not.

        A worker killed in the middle of its answer leaves half of it in the pipe, and the executor
        waits for the other half.
        """
        until = time.monotonic() + self.timeout
        try:
            while not (await asyncio.wait({future}, timeout=LOOK_SECONDS))[0]:
                if not all(process.is_alive() for process in _processes(executor)):
                    raise BrokenExecutor
                if time.monotonic() > until:
                    raise TimeoutError
            return future.result()
        finally:
            future.cancel()

    def _replace(self, broken: Executor) -> None:
        # Every call in flight sees the same broken pool; only the first to come here replaces it.
        if self._executor is broken and not self._closed:
            self.rebuilds += 1
            self._executor = self._build()
            _end(broken)

    @property
    def process_ids(self) -> list[int]:
        """Of the workers that have been started."""
        return [process.pid for process in _processes(self._executor) if process.pid]

    def close(self) -> None:
        """End the workers, busy ones too, for good."""
        self._closed = True
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


def _processes(executor: Executor) -> list[BaseProcess]:
    return list((getattr(executor, "_processes", None) or {}).values())


def _end(executor: Executor) -> None:
    # Killed before the shutdown, and nothing cancelled: what still waits then breaks, and is made again.
    for process in _processes(executor):
        process.kill()
    # Nobody writes to the answers' pipe any more: who still waits for the rest of one sees its end.
    if answers := getattr(executor, "_result_queue", None):
        answers._writer.close()
    executor.shutdown(wait=False)
