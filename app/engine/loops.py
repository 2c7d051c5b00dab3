"""Forward and backward propagation by the course's for-loops: over examples, units and inputs.

A second implementation, to be read beside the vectorized one (network.py) and to be timed against
it. It shares no line with it; the two agree to rounding, since they add up in another order.
"""

import math
from collections.abc import Callable

from app.engine.activations import Kink

Vector = list[float]
Matrix = list[Vector]

G: dict[str, Callable[[float, Kink], float]] = {
    "sigmoid": lambda z, kink: (1 + math.tanh(z / 2)) / 2,
    "tanh": lambda z, kink: math.tanh(z),
    "relu": lambda z, kink: max(0.0, z),
    "leaky_relu": lambda z, kink: max(kink.leak * z, z),
    "linear": lambda z, kink: z,
}
"""a = g(z) of one unit on one example."""

SLOPE: dict[str, Callable[[float, float, Kink], float]] = {
    "sigmoid": lambda z, a, kink: a * (1 - a),
    "tanh": lambda z, a, kink: 1 - a * a,
    "relu": lambda z, a, kink: 1.0 if z > 0 or (z == 0 and kink.at_zero) else 0.0,
    "leaky_relu": lambda z, a, kink: 1.0 if z > 0 or (z == 0 and kink.at_zero) else kink.leak,
    "linear": lambda z, a, kink: 1.0,
}
"""g'(z)."""


def by_loops(
    parameters: list[tuple[Matrix, Vector]],
    X: Matrix,
    Y: Matrix,
    activations: list[str],
    kink: Kink = Kink(),
    loss: str = "cross_entropy",
    l2: float = 0.0,
) -> tuple[float, list[tuple[Matrix, Vector]]]:
    """The cost J and (dW[l], db[l]) of every layer.

    X (n_0, m) and Y (n_L, m) as lists of rows; ``parameters`` are (W[l], b[l]) with b[l] of n_l
    numbers, ``activations`` the names of the hidden layers' g. With one output unit it is a sigmoid,
    with several a softmax, and Y is one-hot. ``l2`` is lambda: lambda/(2m) w^2 of every weight in the
    cost, lambda/m w in its gradient.
    """
    L, m = len(parameters), len(X[0])
    J = 0.0
    gradients = [([[0.0] * len(row) for row in W], [0.0] * len(b)) for W, b in parameters]
    for i in range(m):
        # forward propagation of example i
        a = [[row[i] for row in X]]
        y = [row[i] for row in Y]
        z: Matrix = []
        for l in range(L):
            W, b = parameters[l]
            z.append([])
            for u in range(len(W)):
                z_u = b[u]
                for k in range(len(W[u])):
                    z_u += W[u][k] * a[l][k]
                z[l].append(z_u)
            a.append([G[activations[l]](z_u, kink) for z_u in z[l]] if l < L - 1 else output(z[l]))
        J += loss_of(z[-1], a[-1], y, loss)
        # backward propagation of example i
        dz = error(a[-1], y, loss)
        for l in reversed(range(L)):
            W, _ = parameters[l]
            dW, db = gradients[l]
            for u in range(len(W)):
                db[u] += dz[u]
                for k in range(len(W[u])):
                    dW[u][k] += dz[u] * a[l][k]
            if l > 0:
                before = []
                for k in range(len(a[l])):
                    da = 0.0
                    for u in range(len(W)):
                        da += W[u][k] * dz[u]
                    before.append(da * SLOPE[activations[l - 1]](z[l - 1][k], a[l][k], kink))
                dz = before
    # the mean over the examples, and the penalty on the weights
    J /= m
    for l in range(L):
        W, _ = parameters[l]
        dW, db = gradients[l]
        for u in range(len(W)):
            db[u] /= m
            for k in range(len(W[u])):
                dW[u][k] = (dW[u][k] + l2 * W[u][k]) / m
                J += l2 / (2 * m) * W[u][k] * W[u][k]
    return J, gradients


def output(z: Vector) -> Vector:
    """The sigmoid of one output, the softmax of several."""
    if len(z) == 1:
        return [G["sigmoid"](z[0], Kink())]
    e = [math.exp(z_k - max(z)) for z_k in z]
    return [e_k / sum(e) for e_k in e]


def loss_of(z: Vector, a: Vector, y: Vector, loss: str) -> float:
    """L(a, y); cross-entropy from z, so that a = 1 is no trouble: -y ln(a) - (1 - y) ln(1 - a)."""
    if loss == "squared_error":
        return (a[0] - y[0]) ** 2
    if len(z) == 1:
        return max(z[0], 0.0) - y[0] * z[0] + math.log1p(math.exp(-abs(z[0])))
    true = sum(y_k * z_k for y_k, z_k in zip(y, z, strict=True))
    return max(z) + math.log(sum(math.exp(z_k - max(z)) for z_k in z)) - true


def error(a: Vector, y: Vector, loss: str) -> Vector:
    """dz[L]: a - y, or with the squared error 2 (a - y) a (1 - a)."""
    if loss == "squared_error":
        return [2 * (a[0] - y[0]) * a[0] * (1 - a[0])]
    return [a_k - y_k for a_k, y_k in zip(a, y, strict=True)]
