"""What the output layer makes of Z[L]: probabilities."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.engine.activations import Kink, sigmoid
from app.engine.arrays import Array
from app.engine.tables import table


@dataclass(frozen=True)
class Output:
    """``value(Z, kink, out)`` writes A[L]; ``labels(A)`` is the class predicted for each example (m,).

    ``along(A, R_Z)`` is the change of A[L] as Z[L] changes by R_Z; all (n_L, m).
    """

    name: str
    formula: str
    value: Callable[[Array, Kink, Array], None]
    labels: Callable[[Array], Array]
    along: Callable[[Array, Array], Array]


def softmax(Z: Array, kink: Kink, out: Array) -> None:
    """e^z / sum of e^z over the classes, shifted by the largest z so that it cannot overflow; (K, m)."""
    np.subtract(Z, Z.max(axis=-2, keepdims=True), out=out)
    np.exp(out, out=out)
    np.divide(out, out.sum(axis=-2, keepdims=True), out=out)


def sigmoid_along(A: Array, R_Z: Array) -> Array:
    """a (1 - a) R_z."""
    change: Array = A * (1.0 - A) * R_Z
    return change


def softmax_along(A: Array, R_Z: Array) -> Array:
    """a_k (R_z_k - sum of a_j R_z_j over the classes)."""
    change: Array = A * (R_Z - (A * R_Z).sum(axis=0))
    return change


def above_half(A: Array) -> Array:
    """Class 1 when its probability is strictly above 0.5."""
    chosen: Array = (A[0] > 0.5).astype(float)
    return chosen


def most_probable(A: Array) -> Array:
    """The class of the largest probability; of equal ones the lowest."""
    chosen: Array = A.argmax(axis=0).astype(float)
    return chosen


OUTPUTS = table(
    Output(
        "sigmoid",
        "<math><mi>ŷ</mi><mo>=</mo><mi>σ</mi><mo>(</mo><mi>z</mi><mo>)</mo></math>",
        sigmoid,
        above_half,
        sigmoid_along,
    ),
    Output(
        "softmax",
        "<math><msub><mi>ŷ</mi><mi>k</mi></msub><mo>=</mo><mfrac><msup><mi>e</mi><msub><mi>z</mi><mi>k</mi>"
        "</msub></msup><mrow><munder><mo>∑</mo><mi>j</mi></munder><msup><mi>e</mi><msub><mi>z</mi>"
        "<mi>j</mi></msub></msup></mrow></mfrac></math>",
        softmax,
        most_probable,
        softmax_along,
    ),
)
