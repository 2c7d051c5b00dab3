"""``GET /api/datasets/{name}``: the points of a data set as JSON, CSV or npz."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response

from app.api.problems import documented
from app.api.reading import described_query, once, read_query
from app.engine.datasets import DATASETS
from app.experiments.check import ExperimentError, completed
from app.experiments.experiment import STRICT, Data, Experiment, Seed
from app.experiments.exports import FORMATS, points_file
from app.experiments.fields import Number, OneOf, names, whole

router = APIRouter()

_OWN = Data()


@dataclass(frozen=True)
class DataSetQuery:
    """Which points, and in which form."""

    __pydantic_config__ = STRICT
    samples: Annotated[int, whole(2, 10_000, "number of points")] = _OWN.samples
    noise: Annotated[float, Number(0, 5, "deviation of the noise")] | None = None
    seed: Seed = _OWN.seed
    positive_fraction: Annotated[float, Number(0, 1, "share of class 1", above=True, below=True)] = (
        _OWN.positive_fraction
    )
    classes: Annotated[int, whole(2, 6, "number of classes; above 2 of blobs and spiral")] = _OWN.classes
    factor: Annotated[float, Number(0, 1, "radius of the inner circle", above=True, below=True)] = _OWN.factor
    stretch: Annotated[float, Number(0, 1_000, "factor on x2", above=True)] = _OWN.stretch
    format: Annotated[str, OneOf(names(FORMATS), "form of the answer")] = "json"


@router.get(
    "/api/datasets/{name}",
    responses=documented(404, 422, 503),
    openapi_extra=described_query(DataSetQuery),
)
async def dataset(name: str, request: Request) -> Response:
    """The points of the data set ``name``; the same for the same query, for ever."""
    if name not in DATASETS:
        raise HTTPException(404, f"there is no data set {name[:100]!r}; there are {', '.join(DATASETS)}")
    query = read_query(DataSetQuery, once(request.query_params))
    given = {key: value for key, value in vars(query).items() if key != "format"}
    try:
        experiment = completed(Experiment(data=Data(name=name, **given)))
    except ExperimentError as error:
        # Here they have the names of the query.
        raise ExperimentError(
            *(replace(e, field=e.field.removeprefix("data.")) for e in error.errors)
        ) from None
    content = await request.app.state.pool.call(points_file, experiment, query.format)
    headers = {"Cache-Control": "public, max-age=3600"}
    if query.format != "json":
        headers["Content-Disposition"] = f'attachment; filename="{name}.{query.format}"'
    return Response(content, media_type=FORMATS[query.format], headers=headers)
