"""The gradient check itself: it finds the slope, it finds a mistake, and it leaves nothing behind."""

import numpy as np
import pytest

from app.engine.checking import numerical_gradient, relative_error
from app.engine.network import Network


def logistic():
    """One example x = 2 of class 1, W = 0 and b = 0: A = 1/2, so dW = -1/2 * 2 = -1 and db = -1/2."""
    return Network(np.array([[2.0]]), np.array([[1.0]]), [], [])


def test_the_numerical_gradient_is_the_slope_of_the_cost():
    np.testing.assert_allclose(numerical_gradient(logistic()), [-1.0, -0.5], rtol=1e-9)


@pytest.mark.parametrize(("epsilon", "error"), [(0.1, -1.5625e-4), (0.01, -1.5625e-6)])
def test_its_error_shrinks_with_the_square_of_the_step(epsilon, error):
    # At b = ln 3: a = 3/4, J' = a - 1 = -1/4 and J''' = a (1 - a) (1 - 2a) = -3/32. The quotient is
    # J' + e^2 J''' / 6 + ... = -1/4 - e^2 / 64.
    network = logistic()
    network.load(np.array([0.0, 1.0986122886681098]))
    _, db = numerical_gradient(network, epsilon)
    assert db + 0.25 == pytest.approx(error, rel=1e-3)


def test_it_leaves_the_network_as_it_was(started, flower):
    network = started(flower, [4])
    network.forward()
    before = network.theta.tobytes(), network.A[-1].tobytes()
    numerical_gradient(network)
    assert (network.theta.tobytes(), network.A[-1].tobytes()) == before


def test_relative_error_by_hand():
    # |(3, 4) - (0, 0)| = 5, and |(3, 4)| + |(0, 0)| = 5.
    assert relative_error(np.array([3.0, 4.0]), np.zeros(2)) == 1.0
    # |(3, 4) - (3, 3)| = 1, and 5 + sqrt(18) = 9.242641.
    assert relative_error(np.array([3.0, 4.0]), np.array([3.0, 3.0])) == pytest.approx(1 / 9.242641, rel=1e-7)
    assert relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.0])) == 0.0
    assert relative_error(np.zeros(2), np.zeros(2)) == 0.0


def test_a_wrong_sign_in_one_number_is_found(started, flower):
    network = started(flower, [4], scale=1.0)
    numerical = numerical_gradient(network)
    network.backward()
    right = relative_error(network.gradient, numerical)
    network.gradients[0][0][0, 0] *= -1
    assert right < 1e-8
    assert relative_error(network.gradient, numerical) > 1e-3
