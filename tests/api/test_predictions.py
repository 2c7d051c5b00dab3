"""``POST /api/predictions``: what the trained network says of any points."""

import json

import numpy as np
import pytest

from app.experiments.problem import problem_of
from app.experiments.schema import parse
from tests.api.test_kept_runs import as_lists

SPIRAL = {
    "data": {"name": "spiral", "classes": 4, "samples": 80, "standardize": True, "stretch": 10},
    "network": {"hidden": [6], "features": ["x1^2", "sin(x2)"]},
    "init": {"method": "xavier"},
}


def predicted(client, **request):
    response = client.post("/api/predictions", json=request)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(
    "experiment", [{}, SPIRAL, {"network": {"hidden": []}}], ids=["default", "four classes", "no layer"]
)
def test_the_cells_of_the_plane_have_the_boundarys_probabilities(client, experiment):
    run = client.post(
        "/api/runs", json={"experiment": experiment, "steps": 150, "include": ["boundary"]}
    ).json()
    x, y, cells = (run["boundary"][name] for name in ("x", "y", "probability"))
    chosen = [(0, 0), (99, 3), (17, 88), (50, 50)]
    points = [[x[column], y[row]] for row, column in chosen]
    told = predicted(client, experiment=experiment, steps=150, points=points)
    expected = [cells[row][column] for row, column in chosen]
    np.testing.assert_allclose(told["probability"], expected, rtol=1e-9)
    for label, probability in zip(told["label"], expected, strict=True):
        several = isinstance(probability, list)
        assert label == (np.argmax(probability) if several else int(probability > 0.5))
    assert (told["status"], told["steps"]) == ("completed", 150)
    assert told["experiment"] == run["experiment"]
    assert told["provenance"] == run["provenance"]


@pytest.mark.parametrize("experiment", [{}, SPIRAL], ids=["default", "four classes"])
def test_the_training_points_are_predicted_as_in_the_run(client, experiment):
    X = problem_of(parse(json.dumps(experiment))).X
    request = {"experiment": experiment, "steps": 90}
    run = client.post("/api/runs", json={**request, "include": ["predictions"]}).json()["predictions"]
    told = predicted(client, **request, points=X.T.tolist())
    np.testing.assert_allclose(told["probability"], run["probability"], rtol=1e-12)
    assert told["label"] == run["label"]


def test_of_equal_probabilities_the_lower_class_is_the_label(client):
    zeros = {"init": {"method": "zeros"}}
    told = predicted(client, experiment=zeros, steps=0, points=[[3, -2], [0.1, 9]])
    assert (told["probability"], told["label"]) == ([0.5, 0.5], [0, 0])
    four = {"data": {"name": "blobs", "classes": 4}, **zeros}
    told = predicted(client, experiment=four, steps=0, points=[[3, -2]])
    assert (told["probability"], told["label"]) == ([[0.25] * 4], [0])


def test_far_away_points_have_numbers_too(client):
    bursts = {
        "network": {"hidden": [8, 8], "activation": "leaky_relu", "features": ["x1^2", "x1*x2"]},
        "init": {"method": "he"},
        "training": {"learning_rate": 10},
    }
    told = predicted(client, experiment=bursts, steps=5_000, points=[[1e6, -1e6], [-1e6, 1e6], [0, 0]])
    assert told["status"] == "diverged"
    assert told["diverged"]["step"] == told["steps"] + 1
    assert all(0 <= probability <= 1 for probability in told["probability"])
    assert told["label"] == [int(probability > 0.5) for probability in told["probability"]]


def test_typed_arrays_hold_the_same_numbers(client):
    for experiment in ({}, SPIRAL):
        request = {"experiment": experiment, "steps": 20, "points": [[0.5, 1.5], [-3, 0.25], [0, 0]]}
        typed = predicted(client, **request, arrays="typed")
        assert typed["label"]["dtype"] == "u1"
        assert as_lists(typed) == predicted(client, **request)


def test_ten_thousand_points_are_answered_and_kept(client):
    points = [[i / 1000, -i / 1000] for i in range(10_000)]
    request = {"experiment": {"data": {"seed": 802}}, "steps": 5, "points": points}
    first = client.post("/api/predictions", json=request)
    assert len(first.json()["label"]) == 10_000
    assert first.headers["cache-status"] == "PlanarPlayground; fwd=miss; stored"
    again = client.post("/api/predictions", json=request)
    assert again.headers["cache-status"] == "PlanarPlayground; hit"
    request["points"] = points[:-1]
    assert len(predicted(client, **request)["label"]) == 9_999


ONE = [[0, 0]]
BAD = [
    ({}, "points", None),
    ({"points": []}, "points", "[]"),
    ({"points": [[0, 0]] * 10_001}, "points", None),
    ({"points": [[0, 0, 1]]}, "points[0]", "[0, 0, 1]"),
    ({"points": [[0]]}, "points[0][1]", None),
    ({"points": [[0, "1"]]}, "points[0][1]", "1"),
    ({"points": [[0, True]]}, "points[0][1]", True),
    ({"points": [[1e7, 0]]}, "points[0][0]", 1e7),
    ({"points": ONE, "steps": -1}, "steps", -1),
    ({"points": ONE, "steps": 1_000_001}, "steps", 1_000_001),
    ({"points": ONE, "steps": 900_000, "experiment": {"network": {"hidden": [64] * 12}}}, "steps", 900_000),
    ({"points": ONE, "arrays": "json"}, "arrays", "json"),
    ({"points": ONE, "include": []}, "include", "[]"),
    ({"points": ONE, "experiment": {"data": {"samples": 1}}}, "data.samples", 1),
]


@pytest.mark.parametrize(("request_", "field", "value"), BAD, ids=[f"{field} {v}" for _, field, v in BAD])
def test_a_wrong_request_names_field_rule_and_value(client, request_, field, value):
    answer = client.post("/api/predictions", json=request_)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["rule"]
    assert value is None or error["value"] == value
