"""What the lessons claim, measured with another engine: costs to 1e-3, accuracies to half a point.

Everything is driven as the server drives it, through ``start`` and ``advance``. A row reads
``step: (cost, accuracy in per cent)``.
"""

import functools
import math

import numpy as np
import pytest

from app.engine.network import layers_of
from app.experiments.observe import View, observe
from app.experiments.run import advance, start
from tests.experiments import textbook
from tests.experiments.known import made

LN2 = math.log(2)
ALL_ACTIVATIONS = ["tanh", "relu", "leaky_relu", "sigmoid", "linear"]
IDENTICAL = {"method": "constant", "scale": 0.5}
ZEROS = {"method": "zeros"}
MOONS = {"name": "moons"}
CIRCLES = {"name": "circles"}


def nudge(unit, input, by):
    return {"step": 0, "nudge": {"layer": 1, "unit": unit, "input": input, "by": by}}


@functools.cache
def state_at(experiment, step):
    return start(experiment) if step == 0 else advance(experiment, start(experiment), step)[0]


def seen_at(experiment, step):
    return observe(experiment, state_at(experiment, step), View())


@functools.cache
def records(experiment, steps, every=1):
    """Every recorded step below ``steps``, by step."""
    return {r.step: r for r in advance(experiment, start(experiment), steps, every)[1]}


def learns(experiment, row):
    """Assert the costs and accuracies of ``row``."""
    for step, (cost, accuracy) in row.items():
        seen = seen_at(experiment, step)
        assert seen.cost == pytest.approx(cost, abs=1e-3), f"cost at step {step}"
        assert 100 * seen.accuracy == pytest.approx(accuracy, abs=0.5001), f"accuracy at step {step}"


def weights(experiment, step):
    return layers_of(state_at(experiment, step).theta, experiment.sizes)


def spread(experiment, step):
    return seen_at(experiment, step).symmetry[0].spread


# --- 1 why random -------------------------------------------------------------------------------------------

WHY_RANDOM = {
    "identical": (
        made(init=IDENTICAL),
        {
            100: (0.6614, 65.8),
            200: (0.6576, 65.5),
            1000: (0.6512, 65.5),
            2000: (0.6491, 65.5),
            3000: (0.6480, 65.5),
            5000: (0.6468, 65.5),
            10_000: (0.6454, 65.5),
        },
        0.0,
    ),
    "random": (
        made(),
        {
            100: (0.6044, 59.5),
            200: (0.3455, 87.0),
            1000: (0.2881, 89.2),
            2000: (0.2544, 89.8),
            3000: (0.2339, 90.5),
            5000: (0.2226, 90.5),
            10_000: (0.2179, 90.5),
        },
        22,
    ),
    "identical on the moons": (
        made(data=MOONS, init=IDENTICAL),
        {
            100: (0.2962, 87.5),
            200: (0.2950, 87.8),
            1000: (0.2925, 87.2),
            2000: (0.2918, 87.2),
            3000: (0.2926, 87.2),
            5000: (0.2930, 87.2),
            10_000: (0.2936, 87.2),
        },
        0.0,
    ),
    "random on the moons": (
        made(data=MOONS),
        {
            100: (0.2960, 87.2),
            200: (0.2937, 87.2),
            1000: (0.0835, 96.8),
            2000: (0.0754, 96.5),
            3000: (0.0724, 97.0),
            5000: (0.0704, 97.8),
            10_000: (0.0690, 97.8),
        },
        17,
    ),
}


@pytest.mark.parametrize(("experiment", "row", "apart"), WHY_RANDOM.values(), ids=WHY_RANDOM)
def test_random_units_separate_the_flower_and_identical_ones_cannot(experiment, row, apart):
    learns(experiment, row)
    if apart:
        assert spread(experiment, 10_000) == pytest.approx(apart, abs=1)
    else:
        assert all(r.spreads == (0.0,) for r in records(experiment, 10_000, 500).values())
        assert seen_at(experiment, 10_000).symmetry[0].classes == (0, 0, 0, 0)


def test_over_90_per_cent_holds_from_about_step_3000():
    assert seen_at(made(), 2000).accuracy < 0.9
    assert seen_at(made(), 3000).accuracy > 0.9


def test_on_the_moons_different_units_are_necessary_and_not_sufficient():
    # All four differ from step 0 on, and yet they draw one line until step 500.
    seen = records(made(data=MOONS), 501, 20)
    assert all(2.45 <= r.spreads[0] < 4.55 for step, r in seen.items() if step >= 20)
    assert all(seen_at(made(data=MOONS), step).symmetry[0].distinct == 4 for step in (0, 100, 400))
    assert seen[400].accuracy == pytest.approx(0.872, abs=0.005)


