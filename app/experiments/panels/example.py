"""The example that By hand follows: a training point, or one that was typed, through both passes."""

from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array
from app.engine.network import Network
from app.experiments.observe import View
from app.experiments.problem import Problem


@dataclass(frozen=True)
class Example:
    """One column of every pass. ``x`` (2, 1) is the point of the plane, X (n_0, 1) what the network takes.

    Y, Z[l], A[l], dZ[l] and the slopes g'(Z[l]) are (n_l, 1); A starts with X. ``column`` is that of the
    training set, None for a point that was typed.
    """

    column: int | None
    x: Array
    label: int
    Y: Array
    Z: list[Array]
    A: list[Array]
    dZ: list[Array]
    slopes: list[Array]
    loss: float


def example_of(problem: Problem, view: View) -> Example:
    """The column that the view follows, after a forward and a backward pass over the training points."""
    network, column = problem.network, None
    if view.point is not None:
        x1, x2, label = view.point
        x = np.array([[x1], [x2]])
        network, place = _alone(problem, x, label), 0
    else:
        column = place = min(view.example, network.m - 1)
        x = problem.X[:, problem.train[[column]]]
        label = int(problem.Y[column])
    assert network.Y is not None
    at = slice(place, place + 1)
    Z, A = [Z[:, at] for Z in network.Z], [A[:, at] for A in network.A]
    Y, loss = network.Y[:, at], np.zeros((1, 1))
    network.loss.value(Z[-1], A[-1], Y, loss)
    slopes = list[Array]()
    for activation, z, a in zip(network.activations, Z, A[1:], strict=False):
        slope: Array = np.empty(z.shape)
        activation.slope(z, a, network.kink, slope)
        slopes.append(slope)
    dZ = [dZ[:, at] for dZ in network.dZ]
    return Example(column, x, label, Y, Z, A, dZ, slopes, float(loss[0, 0]))


def _alone(problem: Problem, x: Array, label: int) -> Network:
    """The network on one point, after both passes; it has gradients of its own, so that no other's change."""
    network = problem.network
    classes = problem.experiment.data.classes
    Y = np.array([[label]]) if classes == 2 else np.equal(np.arange(classes)[:, None], label)
    alone = Network(
        problem.inputs(x),
        Y.astype(float),
        network.sizes[1:-1],
        network.activations,
        network.kink,
        network.loss,
        network.sizes[-1],
    )
    alone.load(network.theta)
    alone.forward()
    alone.backward()
    return alone
