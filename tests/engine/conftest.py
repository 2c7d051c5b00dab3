"""Networks as the tests need them: made, started and trained in one line."""

from collections.abc import Callable, Sequence

import pytest

from app.engine.activations import ACTIVATIONS, Kink
from app.engine.datasets import Points, make_points
from app.engine.initializers import initial_weights
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS
from tests.engine.runs import descend

Costs = dict[int, float]


def _started(
    points: Points,
    hidden: Sequence[int],
    activation: str = "tanh",
    method: str | Sequence[str] = "normal",
    scale: float = 0.01,
    seed: int = 2,
    kink: Kink = Kink(),
) -> Network:
    """The course's start: weights by ``method`` (one, or one per layer), biases 0."""
    network = Network(*points, hidden, [ACTIVATIONS[activation]] * len(hidden), kink)
    methods = [method] * (len(hidden) + 1) if isinstance(method, str) else method
    weights = initial_weights(network.sizes, methods, scale, seed)
    for (W, _), start in zip(network.parameters, weights, strict=True):
        W[:] = start
    return network


def _trained(network: Network, rate: float, steps: int, record_every: int = 0) -> Costs:
    """Gradient descent for ``steps`` steps, then a forward pass; the cost before each recorded update."""
    costs: Costs = {}

    def record(step: int) -> None:
        costs[step] = network.cost()

    descend(network, OPTIMIZERS["gd"], rate, range(steps), record_every or steps + 1, record)
    network.forward()
    costs[steps] = network.cost()
    return costs


@pytest.fixture(scope="session")
def started() -> Callable[..., Network]:
    return _started


@pytest.fixture(scope="session")
def trained() -> Callable[..., Costs]:
    return _trained


@pytest.fixture(scope="session")
def flower() -> Points:
    """The course's 400 points: noise 0.2, seed 1. Read only, so that no test changes another's data."""
    X, Y = make_points("flower", 400)
    X.flags.writeable = Y.flags.writeable = False
    return X, Y