# --- 2 nothing moves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["flower", "moons"])
@pytest.mark.parametrize("activation", ALL_ACTIVATIONS)
def test_from_zero_nothing_ever_moves_whatever_the_activation(activation, data):
    zero = made(data={"name": data}, init=ZEROS, network={"activation": activation})
    costs = {r.cost for r in records(zero, 10_000, 500).values()} | {seen_at(zero, 10_000).cost}
    assert len(costs) == 1
    assert abs(costs.pop() - LN2) <= 2e-16
    assert not state_at(zero, 10_000).theta.any()
    assert seen_at(zero, 10_000).gradient_norm == 0.0


@pytest.mark.parametrize(
    ("methods", "row"),
    [
        (["zeros", "zeros"], {100: (LN2, 50), 200: (LN2, 50), 1000: (LN2, 50), 5000: (LN2, 50)}),
        (
            ["zeros", "normal"],
            {100: (0.4939, 84.8), 200: (0.3367, 87.2), 1000: (0.2890, 89.8), 5000: (0.2606, 90.8)},
        ),
        (
            ["normal", "zeros"],
            {100: (0.4009, 86.2), 200: (0.3288, 87.5), 1000: (0.2817, 88.8), 5000: (0.2543, 90.8)},
        ),
        (
            ["normal", "normal"],
            {100: (0.6044, 59.5), 200: (0.3455, 87.0), 1000: (0.2881, 89.2), 5000: (0.2226, 90.5)},
        ),
    ],
    ids=["zero, zero", "zero, random", "random, zero", "random, random"],
)
def test_zero_in_one_layer_is_harmless_and_zero_in_both_is_not(methods, row):
    learns(made(init={"method": methods}), row)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_from_zero_batches_move_the_last_bias_alone(activation):
    # 64 of 400 points are hardly ever balanced.
    experiment = made(
        init=ZEROS, network={"activation": activation}, training={"batch_size": 64, "learning_rate": 0.1}
    )
    for record in records(experiment, 2001, 100).values():
        assert 0.693 < record.cost < 0.697
        assert record.accuracy == 0.5
    (W1, b1), (W2, b2) = weights(experiment, 2000)
    assert not any(part.any() for part in (W1, b1, W2))
    assert b2.any()


def test_from_zero_batches_let_sigmoid_learn_with_one_kind():
    experiment = made(data=MOONS, init=ZEROS, network={"activation": "sigmoid"}, training={"batch_size": 64})
    seen = seen_at(experiment, 10_000)
    assert seen.accuracy == pytest.approx(0.872, abs=0.02)
    assert seen.symmetry[0].classes == (0, 0, 0, 0)
    assert spread(experiment, 10_000) == 0.0


# --- 3 balance ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["flower", "moons"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "linear"])
def test_from_zero_with_unequal_classes_the_last_bias_learns_the_odds_and_nothing_else_moves(
    activation, data
):
    unequal = made(
        data={"name": data, "positive_fraction": 0.4}, init=ZEROS, network={"activation": activation}
    )
    learns(unequal, dict.fromkeys((100, 200, 500, 2000), (0.6730, 60.0)))
    *rest, bias = state_at(unequal, 2000).theta
    assert bias == pytest.approx(math.log(0.4 / 0.6), abs=1e-6)
    assert not np.any(rest)


@pytest.mark.parametrize(
    ("data", "row", "W1", "W2"),
    [
        (
            "moons",
            {
                10: (0.6704, 60.0),
                50: (0.5070, 82.0),
                100: (0.3377, 85.2),
                200: (0.2966, 87.2),
                500: (0.2906, 87.8),
                2000: (0.2867, 87.5),
            },
            (-0.614, 2.228),
            -2.728,
        ),
        (
            "flower",
            {
                10: (0.6715, 60.0),
                50: (0.6555, 60.0),
                100: (0.6497, 61.5),
                200: (0.6411, 66.0),
                500: (0.6131, 67.5),
                2000: (0.6025, 69.2),
            },
            (-3.204, 3.059),
            None,
        ),
    ],
)
def test_from_zero_with_unequal_classes_sigmoid_learns_with_one_kind_of_unit(data, row, W1, W2):
    unequal = made(
        data={"name": data, "positive_fraction": 0.4}, init=ZEROS, network={"activation": "sigmoid"}
    )
    learns(unequal, row)
    (W, _), (W_out, _) = weights(unequal, 2000)
    np.testing.assert_allclose(W, [W1] * 4, atol=1e-3)
    assert W2 is None or W_out[0] == pytest.approx([W2] * 4, abs=1e-3)
    assert spread(unequal, 2000) == 0.0


