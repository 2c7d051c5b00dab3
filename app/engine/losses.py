"""What is minimized: the loss of each example, and its gradient with respect to Z[L]."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array
from app.engine.tables import table


@dataclass(frozen=True)
class Loss:
    """A loss and its gradient.

    ``value(Z, Y, out)`` writes the loss of each example, ``gradient(A, Y, out)`` writes dZ[L] of
    each example (not yet divided by m); all (n_L, m). The cost is the mean over the examples.
    """

    name: str
    title: str
    formula: str
    value: Callable[[Array, Array, Array], None]
    gradient: Callable[[Array, Array, Array], None]


def cross_entropy(Z: Array, Y: Array, out: Array) -> None:
    """-y ln(a) - (1 - y) ln(1 - a) with a = sigmoid(z), computed from z so that it cannot overflow.

    Substituting a gives max(z, 0) - y z + ln(1 + e^-|z|).
    """
    np.abs(Z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.log1p(out, out=out)
    # The difference first: where y = 1 and z is large it is 0, and the small number above is what is left.
    out += np.maximum(Z, 0.0) - Y * Z


def cross_entropy_gradient(A: Array, Y: Array, out: Array) -> None:
    """dZ[L] = A[L] - Y: the sigmoid's slope cancels against the logarithm's."""
    np.subtract(A, Y, out=out)


LOSSES = table(
    Loss(
        "cross_entropy",
        "cross-entropy",
        "<math><mi>ℒ</mi><mo>=</mo><mo>-</mo><mi>y</mi><mi>ln</mi><mi>a</mi><mo>-</mo><mo>(</mo>"
        "<mn>1</mn><mo>-</mo><mi>y</mi><mo>)</mo><mi>ln</mi><mo>(</mo><mn>1</mn><mo>-</mo>"
        "<mi>a</mi><mo>)</mo></math>",
        cross_entropy,
        cross_entropy_gradient,
    ),
)
