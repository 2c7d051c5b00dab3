"""``POST /api/runs``: a whole run in one answer."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.running import check_time, place, run_to
from app.experiments.answers import INCLUDES, answer
from app.experiments.check import ExperimentError, FieldError, completed
from app.experiments.experiment import MAX_STEP, STRICT, Experiment
from app.experiments.fields import Items, OneOf, whole
from app.experiments.schema import as_json
from app.experiments.work import points_of

router = APIRouter()

MAX_HISTORY = 20_000
MAX_NUMBERS = 2_000_000


@dataclass(frozen=True)
class RunRequest:
    """An experiment, how far to run it, and what to tell about it."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    steps: Annotated[int, whole(0, MAX_STEP, "updates to make")] = 10_000
    record_every: Annotated[int, whole(1, MAX_STEP, "steps from one entry of the history to the next")] = (
        1_000
    )
    include: Annotated[
        tuple[Annotated[str, OneOf(INCLUDES, "a part of the answer")], ...],
        Items(0, len(INCLUDES), "parts of the answer beside the history"),
    ] = ()


@router.post(
    "/api/runs",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(RunRequest),
)
async def run(request: Request) -> Response:
    """Runs the experiment to the end, and answers with its history and what was asked for."""
    asked, experiment = await asked_run(request)
    async with place(request) as pool:
        state, records = await run_to(request, pool, experiment, asked.steps, asked.record_every)
        records = [r for r in records if r.step < state.step]
        told: dict[str, Any] = as_json(experiment)
        body = await pool.call(answer, told, experiment, state, records, asked.include)
    return Response(body, media_type="application/json")


async def asked_run(request: Request) -> tuple[RunRequest, Experiment]:
    """What the body asks for, and its experiment with every default; refused where it would be too much."""
    asked = await read_body(RunRequest, request)
    experiment = completed(asked.experiment)
    check_time(request, experiment, asked.steps)
    _check_size(asked, experiment)
    return asked, experiment


def _check_size(asked: RunRequest, experiment: Experiment) -> None:
    """Refuse an answer that would be too long."""
    if -(-asked.steps // asked.record_every) + 1 > MAX_HISTORY:
        least = -(-asked.steps // (MAX_HISTORY - 1))
        rule = (
            f"at least {least} for {asked.steps} steps, so that the history has at most {MAX_HISTORY} entries"
        )
        raise ExperimentError(FieldError("record_every", rule, asked.record_every))
    numbers = sum(experiment.sizes[1:]) * points_of(experiment)
    if "activations" in asked.include and numbers > MAX_NUMBERS:
        rule = f"without activations, of which this experiment has {numbers}, more than {MAX_NUMBERS}"
        raise ExperimentError(FieldError("include", rule, list(asked.include)))
