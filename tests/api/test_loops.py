"""``POST /api/loops``: one step computed twice."""

import json

import numpy as np
import pytest

from app.experiments.schema import parse
from tests.experiments import textbook


def answer(client, **request):
    response = client.post("/api/loops", json=request)
    assert response.status_code == 200, response.text
    return json.loads(response.content)


def test_the_default_experiment_is_timed_on_four_sizes_with_equal_numbers(client):
    told = answer(client)
    assert [row["m"] for row in told["rows"]] + told["left_out"] == [10, 100, 1_000, 10_000]
    assert told["step"] == 0
    for row in told["rows"]:
        assert 0 <= row["largest_difference"] < 1e-11
        assert row["loop_cost"] == pytest.approx(row["vector_cost"], rel=1e-12)
        assert row["loop_seconds"] > 0
        assert row["vector_seconds"] > 0
        assert row["ratio"] == pytest.approx(row["loop_seconds"] / row["vector_seconds"])
    assert "for i in range(m)" in told["source"]


def test_the_cost_is_that_of_the_run_at_the_step(client):
    experiment = {"network": {"hidden": [3]}, "data": {"name": "moons", "samples": 60}}
    told = answer(client, experiment=experiment, step=200, examples=[60, 120])
    run = client.post("/api/runs", json={"experiment": experiment, "steps": 200}).json()
    assert [row["m"] for row in told["rows"]] == [60, 120]
    for row in told["rows"]:  # every point as often as every other
        assert row["loop_cost"] == pytest.approx(run["history"][-1]["cost"], rel=1e-12)


PENALIZED = {
    "squared error and L2": {"training": {"loss": "squared_error", "l2": 10}},
    "cross-entropy and L2": {"training": {"l2": 3}},
    "softmax and L2": {"data": {"name": "blobs", "classes": 4, "samples": 60}, "training": {"l2": 3}},
    "L2 set in mid-run": {"interventions": [{"step": 40, "set": {"l2": 10}}]},
    "dead units and L2": {
        "network": {"hidden": [3, 3], "activation": "relu"},
        "init": {"method": "he", "scale": None, "bias": -5},
        "training": {"l2": 10},
    },
    "mini-batches and L2": {"training": {"batch_size": 16, "l2": 3}},
}


@pytest.mark.parametrize("case", PENALIZED)
def test_both_costs_are_the_runs_with_the_loss_and_the_penalty_in_force(client, case):
    experiment = {"data": {"name": "moons", "samples": 60}, **PENALIZED[case]}
    told = answer(client, experiment=experiment, step=50, examples=[60])
    run = client.post("/api/runs", json={"experiment": experiment, "steps": 50}).json()
    (row,) = told["rows"]
    assert told["l2"] in (3, 10)
    assert row["loop_cost"] == pytest.approx(run["history"][-1]["cost"], rel=1e-12)
    assert row["vector_cost"] == pytest.approx(run["history"][-1]["cost"], rel=1e-12)
    assert row["largest_difference"] < 1e-12


def test_the_penalty_is_that_of_as_many_examples_as_there_are(client):
    # Every point twice: the same mean loss, and half of lambda / (2 m) sum of w^2.
    experiment = {"network": {"hidden": [3]}, "data": {"name": "moons", "samples": 60}}
    asked = {"step": 20, "examples": [60, 120]}
    with_l2 = answer(client, experiment={**experiment, "training": {"l2": 6}}, **asked)
    run = client.post(
        "/api/runs",
        json={"experiment": {**experiment, "training": {"l2": 6}}, "steps": 20, "include": ["parameters"]},
    ).json()
    squares = sum(np.square(layer["W"]).sum() for layer in run["parameters"])
    once, twice = with_l2["rows"]
    assert once["loop_cost"] - twice["loop_cost"] == pytest.approx(6 / 240 * squares, rel=1e-9)


def test_fewer_examples_than_points_are_the_first_ones(client):
    experiment = {"network": {"hidden": []}, "data": {"name": "moons", "samples": 60}}
    told = answer(client, experiment=experiment, examples=[7])
    X, Y = textbook.points(parse(json.dumps(experiment)))
    run = client.post(
        "/api/runs", json={"experiment": experiment, "steps": 0, "include": ["parameters"]}
    ).json()
    (layer,) = run["parameters"]
    Z = np.array(layer["W"]) @ X[:, :7] + np.array(layer["b"])[:, None]
    assert told["rows"][0]["loop_cost"] == pytest.approx(textbook.cost(Z, Y[:, :7]), rel=1e-12)


def test_what_would_take_too_long_is_left_out_and_said(client):
    told = answer(client, experiment={"network": {"hidden": [64, 64, 64]}}, examples=[10, 10_000])
    assert told["left_out"] == [10_000]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"examples": []}, "examples"),
        ({"examples": [0]}, "examples[0]"),
        ({"examples": [10_001]}, "examples[0]"),
        ({"examples": "all"}, "examples"),
        ({"step": -1}, "step"),
        ({"step": 1_000_000, "experiment": {"network": {"hidden": [64] * 6}}}, "step"),
        ({"steps": 3}, "steps"),
        ({"experiment": {"data": {"samples": 1}}}, "data.samples"),
    ],
)
def test_bad_values_are_refused_by_name(client, request_, field):
    response = client.post("/api/loops", json=request_)
    assert response.status_code == 422
    assert field in [error["field"] for error in response.json()["errors"]]
