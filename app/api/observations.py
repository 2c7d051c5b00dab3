"""``POST /api/observations``: what a run is like at any steps."""

import json
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from app.api.kept import answered, as_response, key_of
from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.running import check_time, onward, place
from app.api.runs import MAX_NUMBERS, Arrays
from app.compute.pool import Bulk
from app.experiments.answers import provenance, status_of
from app.experiments.check import ExperimentError, FieldError, completed
from app.experiments.experiment import MAX_STEP, STRICT, Coordinate, Experiment, Label
from app.experiments.fields import Items, OneOf, names, whole
from app.experiments.observations import PARTS, Wanted, observation
from app.experiments.run import start
from app.experiments.schema import as_json
from app.experiments.work import seconds_per_step, seconds_to_observe

router = APIRouter()

MAX_OBSERVATIONS = 100
_PARTS = "; ".join(f"{name}: {about}" for name, about in PARTS.items())


@dataclass(frozen=True)
class ObservationRequest:
    """An experiment, the steps to look at, and what to see there."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    steps: Annotated[
        tuple[Annotated[int, whole(0, MAX_STEP, "a step of the run")], ...],
        Items(1, MAX_OBSERVATIONS, "the steps to observe, in any order; each is answered once"),
    ] = (0,)
    include: Annotated[
        tuple[Annotated[str, OneOf(names(PARTS), "a part of an observation")], ...],
        Items(0, len(PARTS), f"parts of every observation beside cost and accuracy. {_PARTS}"),
    ] = ()
    points: Annotated[
        tuple[tuple[Coordinate, Coordinate, Label], ...],
        Items(0, 100, "points [x1, x2, label] to take by hand, where include has by_hand"),
    ] = ()
    side: Annotated[int, whole(2, 100, "cells along one side of the boundary")] = 100
    arrays: Arrays = "lists"


@router.post(
    "/api/observations",
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(ObservationRequest),
)
async def observations(request: Request) -> Response:
    """Runs the experiment once, and observes it at each of the steps, before their updates.

    An intervention at a step acts before that step is observed. ``observations`` are in the order of
    their steps. Where the run diverges or comes to rest earlier, ``not_reached`` has the steps that
    there are no numbers of. Refused are more than 2,000,000 numbers in all, and what would take longer
    than a minute (or what the server is set to).
    """
    asked = await read_body(ObservationRequest, request)
    experiment = completed(asked.experiment)
    steps = sorted(set(asked.steps))
    include = tuple(name for name in PARTS if name in asked.include)
    wanted = Wanted(include, asked.points, asked.side, asked.arrays)
    _check(request, experiment, steps, wanted)
    if "boundary" not in include:
        wanted = replace(wanted, side=0)
    told = as_json(experiment)

    async def compute() -> bytes:
        async with place(request) as pool:
            return await _observed(pool, told, experiment, steps, wanted)

    key = key_of("observations", told, steps, *vars(wanted).values())
    return as_response(await answered(request, key, compute))


async def _observed(
    pool: Bulk, told: dict[str, Any], experiment: Experiment, steps: list[int], wanted: Wanted
) -> bytes:
    """The answer; its observations are JSON already, since they are made where the numbers are."""
    state, seen, missed = await pool.call(start, experiment), list[bytes](), list[int]()
    for step in steps:
        async for reached, _ in onward(pool, experiment, state, step):
            state = reached
        if state.step == step:
            seen.append(await pool.call(observation, experiment, state, wanted))
        else:
            missed.append(step)
    head: dict[str, Any] = {"experiment": told, "status": status_of(state), "steps": state.step}
    if state.diverged:
        head["diverged"] = vars(state.diverged)
    head |= {"not_reached": missed, "provenance": provenance()}
    text = json.dumps(head, allow_nan=False, separators=(",", ":")).encode()
    return text[:-1] + b',"observations":[' + b",".join(seen) + b"]}"


def _check(request: Request, experiment: Experiment, steps: list[int], wanted: Wanted) -> None:
    """Refuse what would take too long or be too much, and points that nobody asked about."""
    by_hand, points = "by_hand" in wanted.include, list(wanted.points)
    if by_hand != bool(points):
        rule = "a list of 1 to 100 points" if by_hand else "left out unless include has by_hand"
        raise ExperimentError(FieldError("points", rule, points))
    for i, (_, _, label) in enumerate(points):
        if label >= experiment.data.classes:
            rule = f"a class of this experiment, from 0 to {experiment.data.classes - 1}"
            raise ExperimentError(FieldError(f"points[{i}][2]", rule, label))
    numbers = len(steps) * wanted.numbers(experiment)
    if numbers > MAX_NUMBERS:
        rule = f"parts of at most {MAX_NUMBERS} numbers at all steps; these are {numbers}"
        raise ExperimentError(FieldError("include", rule, list(wanted.include)))
    check_time(request, experiment, steps[-1])
    cells = wanted.side**2 if "boundary" in wanted.include else 0
    once, left = seconds_to_observe(experiment, cells), request.app.state.settings.max_run_seconds
    left -= steps[-1] * seconds_per_step(experiment)
    if len(steps) * once > left:
        rule = f"at most {int(left / once)} steps for this experiment, since observing it takes long"
        raise ExperimentError(FieldError("steps", rule, len(steps)))
