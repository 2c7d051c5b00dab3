"""The step loop: forward, backward, update; on the whole training set or on mini-batches."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array
from app.engine.network import Network, weights_of
from app.engine.optimizers import Optimizer, Rates

MAX_SEED = 2**32


class Batches:
    """Mini-batches of a network's examples, in the order that the step alone decides.

    Epoch e visits the examples in the order ``RandomState(seed + e).permutation(m)``, in consecutive
    slices of ``size``, the last one smaller.
    """

    def __init__(self, whole: Network, size: int, seed: int) -> None:
        self._whole, self._size, self._seed = whole, size, seed
        self._per_epoch = -(-whole.m // size)
        self._epoch = -1
        self._random = np.random.RandomState(0)
        assert whole.Y is not None
        self._X, self._Y = whole.A[0].copy(), whole.Y.copy()
        sizes = {size, whole.m - (self._per_epoch - 1) * size}
        self._networks = {n: whole.over(whole.A[0][:, :n], whole.Y[:, :n]) for n in sizes}

    def at(self, step: int) -> Network:
        """A network over the batch of ``step``, sharing the whole one's parameters."""
        epoch, index = divmod(step, self._per_epoch)
        if epoch != self._epoch:
            self._epoch = epoch
            # The stream of a new RandomState of that seed, at a tenth of the cost of making one.
            self._random.seed((self._seed + epoch) % MAX_SEED)
            order = self._random.permutation(self._whole.m)
            assert self._whole.Y is not None
            np.take(self._whole.A[0], order, 1, self._X, "clip")
            np.take(self._whole.Y, order, 1, self._Y, "clip")
        chosen = slice(index * self._size, (index + 1) * self._size)
        X, Y = self._X[:, chosen], self._Y[:, chosen]
        network = self._networks[X.shape[1]]
        network.take(X, Y)
        return network


@dataclass
class Descent:
    """What the loop goes on with: the networks and the optimizer's memory, all changed in place."""

    whole: Network
    optimizer: Optimizer
    memory: tuple[Array, ...]
    batches: Batches | None = None

    def __post_init__(self) -> None:
        self._weights = weights_of(self.whole.sizes)
        self._scratch = (np.empty_like(self.whole.theta), np.empty_like(self.whole.theta))

    def network_at(self, step: int) -> Network:
        """The network over the examples of ``step``."""
        return self.batches.at(step) if self.batches else self.whole

    def run(
        self,
        rates: Rates,
        l2: float,
        steps: range,
        record_every: int,
        record: Callable[[int, Network], None],
    ) -> None:
        """One update for each step of ``steps``.

        ``record(step, network)`` is called between the backward pass and the update of every step that
        ``record_every`` divides: the parameters it sees are those *before* the update, the gradient is
        the one that the update uses.
        """
        theta, gradient = self.whole.theta, self.whole.gradient
        update, memory, scratch = self.optimizer.update, self.memory, self._scratch
        for step in steps:
            network = self.network_at(step)
            network.forward()
            network.backward()
            if l2:
                self.add_decay(l2, network.m)
            if step % record_every == 0:
                record(step, network)
            update(theta, gradient, memory, rates, step + 1, scratch)

    def add_decay(self, l2: float, m: int) -> None:
        """dW = dW + lambda / m W, for the weights only."""
        decay = self._scratch[0]
        np.multiply(self.whole.theta, self._weights, out=decay)
        np.multiply(decay, l2 / m, out=decay)
        np.add(self.whole.gradient, decay, out=self.whole.gradient)

    def penalty(self, l2: float, m: int) -> float:
        """lambda / (2 m) times the sum of the squared weights."""
        if not l2:
            return 0.0
        weights = self.whole.theta * self._weights
        with np.errstate(over="ignore"):
            return l2 / (2 * m) * float(np.vecdot(weights, weights))
