"""The curvature of the cost: the extreme eigenvalues of its Hessian, exactly or by Lanczos.

Gradient descent with rate alpha is stable along a direction of curvature lambda while alpha lambda < 2;
momentum in the form v = beta v + (1 - beta) g while alpha lambda < 2 (1 + beta) / (1 - beta).
"""

from collections.abc import Callable

import numpy as np

from app.engine.arrays import Array
from app.engine.network import Network, weights_of
from app.engine.tangent import hessian_times

DENSE = 64
"""Up to so many parameters the whole Hessian is made."""
ITERATIONS = 30
"""Of Lanczos: the largest eigenvalue then has about three digits."""


def extreme_eigenvalues(
    network: Network, l2: float = 0.0, iterations: int = ITERATIONS
) -> tuple[float, float]:
    """The smallest and the largest eigenvalue of the Hessian, after a forward and a backward pass.

    The penalty lambda / (2 m) |W|^2 adds lambda / m to the curvature along the weights. Lanczos, from a
    fixed start, finds the largest well and the smallest roughly.
    """
    p = network.theta.size
    decay = weights_of(network.sizes) * (l2 / network.m)

    def curved(v: Array) -> Array:
        product: Array = hessian_times(network, v) + decay * v
        return product

    with np.errstate(all="ignore"):
        if p <= DENSE:
            H = np.array([curved(unit) for unit in np.identity(p)])
        else:
            H = _lanczos(curved, p, iterations)
        if not np.isfinite(H).all():
            return float("nan"), float("nan")
        values = np.linalg.eigvalsh((H + H.T) / 2)
    return float(values[0]), float(values[-1])


def _lanczos(curved: Callable[[Array], Array], p: int, iterations: int) -> Array:
    """A tridiagonal matrix whose extreme eigenvalues are about those of the operator."""
    v = np.random.RandomState(0).standard_normal(p)
    basis = [v / np.linalg.norm(v)]
    diagonal, beside = list[float](), list[float]()
    for _ in range(iterations):
        w = curved(basis[-1])
        diagonal.append(float(w @ basis[-1]))
        for known in basis:  # against every earlier one, since rounding loses orthogonality
            w = w - (w @ known) * known
        length = float(np.linalg.norm(w))
        if not np.isfinite(length) or length < 1e-12:
            break
        beside.append(length)
        basis.append(w / length)
    beside = beside[: len(diagonal) - 1]
    T: Array = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    return T
