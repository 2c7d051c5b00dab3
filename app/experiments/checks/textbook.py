"""One step by the formulas of the course, any of which may be replaced by a mistaken one.

    Z[l] = W[l] A[l-1] + b[l]        dZ[L]   = A[L] - Y
    A[l] = g(Z[l])                   dW[l]   = dZ[l] A[l-1]^T / m + lambda / m W[l]
    A[0] = X                         db[l]   = sum(dZ[l]) / m
                                     dZ[l-1] = W[l]^T dZ[l] * g'(Z[l-1])

X (n_0, m), Y (n_L, m), W[l] (n_l, n_{l-1}), b[l] (n_l, 1), Z[l], A[l] and dZ[l] (n_l, m).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.engine.activations import ACTIVATIONS, Kink, sigmoid
from app.engine.arrays import Array
from app.engine.outputs import softmax
from app.experiments.checks.shapes import order_of, split_name


@dataclass(frozen=True)
class Task:
    """What a step is computed from. ``activations`` ends with the output's, sigmoid or softmax."""

    parameters: Sequence[tuple[Array, Array]]
    X: Array
    Y: Array
    activations: tuple[str, ...]
    kink: Kink
    loss: str
    l2: float

    @property
    def L(self) -> int:
        return len(self.parameters)

    @property
    def m(self) -> int:
        return int(self.X.shape[1])

    def W(self, l: int) -> Array:
        return self.parameters[l - 1][0]

    def b(self, l: int) -> Array:
        return self.parameters[l - 1][1]


Formula = Callable[["Work", int], Array]
Formulas = Mapping[tuple[str, int], Formula]


@dataclass
class Work:
    """Every array of a step, by name, computed in order.

    ``formulas`` replaces some, by kind and layer. ``given`` are arrays that the later formulas take
    instead of those computed. What cannot be computed, since shapes do not fit, is not there.
    """

    task: Task
    formulas: Formulas = field(default_factory=dict)
    given: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.found: dict[str, Array] = {}
        with np.errstate(all="ignore"):
            for name in order_of(self.task.L):
                kind, l = split_name(name)
                formula = self.formulas.get((kind, l), RIGHT[kind])
                try:
                    self.found[name] = np.asarray(formula(self, l), dtype=float)
                except (KeyError, ValueError):
                    continue

    def __getitem__(self, name: str) -> Array:
        if name == "A0":
            return self.task.X
        return self.given[name] if name in self.given else self.found[name]


def value(name: str, Z: Array, kink: Kink) -> Array:
    """g(Z), by the name of g."""
    out = np.empty_like(Z)
    {"softmax": softmax, "sigmoid": sigmoid}.get(name, ACTIVATIONS.get(name, ACTIVATIONS["linear"]).value)(
        Z, kink, out
    )
    return out


def slope(name: str, Z: Array, A: Array, kink: Kink) -> Array:
    """g'(Z), by the name of g."""
    out = np.empty_like(Z)
    ACTIVATIONS[name].slope(Z, A, kink, out)
    return out


def right_sum(work: Work, l: int) -> Array:
    return work.task.W(l) @ work[f"A{l - 1}"] + work.task.b(l)


def right_activation(work: Work, l: int) -> Array:
    return value(work.task.activations[l - 1], work[f"Z{l}"], work.task.kink)


def own_slope(work: Work, l: int) -> Array:
    """g'(Z[l]) of a hidden layer."""
    task = work.task
    return slope(task.activations[l - 1], work[f"Z{l}"], work[f"A{l}"], task.kink)


def right_error(work: Work, l: int) -> Array:
    task = work.task
    if l < task.L:
        return (task.W(l + 1).T @ work[f"dZ{l + 1}"]) * own_slope(work, l)
    A, Y = work[f"A{l}"], task.Y
    if task.loss == "squared_error":
        return 2.0 * (A - Y) * A * (1.0 - A)
    return A - Y


def summed(work: Work, l: int) -> Array:
    """dZ[l] A[l-1]^T: dW[l] before it is divided by m, and without the penalty."""
    return work[f"dZ{l}"] @ work[f"A{l - 1}"].T


def decay(work: Work, l: int) -> Array:
    """lambda W[l] / m."""
    share: Array = work.task.l2 / work.task.m * work.task.W(l)
    return share


def right_weights(work: Work, l: int) -> Array:
    mean: Array = summed(work, l) / work.task.m + decay(work, l)
    return mean


def right_biases(work: Work, l: int) -> Array:
    mean: Array = work[f"dZ{l}"].sum(axis=1, keepdims=True) / work.task.m
    return mean


RIGHT: dict[str, Formula] = {
    "Z": right_sum,
    "A": right_activation,
    "dZ": right_error,
    "dW": right_weights,
    "db": right_biases,
}


def sizes_of_terms(work: Work) -> dict[str, float]:
    """How large the terms are that each array sums up: rounding is beside these, not beside the sums."""
    task, found = work.task, dict[str, float]()
    for l in range(1, task.L + 1):
        A, dZ = np.abs(work[f"A{l - 1}"]), np.abs(work[f"dZ{l}"])
        found[f"Z{l}"] = _largest(np.abs(task.W(l)) @ A + np.abs(task.b(l)))
        found[f"A{l}"] = 0.0
        found[f"dW{l}"] = _largest(dZ @ A.T / task.m + np.abs(decay(work, l)))
        found[f"db{l}"] = _largest(dZ.mean(axis=1))
        if l == task.L:
            found[f"dZ{l}"] = 2.0
        else:
            passed = np.abs(task.W(l + 1)).T @ np.abs(work[f"dZ{l + 1}"])
            found[f"dZ{l}"] = _largest(passed * own_slope(work, l))
    return found


def _largest(values: Array) -> float:
    return float(np.abs(values).max())
