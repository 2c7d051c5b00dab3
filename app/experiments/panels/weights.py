"""W, b, dW and db of every layer, and what linear layers come to."""

from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.diagnostics import root_mean_square
from app.engine.network import Network
from app.experiments.observe import View
from app.experiments.panels.sayable import norm_of, sayable, sayable_number
from app.experiments.problem import Problem
from app.experiments.run import State


def weights(problem: Problem, state: State, view: View) -> dict[str, Any]:
    """The part of every layer that is in view, and how large all of it is.

    ``values`` has for layer after layer the rows of W, then b, dW and db, of ``rows`` units from ``unit`` on
    and ``columns`` inputs from ``input`` on.
    """
    network = problem.network
    layers, values = [], []
    for (W, b), (dW, db), A in zip(network.parameters, network.gradients, network.A[1:], strict=True):
        units = _in_view(view.corner[0], view.units, W.shape[0])
        inputs = _in_view(view.corner[1], view.units, W.shape[1])
        shown = (W[units, inputs], b[units], dW[units, inputs], db[units])
        values += [sayable(part).ravel() for part in shown]
        layers.append(
            {
                "shape": list(W.shape),
                "unit": units.start,
                "input": inputs.start,
                "rows": units.stop - units.start,
                "columns": inputs.stop - inputs.start,
                "norm": norm_of(W),
                "gradient_norm": norm_of(dW),
                "activation": sayable_number(root_mean_square(A)),
            }
        )
    linear = are_one(network)
    return {
        "layers": layers,
        "values": np.concatenate(values),
        "batches": problem.experiment.training.batch_size is not None,
        "collapsed": collapsed(network) if linear else None,
        "powers": powers(network) if linear else None,
    }


def _in_view(first: int, most: int, all_of_them: int) -> slice:
    """At most ``most`` from ``first`` on; the last ones where there are not so many left."""
    start = max(0, min(first, all_of_them - most))
    return slice(start, min(start + most, all_of_them))


def are_one(network: Network) -> bool:
    """Whether there are hidden layers, and all are linear."""
    return bool(network.activations) and all(g.name == "linear" for g in network.activations)


def one_layer(network: Network) -> tuple[Array, Array]:
    """The layer that linear layers are: Z[L] = W' X + b', with W' (n_L, n_0) and b' (n_L, 1).

    W' = W[L] ... W[1]        b' = b[L] + W[L] (b[L-1] + W[L-1] (... b[1]))
    """
    (W, b), *others = network.parameters
    with np.errstate(all="ignore"):
        for W_next, b_next in others:
            W, b = W_next @ W, W_next @ b + b_next
    return W, b


def collapsed(network: Network) -> dict[str, Any]:
    """``one_layer``, and the largest ``difference`` of its answers at the training points from ours."""
    W, b = one_layer(network)
    with np.errstate(all="ignore"):
        answers = np.empty_like(network.A[-1])
        network.output.value(W @ network.A[0] + b, network.kink, answers)
        difference = np.abs(answers - network.A[-1]).max()
    return {
        "W": sayable(W).tolist(),
        "b": sayable(b[:, 0]).tolist(),
        "difference": sayable_number(difference),
    }


def powers(network: Network) -> dict[str, Any] | None:
    """W = c I and b = 0 in every hidden layer make c^layers X of X; None where they are others."""
    hidden = network.parameters[:-1]
    c = float(hidden[0][0][0, 0])
    if not all(_is_multiple(W, c) and not b.any() for W, b in hidden):
        return None
    grown = root_mean_square(network.A[-2]) / (root_mean_square(network.A[0]) or 1.0)
    return {"c": c, "layers": len(hidden), "grown": sayable_number(grown)}


def _is_multiple(W: Array, c: float) -> bool:
    return W.shape[0] == W.shape[1] and bool(np.array_equal(W, c * np.identity(len(W))))
