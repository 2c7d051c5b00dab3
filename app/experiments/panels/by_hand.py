"""One training example by hand."""

from typing import Any

import numpy as np

from app.experiments.observe import View
from app.experiments.panels.sayable import sayable
from app.experiments.problem import Problem
from app.experiments.run import State


def by_hand(problem: Problem, state: State, view: View) -> dict[str, Any]:
    """One training example forward and backward, its share of dW and db beside the mean over all."""
    network = problem.network
    i = min(view.example, network.m - 1)
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
                "Z": sayable(network.Z[layer - 1][:, i]).tolist(),
                "A": network.A[layer][:, i].tolist(),
                "dZ": sayable(dZ).tolist(),
                "dW": sayable(np.outer(dZ, before)).tolist(),
                "mean_dW": sayable(dW).tolist(),
                "mean_db": sayable(db[:, 0]).tolist(),
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
