"""What the tabs of the page's tray show of a state beside its activations: numbers, as JSON.

A panel is computed after a forward and a backward pass over the training points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.checking import numerical_gradient, relative_error
from app.engine.curvature import extreme_eigenvalues, gradient_at
from app.engine.diagnostics import FLAT, health, norm
from app.engine.network import Network
from app.engine.tables import table
from app.experiments.problem import Problem

TINY = 1e-6
"""A factor smaller than this is called tiny."""


@dataclass(frozen=True)
class Panel:
    """A tab: its name, its title, and its numbers (None where the frame carries them itself).

    ``numbers(problem, units, example)``: at most ``units`` of a layer, and column ``example`` of X.
    """

    name: str
    title: str
    numbers: Callable[[Problem, int, int], dict[str, Any]] | None


def size(values: Array) -> float:
    """The largest absolute value; what lies beyond the floats is the largest of them."""
    return float(min(np.abs(values).max(initial=0.0), np.finfo(float).max))


def why(problem: Problem, units: int, example: int) -> dict[str, Any]:
    """The gradient equations with this step's sizes, from the output back to the first layer.

    An equation is ``{"result", "layer", "factors": [{"name", "layer", "size"}], "size"}``; a product is
    zero where a factor is, and so zeros are seen to propagate.
    """
    network = problem.network
    L = len(network.parameters)
    equations = []
    for layer in range(1, L + 1):
        (W, b), A = network.parameters[layer - 1], network.A[layer]
        factors = {("W", layer): W, ("A", layer - 1): network.A[layer - 1], ("b", layer): b}
        equations.append(_equation("A", layer, A, factors))
    for layer in range(L, 0, -1):
        dZ, (dW, db) = network.dZ[layer - 1], network.gradients[layer - 1]
        if layer == L:
            equations.append(_equation("dZ", layer, dZ, {("A", L): network.A[L]}))
        else:
            before = {
                ("W", layer + 1): network.parameters[layer][0],
                ("dZ", layer + 1): network.dZ[layer],
                ("g'", layer): network.slopes(layer),
            }
            equations.append(_equation("dZ", layer, dZ, before))
        given = {("dZ", layer): dZ, ("A", layer - 1): network.A[layer - 1]}
        equations.append(_equation("dW", layer, dW, given))
        equations.append(_equation("db", layer, db, {("dZ", layer): dZ}))
    return {"equations": equations, "verdict": verdict(network)}


def _equation(result: str, layer: int, value: Array, factors: dict[tuple[str, int], Array]) -> dict[str, Any]:
    return {
        "result": result,
        "layer": layer,
        "size": size(value),
        "factors": [{"name": n, "layer": k, "size": size(v)} for (n, k), v in factors.items()],
    }


def verdict(network: Network) -> str:
    """Why it does not move, or that it does: a key, decided by the numbers alone."""
    hidden = range(1, len(network.parameters))
    moves = size(network.gradient)
    if moves > TINY * max(1.0, size(network.theta)):
        if any(_flat_share(network, layer) > 0.9 for layer in hidden):
            return "saturated"
        return "moving"
    if not any(W.any() for W, _ in network.parameters):
        return "all_zero"
    if any(not network.slopes(layer).any() for layer in hidden):
        return "dead"
    if any(size(network.A[layer] - network.A[layer][:, :1]) < TINY for layer in hidden):
        return "vanished"
    if any(_flat_share(network, layer) > 0.9 for layer in hidden):
        return "saturated"
    return "at_rest"


def _flat_share(network: Network, layer: int) -> float:
    return float(np.count_nonzero(network.slopes(layer) < FLAT)) / network.Z[layer - 1].size


def functions(problem: Problem, units: int, example: int) -> dict[str, Any]:
    """Where the units of each hidden layer sit: a histogram of Z, and g and g' over its range."""
    layers = []
    for layer, activation in enumerate(problem.network.activations, start=1):
        Z = problem.network.Z[layer - 1]
        reach = float(np.clip(size(Z), 4.0, 20.0))
        counts, edges = np.histogram(np.clip(Z, -reach, reach), bins=40, range=(-reach, reach))
        z = np.linspace(-reach, reach, 121)[None, :]
        g, slope = np.empty_like(z), np.empty_like(z)
        activation.value(z, problem.network.kink, g)
        activation.slope(z, g, problem.network.kink, slope)
        layers.append(
            {
                "activation": activation.name,
                "z": z[0].tolist(),
                "g": g[0].tolist(),
                "slope": slope[0].tolist(),
                "share": (counts / Z.size).tolist(),
                "edges": edges.tolist(),
                "table": [_at(activation.name, problem, at) for at in (-10.0, 0.0, 10.0)],
            }
        )
    return {"layers": layers}


