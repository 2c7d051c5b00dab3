"""Why is nothing moving? The gradient equations with the sizes of this step."""

from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.diagnostics import FLAT
from app.engine.network import Network
from app.experiments.agreement import in_force
from app.experiments.observe import View
from app.experiments.panels.sayable import size
from app.experiments.panels.step import next_step
from app.experiments.panels.verdicts import TINY, clause, verdict
from app.experiments.problem import Problem
from app.experiments.run import State

Factors = list[tuple[str, int, Array]]


def why(problem: Problem, state: State, view: View) -> dict[str, Any]:
    """The gradient equations with this step's largest numbers, from X forward and from the output back.

    An equation is ``{"result", "layer", "size", "factors": [{"name", "layer", "size", "mark"}]}``; a
    product is zero where a factor is, and so zeros are seen to propagate. ``mark`` is "zero", "tiny" or
    "flat" (most slopes are). ``steps`` is |W_next - W| / |W| by layer.
    """
    network = problem.network
    l2 = in_force(problem.experiment, state.step).l2
    ahead = next_step(problem, state)
    equations = [*_forward(network), *_backward(network, l2)]
    found = verdict(problem, state, _without_penalty(network, l2), ahead)
    return {
        "equations": equations,
        "steps": ahead.beside(network.parameters) if ahead else [None] * len(network.parameters),
        "output": network.output.name,
        "loss": network.loss.name,
        "l2": l2,
        "m": network.m,
        "verdict": found.key,
        "values": found.values,
        "text": found.text,
        "notes": notes(problem, state),
    }


def notes(problem: Problem, state: State) -> list[dict[str, Any]]:
    """What else moves, or may move, the parameters."""
    training, names = problem.experiment.training, problem.descent.optimizer.memory
    said = []
    if training.batch_size is not None:
        said.append(clause("note_batches", size=str(training.batch_size)))
    remembers = any(name == "v" and array.any() for name, array in zip(names, state.memory, strict=True))
    if remembers and size(problem.network.gradient) <= TINY:
        said.append(clause("note_remembers"))
    return said


def _without_penalty(network: Network, l2: float) -> Array:
    """The gradient of the data alone (p,)."""
    if not l2:
        return network.gradient
    whole = network.gradient.copy()
    with np.errstate(all="ignore"):
        network.backward()
    data = network.gradient.copy()
    np.copyto(network.gradient, whole)
    return data


def _forward(network: Network) -> list[dict[str, Any]]:
    """A[l] = g(W[l] A[l-1] + b[l])."""
    return [
        _equation("A", l, network.A[l], [("W", l, W), ("A", l - 1, network.A[l - 1]), ("b", l, b)])
        for l, (W, b) in enumerate(network.parameters, 1)
    ]


def _backward(network: Network, l2: float) -> list[dict[str, Any]]:
    """dZ[l], dW[l] and db[l] from layer L down."""
    L = len(network.parameters)
    equations = []
    for l in range(L, 0, -1):
        dZ, (dW, db) = network.dZ[l - 1], network.gradients[l - 1]
        equations.append(_equation("dZ", l, dZ, _error(network) if l == L else _passed_back(network, l)))
        given: Factors = [("dZ", l, dZ), ("A", l - 1, network.A[l - 1])]
        if l2:
            given.append(("λ/m W", l, l2 / network.m * network.parameters[l - 1][0]))
        equations.append(_equation("dW", l, dW, given))
        equations.append(_equation("db", l, db, [("dZ", l, dZ)]))
    return equations


def _error(network: Network) -> Factors:
    """dZ[L]: A - Y for cross-entropy, 2 (A - Y) A (1 - A) for squared error."""
    assert network.Y is not None
    A = network.A[-1]
    factors: Factors = [("A − Y", len(network.parameters), A - network.Y)]
    if network.loss.name == "squared_error":
        factors.append(("A (1 − A)", len(network.parameters), A * (1 - A)))
    return factors


def _passed_back(network: Network, l: int) -> Factors:
    """dZ[l] = W[l+1]^T dZ[l+1] * g'(Z[l])."""
    return [
        ("W", l + 1, network.parameters[l][0]),
        ("dZ", l + 1, network.dZ[l]),
        ("g'", l, network.slopes(l)),
    ]


def _equation(result: str, layer: int, value: Array, factors: Factors) -> dict[str, Any]:
    told = []
    for name, l, values in factors:
        largest = size(values)
        mark = _mark(largest)
        if name == "g'" and not mark and np.mean(values < FLAT) > 0.9:
            mark = "flat"
        told.append({"name": name, "layer": l, "size": largest, "mark": mark})
    largest = size(value)
    return {"result": result, "layer": layer, "size": largest, "mark": _mark(largest), "factors": told}


def _mark(largest: float) -> str:
    return "zero" if largest == 0.0 else "tiny" if largest < TINY else ""
