"""``POST /api/figures/{kind}``: a run as a figure that Plotly draws, in the page's colours."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response

from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.running import check_time, place, run_to
from app.experiments.check import completed
from app.experiments.experiment import MAX_STEP, STRICT, Experiment, Unit
from app.experiments.fields import About, OneOf, whole
from app.experiments.figures import FIGURES, THEMES
from app.experiments.figures.choices import check_choice
from app.experiments.figures.drawn import drawn

router = APIRouter()

ENTRIES = 500
"""Points along a curve, about, where nobody says how often to record."""


@dataclass(frozen=True)
class FigureRequest:
    """An experiment, how far to run it, and how to draw it."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    steps: Annotated[int, whole(0, MAX_STEP, "updates to make")] = 10_000
    theme: Annotated[str, OneOf(THEMES, "the page's colours, by day or by night")] = "light"
    layer: (
        Annotated[
            int,
            whole(0, 13, "a layer of activations, weights, hidden_space; null is all, or the last hidden"),
        ]
        | None
    ) = None
    pair: Annotated[tuple[Unit, Unit], About("a list of 2 units", "the units that hidden_space shows")] = (
        0,
        1,
    )


@router.post(
    "/api/figures/{kind}",
    responses=documented(400, 404, 413, 422, 503),
    openapi_extra=described_body(FigureRequest),
)
async def figure(kind: str, request: Request) -> Response:
    """The run as a figure in the page's colours, for ``plotly.io.from_json``."""
    if kind not in FIGURES:
        raise HTTPException(404, f"there is no figure {kind[:100]!r}; there are {', '.join(FIGURES)}")
    asked = await read_body(FigureRequest, request)
    experiment = completed(asked.experiment)
    check_choice(kind, experiment, asked.layer, asked.pair)
    check_time(request, experiment, asked.steps)
    every = max(1, -(-asked.steps // ENTRIES))
    async with place(request) as pool:
        state, records = await run_to(request, pool, experiment, asked.steps, every)
        look = (asked.theme, asked.layer, asked.pair)
        content = await pool.call(drawn, kind, experiment, state, records, *look)
    return Response(content, media_type="application/json")
