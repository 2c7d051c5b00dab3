"""Where the first hidden layer's units change sign: z = 0 in the plane, lines, or with features curves."""

import numpy as np

from app.engine.arrays import Array
from app.experiments.problem import Problem

CELLS = 48
"""Along either side of the plane, where z = 0 is a curve: in a cell it is as good as straight."""
MOST_UNITS = 8
MOST_PIECES = 400
"""Of a curve: as many units, and as many of its pieces, as a frame has room for."""


def unit_lines(problem: Problem, units: int) -> Array | None:
    """Where each unit's line w x + b = 0 enters and leaves the drawn plane: x1, x2, x1, x2; (units, 4).

    With features it is a curve, in pieces: (units, pieces, 4), the most that any unit has. NaN where there
    is none in the plane; None where no layer is hidden.
    """
    if not problem.layers:
        return None
    if not problem.experiment.network.features:
        return _pieces(problem, _cells(problem, 1), units)[:, 0]
    pieces = _pieces(problem, _cells(problem, CELLS), min(units, MOST_UNITS))
    there = np.isfinite(pieces[:, :, 0])
    first = np.argsort(~there, axis=1, kind="stable")[:, : min(int(there.sum(axis=1).max()), MOST_PIECES)]
    curves: Array = np.take_along_axis(pieces, first[:, :, None], axis=1).astype(np.float32)
    return curves


def _cells(problem: Problem, side: int) -> Array:
    """The corners of the side x side cells of the plane, each round its own: (2, cells, 4)."""
    x1, x2 = (np.linspace(*edges, side + 1) for edges in (problem.plane.x1, problem.plane.x2))
    low, left = (index.ravel() for index in np.indices((side, side)))
    corners = [(left, low), (left + 1, low), (left + 1, low + 1), (left, low + 1)]
    return np.stack([np.stack([x1[i], x2[j]]) for i, j in corners], axis=-1)


def _pieces(problem: Problem, corners: Array, units: int) -> Array:
    """The straight piece of z = 0 in every cell, for every unit; (units, cells, 4).

    z is as good as linear along an edge of a cell (with no features it is linear, with normalized inputs
    too), and so its zero divides the edge as z at the edge's ends does.
    """
    W, b = (numbers[:units] for numbers in problem.network.parameters[0])
    with np.errstate(all="ignore"):
        Z = (W @ problem.inputs(corners.reshape(2, -1)) + b).reshape(len(W), -1, 4)
        ahead = np.roll(Z, -1, axis=2)
        crosses = (Z >= 0.0) != (ahead >= 0.0)
        share = Z / (Z - ahead)
        edges = np.roll(corners, -1, axis=2) - corners
        crossings = corners[:, None] + share * edges[:, None]  # (2, units, cells, 4)
    first, last = crosses.argmax(axis=2), 3 - crosses[:, :, ::-1].argmax(axis=2)
    ends = [np.take_along_axis(crossings, at[None, :, :, None], axis=3)[..., 0] for at in (first, last)]
    pieces = np.moveaxis(np.concatenate(ends), 0, -1)
    pieces[~crosses.any(axis=2)] = np.nan
    return pieces
