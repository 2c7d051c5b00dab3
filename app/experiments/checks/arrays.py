"""Somebody's arrays: read from lists, and turned the way ours lie."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.experiments.check import ExperimentError, FieldError
from app.experiments.checks.shapes import OF_EXAMPLES, Shape, check_names, kind_of, split_name

MAX_NUMBER = 1e300


def read_arrays(field: str, given: Any, known: Sequence[str]) -> dict[str, Array]:
    """Lists by name as arrays of rank 0 to 2; an ExperimentError names the list and the place in it."""
    return {
        name: _array(f"{field}.{name}", value) for name, value in check_names(field, given, known).items()
    }


def _array(field: str, value: Any) -> Array:
    if not isinstance(value, list):
        return np.array(_number(field, value))
    if not value:
        raise ExperimentError(FieldError(field, "numbers, or a list of numbers or of rows", []))
    if not isinstance(value[0], list):
        return np.array([_number(f"{field}[{i}]", item) for i, item in enumerate(value)])
    width = len(value[0])
    for i, row in enumerate(value):
        if not isinstance(row, list) or len(row) != width or not row:
            rule = f"a row of {max(width, 1)} numbers, as the first"
            raise ExperimentError(FieldError(f"{field}[{i}]", rule, row))
    return np.array(
        [[_number(f"{field}[{i}][{j}]", x) for j, x in enumerate(r)] for i, r in enumerate(value)]
    )


def _number(field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _small(value):
        raise ExperimentError(FieldError(field, "a number", value))
    return float(value)


def _small(value: int | float) -> bool:
    return (isinstance(value, int) or math.isfinite(value)) and abs(value) <= MAX_NUMBER


def ways(arrays: Mapping[str, Array], expected: Mapping[str, Shape], of_examples: bool) -> set[str]:
    """How the arrays lie that have examples as an axis, or of those that are shaped as weights.

    ``columns``, ``rows``, or both where some lie this way and some that; neither where the shapes do
    not tell, being square.
    """
    found = set()
    for name, array in arrays.items():
        kind, _ = split_name(name)
        if (kind in OF_EXAMPLES) != of_examples or kind in ("b", "db"):
            continue
        if array.shape != array.shape[::-1]:
            found |= {
                {"right": "columns", "transposed": "rows"}.get(kind_of(array.shape, expected[name]), "")
            }
    return found - {""}


def turned(array: Array, expected: Shape, rows: bool) -> Array | None:
    """``array`` as (n, m) or (n, 1), whichever way it lies; None where its numbers are not as many.

    Where the shape does not tell, being square, ``rows`` does.
    """
    kind = kind_of(array.shape, expected)
    if kind == "rank_1":
        return array.reshape(expected)
    if kind == "transposed" or (kind == "right" and rows and array.shape == array.shape[::-1]):
        return np.ascontiguousarray(array.T)
    return array if kind == "right" else None


def parameters_from(
    given: Mapping[str, Array], own: Sequence[tuple[Array, Array]], rows: bool
) -> list[tuple[Array, Array]]:
    """(W, b) of every layer: what was given with as many numbers, and otherwise what the run has."""
    found = []
    for l, (W, b) in enumerate(own, start=1):
        theirs = [
            turned(given[name], mine.shape, rows) if name in given else None
            for name, mine in ((f"W{l}", W), (f"b{l}", b))
        ]
        found.append((W if theirs[0] is None else theirs[0], b if theirs[1] is None else theirs[1]))
    return found
