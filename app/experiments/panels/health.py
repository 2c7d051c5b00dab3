"""The health of a run: steps beside weights, curvature, and the gradient check."""

from typing import Any

import numpy as np

from app.engine.checking import numerical_gradient, relative_error
from app.engine.curvature import extreme_eigenvalues, gradient_at
from app.engine.diagnostics import health
from app.experiments.observe import View
from app.experiments.panels.sayable import norm_of
from app.experiments.problem import Problem
from app.experiments.run import State

CHECKED = 300
"""Up to so many parameters the gradient is checked number by number."""


def condition(problem: Problem, state: State, view: View) -> dict[str, Any]:
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
                "weights": norm_of(W),
                "gradient": norm_of(dW),
                "saturated": found.saturated if found else None,
                "dead": found.dead if found else None,
                "activation": norm_of(network.A[layer]) / float(np.sqrt(network.A[layer].size)),
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
