"""What is minimized: the loss of each example, and its gradient with respect to Z[L]."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array
from app.engine.tables import table


@dataclass(frozen=True)
class Loss:
    """A loss and its gradient, for the output it goes with.

    ``value(Z, A, Y, out)`` writes the loss of each example (1, m); ``gradient(A, Y, out)`` writes
    dZ[L] (n_L, m), not yet divided by m; ``along(A, Y, R_A)`` is the change of that dZ[L] as A changes by
    R_A. Z, A, Y and R_A are (n_L, m). The cost is the mean loss.
    """

    name: str
    title: str
    formula: str
    output: str
    value: Callable[[Array, Array, Array, Array], None]
    gradient: Callable[[Array, Array, Array], None]
    along: Callable[[Array, Array, Array], Array]


def cross_entropy(Z: Array, A: Array, Y: Array, out: Array) -> None:
    """-y ln(a) - (1 - y) ln(1 - a) with a = sigmoid(z), computed from z so that it cannot overflow.

    Substituting a gives max(z, 0) - y z + ln(1 + e^-|z|).
    """
    np.abs(Z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.log1p(out, out=out)
    # The difference first: where y = 1 and z is large it is 0, and the small number above is what is left.
    out += np.maximum(Z, 0.0) - Y * Z


def softmax_cross_entropy(Z: Array, A: Array, Y: Array, out: Array) -> None:
    """-ln(a_y) with a = softmax(z): ln(sum of e^z) - z_y, shifted by the largest z; Y is one-hot (K, m)."""
    largest = Z.max(axis=0, keepdims=True)
    np.log(np.exp(Z - largest).sum(axis=0, keepdims=True), out=out)
    out += largest
    out -= (Y * Z).sum(axis=0, keepdims=True)


def entropy_gradient(A: Array, Y: Array, out: Array) -> None:
    """dZ[L] = A[L] - Y: the output's slope cancels against the logarithm's, of sigmoid and softmax alike."""
    np.subtract(A, Y, out=out)


def entropy_gradient_along(A: Array, Y: Array, R_A: Array) -> Array:
    """R_A, since dZ[L] = A - Y."""
    return R_A


def squared_error(Z: Array, A: Array, Y: Array, out: Array) -> None:
    """(a - y)^2."""
    np.subtract(A, Y, out=out)
    np.multiply(out, out, out=out)


def squared_error_gradient(A: Array, Y: Array, out: Array) -> None:
    """dZ[L] = 2 (A - Y) A (1 - A): the sigmoid's slope stays, and vanishes where the guess is sure."""
    np.subtract(1.0, A, out=out)
    np.multiply(out, A, out=out)
    np.multiply(out, A - Y, out=out)
    np.multiply(out, 2.0, out=out)


def squared_error_gradient_along(A: Array, Y: Array, R_A: Array) -> Array:
    """2 (A (1 - A) + (A - Y) (1 - 2A)) R_A: the product rule upon 2 (A - Y) A (1 - A)."""
    change: Array = 2.0 * (A * (1.0 - A) + (A - Y) * (1.0 - 2.0 * A)) * R_A
    return change


_LOSS = "<math><mi>ℒ</mi><mo>=</mo>{}</math>"

LOSSES = table(
    Loss(
        "cross_entropy",
        "cross-entropy",
        _LOSS.format(
            "<mo>-</mo><mi>y</mi><mi>ln</mi><mi>a</mi><mo>-</mo><mo>(</mo><mn>1</mn><mo>-</mo><mi>y</mi>"
            "<mo>)</mo><mi>ln</mi><mo>(</mo><mn>1</mn><mo>-</mo><mi>a</mi><mo>)</mo>"
        ),
        "sigmoid",
        cross_entropy,
        entropy_gradient,
        entropy_gradient_along,
    ),
    Loss(
        "squared_error",
        "squared error",
        _LOSS.format(
            "<msup><mrow><mo>(</mo><mi>a</mi><mo>-</mo><mi>y</mi><mo>)</mo></mrow><mn>2</mn></msup>"
        ),
        "sigmoid",
        squared_error,
        squared_error_gradient,
        squared_error_gradient_along,
    ),
)

SOFTMAX = Loss(
    "cross_entropy",
    "cross-entropy of K classes",
    _LOSS.format("<mo>-</mo><mi>ln</mi><msub><mi>a</mi><mi>y</mi></msub>"),
    "softmax",
    softmax_cross_entropy,
    entropy_gradient,
    entropy_gradient_along,
)
"""Cross-entropy where there are more than two classes: the same choice, another output."""
