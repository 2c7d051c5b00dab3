"""The arguments of the interface, read as strictly as the API reads them."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from app.experiments.answers import INCLUDES
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import MAX_STEP, STRICT, Unit
from app.experiments.fields import About, Items, OneOf, whole
from app.experiments.figures import FIGURES, THEMES
from app.experiments.schema import read

Model = TypeVar("Model")


@dataclass(frozen=True)
class Length:
    """How far to run, and how often to note where it is."""

    __pydantic_config__ = STRICT
    steps: Annotated[int, whole(0, MAX_STEP, "updates to make")]
    record_every: Annotated[int, whole(1, MAX_STEP, "steps from one entry of the history to the next")]


@dataclass(frozen=True)
class Side:
    """Cells along one side of the drawn plane."""

    __pydantic_config__ = STRICT
    side: Annotated[int, whole(1, 1_000, "cells along a side")]


@dataclass(frozen=True)
class Look:
    """Which figure, and how it is drawn."""

    __pydantic_config__ = STRICT
    kind: Annotated[str, OneOf(tuple(FIGURES), "a figure")]
    theme: Annotated[str, OneOf(THEMES, "the page's colours")]
    layer: Annotated[int, whole(0, 13, "a layer; None is all, or the last hidden one")] | None
    pair: Annotated[tuple[Unit, Unit], About("a list of 2 units", "the units that hidden_space shows")]


@dataclass(frozen=True)
class Parts:
    """What an answer tells beside the history."""

    __pydantic_config__ = STRICT
    include: Annotated[
        tuple[Annotated[str, OneOf(INCLUDES, "a part of the answer")], ...],
        Items(0, len(INCLUDES), "parts of the answer"),
    ]


def checked(model: type[Model], **given: Any) -> Model:
    """``given`` as ``model``, numpy's numbers included; an ExperimentError names every wrong one."""
    fields = (f"{json.dumps(name)}: {as_json_text(name, value)}" for name, value in given.items())
    return read(model, f"{{{', '.join(fields)}}}")


def as_json_text(field: str, given: Any) -> str:
    """Dictionaries, lists, numbers and numpy's own as JSON; an ExperimentError where it holds more."""
    try:
        return json.dumps(given, default=_plain)
    except (
        TypeError,
        ValueError,
        RecursionError,
    ) as error:  # another kind of thing, of key, or itself inside
        rule = "made of dictionaries, lists, texts and numbers"
        raise ExperimentError(FieldError(field, rule, str(error)[:100])) from None


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__}")
