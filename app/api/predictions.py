"""``POST /api/predictions``: what the trained network says of any points."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.api.kept import answered, as_response, key_of
from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.running import check_time, place, whole_run
from app.api.runs import Arrays, Steps
from app.experiments.check import completed
from app.experiments.experiment import MAX_STEP, STRICT, Coordinate, Experiment
from app.experiments.fields import Items
from app.experiments.predict import predicted
from app.experiments.schema import as_json

router = APIRouter()


@dataclass(frozen=True)
class PredictionRequest:
    """Points of the plane, and the run whose last step is asked about them."""

    __pydantic_config__ = STRICT
    points: Annotated[
        tuple[tuple[Coordinate, Coordinate], ...],
        Items(1, 10_000, "points [x1, x2] as they lie in the plane, before features and normalization"),
    ]
    experiment: Experiment = field(default_factory=Experiment)
    steps: Steps = 10_000
    arrays: Arrays = "lists"


@router.post(
    "/api/predictions",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(PredictionRequest),
)
async def predictions(request: Request) -> Response:
    """Runs the experiment to the end, and answers with the probability and the label of every point.

    ``probability`` is that of class 1; with more than two classes a list of one for each class. The
    label is 1 when strictly above 0.5, and with more classes the most probable, of equal ones the
    lowest. Of a run that diverged the last finite network is asked.
    """
    asked = await read_body(PredictionRequest, request)
    experiment = completed(asked.experiment)
    check_time(request, experiment, asked.steps)
    told = as_json(experiment)

    async def compute() -> bytes:
        async with place(request) as pool:
            state, _ = await whole_run(pool, experiment, asked.steps, MAX_STEP)
            return await pool.call(predicted, told, experiment, state, asked.points, asked.arrays)

    key = key_of("predictions", told, asked.steps, asked.points, asked.arrays)
    return as_response(await answered(request, key, compute))