# --- 4 the nudge --------------------------------------------------------------------------------------------


def circles(*nudges, **parts):
    return made(data=CIRCLES, init=IDENTICAL, interventions=list(nudges), **parts)


THREE_KINDS = [nudge(0, 0, 1e-4), nudge(1, 1, 1e-4)]
FOUR_KINDS = [*THREE_KINDS, nudge(2, 0, -1e-4)]

NUDGES = {
    "none": (
        circles(),
        1,
        None,
        {
            500: (0.6268, 60.8),
            1000: (0.6019, 63.5),
            1500: (0.5960, 63.7),
            2000: (0.5932, 63.7),
            5000: (0.5887, 65.0),
        },
    ),
    "1e-12": (
        circles(nudge(0, 0, 1e-12)),
        2,
        2390,
        {1000: (0.6019, 63.5), 2000: (0.5932, 63.7), 3000: (0.4552, 79.0), 5000: (0.4403, 79.2)},
    ),
    "1e-8": (
        circles(nudge(0, 0, 1e-8)),
        2,
        1430,
        {
            1000: (0.6019, 63.5),
            1500: (0.5838, 65.8),
            2000: (0.4579, 78.8),
            3000: (0.4457, 79.5),
            5000: (0.4390, 79.2),
        },
    ),
    "1e-4 on two units": (
        circles(*THREE_KINDS),
        3,
        440,
        {500: (0.6121, 62.0), 1000: (0.0980, 97.5), 2000: (0.0438, 99.5), 5000: (0.0195, 99.8)},
    ),
    "1e-4 on three units": (
        circles(*FOUR_KINDS),
        4,
        440,
        {500: (0.6114, 62.3), 1000: (0.0880, 97.8), 2000: (0.0404, 99.5), 5000: (0.0183, 99.8)},
    ),
}


@pytest.mark.parametrize(("experiment", "kinds", "escape", "row"), NUDGES.values(), ids=NUDGES)
def test_a_nudge_escapes_and_makes_as_many_kinds_as_were_nudged_apart(experiment, kinds, escape, row):
    learns(experiment, row)
    assert all(seen_at(experiment, step).symmetry[0].distinct == kinds for step in row)
    beyond = [step for step, r in records(experiment, 5000, 10).items() if r.spreads[0] > 1]
    if escape is None:
        assert not beyond
    else:
        assert beyond[0] == pytest.approx(escape, abs=20)


def test_the_spread_grows_in_proportion_to_the_nudge():
    # To 0.6 % on every processor tried: in numbers near 1 a step rounds 1e-12 by a ten-thousandth.
    small, smaller = (records(circles(nudge(0, 0, by)), 1001) for by in (1e-8, 1e-12))
    for step in (100, 500, 1000):
        assert small[step].spreads[0] / smaller[step].spreads[0] == pytest.approx(1e4, rel=1e-2)


def test_the_spread_grows_exponentially_so_a_straight_line_on_the_log_axis_is_right():
    grown = records(circles(nudge(0, 0, 1e-8)), 1401)
    first, second = (
        math.log(grown[b].spreads[0] / grown[a].spreads[0]) / (b - a) for a, b in ((0, 700), (700, 1400))
    )
    assert first == pytest.approx(0.0143, abs=0.001)
    assert second == pytest.approx(0.0121, abs=0.001)


def test_a_nudge_too_small_for_its_weight_is_rounded_away():
    assert spread(circles(nudge(0, 0, 5e-17)), 0) == 0.0
    assert spread(circles(nudge(0, 0, 1e-16)), 0) == 2**-53  # to the next float above 0.5


def test_the_flower_shows_the_order_of_the_nudges_and_two_classes():
    # references/README.md: identical 0.5 on the flower, one nudge; costs by step.
    rows = {
        1e-4: {1000: 0.6107, 2000: 0.6053, 5000: 0.5995},
        1e-6: {1000: 0.6510, 2000: 0.6066, 5000: 0.5999},
        1e-10: {1000: 0.6512, 2000: 0.6491, 5000: 0.6023},
    }
    for by, row in rows.items():
        experiment = made(init=IDENTICAL, interventions=[nudge(0, 0, by)])
        for step, cost in row.items():
            assert seen_at(experiment, step).cost == pytest.approx(cost, abs=1e-3)
        assert seen_at(experiment, 5000).symmetry[0].classes == (0, 1, 1, 1)


# --- 5 k kinds act as k units -------------------------------------------------------------------------------

