"""The activation functions, and where the units of each hidden layer sit on them."""

from typing import Any

import numpy as np

from app.experiments.observe import View
from app.experiments.panels.sayable import size
from app.experiments.problem import Problem
from app.experiments.run import State


def functions(problem: Problem, state: State, view: View) -> dict[str, Any]:
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
