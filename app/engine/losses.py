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


@dataclass(frozen=True)
class Penalty:
    """What the cost charges for large weights, as a formula; ``training.Descent`` adds it."""

    name: str
    title: str
    formula: str


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


_LN = '<mspace width="0.17em"/><mi>ln</mi><mspace width="0.17em"/>'
_LOSS = "<math><mi>ℒ</mi><mo>=</mo>{}</math>"

LOSSES = table(
    Loss(
        "cross_entropy",
        "cross-entropy",
        _LOSS.format(
            f"<mo>-</mo><mi>y</mi>{_LN}<mi>a</mi><mo>-</mo><mo>(</mo><mn>1</mn><mo>-</mo><mi>y</mi>"
            f"<mo>)</mo>{_LN}<mo>(</mo><mn>1</mn><mo>-</mo><mi>a</mi><mo>)</mo>"
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
    _LOSS.format(f"<mo>-</mo>{_LN}<msub><mi>a</mi><mi>y</mi></msub>"),
    "softmax",
    softmax_cross_entropy,
    entropy_gradient,
    entropy_gradient_along,
)
"""Cross-entropy where there are more than two classes: the same choice, another output."""

_SUM = "<munder><mo>∑</mo><mi>{}</mi></munder>"
_WEIGHTS = "<msup><mi>W</mi><mrow><mo>[</mo><mi>l</mi><mo>]</mo></mrow></msup>"

PENALTIES = table(
    Penalty(
        "l2",
        "L2 penalty",
        "<math><mtable>"
        "<mtr><mtd><mi>J</mi><mo>=</mo><mfrac><mn>1</mn><mi>m</mi></mfrac>"
        + _SUM.format("i")
        + "<msup><mi>ℒ</mi><mrow><mo>(</mo><mi>i</mi><mo>)</mo></mrow></msup><mo>+</mo>"
        "<mfrac><mi>λ</mi><mrow><mn>2</mn><mi>m</mi></mrow></mfrac>"
        + _SUM.format("l")
        + f"<msup><mrow><mo>‖</mo>{_WEIGHTS}<mo>‖</mo></mrow><mn>2</mn></msup></mtd></mtr>"
        "<mtr><mtd><mi>dW</mi><mo>=</mo><mfrac><mn>1</mn><mi>m</mi></mfrac><mi>dZ</mi>"
        "<msup><mi>A</mi><mi>T</mi></msup><mo>+</mo><mfrac><mi>λ</mi><mi>m</mi></mfrac><mi>W</mi></mtd></mtr>"
        "</mtable></math>",
    ),
)
