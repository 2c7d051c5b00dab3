"""Turns "this input failed at this place" into the field's own rule, in words.

The rules are read from the annotations of the dataclasses (fields.py), so a message can say nothing
that the validation does not enforce.
"""

import dataclasses
import json
import math
import types
import typing
from collections.abc import Sequence
from typing import Annotated, Any, Union

from app.experiments.check import FieldError
from app.experiments.fields import About, Items, Number, OneOf

MAX_VALUE_LENGTH = 100
WHOLE = "the message"  # the field's name where it is all of what came


WORDS = {int: "a whole number", float: "a number", str: "a string", bool: "true or false", Any: "any JSON"}


@dataclasses.dataclass(frozen=True)
class _Alternative:
    """One member of a union: its plain type and the rule beside it, if any."""

    base: Any
    rule: Number | OneOf | Items | About | None

    @property
    def item(self) -> Any:
        """The annotation of an item, when this is a list."""
        return typing.get_args(self.base)[0] if typing.get_origin(self.base) is tuple else None

    def items(self, index: int) -> Any:
        """The annotation of item ``index``: tuples are (T, ...) or fixed, like a point."""
        args = typing.get_args(self.base)
        return args[0] if args[-1] is Ellipsis else args[min(index, len(args) - 1)]

    def accepts(self, value: Any) -> bool:
        """Whether ``value`` has the JSON type of this alternative."""
        if self.base is Any:
            return True
        if typing.get_origin(self.base) is tuple:
            return isinstance(value, list | tuple)
        if dataclasses.is_dataclass(self.base):
            return isinstance(value, dict)
        if isinstance(value, bool):
            return self.base is bool
        return isinstance(value, (int, float) if self.base in (int, float) else self.base)

    def words(self, value: Any) -> str:
        if isinstance(self.rule, Number) and not self.rule.whole and not self.accepts(value):
            return f"a number {self.rule.rule}"
        if self.rule is not None:
            return self.rule.rule
        if dataclasses.is_dataclass(self.base):
            return f"an object with {', '.join(f.name for f in dataclasses.fields(self.base))}"
        if typing.get_origin(self.base) is tuple:
            args = typing.get_args(self.base)
            return "a list" if args[-1] is Ellipsis else f"a list of {len(args)} numbers"
        return WORDS[self.base]


def _alternatives(annotation: Any, rule: Any = None) -> list[_Alternative]:
    """The members of a union, each with the rule that stands beside it; null left out."""
    if typing.get_origin(annotation) is Annotated:
        base, *metadata = typing.get_args(annotation)
        return _alternatives(base, next((m for m in metadata if hasattr(m, "rule")), rule))
    if typing.get_origin(annotation) in (Union, types.UnionType):
        members = [m for m in typing.get_args(annotation) if m is not type(None)]
        return [a for member in members for a in _alternatives(member, rule)]
    return [_Alternative(annotation, rule)]


def rule_of(annotation: Any, value: Any = None) -> str:
    """What a field so annotated must be, in words; only what fits ``value``'s type where something does."""
    alternatives = _alternatives(annotation)
    fitting = [a for a in alternatives if a.accepts(value)] or alternatives
    nullable = type(None) in typing.get_args(annotation) and fitting is alternatives
    words = dict.fromkeys(a.words(value) for a in fitting)  # two kinds of number may have one rule
    return ", or ".join([*words, *(["null"] if nullable else [])])


def full_rule_of(annotation: Any) -> str:
    """The same, and of a list also what each item may be: "a list of 0 to 2 items, each one of a, b"."""
    lists = [a for a in _alternatives(annotation) if isinstance(a.rule, Items) and a.item is not None]
    each = [rule_of(a.item) for a in lists if typing.get_origin(a.item) is Annotated]
    return ", each ".join([rule_of(annotation), *each[:1]])


def field_annotations(model: type) -> dict[str, Any]:
    """The fields of a dataclass as JSON names them, with their annotations, metadata included."""
    hints = typing.get_type_hints(model, include_extras=True)
    return {_json_name(hints[f.name]) or f.name: hints[f.name] for f in dataclasses.fields(model)}


def _json_name(annotation: Any) -> str | None:
    """The name in JSON where Python keeps it for itself, as "from"."""
    return next((m.alias for m in getattr(annotation, "__metadata__", ()) if hasattr(m, "alias")), None)


def field_error(model: type, place: Sequence[int | str], kind: str, value: Any) -> FieldError:
    """The error of pydantic's ``kind`` at ``place``, as field, rule and value.

    ``place`` also names the members of unions that were tried; those are left out of the path.
    """
    path, annotation, shown = "", model, value
    for step in place:
        alternatives = _alternatives(annotation)
        known: list[Any] = [a.base for a in alternatives if dataclasses.is_dataclass(a.base)]
        lists = [a for a in alternatives if a.item is not None]
        if isinstance(step, int) and lists:
            path, annotation = f"{path}[{step}]", lists[0].items(step)
        elif isinstance(step, str) and known:
            fields = field_annotations(known[0])
            path = f"{path}.{step}" if path else step
            if step not in fields:
                return FieldError(path, f"left out; the fields are {', '.join(fields)}", printable(shown))
            annotation = fields[step]
    if kind == "missing":
        return FieldError(path, "given: " + rule_of(annotation), None)
    return FieldError(path or WHOLE, rule_of(annotation, value), printable(shown))


def printable(value: Any) -> Any:
    """``value`` as it may stand in an answer: at most 100 characters, and never NaN or Infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str):
        value = value.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be sent
        return value if len(value) <= MAX_VALUE_LENGTH else value[: MAX_VALUE_LENGTH - 1] + "…"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return printable(str(value) if abs(value) < 10**200 else "a very large number")
    if value is None or isinstance(value, bool | int | float):
        return value
    return printable(_beginning(value))


def _beginning(value: Any) -> str:
    """The first characters of a value's JSON, one more than are shown: nobody waits for a million others."""
    text = ""
    for part in json.JSONEncoder(default=str).iterencode(value):
        text += part
        if len(text) > MAX_VALUE_LENGTH:
            break
    return text


def sentence(error: FieldError) -> str:
    """``training.learning_rate must be above 0 and at most 10; got -3``."""
    value = printable(error.value)
    as_it_is = isinstance(value, str) and value.startswith(("[", "{"))
    shown = value if as_it_is else json.dumps(value, ensure_ascii=False)
    return f"{error.field} must be {error.rule}; got {shown}"
