"""Steps and updates as the tests of the engine take them, in one line each."""

from collections.abc import Callable

import numpy as np

from app.engine.arrays import Array
from app.engine.network import Network
from app.engine.optimizers import Optimizer, Rates
from app.engine.training import Batches, Descent


def descent(network: Network, optimizer: Optimizer, batches: Batches | None = None) -> Descent:
    """The loop at its start: the optimizer remembers nothing."""
    return Descent(network, optimizer, blank(optimizer, network.theta), batches)


def descend(
    network: Network,
    optimizer: Optimizer,
    rate: float,
    steps: range,
    record_every: int,
    record: Callable[[int], None],
) -> None:
    """Full-batch steps; ``record(step)`` is called before the update of every step it divides."""
    descent(network, optimizer).run(Rates(rate), 0.0, steps, record_every, lambda step, _: record(step))


def blank(optimizer: Optimizer, theta: Array) -> tuple[Array, ...]:
    """The optimizer's memory before the first update."""
    return tuple(np.zeros_like(theta) for _ in optimizer.memory)


def update(
    optimizer: Optimizer,
    theta: Array,
    g: Array,
    rates: Rates,
    memory: tuple[Array, ...] | None = None,
    t: int = 1,
) -> None:
    """Update number ``t`` of ``theta``, in place; the first one unless told otherwise."""
    remembered = blank(optimizer, theta) if memory is None else memory
    # What the scratch holds before must not matter.
    scratch = np.full_like(theta, np.nan), np.full_like(theta, np.nan)
    optimizer.update(theta, g, remembered, rates, t, scratch)
