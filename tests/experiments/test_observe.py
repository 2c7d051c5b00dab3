"""What is observed, against the same numbers computed another way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experiments.observe import View, observe, shown_examples
from app.experiments.problem import problem_of
from app.experiments.run import State, advance, start
from app.experiments.schema import parse
from tests.experiments import textbook
from tests.experiments.known import made
from tests.experiments.strategies import experiments, finite

D = parse("{}")
ALL = View(boundary=25, maps=10, units=64, activations=True, precise=True)


def state_at(experiment, step):
    return advance(experiment, start(experiment), step)[0] if step else start(experiment)


def seen_at(experiment, step, view=ALL):
    return observe(experiment, state_at(experiment, step), view)


DEEP = made(
    data={"name": "moons", "samples": 150},
    network={"hidden": [5, 3], "activation": ["relu", "tanh"]},
    init={"method": "he"},
    training={"learning_rate": 0.5},
)


@pytest.mark.parametrize(("experiment", "step"), [(D, 0), (D, 300), (DEEP, 0), (DEEP, 200)])
def test_cost_accuracy_and_probabilities_are_those_of_the_textbook(experiment, step):
    seen = seen_at(experiment, step)
    X, Y = textbook.points(experiment)
    Z, A = textbook.forward(seen.parameters, experiment.activations, X)
    assert seen.step == step
    assert seen.cost == pytest.approx(textbook.cost(Z[-1], Y), rel=1e-12)
    assert seen.accuracy == np.mean((A[-1] > 0.5) == (Y == 1))
    np.testing.assert_allclose(seen.probability, A[-1], rtol=1e-10)
    np.testing.assert_array_equal(seen.predicted, A[-1][0] > 0.5)
    for mine, theirs in zip(seen.activations, A[1:], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(("experiment", "step"), [(D, 0), (D, 300), (DEEP, 200)])
def test_gradient_norms_are_those_of_the_textbook(experiment, step):
    seen = seen_at(experiment, step)
    gradients = textbook.gradients(seen.parameters, experiment.activations, *textbook.points(experiment))
    whole = np.concatenate([part.ravel() for layer in gradients for part in layer])
    assert seen.gradient_norm == pytest.approx(np.linalg.norm(whole), rel=1e-9)
    for layer, (dW, _) in zip(seen.health, gradients, strict=False):
        assert layer.gradient_norm == pytest.approx(np.linalg.norm(dW), rel=1e-9)


@pytest.mark.parametrize("experiment", [D, DEEP], ids=["one layer", "two layers"])
def test_boundary_and_maps_are_the_network_at_the_centres_of_the_cells(experiment):
    seen = seen_at(experiment, 200)
    X, _ = textbook.points(experiment)
    for side, pictures in ((25, [[seen.boundary]]), (10, seen.maps)):
        centres = []
        for low, high in zip(X.min(axis=1), X.max(axis=1), strict=True):
            margin = 0.08 * (high - low)
            edges = np.linspace(low - margin, high + margin, side + 1)
            centres.append((edges[:-1] + edges[1:]) / 2)
        x1, x2 = np.meshgrid(*centres)  # row y, column x, from the lowest x2 up
        cells = np.stack([x1.ravel(), x2.ravel()])
        _, A = textbook.forward(seen.parameters, experiment.activations, cells)
        expected = A[-1:] if side == 25 else A[1:-1]
        for picture, layer in zip(pictures, expected, strict=True):
            np.testing.assert_allclose(np.array(picture).reshape(layer.shape), layer, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("experiment", "step"), [(D, 0), (D, 1000), (DEEP, 200)])
def test_what_is_drawn_quickly_is_what_is_drawn_precisely(experiment, step):
    quick = seen_at(experiment, step, View(boundary=25, maps=10, units=64))
    precise = seen_at(experiment, step, ALL)
    assert quick.boundary.dtype == np.float32
    np.testing.assert_allclose(quick.boundary, precise.boundary, atol=1e-5)
    for mine, theirs in zip(quick.maps, precise.maps, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)


EXPLODED = made(
    network={"hidden": [64] * 12, "activation": "linear"},
    init={"method": "normal", "scale": 100, "seed": 2},
    data={"samples": 40},
    training={"learning_rate": 1e-30},
)
VANISHED = made(network={"hidden": [4] * 6, "activation": "linear"}, init={"method": "normal", "scale": 1e-9})


def test_a_plane_that_float32_could_not_hold_is_drawn_all_the_same():
    # At step 1 no weight is above 10^5, and yet Z[13] passes 10^38, where float32 ends.
    assert np.abs(state_at(EXPLODED, 1).theta).max() < 1e5
    seen = seen_at(EXPLODED, 1, View(boundary=20, maps=20, units=64))
    precise = seen_at(EXPLODED, 1, View(boundary=20, maps=20, units=64, precise=True))
    assert 1e38 < seen.cost
    np.testing.assert_allclose(seen.boundary, precise.boundary, atol=1e-5)
    for mine, theirs in zip(seen.maps, precise.maps, strict=True):
        np.testing.assert_allclose(mine / np.abs(theirs).max(), theirs / np.abs(theirs).max(), atol=1e-3)


def test_signals_too_small_for_float32_are_drawn_all_the_same():
    seen = seen_at(VANISHED, 0, View(maps=10))
    last = seen.maps[-1]
    assert 0 < np.abs(last).max() < 1e-45
    precise = seen_at(VANISHED, 0, View(maps=10, precise=True)).maps[-1]
    np.testing.assert_allclose(last, precise, rtol=1e-3, atol=0)


def test_what_is_not_looked_at_is_not_computed():
    seen = seen_at(D, 5, View())
    assert (seen.boundary, seen.maps, seen.activations) == (None, [], [])


def test_only_the_units_in_view_have_maps():
    seen = seen_at(DEEP, 0, View(maps=10, units=4))
    assert [m.shape for m in seen.maps] == [(4, 10, 10), (3, 10, 10)]


# --- symmetry -----------------------------------------------------------------------------------------------


def alike_by_hand(A):
    """The smallest |correlation| of two rows, pair by pair."""
    pairs = [abs(np.corrcoef(A[i], A[j])[0, 1]) for i in range(len(A)) for j in range(i + 1, len(A))]
    return min(pairs)


@pytest.mark.parametrize("step", [0, 20, 300, 1000])
def test_alike_is_the_smallest_correlation_in_size(step):
    seen = seen_at(D, step)
    _, A = textbook.forward(seen.parameters, ["tanh"], textbook.points(D)[0])
    assert seen.symmetry[0].alike == pytest.approx(alike_by_hand(A[1]), rel=1e-9)


def test_on_the_moons_four_different_units_act_as_one_at_first_and_not_later():
    # lessons.md, lesson 1: 0.97 at step 10, 0.93 at 100, 0.90 at 300, 0.73 at 500, 0.18 at 700.
    moons = made(data={"name": "moons"})
    expected = {10: 0.97, 100: 0.93, 300: 0.90, 500: 0.73, 700: 0.18}
    for step, alike in expected.items():
        (layer,) = seen_at(moons, step).symmetry
        assert layer.distinct == 4
        assert layer.alike == pytest.approx(alike, abs=0.01)


def test_equal_units_are_one_class_without_spread_and_act_exactly_alike():
    (layer,) = seen_at(made(init={"method": "constant", "scale": 0.5}), 500).symmetry
    assert (layer.layer, layer.units, layer.distinct, layer.spread, layer.alike, layer.classes) == (
        *(1, 4, 1, 0.0, 1.0),
        (0, 0, 0, 0),
    )


def test_units_of_opposite_sign_are_different_and_act_alike():
    mirrored = made(
        init={"method": "constant", "scale": 0.5},
        interventions=[{"step": 3, "flip": {"layer": 1, "unit": 2}}],
    )
    (layer,) = seen_at(mirrored, 50).symmetry
    assert layer.classes == (0, 0, 1, 0)
    assert layer.distinct == 2
    assert layer.alike == 1.0


def test_one_nudge_makes_two_classes_in_the_order_of_their_first_units():
    nudged = made(
        init={"method": "constant", "scale": 0.5},
        interventions=[{"step": 0, "nudge": {"layer": 1, "unit": 1, "input": 0, "by": 1e-4}}],
    )
    (layer,) = seen_at(nudged, 0).symmetry
    assert layer.classes == (0, 1, 0, 0)
    assert layer.distinct == 2
    assert layer.spread == pytest.approx(1e-4, rel=1e-10)


def test_units_that_do_not_vary_are_not_called_alike():
    (layer,) = seen_at(made(init={"method": "zeros"}), 10).symmetry
    assert layer.alike is None
    assert layer.distinct == 1


def test_a_single_unit_is_like_no_other():
    (layer,) = seen_at(made(network={"hidden": [1]}), 10).symmetry
    assert (layer.units, layer.distinct, layer.spread, layer.alike, layer.classes) == (1, 1, 0.0, None, (0,))


def test_logistic_regression_has_no_symmetry_and_no_health():
    seen = seen_at(made(network={"hidden": []}), 10)
    assert seen.symmetry == ()
    assert seen.health == ()
    assert seen.maps == []


@settings(max_examples=60)
@given(experiments(), st.integers(0, 30))
def test_distinct_is_1_exactly_when_the_spread_is_0(experiment, step):
    for layer in seen_at(experiment, step, View()).symmetry:
        assert (layer.distinct == 1) == (layer.spread == 0.0)
        assert layer.distinct == len(set(layer.classes)) <= layer.units
        assert layer.alike is None or 0.0 <= layer.alike <= 1.0


# --- health -------------------------------------------------------------------------------------------------


def test_large_weights_flatten_the_slopes_and_small_ones_do_not():
    # lessons.md, lesson 10: 0 % of the slopes under 0.01 at scale 0.01, 96 % at 50.
    small, large = (seen_at(made(init={"scale": scale}), 0).health[0] for scale in (0.01, 50))
    assert small.saturated == 0.0
    assert large.saturated == pytest.approx(0.96, abs=0.01)


def test_dead_units_are_those_of_relu_that_are_negative_everywhere():
    dying = {"data": {"name": "moons"}, "init": {"method": "he", "bias": -5}}
    for name, dead in (("relu", 8), ("leaky_relu", 0)):
        seen = seen_at(made(network={"hidden": [8], "activation": name}, **dying), 100)
        assert seen.health[0].dead == dead
        assert (seen.gradient_norm == 0.0) == (name == "relu")


def test_moved_says_whether_any_parameter_left_its_start():
    assert not seen_at(D, 0).moved
    assert seen_at(D, 1).moved
    assert not seen_at(made(init={"method": "zeros"}), 50).moved


def test_the_settings_that_are_told_are_those_in_force():
    slowed = made(
        training={"optimizer": "adam", "beta1": 0.8},
        interventions=[
            {"step": 10, "set": {"learning_rate": 0.5, "l2": 0.25}},
            {"step": 11, "set": {"beta1": 0.7}},
        ],
    )
    told = [seen_at(slowed, step, View()).settings for step in (0, 9, 10, 11)]
    assert [s.learning_rate for s in told] == [1.2, 1.2, 0.5, 0.5]
    assert [s.l2 for s in told] == [0.0, 0.0, 0.25, 0.25]
    assert [s.beta1 for s in told] == [0.8, 0.8, 0.8, 0.7]
    assert {(s.beta, s.beta2, s.epsilon) for s in told} == {(0.9, 0.999, 1e-8)}


# --- what is shown ------------------------------------------------------------------------------------------


def test_the_examples_shown_are_evenly_chosen_and_sorted_by_class():
    problem = problem_of(made(data={"name": "moons", "samples": 1000}))
    chosen = shown_examples(problem, 400)
    labels = problem.Y[chosen]
    assert len(set(chosen.tolist())) == 400
    assert list(labels) == sorted(labels)
    assert labels.sum() == 200


def test_few_examples_are_all_shown():
    problem = problem_of(made(data={"samples": 30}))
    assert sorted(shown_examples(problem, 400).tolist()) == list(range(30))
    assert shown_examples(problem, None).tolist() == list(range(30))


@pytest.mark.parametrize(
    "points", [[[0, 0, 0], [0, 0, 1]], [[5, 1, 0], [5, 2, 1]], [[-1e6, 1e6, 0], [1e6, 1e6, 1]]]
)
def test_the_plane_is_never_empty(points):
    plane = problem_of(made(data={"points": points})).plane
    for low, high in (plane.x1, plane.x2):
        assert low < high
    assert plane.x1[0] < min(p[0] for p in points)
    assert plane.x2[1] > max(p[1] for p in points)


# --- at the edge of the floats ------------------------------------------------------------------------------


def test_numbers_beyond_the_floats_are_told_as_the_largest_ones():
    # By hand: relu overflows in the first layer, tanh brings it back, and so the cost is finite.
    experiment = made(
        data={"points": [[1e6, 0, 0], [2e6 / 3, 0, 1]]},
        network={"hidden": [2, 1], "activation": ["relu", "tanh"]},
    )
    theta = start(experiment).theta * 0
    theta[[0, 2, 6]] = 1e305, 1e300, 1.0
    seen = observe(experiment, State(3, theta, (), 1.0, 1.0), ALL)
    assert finite(
        [seen.cost, seen.gradient_norm, [A.tolist() for A in seen.activations], seen.boundary.tolist()]
    )
    assert finite([[vars(layer) for layer in seen.symmetry], [vars(layer) for layer in seen.health]])


def test_a_cell_whose_value_is_undecided_is_a_half():
    # By hand: at the corners of the plane two terms of 1e308 x 1.08 cancel, as inf - inf.
    experiment = made(data={"points": [[1, 0, 0], [0, 1, 1], [-1, 0, 0], [0, -1, 1]]}, network={"hidden": []})
    seen = observe(experiment, State(3, np.array([1.7e308, 1.7e308, 0.0]), (), 1.0, 1.0), ALL)
    assert finite([seen.cost, seen.boundary.tolist()])
