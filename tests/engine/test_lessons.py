"""What the playground teaches, in numbers: runs whose course does not depend on how sums are rounded.

Costs hold to 1e-3 and accuracies to half a percent point (two of 400), unless a line says otherwise.
Measured once with this arithmetic and once with plain matrix products, which agree that far.
"""

import math

import numpy as np
import pytest

from app.engine.activations import ACTIVATIONS, Kink
from app.engine.datasets import make_points
from app.engine.diagnostics import health, symmetry
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS
from tests.engine.runs import descend

LN2 = 0.6931471805599453


@pytest.fixture(scope="module")
def moons():
    return make_points("moons", 400, 0.2, 1)


@pytest.fixture(scope="module")
def circles():
    return make_points("circles", 400, 0.1, 1)


@pytest.fixture
def data(request, flower, moons, circles):
    return {"flower": flower, "moons": moons, "circles": circles}[request.param]


def follows(network, rate, expected):
    """The costs and accuracies (percent) of the run at the steps of ``expected``, which ends at the last."""
    seen = {}

    def record(step):
        if step in expected:
            seen[step] = network.cost(), 100 * network.accuracy()

    last = max(expected)
    descend(network, OPTIMIZERS["gd"], rate, range(last), math.gcd(*expected), record)
    network.forward()
    record(last)
    assert seen == {
        step: (pytest.approx(cost, abs=1e-3), pytest.approx(accuracy, abs=0.51))
        for step, (cost, accuracy) in expected.items()
    }


# Why random


@pytest.mark.parametrize(
    ("data", "method", "scale", "expected"),
    [
        ("flower", "zeros", 0.0, {100: (LN2, 50.0), 3000: (LN2, 50.0)}),
        ("flower", "constant", 0.5, {100: (0.6614, 65.8), 1000: (0.6512, 65.5), 3000: (0.6480, 65.5)}),
        ("flower", "normal", 0.01, {200: (0.3455, 87.0), 1000: (0.2881, 89.2), 3000: (0.2339, 90.5)}),
        ("moons", "constant", 0.5, {100: (0.2962, 87.5), 1000: (0.2925, 87.2), 3000: (0.2926, 87.2)}),
        ("moons", "normal", 0.01, {200: (0.2937, 87.2), 1000: (0.0835, 96.8), 3000: (0.0724, 97.0)}),
    ],
    indirect=["data"],
)
def test_only_random_weights_learn_the_flower(started, data, method, scale, expected):
    network = started(data, [4], "tanh", method, scale)
    follows(network, 1.2, expected)
    found = symmetry(network, 1)
    if method == "normal":
        assert found.distinct == 4
        assert found.spread > 5
    else:
        assert (found.distinct, found.spread) == (1, 0.0)


@pytest.mark.parametrize(("scale", "cost", "accuracy"), [(0.5, 0.6454, 65.5), (0.01, 0.6294, 61.5)])
def test_four_identical_units_can_do_no_more_than_one(started, flower, scale, cost, accuracy):
    follows(started(flower, [4], "tanh", "constant", scale), 1.2, {10_000: (cost, accuracy)})


# Zero in one layer is harmless, zero in both is not


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        (["zeros", "zeros"], {200: (LN2, 50.0), 1000: (LN2, 50.0), 5000: (LN2, 50.0)}),
        (["zeros", "normal"], {200: (0.3367, 87.2), 1000: (0.2890, 89.8), 5000: (0.2606, 90.8)}),
        (["normal", "zeros"], {200: (0.3288, 87.5), 1000: (0.2817, 88.8), 5000: (0.2543, 90.8)}),
        (["normal", "normal"], {200: (0.3455, 87.0), 1000: (0.2881, 89.2), 5000: (0.2226, 90.5)}),
    ],
    ids=["both zero", "W1 zero", "W2 zero", "both random"],
)
def test_one_layer_of_zeros_learns(started, flower, methods, expected):
    follows(started(flower, [4], "tanh", methods), 1.2, expected)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nothing_moves_on_the_moons_either(started, trained, moons, activation):
    network = started(moons, [4], activation, "zeros")
    trained(network, 1.2, 1000)
    assert not network.theta.any()


