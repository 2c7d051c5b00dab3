"""Health: the run's own steps, the curvature beside autograd's Hessian, the gradient check."""

from itertools import pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, hessian

from app.experiments.frames import lane_frame
from app.experiments.observe import View, observe
from app.experiments.panels.health import condition
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from tests.experiments import textbook
from tests.experiments.known import BURSTS, D, made

LOOK = View(panel="health", effort=10.0)
CHECK = View(panel="health", check=True, units=8)


def health_at(experiment, step=0, view=LOOK):
    state, _ = advance(experiment, start(experiment), step)
    observe(experiment, state, view)
    return condition(problem_of(experiment), state, view), state


def cost_of(experiment):
    """The cost as a function of the flat parameters, for autograd: tanh units, cross-entropy, L2."""
    X, Y = textbook.points(experiment)
    sizes, l2, m = experiment.sizes, experiment.training.l2, X.shape[1]

    def cost(theta):
        A, at, penalty = X, 0, 0.0
        for i, (before, n) in enumerate(pairwise(sizes)):
            block = theta[at : at + n * (before + 1)].reshape((n, before + 1))
            at += n * (before + 1)
            Z = anp.dot(block[:, :-1], A) + block[:, -1:]
            penalty = penalty + anp.sum(block[:, :-1] ** 2)
            A = anp.tanh(Z) if i < len(sizes) - 2 else Z
        losses = anp.logaddexp(0.0, anp.where(Y == 1, -1.0, 1.0) * A)
        return anp.mean(losses) + l2 / (2 * m) * penalty

    return cost


SMALL = {"default": D, "L2": made(training={"l2": 10.0}), "two layers": made(
    network={"hidden": [4, 3]}, init={"method": "xavier"}, training={"learning_rate": 0.5})}  # fmt: skip


@pytest.mark.parametrize("step", [0, 150])
@pytest.mark.parametrize("experiment", SMALL.values(), ids=SMALL)
def test_the_eigenvalues_are_those_of_autograds_hessian(experiment, step):
    told, state = health_at(experiment, step)
    values = np.linalg.eigvalsh(hessian(cost_of(experiment))(state.theta))
    found = told["curvature"]
    assert found["step"] == step
    assert found["smallest"] == pytest.approx(values[0], rel=1e-6, abs=1e-9)
    assert found["largest"] == pytest.approx(values[-1], rel=1e-6)
    assert found["product"] == pytest.approx(experiment.training.learning_rate * values[-1], rel=1e-6)


def test_of_many_parameters_the_largest_eigenvalue_has_three_digits():
    experiment = made(network={"hidden": [10, 8]}, init={"method": "xavier"}, data={"samples": 60})
    told, state = health_at(experiment, 20)
    assert told["parameters"] == 127
    values = np.linalg.eigvalsh(hessian(cost_of(experiment))(state.theta))
    assert told["curvature"]["largest"] == pytest.approx(values[-1], rel=1e-3)


@pytest.mark.parametrize(
    ("training", "threshold"),
    [
        ({}, 2.0),
        ({"optimizer": "momentum"}, 38.0),  # 2 (1 + 0.9) / (1 - 0.9)
        ({"optimizer": "momentum", "beta": 0.5}, 6.0),
        ({"optimizer": "adam"}, None),
        ({"optimizer": "rmsprop"}, None),
        ({"batch_size": 64}, None),
    ],
)
def test_the_threshold_is_that_of_the_optimizer_or_none(training, threshold):
    found = health_at(made(training=training))[0]["curvature"]
    assert found["threshold"] == (None if threshold is None else pytest.approx(threshold))


def test_at_rate_3_the_product_crosses_2_before_step_100():
    # Lesson 13: 0.75 (0), 1.36 (50), 2.10 (100), 2.51 (140), 1.61 (150).
    experiment = made(training={"learning_rate": 3})
    for step, product in ((0, 0.75), (50, 1.36), (100, 2.10), (140, 2.51), (150, 1.61)):
        found = health_at(experiment, step)[0]["curvature"]
        assert found["product"] == pytest.approx(product, abs=0.006)
        assert found["beyond"] == (product > 2)


