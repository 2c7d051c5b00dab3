"""Why is nothing moving?: the sizes of the textbook's equations, and a reason that the numbers bear out."""

import re

import numpy as np
import pytest

from app.experiments.observe import View, observe
from app.experiments.panels.verdicts import VERDICTS
from app.experiments.panels.why import why
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from app.experiments.texts import say
from tests.experiments import textbook
from tests.experiments.known import BURSTS, D, made

ZEROS = {"method": "zeros"}
UNEQUAL = {"positive_fraction": 0.4}
MOONS = {"name": "moons"}
DEAD = {"network": {"hidden": [8], "activation": "relu"}, "init": {"method": "he", "bias": -5}}
HALF_ZERO = {"method": ["zeros", "normal"], "scale": 0.01}
ODDS = "ln(160/240) = \N{MINUS SIGN}0.405"


def why_at(experiment, step=0):
    state, _ = advance(experiment, start(experiment), step)
    observe(experiment, state, View())
    return why(problem_of(experiment), state, View(panel="why")), state


def case(step, verdict, words, **parts):
    """The experiment with these parts, where it stands after ``step`` steps, and what is said of it."""
    return parts, step, verdict, words


def zeros(activation="tanh", **parts):
    return {"init": ZEROS, "network": {"activation": activation}, **parts}


# g(0) = 0: no unit answers anything.
SILENT = ["tanh", "relu", "leaky_relu", "linear"]
GOAL = f"to the log-odds of the classes, {ODDS}"
CONSTANT = {"method": "constant", "scale": 0.5}
KINK = {"data": MOONS, "init": HALF_ZERO}
BATCHES = {"batch_size": 64}
ADAM = {"optimizer": "adam"}
UNIT_2 = {"step": 0, "edit": {"layer": 1, "unit": 1, "input": None, "to": 1.0}}
SURE = {
    "data": {"points": [[-1, 0, 0], [1, 0, 1]]},
    "network": {"hidden": []},
    "init": {"method": "explicit", "parameters": [{"W": [[100, 0]], "b": [0]}]},
}
TEN_SIGMOIDS = {"network": {"hidden": [10] * 10, "activation": "sigmoid"}, "init": {"method": "xavier"}}

CASES = [
    *(case(k, "all_zero", "A[1] is 0", **zeros(a)) for a in SILENT for k in (0, 100)),
    *(case(k, "only_bias", GOAL, **zeros(a, data=UNEQUAL)) for a in SILENT for k in (0, 1)),
    case(2000, "bias_rests", f"at the log-odds of the classes, {ODDS}", **zeros(data=UNEQUAL)),
    case(2000, "bias_rests", "b[2] has come to rest", **zeros("relu", data={**MOONS, **UNEQUAL})),
    case(0, "zero_cancels", "(unit 1: 0.5)", **zeros("sigmoid")),
    case(500, "zero_cancels", "Nothing moves at all", **zeros("sigmoid")),
    case(0, "zero_alike", "(unit 1: 0.5)", **zeros("sigmoid", data=UNEQUAL)),
    case(0, "zero_batch", "all units stay equal", **zeros("sigmoid", training=BATCHES)),
    case(0, "zero_batch", "differ by their biases", **zeros(training=BATCHES, interventions=[UNIT_2])),
    case(0, "zero_rounds", "(unit 2: 0.762)", **zeros(interventions=[UNIT_2])),
    case(0, "zero_cancels", "Nothing moves at all", **zeros("sigmoid", training={"batch_size": 400})),
    case(50, "identical", "all 4 units of layer 1", **zeros("sigmoid", data=UNEQUAL)),
    case(30, "batch_bias", "wanders", **zeros(training=BATCHES)),
    case(30, "batch_bias", "wanders", **zeros(training=BATCHES, data=UNEQUAL)),
    case(1, "only_bias", "its share", **zeros(data={"name": "blobs", "classes": 3, "samples": 100})),
    case(20, "all_zero", "A[2] is 0 and dW[3]", init=ZEROS, network={"hidden": [3, 3]}),
    case(100, "identical", "all 4 units of layer 1", init=CONSTANT),
    case(10, "kink", "ReLU at 0", **KINK, network={"activation": "relu", "relu_at_zero": 0}),
    case(10, "moving", "not zero", **KINK, network={"activation": "relu", "relu_at_zero": 1}),
    case(10, "all_zero", "A[1] is 0", init=ZEROS, network={"activation": "relu", "relu_at_zero": 0}),
    case(100, "dead", "nothing after it moves either", data=MOONS, **DEAD),
    case(100, "dead", "only the penalty still shrinks", data=MOONS, **DEAD, training={"l2": 0.5}),
    case(10, "dead", "only what comes after it moves", data={**MOONS, **UNEQUAL}, **DEAD),
    case(0, "saturated", "96", init={"method": "normal", "scale": 50}),
    case(10, "vanished", "A[5]", network={"hidden": [10] * 5}, training={"learning_rate": 0.5}),
    case(0, "faded", "dW[11]", **TEN_SIGMOIDS),
    case(10_000, "at_rest", "cancel", data=MOONS, network={"hidden": []}),
    case(4000, "balanced", "the penalty balance", network={"hidden": []}, training={"l2": 8}),
    case(0, "learned", "to the last digit", **SURE),
    case(1000, "stopped", "less than 0.001", data=MOONS, training={"stop_change": 1e-3}),
    case(0, "zero_layer", "W[2] is 0", data=MOONS, init={**HALF_ZERO, "method": ["normal", "zeros"]}),
    case(0, "zero_layer", "W[1] is 0", data=MOONS, init=HALF_ZERO),
    case(0, "small_start", "0.2", init={"method": "normal", "scale": 1e-6}),
    case(0, "small_start", "times as large", init={"method": "normal", "scale": 1e-9}, training=ADAM),
    case(0, "identical", "all 4 units", init={"method": "constant", "scale": 1e-6}),
    case(0, "moving", "not zero", training={"learning_rate": 1e-9}),
    case(0, "moving", "not zero", network={"hidden": []}, init=ZEROS),
    case(0, "moving", "not zero"),
    case(500, "moving", "not zero"),
]


