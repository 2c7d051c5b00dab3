"""The course's shapes: columns are examples, nothing has rank 1."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.experiments.check import ExperimentError, FieldError

Shape = tuple[int, ...]

PARAMETERS = ("W", "b")
ACTIVATIONS = ("Z", "A")
GRADIENTS = ("dZ", "dW", "db", "dA")
KINDS = (*PARAMETERS, *ACTIVATIONS, *GRADIENTS)
OF_EXAMPLES = ("X", "Y", "Z", "A", "dZ", "dA")


def split_name(name: str) -> tuple[str, int]:
    """``dW12`` as ("dW", 12); X is A[0]; Y belongs to no layer."""
    found = re.fullmatch(r"([A-Za-z]+?)(\d*)", name, re.ASCII)
    assert found is not None
    kind, layer = found.groups()
    return kind, int(layer or 0)


def order_of(layers: int) -> list[str]:
    """Names in the order of computing: forward, then backward from the last layer.

    dA[L] is left out: where the output is 0 or 1 it is infinite, and dZ[L] is computed without it.
    """
    forward = [f"{kind}{l}" for l in range(1, layers + 1) for kind in ACTIVATIONS]
    backward = [f"{kind}{l}" for l in range(layers, 0, -1) for kind in ("dA", "dZ", "dW", "db")]
    return forward + backward[1:]


def shapes_of(sizes: Sequence[int], m: int) -> dict[str, Shape]:
    """Every name with its shape, for layers ``sizes`` (n_0, ..., n_L) and m examples."""
    found: dict[str, Shape] = {"X": (sizes[0], m), "Y": (sizes[-1], m)}
    for l, (before, n) in enumerate(itertools.pairwise(sizes), start=1):
        found |= {f"W{l}": (n, before), f"b{l}": (n, 1)}
        found |= {f"{kind}{l}": (n, m) for kind in ("Z", "A", "dZ", "dA")}
        found |= {f"dW{l}": (n, before), f"db{l}": (n, 1)}
    return found


def check_names(field: str, given: Any, known: Sequence[str]) -> dict[str, Any]:
    """``given`` as a dict whose keys are all ``known``; an ExperimentError that names the one that is not."""
    if not isinstance(given, dict):
        raise ExperimentError(FieldError(field, "an object of arrays by name, as W1 or dZ2", given))
    for name in given:
        if name not in known:
            # A network of twelve layers has too many names for a sentence.
            rule = f"left out; the names are {', '.join(known)}" if len(known) < 30 else "left out"
            raise ExperimentError(FieldError(f"{field}.{name[:40]}", rule, _size_of(given[name])))
    return given


def _size_of(value: Any) -> str:
    return f"a list of {len(value)}" if isinstance(value, list) else str(value)[:40]


def kind_of(shape: Shape, expected: Shape) -> str:
    """``right``, ``transposed``, ``rank_1`` (its numbers are as many, one axis is lost) or ``other``."""
    if shape == expected:
        return "right"
    if shape == expected[::-1]:
        return "transposed"
    if len(shape) == 1 and 1 in expected and shape[0] == max(expected):
        return "rank_1"
    return "other"


def told(shape: Shape) -> str:
    """(4, 1), as numpy prints it."""
    return str(tuple(shape))


def check_shapes(sizes: Sequence[int], m: int, given: Mapping[str, Shape]) -> dict[str, Any]:
    """The rule of every name, and of each given shape whether it keeps it, and what is wrong if not."""
    rules = shapes_of(sizes, m)
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "expected_shape": list(rules[name]),
            "given_shape": list(shape),
            "shape": kind_of(tuple(shape), rules[name]),
        }
        for name, shape in given.items()
    ]
    of_examples = [row for row in rows if split_name(row["name"])[0] in OF_EXAMPLES]
    rows_layout = {row["shape"] for row in of_examples if _tells(row)} == {"transposed"}
    weights = {row["shape"] for row in rows if split_name(row["name"])[0] in ("W", "dW") and _tells(row)}
    one_way = len(weights) < 2
    for row in rows:
        row["says"] = " ".join(_sentences(row, sizes, m, rows_layout))
    return {
        "sizes": list(sizes),
        "m": m,
        "layout": "rows" if rows_layout else "columns",
        "rules": {name: list(shape) for name, shape in rules.items()},
        "right": all(_fits(row, rows_layout, one_way) for row in rows),
        "arrays": rows,
    }


def _tells(row: dict[str, Any]) -> bool:
    """Whether its shape says which way it lies: a square is the same both ways, and so is rank 1."""
    return bool(row["given_shape"] != row["given_shape"][::-1])


def _fits(row: dict[str, Any], rows_layout: bool, one_way: bool) -> bool:
    """Whether the shape is right where examples are rows, or columns; weights lie all one way."""
    kind, shape = split_name(row["name"])[0], str(row["shape"])
    if not rows_layout:
        return shape == "right"
    if kind in ("b", "db"):
        return shape != "other"
    return shape in ("right", "transposed") and (one_way or kind not in ("W", "dW"))


def _sentences(row: dict[str, Any], sizes: Sequence[int], m: int, rows_layout: bool) -> Iterator[str]:
    name, expected, given = row["name"], tuple(row["expected_shape"]), tuple(row["given_shape"])
    kind, l = split_name(name)
    if row["shape"] == "right":
        yield f"{name} is {told(given)}, as it should be."
    elif row["shape"] == "transposed" and kind in OF_EXAMPLES:
        yield f"{name} is {told(given)}, with examples as rows; in the course as columns: {told(expected)}."
    elif row["shape"] == "transposed" and rows_layout:
        yield f"{name} is {told(given)}, as it is where examples are rows; in the course {told(expected)}."
    elif row["shape"] == "transposed":
        yield f"{name} is transposed: {told(given)} instead of {told(expected)}."
    elif row["shape"] == "rank_1" and rows_layout and kind in ("b", "db"):
        yield f"{name} is of rank 1, {told(given)}, which does no harm where examples are rows."
    elif row["shape"] == "rank_1":
        yield f"{name} is a rank-1 array {told(given)} instead of {told(expected)}."
        if kind in ("b", "db"):
            yield f"Sum with keepdims=True, or reshape({expected[0]}, 1)."
    else:
        yield f"{name} is {told(given)} instead of {told(expected)}."
        yield from _other(name, kind, l, given, sizes, m)


def _other(name: str, kind: str, l: int, given: Shape, sizes: Sequence[int], m: int) -> Iterator[str]:
    """What gives such a shape, where only one thing does."""
    n = sizes[l] if kind not in ("X", "Y") else 0
    if kind == "b" and given == (n, n) and n > 1:
        yield f"A column ({n}, 1) minus a rank-1 ({n},) is ({n}, {n}): db has lost its keepdims."
    elif kind == "db" and given == (n, n) and 1 < n != m:
        yield f"A column ({n}, 1) and a rank-1 ({n},) make ({n}, {n}): it has lost its keepdims."
    elif kind == "db" and given in ((1, m), (m,)):
        yield "It was summed over the units; sum over the examples, axis=1."
    elif kind == "db" and given == (n, m):
        yield "It was not summed over the examples."
    elif kind in ("db", "b") and given in ((), (1,), (1, 1)):
        yield "It was summed over everything; sum over the examples only, axis=1."
    elif kind in ("dZ", "dA") and given == (m, m):
        yield "A row (1, m) and a column (m, 1) make (m, m): one of A and Y is transposed."
    elif kind in ("Z", "A") and len(given) == 1:
        yield "It has rank 1; keep two axes."
