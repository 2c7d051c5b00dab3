"""How the parameters follow the gradient."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array
from app.engine.tables import table


@dataclass(frozen=True)
class Optimizer:
    """A rule for one update.

    ``update(theta, gradient, rate, scratch)`` changes ``theta`` in place; all are flat (p,), the
    parameters of every layer one after the other, and ``scratch`` may be overwritten.
    """

    name: str
    title: str
    formula: str
    update: Callable[[Array, Array, float, Array], None]


def gradient_descent(theta: Array, gradient: Array, rate: float, scratch: Array) -> None:
    """W = W - rate dW."""
    np.multiply(gradient, rate, out=scratch)
    np.subtract(theta, scratch, out=theta)


OPTIMIZERS = table(
    Optimizer(
        "gd",
        "gradient descent",
        "<math><mi>W</mi><mo>=</mo><mi>W</mi><mo>-</mo><mi>α</mi><mi>dW</mi></math>",
        gradient_descent,
    ),
)
