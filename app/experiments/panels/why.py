"""Why is nothing moving? The gradient equations with the sizes of this step."""

from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.diagnostics import FLAT
from app.engine.network import Network
from app.experiments.observe import View
from app.experiments.panels.sayable import size
from app.experiments.problem import Problem
from app.experiments.run import State

TINY = 1e-6
"""A factor smaller than this is called tiny."""


def why(problem: Problem, state: State, view: View) -> dict[str, Any]:
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