# Balance: 240 points of class 0 and 160 of class 1


@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "linear"])
@pytest.mark.parametrize("name", ["flower", "moons"])
def test_from_zero_on_unequal_classes_only_the_last_bias_learns_the_odds(started, activation, name):
    network = started(make_points(name, 400, seed=1, positive_fraction=0.4), [4], activation, "zeros")
    # -0.4 ln 0.4 - 0.6 ln 0.6 = 0.673012
    follows(network, 1.2, {100: (0.673012, 60.0), 500: (0.673012, 60.0)})
    *others, b2 = network.theta
    assert not np.any(others)
    assert b2 == pytest.approx(math.log(0.4 / 0.6), abs=1e-9)


def test_from_zero_on_unequal_classes_sigmoid_units_learn_and_stay_equal(started):
    network = started(make_points("moons", 400, seed=1, positive_fraction=0.4), [4], "sigmoid", "zeros")
    follows(network, 1.2, {10: (0.6704, 60.0), 100: (0.3377, 85.2), 2000: (0.2867, 87.5)})
    found = symmetry(network, 1)
    assert (found.distinct, found.spread) == (1, 0.0)
    (W1, _), (W2, _) = network.parameters
    np.testing.assert_allclose(W1, [[-0.614, 2.228]] * 4, atol=1e-3)
    np.testing.assert_allclose(W2, [[-2.728] * 4], atol=1e-3)


# The nudge, and how many kinds there are after it


@pytest.mark.parametrize(
    ("nudges", "classes", "expected"),
    [
        ([], (0, 0, 0, 0), {500: (0.6268, 60.8), 1000: (0.6019, 63.5), 2000: (0.5932, 63.7)}),
        ([(0, 0, 1e-8)], (0, 1, 1, 1), {500: (0.6268, 60.8), 1000: (0.6019, 63.5), 2000: (0.4579, 78.8)}),
        ([(0, 0, 1e-4)], (0, 1, 1, 1), {500: (0.6266, 60.8), 1000: (0.4729, 77.0), 2000: (0.4542, 78.5)}),
        ([(0, 0, 1e-2)], (0, 1, 1, 1), {500: (0.5109, 75.2), 1000: (0.4702, 76.8), 2000: (0.4504, 79.8)}),
        (
            [(0, 0, 1e-4), (1, 1, 1e-4)],
            (0, 1, 2, 2),
            {500: (0.6121, 62.0), 1000: (0.0980, 97.5), 2000: (0.0438, 99.5)},
        ),
        (
            [(0, 0, 1e-4), (1, 1, 1e-4), (2, 0, -1e-4)],
            (0, 1, 2, 3),
            {500: (0.6114, 62.3), 1000: (0.0880, 97.8), 2000: (0.0404, 99.5)},
        ),
    ],
)
def test_as_many_kinds_as_were_nudged_apart(started, circles, nudges, classes, expected):
    network = started(circles, [4], "tanh", "constant", 0.5)
    for unit, number, size in nudges:
        network.parameters[0][0][unit, number] += size
    follows(network, 1.2, expected)
    assert symmetry(network, 1).classes == classes


