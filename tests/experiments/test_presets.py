"""What a preset says it shows is what its run does."""

import math
import re

import numpy as np
import pytest

from app.experiments.check import completed
from app.experiments.observe import View, observe
from app.experiments.panels.health import condition
from app.experiments.presets import PRESETS
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from tests.experiments import textbook


def run(name, step):
    """The preset's state and what is seen of it."""
    experiment = completed(PRESETS[name].experiment)
    state, _ = advance(experiment, start(experiment), step)
    return state, observe(experiment, state, View())


def costs(name, steps):
    experiment = completed(PRESETS[name].experiment)
    _, records = advance(experiment, start(experiment), steps, 1)
    return np.array([record.cost for record in records])


def sizes(name):
    """Norm of dW and root mean square of A by layer at step 0, in plain NumPy."""
    experiment = completed(PRESETS[name].experiment)
    X, Y = textbook.points(experiment)
    parameters = textbook.layers(start(experiment).theta, experiment.sizes)
    gradients = textbook.gradients(parameters, experiment.activations, X, Y)
    _, A = textbook.forward(parameters, experiment.activations, X)
    return [np.linalg.norm(dW) for dW, _ in gradients], [np.sqrt((layer**2).mean()) for layer in A]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_can_be_run_and_says_what_it_shows(preset):
    run(preset.name, 2)
    assert re.fullmatch(r"[^.]+.*\.", preset.description, re.DOTALL)
    assert len(preset.title) <= 46


def test_titles_and_experiments_differ():
    assert len({preset.title for preset in PRESETS.values()}) == len(PRESETS)
    assert len({completed(preset.experiment) for preset in PRESETS.values()}) == len(PRESETS)


def test_half_as_much_again_in_every_layer_is_57_times_as_much():
    gradients, activations = sizes("grow")
    assert 1.5**10 == pytest.approx(57.665, abs=1e-3)
    assert activations[10] / activations[0] == pytest.approx(57.665, abs=1e-3)
    # dW[1] = W[2]^T ... dZ[11] X^T / m is 1.5^10 times the layer-free dZ X^T / m, whose size is about 1.
    assert min(gradients) > 20


def test_halves_are_a_thousandth_and_nothing_moves_for_a_hundred_steps():
    gradients, activations = sizes("shrink")
    assert activations[10] / activations[0] == pytest.approx(0.000977, abs=1e-6)
    assert max(gradients) < 1e-3
    assert run("shrink", 100)[1].cost == pytest.approx(math.log(2), abs=1e-4)


@pytest.mark.parametrize(
    ("name", "step", "cost", "accuracy"),
    [
        ("logistic", 1000, 0.673, 47.0),
        ("momentum", 1000, 0.215, 91.0),
        ("normalized", 100, 0.293, 86.5),
        ("cross_entropy", 200, None, 86.0),
        ("dead", 500, math.log(2), 50.0),
        pytest.param("course_gd", 25_000, None, 71.7, marks=pytest.mark.slow),
        pytest.param("course_momentum", 25_000, None, 71.7, marks=pytest.mark.slow),
    ],
)
def test_cost_and_accuracy_are_the_ones_told(name, step, cost, accuracy):
    _, seen = run(name, step)
    assert 100 * seen.accuracy == pytest.approx(accuracy, abs=0.3)
    if cost is not None:
        assert seen.cost == pytest.approx(cost, abs=1e-3)


@pytest.mark.slow
def test_adam_is_far_ahead_on_the_courses_moons():
    assert 0.92 <= run("course_adam", 25_000)[1].accuracy <= 0.955


def test_two_squares_separate_circles_by_step_200():
    assert run("features", 200)[1].accuracy == 1.0


def test_the_spiral_of_three_arms_is_learned_by_step_100():
    _, seen = run("spiral", 100)
    assert seen.probability.shape == (3, 400)
    assert seen.accuracy >= 0.985


def test_momentum_does_not_jump_where_gradient_descent_does():
    assert costs("momentum", 1000).max() < 0.70
    plain = completed(PRESETS["momentum"].experiment)
    plain = type(plain)(training=type(plain.training)(learning_rate=10.0))
    _, records = advance(completed(plain), start(completed(plain)), 50, 1)
    assert max(record.cost for record in records) == pytest.approx(3.34, abs=0.05)


@pytest.mark.slow
def test_without_a_penalty_the_held_back_cost_is_four_times_as_high():
    (_, free), (_, held) = run("overfit", 5000), run("overfit_l2", 5000)
    assert free.accuracy == 1.0
    assert free.held_back["validation"].cost == pytest.approx(2, abs=0.1)
    assert held.held_back["validation"].cost == pytest.approx(0.42, abs=0.01)


def test_the_edge_is_passed_before_the_cost_first_rises():
    experiment = completed(PRESETS["edge"].experiment)
    state, _ = run("edge", 100)
    curvature = condition(problem_of(experiment), state, View(panel="health", effort=1.0))["curvature"]
    assert curvature["product"] > 2
    rises = np.flatnonzero(np.diff(costs("edge", 160)) > 0) + 1
    assert rises[0] == 143


def test_dead_units_have_gradients_of_exactly_0():
    _, seen = run("dead", 200)
    assert seen.gradient_norm == 0.0
    assert not seen.moved


def test_the_first_of_ten_sigmoid_layers_hardly_gets_an_error():
    gradients, _ = sizes("vanishing")
    assert gradients[0] < 1e-6 * gradients[-1]


def test_raw_inputs_of_different_size_cost_hundreds():
    assert run("raw", 100)[1].cost == pytest.approx(148, abs=0.5)


def test_squared_error_does_not_move_where_it_is_sure_and_wrong():
    for step in (0, 200):
        assert 100 * run("sure_and_wrong", step)[1].accuracy == pytest.approx(13.0, abs=0.3)
