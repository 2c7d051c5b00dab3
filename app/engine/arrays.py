"""Products that treat equal units equally, bit for bit.

A BLAS matrix product rounds the rows at the edge of a matrix differently from the others, so
two units with the same weights get results that differ in the last digit, and gradient descent
amplifies the difference. Here every product is a stack of identical calls, one for each unit
(or pair of units), on rows that are aligned alike: what a unit gets depends on its numbers and never
on its row.

Shapes: ``W`` (n_l, n_{l-1}), ``A`` and ``dZ`` (units, m). Columns are examples.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
"""Real numbers: float64 where the network learns, float32 where it is only drawn."""


LINE = 64
"""Bytes: a cache line, and as much as the widest vector register holds."""


def buffer(n: int, m: int, dtype: Any = np.float64) -> Array:
    """Zeros (n, m or a little more) in which every row starts at a multiple of 64 bytes.

    Some BLAS kernels add the numbers up to the first aligned address apart from the others. Where a row
    lies must tell neither its unit from the next one nor this process from another.
    """
    row = -(-m * np.dtype(dtype).itemsize // LINE) * LINE
    memory = np.zeros(n * row + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    aligned: Array = memory[start : start + n * row].view(dtype).reshape(n, -1)
    return aligned


def _constant(value: float) -> Mapping[np.dtype[Any], Array]:
    return {np.dtype(dtype): np.array(value, dtype) for dtype in (np.float32, np.float64)}


HALF, ONE = _constant(0.5), _constant(1.0)
"""``HALF[Z.dtype]`` is 1/2 as precise as Z; a ufunc takes it in half the time it takes a Python float."""


def rows(W: Array) -> Array:
    """``W`` (n, k) as a stack of n row vectors (n, 1, k), sharing its memory."""
    return W[:, None, :]


def product(W_rows: Array, A: Array, out_rows: Array) -> None:
    """``out = W A``: a row-by-matrix product per unit. W (n, k) and out (n, m) as ``rows``, A (k, m).

    With k = 1 it is a multiplication, at which matmul is slow.
    """
    (np.multiply if len(A) == 1 else np.matmul)(W_rows, A, out=out_rows)


def pair_sums(dZ_rows: Array, A: Array, out: Array) -> None:
    """``out = dZ A^T``: a dot product per pair of units. dZ (n, m) as ``rows``, A (k, m), out (n, k)."""
    np.vecdot(dZ_rows, A, out=out)
