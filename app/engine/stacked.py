"""N networks of equal shape, trained together: every array has one more axis in front, the networks.

What a step costs of a small network is mostly the calls; a stack makes each call once for all. Every
number equals that of the network trained alone, bit for bit: the same operations in the same order, row
by row (arrays.py), on rows that are as long and aligned as there. So equal units stay equal here too.

Shapes: ``theta`` (N, p), Z[l] and A[l] (N, n_l, m); X and Y (1, ...) where all learn from the same points.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np

from app.engine.arithmetic import Call
from app.engine.arrays import Array, buffer
from app.engine.network import Network, parameter_count, weights_of
from app.engine.optimizers import Optimizer, Rates
from app.engine.training import MAX_SEED

CACHE_BYTES = 1_000_000
"""As much as the arrays of a step may take, so that they stay in a core's own cache."""
MOST = 64
BUFFER = 256
"""Numbers: numpy's own buffers. It copies an operand that is repeated along a row until they are full."""


def fitting(sizes: Sequence[int], m: int) -> int:
    """How many networks of layers ``sizes`` to train together on ``m`` points: as many as the cache holds."""
    # Z, A and dZ of every layer, and a slope of the widest one.
    numbers = m * (3 * sum(sizes[1:]) + max(sizes[1:])) + 4 * parameter_count(sizes)
    return max(1, min(MOST, CACHE_BYTES // (8 * numbers)))


@contextmanager
def _small_buffers() -> Iterator[None]:
    before = np.setbufsize(BUFFER)
    try:
        yield
    finally:
        np.setbufsize(before)


def _layers(N: int, n: int, m: int) -> Array:
    """Zeros (N, n, m or a little more), each row aligned as ``buffer`` aligns it."""
    return buffer(N * n, m).reshape(N, n, -1)


def _rows(A: Array) -> Array:
    """``A`` (N, n, k) as N stacks of n row vectors (N, n, 1, k), sharing its memory."""
    return A[:, :, None, :]


def _product(W: Array, A: Array, out: Array) -> Call:
    """The call of ``out = W A`` in every network, a row-by-matrix product per unit; all (N or 1, ., .)."""
    many = A[:, None] if A.shape[1] > 1 else A[:, :, None]
    if A.shape[1] == 1:  # a multiplication, at which matmul is slow; as in arrays.product
        return partial(np.multiply, _rows(W), many, _rows(out))
    return partial(np.matmul, _rows(W), many, _rows(out))


class Stack:
    """N networks like ``networks[0]``, over its examples or each over those of its own; exact arithmetic.

    Parameters and gradients are ``theta`` and ``gradient``, one flat row per network, as in ``Network``.
    ``shared`` is the stack whose parameters and gradients these are: a batch's are the whole's.
    """

    def __init__(self, networks: Sequence[Network], N: int, shared: "Stack | None" = None) -> None:
        like = networks[0]
        assert like.Y is not None
        assert len(networks) in (1, N)
        self.like, self.N, self.m, self.sizes = like, N, like.m, like.sizes
        p = parameter_count(like.sizes)
        self.theta: Array = shared.theta if shared else np.zeros((N, p))
        self.gradient: Array = shared.gradient if shared else np.zeros((N, p))
        self.X = np.stack([network.A[0] for network in networks])
        self.Y = np.stack([network.Y for network in networks if network.Y is not None])
        counts = (len(networks), *(N for _ in self.sizes[1:-1]))
        self._A_ones = [_layers(count, n + 1, self.m) for count, n in zip(counts, self.sizes, strict=False)]
        self._A = [*(A[:, :-1] for A in self._A_ones), _layers(N, self.sizes[-1], self.m)]
        self._Z = [_layers(N, n, self.m) for n in self.sizes[1:]]
        for A in self._A_ones:
            A[:, -1, : self.m] = 1.0
        self._X = self._A[0][:, :, : self.m]
        np.copyto(self._X, self.X)
        self._calls = [*self._forward_calls(), *self._backward_calls()]

    def _blocks(self, flat: Array) -> list[Array]:
        """The rows of ``flat`` (N, p) as one matrix [W[l] b[l]] (N, n_l, n_{l-1} + 1) per layer."""
        blocks, start = [], 0
        for before, n in zip(self.sizes, self.sizes[1:], strict=False):
            end = start + n * (before + 1)
            blocks.append(flat[:, start:end].reshape(self.N, n, before + 1))
            start = end
        return blocks

    def _forward_calls(self) -> list[Call]:
        calls: list[Call] = []
        values = [*(g.value for g in self.like.activations), self.like.output.value]
        for i, (W_b, value) in enumerate(zip(self._blocks(self.theta), values, strict=True)):
            calls.append(_product(W_b, self._A_ones[i][:, :, : self.m], self._Z[i][:, :, : self.m]))
            calls.append(partial(value, self._Z[i], self.like.kink, self._A[i + 1]))
        return calls

    def _backward_calls(self) -> list[Call]:
        N, m = self.N, self.m
        dZ = [_layers(N, n, m) for n in self.sizes[1:]]
        # Every layer's slopes in the same memory: one's are used before the next one's are made.
        memory = buffer(N * max(self.sizes[1:]), m)
        slopes = [memory[: N * n].reshape(N, n, -1) for n in self.sizes[1:-1]]
        W_b, dW_b = self._blocks(self.theta), self._blocks(self.gradient)
        calls: list[Call] = [
            partial(self.like.loss.gradient, self._A[-1][:, :, :m], self.Y, dZ[-1][:, :, :m])
        ]
        for i in range(len(dZ) - 1, 0, -1):  # dZ[l-1] = W[l]^T dZ[l] * g'(Z[l-1])
            slope = self.like.activations[i - 1].slope
            W_T = W_b[i][:, :, :-1].transpose(0, 2, 1)
            calls.append(_product(W_T, dZ[i][:, :, :m], dZ[i - 1][:, :, :m]))
            calls.append(partial(slope, self._Z[i - 1], self._A[i], self.like.kink, slopes[i - 1]))
            calls.append(partial(np.multiply, dZ[i - 1], slopes[i - 1], dZ[i - 1]))
        for dZ_l, A, out in zip(dZ, self._A_ones, dW_b, strict=True):
            calls.append(partial(np.vecdot, _rows(dZ_l[:, :, :m]), A[:, None, :, :m], out))
        return [*calls, partial(np.divide, self.gradient, np.array(m, float), self.gradient)]

    def take(self, X: Array, Y: Array) -> None:
        """Take other examples, as many as before: (1 or N, n, m)."""
        np.copyto(self._X, X)
        np.copyto(self.Y, Y)

    def propagate(self) -> None:
        """Forward and backward: every network's gradient at its parameters."""
        for call in self._calls:
            call()


class StackedBatches:
    """The mini-batches of ``training.Batches`` for a stack; ``seeds`` is one, or one per network."""

    def __init__(self, whole: Stack, networks: Sequence[Network], size: int, seeds: Sequence[int]) -> None:
        self._whole, self._size, self._seeds = whole, size, seeds
        self._per_epoch = -(-whole.m // size)
        self._epoch = -1
        self._random = np.random.RandomState(0)
        many = max(len(seeds), len(networks))
        self._X = np.repeat(whole.X, many // len(whole.X), axis=0)
        self._Y = np.repeat(whole.Y, many // len(whole.Y), axis=0)
        examples = [networks[j % len(networks)] for j in range(many)]
        sizes = {size, whole.m - (self._per_epoch - 1) * size}
        self._stacks = {
            n: Stack([e.over(e.A[0][:, :n], e.Y[:, :n]) for e in examples if e.Y is not None], whole.N, whole)
            for n in sizes
        }

    def at(self, step: int) -> Stack:
        """A stack over the batches of ``step``, sharing the whole one's parameters."""
        epoch, index = divmod(step, self._per_epoch)
        if epoch != self._epoch:
            self._epoch = epoch
            self._shuffle(epoch)
        chosen = slice(index * self._size, (index + 1) * self._size)
        X, Y = self._X[:, :, chosen], self._Y[:, :, chosen]
        stack = self._stacks[X.shape[2]]
        stack.take(X, Y)
        return stack

    def _shuffle(self, epoch: int) -> None:
        """Put the examples in the order ``RandomState(seed + epoch).permutation(m)``."""
        whole = self._whole
        orders = []
        for seed in self._seeds:
            self._random.seed((seed + epoch) % MAX_SEED)
            orders.append(self._random.permutation(whole.m))
        for j in range(len(self._X)):
            order = orders[j % len(orders)]
            self._X[j] = whole.X[j % len(whole.X)][:, order]
            self._Y[j] = whole.Y[j % len(whole.Y)][:, order]


class StackedDescent:
    """The step loop of a stack: ``training.Descent`` with a row per network.

    ``rates`` and ``l2`` are numbers, or (N, p) and (N, 1) where the networks differ in them; ``l2`` is 0 for
    all or for none, since adding 0 W would turn a -0.0 round.
    """

    def __init__(
        self,
        stack: Stack,
        optimizer: Optimizer,
        rates: Rates,
        l2: float | Array = 0.0,
        batches: StackedBatches | None = None,
    ) -> None:
        self.stack, self.optimizer, self.rates, self.batches = stack, optimizer, rates, batches
        self.memory = tuple(np.zeros_like(stack.theta) for _ in optimizer.memory)
        self._l2 = l2
        self._decays = bool(np.any(l2))
        self._weights = weights_of(stack.sizes)
        self._scratch = (np.empty_like(stack.theta), np.empty_like(stack.theta))

    def run(self, steps: range) -> None:
        """One update of every network for each step of ``steps``."""
        theta, gradient = self.stack.theta, self.stack.gradient
        update, memory, rates, scratch = self.optimizer.update, self.memory, self.rates, self._scratch
        with _small_buffers():
            for step in steps:
                stack = self.batches.at(step) if self.batches else self.stack
                stack.propagate()
                if self._decays:
                    self._add_decay(stack.m)
                update(theta, gradient, memory, rates, step + 1, scratch)

    def _add_decay(self, m: int) -> None:
        """dW = dW + lambda / m W, for the weights only."""
        decay = self._scratch[0]
        np.multiply(self.stack.theta, self._weights, out=decay)
        np.multiply(decay, self._l2 / m, out=decay)
        np.add(self.stack.gradient, decay, out=self.stack.gradient)