def experiments_of(*verdicts):
    return [parts for parts, _, verdict, _ in CASES if verdict in verdicts]


@pytest.mark.parametrize(("parts", "step", "key", "words"), CASES)
def test_the_reason_is_the_one_that_the_numbers_bear_out(parts, step, key, words):
    told, _ = why_at(made(**parts), step)
    assert told["verdict"] == key
    assert words in told["text"]


def test_every_reason_is_reached():
    assert {key for _, _, key, _ in CASES} | {"diverged"} == set(VERDICTS)


def test_a_run_that_diverged_says_so():
    told, _ = why_at(BURSTS, 1000)
    assert told["verdict"] == "diverged"
    assert re.match(r"The run diverged at step 39\d", told["text"])


@pytest.mark.parametrize("parts", experiments_of("all_zero", "zero_cancels", "kink"))
def test_where_nothing_is_said_to_move_nothing_does(parts):
    experiment = made(**parts)
    before = start(experiment)
    after, _ = advance(experiment, before, 300)
    np.testing.assert_array_equal(after.theta, before.theta)


GOES_ON = experiments_of("zero_batch", "zero_rounds", "zero_layer", "small_start", "stopped")


@pytest.mark.parametrize("parts", GOES_ON)
def test_where_it_is_said_to_go_on_it_does(parts):
    experiment = made(**{**parts, "training": {**parts.get("training", {}), "stop_change": None}})
    before = start(experiment)
    after, _ = advance(experiment, before, 1000)
    assert np.abs(after.theta - before.theta).max() > 0.1


@pytest.mark.parametrize("parts", experiments_of("vanished", "at_rest", "balanced", "learned"))
def test_where_it_is_said_to_stand_it_stands(parts):
    step = next(step for given, step, _, _ in CASES if given is parts)
    experiment = made(**parts)
    before, _ = advance(experiment, start(experiment), step)
    after, _ = advance(experiment, before, 300)
    assert np.abs(after.theta - before.theta).max() < 1e-4


@pytest.mark.parametrize("parts", experiments_of("only_bias", "bias_rests", "batch_bias"))
def test_where_only_the_last_bias_is_said_to_move_only_it_does(parts):
    experiment = made(**parts)
    after, _ = advance(experiment, start(experiment), 300)
    *hidden, (W, b) = textbook.layers(after.theta, experiment.sizes)
    assert b.any()
    assert not W.any()
    assert not any(W.any() or b.any() for W, b in hidden)


def test_the_bias_ends_at_the_log_odds():
    experiment = made(init=ZEROS, data=UNEQUAL)
    after, _ = advance(experiment, start(experiment), 2000)
    assert after.theta[-1] == pytest.approx(np.log(160 / 240), abs=1e-9)


def test_saturated_units_have_a_larger_gradient_and_a_smaller_step():
    # Lesson 10: the norm of dW[1] is 7.9e-1 against 5.4e-3, one step beside W[1] 5.3e-3 against 1.8e-1.
    large, _ = why_at(made(init={"method": "normal", "scale": 50}))
    small, _ = why_at(D)
    assert "|dW[1]| is 0.79" in large["text"]
    assert large["steps"][0] == pytest.approx(5.3e-3, rel=0.02)
    assert small["steps"][0] == pytest.approx(1.8e-1, rel=0.02)
    assert large["text"].endswith("the step beside the weight: 0.00525.")


def numbers(told):
    """Sizes by (result, layer), and the factors' by (result, layer, name)."""
    sizes = {(e["result"], e["layer"]): e["size"] for e in told["equations"]}
    factors = {(e["result"], e["layer"], f["name"]): f for e in told["equations"] for f in e["factors"]}
    return sizes, factors


TWO = {"network": {"hidden": [5, 3], "activation": ["tanh", "sigmoid"]}, "init": {"method": "xavier"}}


