"""A run in the course's own form, by plain matrix products: slower, and equal to rounding only."""

from itertools import pairwise

import numpy as np

from app.engine.datasets import make_points
from app.experiments.experiment import Experiment


def sigmoid(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


FUNCTIONS = {
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.where(z > 0, z, 0.0), lambda z: np.where(z >= 0, 1.0, 0.0)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z >= 0, 1.0, 0.01)),
    "linear": (lambda z: z, np.ones_like),
}


def points(experiment: Experiment):
    """X (2, m) and Y (1, m)."""
    data = experiment.data
    if data.points is not None:
        own = np.array(data.points).T
        return own[:2], own[2:]
    return make_points(
        data.name,
        data.samples,
        data.noise,
        data.seed,
        data.positive_fraction,
        data.factor,
        data.classes,
        data.stretch,
    )


def layers(theta, sizes):
    """Copies of (W, b) of every layer."""
    found, at = [], 0
    for before, n in pairwise(sizes):
        units = theta[at : at + n * (before + 1)].reshape(n, before + 1)
        found.append((units[:, :-1].copy(), units[:, -1:].copy()))
        at += n * (before + 1)
    return found


def forward(parameters, names, X):
    """Z and A of every layer; A starts with X."""
    Z, A = [], [X]
    for (W, b), name in zip(parameters, [*names, "sigmoid"], strict=True):
        Z.append(W @ A[-1] + b)
        A.append(FUNCTIONS[name][0](Z[-1]))
    return Z, A


def cost(z, Y):
    """The mean of -ln of the probability given to what is true."""
    return float(np.sum(np.logaddexp(0, np.where(Y == 1, -z, z)) / Y.size))


def gradients(parameters, names, X, Y):
    Z, A = forward(parameters, names, X)
    m = X.shape[1]
    dZ = A[-1] - Y
    found = []
    for i in reversed(range(len(parameters))):
        found.insert(0, (dZ @ A[i].T / m, dZ.sum(axis=1, keepdims=True) / m))
        if i:
            dZ = (parameters[i][0].T @ dZ) * FUNCTIONS[names[i - 1]][1](Z[i - 1])
    return found


def descend(parameters, names, X, Y, rate, steps):
    """Gradient descent; changes ``parameters`` in place."""
    for _ in range(steps):
        for (W, b), (dW, db) in zip(parameters, gradients(parameters, names, X, Y), strict=True):
            W -= rate * dW
            b -= rate * db