FLOWER_NUDGES = [nudge(0, 0, 1e-4), nudge(1, 1, 1e-4), nudge(2, 0, -1e-4)]
CIRCLES_BY_KINDS = [(0.5887, 65.0), (0.4390, 79.2), (0.0195, 99.8), (0.0183, 99.8)]
CIRCLES_BY_UNITS = [(0.5869, 65.5), (0.4417, 80.0), (0.0246, 99.8), (0.0213, 99.8)]
FLOWER_BY_KINDS = [(0.6360, 67.2), (0.5776, 67.0), (0.2602, 90.2), (0.2226, 90.5)]
FLOWER_BY_UNITS = [(0.6328, 67.5), (0.5754, 67.2), (0.2591, 90.8), (0.2226, 90.5)]


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_k_kinds_on_the_circles_do_what_k_units_do(k):
    nudges = ([], [nudge(0, 0, 1e-8)], THREE_KINDS, FOUR_KINDS)[k - 1]
    learns(circles(*nudges), {5000: CIRCLES_BY_KINDS[k - 1]})
    learns(made(data=CIRCLES, network={"hidden": [k]}), {5000: CIRCLES_BY_UNITS[k - 1]})


@pytest.mark.parametrize("k", [1, 2, 3])
def test_k_kinds_on_the_flower_do_what_k_units_do(k):
    kinds = made(init={"method": "constant", "scale": 0.05}, interventions=FLOWER_NUDGES[: k - 1])
    learns(kinds, {5000: FLOWER_BY_KINDS[k - 1]})
    assert seen_at(kinds, 5000).symmetry[0].distinct == k
    learns(made(network={"hidden": [k]}), {5000: FLOWER_BY_UNITS[k - 1]})


# --- 7 linear layers collapse -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "step", "cost", "accuracy", "slope", "offset"),
    [
        ("flower", 1000, 0.67314617, 47.0, (0.028091, -0.203185), 0.015555),
        ("moons", 10_000, 0.29306648, 86.8, (1.286823, -4.789542), 0.575252),
    ],
)
def test_any_number_of_linear_layers_is_one(data, step, cost, accuracy, slope, offset):
    for hidden, scale in (([], 0.01), ([4], 0.01), ([5, 3], 0.3)):
        linear = made(
            data={"name": data},
            network={"hidden": hidden, "activation": "linear"},
            init={"scale": scale},
            training={"learning_rate": 0.5},
        )
        seen = seen_at(linear, step)
        assert seen.cost == pytest.approx(cost, abs=1e-7)
        assert 100 * seen.accuracy == pytest.approx(accuracy, abs=0.5)
        W_all, b_all = np.eye(2), np.zeros((2, 1))
        for W, b in weights(linear, step):  # W' = W[L] ... W[1], b' = W[L] (... b[1]) + b[L]
            W_all, b_all = W @ W_all, W @ b_all + b
        assert W_all[0] == pytest.approx(slope, abs=2e-6)
        assert b_all.item() == pytest.approx(offset, abs=2e-6)


# --- 8 how many units ---------------------------------------------------------------------------------------

WIDTHS = {
    1: (0.6328, 67.50),
    2: (0.5754, 67.25),
    3: (0.2591, 90.75),
    4: (0.2226, 90.50),
    5: (0.2507, 91.25),
    10: (0.1720, 90.25),
    20: (0.1715, 90.50),
    50: (0.1735, 90.75),
}


@pytest.mark.parametrize("units", WIDTHS)
def test_the_jump_is_from_two_units_to_three(units):
    learns(made(network={"hidden": [units]}), {5000: WIDTHS[units]})


# --- 9 sigmoid against tanh ---------------------------------------------------------------------------------


def test_sigmoid_lags_behind_tanh():
    sigmoid = made(network={"activation": "sigmoid"})
    learns(
        sigmoid,
        {
            100: (0.6746, 58.8),
            200: (0.6265, 59.2),
            500: (0.6076, 54.8),
            1000: (0.5968, 62.7),
            2000: (0.3738, 88.0),
        },
    )
    learns(made(), {500: (0.3047, 88.2)})
    assert seen_at(sigmoid, 0).health[0].gradient_norm == pytest.approx(1.4e-3, abs=5e-5)
    assert seen_at(made(), 0).health[0].gradient_norm == pytest.approx(5.4e-3, abs=5e-5)


