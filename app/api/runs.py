"""``POST /api/runs``: a whole run in one answer; ``GET /api/runs``: the same run as an address."""

import re
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app.api.kept import UNCHANGED, answered, as_response, key_of, tag_of, unchanged
from app.api.problems import documented
from app.api.reading import described_body, described_query, once, read_body, read_query
from app.api.running import check_time, place, whole_run
from app.compute.answers import Answer
from app.experiments.answers import INCLUDES, PARTS, answer
from app.experiments.check import ExperimentError, FieldError, completed
from app.experiments.experiment import MAX_STEP, STRICT, Experiment
from app.experiments.fields import About, Items, OneOf, names, whole
from app.experiments.schema import MalformedJSON, as_json, from_fragment, to_fragment
from app.experiments.typed import FORMS
from app.experiments.wording import field_annotations, rule_of
from app.experiments.work import points_of

router = APIRouter()

MAX_HISTORY = 20_000
MAX_NUMBERS = 2_000_000
MAX_AGE = 3_600
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
_NAMES = "|".join(INCLUDES)
LIST = f"^(({_NAMES})(,({_NAMES}))*)?$"
FRAGMENT = "^[A-Za-z0-9_-]*={0,2}$"
_PARTS = "; ".join(f"{name}: {about}" for name, about in PARTS.items())


@dataclass(frozen=True)
class RunRequest:
    """An experiment, how far to run it, and what to tell about it."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    steps: Steps = 10_000
    record_every: Every = 1_000
    include: Annotated[
        tuple[Annotated[str, OneOf(INCLUDES, "a part of the answer")], ...],
        Items(0, len(INCLUDES), f"parts of the answer beside the history, all of the last step. {_PARTS}"),
    ] = ()
    arrays: Arrays = "lists"


@dataclass(frozen=True)
class RunQuery:
    """The same as an address: the experiment is the page's fragment, and what is included has commas."""

    __pydantic_config__ = STRICT
    experiment: Annotated[
        str,
        About(
            "a run as the page's address has it: base64url of its JSON",
            "the experiment as the page's address has it behind the #; the default one if not given",
            FRAGMENT,
        ),
    ] = ""
    steps: Steps = 10_000
    record_every: Every = 1_000
    include: Annotated[
        str,
        About(
            f"some of {', '.join(INCLUDES)}, with commas between them",
            f"parts of the answer beside the history, with commas between them. {_PARTS}",
            LIST,
        ),
    ] = ""
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
    the same request may come from a cache; ``Cache-Status`` says so.
    """
    asked, experiment = await asked_run(request)
    found = await _answered(request, asked, experiment)
    address = _address(asked, experiment)
    return as_response(found, **({"Content-Location": address} if address else {}))


@router.get(
    "/api/runs",
    responses={**documented(422, 503), 304: {"description": "Not Modified: the answer that you have"}},
    openapi_extra=described_query(RunQuery),
)
async def run_at_address(request: Request) -> Response:
    """The answer of ``POST /api/runs`` at an address that can be linked to and kept, with a strong ETag."""
    asked, experiment = checked(request, _from_query(request))
    key = _key(asked, experiment)
    headers = {"ETag": tag_of(key), "Cache-Control": f"public, max-age={MAX_AGE}"}
    if unchanged(request, key):
        return Response(status_code=304, headers={**headers, "Cache-Status": UNCHANGED})
    return as_response(await _answered(request, asked, experiment), **headers)


def _key(asked: RunRequest, experiment: Experiment) -> str:
    return key_of("run", as_json(experiment), asked.steps, asked.record_every, asked.include, asked.arrays)


async def _answered(request: Request, asked: RunRequest, experiment: Experiment) -> Answer:
    """From the cache, or computed; identical requests at one time are one computation."""

    async def compute() -> bytes:
        async with place(request) as pool:
            state, records = await whole_run(pool, experiment, asked.steps, asked.record_every)
            told: dict[str, Any] = as_json(experiment)
            return await pool.call(answer, told, experiment, state, records, asked.include, asked.arrays)

    return await answered(request, _key(asked, experiment), compute)


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


def _from_query(request: Request) -> RunRequest:
    """The query as the body it stands for."""
    given = once(request.query_params)
    fragment, include = given.pop("experiment", ""), given.pop("include", "")
    query = read_query(RunQuery, given)
    if not re.fullmatch(LIST, include):
        raise ExperimentError(FieldError("include", _rule("include"), include))
    parts = tuple(include.split(",")) if include else ()
    return RunRequest(_from_fragment(fragment), query.steps, query.record_every, parts, query.arrays)


def _from_fragment(fragment: str) -> Experiment:
    try:
        if not re.fullmatch(FRAGMENT, fragment):
            raise MalformedJSON
        return from_fragment(fragment) if fragment else Experiment()
    except MalformedJSON:
        raise ExperimentError(FieldError("experiment", _rule("experiment"), fragment)) from None


def _rule(name: str) -> str:
    return rule_of(field_annotations(RunQuery)[name])


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
