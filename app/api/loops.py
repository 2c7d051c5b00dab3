"""``POST /api/loops``: one step by the course's for-loops and by matrices, and the ratio of their times."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.running import check_time, place, run_to
from app.experiments.check import completed
from app.experiments.experiment import MAX_STEP, STRICT, Experiment
from app.experiments.fields import Items, whole
from app.experiments.loops import SIZES, race

router = APIRouter()


@dataclass(frozen=True)
class LoopRequest:
    """An experiment, the step whose parameters are used, and the numbers of examples."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    step: Annotated[int, whole(0, MAX_STEP, "the step whose parameters are used")] = 0
    examples: Annotated[
        tuple[Annotated[int, whole(1, 10_000, "examples")], ...], Items(1, 8, "numbers of examples m")
    ] = SIZES


@router.post(
    "/api/loops",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(LoopRequest),
)
async def loops(request: Request) -> JSONResponse:
    """Cost and gradients over m examples by loops and by matrices: equal to rounding, timed both ways.

    The training points, over and over, also where the run takes mini-batches; with the L2 penalty
    of m examples.
    """
    asked = await read_body(LoopRequest, request)
    experiment = completed(asked.experiment)
    check_time(request, experiment, asked.step, "step")
    async with place(request) as pool:
        state, _ = await run_to(request, pool, experiment, asked.step, MAX_STEP)
        return JSONResponse(await pool.call(race, experiment, state, asked.examples))