# --- 10 saturation ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "flat", "norm", "step"),
    [(0.01, 0, 5.4e-3, 1.8e-1), (1, 36, 3.9e-1, 1.3e-1), (10, 86, 4.7e-1, 1.6e-2), (50, 96, 7.9e-1, 5.3e-3)],
)
def test_saturated_units_have_large_gradients_and_take_small_steps(scale, flat, norm, step):
    # What is small at large weights is the step relative to the weights, rate x |dW| / |W|.
    experiment = made(init={"scale": scale})
    layer = seen_at(experiment, 0).health[0]
    assert 100 * layer.saturated == pytest.approx(flat, abs=0.6)
    assert layer.gradient_norm == pytest.approx(norm, rel=0.02)
    (before, _), _ = weights(experiment, 0)
    (after, _), _ = weights(experiment, 1)
    assert np.linalg.norm(after - before) / np.linalg.norm(before) == pytest.approx(step, rel=0.05)


def test_large_random_loses_at_seed_2():
    large = made(init={"scale": 50})
    assert seen_at(large, 0).cost == pytest.approx(61.0, abs=0.1)
    learns(large, {1000: (0.6282, 68.2)})


# --- 11 dying ReLU ------------------------------------------------------------------------------------------


def dying(activation):
    return made(
        data=MOONS, network={"hidden": [8], "activation": activation}, init={"method": "he", "bias": -5}
    )


def test_relu_units_that_are_negative_everywhere_never_learn():
    for step in (0, 500, 1000, 5000):
        seen = seen_at(dying("relu"), step)
        assert seen.gradient_norm == 0.0
        assert seen.health[0].dead == 8
        assert seen.cost == pytest.approx(LN2, abs=1e-12)


def test_leaky_units_that_are_negative_everywhere_do_learn():
    learns(
        dying("leaky_relu"),
        {
            0: (0.6974, 50.0),
            100: (0.6828, 77.8),
            200: (0.6640, 79.0),
            500: (0.4143, 76.8),
            1000: (0.3430, 83.2),
            2000: (0.2535, 84.0),
            5000: (0.2323, 92.5),
        },
    )


def test_relu_dies_by_itself_at_rate_6():
    dies = made(
        network={"hidden": [8], "activation": "relu"}, init={"method": "he"}, training={"learning_rate": 6}
    )
    assert seen_at(dies, 5).cost == pytest.approx(145, abs=1)
    assert seen_at(dies, 10).cost == pytest.approx(216, abs=1)
    for step in (20, 1000):
        assert seen_at(dies, step).cost == pytest.approx(0.6932, abs=1e-4)
        assert seen_at(dies, step).health[0].dead == 8


# --- 12 ten layers ------------------------------------------------------------------------------------------


def ten(activation, method, scale=None):
    return made(
        network={"hidden": [10] * 10, "activation": activation},
        init={"method": method, "scale": scale},
        training={"learning_rate": 0.1},
    )


TEN_LAYERS = {
    "tanh, small": (ten("tanh", "normal", 0.01), {100: (LN2, 50.0), 200: (LN2, 50.0), 500: (LN2, 50.0)}),
    "tanh, Xavier": (ten("tanh", "xavier"), {100: (0.4120, 83.5), 200: (0.3236, 88.0), 500: (0.2592, 88.8)}),
    "sigmoid, Xavier": (ten("sigmoid", "xavier"), {100: (LN2, 50.0), 200: (LN2, 45.2), 500: (LN2, 45.5)}),
    "ReLU, large": (ten("relu", "normal", 1), {100: (0.6932, 50.0), 200: (LN2, 50.0), 500: (LN2, 50.0)}),
    "ReLU, Xavier": (ten("relu", "xavier"), {100: (0.6889, 50.7), 200: (0.6734, 52.2), 500: (0.6293, 63.5)}),
    "ReLU, He": (ten("relu", "he"), {100: (0.6253, 68.8), 200: (0.5358, 74.8), 500: (0.3172, 88.2)}),
}


@pytest.mark.parametrize(("experiment", "row"), TEN_LAYERS.values(), ids=TEN_LAYERS)
def test_ten_layers_learn_or_not_by_their_start(experiment, row):
    learns(experiment, row)


def signals(experiment):
    """The root mean square of A[1] ... A[10]."""
    seen = observe(experiment, state_at(experiment, 0), View(activations=True))
    return [float(np.sqrt(np.mean(A**2))) for A in seen.activations[:-1]]


def test_with_small_weights_the_signal_vanishes_forwards():
    found = signals(ten("tanh", "normal", 0.01))
    assert found[0] == pytest.approx(3.1e-2, rel=0.02)
    assert found[-1] == pytest.approx(8.8e-16, rel=0.02)


def test_with_sigmoid_the_gradient_vanishes_backwards():
    norms = [layer.gradient_norm for layer in seen_at(ten("sigmoid", "xavier"), 0).health]
    expected = [2.0e-8, 2e-7, 8e-7, 5e-6, 2e-5, 1e-4, 3e-4, 2e-3, 7e-3, 3e-2]
    for norm, about in zip(norms, expected, strict=True):
        assert about / 1.5 < norm < about * 1.5


