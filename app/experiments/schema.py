"""Experiments from JSON and back: strict reading, the canonical form, the URL fragment.

The only module here that needs pydantic; the worker processes do without it.
"""

import base64
import binascii
import dataclasses
import gc
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator, core_schema

from app.engine.datasets import DATASETS
from app.experiments.amounts import check_amounts
from app.experiments.check import ExperimentError, FieldError, completed
from app.experiments.experiment import Experiment
from app.experiments.names import check_names
from app.experiments.wording import field_error, printable

MAX_ERRORS = 10

Model = TypeVar("Model")


class MalformedJSON(ValueError):
    """Text that is not JSON at all."""


@cache
def adapter(model: Any) -> TypeAdapter[Any]:
    """Pydantic's validator for a dataclass, made once."""
    return TypeAdapter(model)


class OneOfKinds:
    """A union of dataclasses, told apart by their field ``type``: one reading finds it and reads the rest."""

    def __init__(self, kinds: Mapping[str, type[Any]]) -> None:
        self.kinds = kinds
        choices = {name: adapter(cast(Any, kind)).core_schema for name, kind in kinds.items()}
        self.validator = SchemaValidator(core_schema.tagged_union_schema(choices, "type", strict=True))

    def _refused(self, error: ValidationError) -> ValueError:
        details = _details(error)
        if kind := self.kinds.get(str(next(iter(details[0]["loc"]), ""))):
            return _in_words(kind, [{**detail, "loc": detail["loc"][1:]} for detail in details])
        given = details[0]["input"]
        shown = printable(given.get("type") if isinstance(given, dict) else given)
        return ExperimentError(FieldError("type", f"one of {', '.join(sorted(self.kinds))}", shown))

    def read(self, text: str) -> Any:
        """One of the dataclasses; MalformedJSON, or an ExperimentError that names every wrong field."""
        check_amounts(text)
        with _without_collector():
            try:
                value = self.validator.validate_json(text)
            except ValidationError as error:
                raise self._refused(error) from None
            except UnicodeError:
                raise MalformedJSON("the text is not UTF-8") from None
        check_names(text)
        return value


@cache
def one_of(**kinds: Any) -> OneOfKinds:
    """The reader of these kinds, made once."""
    return OneOfKinds(kinds)


def read(model: type[Model], text: bytes | str) -> Model:
    """``text`` as ``model``; MalformedJSON, or an ExperimentError that names every wrong field."""
    check_amounts(text)
    with _without_collector():
        try:
            value: Model = adapter(cast(Any, model)).validate_json(text)
        except ValidationError as error:
            raise _in_words(model, _details(error)) from None
        except UnicodeError:
            raise MalformedJSON("the text is not UTF-8") from None
    check_names(text)
    return value


@contextmanager
def _without_collector() -> Iterator[None]:
    """No garbage collection meanwhile.

    A long list is so many new objects that looking for rings among them, again and again, would take most of
    the time of reading it; and nobody else is served meanwhile.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _details(error: ValidationError) -> list[Any]:
    """What pydantic found; MalformedJSON where it could not begin to look."""
    details: list[Any] = error.errors(include_url=False, include_context=True)
    if details[0]["type"] == "json_invalid":
        raise MalformedJSON(str(details[0].get("ctx", {}).get("error", "it cannot be read"))[:100]) from None
    return details


def _in_words(model: type, details: list[Any]) -> ValueError:
    found: dict[str, FieldError] = {}
    for detail in details[: 10 * MAX_ERRORS]:
        one = field_error(model, detail["loc"], detail["type"], detail["input"])
        found.setdefault(one.field, one)
    # A list that is no name is reported as "not a name" too: the item inside it says more.
    deepest = [
        e
        for field, e in found.items()
        if not any(other != field and other.startswith((field + "[", field + ".")) for other in found)
    ]
    return ExperimentError(*deepest[:MAX_ERRORS])


def parse(text: bytes | str) -> Experiment:
    """The experiment that ``text`` describes, every default filled in."""
    return completed(read(Experiment, text))


def as_json(experiment: Experiment) -> dict[str, Any]:
    """An experiment as JSON objects, every field present; interventions with only what they hold."""
    points = experiment.data.points
    light = dataclasses.replace(experiment, data=dataclasses.replace(experiment.data, points=None))
    value = dataclasses.asdict(light)
    value["interventions"] = tuple(_without_nulls(i) for i in value["interventions"])
    plain: dict[str, Any] = json.loads(json.dumps(value))
    # asdict would copy every number of ten thousand points; they are plain already.
    plain["data"]["points"] = None if points is None else [list(point) for point in points]
    return plain


def _without_nulls(intervention: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in intervention.items() if value is not None}
    if "set" in kept:
        kept["set"] = {name: value for name, value in kept["set"].items() if value is not None}
    return kept


def canonical(experiment: Experiment) -> str:
    """One text per run: every field, keys in order, no spaces. Equal runs have equal texts."""
    return json.dumps(as_json(completed(experiment)), sort_keys=True, separators=(",", ":"))


def to_fragment(experiment: Experiment) -> str:
    """The experiment as it stands in the page's address: what differs from the defaults, in base64url."""
    value = as_json(experiment)
    if value["data"]["noise"] == DATASETS[value["data"]["name"]].noise:
        value["data"]["noise"] = None
    if value["init"]["scale"] is None:
        value["init"]["scale"] = Experiment().init.scale
    text = json.dumps(_difference(value, as_json(Experiment())), separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _difference(value: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    changed = {}
    for name, given in value.items():
        usual = default.get(name)
        if isinstance(given, dict) and isinstance(usual, dict):
            if inner := _difference(given, usual):
                changed[name] = inner
        elif given != usual:
            changed[name] = given
    return changed


def from_fragment(fragment: str) -> Experiment:
    """The inverse of ``to_fragment``; MalformedJSON or an ExperimentError where it is none."""
    try:
        raw = base64.urlsafe_b64decode(fragment + "=" * (-len(fragment) % 4))
    except (binascii.Error, ValueError):
        raise MalformedJSON("the address holds no experiment") from None
    return parse(raw)
