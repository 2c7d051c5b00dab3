"""The drawn rectangle of the plane, and the cells it is drawn with."""

from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array

MARGIN = 0.08


@dataclass(frozen=True)
class Plane:
    """In raw coordinates: the points' own extent, and 8 % around it."""

    x1: tuple[float, float]
    x2: tuple[float, float]

    def centres(self, side: int) -> tuple[Array, Array]:
        """Centres of ``side`` cells along x1 and along x2."""
        middle = (np.arange(side) + 0.5) / side
        along1, along2 = (low + middle * (high - low) for low, high in (self.x1, self.x2))
        return along1, along2

    def grid(self, side: int) -> Array:
        """The centres of side x side cells (2, side^2), row by row from the lowest x2."""
        x1, x2 = self.centres(side)
        return np.stack([np.tile(x1, side), np.repeat(x2, side)])


def plane_around(X: Array) -> Plane:
    """The plane to draw round the points ``X`` (2, m); never empty."""
    sides = []
    for low, high in zip(X.min(axis=1), X.max(axis=1), strict=True):
        pad = (high - low) * MARGIN or 1.0
        sides.append((float(low - pad), float(high + pad)))
    return Plane(sides[0], sides[1])
