"""Makes the runs of a sweep in the workers, a stack in each, and tells of every run as it is done."""

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from app.compute.pool import Bulk
from app.experiments.check import ExperimentError
from app.experiments.sweep import Plan, advance_timed, results
from app.experiments.together import start_together
from app.experiments.wording import printable
from app.experiments.work import seconds_together

CHUNK_SECONDS = 0.05
"""So long a worker is kept by one call, so that a sweep starves nobody and ends soon when nobody wants it."""
GROWTH = 4.0
PROGRESS_SECONDS = 0.25
MEASURES = ("status", "steps", "cost", "accuracy")

Line = dict[str, Any]
Piece = tuple[int, list[Line]]
"""Steps that were taken, and the runs that are done with them."""


async def sweep(pool: Bulk, plan: Plan) -> AsyncGenerator[Line, None]:
    """A line for each run as it comes, how far the sweep is in between, and a table of everything at the end.

    Closing the generator stops the work: what a worker has begun, it ends within a chunk.
    """
    rows: list[Line] = []
    for run, experiment in enumerate(plan.runs):
        if isinstance(experiment, ExperimentError):
            rows.append(_line(plan, run, _refused(experiment)))
            yield rows[-1]
    of, done, said = len(plan.runs), 0, time.monotonic()
    async with aclosing(_pieces(pool, plan)) as pieces:
        async for steps, lines in pieces:
            done += steps
            rows += [{name: told for name, told in line.items() if name != "boundary"} for line in lines]
            for line in lines:
                yield line
            if lines or time.monotonic() - said > PROGRESS_SECONDS:
                said = time.monotonic()
                yield {"type": "progress", "runs": len(rows), "of": of, "run_steps": done}
    yield _table(plan, rows)


async def _pieces(pool: Bulk, plan: Plan) -> AsyncGenerator[Piece, None]:
    """The work of all stacks, as many at a time as there are workers."""
    workers = max(1, pool.pool.workers)  # a cluster whose workers are away says so when it is called
    stacks = await asyncio.to_thread(plan.stacks, workers)
    waiting = iter(stacks)
    # Bounded: who reads slowly gets the runs slowly, and nothing piles up here.
    queue: asyncio.Queue[Piece | BaseException | None] = asyncio.Queue(2 * workers)

    async def work() -> None:
        try:
            for stack in waiting:
                await _train(pool, plan, stack, queue)
            await queue.put(None)
        except Exception as error:  # to whoever reads
            await queue.put(error)

    tasks = [asyncio.create_task(work()) for _ in range(min(workers, len(stacks)))]
    left = len(tasks)
    try:
        while left:
            piece = await queue.get()
            if isinstance(piece, BaseException):
                raise piece
            if piece is None:
                left -= 1
            else:
                yield piece
    finally:
        for task in tasks:
            task.cancel()


async def _train(pool: Bulk, plan: Plan, stack: list[int], queue: "asyncio.Queue[Any]") -> None:
    """One stack, in chunks: the first as long as it is predicted, the next as the last one was."""
    experiments = [plan.made(run) for run in stack]
    states = await pool.call(start_together, experiments)
    per_step = sum(seconds_together(experiment, len(stack)) for experiment in experiments)
    done, chunk = 0, max(1, int(CHUNK_SECONDS / per_step))
    while done < plan.steps and not all(state.over for state in states):
        chunk = min(chunk, plan.steps - done)
        states, seconds = await pool.call(advance_timed, experiments, states, chunk)
        done += chunk
        await queue.put((chunk * len(stack), []))
        chunk = max(1, int(chunk * min(GROWTH, CHUNK_SECONDS / max(seconds, 1e-6))))
    told = await pool.call(results, experiments, states, plan.include)
    lines = [_line(plan, run, found) for run, found in zip(stack, told, strict=True)]
    await queue.put(((plan.steps - done) * len(stack), lines))


def _line(plan: Plan, run: int, told: Line) -> Line:
    return {"type": "run", "run": run, "at": plan.at(run), **told}


def _refused(error: ExperimentError) -> Line:
    errors = [{"field": e.field, "rule": e.rule, "value": printable(e.value)} for e in error.errors]
    return {"status": "refused", "errors": errors}


def _table(plan: Plan, rows: list[Line]) -> Line:
    """Every run in its order: the values on the axes, and what came of them; null where there is nothing."""
    rows = sorted(rows, key=lambda row: int(row["run"]))
    held = [
        name for name in dict.fromkeys(itertools.chain(*rows)) if name.startswith(("validation_", "test_"))
    ]
    measures = [*MEASURES, *held, "distinct"]
    return {
        "type": "table",
        "columns": ["run", *plan.fields, *measures],
        "rows": [
            [
                row["run"],
                *plan.values_of(row["run"], row["at"]),
                *(row.get(name) for name in measures),
            ]
            for row in rows
        ],
    }
