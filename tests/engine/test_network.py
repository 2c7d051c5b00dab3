"""Forward and backward propagation: worked numbers, and the numerical gradient at every depth."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.activations import ACTIVATIONS, Kink
from app.engine.checking import numerical_gradient, relative_error
from app.engine.initializers import initial_weights
from app.engine.losses import LOSSES, SOFTMAX
from app.engine.network import Network, flat, layers_of, parameter_count

EVERY_ACTIVATION = pytest.mark.parametrize("activation", ACTIVATIONS)
LN2, LN3 = 0.6931471805599453, 1.0986122886681098


def random_network(hidden, activations, seed, points=12, outputs=1, kink=Kink(), **more):
    """Weights and biases of ordinary size, random labels."""
    random = np.random.RandomState(seed)
    X = random.standard_normal((2, points))
    Y = np.where(random.random_sample((1, points)) < 0.5, 0.0, 1.0)
    if outputs > 1:  # one-hot
        Y = np.eye(outputs)[random.randint(outputs, size=points)].T
    chosen = [ACTIVATIONS[name] for name in activations]
    network = Network(X, Y, hidden, chosen, kink, outputs=outputs, **more)
    network.load(random.standard_normal(network.theta.size))
    network.forward()
    return network


def random_network_off_the_corners(hidden, activations, **more):
    """The first of these whose Z are nowhere so near to 0 that the check would step over the corner."""
    return next(
        network
        for network in (random_network(hidden, activations, seed, **more) for seed in range(1000))
        if all(np.abs(Z).min() > 1e-3 for Z in network.Z[:-1])
    )


# The gradient check


@EVERY_ACTIVATION
@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
@pytest.mark.parametrize("hidden", [[], [4], [4, 3], [5, 4, 3]], ids=str)
def test_backpropagation_matches_central_differences(activation, loss, hidden):
    network = random_network_off_the_corners(hidden, [activation] * len(hidden), loss=loss)
    numerical = numerical_gradient(network)
    network.backward()
    assert relative_error(network.gradient, numerical) < 1e-6


@pytest.mark.parametrize("kink", [Kink(leak=0.3, at_zero=0), Kink(leak=0.0)], ids=str)
def test_so_it_does_with_a_different_nonlinearity_in_every_layer(kink):
    network = random_network_off_the_corners(
        [3, 4, 3, 4, 3], ["leaky_relu", "sigmoid", "relu", "tanh", "linear"], points=6, kink=kink
    )
    numerical = numerical_gradient(network)
    network.backward()
    assert relative_error(network.gradient, numerical) < 1e-6


@pytest.mark.parametrize("hidden", [[], [4], [4, 3]], ids=str)
@pytest.mark.parametrize("classes", [3, 6])
def test_so_it_does_through_a_softmax(hidden, classes):
    network = random_network(hidden, ["tanh"] * len(hidden), seed=1, outputs=classes, loss=SOFTMAX)
    numerical = numerical_gradient(network)
    network.backward()
    assert relative_error(network.gradient, numerical) < 1e-6


# Worked by hand


def worked_network():
    """2-2-1 with ReLU on the examples (1, 2) and (0, 1)."""
    network = Network(np.array([[1.0, 0.0], [2.0, 1.0]]), np.array([[1.0, 0.0]]), [2], [ACTIVATIONS["relu"]])
    (W1, b1), (W2, b2) = network.parameters
    W1[:], b1[:] = [[1.0, -1.0], [2.0, 0.0]], [[0.0], [-1.0]]
    W2[:], b2[:] = [[3.0, LN3]], [[0.0]]
    return network


def test_a_forward_pass_by_hand():
    network = worked_network()
    network.forward()
    # Z[1] = (1 - 2, 0 - 1; 2 - 1, 0 - 1), and ReLU leaves the one that is positive.
    assert network.Z[0].tolist() == [[-1.0, -1.0], [1.0, -1.0]]
    assert network.A[1].tolist() == [[0.0, 0.0], [1.0, 0.0]]
    # Z[2] = (ln 3, 0), so A[2] = (3/4, 1/2).
    assert network.Z[1].tolist() == [[LN3, 0.0]]
    np.testing.assert_allclose(network.A[2], [[0.75, 0.5]], rtol=1e-15)


def test_the_cost_by_hand():
    network = worked_network()
    network.forward()
    # (-ln 3/4 - ln 1/2) / 2 = ln(8/3) / 2
    assert network.cost() == pytest.approx(0.4904146265058631, rel=1e-15)


def test_a_backward_pass_by_hand():
    network = worked_network()
    network.forward()
    network.backward()
    # dZ[2] = (3/4 - 1, 1/2 - 0) = (-1/4, 1/2), dZ[1] = W[2]^T dZ[2] where Z[1] > 0.
    np.testing.assert_allclose(network.dZ[1], [[-0.25, 0.5]], rtol=1e-15)
    np.testing.assert_allclose(network.dZ[0], [[0, 0], [-LN3 / 4, 0]], rtol=1e-15)
    (dW1, db1), (dW2, db2) = network.gradients
    # dW[2] = (0, -1/4 * 1) / 2 and db[2] = (-1/4 + 1/2) / 2
    np.testing.assert_allclose(dW2, [[0, -0.125]], rtol=1e-15)
    np.testing.assert_allclose(db2, [[0.125]], rtol=1e-15)
    # dW[1] = -(ln 3)/4 (1, 2) / 2 for the second unit, nothing for the first.
    np.testing.assert_allclose(dW1, [[0, 0], [-LN3 / 8, -LN3 / 4]], rtol=1e-15)
    np.testing.assert_allclose(db1, [[0], [-LN3 / 8]], rtol=1e-15)


def test_a_prediction_is_class_1_only_strictly_above_one_half():
    network = worked_network()
    network.forward()
    # A[2] = (3/4, 1/2) predicts (1, 0), which is what the labels say.
    assert network.A[2][0, 1] == 0.5
    assert network.accuracy() == 1.0


def test_accuracy_is_the_fraction_that_is_right():
    # W = 1, b = 0: A > 1/2 where x > 0. Of the five, the third and the fifth are wrong.
    network = Network(np.array([[1.0, -1.0, 2.0, -2.0, 3.0]]), np.array([[1.0, 0, 0, 0, 0]]), [], [])
    network.load(np.array([1.0, 0.0]))
    network.forward()
    assert network.accuracy() == 0.6


@pytest.mark.parametrize("depth", [1, 3, 12])
def test_a_signal_through_identity_layers_arrives_as_it_was(depth):
    network = Network(np.array([[1.0, -2.0], [0.5, 3.0]]), None, [2] * depth, [ACTIVATIONS["linear"]] * depth)
    for W, _ in network.parameters[:-1]:
        W[:] = np.eye(2)
    network.parameters[-1][0][:] = [[2.0, 4.0]]
    network.forward()
    # 2 * 1 + 4 * 1/2 = 4 and 2 * (-2) + 4 * 3 = 8
    assert network.Z[-1].tolist() == [[4.0, 8.0]]


# The cost


@pytest.mark.parametrize("m", [2, 10, 300, 400, 1000, 10_000])
def test_the_cost_of_knowing_nothing_is_ln_2_whatever_the_number_of_points(m):
    # The mean of equal numbers is that number; a plain sum rounds on the way (np.mean of 400 numbers
    # ln 2 is 0.6931471805599452). One unit in the last place of ln 2 is 1.1e-16.
    network = Network(np.ones((2, m)), np.tile([[0.0, 1.0]], m // 2), [4], [ACTIVATIONS["tanh"]])
    network.forward()
    assert abs(network.cost() - LN2) < 2e-16


@pytest.mark.parametrize(("right", "cost"), [(0, 1e308), (1, 7.5e307), (2, 5e307)])
def test_the_cost_is_finite_as_long_as_every_loss_is(right, cost):
    # Of four losses those of the examples that are right are 0 and the others 1e308: added up they are
    # more than a float can hold, their mean is not.
    labels = np.array([[0.0] * right + [1.0] * (4 - right)])
    network = Network(np.full((1, 4), -1e308), labels, [], [])
    network.load(np.array([1.0, 0.0]))
    network.forward()
    assert network.cost() == pytest.approx(cost, rel=1e-15)


@pytest.mark.parametrize("z", [np.inf, -np.inf, np.nan])
def test_the_cost_is_not_finite_if_one_loss_is_not(z):
    network = Network(np.zeros((1, 3)), np.array([[0.0, 1.0, 0.0]]), [], [])
    network.Z[-1][:] = [[0.0, -z, z]]
    assert not np.isfinite(network.cost())


# Buffers and views


@given(st.lists(st.integers(1, 6), min_size=2, max_size=6))
@settings(derandomize=True, deadline=None)
def test_flat_is_the_inverse_of_layers_of(sizes):
    theta = np.arange(float(parameter_count(sizes)))
    parameters = layers_of(theta, sizes)
    assert [W.shape for W, _ in parameters] == [(n, k) for k, n in pairwise(sizes)]
    assert [b.shape for _, b in parameters] == [(n, 1) for n in sizes[1:]]
    assert np.array_equal(flat(parameters), theta)


def test_parameters_are_counted_layer_by_layer():
    # 2-4-1: 4 (2 + 1) + 1 (4 + 1) = 17, and 12 hidden layers of 64: 64 * 3 + 11 * 64 * 65 + 65 = 46017.
    assert parameter_count((2, 4, 1)) == 17
    assert parameter_count((2, *[64] * 12, 1)) == 46017


def test_the_layers_share_the_memory_of_theta():
    network = worked_network()
    assert sorted(network.theta) == [-1.0, -1.0, 0.0, 0.0, 0.0, 1.0, LN3, 2.0, 3.0]
    (W1, b1), (W2, b2) = network.parameters
    W1[0, 1], b1[1], W2[0, 0], b2[0] = 10.0, 20.0, 30.0, 40.0
    assert sorted(network.theta) == [0.0, 0.0, 1.0, LN3, 2.0, 10.0, 20.0, 30.0, 40.0]
    network.theta[:] = 5.0
    assert [(W.tolist(), b.tolist()) for W, b in network.parameters] == [
        ([[5.0, 5.0], [5.0, 5.0]], [[5.0], [5.0]]),
        ([[5.0, 5.0]], [[5.0]]),
    ]


def test_a_network_starts_with_every_parameter_zero():
    network = Network(np.ones((2, 3)), None, [4, 3], [ACTIVATIONS["tanh"]] * 2)
    assert network.theta.tolist() == [0.0] * parameter_count((2, 4, 3, 1))


def test_loading_copies():
    network = worked_network()
    theta = np.arange(9.0)
    network.load(theta)
    theta[0] = 99.0
    assert network.theta.tolist() == list(range(9))


def test_a_step_replaces_no_buffer():
    network = random_network([4, 3], ["tanh", "relu"], seed=1)

    def addresses():
        buffers = [network.theta, network.gradient, *network.A, *network.Z, *network.dZ]
        return [buffer.ctypes.data for buffer in buffers]

    before = addresses()
    network.forward()
    network.backward()
    assert addresses() == before


@EVERY_ACTIVATION
def test_the_same_pass_gives_the_same_bits(activation):
    network = random_network([4, 3], [activation] * 2, seed=1)
    network.backward()
    first = network.A[-1].tobytes(), network.gradient.tobytes()
    network.forward()
    network.backward()
    assert (network.A[-1].tobytes(), network.gradient.tobytes()) == first


@EVERY_ACTIVATION
def test_single_precision_draws_the_same_picture(activation):
    X = np.random.RandomState(0).uniform(-4, 4, (2, 500))
    weights = initial_weights((2, 8, 8, 1), ["he"] * 3, 1.0, seed=1)
    pictures = []
    for dtype in (np.float64, np.float32):
        network = Network(X, None, [8, 8], [ACTIVATIONS[activation]] * 2, dtype=dtype)
        network.load(flat([(W, np.zeros((len(W), 1))) for W in weights]))
        network.forward()
        assert network.A[-1].dtype == dtype
        pictures.append(network.A[-1])
    np.testing.assert_allclose(*pictures, rtol=0, atol=1e-5)


def test_the_points_may_come_in_any_memory_order():
    X, Y = np.random.RandomState(0).standard_normal((2, 30)), np.zeros((1, 30))
    costs = set()
    for points in (X, np.asfortranarray(X), X[::-1][::-1]):
        network = Network(points, Y, [3], [ACTIVATIONS["tanh"]])
        network.load(np.linspace(-1, 1, network.theta.size))
        network.forward()
        costs.add(network.cost())
    assert len(costs) == 1


@EVERY_ACTIVATION
def test_slopes_are_those_of_the_layer_asked_for(activation):
    network = random_network([4, 3], [activation, "linear"], seed=1)
    # The slope is what a difference of 1e-6 in Z makes of A, away from the corner.
    Z, A = network.Z[0], network.A[1]
    raised = np.empty_like(A)
    ACTIVATIONS[activation].value(Z + 1e-6, Kink(), raised)
    assert np.abs(Z).min() > 1e-5
    np.testing.assert_allclose(network.slopes(1), (raised - A) / 1e-6, atol=1e-5)
    assert network.slopes(2).tolist() == [[1.0] * 12] * 3
