"""The answer to a whole run where there are batches, points held back, many classes, a stop rule."""

import json

import numpy as np
import pytest

from app.experiments.answers import INCLUDES, answer
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from app.experiments.schema import as_json, parse


def answered(steps, every, include=(), **parts):
    experiment = parse(json.dumps(parts))
    state, records = advance(experiment, start(experiment), steps, every)
    return experiment, json.loads(answer(as_json(experiment), experiment, state, records, tuple(include)))


def test_without_more_an_entry_of_the_history_is_step_cost_and_accuracy():
    _, body = answered(20, 10)
    assert [sorted(entry) for entry in body["history"]] == [["accuracy", "cost", "step"]] * 3
    assert [entry["step"] for entry in body["history"]] == [0, 10, 20]
    assert body["status"] == "completed"


@pytest.mark.parametrize(
    ("parts", "more"),
    [
        ({"training": {"batch_size": 64}}, {"batch_cost"}),
        ({"data": {"validation": 0.2}}, {"validation_cost", "validation_accuracy"}),
        ({"data": {"test": 0.2}}, {"test_cost", "test_accuracy"}),
        (
            {"data": {"validation": 0.2, "test": 0.2}, "training": {"batch_size": 240}},
            {"batch_cost", "validation_cost", "validation_accuracy", "test_cost", "test_accuracy"},
        ),
    ],
)
def test_an_entry_has_what_there_is(parts, more):
    _, body = answered(20, 10, **parts)
    for entry in body["history"]:
        assert set(entry) == {"step", "cost", "accuracy"} | more


def test_the_last_entry_is_the_one_that_the_next_chunk_would_have_recorded():
    parts = {"data": {"validation": 0.2}, "training": {"batch_size": 50, "l2": 0.2, "optimizer": "adam"}}
    _, ended = answered(20, 10, **parts)
    _, longer = answered(30, 10, **parts)
    assert ended["history"] == longer["history"][:3]


def test_only_the_cost_of_those_that_train_has_the_penalty():
    # The same start: what is added is lambda / (2 m) times the sum of the squared weights.
    plain, penalized = (
        answered(0, 1, ["parameters"], data={"test": 0.25}, training={"l2": l2, "batch_size": 30})[1]
        for l2 in (0.0, 3.0)
    )
    squares = sum(w * w for layer in plain["parameters"] for row in layer["W"] for w in row)
    before, after = plain["history"][0], penalized["history"][0]
    assert after["cost"] - before["cost"] == pytest.approx(3.0 / 600 * squares, rel=1e-6)
    assert after["batch_cost"] - before["batch_cost"] == pytest.approx(3.0 / 60 * squares, rel=1e-6)
    assert after["test_cost"] == before["test_cost"]


def test_a_run_that_came_to_rest_says_so_and_where():
    resting = {"init": {"method": "xavier"}, "training": {"stop_change": 1e-4}}
    _, body = answered(10_000, 1000, network={"hidden": [3]}, **resting)
    assert body["status"] == "converged"
    assert 10 < body["steps"] < 1000
    assert [entry["step"] for entry in body["history"]] == [0, body["steps"]]
    assert "diverged" not in body


def test_four_classes_have_a_list_for_every_point_and_every_cell():
    experiment, body = answered(
        200,
        100,
        INCLUDES,
        data={"name": "spiral", "classes": 4, "samples": 60, "validation": 0.2},
        network={"hidden": [5], "features": ["x1*x2"]},
        init={"method": "he"},
    )
    problem = problem_of(experiment)
    predictions = body["predictions"]
    probability = np.array(predictions["probability"])
    assert probability.shape == (48, 4)
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-12)
    assert predictions["label"] == probability.argmax(axis=1).tolist()
    right = np.mean(np.array(predictions["label"]) == problem.Y)
    assert body["history"][-1]["accuracy"] == pytest.approx(right, rel=1e-15)
    assert [np.shape(A) for A in body["activations"]] == [(5, 48), (4, 48)]
    assert [np.shape(layer["W"]) for layer in body["parameters"]] == [(5, 3), (4, 5)]
    cells = np.array(body["boundary"]["probability"])
    assert cells.shape == (100, 100, 4)
    np.testing.assert_allclose(cells.sum(axis=2), 1, rtol=1e-12)
    # probability[y][x] by hand, at a cell away from the middle.
    (W1, b1), (W2, b2) = ((np.array(layer["W"]), np.array(layer["b"])) for layer in body["parameters"])
    x1, x2 = body["boundary"]["x"][70], body["boundary"]["y"][20]
    z = W2 @ np.tanh(W1 @ [x1, x2, x1 * x2] + b1) + b2
    np.testing.assert_allclose(cells[20, 70], np.exp(z) / np.exp(z).sum(), rtol=1e-10)


def test_predictions_and_activations_are_those_of_the_training_points():
    _, body = answered(10, 10, ["predictions", "activations"], data={"samples": 100, "test": 0.3})
    assert len(body["predictions"]["label"]) == len(body["predictions"]["probability"]) == 70
    assert np.shape(body["activations"][0]) == (4, 70)
