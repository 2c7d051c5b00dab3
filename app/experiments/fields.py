"""What a field of an experiment may hold: the range stands beside the type, and all read it there.

These are metadata for ``typing.Annotated``. Pydantic enforces them (schema.py), the catalog and the
API's description publish them, and the error messages quote their ``rule``. Nothing here imports
pydantic, so that a worker process need not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from annotated_types import Ge, GroupedMetadata, Gt, Le, Len, Lt, Predicate


def _plain(number: float) -> str:
    """1000000 rather than 1e+06, 0.5 rather than 0.50."""
    return f"{number:.0f}" if float(number).is_integer() and abs(number) < 1e15 else repr(number)


@dataclass(frozen=True)
class _Described:
    """Puts what a field is about into the JSON schema."""

    about: str

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> Any:
        return {**handler(core), "description": self.about}


@dataclass(frozen=True)
class Number(GroupedMetadata):
    """A number from ``low`` to ``high``; ``above`` leaves out the low end, ``below`` the high one."""

    low: float
    high: float
    about: str
    above: bool = False
    below: bool = False
    whole: bool = False

    def __iter__(self) -> Iterator[object]:
        yield Gt(self.low) if self.above else Ge(self.low)
        yield Lt(self.high) if self.below else Le(self.high)
        yield _Described(self.about)

    @property
    def rule(self) -> str:
        low, high = _plain(self.low), _plain(self.high)
        if self.whole:
            return f"a whole number from {low} to {high}"
        if not self.above and not self.below:
            return f"from {low} to {high}"
        start = f"above {low}" if self.above else f"at least {low}"
        return f"{start} and {'below' if self.below else 'at most'} {high}"


def whole(low: int, high: int, about: str) -> Number:
    """A whole number from ``low`` to ``high``."""
    return Number(low, high, about, whole=True)


@dataclass(frozen=True)
class OneOf(GroupedMetadata):
    """The name of a row of ``rows``."""

    rows: tuple[str, ...]
    about: str

    def __iter__(self) -> Iterator[object]:
        yield Predicate(self.rows.__contains__)
        yield _Enumerated(self.rows)
        yield _Described(self.about)

    @property
    def rule(self) -> str:
        return f"one of {', '.join(sorted(self.rows))}"


@dataclass(frozen=True)
class _Enumerated:
    """Puts the choices into the JSON schema, which a predicate cannot."""

    rows: tuple[object, ...]

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> Any:
        return {**handler(core), "enum": list(self.rows)}


@dataclass(frozen=True)
class _FirstErrorOnly:
    """A million wrong items are one error: collecting them all would hold up everybody."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return {**handler(source), "fail_fast": True}


@dataclass(frozen=True)
class Items(GroupedMetadata):
    """A list of ``low`` to ``high`` items."""

    low: int
    high: int
    about: str

    def __iter__(self) -> Iterator[object]:
        yield Len(self.low, self.high)
        yield _FirstErrorOnly()
        yield _Described(self.about)

    @property
    def rule(self) -> str:
        return f"a list of {self.low} to {self.high} items"


@dataclass(frozen=True)
class About:
    """A field without a rule of its own beyond its type, which ``rule`` puts in words."""

    rule: str
    about: str
    pattern: str = ""
    """Of a text that its reader holds to it; here it is told only."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> Any:
        told = {"pattern": self.pattern} if self.pattern else {}
        return {**handler(core), "description": self.about, **told}


Rule = Number | OneOf | Items | About


def names(rows: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of a table's rows, in its order."""
    return tuple(rows)
