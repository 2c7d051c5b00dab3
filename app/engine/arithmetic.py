"""How the three products of a step are rounded. "exact" is the one that keeps equal units equal (arrays.py).

The bias travels with the weights: W_b is [W b] (n_l, n_{l-1} + 1), and under A (n_{l-1}, m) lies a row
of ones, A_ones. Z and dZ are (n_l, m). Columns are examples.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from app.engine.arrays import Array, buffer, pair_sums, product, rows
from app.engine.tables import table

Call = Callable[[], object]


@dataclass(frozen=True)
class Arithmetic:
    """Each function takes the arrays once and returns the calls that compute the product into ``out``.

    ``forward``: out = W_b A_ones. ``back``: out = W^T dZ. ``sums``: out = dZ A_ones^T, over the examples.
    """

    name: str
    title: str
    description: str
    forward: Callable[[Array, Array, Array], list[Call]]
    back: Callable[[Array, Array, Array], list[Call]]
    sums: Callable[[Array, Array, Array], list[Call]]


def _exact_forward(W_b: Array, A_ones: Array, out: Array) -> list[Call]:
    return [partial(product, rows(W_b), A_ones, rows(out))]


def _exact_back(W: Array, dZ: Array, out: Array) -> list[Call]:
    return [partial(product, rows(W.T), dZ, rows(out))]


def _exact_sums(dZ: Array, A_ones: Array, out: Array) -> list[Call]:
    return [partial(pair_sums, rows(dZ), A_ones, out)]


def _blas_forward(W_b: Array, A_ones: Array, out: Array) -> list[Call]:
    return [partial(np.matmul, W_b, A_ones, out)]


def _blas_back(W: Array, dZ: Array, out: Array) -> list[Call]:
    return [partial(np.matmul, W.T, dZ, out)]


def _blas_sums(dZ: Array, A_ones: Array, out: Array) -> list[Call]:
    return [partial(np.matmul, dZ, A_ones.T, out)]


def _reordered_sums(dZ: Array, A_ones: Array, out: Array) -> list[Call]:
    """Unit u sums over the examples in the order ``RandomState(u).permutation(m)``."""
    calls: list[Call] = []
    m = dZ.shape[1]
    mine, theirs = buffer(1, m)[0, :m], buffer(*A_ones.shape)[:, :m]
    for u in range(len(dZ)):
        order = np.random.RandomState(u).permutation(m)
        calls += [
            partial(np.take, dZ[u], order, 0, mine, "clip"),
            partial(np.take, A_ones, order, 1, theirs, "clip"),
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
