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
from functools import partial
from typing import Any

import numpy as np

from app.engine.activations import Activation, Kink
from app.engine.arithmetic import ARITHMETICS, Arithmetic, Call
from app.engine.arrays import Array, buffer
from app.engine.losses import LOSSES, Loss
from app.engine.outputs import OUTPUTS

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


def weights_of(sizes: Sequence[int]) -> Array:
    """1 where the flat parameters are weights, 0 where they are biases: (p,)."""
    mask = np.zeros(parameter_count(sizes))
    for W, _ in layers_of(mask, sizes):
        W[...] = 1.0
    return mask


class Network:
    """Parameters, the buffers of one pass over ``X``, and every call of the pass, made once.

    A full-batch step on the default experiment takes seventeen numpy calls of about a microsecond or
    less, so nothing is allocated, indexed or looked up in them: ``forward`` and ``backward`` walk a list
    of calls that hold their arrays. A bias costs no call: under each A[l] lies a row of ones, and
    [W b] [A; 1] = W A + b, dZ [A; 1]^T = (dW, db) m.

    With ``shared`` the parameters and gradients are another network's: a batch's are the whole's.
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
        arithmetic: Arithmetic = ARITHMETICS["exact"],
        shared: "Network | None" = None,
    ) -> None:
        m = int(X.shape[1])
        self.sizes = (X.shape[0], *hidden, outputs)
        self.m: int = m
        self.loss = loss
        self.kink = kink
        self.arithmetic = arithmetic
        self.activations = tuple(activations)
        self.output = OUTPUTS[loss.output]
        self.theta: Array = shared.theta if shared else np.zeros(parameter_count(self.sizes), dtype)
        self.gradient: Array = shared.gradient if shared else np.zeros_like(self.theta)
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
        self._forward = self._forward_calls()
        self.Y = None if Y is None else np.array(Y, dtype)
        if self.Y is not None:
            self.dZ: list[Array] = []
            self._losses = np.zeros((1, m), dtype)
            self._ones = self._A_ones[0][-1:]
            self._backward = self._backward_calls(self.Y, dtype)
            self.labels = self.output.labels(self.Y)

    def over(self, X: Array, Y: Array | None) -> "Network":
        """A network over other examples with these parameters: what changes here, changes there."""
        return Network(
            X, Y, self.sizes[1:-1], self.activations, self.kink, self.loss, self.sizes[-1],
            arithmetic=self.arithmetic, shared=self,
        )  # fmt: skip

    def _forward_calls(self) -> list[Call]:
        calls: list[Call] = []
        values = [*(g.value for g in self.activations), self.output.value]
        for i, (W_b, value) in enumerate(zip(blocks_of(self.theta, self.sizes), values, strict=True)):
            calls += self.arithmetic.forward(W_b, self._A_ones[i], self.Z[i])
            calls.append(partial(value, self._Z[i], self.kink, self._A[i + 1][:-1]))
        return calls

    def _backward_calls(self, Y: Array, dtype: Any) -> list[Call]:
        whole = [buffer(n, self.m, dtype) for n in self.sizes[1:]]
        self.dZ = [dZ[:, : self.m] for dZ in whole]
        calls: list[Call] = [partial(self.loss.gradient, self.A[-1], Y, self.dZ[-1])]
        for i in range(len(self.dZ) - 1, 0, -1):  # dZ[l-1] = W[l]^T dZ[l] * g'(Z[l-1])
            slopes, slope = np.zeros_like(whole[i - 1]), self.activations[i - 1].slope
            calls += self.arithmetic.back(self.parameters[i][0], self.dZ[i], self.dZ[i - 1])
            calls.append(partial(slope, self._Z[i - 1], self._A[i][:-1], self.kink, slopes))
            calls.append(partial(np.multiply, whole[i - 1], slopes, whole[i - 1]))
        for dZ, A_ones, dW_b in zip(
            self.dZ, self._A_ones, blocks_of(self.gradient, self.sizes), strict=False
        ):
            calls += self.arithmetic.sums(dZ, A_ones, dW_b)
        m = np.array(self.m, dtype)  # sooner divided by than an int
        return [*calls, partial(np.divide, self.gradient, m, self.gradient)]

    def load(self, theta: Array) -> None:
        """Take the parameters ``theta`` (p,)."""
        np.copyto(self.theta, theta)

    def take(self, X: Array, Y: Array) -> None:
        """Take other examples, as many as before."""
        assert self.Y is not None
        np.copyto(self.A[0], X)
        np.copyto(self.Y, Y)

    def forward(self) -> None:
        """Z[l] and A[l] of every layer."""
        for call in self._forward:
            call()

    def backward(self) -> None:
        """dZ[l], dW[l] and db[l] of every layer, from the Z and A of the forward pass."""
        for call in self._backward:
            call()

    def cost(self) -> float:
        """The mean loss of the last forward pass, without a penalty; not finite if a loss is not."""
        assert self.Y is not None
        with np.errstate(all="ignore"):
            self.loss.value(self.Z[-1], self.A[-1], self.Y, self._losses)
            # About the first loss, so that the mean of equal losses is that loss to the last bit.
            first = self._losses[0, 0]
            mean = float(first + np.vecdot(self._losses[0] - first, self._ones[0]) / self.m)
            return mean if np.isfinite(mean) else float(np.sum(self._losses / self.m))

    def predictions(self) -> Array:
        """The class predicted for each example (m,), after a forward pass."""
        return self.output.labels(self.A[-1])

    def accuracy(self) -> float:
        """The fraction of examples whose class was predicted."""
        right = int(np.count_nonzero(self.predictions() == self.labels))
        return right / self.m

    def slopes(self, layer: int) -> Array:
        """g'(Z[l]) (n_l, m) of hidden layer ``layer`` (from 1), after a forward pass."""
        out = np.empty_like(self.Z[layer - 1])
        self.activations[layer - 1].slope(self.Z[layer - 1], self.A[layer], self.kink, out)
        return out
