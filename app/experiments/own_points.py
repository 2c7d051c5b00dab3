"""Points that somebody brings, as CSV or JSON text: read with messages that name the line."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import MAX_COORDINATE

Point = tuple[float, float, int]

MOST = 10_000
MOST_CLASSES = 6
NAMES = {"x1": 0, "x": 0, "x2": 1, "y": 1, "label": 2, "class": 2}
"""How a header may call the columns."""


def read_points(text: str) -> tuple[Point, ...]:
    """The points in ``text``: JSON ``[[x1, x2, label], ...]``, alone or under "points", or CSV.

    CSV has three columns, x1, x2 and label (0 to 5), in this order or as its header says, apart by
    comma, semicolon, tab or spaces; empty lines and lines after # are skipped. An ExperimentError
    names the line (or the item of the list), the rule and the value.
    """
    text = text.removeprefix("\ufeff").strip()
    if not text:
        raise ExperimentError(FieldError("text", "at least two points", ""))
    rows = _from_json(text) if text[0] in "[{" else _from_csv(text)
    points = list[Point]()
    for where, row in rows:
        if len(points) == MOST:
            raise ExperimentError(FieldError(where, f"the end: at most {MOST} points are read", row))
        points.append(_point(where, row))
    if len(points) < 2:
        raise ExperimentError(FieldError("text", "at least two points", len(points)))
    labels = sorted({label for _, _, label in points})
    if labels != list(range(len(labels))) or len(labels) < 2:
        rule = f"points of at least two and at most {MOST_CLASSES} classes 0, 1, ... without a gap"
        raise ExperimentError(FieldError("text", rule, labels))
    return tuple(points)


def _from_json(text: str) -> Iterator[tuple[str, list[Any]]]:
    try:
        value = json.loads(text)
    except RecursionError:
        raise ExperimentError(FieldError("text", "JSON that is not nested so deeply", text[:20])) from None
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        told = getattr(error, "msg", str(error))
        shown = text.splitlines()[line - 1][:80]
        raise ExperimentError(FieldError(f"line {line}", f"JSON ({told})", shown)) from None
    if isinstance(value, dict):
        value = value.get("points")
    if not isinstance(value, list):
        raise ExperimentError(FieldError("text", "a list of points [x1, x2, label]", value))
    for i, item in enumerate(value):
        where = f"point {i + 1}"
        if isinstance(item, dict):
            item = [item.get("x1"), item.get("x2"), item.get("label")]
        if not isinstance(item, list) or len(item) != 3:
            raise ExperimentError(FieldError(where, "[x1, x2, label]", item))
        yield where, item


def _from_csv(text: str) -> Iterator[tuple[str, list[Any]]]:
    order, header, first = [0, 1, 2], False, True
    for number, line in enumerate(io.StringIO(text), start=1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        cells = _cells(line, number)
        names = [cell.lower() for cell in cells]
        if first and any(re.fullmatch(r"[a-z_]\w*", name) for name in names):
            order, header = _order(names, number), True
        elif len(cells) <= max(order):
            rule = f"{max(order) + 1} columns, as the header has" if header else "x1, x2, label"
            raise ExperimentError(FieldError(f"line {number}", rule, line[:80]))
        else:
            yield f"line {number}", [cells[i] for i in order]
        first = False


def _cells(line: str, number: int) -> list[str]:
    for separator in (";", "\t", ","):
        if separator in line:
            try:
                (cells,) = csv.reader([line], delimiter=separator, strict=True)
            except (csv.Error, ValueError):
                raise ExperimentError(FieldError(f"line {number}", "x1, x2, label", line[:80])) from None
            cells = [cell.strip() for cell in cells]
            # With semicolons a comma is a decimal point.
            return [cell.replace(",", ".") for cell in cells] if separator == ";" else cells
    return line.split()


def _order(names: list[str], number: int) -> list[int]:
    """Where x1, x2 and label stand, by the header."""
    found = {NAMES[name]: i for i, name in reversed(list(enumerate(names))) if name in NAMES}
    if set(found) != {0, 1, 2}:
        raise ExperimentError(FieldError(f"line {number}", "a header with x1, x2 and label", ",".join(names)))
    return [found[0], found[1], found[2]]


def _point(where: str, row: list[Any]) -> Point:
    x1, x2 = (_number(where, name, value) for name, value in zip(("x1", "x2"), row, strict=False))
    for name, value in (("x1", x1), ("x2", x2)):
        if not abs(value) <= MAX_COORDINATE:
            rule = f"a number from {-MAX_COORDINATE:g} to {MAX_COORDINATE:g}"
            raise ExperimentError(FieldError(f"{where}, {name}", rule, str(value)))
    label = _number(where, "label", row[2])
    if label not in range(MOST_CLASSES):
        rule = f"a whole number from 0 to {MOST_CLASSES - 1}"
        raise ExperimentError(FieldError(f"{where}, label", rule, row[2]))
    return x1, x2, int(label)


def _number(where: str, name: str, value: Any) -> float:
    try:
        if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
            raise ValueError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise ExperimentError(FieldError(f"{where}, {name}", "a number", value)) from None