def test_with_large_weights_it_explodes_and_then_dies():
    exploding = ten("relu", "normal", 1)
    expected = [323, 9.1e6, 1.5e21, 2.5e42]
    for step, cost in enumerate(expected):
        assert seen_at(exploding, step).cost == pytest.approx(cost, rel=0.05)
    assert seen_at(exploding, 10).cost == pytest.approx(0.694, abs=1e-3)


@pytest.mark.parametrize(("factor", "grown"), [(1.5, 57.665), (0.5, 0.000977)])
def test_ten_linear_layers_grow_by_the_tenth_power(factor, grown):
    layers = [{"W": [[factor, 0], [0, factor]], "b": [0, 0]}] * 10 + [{"W": [[1, 1]], "b": [0]}]
    power = made(
        network={"hidden": [2] * 10, "activation": "linear"},
        init={"method": "explicit", "parameters": layers},
    )
    seen = observe(power, state_at(power, 0), View(activations=True))
    np.testing.assert_allclose(seen.activations[9] / seen.activations[0], grown / factor, rtol=1e-3)


# --- 13 learning rate ---------------------------------------------------------------------------------------

RATES = {
    0.01: {100: (0.6930, 58.0), 200: (0.6929, 57.0), 500: (0.6924, 54.2), 1000: (0.6889, 51.0)},
    0.1: {100: (0.6890, 51.0), 200: (0.6776, 54.8), 500: (0.6309, 58.5), 1000: (0.6082, 55.8)},
    2: {100: (0.3730, 86.2), 200: (0.3178, 87.8), 500: (0.2921, 89.5)},
    3: {100: (0.3326, 87.2), 200: (0.3187, 87.0), 500: (0.2883, 88.5), 1000: (0.2487, 88.8)},
    10: {100: (0.3406, 87.0), 200: (0.3197, 87.2), 500: (0.2964, 88.0), 1000: (0.2811, 88.0)},
}


def rises(rate, steps):
    """The steps at which the cost is above the one before."""
    costs = [r.cost for r in records(made(training={"learning_rate": rate}), steps).values()]
    return [step for step in range(1, steps) if costs[step] > costs[step - 1]]


@pytest.mark.parametrize("rate", RATES)
def test_the_rate_decides_how_fast_it_learns(rate):
    learns(made(training={"learning_rate": rate}), RATES[rate])


def test_at_rate_3_the_cost_first_rises_at_step_143():
    assert rises(3, 200)[0] == 143


def test_at_rate_2_it_first_rises_near_step_820():
    # At the edge of stability rounding decides: 805 to 835 on the processors tried.
    assert rises(2, 1000)[0] == pytest.approx(820, abs=25)


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_at_small_rates_the_cost_never_rises(rate):
    assert rises(rate, 1000) == []


def test_at_the_default_rate_the_edge_of_stability_comes_between_7500_and_8200():
    assert 7500 <= rises(1.2, 8300)[0] <= 8200


def test_at_rate_10_it_peaks_and_half_of_the_steps_rise():
    costs = [r.cost for r in records(made(training={"learning_rate": 10}), 1000).values()]
    assert max(costs) == pytest.approx(3.34, abs=0.01)
    assert costs.index(max(costs)) == 10
    assert len(rises(10, 1000)) / 1000 == pytest.approx(0.51, abs=0.02)


# --- 15 momentum --------------------------------------------------------------------------------------------


def at_rate_10(optimizer, seed=2):
    return made(init={"seed": seed}, training={"optimizer": optimizer, "learning_rate": 10})


MOMENTUM = {
    "gd": {
        10: (3.336, 47.8),
        100: (0.3406, 87.0),
        200: (0.3197, 87.2),
        500: (0.2964, 88.0),
        1000: (0.2811, 88.0),
    },
    "momentum": {
        10: (0.6793, 54.0),
        100: (0.2720, 89.2),
        200: (0.2433, 89.8),
        500: (0.2245, 90.5),
        1000: (0.2146, 91.0),
    },
}


@pytest.mark.parametrize(("optimizer", "rise"), [("gd", 0.51), ("momentum", 0.002)])
def test_momentum_calms_a_rate_that_is_too_high(optimizer, rise):
    learns(at_rate_10(optimizer), MOMENTUM[optimizer])
    costs = np.array([r.cost for r in records(at_rate_10(optimizer), 1001).values()])
    assert np.mean(np.diff(costs) > 0) == pytest.approx(rise, abs=0.01)


