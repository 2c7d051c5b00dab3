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
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from app.engine.activations import Activation, Kink
from app.engine.arithmetic import ARITHMETICS, Arithmetic, Call
from app.engine.arrays import Array
from app.engine.losses import LOSSES, Loss
from app.engine.outputs import OUTPUTS

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


def weights_of(sizes: Sequence[int]) -> Array:
    """1 where the flat parameters are weights, 0 where they are biases: (p,)."""
    mask = np.zeros(parameter_count(sizes))
    for W, _ in layers_of(mask, sizes):
        W.fill(1.0)
    return mask


@dataclass(frozen=True)
class Architecture:
    """What a network computes, whatever its examples: layers, activations, output, loss, rounding."""

    sizes: tuple[int, ...]
    activations: tuple[Activation, ...]
    kink: Kink = Kink()
    loss: Loss = LOSSES["cross_entropy"]
    arithmetic: Arithmetic = ARITHMETICS["exact"]


class Network:
    """Parameters, the buffers of one pass over m examples, and every call of the pass, made once.

    A full-batch step on the default experiment is about twenty numpy calls of well under a
    microsecond each, so nothing is allocated, indexed or looked up in them: ``forward`` and
    ``backward`` walk a list of calls that already hold their arrays.

    Networks over different examples may share ``theta`` and ``gradient`` (p,): a batch and the whole.
    """

    def __init__(
        self,
        architecture: Architecture,
        X: Array,
        Y: Array | None = None,
        shared: "Network | None" = None,
        dtype: Any = np.float64,
    ) -> None:
        self.architecture = architecture
        self.sizes = sizes = architecture.sizes
        self.m = m = X.shape[1]
        self.theta: Array = shared.theta if shared else np.zeros(parameter_count(sizes), dtype)
        self.gradient: Array = shared.gradient if shared else np.zeros_like(self.theta)
        self.parameters = layers_of(self.theta, sizes)
        self.gradients = layers_of(self.gradient, sizes)
        self.X = np.array(X, dtype, order="C")
        self.Y = None if Y is None else np.array(Y, dtype, order="C")
        self.Z = [np.zeros((n, m), dtype) for n in sizes[1:]]
        self.A = [self.X, *(np.zeros((n, m), dtype) for n in sizes[1:])]
        self.output = OUTPUTS[architecture.loss.output]
        self._ones = np.ones((1, m), dtype)
        self._losses = np.zeros((1, m), dtype)
        self._forward = self._forward_calls()
        if self.Y is not None:
            self.dZ = [np.zeros((n, m), dtype) for n in sizes[1:]]
            self.labels = self.output.labels(self.Y)
            self._backward = self._backward_calls(self.Y)

    def _forward_calls(self) -> list[Call]:
        kink, calls = self.architecture.kink, list[Call]()
        values = [*(g.value for g in self.architecture.activations), self.output.value]
        for (W, b), before, Z, value, A in zip(
            self.parameters, self.A[:-1], self.Z, values, self.A[1:], strict=True
        ):
            calls += self.architecture.arithmetic.forward(W, before, Z)
            calls += [partial(np.add, Z, b, Z), partial(value, Z, kink, A)]
        return calls

    def _backward_calls(self, Y: Array) -> list[Call]:
        kink, arithmetic = self.architecture.kink, self.architecture.arithmetic
        calls: list[Call] = [partial(self.architecture.loss.gradient, self.A[-1], Y, self.dZ[-1])]
        for i in range(len(self.dZ) - 1, 0, -1):  # dZ[l-1] = W[l]^T dZ[l] * g'(Z[l-1])
            slopes, dZ_before = np.zeros_like(self.dZ[i - 1]), self.dZ[i - 1]
            slope = self.architecture.activations[i - 1].slope
            calls += arithmetic.back(self.parameters[i][0], self.dZ[i], dZ_before)
            calls += [
                partial(slope, self.Z[i - 1], self.A[i], kink, slopes),
                partial(np.multiply, dZ_before, slopes, dZ_before),
            ]
        for dZ, A, (dW, db) in zip(self.dZ, self.A, self.gradients, strict=False):
            calls += arithmetic.sums(dZ, A, dW)
            calls += arithmetic.sums(dZ, self._ones, db)
        return [*calls, partial(np.divide, self.gradient, self.m, self.gradient)]

    def load(self, theta: Array) -> None:
        """Take the parameters ``theta`` (p,)."""
        np.copyto(self.theta, theta)

    def take(self, X: Array, Y: Array) -> None:
        """Take other examples, as many as before."""
        assert self.Y is not None
        np.copyto(self.X, X)
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
            self.architecture.loss.value(self.Z[-1], self.A[-1], self.Y, self._losses)
            # One dot product with ones: its sum of 400 equal losses is exact where np.mean's is not.
            total = float(np.vecdot(self._losses[0], self._ones[0]))
            mean = total / self.m if np.isfinite(total) else np.sum(self._losses / self.m)
            return float(mean)

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
        slope = self.architecture.activations[layer - 1].slope
        slope(self.Z[layer - 1], self.A[layer], self.architecture.kink, out)
        return out
