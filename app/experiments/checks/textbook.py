"""One step by the formulas of the course, any of which may be replaced by a mistaken one.

    Z[l] = W[l] A[l-1] + b[l]        dZ[L]   = A[L] - Y
    A[l] = g(Z[l])                   dW[l]   = dZ[l] A[l-1]^T / m + lambda / m W[l]
    A[0] = X                         db[l]   = sum(dZ[l]) / m
                                     dA[l-1] = W[l]^T dZ[l]
                                     dZ[l-1] = dA[l-1] * g'(Z[l-1])

X (n_0, m), Y (n_L, m), W[l] (n_l, n_{l-1}), b[l] (n_l, 1), Z[l], A[l], dA[l] and dZ[l] (n_l, m).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

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


def direct(name: str, layers: int) -> list[str]:
    """What stands in the formula of ``name``."""
    kind, l = split_name(name)
    before = [f"A{l - 1}"] if l > 1 else []
    if kind == "Z":
        return before
    if kind == "A":
        return [f"Z{l}"]
    if kind == "dA":
        return [f"dZ{l + 1}"]
    if kind == "dZ":
        return [f"A{l}"] if l == layers else [f"dA{l}", f"Z{l}", f"A{l}"]
    return [f"dZ{l}", *(before if kind == "dW" else [])]


class Work:
    """The arrays of a step, by name, each computed when it is asked for.

    ``formulas`` replaces some, by kind and layer. ``given`` are arrays that the others are computed from
    instead of those computed. ``known`` is the same task without both: what neither touches is taken
    from there. What cannot be computed, since shapes do not fit, is None.
    """

    def __init__(
        self,
        task: Task,
        formulas: Formulas = MappingProxyType({}),
        given: Mapping[str, Array] = MappingProxyType({}),
        known: "Work | None" = None,
    ) -> None:
        self.task, self.formulas, self.given = task, formulas, given
        self._known = known if known is not None and known.task is task else None
        self._made: dict[str, Array | None] = {}
        self._touched = set[str]()
        for name in order_of(task.L):
            needs = direct(name, task.L)
            if split_name(name) in formulas or any(n in given or n in self._touched for n in needs):
                self._touched.add(name)

    def found(self, name: str) -> Array | None:
        """The array as it is computed here, whatever was given in its place."""
        if self._known is not None and name not in self._touched:
            return self._known.found(name)
        if name not in self._made:
            kind, l = split_name(name)
            try:
                with np.errstate(all="ignore"):
                    made = self.formulas.get((kind, l), RIGHT[kind])(self, l)
                self._made[name] = np.asarray(made, dtype=float)
            except ValueError:
                self._made[name] = None
        return self._made[name]

    def right(self, name: str) -> Array:
        """The same, where nothing is replaced."""
        made = self.found(name)
        assert made is not None
        return made

    def __getitem__(self, name: str) -> Array:
        if name == "A0":
            return self.task.X
        made = self.given[name] if name in self.given else self.found(name)
        if made is None:
            raise ValueError(f"{name} cannot be computed")
        return made


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


def right_back(work: Work, l: int) -> Array:
    passed: Array = work.task.W(l + 1).T @ work[f"dZ{l + 1}"]
    return passed


def right_error(work: Work, l: int) -> Array:
    task = work.task
    if l < task.L:
        return work[f"dA{l}"] * own_slope(work, l)
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
    "dA": right_back,
    "dZ": right_error,
    "dW": right_weights,
    "db": right_biases,
}


def size_of_terms(work: Work, name: str) -> float:
    """How large the terms are that an array sums up: rounding is beside these, not beside the sums."""
    kind, l = split_name(name)
    task = work.task
    if kind == "Z":
        return _largest(np.abs(task.W(l)) @ np.abs(work[f"A{l - 1}"]) + np.abs(task.b(l)))
    if kind == "A":
        return 0.0
    if kind == "dW":
        terms = np.abs(work[f"dZ{l}"]) @ np.abs(work[f"A{l - 1}"]).T / task.m
        return _largest(terms + np.abs(decay(work, l)))
    if kind == "db":
        return _largest(np.abs(work[f"dZ{l}"]).mean(axis=1))
    if l == task.L:
        return 2.0
    back = np.abs(task.W(l + 1)).T @ np.abs(work[f"dZ{l + 1}"])
    return _largest(back if kind == "dA" else back * own_slope(work, l))


def _largest(values: Array) -> float:
    return float(np.abs(values).max())
