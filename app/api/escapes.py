"""``POST /api/escapes``: how the nudges of an experiment grow, predicted from the run without them."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.running import CHUNK_SECONDS, check_time, place, while_there, whole_run
from app.compute.pool import Bulk
from app.experiments.check import completed
from app.experiments.escape import (
    COSTS,
    Deviation,
    Escape,
    check_predictable,
    doublings,
    first_nudge,
    follow,
    set_out,
)
from app.experiments.experiment import MAX_STEP, STRICT, Experiment
from app.experiments.fields import whole
from app.experiments.schema import as_json
from app.experiments.work import seconds_per_step

router = APIRouter()

ENTRIES = 1_000
USUAL_STEPS = 5_000
USUAL_SHARE = 0.1
"""Of the time that a run may take: what nobody asked to be long should not be."""


@dataclass(frozen=True)
class EscapeRequest:
    """An experiment with a nudge, and how far beyond the first one to predict."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    layer: Annotated[int, whole(1, 12, "the hidden layer to tell about; null is every one")] | None = None
    steps: (
        Annotated[
            int, whole(1, 100_000, "updates to predict, from the first nudge on; null is 5000 or fewer")
        ]
        | None
    ) = None


@router.post(
    "/api/escapes",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(EscapeRequest),
)
async def escapes(request: Request) -> JSONResponse:
    """The spread of each hidden layer as the tangent-linear run predicts it, as long as it is small."""
    asked = await read_body(EscapeRequest, request)
    experiment = completed(asked.experiment)
    check_predictable(experiment, asked.layer)
    first = first_nudge(experiment)
    check_time(request, experiment, first, "interventions")
    steps = asked.steps or _usual_steps(request, experiment)
    check_time(request, experiment, steps, "steps", COSTS)
    async with place(request) as pool:
        escape, told = await while_there(request, _predict(pool, experiment, steps, first))
    layers = [asked.layer] if asked.layer else range(1, len(experiment.network.hidden) + 1)
    return JSONResponse(
        {
            "experiment": as_json(experiment),
            "step": [entry.step for entry in told],
            "predicted": {str(layer): [entry.spreads[layer - 1] for entry in told] for layer in layers},
            "doubling_steps": doublings(told),
            "stored": escape.stored,
            "valid_until": escape.step if escape.over else None,
        }
    )


def _usual_steps(request: Request, experiment: Experiment) -> int:
    """As many as are computed soon."""
    seconds = USUAL_SHARE * request.app.state.settings.max_run_seconds
    return max(1, min(USUAL_STEPS, int(seconds / (COSTS * seconds_per_step(experiment)))))


async def _predict(
    pool: Bulk, experiment: Experiment, steps: int, first: int
) -> tuple[Escape, list[Deviation]]:
    """In chunks, as runs are made."""
    before = None
    if first > 0:
        before, _ = await whole_run(pool, experiment, first - 1, MAX_STEP)
    escape, told = await pool.call(set_out, experiment, before), list[Deviation]()
    per_chunk = max(1, int(CHUNK_SECONDS / (COSTS * seconds_per_step(experiment))))
    end, every = first + steps + 1, -(-steps // ENTRIES)
    while escape.step < end and not escape.over:
        chunk = min(per_chunk, end - escape.step)
        escape, passed = await pool.call(follow, experiment, escape, chunk, every)
        told += passed
    return escape, told