def _at(name: str, problem: Problem, z: float) -> dict[str, float]:
    """g and g' at one z, as in the notes' table."""
    activation = next(row for row in problem.network.activations if row.name == name)
    at, g, slope = np.array([[z]]), np.empty((1, 1)), np.empty((1, 1))
    activation.value(at, problem.network.kink, g)
    activation.slope(at, g, problem.network.kink, slope)
    return {"z": z, "g": float(g[0, 0]), "slope": float(slope[0, 0])}


def weights(problem: Problem, units: int, example: int) -> dict[str, Any]:
    """W, b, dW, db of the units in view, and how large each layer's step is beside its weights."""
    network = problem.network
    layers = []
    for (W, b), (dW, db) in zip(network.parameters, network.gradients, strict=True):
        columns = slice(units)
        layers.append(
            {
                "shape": list(W.shape),
                "W": W[:units, columns].tolist(),
                "b": b[:units, 0].tolist(),
                "dW": _sayable(dW[:units, columns]).tolist(),
                "db": _sayable(db[:units, 0]).tolist(),
                "norm": _norm(W),
                "gradient_norm": _norm(dW),
            }
        )
    return {"layers": layers}


def by_hand(problem: Problem, units: int, example: int) -> dict[str, Any]:
    """One training example forward and backward, its share of dW and db beside the mean over all."""
    network = problem.network
    i = min(example, network.m - 1)
    assert network.Y is not None
    layers = []
    for layer, (W, b) in enumerate(network.parameters, start=1):
        dZ, before = network.dZ[layer - 1][:, i], network.A[layer - 1][:, i]
        dW, db = network.gradients[layer - 1]
        layers.append(
            {
                "shape": list(W.shape),
                "W": W.tolist(),
                "b": b[:, 0].tolist(),
                "Z": _sayable(network.Z[layer - 1][:, i]).tolist(),
                "A": network.A[layer][:, i].tolist(),
                "dZ": _sayable(dZ).tolist(),
                "dW": _sayable(np.outer(dZ, before)).tolist(),
                "mean_dW": _sayable(dW).tolist(),
                "mean_db": _sayable(db[:, 0]).tolist(),
            }
        )
    return {
        "example": i,
        "m": network.m,
        "x": network.A[0][:, i].tolist(),
        "y": network.Y[:, i].tolist(),
        "point": problem.X[:, problem.train[i]].tolist(),
        "loss": problem.experiment.training.loss,
        "activations": list(problem.experiment.activations),
        "layers": layers,
    }


CHECKED = 300
"""Up to so many parameters the gradient is checked number by number."""


def condition(problem: Problem, units: int, example: int) -> dict[str, Any]:
    """Each layer's step beside its weights, the curvature against its threshold, and the gradient check.

    ``threshold`` is what rate x largest eigenvalue must stay below: 2 for full-batch gradient descent,
    2 (1 + beta) / (1 - beta) for momentum, None where there is no such rule.
    """
    network, training = problem.network, problem.experiment.training
    analytic = network.gradient.copy()
    smallest, largest = extreme_eigenvalues(network)
    error = None
    if network.theta.size <= CHECKED and training.l2 == 0.0:
        error = relative_error(analytic, numerical_gradient(network))
        gradient_at(network, network.theta.copy())
    layers = []
    for layer, ((W, _), (dW, _)) in enumerate(zip(network.parameters, network.gradients, strict=True), 1):
        hidden = layer < len(network.parameters)
        found = health(network, layer) if hidden else None
        layers.append(
            {
                "weights": _norm(W),
                "gradient": _norm(dW),
                "saturated": found.saturated if found else None,
                "dead": found.dead if found else None,
                "activation": _norm(network.A[layer]) / float(np.sqrt(network.A[layer].size)),
            }
        )
    threshold = None
    if training.batch_size is None and training.optimizer in ("gd", "momentum"):
        beta = training.beta if training.optimizer == "momentum" else 0.0
        threshold = 2 * (1 + beta) / (1 - beta)
    finite = np.isfinite([smallest, largest]).all()
    return {
        "layers": layers,
        "smallest": smallest if finite else None,
        "largest": largest if finite else None,
        "threshold": threshold,
        "gradient_check": error if error is not None and np.isfinite(error) else None,
        "parameters": int(network.theta.size),
    }


def _sayable(values: Array) -> Array:
    """What JSON can say: the largest float instead of infinity, 0 instead of what is no number."""
    largest = float(np.finfo(float).max)
    return np.nan_to_num(values, nan=0.0, posinf=largest, neginf=-largest)


def _norm(values: Array) -> float:
    return float(_sayable(np.array([norm(values)]))[0])


PANELS = table(
    Panel("activations", "Activations", None),
    Panel("weights", "Weights and gradients", weights),
    Panel("by_hand", "By hand", by_hand),
    Panel("why", "Why is nothing moving?", why),
    Panel("functions", "Activation functions", functions),
    Panel("health", "Health", condition),
)
