"""What all requests that run an experiment share: a place, a bound on the time, and chunks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import HTTPException, Request

from app.compute.pool import Bulk
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import Experiment
from app.experiments.run import Record, State, advance, start
from app.experiments.work import seconds_per_step

CHUNK_SECONDS = 0.05


@asynccontextmanager
async def place(request: Request) -> AsyncIterator[Bulk]:
    """One of the places for runs; a 503 when all are taken."""
    state = request.app.state
    if state.runs >= state.settings.max_runs:
        raise HTTPException(503, "too many runs at the same time; please try again")
    state.runs += 1
    try:
        yield state.pool.bulk
    finally:
        state.runs -= 1


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


async def run_to(
    request: Request, pool: Bulk, experiment: Experiment, steps: int, record_every: int
) -> tuple[State, list[Record]]:
    """In chunks, so that a run shares the workers with everybody and ends when nobody waits for it."""
    per_chunk = max(1, int(CHUNK_SECONDS / seconds_per_step(experiment)))
    state, records = await pool.call(start, experiment), list[Record]()
    while state.step < steps and not state.over:
        chunk = min(per_chunk, steps - state.step)
        state, passed = await pool.call(advance, experiment, state, chunk, record_every)
        records += passed
        if await request.is_disconnected():
            raise HTTPException(503, "the client has gone")
    return state, records
