"""``POST /api/runs``: a whole run in one answer, as the contract has it."""

import json
import math

import numpy as np
import pytest

from app.experiments.run import advance, start
from app.experiments.schema import as_json, parse
from tests.experiments import textbook

EVERYTHING = ["parameters", "initial_parameters", "symmetry", "boundary", "activations", "predictions"]
# references/README.md: the planar exercise, cost before the update.
REFERENCE = {
    0: 0.693048,
    1000: 0.288083,
    2000: 0.254385,
    3000: 0.233864,
    4000: 0.226792,
    5000: 0.222644,
    6000: 0.219731,
    7000: 0.217504,
}


def refuse(constant):
    raise AssertionError(f"{constant} in JSON")


def answer(client, **request):
    response = client.post("/api/runs", json=request)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return json.loads(response.content, parse_constant=refuse)


def problem(client, status=422, **request):
    response = client.post("/api/runs", json=request)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()


@pytest.fixture(scope="module")
def default(client):
    """No body at all."""
    response = client.post("/api/runs")
    assert response.status_code == 200
    return response.json()


def test_every_default_gives_the_costs_of_the_course_to_six_digits(default):
    costs = {entry["step"]: entry["cost"] for entry in default["history"]}
    assert list(costs) == list(range(0, 10_001, 1000))
    assert {step: round(costs[step], 6) for step in REFERENCE} == REFERENCE
    assert default["history"][-1]["accuracy"] in (0.905, 0.9075)


def test_no_body_is_a_body_with_every_default(client, default):
    written = answer(client, experiment={}, steps=10_000, record_every=1000, include=[])
    assert written == default
    assert default["status"] == "completed"
    assert default["steps"] == 10_000
    assert default["experiment"] == as_json(parse("{}"))
    assert default["experiment"]["data"]["noise"] == 0.2
    assert set(default) == {"experiment", "status", "steps", "history", "sentence", "provenance"}


def test_the_answer_says_what_it_was_computed_with(default):
    told = default["provenance"]
    assert told["numpy"] == np.__version__
    assert set(told) >= {"planar_playground", "numpy", "python", "platform"}


def test_the_answers_experiment_can_be_sent_again(client):
    first = answer(client, experiment={"data": {"name": "moons"}, "init": {"method": "he"}}, steps=50)
    again = answer(client, experiment=first["experiment"], steps=50)
    assert again == first


@pytest.mark.parametrize(
    ("steps", "every", "recorded"),
    [
        (0, 1, [0]),
        (1, 1, [0, 1]),
        (10, 5, [0, 5, 10]),
        (10, 4, [0, 4, 8, 10]),
        (3, 1000, [0, 3]),
        (700, 300, [0, 300, 600, 700]),
    ],
)
def test_the_history_has_every_step_asked_for_and_the_last(client, steps, every, recorded):
    told = answer(client, steps=steps, record_every=every)
    assert [entry["step"] for entry in told["history"]] == recorded
    assert told["steps"] == steps
    assert all(set(entry) == {"step", "cost", "accuracy"} for entry in told["history"])


def test_the_run_is_that_of_the_functions_to_the_last_bit(client):
    experiment = {
        "data": {"name": "circles", "samples": 150},
        "network": {"hidden": [5, 3], "activation": ["tanh", "relu"]},
        "init": {"method": "he"},
        "interventions": [{"step": 40, "set": {"learning_rate": 0.2}}],
    }
    told = answer(client, experiment=experiment, steps=3000, record_every=7, include=["parameters"])
    read = parse(json.dumps(experiment))
    state, records = advance(read, start(read), 3000, 7)
    assert [(e["step"], e["cost"], e["accuracy"]) for e in told["history"][:-1]] == [
        (r.step, r.cost, r.accuracy) for r in records
    ]
    sizes = read.sizes
    for layer, (W, b) in zip(told["parameters"], textbook.layers(state.theta, sizes), strict=True):
        assert layer == {"W": W.tolist(), "b": b[:, 0].tolist()}