@pytest.mark.parametrize("l2", [0.0, 3.0])
def test_the_sizes_are_those_of_the_textbooks_arrays(l2):
    experiment = made(**TWO, training={"l2": l2})
    told, state = why_at(experiment, 30)
    sizes, factors = numbers(told)
    X, Y = textbook.points(experiment)
    parameters = textbook.layers(state.theta, experiment.sizes)
    Z, A = textbook.forward(parameters, experiment.activations, X)
    dZ = A[3] - Y
    for layer in (3, 2, 1):
        W, _ = parameters[layer - 1]
        dW = dZ @ A[layer - 1].T / 400 + l2 / 400 * W
        expected = {"A": A[layer], "dZ": dZ, "dW": dW, "db": dZ.mean(axis=1)}
        for name, array in expected.items():
            assert sizes[name, layer] == pytest.approx(np.abs(array).max(), rel=1e-9), (name, layer)
        assert (("dW", layer, "λ/m W") in factors) == (l2 > 0)
        if l2:
            assert factors["dW", layer, "λ/m W"]["size"] == pytest.approx(l2 / 400 * np.abs(W).max())
        if layer > 1:
            slope = textbook.FUNCTIONS[experiment.activations[layer - 2]][1](Z[layer - 2])
            assert factors["dZ", layer - 1, "g'"]["size"] == pytest.approx(slope.max(), rel=1e-9)
            dZ = W.T @ dZ * slope


def test_squared_error_keeps_the_slope_of_the_output():
    experiment = made(network={"hidden": []}, training={"loss": "squared_error"})
    told, state = why_at(experiment, 20)
    sizes, factors = numbers(told)
    X, Y = textbook.points(experiment)
    _, A = textbook.forward(textbook.layers(state.theta, experiment.sizes), (), X)
    error, slope = A[1] - Y, A[1] * (1 - A[1])
    assert told["loss"] == "squared_error"
    assert factors["dZ", 1, "A − Y"]["size"] == pytest.approx(np.abs(error).max(), rel=1e-9)
    assert factors["dZ", 1, "A (1 − A)"]["size"] == pytest.approx(slope.max(), rel=1e-9)
    assert sizes["dZ", 1] == pytest.approx(np.abs(2 * error * slope).max(), rel=1e-9)


def test_softmax_is_named():
    told, _ = why_at(made(data={"name": "spiral", "classes": 3}))
    assert (told["output"], told["loss"]) == ("softmax", "cross_entropy")


def test_zeros_tiny_numbers_and_flat_slopes_are_marked():
    _, factors = numbers(why_at(made(init=ZEROS))[0])
    marks = {key: factor["mark"] for key, factor in factors.items()}
    assert marks["dZ", 1, "W"] == marks["dW", 2, "A"] == marks["dW", 1, "dZ"] == "zero"
    assert marks["dZ", 1, "g'"] == marks["dZ", 2, "A − Y"] == marks["dW", 1, "A"] == ""
    _, factors = numbers(why_at(made(network={"hidden": [10] * 5}))[0])
    assert factors["dW", 6, "A"]["mark"] == "tiny"
    _, factors = numbers(why_at(made(init={"method": "normal", "scale": 50}))[0])
    assert factors["dZ", 1, "g'"]["mark"] == "flat"


OPTIMIZERS = [
    {},
    {"l2": 0.5},
    {"optimizer": "adam", "learning_rate": 0.01},
    {"optimizer": "momentum"},
    {"batch_size": 64},
]


@pytest.mark.parametrize("training", OPTIMIZERS)
def test_the_step_beside_the_weight_is_the_one_that_is_taken(training):
    experiment = made(training=training)
    told, state = why_at(experiment, 7)
    after, _ = advance(experiment, state, 1)
    now, then = (textbook.layers(s.theta, experiment.sizes) for s in (state, after))
    expected = [
        np.linalg.norm(W1 - W0) / np.linalg.norm(W0) for (W0, _), (W1, _) in zip(now, then, strict=True)
    ]
    assert told["steps"] == pytest.approx(expected, rel=1e-9)


def test_asking_why_leaves_the_run_as_it_is():
    experiment = made(training={"optimizer": "adam", "learning_rate": 0.01, "l2": 0.5})
    state, _ = advance(experiment, start(experiment), 7)
    network = problem_of(experiment).network
    observe(experiment, state, View())
    before = network.theta.copy(), network.gradient.copy(), [dZ.copy() for dZ in network.dZ]
    why(problem_of(experiment), state, View(panel="why"))
    np.testing.assert_array_equal(network.theta, before[0])
    np.testing.assert_array_equal(network.gradient, before[1])
    for mine, theirs in zip(network.dZ, before[2], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    plain, _ = advance(experiment, start(experiment), 20)
    after, _ = advance(experiment, state, 13)
    np.testing.assert_array_equal(after.theta, plain.theta)


def test_notes_say_what_else_moves():
    assert why_at(D)[0]["notes"] == []
    (note,) = why_at(made(training={"batch_size": 64}))[0]["notes"]
    note = say("clauses", **note)
    assert "every batch of 64" in note
