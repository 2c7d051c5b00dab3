"""From points of the plane to the inputs of a network: features, then normalization."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array
from app.engine.tables import choose, table


@dataclass(frozen=True)
class Feature:
    """An input made from a point: ``value`` takes x1 and x2 (m,) and gives (m,)."""

    name: str
    title: str
    value: Callable[[Array, Array], Array]


FEATURES = table(
    Feature("x1^2", "x₁²", lambda x1, x2: x1 * x1),
    Feature("x2^2", "x₂²", lambda x1, x2: x2 * x2),
    Feature("x1*x2", "x₁x₂", lambda x1, x2: x1 * x2),
    Feature("sin(x1)", "sin x₁", lambda x1, x2: np.sin(x1)),
    Feature("sin(x2)", "sin x₂", lambda x1, x2: np.sin(x2)),
)


def with_features(X: Array, names: Sequence[str]) -> Array:
    """``X`` (2, m) with a row for each named feature beneath: (2 + len(names), m), row after row in memory.

    A mean's last digit depends on how its numbers lie.
    """
    rows = [choose(FEATURES, name, "network.features").value(X[0], X[1]) for name in names]
    return np.ascontiguousarray(np.vstack([X, *rows]))


@dataclass(frozen=True)
class Normalization:
    """(x - mean) / deviation for each input: both (n_0, 1), of the points that train."""

    mean: Array
    deviation: Array

    def apply(self, X: Array) -> Array:
        """``X`` (n_0, m), shifted and scaled."""
        shifted: Array = (X - self.mean) / self.deviation
        return shifted


def normalization_of(X: Array) -> Normalization:
    """That of the inputs ``X`` (n_0, m); the deviation is the population's, divided by m."""
    return Normalization(X.mean(axis=1, keepdims=True), X.std(axis=1, keepdims=True))
