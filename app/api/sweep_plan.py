"""What a sweep is asked for in: an experiment and the axes to vary it along, read as strictly as all else."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Annotated, Any

from pydantic import Field

from app.experiments.check import ExperimentError, FieldError, completed
from app.experiments.experiment import MAX_STEP, STRICT, Experiment
from app.experiments.fields import About, Items, Number, OneOf, whole
from app.experiments.schema import as_json, read
from app.experiments.sweep import INCLUDES, Path, Plan, path_of, value_at, with_value
from app.experiments.wording import printable

MAX_AXES = 4
MAX_VALUES = 10_000
MAX_OWN_POINTS = 4_000_000
"""Over all runs: each is checked by itself."""
MAX_TEXT = 50_000_000
"""Characters of all runs' experiments as JSON, without own points: so many can be read in a second or two."""
LARGE = 10**12

End = Annotated[int | float, Number(-LARGE, LARGE, "an end of a range")] | None


@dataclass(frozen=True)
class Axis:
    """A field of the experiment and its values, listed or spread evenly from one to another."""

    __pydantic_config__ = STRICT
    field: Annotated[str, About("the path of a field, as in init.seed or network.hidden[0]", "what varies")]
    values: Annotated[tuple[Any, ...], Items(1, MAX_VALUES, "values of the field, as JSON")] | None = None
    low: Annotated[End, Field(alias="from")] = None
    to: End = None
    count: Annotated[int, whole(2, MAX_VALUES, "how many values from one end to the other")] | None = None
    spacing: Annotated[str, OneOf(("linear", "log"), "equal differences, or equal ratios")] = "linear"


@dataclass(frozen=True)
class SweepRequest:
    """An experiment, the axes to vary it along, how far to run each, and what to tell beside the measures."""

    __pydantic_config__ = STRICT
    experiment: Experiment = field(default_factory=Experiment)
    axes: Annotated[tuple[Axis, ...], Items(1, MAX_AXES, "what varies, every combination of it")] = (
        Axis("init.seed", tuple(range(25))),
    )
    steps: Annotated[int, whole(0, MAX_STEP, "updates to make in each run")] = 1_000
    include: Annotated[
        tuple[Annotated[str, OneOf(INCLUDES, "a part of each run")], ...],
        Items(0, len(INCLUDES), "parts of each run beside its measures"),
    ] = ()


def planned(asked: SweepRequest, max_runs: int, max_seconds: float) -> Plan:
    """The runs of a sweep; an ExperimentError names the axis, the value and the rule before anything runs.

    A value that is wrong by itself is refused, and so is a sweep of which no run can be made. Where only some
    combinations are wrong, those runs hold their error.
    """
    values = [tuple(_values(axis, f"axes[{i}]")) for i, axis in enumerate(asked.axes)]
    _check_count(values, max_runs, asked.experiment)
    paths = [_path(axis.field, f"axes[{i}].field") for i, axis in enumerate(asked.axes)]
    _check_apart(paths)
    # Ten thousand points need not be read again for every value.
    points = asked.experiment.data.points
    light = points if any(path[:2] in (("data",), ("data", "points")) for path in paths) else None
    base = as_json(replace(asked.experiment, data=replace(asked.experiment.data, points=light)))
    _check_length(base, values)
    typed = [
        [_typed(base, asked.axes[i], path, f"axes[{i}]", k, value) for k, value in enumerate(values[i])]
        for i, path in enumerate(paths)
    ]
    runs = tuple(_combined(asked.experiment, paths, combination) for combination in product(*typed))
    first = runs[0]
    if isinstance(first, ExperimentError) and not any(isinstance(run, Experiment) for run in runs):
        raise first
    plan = Plan(
        asked.experiment, tuple(a.field for a in asked.axes), tuple(values), runs, asked.steps, asked.include
    )
    _check_time(plan, max_seconds)
    return plan


def _values(axis: Axis, name: str) -> Iterator[Any]:
    """What the axis lists, or what lies between its ends."""
    ends = (axis.low, axis.to, axis.count)
    if axis.values is not None and ends == (None, None, None):
        yield from axis.values
        return
    if axis.values is not None or axis.low is None or axis.to is None or axis.count is None:
        rule = "given either values, or from, to and count"
        given = [
            n
            for n, v in zip(("values", "from", "to", "count"), (axis.values, *ends), strict=True)
            if v is not None
        ]
        raise ExperimentError(FieldError(name, rule, ", ".join(given) or "none of them"))
    low, high = axis.low, axis.to
    if axis.spacing == "log" and (low <= 0 or high <= 0):
        where, value = ("from", low) if low <= 0 else ("to", high)
        raise ExperimentError(FieldError(f"{name}.{where}", "above 0 where spacing is log", value))
    for k in range(axis.count):
        share = k / (axis.count - 1)
        value = low * (high / low) ** share if axis.spacing == "log" else low + (high - low) * share
        value = float(f"{value:.12g}")  # 0.3 rather than 0.30000000000000004
        yield int(value) if isinstance(low, int) and isinstance(high, int) and value.is_integer() else value


