"""W, b, dW and db of every layer."""

from typing import Any

from app.experiments.observe import View
from app.experiments.panels.sayable import norm_of, sayable
from app.experiments.problem import Problem
from app.experiments.run import State


def weights(problem: Problem, state: State, view: View) -> dict[str, Any]:
    """W, b, dW, db of the units in view, and how large each layer's step is beside its weights."""
    network = problem.network
    layers = []
    for (W, b), (dW, db) in zip(network.parameters, network.gradients, strict=True):
        columns = slice(view.units)
        layers.append(
            {
                "shape": list(W.shape),
                "W": W[: view.units, columns].tolist(),
                "b": b[: view.units, 0].tolist(),
                "dW": sayable(dW[: view.units, columns]).tolist(),
                "db": sayable(db[: view.units, 0]).tolist(),
                "norm": norm_of(W),
                "gradient_norm": norm_of(dW),
            }
        )
    return {"layers": layers}