@pytest.mark.slow
def test_the_default_experiment_passes_the_edge_near_step_7_500():
    # It crosses 2 a little after step 7,000; the cost rises at 7,846, and the curvature falls back.
    found = [health_at(D, step)[0]["curvature"] for step in (7000, 7500, 7900)]
    assert [one["beyond"] for one in found] == [False, True, False]
    assert found[1]["product"] == pytest.approx(2.046, abs=0.01)


def test_the_rate_in_force_counts():
    changed = made(interventions=[{"step": 3, "set": {"learning_rate": 0.6}}])
    found = health_at(changed, 3)[0]["curvature"]
    assert found["product"] == pytest.approx(0.6 * found["largest"])


def test_without_effort_there_is_no_curvature_and_a_huge_run_says_it_is_too_large():
    assert health_at(D, 0, View(panel="health"))[0]["curvature"] is None
    huge = made(network={"hidden": [64] * 4}, data={"samples": 4000})
    found = health_at(huge, 0, View(panel="health", effort=0.02))[0]["curvature"]
    assert (found["too_large"], found["largest"], found["beyond"]) == (True, None, False)


OPTIMIZERS = [{}, {"l2": 0.5}, {"optimizer": "adam", "learning_rate": 0.01}, {"batch_size": 64}]


@pytest.mark.parametrize("training", OPTIMIZERS)
def test_the_step_is_the_one_taken_and_the_gradients_is_rate_times_gradient(training):
    experiment = made(training=training)
    told, state = health_at(experiment, 9)
    after, _ = advance(experiment, state, 1)
    now, then = (textbook.layers(s.theta, experiment.sizes) for s in (state, after))
    X, Y = textbook.points(experiment)
    gradients = textbook.gradients(now, experiment.activations, X, Y)
    l2, rate = experiment.training.l2, experiment.training.learning_rate
    for layer, (W, _), (W1, _), (dW, _) in zip(told["layers"], now, then, gradients, strict=True):
        assert layer["step"] == pytest.approx(np.linalg.norm(W1 - W) / np.linalg.norm(W), rel=1e-9)
        slope = np.linalg.norm(dW + l2 / 400 * W)
        assert layer["by_gradient"] == pytest.approx(rate * slope / np.linalg.norm(W), rel=1e-9)
    assert told["cost_change"] == pytest.approx(after.cost - state.cost, rel=1e-12)


def test_saturated_units_have_a_larger_gradient_and_a_34_times_smaller_step():
    # Lesson 10: |dW[1]| 5.4e-3 and 7.9e-1, one step beside W[1] 1.8e-1 and 5.3e-3.
    small, large = (
        health_at(made(init={"method": "normal", "scale": s}))[0]["layers"][0] for s in (0.01, 50)
    )
    assert small["gradient"] == pytest.approx(5.4e-3, rel=0.02)
    assert large["gradient"] == pytest.approx(7.9e-1, rel=0.02)
    assert small["by_gradient"] / large["by_gradient"] == pytest.approx(34, abs=1)
    assert (round(small["saturated"], 2), round(large["saturated"], 2)) == (0, 0.96)


def test_dead_units_are_counted():
    dead = made(
        network={"hidden": [8], "activation": "relu"},
        init={"method": "he", "bias": -5},
        data={"name": "moons"},
    )
    layer = health_at(dead)[0]["layers"][0]
    assert (layer["dead"], layer["units"]) == (8, 8)
    assert layer["step"] == 0


def test_zero_weights_have_no_relative_step():
    layer = health_at(made(init={"method": "zeros"}))[0]["layers"][0]
    assert (layer["step"], layer["by_gradient"]) == (None, None)


def test_a_run_that_is_over_has_no_next_step():
    told, _ = health_at(BURSTS, 1000)
    assert told["cost_change"] is None
    assert {layer["step"] for layer in told["layers"]} == {None}


# --- the gradient check -------------------------------------------------------------------------------------


