"""Random valid experiments, as the JSON values a user would send."""

import json
import math
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from app.experiments.experiment import Experiment
from app.experiments.schema import parse

Value = dict[str, Any]

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "linear")
ODD = ("tanh", "linear")
SCALED = ("constant", "normal", "uniform", "positive_uniform")
METHODS = ("zeros", *SCALED, "xavier", "glorot", "he")
DATA_SETS = ("flower", "moons", "circles", "blobs", "gaussian_quantiles", "spiral", "xor")
SEEDS = st.integers(0, 2**32 - 1)


def numbers(low: float, high: float, above: bool = False, below: bool = False) -> st.SearchStrategy[float]:
    """From low to high without -0.0, which is the same number as 0.0."""
    found = st.floats(low, high, exclude_min=above, exclude_max=below, allow_nan=False)
    return found.map(lambda x: x + 0.0)


@st.composite
def data(draw: st.DrawFn, most: int = 40) -> Value:
    if draw(st.integers(0, 4)) == 0:
        labels = [0, 1, *draw(st.lists(st.integers(0, 1), max_size=6))]
        return {"points": [[draw(numbers(-1e6, 1e6)), draw(numbers(-1e6, 1e6)), label] for label in labels]}
    samples = draw(st.integers(4, most))
    share = draw(numbers(0.3, 0.7))
    return {
        "name": draw(st.sampled_from(DATA_SETS)),
        "samples": samples,
        "noise": draw(st.none() | numbers(0, 5)),
        "seed": draw(SEEDS),
        "positive_fraction": share,
        "factor": draw(numbers(0, 1, above=True, below=True)),
    }


@st.composite
def init(draw: st.DrawFn, sizes: list[int]) -> Value:
    one = draw(st.booleans())
    every = [*METHODS, "explicit"]
    methods = [draw(st.sampled_from(every)) for _ in ([0] if one else sizes[1:])]
    chosen: Value = {
        "method": methods[0] if one else methods,
        "scale": draw(numbers(0, 100)),
        "bias": draw(numbers(-100, 100)),
        "seed": draw(SEEDS),
    }
    if "explicit" in methods:
        weight = numbers(-10, 10)
        chosen["parameters"] = [
            {
                "W": [[draw(weight) for _ in range(before)] for _ in range(n)],
                "b": [draw(weight) for _ in range(n)],
            }
            for before, n in pairwise(sizes)
        ]
    return chosen


@st.composite
def intervention(draw: st.DrawFn, sizes: list[int], activations: list[str], steps: int) -> Value:
    layers = len(sizes) - 1
    kinds = ["set", "nudge", "edit"] + ["permute"] * (layers > 1)
    flippable = [i + 1 for i, name in enumerate(activations) if name in ODD]
    kind = draw(st.sampled_from(kinds + ["flip"] * bool(flippable)))
    change: Value = {}
    if kind == "set":
        change["learning_rate"] = draw(numbers(0, 10, above=True))
    elif kind == "permute":
        change["layer"] = draw(st.integers(1, layers - 1))
        change["order"] = draw(st.permutations(range(sizes[change["layer"]])))
    elif kind == "flip":
        change["layer"] = draw(st.sampled_from(flippable))
        change["unit"] = draw(st.integers(0, sizes[change["layer"]] - 1))
    else:
        change["layer"] = draw(st.integers(1, layers))
        change["unit"] = draw(st.integers(0, sizes[change["layer"]] - 1))
        change["input"] = draw(st.none() | st.integers(0, sizes[change["layer"] - 1] - 1))
        change["by" if kind == "nudge" else "to"] = draw(numbers(-10, 10))
    return {"step": draw(st.integers(0, steps)), kind: change}


@st.composite
def experiment_values(draw: st.DrawFn, layers: int = 3, units: int = 5, steps: int = 60) -> Value:
    """An experiment of at most ``layers`` hidden layers, its interventions within ``steps``."""
    hidden = draw(st.lists(st.integers(1, units), max_size=layers))
    sizes = [2, *hidden, 1]
    one = draw(st.booleans())
    names = [draw(st.sampled_from(ACTIVATIONS)) for _ in ([0] if one else hidden)]
    activations = names * len(hidden) if one else names
    return {
        "data": draw(data()),
        "network": {
            "hidden": hidden,
            "activation": names[0] if one else names,
            "leak": draw(numbers(0, 1, above=True)),
            "relu_at_zero": draw(st.integers(0, 1)),
        },
        "init": draw(init(sizes)),
        "training": {"learning_rate": draw(numbers(0, 10, above=True)), "seed": draw(SEEDS)},
        "interventions": draw(st.lists(intervention(sizes, activations, steps), max_size=4)),
    }


def experiments(**limits: int) -> st.SearchStrategy[Experiment]:
    """The same, read."""
    return experiment_values(**limits).map(lambda value: parse(json.dumps(value)))


def cuts(total: int) -> st.SearchStrategy[list[int]]:
    """Ways of walking ``total`` steps: the lengths of the chunks, in order."""
    return st.lists(st.integers(1, total - 1), max_size=12, unique=True).map(
        lambda stops: [b - a for a, b in zip([0, *sorted(stops)], [*sorted(stops), total], strict=True)]
    )


def finite(value: Any) -> bool:
    """Whether no number in a JSON value is NaN or Infinity."""
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)