def test_at_rate_10_momentums_cost_never_passes_its_start_and_gradient_descents_does():
    for seed in range(1, 9):
        of_gd, of_momentum = (
            max(r.cost for r in records(at_rate_10(optimizer, seed), 1000).values())
            for optimizer in ("gd", "momentum")
        )
        assert 1.85 < of_gd < 3.45
        assert of_momentum <= 0.70


# --- 16 RMSprop and Adam ------------------------------------------------------------------------------------


def on_the_moons(optimizer, seed=2):
    training = {"optimizer": optimizer, "learning_rate": 0.05}
    return made(data=MOONS, init={"seed": seed}, training=training)


FOUR_OPTIMIZERS = {
    "gd": {100: (0.6887, 80.0), 200: (0.6258, 80.8), 500: (0.3341, 84.2), 1000: (0.2992, 86.8)},
    "momentum": {100: (0.6905, 80.2), 200: (0.6580, 80.0), 500: (0.3415, 84.2), 1000: (0.2995, 86.5)},
    "rmsprop": {10: (0.3468, 84.5), 100: (0.2979, 86.2), 200: (0.2878, 86.0), 1000: (0.0744, 97.0)},
    "adam": {10: (0.4893, 81.5), 100: (0.2788, 87.5), 200: (0.0944, 95.8), 1000: (0.0746, 96.8)},
}


@pytest.mark.parametrize(("optimizer", "row"), FOUR_OPTIMIZERS.items(), ids=FOUR_OPTIMIZERS)
def test_four_optimizers_at_one_rate(optimizer, row):
    learns(on_the_moons(optimizer), row)


def test_adam_is_there_at_step_200_and_gradient_descent_is_not_whatever_the_weights():
    for seed in range(1, 9):
        accuracies = {name: seen_at(on_the_moons(name, seed), 200).accuracy for name in FOUR_OPTIMIZERS}
        assert accuracies["adam"] >= 0.9475
        assert max(accuracies["gd"], accuracies["momentum"]) <= 0.8075


@pytest.mark.parametrize(
    ("optimizer", "low", "high"),
    [("gd", 70.7, 72.7), ("momentum", 70.7, 72.7), ("rmsprop", 93, 95.7), ("adam", 92.5, 95)],
)
def test_the_moons_exercise_ranks_the_optimizers_as_the_course_does(optimizer, low, high):
    # 5,000 epochs of five batches; measured 71.7, 71.7, 94.7 and 93.0.
    experiment = made(
        data={"name": "moons", "samples": 300, "noise": 0.2, "seed": 3},
        network={"hidden": [5, 2], "activation": "relu"},
        init={"method": "he", "seed": 3},
        training={"optimizer": optimizer, "learning_rate": 0.0007, "batch_size": 64, "seed": 11},
    )
    assert low <= 100 * seen_at(experiment, 25_000).accuracy <= high


# --- 17 rounding breaks symmetry ----------------------------------------------------------------------------


def seven(arithmetic):
    return made(network={"hidden": [7]}, init={"method": "constant", "scale": 0.05}, arithmetic=arithmetic)


def test_rounding_breaks_the_symmetry_where_every_unit_sums_in_its_own_order():
    exact, reordered = (records(seven(name), 1001, 100) for name in ("exact", "reordered"))
    assert {r.spreads for r in exact.values()} == {(0.0,)}
    assert exact[1000].accuracy < 0.6
    assert reordered[0].spreads == (0.0,)
    assert 1e-14 < reordered[100].spreads[0] < 1e-11
    assert reordered[1000].spreads[0] > 1
    assert reordered[1000].accuracy >= 0.85
    # Until it is seen it makes no difference.
    assert reordered[300].cost == pytest.approx(exact[300].cost, abs=1e-3)
    assert seen_at(seven("reordered"), 1000).symmetry[0].distinct == 7


# --- 18 is g'(0) a matter of taste? -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "at_zero", "row"),
    [
        ("moons", 1, {100: (0.2934, 86.8), 5000: (0.2931, 86.8)}),
        ("moons", 0, {100: (LN2, 50.0), 5000: (LN2, 50.0)}),
        ("flower", 1, {1000: (0.5966, 60.8)}),
        ("flower", 0, {1000: (LN2, 50.0)}),
    ],
)
def test_the_slope_at_zero_matters_where_every_z_is_exactly_zero(data, at_zero, row):
    learns(
        made(
            data={"name": data},
            network={"activation": "relu", "relu_at_zero": at_zero},
            init={"method": ["zeros", "normal"]},
        ),
        row,
    )


def test_the_slope_at_zero_does_not_matter_with_random_weights():
    one, zero = (made(network={"activation": "relu", "relu_at_zero": g}) for g in (1, 0))
    assert state_at(one, 500).theta.tobytes() == state_at(zero, 500).theta.tobytes()


