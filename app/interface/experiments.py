"""What counts as an experiment: a dictionary, JSON text, a link of the page, or an Experiment."""

import re
from collections.abc import Mapping
from typing import Any

from app.experiments.check import ExperimentError, FieldError, completed
from app.experiments.experiment import MAX_STEP, Experiment
from app.experiments.schema import MalformedJSON, from_fragment, parse
from app.experiments.wording import printable
from app.interface.arguments import as_json_text

_FRAGMENT = re.compile(r"#?([\w-]*(?:~[\w-]*)?)(?:@(\d{1,7}))?", re.ASCII)
_RULE = "an experiment as JSON, or a link of the page"


def experiment_of(given: Experiment | Mapping[str, Any] | str | None = None) -> Experiment:
    """The experiment that ``given`` describes, every default filled in; an ExperimentError if it is none.

    >>> experiment_of({"network": {"hidden": [5, 3]}}).sizes
    (2, 5, 3, 1)
    >>> experiment_of("http://127.0.0.1:8000/#eyJpbml0Ijp7Im1ldGhvZCI6Inplcm9zIn19@500").init.method
    'zeros'
    """
    return experiment_and_step_of(given)[0]


def experiment_and_step_of(
    given: Experiment | Mapping[str, Any] | str | None,
) -> tuple[Experiment, int | None]:
    """The same, and the step where it is a link that names one."""
    if given is None:
        return completed(Experiment()), None
    if isinstance(given, Experiment):
        return completed(given), None
    if isinstance(given, str):
        return experiment_and_step(given)
    if not isinstance(given, Mapping):
        raise ExperimentError(FieldError("experiment", f"a dictionary, or {_RULE}", printable(given)))
    return parse(as_json_text("experiment", _with_whole_labels(given))), None


def experiment_and_step(text: str, lane: int = 1) -> tuple[Experiment, int | None]:
    """The experiment in JSON or in a link (``lane`` counts from 1), and the step that a link names."""
    text = text.strip()
    if text.startswith("{"):
        if lane > 1:
            raise ExperimentError(FieldError("lane", "1 for JSON, which holds one experiment", lane))
        return _in_words(parse, text), None
    found = _FRAGMENT.fullmatch(text[text.find("#") :] if "#" in text else text)
    if found is None or not text:
        raise ExperimentError(FieldError("experiment", _RULE, text))
    lanes, step = found[1].split("~"), found[2]
    if lane > len(lanes):
        raise ExperimentError(FieldError("lane", f"from 1 to {len(lanes)}, the runs in the link", lane))
    at = None if step is None else int(step)
    if at is not None and at > MAX_STEP:
        raise ExperimentError(FieldError("step", f"a whole number from 0 to {MAX_STEP}", at))
    return _in_words(from_fragment, lanes[lane - 1] or "e30"), at  # e30 is {}


def _in_words(reader: Any, text: str) -> Experiment:
    try:
        found: Experiment = reader(text)
    except MalformedJSON as error:
        raise ExperimentError(FieldError("experiment", f"{_RULE} ({error})", text)) from None
    return found


def _with_whole_labels(given: Mapping[str, Any]) -> dict[str, Any]:
    """Own points as numpy holds them, where one array has one type: a label 1.0 is 1, and 1.5 still wrong."""
    data = given.get("data")
    if not isinstance(data, Mapping) or not hasattr(data.get("points"), "__iter__"):
        return dict(given)
    rows = [row.tolist() if hasattr(row, "tolist") else row for row in data["points"]]
    return {**given, "data": {**data, "points": [_with_whole_label(row) for row in rows]}}


def _with_whole_label(row: Any) -> Any:
    if not isinstance(row, list | tuple) or len(row) != 3:
        return row
    label = row[2].item() if hasattr(row[2], "item") else row[2]
    return [*row[:2], int(label) if isinstance(label, float) and label.is_integer() else label]
