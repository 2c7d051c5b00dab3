"""One example by hand: forward, loss, backward, the mean over the batch and the update it leads to."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.inputs import with_features
from app.engine.network import layers_of
from app.experiments.agreement import in_force
from app.experiments.observe import View
from app.experiments.panels.as_numpy import MOST_PARAMETERS, as_numpy
from app.experiments.panels.example import Example, example_of
from app.experiments.panels.sayable import sayable
from app.experiments.problem import Problem
from app.experiments.run import State, rates_of

SHOWN = 6
"""Rows and columns of a matrix that travel; the page says that there are more."""


@dataclass(frozen=True)
class Step:
    """What the step of a state follows: the mean over its batch, with the pull of L2 in the gradient."""

    m: int
    gradient: Array
    mean_loss: float
    penalty: float
    holds: bool | None
    """Whether the example is one of the batch; None for a typed point."""


def by_hand(problem: Problem, state: State, view: View) -> dict[str, Any]:
    """The followed example's numbers, layer by layer, beside the mean over the batch and the update."""
    network, experiment = problem.network, problem.experiment
    training = in_force(experiment, state.step)
    with np.errstate(all="ignore"):
        example = example_of(problem, view)
        step = _step(problem, state, training.l2, example)
        after = _updated(problem, state, step.gradient)
    made = with_features(example.x, experiment.network.features)
    normalization = problem.normalization
    return {
        "example": example.column,
        "m": network.m,
        "x": _column(example.x),
        "label": example.label,
        "made": _column(made),
        "mean": _column(normalization.mean) if normalization else None,
        "deviation": _column(normalization.deviation) if normalization else None,
        "X": _column(example.A[0]),
        "Y": _column(example.Y),
        "output": network.output.name,
        "loss_name": network.loss.name,
        "activations": list(experiment.activations),
        "rest": _column(1.0 - example.A[-1]),
        "loss": _number(example.loss),
        "batch": {
            "m": step.m,
            "whole": step.m == network.m,
            "holds": step.holds,
            "loss": _number(step.mean_loss),
            "penalty": _number(step.penalty),
            "cost": _number(step.mean_loss + step.penalty),
        },
        "l2": training.l2,
        "rate": training.learning_rate,
        "optimizer": training.optimizer,
        "parameters": int(network.theta.size),
        "most_parameters": MOST_PARAMETERS,
        "script": as_numpy(problem, state, example) if view.script else None,
        "layers": _layers(problem, state, example, step, after),
    }


def _layers(
    problem: Problem, state: State, example: Example, step: Step, after: Array | None
) -> list[dict[str, Any]]:
    sizes = problem.network.sizes
    means = layers_of(step.gradient, sizes)
    updated = layers_of(after, sizes) if after is not None else None
    layers = []
    for i, (W, b) in enumerate(layers_of(state.theta, sizes)):
        dZ, before = example.dZ[i], example.A[i]
        layer = {
            "shape": list(W.shape),
            "W": _matrix(W),
            "b": _column(b),
            "Z": _column(example.Z[i]),
            "A": _column(example.A[i + 1]),
            "slope": _column(example.slopes[i]) if i < len(example.slopes) else None,
            "dZ": _column(dZ),
            "dW": _matrix(dZ[:SHOWN] @ before[:SHOWN].T),
            "db": _column(dZ),
            "mean_dW": _matrix(means[i][0]),
            "mean_db": _column(means[i][1]),
            "next_W": None,
            "next_b": None,
        }
        if updated:
            W_next, b_next = updated[i]
            layer |= {"next_W": _matrix(W_next), "next_b": _column(b_next)}
            layer |= {"change_W": _matrix(W_next - W), "change_b": _column(b_next - b)}
        layers.append(layer)
    return layers


def _step(problem: Problem, state: State, l2: float, example: Example) -> Step:
    """The batch of the step that comes next. The whole network's gradients are left as they were."""
    whole = problem.network
    network = problem.descent.network_at(state.step)
    found, loss = whole.gradient.copy(), None
    if network is not whole:
        network.forward()
        network.backward()
        if l2:
            problem.descent.add_decay(l2, network.m)
        loss, gradient = network.cost(), whole.gradient.copy()
        np.copyto(whole.gradient, found)
        found = gradient
    assert network.Y is not None
    holds = None
    if example.column is not None:
        same = (network.A[0] == example.A[0]).all(axis=0) & (network.Y == example.Y).all(axis=0)
        holds = bool(same.any())
    penalty = problem.descent.penalty(l2, network.m)
    return Step(network.m, found, whole.cost() if loss is None else loss, penalty, holds)


def _updated(problem: Problem, state: State, gradient: Array) -> Array | None:
    """The parameters after one update by the run's own optimizer, which keeps its memory; None at the end."""
    if state.over:
        return None
    theta, memory = state.theta.copy(), tuple(array.copy() for array in state.memory)
    scratch = (np.empty_like(theta), np.empty_like(theta))
    rates = rates_of(in_force(problem.experiment, state.step))
    problem.descent.optimizer.update(theta, gradient, memory, rates, state.step + 1, scratch)
    return theta


def _column(values: Array) -> list[float]:
    """The first rows of an (n, 1)."""
    shown: list[float] = sayable(values[:SHOWN, 0]).tolist()
    return shown


def _matrix(values: Array) -> list[list[float]]:
    shown: list[list[float]] = sayable(values[:SHOWN, :SHOWN]).tolist()
    return shown


def _number(value: float) -> float:
    return float(sayable(np.array([value]))[0])
