"""What all requests that run an experiment share: a place, a bound on the time, and chunks."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from fastapi import HTTPException, Request

from app.api.sessions import address_of
from app.compute.pool import Bulk
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import MAX_STEP, Experiment
from app.experiments.run import Record, State, advance, start
from app.experiments.work import seconds_per_step

Result = TypeVar("Result")

CHUNK_SECONDS = 0.05


@asynccontextmanager
async def place(request: Request) -> AsyncIterator[Bulk]:
    """One of the places for runs; a 503 when all, or all of an address, are taken, or none is given now."""
    state = request.app.state
    address, running = address_of(request), state.running
    if state.draining:
        raise HTTPException(503, "the server is being restarted; please try again")
    if state.runs >= state.settings.max_runs:
        raise HTTPException(503, "too many runs at the same time; please try again")
    most = state.settings.max_sessions_per_address
    if most and running[address] >= most:
        raise HTTPException(503, "too many runs from your address at the same time; please try again")
    state.runs += 1
    running[address] += 1
    try:
        yield state.pool.bulk
    finally:
        state.runs -= 1
        running[address] -= 1
        if not running[address]:
            del running[address]


def check_time(
    request: Request, experiment: Experiment, steps: int, field: str = "steps", costs: float = 1.0
) -> None:
    """Refuse what would take longer than a run may; a step takes as long as ``costs`` updates."""
    most_seconds = request.app.state.settings.max_run_seconds
    step = costs * seconds_per_step(experiment)
    if steps * step > most_seconds:
        most = max(int(most_seconds / step), 0)
        rule = f"at most {most} for this experiment, whose runs may take {most_seconds:g} s"
        raise ExperimentError(FieldError(field, rule, steps))


async def chunks(
    pool: Bulk, experiment: Experiment, steps: int, record_every: int
) -> AsyncIterator[tuple[State, list[Record]]]:
    """The start, and then each state that a chunk leads to with the records on the way."""
    state = await pool.call(start, experiment)
    yield state, []
    async for reached in onward(pool, experiment, state, steps, record_every):
        yield reached


async def onward(
    pool: Bulk, experiment: Experiment, state: State, steps: int, record_every: int = MAX_STEP
) -> AsyncIterator[tuple[State, list[Record]]]:
    """From ``state`` to the step ``steps``, or to where the run is over."""
    per_chunk = max(1, int(CHUNK_SECONDS / seconds_per_step(experiment)))
    while state.step < steps and not state.over:
        chunk = min(per_chunk, steps - state.step)
        state, passed = await pool.call(advance, experiment, state, chunk, record_every)
        yield state, passed


async def whole_run(
    pool: Bulk, experiment: Experiment, steps: int, record_every: int
) -> tuple[State, list[Record]]:
    """The last state, and the records before it."""
    records = list[Record]()
    async for reached, passed in chunks(pool, experiment, steps, record_every):
        state = reached
        records += passed
    return state, [r for r in records if r.step < state.step]


async def run_to(
    request: Request, pool: Bulk, experiment: Experiment, steps: int, record_every: int
) -> tuple[State, list[Record]]:
    """In chunks, so that a run shares the workers with everybody; it ends when nobody waits for it."""
    return await while_there(request, whole_run(pool, experiment, steps, record_every))


async def while_there(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """What ``work`` comes to; it is ended as soon as the client has gone."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise HTTPException(503, "the client has gone")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
