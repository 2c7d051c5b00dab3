"""``POST /api/checks/...``: somebody's own gradients, shapes and costs, beside those of the run."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app.api.cost_search import Search
from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.running import check_time, place, run_to, while_there
from app.compute.pool import Bulk
from app.experiments.check import ExperimentError, FieldError, completed
from app.experiments.checks.costs import (
    Cause,
    Table,
    answer,
    readings,
)
from app.experiments.checks.gradients import check_gradients
from app.experiments.checks.layouts import read_given
from app.experiments.checks.printed import read_printed
from app.experiments.checks.shapes import Shape, check_names, check_shapes, shapes_of
from app.experiments.experiment import MAX_STEP, STRICT, Experiment
from app.experiments.fields import About, Items, Number, whole
from app.experiments.schema import as_json
from app.experiments.work import points_of, seconds_per_step

router = APIRouter()

SEARCH_SHARE = 0.25
"""Of the time that a run may take: so long is looked for what else would have printed the costs."""


@dataclass(frozen=True)
class _Described:
    """What a field holds, for the description of the API: it is read by checks/arrays.py."""

    about: str
    names: str
    items: dict[str, Any]
    example: Any
    rule: str = "an object of arrays by name"

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> Any:
        return {
            "type": "object",
            "description": self.about,
            "patternProperties": {f"^({self.names})$": self.items},
            "additionalProperties": False,
            "examples": [self.example],
        }


_NUMBER = {"type": "number"}
_ROW = {"type": "array", "items": _NUMBER, "minItems": 1}
_ARRAY = {"anyOf": [_NUMBER, _ROW, {"type": "array", "items": _ROW, "minItems": 1}]}


_LAYER = "(?:[1-9]|1[0-3])"
ABOUT_PARAMETERS = "W1, b1, ...: compared with the run's, and taken for what you computed from them"


def _arrays(about: str, kinds: str, example: Any) -> _Described:
    return _Described(about, f"(?:{kinds}){_LAYER}", _ARRAY, example)


@dataclass(frozen=True)
class GradientCheck:
    """An experiment, a step, and what somebody computed there; any part of it."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    steps: Annotated[int, whole(0, MAX_STEP, "the step whose work is checked")] = 0
    parameters: Annotated[Any, _arrays(ABOUT_PARAMETERS, "W|b", {"b1": [[0], [0], [0], [0]]})] = field(
        default_factory=dict
    )
    activations: Annotated[Any, _arrays("Z1, A1, ... of the examples of the step", "Z|A", {})] = field(
        default_factory=dict
    )
    gradients: Annotated[
        Any, _arrays("dZ1, dW1, db1, ..., and dA1, ... of hidden layers", "dZ|dA|dW|db", {"db2": [[0.0]]})
    ] = field(default_factory=dict)
    tolerance: Annotated[float, Number(1e-12, 0.1, "beside the largest number of the array")] = 1e-6


@router.post(
    "/api/checks/gradients",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(GradientCheck),
)
async def gradients(request: Request) -> JSONResponse:
    """Of every array whether its shape and numbers are right, and what made them wrong, found by doing it.

    Parameters are compared with the run's at that step: alone they have to be these, or ``right`` is false.
    Given with activations or gradients they are what those were computed from: these are checked with them,
    and a start of one's own is no mistake (``right`` is true, ``numbers_right`` is false). A b or db that is
    flat, as in this API's own answers, is right where its numbers are, and the rank-1 array is named.
    """
    asked = await read_body(GradientCheck, request)
    experiment = completed(asked.experiment)
    check_time(request, experiment, asked.steps)
    async with place(request) as pool:
        # In a worker, since there may be many numbers; and before anything is run.
        given = await pool.call(read_given, experiment, asked.parameters, asked.activations, asked.gradients)
        state, _ = await run_to(request, pool, experiment, asked.steps, MAX_STEP)
        found = await pool.call(check_gradients, experiment, state, given, asked.tolerance)
    return JSONResponse({"experiment": as_json(experiment), **found})


