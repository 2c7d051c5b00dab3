"""Which points train, which validate, which test."""

import math

import numpy as np
from numpy.typing import NDArray

from app.engine.arrays import Array

Columns = NDArray[np.intp]


def held_out(points: int, share: float) -> int:
    """How many of a class's ``points`` a share takes: floor(n x share + 0.5)."""
    return math.floor(points * share + 0.5)


def split(labels: Array, validation: float, test: float, seed: int) -> tuple[Columns, Columns, Columns]:
    """Columns that train, validate and test, each in their original order.

    By class, so that a balanced set stays balanced: for class 0, 1, ... in turn one permutation of
    its points from a single ``RandomState(seed)``; the first floor(n x test + 0.5) of them test, the
    next floor(n x validation + 0.5) validate.
    """
    random = np.random.RandomState(seed)
    parts: tuple[list[Columns], ...] = ([], [], [])
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        order = members[random.permutation(len(members))]
        tests, validates = held_out(len(members), test), held_out(len(members), validation)
        for part, chosen in zip(
            parts,
            (order[tests + validates :], order[tests : tests + validates], order[:tests]),
            strict=True,
        ):
            part.append(chosen)
    train, validate, held = (np.sort(np.concatenate(part)) for part in parts)
    return train, validate, held
