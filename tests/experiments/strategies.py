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
OPTIMIZERS = ("gd", "momentum", "rmsprop", "adam")
LOSSES = ("cross_entropy", "squared_error")
FEATURES = ("x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)")
ARITHMETICS = ("exact", "exact", "reordered", "blas")
MANY_CLASSES = ("blobs", "spiral")
DATA_SETS = ("flower", "moons", "circles", "blobs", "gaussian_quantiles", "spiral", "xor")
SEEDS = st.integers(0, 2**32 - 1)


def numbers(low: float, high: float, above: bool = False, below: bool = False) -> st.SearchStrategy[float]:
    """From low to high without -0.0, which is the same number as 0.0."""
    found = st.floats(low, high, exclude_min=above, exclude_max=below, allow_nan=False)
    return found.map(lambda x: x + 0.0)


@st.composite
def data(draw: st.DrawFn, most: int = 40) -> Value:
    """Points of a data set or one's own, some of them held back: at least one of each class trains."""
    if draw(st.integers(0, 4)) == 0:
        classes = draw(st.sampled_from([2, 2, 3, 6]))
        labels = [*range(classes), *draw(st.lists(st.integers(0, classes - 1), max_size=6))]
        own = [[draw(numbers(-1e6, 1e6)), draw(numbers(-1e6, 1e6)), label] for label in labels]
        return {"points": own} | draw(shares([labels.count(label) for label in range(classes)]))
    name = draw(st.sampled_from(DATA_SETS))
    classes = draw(st.sampled_from([2, 3, 4, 6])) if name in MANY_CLASSES else 2
    samples = draw(st.integers(max(4, classes), most))
    share = draw(numbers(0.3, 0.7))
    positive = math.floor(samples * share + 0.5)
    fewest = samples // classes
    counts = [fewest, fewest + 1] if classes > 2 else [samples - positive, positive]
    chosen = {
        "name": name,
        "samples": samples,
        "noise": draw(st.none() | numbers(0, 5)),
        "seed": draw(SEEDS),
        "positive_fraction": share,
        "classes": classes,
        "factor": draw(numbers(0, 1, above=True, below=True)),
        "stretch": draw(st.just(1.0) | numbers(0.01, 1000)),
    }
    # Without noise, or at the middle of a spiral, an input may be the same at every training point.
    if samples >= 8 and name != "spiral" and draw(st.booleans()):
        chosen |= {"standardize": True, "noise": None}
    return chosen | draw(shares(counts))


@st.composite
def shares(draw: st.DrawFn, counts: list[int]) -> Value:
    """What is held back of classes of so many points; nothing where that would leave none to train."""
    validation, test = (draw(st.sampled_from([0.0, 0.0, 0.2, 0.25, 0.4])) for _ in range(2))
    left = [n - sum(math.floor(n * share + 0.5) for share in (validation, test)) for n in counts]
    held = [sum(math.floor(n * share + 0.5) > 0 for n in counts) for share in (validation, test) if share]
    return {"validation": validation, "test": test} if min([*left, *(n - 1 for n in held)]) > 0 else {}


def trained(data: Value) -> int:
    """How many points train, at least."""
    share = data.get("validation", 0.0) + data.get("test", 0.0)
    points = len(data["points"]) if "points" in data else data["samples"]
    return max(1, math.floor(points * (1 - share)) - 12)


@st.composite
def training(draw: st.DrawFn, classes: int, most: int) -> Value:
    """Any rule, any batch size up to ``most``."""
    chosen = {
        "loss": "cross_entropy" if classes > 2 else draw(st.sampled_from(LOSSES)),
        "optimizer": draw(st.sampled_from(OPTIMIZERS)),
        "learning_rate": draw(numbers(0, 10, above=True)),
        "batch_size": draw(st.none() | st.integers(1, most)),
        "seed": draw(SEEDS),
        "stop_change": draw(st.sampled_from([None, None, None, 1e-6, 1e-3])),
    }
    return chosen | draw(settings_in_force())


@st.composite
def settings_in_force(draw: st.DrawFn) -> Value:
    """Some of the settings that may change in mid-run."""
    below_one = numbers(0, 1, below=True)
    return {
        name: draw(found)
        for name, found in {
            "l2": numbers(0, 10),
            "beta": below_one,
            "beta1": below_one,
            "beta2": below_one,
            "epsilon": numbers(0, 1, above=True),
        }.items()
        if draw(st.booleans())
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
        change = {"learning_rate": draw(numbers(0, 10, above=True)), **draw(settings_in_force())}
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
    points = draw(data())
    classes = len({label for *_, label in points["points"]}) if "points" in points else points["classes"]
    features = draw(st.lists(st.sampled_from(FEATURES), unique=True, max_size=5))
    sizes = [2 + len(features), *hidden, 1 if classes == 2 else classes]
    one = draw(st.booleans())
    names = [draw(st.sampled_from(ACTIVATIONS)) for _ in ([0] if one else hidden)]
    activations = names * len(hidden) if one else names
    return {
        "data": points,
        "network": {
            "hidden": hidden,
            "activation": names[0] if one else names,
            "leak": draw(numbers(0, 1, above=True)),
            "relu_at_zero": draw(st.integers(0, 1)),
            "features": features,
        },
        "init": draw(init(sizes)),
        "training": draw(training(classes, trained(points))),
        "arithmetic": draw(st.sampled_from(ARITHMETICS)),
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