def test_a_nudge_grows_in_proportion_to_its_size(started, trained, circles):
    spreads = []
    for size in (1e-8, 1e-12):
        network = started(circles, [4], "tanh", "constant", 0.5)
        network.parameters[0][0][0, 0] += size
        grown = []
        for steps in (100, 400, 500):
            trained(network, 1.2, steps)
            grown.append(symmetry(network, 1).spread)
        spreads.append(grown)
    ratios = np.divide(*spreads)
    # The smaller one carries the rounding of its first steps with it: some tenths of a percent.
    np.testing.assert_allclose(ratios, 1e4, rtol=0.01)
    # A straight line on a log axis: e^0.0143 a step to step 500, e^0.0121 after it.
    at_500, at_1000 = spreads[0][1:]
    assert math.log(at_500 / 1e-8) / 500 == pytest.approx(0.0143, rel=0.05)
    assert math.log(at_1000 / at_500) / 500 == pytest.approx(0.0121, rel=0.05)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0.0, {1000: 0.6512, 2000: 0.6491, 5000: 0.6468, 8000: 0.6458, 10_000: 0.6454}),
        (1e-12, {1000: 0.6512, 2000: 0.6491, 5000: 0.6468, 8000: 0.5996, 10_000: 0.5973}),
        (1e-10, {1000: 0.6512, 2000: 0.6491, 5000: 0.6023, 8000: 0.5980, 10_000: 0.5961}),
        (1e-6, {1000: 0.6510, 2000: 0.6066, 5000: 0.5999, 8000: 0.5966, 10_000: 0.5950}),
        (1e-4, {1000: 0.6107, 2000: 0.6053, 5000: 0.5995, 8000: 0.5963, 10_000: 0.5948}),
    ],
)
def test_on_the_flower_the_smaller_the_nudge_the_later_it_escapes(started, trained, flower, size, expected):
    network = started(flower, [4], "tanh", "constant", 0.5)
    network.parameters[0][0][0, 0] += size
    costs = trained(network, 1.2, 10_000, 1000)
    assert {step: costs[step] for step in expected} == pytest.approx(expected, abs=1e-3)
    assert symmetry(network, 1).classes == ((0, 1, 1, 1) if size else (0, 0, 0, 0))


# Depth, width


def test_linear_layers_collapse_into_one(started, trained, flower):
    # Whatever the layers, W' = W[L] ... W[1] is that of logistic regression, and so is the cost.
    for hidden, scale in [([], 0.01), ([4], 0.01), ([5, 3], 0.3)]:
        network = started(flower, hidden, "linear", scale=scale)
        costs = trained(network, 0.5, 3000)
        assert costs[3000] == pytest.approx(0.673146, abs=1e-6)
        assert network.accuracy() == 0.47
        W, b = np.eye(2), np.zeros((2, 1))
        for V, c in network.parameters:
            W, b = V @ W, V @ b + c
        np.testing.assert_allclose(W, [[0.028091, -0.203185]], rtol=0, atol=1e-4)
        assert b.item() == pytest.approx(0.015555, abs=1e-4)


@pytest.mark.parametrize(
    ("units", "cost", "accuracy"),
    [
        (1, 0.6328, 67.50),
        (2, 0.5754, 67.25),
        (3, 0.2591, 90.75),
        (4, 0.2226, 90.50),
        (5, 0.2507, 91.25),
        (10, 0.1720, 90.25),
        (20, 0.1715, 90.50),
        (50, 0.1735, 90.75),
    ],
)
def test_from_two_units_to_three_the_flower_is_learned(started, flower, units, cost, accuracy):
    follows(started(flower, [units]), 1.2, {5000: (cost, accuracy)})


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("sigmoid", {100: (0.6746, 58.8), 500: (0.6076, 54.8), 2000: (0.3738, 88.0)}),
        ("tanh", {100: (0.6044, 59.5), 500: (0.3047, 88.2), 2000: (0.2544, 89.8)}),
    ],
)
def test_sigmoid_units_start_more_slowly(started, flower, activation, expected):
    follows(started(flower, [4], activation), 1.2, expected)


def test_weights_too_small_for_five_layers_stay_where_they_are(started, flower):
    network = started(flower, [10] * 5)
    follows(network, 0.5, {100: (LN2, 50.7), 1000: (LN2, 50.7)})
    assert abs(network.cost() - LN2) < 1e-6
    # Layer by layer the signal is some thirty times weaker.
    size = [float(np.sqrt(np.mean(A**2))) for A in network.A[1:6]]
    assert size[0] > 1e-2
    assert size[4] < 1e-6
    follows(started(flower, [10] * 5, method="xavier"), 0.5, {100: (0.3124, 87.5), 200: (0.2640, 88.5)})


