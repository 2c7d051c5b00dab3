"""Numerical gradients, to hold the analytic ones against."""

import numpy as np

from app.engine.arrays import Array
from app.engine.network import Network


def numerical_gradient(network: Network, epsilon: float = 1e-6) -> Array:
    """(J(theta + eps) - J(theta - eps)) / (2 eps) for every parameter, flat (p,)."""
    theta = network.theta.copy()
    estimate = np.empty_like(theta)
    for i in range(theta.size):
        costs = []
        for sign in (1.0, -1.0):
            network.load(theta)
            network.theta[i] += sign * epsilon
            network.forward()
            costs.append(network.cost())
        estimate[i] = (costs[0] - costs[1]) / (2 * epsilon)
    network.load(theta)
    network.forward()
    return estimate


def relative_error(analytic: Array, numerical: Array) -> float:
    """||a - n|| / (||a|| + ||n||), the course's measure; 0 where both vanish."""
    scale = float(np.linalg.norm(analytic) + np.linalg.norm(numerical))
    return float(np.linalg.norm(analytic - numerical)) / scale if scale else 0.0
