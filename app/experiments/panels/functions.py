"""The activation functions, and where the units of each layer sit on them; a sigmoid output is one, too."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.activations import ACTIVATIONS, Activation, Kink
from app.engine.arrays import Array
from app.engine.diagnostics import FLAT
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
    lie outside of -10 to 10 are counted at the ends. ``flat`` is the fraction of slopes under 0.01.
    """
    network = problem.network
    on_curves = list(network.activations)
    if network.output.name in ACTIVATIONS:  # a softmax depends on more than its own z
        on_curves.append(ACTIVATIONS[network.output.name])
    curves = {f"curve_{g.name}": _curve(g, network.kink) for g in on_curves}
    shares, layers = [], []
    for l, (g, values, A) in enumerate(zip(on_curves, network.Z, network.A[1:], strict=False), 1):
        counts, _ = np.histogram(np.clip(sayable(values), -REACH, REACH), EDGES)
        shares.append(counts / values.size)
        slopes = np.empty_like(values)
        g.slope(values, A, network.kink, slopes)
        layers.append(
            {
                "activation": g.name,
                "output": l == len(network.parameters),
                "beyond": np.count_nonzero(np.abs(values) > REACH) / values.size,
                "flat": np.count_nonzero(slopes < FLAT) / values.size,
            }
        )
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