def _check_count(values: list[tuple[Any, ...]], most: int, experiment: Experiment) -> None:
    count = math.prod(len(axis) for axis in values)
    rule = f"at most {most} runs in all"
    if (points := experiment.data.points) is not None and len(points) * most > MAX_OWN_POINTS:
        most = MAX_OWN_POINTS // len(points)
        rule = f"at most {most} runs in all with {len(points)} points of your own"
    if count > most:
        raise ExperimentError(FieldError("axes", rule, f"{count} runs"))


def _check_length(base: dict[str, Any], values: list[tuple[Any, ...]]) -> None:
    """Refuse more runs than can be read soon: an experiment may hold a thousand interventions."""
    longest = [max(len(json.dumps(value)) for value in axis) for axis in values]
    length = len(json.dumps(base)) + sum(longest)
    count = math.prod(len(axis) for axis in values)
    if count * length > MAX_TEXT:
        rule = f"at most {MAX_TEXT // length} runs in all, of experiments that are {length} characters long"
        raise ExperimentError(FieldError("axes", rule, f"{count} runs"))


def _path(text: str, name: str) -> Path:
    """The steps to a field, if the text can be one's name."""
    if len(text) > 200 or not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*|\[\d{1,5}\])*", text, re.ASCII):
        raise ExperimentError(FieldError(name, "the path of a field, as in init.seed", text))
    return path_of(text)


def _check_apart(paths: list[Path]) -> None:
    for i, path in enumerate(paths):
        for other in paths[:i]:
            short = min(len(path), len(other))
            if path[:short] == other[:short]:
                rule = "a field that no other axis varies"
                raise ExperimentError(FieldError(f"axes[{i}].field", rule, _text(path)))


def _text(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def _typed(base: dict[str, Any], axis: Axis, path: Path, name: str, k: int, value: Any) -> Any:
    """The value as the experiment holds it; refused by the field's own rule where it breaks that."""
    where = name if axis.values is None else f"{name}.values[{k}]"
    if not _leads_somewhere(base, path):
        raise ExperimentError(FieldError(f"{name}.field", "a field that this experiment has", axis.field))
    try:
        return value_at(read(Experiment, json.dumps(_replaced(base, path, value))), path)
    except ExperimentError as error:
        first = error.errors[0]
        if first.rule.startswith("left out"):
            rule = f"a field of the experiment; {first.field} must be {first.rule}"
            raise ExperimentError(FieldError(f"{name}.field", rule, axis.field)) from None
        rule = f"{first.rule}, as {first.field}"
        raise ExperimentError(FieldError(where, rule, printable(value))) from None


def _leads_somewhere(node: Any, path: Path) -> bool:
    """Whether JSON has an object or a list for each step; a field's last name is the reader's business."""
    if not path:
        return True
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        return isinstance(node, dict) and (not rest or (step in node and _leads_somewhere(node[step], rest)))
    return isinstance(node, list) and step < len(node) and _leads_somewhere(node[step], rest)


def _replaced(node: Any, path: Path, value: Any) -> Any:
    """JSON with another value at ``path``."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        return {**node, step: _replaced(node.get(step), rest, value)}
    return [*node[:step], _replaced(node[step], rest, value), *node[step + 1 :]]


def _combined(base: Experiment, paths: list[Path], values: tuple[Any, ...]) -> Experiment | ExperimentError:
    for path, value in zip(paths, values, strict=True):
        base = with_value(base, path, value)
    try:
        return completed(base)
    except ExperimentError as error:
        return error


def _check_time(plan: Plan, most_seconds: float) -> None:
    """Refuse what would take longer than a sweep may."""
    seconds = plan.seconds(plan.steps)
    if seconds > most_seconds:
        most = max(int(plan.steps * most_seconds / seconds), 0)
        rule = f"at most {most} for these {len(plan.runs)} runs, which may take {most_seconds:g} s in all"
        raise ExperimentError(FieldError("steps", rule, plan.steps))
