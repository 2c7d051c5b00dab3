"""The sentence is true: each of its claims in the situation that makes it so."""

import re
from dataclasses import replace

import numpy as np
import pytest

from app.experiments.observe import LayerSymmetry, View, observe
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from app.experiments.sentence import TEMPLATES, Phrase, all_kinds, kinds, percent, phrases, sentence
from tests.experiments.known import made


def said(experiment, step=0):
    """The phrases of a state, and the whole sentence."""
    state = start(experiment)
    state = advance(experiment, state, step)[0] if step else state
    found = phrases(experiment, state, observe(experiment, state, View()))
    return [p.text for p in found], sentence(state.step, found)


IDENTICAL = {"method": "constant", "scale": 0.5}
SMALL = {"method": "normal", "scale": 0.01}


@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "sigmoid", "linear"])
def test_from_zero_nothing_moves_and_the_sentence_says_so(activation):
    # Balanced classes: dW[2] is sum(A - Y) times one number, and sum(A - Y) is 0.
    zero = made(init={"method": "zeros"}, network={"activation": activation})
    assert said(zero)[1] == (
        "Step 0: Nothing will move: every gradient is 0. "
        "All 4 units equal; every point is called class 0; accuracy 50.0 %"
    )
    assert said(zero, 1240)[1] == (
        "Step 1,240: Nothing has moved for 1,240 steps: every gradient is 0. "
        "All 4 units equal; every point is called class 0; accuracy 50.0 %"
    )


def test_from_zero_with_unequal_classes_something_moves():
    unequal = made(init={"method": "zeros"}, data={"positive_fraction": 0.4})
    assert said(unequal, 100) == (
        ["all 4 units equal", "every point is called class 0", "accuracy 60.0 %"],
        "Step 100: all 4 units equal; every point is called class 0; accuracy 60.0 %",
    )


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_with_batches_no_one_says_that_nothing_will_move(activation):
    # The gradient of all points is 0, but a batch of 64 is not balanced: b[2] moves.
    batches = made(init={"method": "zeros"}, network={"activation": activation}, training={"batch_size": 64})
    assert said(batches)[0] == ["all 4 units equal", "every point is called class 0", "accuracy 50.0 %"]
    assert advance(batches, start(batches), 1)[0].theta.any()


@pytest.mark.parametrize(("optimizer", "moves"), [("momentum", True), ("adam", True), ("rmsprop", False)])
def test_what_rolls_on_without_a_gradient_is_not_said_to_stand_still(optimizer, moves):
    # RMSprop remembers squares only, which move nothing by themselves.
    zero = made(init={"method": "zeros"}, training={"optimizer": optimizer})
    begun = start(zero)
    assert "Nothing will move: every gradient is 0." in said(zero)[1]
    state = replace(begun, memory=tuple(np.full_like(begun.theta, 1e-3) for _ in begun.memory))
    texts = [p.text for p in phrases(zero, state, observe(zero, state, View()))]
    assert ("Nothing will move: every gradient is 0." in texts) == (not moves)
    assert advance(zero, state, 1)[0].theta.any() == moves


def test_with_points_held_back_the_sentence_speaks_of_those_that_train():
    held = made(init={"method": "zeros"}, data={"validation": 0.2})
    assert "every training point is called class 0" in said(held)[0]


def test_no_line_is_claimed_where_the_inputs_are_bent_or_the_classes_are_many():
    one_kind = {"init": IDENTICAL, "training": {"learning_rate": 0.1}}
    bent = made(**one_kind, network={"features": ["x1^2"]})
    many = made(**one_kind, data={"name": "blobs", "classes": 3})
    for experiment in (bent, many):
        assert not any("line" in text for text in said(experiment, 200)[0])
        assert "all 4 units equal" in said(experiment, 200)[0]
    standardized = made(init=IDENTICAL, data={"standardize": True})
    assert "the boundary is a line" in said(standardized, 200)[0]


def test_a_run_that_has_come_to_rest_says_so():
    resting = made(network={"hidden": []}, training={"stop_change": 1e-4})
    texts, whole = said(resting, 10_000)
    assert texts[0] == "Come to rest: the cost changes by less than was asked."
    assert whole.startswith("Step ")


def test_when_all_relu_units_have_died_nothing_moves_any_more():
    # lessons.md, lesson 11: rate 6 kills all eight within 20 steps.
    died = made(
        network={"hidden": [8], "activation": "relu"}, init={"method": "he"}, training={"learning_rate": 6}
    )
    texts, whole = said(died, 3000)
    assert texts[0] == "Nothing moves any more: every gradient is 0."
    assert "All 8 units different" in whole


def test_identical_units_are_one_line():
    assert said(made(init=IDENTICAL), 3000)[1] == (
        "Step 3,000: all 4 units equal; the boundary is a line; accuracy 65.5 %"
    )


def test_random_units_are_all_different_and_no_line_is_claimed():
    assert said(made(init=SMALL), 3000)[1] == "Step 3,000: all 4 units different; accuracy 90.5 %"


