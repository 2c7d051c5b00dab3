"""Products that treat equal units equally, bit for bit.

A BLAS matrix product rounds the rows at the edge of a matrix differently from the others, so
two units with the same weights get results that differ in the last digit, and gradient descent
amplifies the difference. Here every product is a stack of identical calls, one for each unit
(or pair of units): what a unit gets depends on its numbers and never on its row.

Shapes: ``W`` (n_l, n_{l-1}), ``A`` and ``dZ`` (units, m). Columns are examples.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
"""Real numbers: float64 where the network learns, float32 where it is only drawn."""


def rows(W: Array) -> Array:
    """``W`` (n, k) as a stack of n row vectors (n, 1, k), sharing its memory."""
    return W[:, None, :]


def product(W_rows: Array, A: Array, out_rows: Array) -> None:
    """``out = W A``: a row-by-matrix product per unit. W (n, k) and out (n, m) as ``rows``, A (k, m)."""
    np.matmul(W_rows, A, out=out_rows)


def pair_sums(dZ_rows: Array, A: Array, out: Array) -> None:
    """``out = dZ A^T``: a dot product per pair of units. dZ (n, m) as ``rows``, A (k, m), out (n, k)."""
    np.vecdot(dZ_rows, A, out=out)
