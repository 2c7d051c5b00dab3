"""Where the units of the first hidden layer change sign: the lines z = 0 in the plane."""

import numpy as np

from app.engine.arrays import Array
from app.experiments.problem import Problem


def unit_lines(problem: Problem, units: int) -> Array | None:
    """Where each unit's line w x + b = 0 enters and leaves the drawn plane: x1, x2, x1, x2; (units, 4).

    z is linear along an edge of the plane, with normalized inputs too, and so its zero divides the edge as
    z at the edge's ends does. NaN where the line does not cross the plane; None where there is none, since
    features make it a curve or no layer is hidden.
    """
    if problem.experiment.network.features or not problem.layers:
        return None
    W, b = problem.network.parameters[0]
    (left, right), (low, high) = problem.plane.x1, problem.plane.x2
    corners = np.array([[left, right, right, left], [low, low, high, high]])
    with np.errstate(all="ignore"):
        Z = W[:units] @ problem.inputs(corners) + b[:units]
        ahead = np.roll(Z, -1, axis=1)
        crosses = (Z >= 0.0) != (ahead >= 0.0)
        share = Z / (Z - ahead)
        edges = np.roll(corners, -1, axis=1) - corners
        crossings = corners[:, None, :] + share * edges[:, None, :]  # (2, units, 4)
    each = np.arange(len(Z))
    first, last = crosses.argmax(axis=1), 3 - crosses[:, ::-1].argmax(axis=1)
    lines = np.concatenate([crossings[:, each, first], crossings[:, each, last]]).T
    lines[~crosses.any(axis=1)] = np.nan
    return lines