# --- 19 why cross-entropy -----------------------------------------------------------------------------------


def confidently_wrong(loss):
    """Five times the best weights, with the wrong sign."""
    return made(
        data=MOONS,
        network={"hidden": []},
        init={"method": "explicit", "parameters": [{"W": [[-6.435, 23.95]], "b": [0]}]},
        training={"loss": loss},
    )


@pytest.mark.parametrize(
    ("loss", "norm", "accuracies"),
    [
        ("cross_entropy", 6.5e-1, {0: 13.0, 100: 78.5, 200: 86.0, 500: 86.8, 2000: 86.8}),
        ("squared_error", 1.6e-3, {0: 13.0, 100: 12.8, 200: 13.0, 500: 26.2, 2000: 54.2}),
    ],
)
def test_squared_error_does_not_learn_from_being_confidently_wrong(loss, norm, accuracies):
    experiment = confidently_wrong(loss)
    found = {step: 100 * seen_at(experiment, step).accuracy for step in accuracies}
    assert found == {step: pytest.approx(accuracy, abs=0.51) for step, accuracy in accuracies.items()}
    W, b = weights(experiment, 0)[0]
    (dW, _), *_ = textbook_gradients(W, b, loss)
    assert np.linalg.norm(dW) == pytest.approx(norm, rel=0.05)
    assert seen_at(experiment, 0).gradient_norm == pytest.approx(np.linalg.norm(dW), rel=0.1)


def textbook_gradients(W, b, loss):
    """dW and db of logistic regression on the moons, from the formulas of the lesson."""
    X, Y = textbook.points(made(data=MOONS))
    A = textbook.sigmoid(W @ X + b)
    dZ = A - Y if loss == "cross_entropy" else 2 * (A - Y) * A * (1 - A)
    return [(dZ @ X.T / 400, dZ.mean(axis=1, keepdims=True))]


# --- 20 normalize the inputs --------------------------------------------------------------------------------


def stretched(standardize, hidden):
    data = {**MOONS, "stretch": 100, "standardize": standardize}
    return made(data=data, network={"hidden": hidden})


def test_inputs_of_unequal_size_are_learned_at_once_when_they_are_normalized():
    learns(
        stretched(True, []),
        {10: (0.3120, 86.0), 50: (0.2934, 86.5), 200: (0.2931, 86.8), 1000: (0.2931, 86.8)},
    )
    # Up to step 100 the raw run is the same on every processor; then it is chaotic.
    raw = records(stretched(False, []), 1001)
    for step, cost, accuracy in ((10, 105.2, 0.802), (50, 217.0, 0.805), (100, 148.3, 0.802)):
        assert raw[step].cost == pytest.approx(cost, rel=1e-3)
        assert raw[step].accuracy == pytest.approx(accuracy, abs=0.005)
    assert max(record.cost for record in raw.values()) > 200
    assert min(record.cost for step, record in raw.items() if step >= 5) > 1.5


def test_so_they_are_with_four_tanh_units():
    learns(
        stretched(True, [4]),
        {10: (0.4058, 85.5), 50: (0.3002, 87.2), 200: (0.2940, 87.2), 1000: (0.0833, 96.5)},
    )
    raw = records(stretched(False, [4]), 1001, 100)
    assert raw[1000].cost > 0.4
    assert raw[1000].accuracy < 0.82


def test_without_the_stretch_the_switch_teaches_the_opposite():
    learns(made(data={"standardize": True}), {200: (0.4048, 85.0), 2000: (0.2942, 87.2)})
    learns(made(), {200: (0.3455, 87.0), 2000: (0.2544, 89.8)})


# --- 21 hold points back, L2 --------------------------------------------------------------------------------


@functools.cache
def held_back(l2):
    """32 tanh units on 60 points of a hundred, the other 40 held back by the contract's split."""
    experiment = made(
        data={"name": "moons", "samples": 100, "noise": 0.35, "validation": 0.4},
        network={"hidden": [32]},
        init={"method": "he"},
        training={"learning_rate": 0.5, "l2": l2},
    )
    return seen_at(experiment, 5000)


def test_a_penalty_halves_the_cost_of_points_that_were_held_back():
    # Measured 1.61 and 0.43: without it all sixty are right, and the forty pay for it.
    free, bound = held_back(0.0), held_back(0.3)
    assert free.held_back["validation"].cost > 2 * bound.held_back["validation"].cost
    assert free.accuracy > bound.accuracy
    assert free.accuracy == 1.0
    assert free.cost < 0.06
    assert bound.cost > 0.2
