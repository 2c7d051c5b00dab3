"""The step loop: forward, backward, update."""

from collections.abc import Callable

import numpy as np

from app.engine.network import Network
from app.engine.optimizers import Optimizer


def descend(
    network: Network,
    optimizer: Optimizer,
    rate: float,
    steps: range,
    record_every: int,
    record: Callable[[int], None],
) -> None:
    """One update for each step of ``steps``.

    ``record(step)`` is called between the forward pass and the update of every step that
    ``record_every`` divides: the parameters it sees are those *before* the update.
    """
    scratch = np.empty_like(network.theta)
    for step in steps:
        network.forward()
        if step % record_every == 0:
            record(step)
        network.backward()
        optimizer.update(network.theta, network.gradient, rate, scratch)