def test_what_is_included_describes_the_last_step(client):
    told = answer(client, experiment={"network": {"hidden": [5, 3]}}, steps=200, include=EVERYTHING)
    X, Y = textbook.points(parse("{}"))
    parameters = [(np.array(p["W"]), np.array(p["b"])[:, None]) for p in told["parameters"]]
    assert [W.shape for W, _ in parameters] == [(5, 2), (3, 5), (1, 3)]
    Z, A = textbook.forward(parameters, ["tanh", "tanh"], X)
    assert told["history"][-1]["cost"] == pytest.approx(textbook.cost(Z[-1], Y), rel=1e-10)

    for mine, theirs in zip(told["activations"], A[1:], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-12)
    predictions = told["predictions"]
    np.testing.assert_allclose(predictions["probability"], A[-1][0], rtol=1e-8)
    assert predictions["label"] == [int(p > 0.5) for p in predictions["probability"]]
    assert np.mean(np.array(predictions["label"]) == Y[0]) == told["history"][-1]["accuracy"]

    initial = [(np.array(p["W"]), np.array(p["b"])) for p in told["initial_parameters"]]
    random = np.random.RandomState(2)
    for (W, b), shape in zip(initial, [(5, 2), (3, 5), (1, 3)], strict=True):
        np.testing.assert_allclose(W, random.standard_normal(shape) * 0.01, rtol=1e-14)
        assert not b.any()

    assert [layer["layer"] for layer in told["symmetry"]] == [1, 2]
    for layer, units in zip(told["symmetry"], (5, 3), strict=True):
        assert set(layer) == {"layer", "units", "distinct", "spread", "alike", "classes"}
        assert layer["units"] == layer["distinct"] == units
        assert layer["classes"] == list(range(units))
    assert told["sentence"].startswith("Step 200: all units different in every layer; ")


def test_the_boundary_is_the_probability_over_the_plane(client):
    told = answer(client, steps=300, include=["boundary", "parameters"])
    x, y, probability = (np.array(told["boundary"][name]) for name in ("x", "y", "probability"))
    assert (x.shape, y.shape, probability.shape) == ((100,), (100,), (100, 100))
    assert (np.diff(x) > 0).all()
    assert (np.diff(y) > 0).all()
    parameters = [(np.array(p["W"]), np.array(p["b"])[:, None]) for p in told["parameters"]]
    for row, column in ((0, 0), (99, 0), (0, 99), (31, 77)):
        point = np.array([[x[column]], [y[row]]])  # probability[y][x]
        _, A = textbook.forward(parameters, ["tanh"], point)
        assert probability[row, column] == pytest.approx(A[-1].item(), rel=1e-9)


def test_identical_units_stay_one_class_with_a_spread_of_exactly_zero(client):
    identical = {"init": {"method": "constant", "scale": 0.5}}
    told = answer(client, experiment=identical, steps=3000, include=["symmetry", "parameters"])
    assert told["symmetry"] == [
        {"layer": 1, "units": 4, "distinct": 1, "spread": 0.0, "alike": 1.0, "classes": [0, 0, 0, 0]}
    ]
    assert told["parameters"][0]["W"] == [told["parameters"][0]["W"][0]] * 4
    assert told["history"][-1]["accuracy"] == 0.655


def test_zeros_leave_the_cost_at_the_logarithm_of_two_with_the_same_bits(client):
    parts = ["parameters", "symmetry", "predictions"]
    told = answer(client, experiment={"init": {"method": "zeros"}}, include=parts)
    costs = {entry["cost"] for entry in told["history"]}
    assert len(costs) == 1
    assert abs(costs.pop() - math.log(2)) <= 2e-16
    assert told["parameters"] == [{"W": [[0.0, 0.0]] * 4, "b": [0.0] * 4}, {"W": [[0.0] * 4], "b": [0.0]}]
    assert told["symmetry"][0]["alike"] is None
    # Class 1 only when strictly above one half.
    assert told["predictions"] == {"probability": [0.5] * 400, "label": [0] * 400}


def test_a_run_that_diverges_says_where_and_keeps_the_last_finite_numbers(client):
    bursts = {
        "network": {"hidden": [8], "activation": "leaky_relu"},
        "init": {"method": "he"},
        "training": {"learning_rate": 10},
    }
    told = answer(client, experiment=bursts, steps=2000, record_every=100, include=EVERYTHING)
    assert told["status"] == "diverged"
    assert told["diverged"] == {"step": told["steps"] + 1, "reason": "the cost is not finite"}
    assert told["history"][-1]["step"] == told["steps"] < 1000
    assert math.isfinite(told["history"][-1]["cost"])
    assert told["history"][-1]["cost"] > 1e100
    every = answer(client, experiment=bursts, steps=2000, record_every=1)
    assert every["diverged"] == told["diverged"]
    assert [e["step"] for e in every["history"]] == list(range(told["steps"] + 1))


def test_own_points_are_learned_from(client):
    points = [[0, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1]]
    told = answer(
        client,
        experiment={
            "data": {"points": points},
            "init": {"method": "he", "seed": 1},
            "network": {"hidden": [8]},
        },
        steps=5000,
        include=["predictions"],
    )
    assert told["predictions"]["label"] == [0, 0, 1, 1]
    assert told["history"][-1]["accuracy"] == 1.0
    assert told["experiment"]["data"]["points"] == [[*map(float, p[:2]), p[2]] for p in points]


