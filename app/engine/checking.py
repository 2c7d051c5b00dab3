"""Numerical gradients, to hold the analytic ones against."""

from collections.abc import Callable, Sequence

import numpy as np

from app.engine.arrays import Array
from app.engine.network import Network


def numerical_gradient(
    network: Network,
    epsilon: float = 1e-6,
    chosen: Sequence[int] | None = None,
    penalty: Callable[[], float] = lambda: 0.0,
) -> Array:
    """(J(theta + eps) - J(theta - eps)) / (2 eps) for the parameters ``chosen``, or every one, flat.

    ``penalty`` is what the cost has beside the mean loss, at the network's present parameters.
    """
    theta = network.theta.copy()
    places = range(theta.size) if chosen is None else chosen
    estimate = np.empty(len(places), theta.dtype)
    for at, i in enumerate(places):
        costs = []
        for sign in (1.0, -1.0):
            network.load(theta)
            network.theta[i] += sign * epsilon
            network.forward()
            costs.append(network.cost() + penalty())
        estimate[at] = (costs[0] - costs[1]) / (2 * epsilon)
    network.load(theta)
    network.forward()
    return estimate


def relative_error(analytic: Array, numerical: Array) -> float:
    """||a - n|| / (||a|| + ||n||), the course's measure; 0 where both vanish."""
    scale = float(np.linalg.norm(analytic) + np.linalg.norm(numerical))
    return float(np.linalg.norm(analytic - numerical)) / scale if scale else 0.0
