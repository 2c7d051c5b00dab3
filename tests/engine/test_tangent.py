"""The curvature along a direction: against automatic differentiation, which knows the cost alone."""

from itertools import pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.differential_operators import make_hvp
from hypothesis import given
from hypothesis import strategies as st

from app.engine.activations import ACTIVATIONS, Kink
from app.engine.losses import LOSSES, SOFTMAX
from app.engine.network import Network, layers_of
from app.engine.tangent import hessian_times

LEAK = 0.2
FUNCTIONS = {
    "sigmoid": lambda Z: 1 / (1 + anp.exp(-Z)),
    "tanh": anp.tanh,
    "relu": lambda Z: anp.where(Z > 0, Z, 0.0),
    "leaky_relu": lambda Z: anp.where(Z > 0, Z, LEAK * Z),
    "linear": lambda Z: Z,
}
DEPTHS = pytest.mark.parametrize("hidden", [[], [4], [4, 3], [3, 4, 2]], ids=str)


def random_network(hidden, activations, seed=1, loss=LOSSES["cross_entropy"], outputs=1, points=11):
    """A network after both passes; parameters of ordinary size, so that no slope is near 0."""
    random = np.random.RandomState(seed)
    X = random.standard_normal((2, points))
    Y = np.where(random.random_sample((1, points)) < 0.5, 0.0, 1.0)
    if outputs > 1:
        Y = np.eye(outputs)[random.randint(outputs, size=points)].T
    chosen = [ACTIVATIONS[name] for name in activations]
    network = Network(X, Y, hidden, chosen, Kink(leak=LEAK), loss, outputs)
    network.load(random.standard_normal(network.theta.size))
    network.forward()
    network.backward()
    return network, random.standard_normal(network.theta.size)


def oracle(network, activations):
    """The cost as a function of theta, written down."""
    X, Y = network.A[0].copy(), network.Y

    def cost(theta):
        A, at = X, 0
        for (before, n), name in zip(pairwise(network.sizes), [*activations, "linear"], strict=True):
            units = anp.reshape(theta[at : at + n * (before + 1)], (n, before + 1))
            at += n * (before + 1)
            A = FUNCTIONS[name](anp.dot(units[:, :-1], A) + units[:, -1:])
        if len(Y) > 1:
            losses = anp.log(anp.sum(anp.exp(A), axis=0)) - anp.sum(A * Y, axis=0)
        elif network.loss.name == "cross_entropy":
            losses = anp.logaddexp(0, A) - Y * A
        else:
            losses = (1 / (1 + anp.exp(-A)) - Y) ** 2
        return anp.sum(losses) / X.shape[1]

    return cost


def agrees(network, activations, direction):
    cost = oracle(network, activations)
    np.testing.assert_allclose(network.gradient, grad(cost)(network.theta), rtol=1e-9, atol=1e-12)
    expected = make_hvp(cost)(network.theta)[0](direction)
    found = hessian_times(network, direction)
    assert np.abs(expected).max() > 1e-6
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


@DEPTHS
@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_hessian_along_a_direction_is_that_of_automatic_differentiation(activation, loss, hidden):
    network, direction = random_network(hidden, [activation] * len(hidden), loss=loss)
    agrees(network, [activation] * len(hidden), direction)


@DEPTHS
@pytest.mark.parametrize("classes", [3, 6])
def test_so_it_is_through_a_softmax(hidden, classes):
    network, direction = random_network(hidden, ["tanh"] * len(hidden), loss=SOFTMAX, outputs=classes)
    agrees(network, ["tanh"] * len(hidden), direction)


def test_so_it_is_with_a_different_nonlinearity_in_every_layer():
    names = ["leaky_relu", "sigmoid", "relu", "tanh", "linear"]
    network, direction = random_network([3, 4, 3, 4, 3], names)
    agrees(network, names, direction)


def test_worked_by_hand():
    # One point x = 2 of class 1, no hidden layer: J(w1, w2, b) = ln(1 + e^-z), z = 2 w1 + b, and at 0 its
    # second derivative is sigma (1 - sigma) = 1/4: H = (2, 0, 1)^T (2, 0, 1) / 4,
    # so H (1, 0, 0) = (1, 0, 1/2).
    network = Network(np.array([[2.0], [0.0]]), np.array([[1.0]]), [], [])
    network.forward()
    network.backward()
    assert hessian_times(network, np.array([1.0, 0.0, 0.0])).tolist() == [1.0, 0.0, 0.5]


@given(seed=st.integers(0, 10_000), factor=st.floats(-1e3, 1e3))
def test_it_is_linear_and_symmetric(seed, factor):
    network, d = random_network([4, 3], ["tanh", "sigmoid"], seed)
    e = np.random.RandomState(seed + 1).standard_normal(d.size)
    along_d, along_e = hessian_times(network, d), hessian_times(network, e)
    scale = np.abs(along_d).max() + np.abs(along_e).max()
    combined = hessian_times(network, d + factor * e)
    np.testing.assert_allclose(
        combined, along_d + factor * along_e, rtol=0, atol=1e-12 * scale * (1 + abs(factor))
    )
    assert abs(e @ along_d - d @ along_e) <= 1e-12 * scale * d.size


@pytest.mark.parametrize("points", [11, 64, 101])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_equal_units_with_equal_deviations_curve_equally_bit_for_bit(activation, points):
    network, direction = random_network([7, 5], [activation] * 2, points=points)
    for theta in (network.theta, direction):
        for W, b in layers_of(theta, network.sizes)[:-1]:
            W[1:], b[1:] = W[0], b[0]
        for W, _ in layers_of(theta, network.sizes)[1:]:
            W[:, 1:] = W[:, :1]
    network.forward()
    network.backward()
    for W, b in layers_of(hessian_times(network, direction), network.sizes)[:-1]:
        assert (W == W[0]).all()
        assert (b == b[0]).all()