def test_logistic_regression_reaches_47_per_cent_on_the_flower(client):
    told = answer(
        client, experiment={"network": {"hidden": []}}, steps=5000, include=["symmetry", "activations"]
    )
    assert told["history"][-1]["accuracy"] == 0.47
    assert told["symmetry"] == []
    assert len(told["activations"]) == 1


def test_a_million_steps_of_a_tiny_network_are_allowed_and_two_are_not(client):
    tiny = {"data": {"samples": 2}, "network": {"hidden": []}}
    assert problem(client, experiment=tiny, steps=1_000_001)["errors"][0]["field"] == "steps"
    assert "60 s" not in problem(client, experiment=tiny, steps=1_000_001)["detail"]


def test_a_run_that_would_take_too_long_is_refused_and_says_how_many_steps_would_do(client):
    large = {"network": {"hidden": [64] * 12}, "data": {"samples": 10_000}}
    told = problem(client, experiment=large, steps=100_000)
    (error,) = told["errors"]
    assert error["field"] == "steps"
    assert error["value"] == 100_000
    most = int(error["rule"].split()[2])
    assert error["rule"] == f"at most {most} for this experiment, whose runs may take 60 s"
    assert told["detail"] == f"steps must be {error['rule']}; got 100000"
    assert 0 < most < 100_000
    assert problem(client, experiment=large, steps=most + 1)["errors"][0]["field"] == "steps"


def test_a_history_of_20000_entries_is_allowed_and_one_more_is_not(client):
    tiny = {"data": {"samples": 2}, "network": {"hidden": []}}
    told = answer(client, experiment=tiny, steps=19_999, record_every=1)
    assert len(told["history"]) == 20_000
    refused = problem(client, experiment=tiny, steps=20_000, record_every=1)
    (error,) = refused["errors"]
    assert (error["field"], error["value"]) == ("record_every", 1)
    assert error["rule"].startswith("at least 2 for 20000 steps")
    assert len(answer(client, experiment=tiny, steps=20_000, record_every=2)["history"]) == 10_001


def test_activations_that_would_fill_the_memory_are_refused(client):
    large = {"network": {"hidden": [64] * 12}, "data": {"samples": 10_000}}
    (error,) = problem(client, experiment=large, steps=0, include=["activations"])["errors"]
    assert error["field"] == "include"
    assert "activations" in error["rule"]


WRONG = [
    ({"steps": -1}, "steps", "a whole number from 0 to 1000000", -1),
    ({"steps": 1.5}, "steps", "a whole number from 0 to 1000000", 1.5),
    ({"steps": "10"}, "steps", "a whole number from 0 to 1000000", "10"),
    ({"steps": True}, "steps", "a whole number from 0 to 1000000", True),
    ({"record_every": 0}, "record_every", "a whole number from 1 to 1000000", 0),
    ({"include": "parameters"}, "include", "a list of 0 to 6 items", "parameters"),
    ({"include": ["weights"]}, "include[0]", f"one of {', '.join(sorted(EVERYTHING))}", "weights"),
    ({"include": [7]}, "include[0]", f"one of {', '.join(sorted(EVERYTHING))}", 7),
    ({"step": 10}, "step", "left out; the fields are experiment, steps, record_every, include, arrays", 10),
    (
        {"experiment": {"training": {"learning_rate": -3}}},
        "training.learning_rate",
        "above 0 and at most 10",
        -3,
    ),
    ({"experiment": {"data": {"samples": 10**9}}}, "data.samples", "a whole number from 2 to 10000", 10**9),
    ({"experiment": {"data": {"points": [[0, 0, 0], [1, 1, 0]]}}}, "data.points", None, "[0]"),
    (
        {"experiment": {"interventions": [{"step": 0, "flip": {"layer": 1, "unit": 9}}]}},
        "interventions[0].flip.unit",
        "a unit from 0 to 3",
        9,
    ),
    (
        {"experiment": {"training": {"batch_size": 401}}},
        "training.batch_size",
        "at most 400, the training points",
        401,
    ),
]


@pytest.mark.parametrize(("request_", "field", "rule", "value"), WRONG, ids=[w[1] + str(w[3]) for w in WRONG])
def test_a_wrong_request_names_field_rule_and_value(client, request_, field, rule, value):
    told = problem(client, **request_)
    assert (told["type"], told["status"]) == ("about:blank", 422)
    (error,) = told["errors"]
    assert error["field"] == field
    assert rule is None or error["rule"] == rule
    assert error["value"] == value
    assert told["detail"].startswith(f"{field} must be {error['rule']}; got ")