@pytest.mark.parametrize(("scale", "grown"), [(1.5, 57.665), (0.5, 0.000977)])
def test_ten_linear_layers_multiply_the_signal_ten_times(scale, grown):
    # 1.5^10 = 57.665 and 0.5^10 = 1 / 1024
    network = Network(np.array([[1.0], [-2.0]]), None, [2] * 10, [ACTIVATIONS["linear"]] * 10)
    for W, _ in network.parameters[:-1]:
        W[:] = scale * np.eye(2)
    network.forward()
    np.testing.assert_allclose(network.A[10], [[grown], [-2 * grown]], rtol=1e-3)


# Saturated, dead, unstable


@pytest.mark.parametrize(
    ("scale", "flat", "gradient"),
    [(0.01, 0.0, 5.4e-3), (1.0, 0.36, 3.9e-1), (10.0, 0.86, 4.7e-1), (50.0, 0.96, 7.9e-1)],
)
def test_large_weights_saturate_tanh_and_their_gradient_is_not_small(started, flower, scale, flat, gradient):
    network = started(flower, [4], scale=scale)
    network.forward()
    network.backward()
    found = health(network, 1)
    assert found.saturated == pytest.approx(flat, abs=0.006)
    assert found.gradient_norm == pytest.approx(gradient, rel=0.015)


def test_relu_units_that_start_below_zero_never_move_and_leaky_ones_do(started, moons):
    for activation, expected in [
        ("relu", {100: (LN2, 50.0), 1000: (LN2, 50.0)}),
        ("leaky_relu", {100: (0.6828, 77.8), 1000: (0.3430, 83.2)}),
    ]:
        network = started(moons, [8], activation, "he")
        network.parameters[0][1][:] = -5.0
        start = network.theta.copy()
        follows(network, 1.2, expected)
        assert np.array_equal(network.theta, start) == (activation == "relu")
        assert health(network, 1).dead == (8 if activation == "relu" else 0)


@pytest.mark.parametrize(
    ("at_zero", "expected"), [(1, {100: (0.2934, 86.8)}), (0, {100: (LN2, 50.0), 1000: (LN2, 50.0)})]
)
def test_the_slope_at_the_corner_matters_when_every_z_is_there(started, moons, at_zero, expected):
    network = started(moons, [4], "relu", ["zeros", "normal"], kink=Kink(at_zero=at_zero))
    follows(network, 1.2, expected)


def first_rise(costs):
    """The first step whose cost is above that of the step before, None if there is none."""
    rises = (step for step in range(1, len(costs)) if costs[step] > costs[step - 1])
    return next(rises, None)


@pytest.mark.parametrize(
    ("rate", "steps", "earliest", "latest"), [(3.0, 200, 143, 143), (1.2, 8300, 7500, 8200)]
)
def test_past_the_edge_of_stability_the_cost_rises(started, trained, flower, rate, steps, earliest, latest):
    costs = trained(started(flower, [4]), rate, steps, 1)
    assert earliest <= first_rise(costs) <= latest


def test_at_a_small_rate_the_cost_never_rises(started, trained, flower):
    costs = trained(started(flower, [4]), 0.1, 2000, 1)
    assert first_rise(costs) is None
    assert costs[1000] == pytest.approx(0.6082, abs=1e-3)


def test_ten_relu_layers_of_large_weights_explode_and_then_are_dead(started, trained, flower):
    network = started(flower, [10] * 10, "relu", "normal", 1.0)
    costs = trained(network, 0.1, 10, 1)
    assert [costs[step] for step in range(3)] == pytest.approx([323, 9.1e6, 1.5e21], rel=0.05)
    assert 1e42 < costs[3] < 1e43
    assert abs(costs[10] - LN2) < 1e-3
