"""``POST /api/points``: your own points, from CSV or JSON text, as an experiment takes them or as a file."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.experiments.check import ExperimentError, FieldError, completed
from app.experiments.experiment import STRICT, Data, Experiment
from app.experiments.exports import FORMATS, points_file
from app.experiments.fields import About, OneOf, names
from app.experiments.own_points import read_points

router = APIRouter()


@dataclass(frozen=True)
class PointsRequest:
    """Text to read, and the form of the answer."""

    __pydantic_config__ = STRICT
    text: Annotated[str, About("CSV or JSON text", "the points")] = ""
    format: Annotated[str, OneOf(names(FORMATS), "form of the answer")] = "json"


@router.post(
    "/api/points",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(PointsRequest),
)
async def points(request: Request) -> Response:
    """``{"points": [[x1, x2, label], ...]}`` for ``data.points``, or the same as CSV or npz."""
    asked = await read_body(PointsRequest, request)
    experiment = await request.app.state.pool.call(_experiment, asked.text)
    content = await request.app.state.pool.call(points_file, experiment, asked.format)
    headers: dict[str, Any] = {}
    if asked.format != "json":
        headers["Content-Disposition"] = f'attachment; filename="points.{asked.format}"'
    return Response(content, media_type=FORMATS[asked.format], headers=headers)


def _experiment(text: str) -> Experiment:
    """In a worker: a long text takes a while to read."""
    try:
        return completed(Experiment(data=Data(points=read_points(text))))
    except ExperimentError as error:
        renamed = (FieldError(e.field.replace("data.points", "text"), e.rule, e.value) for e in error.errors)
        raise ExperimentError(*renamed) from None