def checked(told):
    """Analytic, numerical and difference of each layer, as [dW db]."""
    found, at = [], 0
    for layer in told["check"]["layers"]:
        size = layer["rows"] * (layer["columns"] + 1)
        parts = told["checked"][at : at + 3 * size].reshape(3, layer["rows"], layer["columns"] + 1)
        found.append(tuple(parts))
        at += 3 * size
    assert at == len(told["checked"])
    return found


@pytest.mark.parametrize("experiment", SMALL.values(), ids=SMALL)
def test_every_parameter_is_checked_against_differences_of_the_cost_with_its_penalty(experiment):
    told, state = health_at(experiment, 30, CHECK)
    assert (told["check"]["count"], told["check"]["step"]) == (told["parameters"], 30)
    assert told["check"]["right"]
    assert told["check"]["error"] < 1e-6
    exact = grad(cost_of(experiment))(state.theta)
    flat = np.concatenate([np.ravel(analytic) for analytic, _, _ in checked(told)])
    np.testing.assert_allclose(flat, exact, rtol=1e-9, atol=1e-13)
    for analytic, numerical, difference in checked(told):
        np.testing.assert_allclose(numerical, analytic, atol=1e-8)
        np.testing.assert_array_equal(difference, np.abs(analytic - numerical))


@pytest.mark.parametrize(
    "parts",
    [
        {"data": {"name": "spiral", "classes": 3}, "training": {"l2": 5.0}},
        {"training": {"loss": "squared_error", "l2": 5.0}},
        {"training": {"batch_size": 64, "l2": 5.0}},
        {"network": {"hidden": []}},
        {"network": {"activation": "sigmoid", "hidden": [3, 3]}, "init": {"method": "xavier"}},
    ],
)
def test_softmax_squared_error_and_batches_are_right_too(parts):
    check = health_at(made(**parts), 5, CHECK)[0]["check"]
    assert check["right"]
    assert check["error"] < 1e-6


def test_at_the_corner_of_relu_the_check_says_why_they_differ():
    # Z[1] = 0 everywhere: backpropagation takes the slope 1, a central difference the mean of 0 and 1.
    corner = made(network={"activation": "relu"}, init={"method": ["zeros", "normal"], "scale": 0.01})
    told, _ = health_at(corner, 0, CHECK)
    assert (told["check"]["right"], told["check"]["cornered"]) == (False, True)
    analytic, numerical, _ = checked(told)[0]
    np.testing.assert_allclose(numerical[:, :-1], analytic[:, :-1] / 2, atol=1e-4)


def test_of_a_large_network_the_part_in_view_is_checked():
    large = made(network={"hidden": [64, 20]}, init={"method": "xavier"}, data={"samples": 50})
    view = View(panel="health", check=True, units=4, corner=(10, 60))
    told, state = health_at(large, 0, view)
    second = told["check"]["layers"][1]
    assert second == {"layer": 2, "unit": 10, "input": 60, "rows": 4, "columns": 4}
    assert told["check"]["count"] < told["parameters"]
    X, Y = textbook.points(large)
    dW, _ = textbook.gradients(textbook.layers(state.theta, large.sizes), large.activations, X, Y)[1]
    np.testing.assert_allclose(checked(told)[1][0][:, :-1], dW[10:14, 60:64], rtol=1e-9, atol=1e-14)


def test_what_would_take_too_long_is_not_begun():
    huge = made(network={"hidden": [64] * 12}, data={"samples": 10_000})
    told, _ = health_at(huge, 0, CHECK)
    assert told["check"]["seconds"] > 5
    assert "checked" not in told


def test_looking_leaves_the_run_as_it_is():
    experiment = made(training={"optimizer": "adam", "learning_rate": 0.01, "l2": 0.5})
    state, _ = advance(experiment, start(experiment), 7)
    plain = lane_frame(experiment, state, [], View(panel="activations", boundary=20), False)
    for view in (LOOK, CHECK):
        lane_frame(experiment, state, [], view, False)
    assert lane_frame(experiment, state, [], View(panel="activations", boundary=20), False) == plain
    whole, _ = advance(experiment, start(experiment), 20)
    after, _ = advance(experiment, state, 13)
    np.testing.assert_array_equal(after.theta, whole.theta)
