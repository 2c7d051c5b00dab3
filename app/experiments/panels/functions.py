"""The activation functions, and where the units of each hidden layer sit on them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.activations import ACTIVATIONS, Activation, Kink
from app.engine.arrays import Array
from app.experiments.observe import View
from app.experiments.panels.sayable import sayable
from app.experiments.problem import Problem
from app.experiments.run import State

Z = np.arange(-200, 201) / 20
"""z from -10 to 10 in steps of 0.05: the notes' table stands at its ends and in its middle."""
REACH = 10.0
EDGES = np.linspace(-REACH, REACH, 81)
TANGENT = 2.0
"""How far a tangent is drawn to either side."""


def functions(problem: Problem, state: State, view: View) -> dict[str, Any]:
    """``z`` (401,), of every activation in use the ``curve_<name>`` over it, and a histogram per layer.

    ``share`` (layers, 80) is the fraction of a layer's Z between two ``edges``; the ``beyond`` of them that
    lie outside of -10 to 10 are counted at the ends.
    """
    network = problem.network
    used = dict.fromkeys(activation.name for activation in network.activations)
    curves = {f"curve_{name}": _curve(ACTIVATIONS[name], network.kink) for name in used}
    shares, layers = [], []
    for activation, values in zip(network.activations, network.Z, strict=False):
        counts, _ = np.histogram(np.clip(sayable(values), -REACH, REACH), EDGES)
        shares.append(counts / values.size)
        beyond = np.count_nonzero(np.abs(values) > REACH) / values.size
        layers.append({"activation": activation.name, "beyond": float(beyond)})
    return {
        "layers": layers,
        "z": Z,
        "edges": EDGES.astype(np.float32),
        "share": np.array(shares, np.float32).reshape(len(shares), len(EDGES) - 1),
        **curves,
    }


def _curve(activation: Activation, kink: Kink) -> NDArray[np.float32]:
    """Over Z: g, g', and the two ends of the tangent, g -+ 2 g'; (4, 401)."""
    z: Array = Z[None, :]
    g, slope = np.empty_like(z), np.empty_like(z)
    activation.value(z, kink, g)
    activation.slope(z, g, kink, slope)
    return np.concatenate([g, slope, g - TANGENT * slope, g + TANGENT * slope]).astype(np.float32)
