"""What the panels share: how a number of any size is said in JSON."""

import numpy as np

from app.engine.arrays import Array
from app.engine.diagnostics import norm


def size(values: Array) -> float:
    """The largest absolute value; what lies beyond the floats is the largest of them."""
    return float(min(np.abs(values).max(initial=0.0), np.finfo(float).max))


def sayable(values: Array) -> Array:
    """What JSON can say: the largest float instead of infinity, 0 instead of what is no number."""
    largest = float(np.finfo(float).max)
    return np.nan_to_num(values, nan=0.0, posinf=largest, neginf=-largest)


def sayable_number(value: float) -> float:
    """The same for a single one."""
    return float(sayable(np.array([value]))[0])


def norm_of(values: Array) -> float:
    """The Frobenius norm."""
    return sayable_number(norm(values))