_SIZE = {"type": "integer", "minimum": 0, "maximum": 1_000_000}
_NAMES = "X|Y|(?:W|b|Z|A|dZ|dA|dW|db)(?:[1-9]|1[0-9])"  # at most 20 sizes, and so 19 layers
_SHAPE = {"type": "array", "items": _SIZE, "maxItems": 4}


@dataclass(frozen=True)
class ShapeCheck:
    """Layers and examples, of an experiment or as numbers, and the shapes of somebody's arrays."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    sizes: (
        Annotated[
            tuple[Annotated[int, whole(1, 10_000, "units")], ...],
            Items(2, 20, "n_0, n_1, ..., n_L; null is the experiment's"),
        ]
        | None
    ) = None
    m: Annotated[int, whole(1, 1_000_000, "examples; null is the experiment's")] | None = None
    shapes: Annotated[
        Any, _Described("the shapes by name", _NAMES, _SHAPE, {"W1": [4, 2], "b1": [4], "db1": [1, 400]})
    ] = field(default_factory=dict)


@router.post(
    "/api/checks/shapes",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(ShapeCheck),
)
async def shapes(request: Request) -> JSONResponse:
    """The course's shape of every array, and of each given one whether it has it."""
    asked = await read_body(ShapeCheck, request)
    experiment = completed(asked.experiment)
    sizes, m = asked.sizes or experiment.sizes, asked.m or points_of(experiment)
    known = list(shapes_of(sizes, m))
    given = check_names("shapes", asked.shapes, known)
    return JSONResponse(check_shapes(sizes, m, {name: _shape(name, given[name]) for name in given}))


def _shape(name: str, value: Any) -> Shape:
    sound = isinstance(value, list) and len(value) <= 4
    if not sound or not all(type(n) is int and 0 <= n <= 1_000_000 for n in value):
        rule = "a list of at most 4 whole numbers from 0 to 1000000"
        raise ExperimentError(FieldError(f"shapes.{name}", rule, value))
    return tuple(value)


@dataclass(frozen=True)
class CostCheck:
    """An experiment and what a notebook printed; ``record_every`` where it printed no steps."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    text: Annotated[str, About("costs as they were printed", "lines, a table or a list")] = ""
    record_every: Annotated[int, whole(1, MAX_STEP, "steps from one cost to the next")] = 1


@router.post(
    "/api/checks/costs",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(CostCheck),
)
async def costs(request: Request) -> JSONResponse:
    """Every printed cost beside the run's, the first that differs, and what else would have printed them."""
    asked = await read_body(CostCheck, request)
    experiment = completed(asked.experiment)
    async with place(request) as pool:
        found = await while_there(request, _compared(request, pool, experiment, asked))
    return JSONResponse({"experiment": as_json(experiment), **found})


async def _compared(request: Request, pool: Bulk, experiment: Experiment, asked: CostCheck) -> dict[str, Any]:
    rows = await pool.call(read_printed, asked.text)
    seconds = request.app.state.settings.max_run_seconds * SEARCH_SHARE
    most = int(seconds / seconds_per_step(experiment))
    possible = list(readings(experiment, rows, asked.record_every, most))
    steps = possible[0].steps
    check_time(request, experiment, steps[-1] + 1, "text")
    table = Table(rows)
    search = Search(pool, experiment, table, seconds)
    ours = possible[0].values_of(await search.entries(experiment, steps), search.m)
    rounding, causes, tried, left_out = False, list[Cause](), 0, 0
    if table.first_different(ours) is not None:
        rounding = await search.only_rounding(possible[0], ours)
        if not rounding:
            causes, tried, left_out = await search.causes(possible, ours)
    return {**answer(table, ours, steps, rounding, causes), "tried": tried, "left_out": left_out}
