"""``POST /api/merges``: the equal units of a layer made one."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.running import check_time, place, run_to
from app.experiments.check import completed
from app.experiments.experiment import MAX_STEP, STRICT, Experiment
from app.experiments.fields import whole
from app.experiments.merge import check_layer, merge
from app.experiments.schema import as_json

router = APIRouter()


@dataclass(frozen=True)
class MergeRequest:
    """An experiment, the step it has come to, and the hidden layer whose equal units become one."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    step: Annotated[int, whole(0, MAX_STEP, "the step at which to merge")] = 0
    layer: Annotated[int, whole(1, 12, "a hidden layer")] = 1


@router.post(
    "/api/merges",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(MergeRequest),
)
async def merges(request: Request) -> JSONResponse:
    """Two experiments from that step on, as it was and merged; and how far the outputs are apart."""
    asked = await read_body(MergeRequest, request)
    experiment = completed(asked.experiment)
    check_layer(experiment, asked.layer)
    check_time(request, experiment, asked.step, "step")
    async with place(request) as pool:
        state, _ = await run_to(request, pool, experiment, asked.step, MAX_STEP)
        made = await pool.call(merge, experiment, state, asked.layer)
    return JSONResponse(
        {
            "experiment": as_json(made.after),
            "before": as_json(made.before),
            "step": state.step,
            "units": [e.network.hidden[asked.layer - 1] for e in (made.before, made.after)],
            "largest_change": made.largest_change,
        }
    )
