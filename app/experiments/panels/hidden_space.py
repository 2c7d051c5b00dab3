"""The points in the coordinates of two units of a layer, and the grid of the plane carried along."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.arrays import Array
from app.experiments.observe import View, shown_examples
from app.experiments.panels.sayable import sayable
from app.experiments.problem import Problem
from app.experiments.run import State
from app.experiments.scales import axis_range

SIDE = 81
"""Points along a line of the grid, of which every fourth is crossed by another: 21 lines each way."""

Ranges = list[tuple[float, float]]


def hidden_space(problem: Problem, state: State, view: View) -> dict[str, Any]:
    """What two units of a layer answer to the points (2, k) and to the lines of a grid (2, lines, along).

    Layer 0 are the inputs. Where ``view`` asks for what the network does not have, its last layer and
    the layer's first units are shown; ``layer`` and ``pair`` say which. A layer's only unit is drawn over
    x1. ``line`` is where the network is undecided, if that is a line in these coordinates.
    """
    network = problem.network
    layer = min(view.layer, len(network.sizes) - 1)
    units = network.sizes[layer]
    pair = view.pair if max(view.pair) < units else (0, min(1, units - 1))
    shown = shown_examples(problem, view.examples)
    side = _side(view)
    points = sayable(network.A[layer][:, shown])
    cells = _lines(side)
    grid = sayable(problem.over_the_plane(side, "float64").A[layer][:, cells.ravel()])
    rows = list(pair)
    if units == 1:
        points = np.vstack([problem.X[0, problem.train[shown]], points])
        grid = np.vstack([problem.plane.grid(side)[0, cells.ravel()], grid])
        rows = [0, 1]
    points, grid = points[rows], grid[rows]
    ranges = _ranges(problem, layer, points, grid)
    return {
        "points": _single(points),
        "grid": _single(grid).reshape(2, *cells.shape),
        "layer": layer,
        "pair": list(pair),
        "sizes": list(network.sizes),
        "ranges": ranges,
        "line": _line(problem, layer, pair, ranges),
    }


def _side(view: View) -> int:
    """No finer than a plane that was coarsened to be quick; 1 more than a multiple of 4."""
    side = min(SIDE, view.boundary) if view.boundary else SIDE
    return (side - 1) // 4 * 4 + 1


def _lines(side: int) -> NDArray[np.intp]:
    """Which of side x side cells lie on a line: every fourth row, then every fourth column (lines, side)."""
    cells = np.arange(side * side).reshape(side, side)
    return np.vstack([cells[::4], cells[:, ::4].T])


def _ranges(problem: Problem, layer: int, points: Array, grid: Array) -> Ranges:
    """Of x and y: one scale for two units, so that equal units lie on the diagonal.

    The inputs, which do not change, have each the extent of the plane.
    """
    if layer == 0:
        return [(float(row.min()), float(row.max())) for row in grid]
    hidden = problem.network.activations
    bounds = hidden[layer - 1].bounds if layer <= len(hidden) else (0.0, 1.0)
    if problem.network.sizes[layer] == 1:
        return [problem.plane.x1, axis_range(bounds, np.concatenate([points[1], grid[1]]))]
    return [axis_range(bounds, np.concatenate([points.ravel(), grid.ravel()]))] * 2


def _line(problem: Problem, layer: int, pair: tuple[int, int], ranges: Ranges) -> list[list[float]] | None:
    """The ends [x, y] of w1 a1 + w2 a2 + b = 0 across the picture: there the output is one half.

    Only the last layer before one output reads these two units and no others; None where it does not, or
    where the line does not cross the picture.
    """
    sizes = problem.network.sizes
    if layer != len(sizes) - 2 or sizes[layer] != 2 or sizes[-1] != 1 or pair[0] == pair[1]:
        return None
    W, b = problem.network.parameters[-1]
    w = W[0, list(pair)]
    along = 0 if abs(w[0]) <= abs(w[1]) else 1  # the axis on which the line is no steeper than 1
    across = 1 - along
    if w[across] == 0.0:
        return None
    ends = np.array(ranges[along])
    with np.errstate(over="ignore", invalid="ignore"):
        at = -(w[along] * ends + b[0, 0]) / w[across]
    low, high = ranges[across]
    if not np.isfinite(at).all() or at.max() < low or at.min() > high:
        return None
    return [[float(v) for v in ((e, a) if along == 0 else (a, e))] for e, a in zip(ends, at, strict=True)]


def _single(values: Array) -> NDArray[np.float32]:
    """As float32, what lies beyond it at its ends."""
    most = float(np.finfo(np.float32).max)
    return np.clip(values, -most, most).astype(np.float32)
