"""``POST /api/runs``: a whole run in one answer."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app.api.kept import answered, as_response, key_of
from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.running import check_time, place, whole_run
from app.compute.answers import Answer
from app.experiments.answers import INCLUDES, PARTS, answer
from app.experiments.check import ExperimentError, FieldError, completed
from app.experiments.experiment import MAX_STEP, STRICT, Experiment
from app.experiments.fields import Items, OneOf, names, whole
from app.experiments.schema import as_json, to_fragment
from app.experiments.typed import FORMS
from app.experiments.work import points_of

router = APIRouter()

MAX_HISTORY = 20_000
MAX_NUMBERS = 2_000_000
MAX_ADDRESS = 2_000

Steps = Annotated[int, whole(0, MAX_STEP, "updates to make; fewer where the run would take too long")]
Every = Annotated[
    int,
    whole(1, MAX_STEP, f"steps between the entries of the history, of which there are at most {MAX_HISTORY}"),
]
Arrays = Annotated[
    str,
    OneOf(
        names(FORMS),
        "arrays of numbers as lists, or as Plotly's typed arrays: dtype, bdata (base64) and shape",
    ),
]
ABOUT_PARTS = "; ".join(f"{name}: {about}" for name, about in PARTS.items())


@dataclass(frozen=True)
class RunRequest:
    """An experiment, how far to run it, and what to tell about it."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    steps: Steps = 10_000
    record_every: Every = 1_000
    include: Annotated[
        tuple[Annotated[str, OneOf(INCLUDES, "a part of the answer")], ...],
        Items(
            0, len(INCLUDES), f"parts of the answer beside the history, all of the last step. {ABOUT_PARTS}"
        ),
    ] = ()
    arrays: Arrays = "lists"


@router.post(
    "/api/runs",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(RunRequest),
)
async def run(request: Request) -> Response:
    """Runs the experiment to the end, and answers with its history and what was asked for.

    The history has the steps 0, record_every, ... and the last one, at most 20,000 entries. A run
    that diverges or comes to rest ends there and says so. Refused are runs that would take longer
    than a minute (or what the server is set to), and more than 2,000,000 activations. The answer to
    the same request may come from a cache, as ``Cache-Status`` says; ``Content-Location`` is where
    ``GET`` finds it, unless that would be long.
    """
    asked, experiment = await asked_run(request)
    found = await answered_run(request, asked, experiment)
    address = _address(asked, experiment)
    return as_response(found, **({"Content-Location": address} if address else {}))


def key_of_run(asked: RunRequest, experiment: Experiment) -> str:
    """One for what means the same run and the same answer."""
    return key_of("run", as_json(experiment), asked.steps, asked.record_every, asked.include, asked.arrays)


async def answered_run(request: Request, asked: RunRequest, experiment: Experiment) -> Answer:
    """From the cache, or computed; identical requests at one time are one computation."""

    async def compute() -> bytes:
        async with place(request) as pool:
            state, records = await whole_run(pool, experiment, asked.steps, asked.record_every)
            told: dict[str, Any] = as_json(experiment)
            return await pool.call(answer, told, experiment, state, records, asked.include, asked.arrays)

    return await answered(request, key_of_run(asked, experiment), compute)


def _address(asked: RunRequest, experiment: Experiment) -> str:
    """Where ``GET`` finds the same answer; empty where it would be too long for some on the way."""
    if len(experiment.data.points or ()) > MAX_ADDRESS:
        return ""
    given = {
        "experiment": to_fragment(experiment),
        "steps": asked.steps,
        "record_every": asked.record_every,
        "include": ",".join(asked.include),
        "arrays": asked.arrays,
    }
    address = "/api/runs?" + urlencode(given, safe=",")
    return address if len(address) <= MAX_ADDRESS else ""


async def asked_run(request: Request) -> tuple[RunRequest, Experiment]:
    """What the body asks for, and its experiment with every default; refused where it would be too much."""
    return checked(request, await read_body(RunRequest, request))


def checked(request: Request, asked: RunRequest) -> tuple[RunRequest, Experiment]:
    """The request in its one form, each part once and in the table's order; and its experiment, completed."""
    experiment = completed(asked.experiment)
    check_time(request, experiment, asked.steps)
    _check_size(asked, experiment)
    return replace(asked, include=tuple(name for name in INCLUDES if name in asked.include)), experiment


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
