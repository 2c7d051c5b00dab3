"""``GET /api/runs``: the same run as an address."""

import re
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.api.kept import UNCHANGED, as_response, tag_of, unchanged
from app.api.problems import documented
from app.api.reading import described_query, once, read_query
from app.api.runs import ABOUT_PARTS, Arrays, Every, RunRequest, Steps, answered_run, checked, key_of_run
from app.experiments.answers import INCLUDES
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import STRICT, Experiment
from app.experiments.fields import About
from app.experiments.schema import MalformedJSON, from_fragment
from app.experiments.wording import WHOLE, field_annotations, rule_of

router = APIRouter()

MAX_AGE = 3_600
_NAMES = "|".join(INCLUDES)
LIST = f"^(({_NAMES})(,({_NAMES}))*)?$"
FRAGMENT = "^[A-Za-z0-9_-]*={0,2}$"


@dataclass(frozen=True)
class RunQuery:
    """The same as an address: the experiment is the page's fragment, and what is included has commas."""

    __pydantic_config__ = STRICT
    experiment: Annotated[
        str,
        About(
            "a run as the page's address has it, between # and @: base64url of its JSON",
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
            f"parts of the answer beside the history, with commas between them. {ABOUT_PARTS}",
            LIST,
        ),
    ] = ""
    arrays: Arrays = "lists"


@router.get(
    "/api/runs",
    responses={**documented(422, 503), 304: {"description": "Not Modified: the answer that you have"}},
    openapi_extra=described_query(RunQuery),
)
async def run_at_address(request: Request) -> Response:
    """The answer of ``POST /api/runs`` at an address that can be linked to and kept.

    ``experiment`` is what stands behind the # of the page's address: the JSON that differs from the
    defaults, in base64url. The ETag is strong: it is another one where any version or the kind of
    machine is. With ``If-None-Match`` the answer is 304, and nothing is computed.
    """
    asked, experiment = checked(request, _from_query(request))
    key = key_of_run(asked, experiment)
    headers = {"ETag": tag_of(key), "Cache-Control": f"public, max-age={MAX_AGE}"}
    if unchanged(request, key):
        return Response(status_code=304, headers={**headers, "Cache-Status": UNCHANGED})
    return as_response(await answered_run(request, asked, experiment), **headers)


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
    except ExperimentError as error:
        raise ExperimentError(
            *(replace(e, field="experiment") if e.field == WHOLE else e for e in error.errors)
        ) from None


def _rule(name: str) -> str:
    return rule_of(field_annotations(RunQuery)[name])
