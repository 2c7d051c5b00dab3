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
from app.engine.arrays import Array, buffer, pair_sums, product, rows
from app.engine.losses import LOSSES, Loss

Parameters = list[tuple[Array, Array]]
"""(W[l], b[l]) of layers 1 to L."""


def parameter_count(sizes: Sequence[int]) -> int:
    """How many numbers a network of layers ``sizes`` (n_0, ..., n_L) has."""
    return sum(n * (before + 1) for before, n in itertools.pairwise(sizes))


def blocks_of(theta: Array, sizes: Sequence[int]) -> list[Array]:
    """The flat ``theta`` (p,) as one matrix [W[l] b[l]] (n_l, n_{l-1} + 1) per layer, sharing its memory."""
    shapes = [(n, before + 1) for before, n in itertools.pairwise(sizes)]
    ends = itertools.accumulate(n * numbers for n, numbers in shapes)
    return [theta[end - n * k : end].reshape(n, k) for end, (n, k) in zip(ends, shapes, strict=True)]


def layers_of(theta: Array, sizes: Sequence[int]) -> Parameters:
    """The flat ``theta`` (p,) as (W[l], b[l]) of each layer, sharing its memory."""
    return [(block[:, :-1], block[:, -1:]) for block in blocks_of(theta, sizes)]


def flat(parameters: Parameters) -> Array:
    """The inverse of ``layers_of``: layer after layer and unit after unit, its weights and then its bias."""
    return np.concatenate([np.hstack(layer).ravel() for layer in parameters])


class Network:
    """Parameters, the buffers of one pass over ``X``, and every view the pass needs, made once.

    A full-batch step on the default experiment takes seventeen numpy calls of about a microsecond or
    less, so nothing is allocated or indexed in them. A bias costs no call: under each A[l] lies a
    row of ones, and [W b] [A; 1] = W A + b, dZ [A; 1]^T = (dW, db) m.
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
        # What works number by number takes whole rows, with what lies between them: that stays finite.
        self._A = [buffer(n + 1, m, dtype) for n in self.sizes]
        self._Z = [buffer(n, m, dtype) for n in self.sizes[1:]]
        self._A_ones = [A[:, :m] for A in self._A]
        for A_ones in self._A_ones:
            A_ones[-1] = 1.0
        self.A = [A_ones[:-1] for A_ones in self._A_ones]
        self.A[0][:] = X
        self.Z = [Z[:, :m] for Z in self._Z]
        blocks = blocks_of(self.theta, self.sizes)
        self._forward = [
            (rows(blocks[i]), self._A_ones[i], rows(self.Z[i]), self._Z[i], g.value, self._A[i + 1][:-1])
            for i, g in enumerate(self.activations)
        ]
        if Y is not None:
            self._prepare_backward(Y, dtype)

    def _prepare_backward(self, Y: Array, dtype: Any) -> None:
        dZ = [buffer(n, self.m, dtype) for n in self.sizes[1:]]
        slopes = [buffer(n, self.m, dtype) for n in self.sizes[1:-1]]
        self.dZ = [whole[:, : self.m] for whole in dZ]
        self._losses = np.zeros((self.sizes[-1], self.m), dtype)
        self._ones = self._A_ones[0][-1:]
        self._m = np.array(self.m, dtype)  # sooner divided by than an int
        self._positive: NDArray[np.bool_] = np.equal(Y, 1.0)
        blocks = blocks_of(self.gradient, self.sizes)
        self._sums = [(rows(self.dZ[i]), self._A_ones[i], block) for i, block in enumerate(blocks)]
        # W[l]^T dZ[l] * g'(Z[l-1]) for l = L, ..., 2
        self._back = [
            (
                rows(self.parameters[i][0].T),
                self.dZ[i],
                rows(self.dZ[i - 1]),
                self.activations[i - 1].slope,
                self._Z[i - 1],
                self._A[i][:-1],
                slopes[i - 1],
                dZ[i - 1],
            )
            for i in range(len(self.dZ) - 1, 0, -1)
        ]

    def load(self, theta: Array) -> None:
        """Take the parameters ``theta`` (p,)."""
        np.copyto(self.theta, theta)

    def forward(self) -> None:
        """Z[l] and A[l] of every layer."""
        kink = self.kink
        for W_b_rows, A_ones, Z_rows, Z, value, A in self._forward:
            product(W_b_rows, A_ones, Z_rows)
            value(Z, kink, A)

    def backward(self) -> None:
        """dZ[l], dW[l] and db[l] of every layer, from the Z and A of the forward pass."""
        assert self.Y is not None
        self.loss.gradient(self.A[-1], self.Y, self.dZ[-1])
        for W_rows, dZ, before_rows, slope, Z, A, slopes, dZ_before in self._back:
            product(W_rows, dZ, before_rows)
            slope(Z, A, self.kink, slopes)
            np.multiply(dZ_before, slopes, out=dZ_before)
        for dZ_rows, A_ones, dW_b in self._sums:
            pair_sums(dZ_rows, A_ones, dW_b)
        np.divide(self.gradient, self._m, out=self.gradient)

    def cost(self) -> float:
        """The mean loss, in nats, of the last forward pass; not finite if a loss is not."""
        assert self.Y is not None
        with np.errstate(all="ignore"):
            self.loss.value(self.Z[-1], self.Y, self._losses)
            # About the first loss, so that the mean of equal losses is that loss to the last bit.
            first = self._losses[:, :1]
            rest = np.vecdot(self._losses - first, self._ones)[:, None]
            mean = float(np.sum(first + rest / self.m))
            return mean if np.isfinite(mean) else float(np.sum(self._losses / self.m))

    def accuracy(self) -> float:
        """The fraction of examples whose class was predicted: 1 when A[L] is strictly above 0.5."""
        assert self.Y is not None
        return float(np.count_nonzero((self.A[-1] > 0.5) == self._positive)) / self._positive.size

    def slopes(self, layer: int) -> Array:
        """g'(Z[l]) (n_l, m) of hidden layer ``layer`` (from 1), after a forward pass."""
        out = np.empty_like(self.Z[layer - 1])
        self.activations[layer - 1].slope(self.Z[layer - 1], self.A[layer], self.kink, out)
        return out
