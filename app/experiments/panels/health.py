"""The health of a run: steps beside weights, curvature against its threshold, dead and saturated units."""

from typing import Any

import numpy as np

from app.engine.curvature import ITERATIONS, extreme_eigenvalues
from app.engine.diagnostics import health, root_mean_square
from app.experiments.agreement import in_force
from app.experiments.observe import View
from app.experiments.panels.check_gradient import check_gradient
from app.experiments.panels.sayable import norm_of, sayable_number
from app.experiments.panels.step import next_step
from app.experiments.problem import Problem
from app.experiments.run import State
from app.experiments.work import seconds_per_pass

PRODUCT_STEPS = 4
"""A product with the Hessian takes about as long as so many steps."""
FEWEST = 6
"""Iterations of Lanczos under which its answer would be worth nothing."""


def condition(problem: Problem, state: State, view: View) -> dict[str, Any]:
    """Each layer's step beside its weights, and how fast the cost changes.

    ``by_gradient`` is rate x |dW| / |W|, ``step`` the run's own |W_next - W| / |W|: they differ for
    other optimizers than gradient descent, and with mini-batches. ``cost_change`` is the cost after
    the next step minus this one's. ``curvature`` is there where ``view.effort`` allows it.
    """
    network = problem.network
    rate = in_force(problem.experiment, state.step).learning_rate
    ahead = next_step(problem, state)
    steps = ahead.beside(network.parameters) if ahead else [None] * len(network.parameters)
    layers = []
    for layer, ((W, _), (dW, _)) in enumerate(zip(network.parameters, network.gradients, strict=True), 1):
        found = health(network, layer) if layer < len(network.parameters) else None
        size, gradient = norm_of(W), norm_of(dW)
        layers.append(
            {
                "units": len(W),
                "weights": size,
                "gradient": gradient,
                "by_gradient": sayable_number(rate * gradient / size) if size else None,
                "step": steps[layer - 1],
                "activation": sayable_number(root_mean_square(network.A[layer])),
                "saturated": found.saturated if found else None,
                "dead": found.dead if found else None,
            }
        )
    told: dict[str, Any] = {
        "layers": layers,
        "optimizer": problem.descent.optimizer.title,
        "cost_change": sayable_number(ahead.cost - state.cost) if ahead else None,
        "parameters": int(network.theta.size),
        "curvature": curvature(problem, state, view.effort) if view.effort else None,
    }
    if view.check:
        told |= check_gradient(problem, state, view)
    return told


def curvature(problem: Problem, state: State, effort: float) -> dict[str, Any]:
    """Rate x largest eigenvalue of the Hessian against its threshold; None where it would take too long.

    The threshold is 2 for full-batch gradient descent, 2 (1 + beta) / (1 - beta) for momentum; there is
    no such rule for the others.
    """
    training = in_force(problem.experiment, state.step)
    iterations = int(min(ITERATIONS, effort / (PRODUCT_STEPS * seconds_per_pass(problem.experiment))))
    smallest = largest = float("nan")
    if iterations >= FEWEST:
        smallest, largest = extreme_eigenvalues(problem.network, training.l2, iterations)
    known = bool(np.isfinite([smallest, largest]).all())
    threshold = None
    if training.batch_size is None and training.optimizer in ("gd", "momentum"):
        beta = training.beta if training.optimizer == "momentum" else 0.0
        threshold = sayable_number(2 * (1 + beta) / (1 - beta))
    product = training.learning_rate * largest if known else None
    return {
        "step": state.step,
        "too_large": iterations < FEWEST,
        "smallest": smallest if known else None,
        "largest": largest if known else None,
        "product": product,
        "threshold": threshold,
        "beyond": product is not None and threshold is not None and product > threshold,
    }
