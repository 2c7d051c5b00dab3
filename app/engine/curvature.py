"""The curvature of the cost: the extreme eigenvalues of its Hessian, exactly or by Lanczos.

Gradient descent with rate alpha is stable along a direction of curvature lambda while alpha lambda < 2;
momentum in the form v = beta v + (1 - beta) g while alpha lambda < 2 (1 + beta) / (1 - beta).
"""

import numpy as np

from app.engine.arrays import Array
from app.engine.network import Network

STEP = 1e-5
"""Of the central differences, relative to the parameters' size."""
DENSE = 64
"""Up to so many parameters the whole Hessian is made."""
ITERATIONS = 30


def gradient_at(network: Network, theta: Array) -> Array:
    """The gradient at ``theta`` (p,)."""
    network.load(theta)
    network.forward()
    network.backward()
    return network.gradient.copy()


def hessian_times(network: Network, theta: Array, direction: Array) -> Array:
    """H v for a unit vector v, by central differences of the gradient; (p,)."""
    step = STEP * max(1.0, float(np.abs(theta).max()))
    ahead = gradient_at(network, theta + step * direction)
    behind = gradient_at(network, theta - step * direction)
    product: Array = (ahead - behind) / (2 * step)
    return product


def extreme_eigenvalues(network: Network) -> tuple[float, float]:
    """The smallest and the largest eigenvalue of the Hessian at the present parameters, which stay.

    Lanczos, from a fixed start, finds the largest to about three digits and the smallest roughly.
    """
    theta = network.theta.copy()
    with np.errstate(all="ignore"):
        values = _dense(network, theta) if theta.size <= DENSE else _lanczos(network, theta)
    gradient_at(network, theta)
    return float(values[0]), float(values[-1])


def _dense(network: Network, theta: Array) -> Array:
    H = np.array([hessian_times(network, theta, unit) for unit in np.identity(theta.size)])
    values: Array = np.linalg.eigvalsh((H + H.T) / 2)
    return values


def _lanczos(network: Network, theta: Array) -> Array:
    v = np.random.RandomState(0).standard_normal(theta.size)
    basis = [v / np.linalg.norm(v)]
    diagonal, beside = list[float](), list[float]()
    for _ in range(ITERATIONS):
        w = hessian_times(network, theta, basis[-1])
        diagonal.append(float(w @ basis[-1]))
        for known in basis:  # against every earlier one, since rounding loses orthogonality
            w = w - (w @ known) * known
        length = float(np.linalg.norm(w))
        if not np.isfinite(length) or length < 1e-12:
            break
        beside.append(length)
        basis.append(w / length)
    beside = beside[: len(diagonal) - 1]
    T = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    values: Array = np.linalg.eigvalsh(T)
    return values
