"""The gradient check, number by number: the analytic gradient beside central differences of the cost."""

from itertools import pairwise
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.checking import numerical_gradient, relative_error
from app.engine.network import layers_of
from app.experiments.agreement import in_force
from app.experiments.observe import View
from app.experiments.panels.sayable import sayable, sayable_number
from app.experiments.problem import Problem
from app.experiments.run import State
from app.experiments.work import seconds_per_pass

ALL = 600
"""Up to so many parameters every one is checked; of larger networks those that are in view."""
MOST_SECONDS = 5.0
RIGHT = 1e-6
"""Relative error, or difference of any one, under which the two are called equal."""
CORNER = 1e-5
"""A Z nearer to 0 than this may cross ReLU's corner within a difference."""


def check_gradient(problem: Problem, state: State, view: View) -> dict[str, Any]:
    """``check``: what was checked and how well it agrees; ``checked``: the numbers.

    Layer after layer ``checked`` has the rows of [W b], analytic, then numerical, then their difference.
    """
    network, l2 = problem.network, in_force(problem.experiment, state.step).l2
    windows = _windows(network.sizes, view, whole=network.theta.size <= ALL)
    places = _places(network.sizes, windows)
    count = sum(part.size for part in places)
    seconds = 2 * count * seconds_per_pass(problem.experiment)
    if seconds > MOST_SECONDS:
        return {"check": {"step": state.step, "seconds": seconds}}
    chosen = np.concatenate([part.ravel() for part in places])
    analytic = sayable(network.gradient[chosen])
    cornered = _near_a_corner(problem)
    with np.errstate(all="ignore"):
        estimate = numerical_gradient(
            network, 1e-6, chosen.tolist(), lambda: problem.descent.penalty(l2, network.m)
        )
        numerical = sayable(estimate)
        error = relative_error(analytic, numerical)
        difference = np.abs(analytic - numerical)
    values, at = list[Array](), 0
    for part in places:
        own = slice(at, at + part.size)
        values += [analytic[own], numerical[own], difference[own]]
        at += part.size
    return {
        "check": {
            "step": state.step,
            "layers": [{"layer": i, **window} for i, window in enumerate(windows, 1)],
            "count": count,
            "error": sayable_number(error),
            "largest": sayable_number(float(difference.max())),
            "right": bool(error < RIGHT or difference.max() < RIGHT * 1e-2),
            "cornered": cornered,
        },
        "checked": np.concatenate(values),
    }


def _windows(sizes: tuple[int, ...], view: View, whole: bool) -> list[dict[str, int]]:
    """Of every layer, which units and inputs: from ``unit`` and ``input`` on."""
    found = []
    for inputs, units in pairwise(sizes):
        rows, columns = (units, inputs) if whole else (min(units, view.units), min(inputs, view.units))
        unit = min(view.corner[0], units - rows)
        first = min(view.corner[1], inputs - columns)
        found.append({"unit": unit, "input": first, "rows": rows, "columns": columns})
    return found


def _places(sizes: tuple[int, ...], windows: list[dict[str, int]]) -> list[Any]:
    """Where the numbers of [W b] in each window lie in the flat parameters: (rows, columns + 1)."""
    numbered = np.arange(sum(n * (before + 1) for before, n in pairwise(sizes)), dtype=float)
    found = []
    for (W, b), window in zip(layers_of(numbered, sizes), windows, strict=True):
        units = slice(window["unit"], window["unit"] + window["rows"])
        inputs = slice(window["input"], window["input"] + window["columns"])
        found.append(np.hstack([W[units, inputs], b[units]]).astype(np.intp))
    return found


def _near_a_corner(problem: Problem) -> bool:
    """Whether a unit with a corner at 0 stands on it at some point: there both slopes count."""
    network = problem.network
    pairs = zip(network.activations, network.Z, strict=False)
    return any(row.name in ("relu", "leaky_relu") and bool((np.abs(Z) < CORNER).any()) for row, Z in pairs)