def test_one_nudge_makes_two_kinds():
    nudged = made(
        init=IDENTICAL,
        interventions=[{"step": 0, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": 1e-4}}],
    )
    assert said(nudged, 100)[0][0] == "2 kinds of unit (1 + 3)"


def test_without_hidden_units_the_boundary_is_a_line():
    assert said(made(network={"hidden": []}), 100)[0][:2] == ["no hidden units", "the boundary is a line"]


@pytest.mark.parametrize("hidden", [[4], [5, 3]])
def test_linear_units_make_a_line_however_different_they_are(hidden):
    texts, _ = said(
        made(network={"hidden": hidden, "activation": "linear"}, init=SMALL | {"scale": 0.3}), 200
    )
    assert "different" in texts[0]
    assert "the boundary is a line" in texts


def test_one_kind_in_every_layer_is_a_line_and_in_one_layer_is_no_claim():
    deep = {"network": {"hidden": [5, 3]}, "training": {"learning_rate": 0.5}}
    texts, _ = said(made(**deep, init=IDENTICAL), 300)
    assert texts[:2] == ["all units equal in every layer", "the boundary is a line"]
    texts, _ = said(made(**deep, init={"method": ["normal", "constant", "constant"], "scale": 0.5}), 300)
    assert texts[0] == "layers of 5 and 1 kinds of unit"
    assert not [text for text in texts if "line" in text]


LINES = {
    "equal units": {"init": IDENTICAL},
    "equal units in every layer": {"init": IDENTICAL, "network": {"hidden": [5, 3]}},
    "logistic regression": {"network": {"hidden": []}},
    "linear units": {"network": {"hidden": [4], "activation": "linear"}, "init": SMALL},
}


@pytest.mark.parametrize("parts", LINES.values(), ids=LINES)
def test_the_line_is_one_wherever_it_is_claimed(parts):
    # Where the probability passes one half between neighbouring cells, x1 is a linear function of x2
    # (or x2 of x1, where the line is flatter than it is steep).
    experiment = made(data={"name": "moons"}, **parts)
    state, _ = advance(experiment, start(experiment), 500)
    seen = observe(experiment, state, View(boundary=100, precise=True))
    assert "the boundary is a line" in [p.text for p in phrases(experiment, state, seen)]
    x1, x2 = problem_of(experiment).plane.centres(100)
    log_odds = np.log(seen.boundary[0] / (1 - seen.boundary[0]))
    columns, rows = np.nonzero(np.diff(np.sign(log_odds), axis=0).T)
    assert len(rows) > 50
    before, after = log_odds[rows, columns], log_odds[rows + 1, columns]
    crossing = x2[rows] + (x2[1] - x2[0]) * before / (before - after)
    line = np.polynomial.Polynomial.fit(x1[columns], crossing, 1)
    assert np.abs(line(x1[columns]) - crossing).max() < 0.1 * (x2[1] - x2[0])


def test_a_cost_that_grows_is_exploding_long_before_it_overflows():
    growing = made(
        network={"hidden": [10] * 10, "activation": "relu"},
        init={"method": "normal", "scale": 1},
        training={"learning_rate": 0.1},
    )
    # lessons.md, lesson 12: 323 at step 0, 9.1e6 at step 1.
    assert not any("exploding" in text for text in said(growing)[0])
    assert said(growing, 1)[1].startswith("Step 1: The cost is exploding: 9.07e+06. All units different ")


def test_a_large_first_cost_is_not_called_exploding():
    assert not any("exploding" in text for text in said(made(init={"scale": 50}))[0])


def test_a_run_that_diverged_says_where_and_why_and_nothing_else():
    bursts = made(
        network={"hidden": [8], "activation": "leaky_relu"},
        init={"method": "he"},
        training={"learning_rate": 10},
    )
    _, whole = said(bursts, 2000)
    found = re.fullmatch(r"Step (\d+): Diverged at step (\d+): the cost is not finite\.", whole)
    assert found
    assert int(found[2]) == int(found[1]) + 1


def layer(classes, number=1):
    return LayerSymmetry(number, len(classes), len(set(classes)), 0.0, None, tuple(classes))


@pytest.mark.parametrize(
    ("classes", "text"),
    [
        ([0], "a single unit"),
        ([0, 0, 0, 0], "all 4 units equal"),
        ([0, 1, 2, 3], "all 4 units different"),
        ([0, 1, 0, 0], "2 kinds of unit (1 + 3)"),
        ([0, 0, 1, 1, 2], "3 kinds of unit (1 + 2 + 2)"),
        ([0, 1, 2, 3, 4, 5, 6, 6], "7 kinds of unit (1 + 1 + 1 + 1 + 1 + 1 + …)"),
    ],
)
def test_the_kinds_of_a_layer_in_words(classes, text):
    assert kinds(layer(classes)).text == text


@pytest.mark.parametrize(
    ("layers", "text"),
    [
        ([], "no hidden units"),
        ([[0, 0]], "all 2 units equal"),
        ([[0, 0], [0, 0, 0]], "all units equal in every layer"),
        ([[0, 1], [0, 1, 2]], "all units different in every layer"),
        ([[0, 0], [0, 1, 2], [0, 0, 1]], "layers of 1, 3 and 2 kinds of unit"),
    ],
)
def test_the_kinds_of_all_layers_in_words(layers, text):
    assert all_kinds(tuple(layer(classes, i + 1) for i, classes in enumerate(layers))).text == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.8925, "89.3"),
        (0.655, "65.5"),
        (1.0, "100.0"),
        (0.0, "0.0"),
        (0.47, "47.0"),
        (2 / 3, "66.7"),
        (0.9995, "99.9"),
    ],
)
def test_per_cents_round_halves_up_as_people_do(fraction, text):
    assert percent(fraction) == text


def test_every_template_takes_the_values_its_phrases_bring():
    values = {
        "at": "1",
        "reason": "r",
        "cost": "1",
        "steps": "1",
        "units": 4,
        "distinct": 2,
        "sizes": "1 + 3",
    }
    values |= {"first": "1", "last": "2", "step": 1, "label": 0, "accuracy": "50.0"}
    for key, template in TEMPLATES.items():
        assert Phrase(key, values).text
        assert set(re.findall(r"\{(\w+)\}", template)) <= set(values)
