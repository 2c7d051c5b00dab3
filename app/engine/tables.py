"""A choice is a row in a read-only table; menus, limits, documentation and tests read the same rows."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar


class Named(Protocol):
    """Anything that can be a row: it has a name."""

    @property
    def name(self) -> str: ...


Row = TypeVar("Row", bound=Named)


def table(*rows: Row) -> Mapping[str, Row]:
    """The rows by name, in the order given, for reading only."""
    return MappingProxyType({row.name: row for row in rows})


def choose(rows: Mapping[str, Row], name: str, what: str) -> Row:
    """The row called ``name``; a ValueError that lists the choices if there is none."""
    if name not in rows:
        raise ValueError(f"{what} must be one of {', '.join(sorted(rows))}; got {name!r}")
    return rows[name]
