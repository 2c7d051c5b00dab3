"""A network of L layers on one set of examples: forward and backward propagation, in the course's notation.

    Z[l] = W[l] A[l-1] + b[l]        dZ[L]   = A[L] - Y
    A[l] = g(Z[l])                   dW[l]   = dZ[l] A[l-1]^T / m
    A[0] = X                         db[l]   = sum(dZ[l]) / m
                                     dZ[l-1] = W[l]^T dZ[l] * g'(Z[l-1])

Columns are examples: X (n_0, m), Y (n_L, m), W[l] (n_l, n_{l-1}), b[l] (n_l, 1), Z[l] and A[l]
(n_l, m). The lists here start with layer 1, so W[l] is ``W[l - 1]``; only ``A`` starts with A[0].
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.activations import ACTIVATIONS, Activation, Kink
from app.engine.arrays import Array, pair_sums, product, rows
from app.engine.losses import LOSSES, Loss

Parameters = list[tuple[Array, Array]]
"""(W[l], b[l]) of layers 1 to L."""


def parameter_count(sizes: Sequence[int]) -> int:
    """How many numbers a network of layers ``sizes`` (n_0, ..., n_L) has."""
    return sum(n * (before + 1) for before, n in itertools.pairwise(sizes))


def layers_of(theta: Array, sizes: Sequence[int]) -> Parameters:
    """The flat ``theta`` (p,) as (W[l], b[l]) of each layer, sharing its memory."""
    parameters, at = [], 0
    for before, n in itertools.pairwise(sizes):
        W = theta[at : at + n * before].reshape(n, before)
        at += n * before
        parameters.append((W, theta[at : at + n].reshape(n, 1)))
        at += n
    return parameters


def flat(parameters: Parameters) -> Array:
    """The inverse of ``layers_of``: every W[l] in row-major order, then b[l], layer after layer."""
    return np.concatenate([part.ravel() for W, b in parameters for part in (W, b)])


class Network:
    """Parameters, the buffers of one pass over ``X``, and every view the pass needs, made once.

    A full-batch step on the default experiment takes about twenty numpy calls of well under a
    microsecond each, so nothing is allocated or indexed in them.
    """

    def __init__(
        self,
        X: Array,
        Y: Array | None,
        hidden: Sequence[int],
        activations: Sequence[Activation],
        kink: Kink = Kink(),
        loss: Loss = LOSSES["cross_entropy"],
        outputs: int = 1,
        dtype: Any = np.float64,
    ) -> None:
        m = X.shape[1]
        self.sizes = (X.shape[0], *hidden, outputs)
        self.m = m
        self.Y = Y
        self.loss = loss
        self.kink = kink
        self.activations = (*activations, ACTIVATIONS["sigmoid"])
        self.theta = np.zeros(parameter_count(self.sizes), dtype)
        self.gradient = np.zeros_like(self.theta)
        self.parameters = layers_of(self.theta, self.sizes)
        self.gradients = layers_of(self.gradient, self.sizes)
        widths = self.sizes[1:]
        self.A = [np.ascontiguousarray(X, dtype), *(np.zeros((n, m), dtype) for n in widths)]
        self.Z = [np.zeros((n, m), dtype) for n in widths]
        self._ones = np.ones((1, m), dtype)
        self._forward = [
            (rows(W), self.A[i], rows(self.Z[i]), b, self.Z[i], g.value, self.A[i + 1])
            for i, ((W, b), g) in enumerate(zip(self.parameters, self.activations, strict=True))
        ]
        if Y is not None:
            self._prepare_backward(Y, dtype)

    def _prepare_backward(self, Y: Array, dtype: Any) -> None:
        self.dZ = [np.zeros((n, self.m), dtype) for n in self.sizes[1:]]
        self._slopes = [np.zeros((n, self.m), dtype) for n in self.sizes[1:-1]]
        self._losses = np.zeros((self.sizes[-1], self.m), dtype)
        self._positive: NDArray[np.bool_] = np.equal(Y, 1.0)
        self._sums = [
            (rows(dZ), A, dW, self._ones, db)
            for dZ, A, (dW, db) in zip(self.dZ, self.A, self.gradients, strict=False)
        ]
        # W[l]^T dZ[l] * g'(Z[l-1]) for l = L, ..., 2
        self._back = [
            (
                rows(self.parameters[i][0].T),
                self.dZ[i],
                rows(self.dZ[i - 1]),
                self.activations[i - 1].slope,
                self.Z[i - 1],
                self.A[i],
                self._slopes[i - 1],
                self.dZ[i - 1],
            )
            for i in range(len(self.dZ) - 1, 0, -1)
        ]

    def load(self, theta: Array) -> None:
        """Take the parameters ``theta`` (p,)."""
        np.copyto(self.theta, theta)

    def forward(self) -> None:
        """Z[l] and A[l] of every layer."""
        kink = self.kink
        for W_rows, A_before, Z_rows, b, Z, value, A in self._forward:
            product(W_rows, A_before, Z_rows)
            np.add(Z, b, out=Z)
            value(Z, kink, A)

    def backward(self) -> None:
        """dZ[l], dW[l] and db[l] of every layer, from the Z and A of the forward pass."""
        assert self.Y is not None
        self.loss.gradient(self.A[-1], self.Y, self.dZ[-1])
        for W_rows, dZ, before_rows, slope, Z, A, slopes, dZ_before in self._back:
            product(W_rows, dZ, before_rows)
            slope(Z, A, self.kink, slopes)
            np.multiply(dZ_before, slopes, out=dZ_before)
        for dZ_rows, A, dW, ones, db in self._sums:
            pair_sums(dZ_rows, A, dW)
            pair_sums(dZ_rows, ones, db)
        np.divide(self.gradient, self.m, out=self.gradient)

    def cost(self) -> float:
        """The mean loss, in nats, of the last forward pass; not finite if a loss is not."""
        assert self.Y is not None
        with np.errstate(all="ignore"):
            self.loss.value(self.Z[-1], self.Y, self._losses)
            # One dot product with ones: its sum of 400 equal losses is exact where np.mean's is not.
            total = float(np.vecdot(self._losses, self._ones).sum())
            return total / self.m if np.isfinite(total) else float(np.sum(self._losses / self.m))

    def accuracy(self) -> float:
        """The fraction of examples whose class was predicted: 1 when A[L] is strictly above 0.5."""
        assert self.Y is not None
        return float(np.count_nonzero((self.A[-1] > 0.5) == self._positive)) / self._positive.size

    def slopes(self, layer: int) -> Array:
        """g'(Z[l]) (n_l, m) of hidden layer ``layer`` (from 1), after a forward pass."""
        out = np.empty_like(self.Z[layer - 1])
        self.activations[layer - 1].slope(self.Z[layer - 1], self.A[layer], self.kink, out)
        return out
