"""How the three products of a step are rounded. "exact" is the one that keeps equal units equal.

A BLAS matrix product rounds the rows at the edge of a matrix differently from the others, so two
units with the same weights get results that differ in the last digit, and gradient descent
amplifies the difference. The exact products are stacks of identical calls, one for each unit (or
pair of units): what a unit gets depends on its numbers and never on its row.

Shapes: W (n_l, n_{l-1}), A (n_{l-1}, m), Z and dZ (n_l, m). Columns are examples.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from app.engine.arrays import Array
from app.engine.tables import table

Call = Callable[[], object]


@dataclass(frozen=True)
class Arithmetic:
    """Each function takes the arrays once and returns the calls that compute the product into ``out``.

    ``forward``: out = W A. ``back``: out = W^T dZ. ``sums``: out = dZ A^T, a sum over the examples.
    """

    name: str
    title: str
    description: str
    forward: Callable[[Array, Array, Array], list[Call]]
    back: Callable[[Array, Array, Array], list[Call]]
    sums: Callable[[Array, Array, Array], list[Call]]


def rows(W: Array) -> Array:
    """``W`` (n, k) as a stack of n row vectors (n, 1, k), sharing its memory."""
    return W[:, None, :]


def _exact_forward(W: Array, A: Array, out: Array) -> list[Call]:
    if len(A) == 1:  # a single input: matmul has no quick way for it, and a plain product is as exact
        return [partial(np.multiply, W, A, out)]
    return [partial(np.matmul, rows(W), A, rows(out))]


def _exact_back(W: Array, dZ: Array, out: Array) -> list[Call]:
    return _exact_forward(W.T, dZ, out)


def _exact_sums(dZ: Array, A: Array, out: Array) -> list[Call]:
    return [partial(np.vecdot, rows(dZ), A, out)]


def _blas_forward(W: Array, A: Array, out: Array) -> list[Call]:
    return [partial(np.matmul, W, A, out)]


def _blas_back(W: Array, dZ: Array, out: Array) -> list[Call]:
    return [partial(np.matmul, W.T, dZ, out)]


def _blas_sums(dZ: Array, A: Array, out: Array) -> list[Call]:
    return [partial(np.matmul, dZ, A.T, out)]


def _reordered_sums(dZ: Array, A: Array, out: Array) -> list[Call]:
    """Unit u sums over the examples in the order ``RandomState(u).permutation(m)``."""
    calls: list[Call] = []
    for u in range(len(dZ)):
        order = np.random.RandomState(u).permutation(dZ.shape[1])
        mine, theirs = np.empty(dZ.shape[1]), np.empty(A.shape)
        calls += [
            partial(np.take, dZ[u], order, 0, mine),
            partial(np.take, A, order, 1, theirs),
            partial(np.vecdot, mine, theirs, out[u]),
        ]
    return calls


ARITHMETICS = table(
    Arithmetic(
        "exact",
        "exact",
        "equal units stay equal, bit for bit",
        _exact_forward,
        _exact_back,
        _exact_sums,
    ),
    Arithmetic(
        "reordered",
        "reordered",
        "each unit sums over the examples in an order of its own: rounding breaks symmetry on every machine",
        _exact_forward,
        _exact_back,
        _reordered_sums,
    ),
    Arithmetic(
        "blas",
        "plain BLAS",
        "plain matrix products: whether rounding breaks symmetry depends on the width and the processor",
        _blas_forward,
        _blas_back,
        _blas_sums,
    ),
)
