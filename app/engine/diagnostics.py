"""What can be said about a layer: how symmetric, how saturated, how alike its units are."""

import math
from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array, buffer
from app.engine.network import Network, Parameters


@dataclass(frozen=True)
class Symmetry:
    """Which units of a hidden layer are equal.

    Two units are of one class when their incoming weights, bias and outgoing weights are equal as
    numbers. ``classes`` numbers the classes in order of first appearance, ``distinct`` counts
    them; ``spread`` is the largest absolute difference in any of those numbers between any two
    units, 0 exactly when ``distinct`` is 1.
    """

    distinct: int
    spread: float
    classes: tuple[int, ...]


def unit_numbers(network: Network, layer: int) -> Array:
    """Row u is all that unit u of hidden layer ``layer`` is made of: (n_l, n_{l-1} + 1 + n_{l+1})."""
    return numbers_by_unit(network.parameters, layer)


def numbers_by_unit(parameters: Parameters, layer: int) -> Array:
    """The same of any numbers that are laid out as parameters are."""
    W, b = parameters[layer - 1]
    return np.concatenate([W, b, parameters[layer][0].T], axis=1)


def symmetry(network: Network, layer: int) -> Symmetry:
    """The classes of equal units of hidden layer ``layer`` (from 1)."""
    numbers = unit_numbers(network, layer) + 0.0  # -0.0 equals 0.0
    seen: dict[bytes, int] = {}
    classes = tuple(seen.setdefault(row.tobytes(), len(seen)) for row in numbers)
    return Symmetry(len(seen), spread(network, layer), classes)


def spread(network: Network, layer: int) -> float:
    """The largest absolute difference of any number between any two units of the layer."""
    numbers = unit_numbers(network, layer)
    with np.errstate(over="ignore"):
        widest = float((numbers.max(axis=0) - numbers.min(axis=0)).max())
    return min(widest, float(np.finfo(float).max))  # -1e308 to 1e308 is further than a float can say


def alike(A: Array) -> float | None:
    """The smallest absolute correlation between two units' activations ``A`` (n_l, m).

    1 when all units act as one (or as its mirror image), None with a single unit or where a unit
    does not vary over the examples.
    """
    if len(A) < 2 or np.any(A.max(axis=1) == A.min(axis=1)):
        return None
    centred = buffer(*A.shape)[:, : A.shape[1]]
    np.divide(A, np.abs(A).max(axis=1, keepdims=True), out=centred)
    centred -= centred.mean(axis=1, keepdims=True)
    # One dot product per pair, so that equal rows give exactly c_uv = c_uu = c_vv and hence 1.
    products = np.vecdot(centred[:, None, :], centred[None, :, :])
    squares = np.diagonal(products)
    if np.any(squares == 0.0):
        return None
    correlations = np.abs(products) / np.sqrt(squares[:, None] * squares[None, :])
    return float(min(correlations.min(), 1.0))


FLAT = 0.01
"""A slope under this is flat: the unit is saturated at that example."""


@dataclass(frozen=True)
class Health:
    """Why a hidden layer may not be learning.

    ``saturated`` is the fraction of (unit, example) pairs with g'(Z) under 0.01, ``dead`` the
    number of ReLU units whose slope is 0 at every example, ``gradient_norm`` the Frobenius norm
    of dW[l].
    """

    saturated: float
    dead: int
    gradient_norm: float


def health(network: Network, layer: int) -> Health:
    """Of hidden layer ``layer`` (from 1), after a forward and a backward pass."""
    slopes = network.slopes(layer)
    can_die = network.activations[layer - 1].can_die
    return Health(
        saturated=float(np.count_nonzero(slopes < FLAT)) / slopes.size,
        dead=int(np.count_nonzero(~slopes.any(axis=1))) if can_die else 0,
        gradient_norm=norm(network.gradients[layer - 1][0]),
    )


SQUARES = (1e-200, 1e200)
"""Between these a sum of squares has lost nothing to overflow or underflow."""


def norm(values: Array) -> float:
    """The square root of the sum of squares of a matrix, without overflow or underflow on the way."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        squares = float(np.vecdot(values, values).sum())
    if SQUARES[0] < squares < SQUARES[1]:
        return math.sqrt(squares)
    largest = float(np.abs(values).max())
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.sum((values / largest) ** 2)))


def root_mean_square(values: Array) -> float:
    """The usual size of a number of a matrix."""
    return norm(values) / math.sqrt(values.size)
