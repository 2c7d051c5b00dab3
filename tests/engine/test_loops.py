"""The course's for-loops give the numbers of the vectorized network, for everything that can be chosen."""

import math

import numpy as np
import pytest

from app.engine.activations import ACTIVATIONS, Kink
from app.engine.datasets import make_points
from app.engine.initializers import initial_weights
from app.engine.loops import by_loops
from app.engine.losses import LOSSES, SOFTMAX
from app.engine.network import Network, flat


def both(hidden, names, loss, classes=2, kink=Kink(), m=23):
    X, labels = make_points("blobs" if classes > 2 else "moons", m, None, 3, classes=classes)
    outputs = 1 if classes == 2 else classes
    Y = labels if classes == 2 else (labels == np.arange(classes)[:, None]).astype(float)
    rows = [ACTIVATIONS[name] for name in names]
    network = Network(X, Y, hidden, rows, kink, LOSSES[loss] if classes == 2 else SOFTMAX, outputs)
    sizes = (2, *hidden, outputs)
    weights = initial_weights(sizes, ["he"] * (len(sizes) - 1), 1.0, 5)
    random = np.random.RandomState(1)
    network.load(flat([(W, 0.3 * random.randn(len(W), 1)) for W in weights]))
    network.forward()
    network.backward()
    parameters = [(W.tolist(), b[:, 0].tolist()) for W, b in network.parameters]
    J, gradients = by_loops(parameters, X.tolist(), Y.tolist(), names, kink, loss)
    return network, J, gradients


CASES = {
    "logistic regression": ([], [], "cross_entropy", 2),
    "squared error": ([3], ["tanh"], "squared_error", 2),
    "softmax": ([5], ["relu"], "cross_entropy", 4),
    "four layers": ([4, 3, 2], ["relu", "sigmoid", "leaky_relu"], "cross_entropy", 2),
    **{name: ([4, 3], [name, name], "cross_entropy", 2) for name in ACTIVATIONS},
}


@pytest.mark.parametrize("case", CASES)
def test_loops_and_matrices_give_the_same_cost_and_gradients(case):
    network, J, gradients = both(*CASES[case])
    np.testing.assert_allclose(J, network.cost(), rtol=1e-13)
    for (dW, db), (W, b) in zip(gradients, network.gradients, strict=True):
        np.testing.assert_allclose(dW, W, rtol=1e-11, atol=1e-15)
        np.testing.assert_allclose(db, b[:, 0], rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("at_zero", [0, 1])
@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_the_corner_is_where_the_network_has_it(name, at_zero):
    kink = Kink(0.2, at_zero)
    X, Y = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    network = Network(X, Y, [1], [ACTIVATIONS[name]], kink)
    network.load(np.array([1.0, 0.0, 2.0, 0.5]))
    network.forward()
    network.backward()
    _, gradients = by_loops([([[1.0]], [0.0]), ([[2.0]], [0.5])], X.tolist(), Y.tolist(), [name], kink)
    for (dW, db), (W, b) in zip(gradients, network.gradients, strict=True):
        np.testing.assert_allclose(dW, W, rtol=1e-14)
        np.testing.assert_allclose(db, b[:, 0], rtol=1e-14)


def test_outputs_that_are_sure_do_not_overflow():
    J, gradients = by_loops([([[1e5]], [0.0])], [[1.0, -1.0]], [[0.0, 1.0]], [])
    assert pytest.approx(1e5) == J
    assert gradients == [([[1.0]], [0.0])]
    J, _ = by_loops([([[1e5], [0.0], [-1e5]], [0.0] * 3)], [[1.0]], [[0.0], [1.0], [0.0]], [])
    assert pytest.approx(1e5) == J


def test_the_penalty_is_in_the_cost_and_in_the_gradients_of_the_weights_alone():
    # z = 2 * 0 + 0 at both examples, so the mean loss is ln 2 and the data's gradients cancel.
    # lambda / (2 m) w^2 = 0.5 / 4 * 4 = 0.5, and lambda / m w = 0.5 / 2 * 2 = 0.5.
    J, gradients = by_loops([([[2.0]], [0.0])], [[0.0, 0.0]], [[0.0, 1.0]], [], l2=0.5)
    assert pytest.approx(math.log(2) + 0.5) == J
    assert gradients == [([[0.5]], [0.0])]


def test_without_a_penalty_the_largest_weights_cost_nothing():
    J, _ = by_loops([([[1e200]], [0.0])], [[0.0]], [[1.0]], [])
    assert pytest.approx(math.log(2)) == J
