"""``/api/checks``: somebody's own work beside the run's, over HTTP."""

import json

import numpy as np
import pytest

SMALL = {"data": {"name": "moons", "samples": 20}, "init": {"method": "xavier"}}


def answer(client, path, **request):
    response = client.post(f"/api/checks/{path}", json=request)
    assert response.status_code == 200, response.text
    return json.loads(response.content)


def refused(client, path, request):
    response = client.post(f"/api/checks/{path}", json=request)
    assert response.status_code == 422, response.text
    return [error["field"] for error in response.json()["errors"]]


# --- gradients ----------------------------------------------------------------------------------------------


def test_the_runs_own_activations_are_right_at_any_step(client):
    request = {"experiment": SMALL, "steps": 7, "include": ["activations"]}
    run = client.post("/api/runs", json=request).json()
    A1, A2 = run["activations"]
    told = answer(client, "gradients", experiment=SMALL, steps=7, activations={"A1": A1, "A2": A2})
    assert (told["right"], told["first"], told["step"]) == (True, None, 7)
    assert max(row["relative_error"] for row in told["arrays"]) < 1e-14
    assert told["experiment"]["init"]["method"] == "xavier"
    told = answer(client, "gradients", experiment=SMALL, steps=6, activations={"A1": A1})
    assert told["first"] == "A1"
    assert told["arrays"][0]["cause"]["cause"] == "after_update"


def test_a_wrong_number_is_told_with_its_place_and_ours(client):
    run = client.post("/api/runs", json={"experiment": SMALL, "steps": 0, "include": ["activations"]}).json()
    A1 = run["activations"][0]
    largest = np.abs(A1).max()
    right, A1[2][5] = A1[2][5], 3.0
    told = answer(client, "gradients", experiment=SMALL, activations={"A1": A1})
    (row,) = told["arrays"]
    assert row["first_wrong"] == {"index": [2, 5], "yours": 3.0, "ours": pytest.approx(right, rel=1e-14)}
    assert row["relative_error"] == pytest.approx(abs(3.0 - right) / largest)
    assert told["says"] == "Look at A1 first: No likely cause found."
    assert told["tried"] > 20


def test_nothing_given_is_nothing_wrong(client):
    told = answer(client, "gradients")
    assert (told["right"], told["arrays"], told["says"]) == (True, [], "Nothing was given to check.")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"gradients": {"dW3": [[1]]}}, "gradients.dW3"),
        ({"gradients": {"dW1": "x"}}, "gradients.dW1"),
        ({"gradients": {"dW1": []}}, "gradients.dW1"),
        ({"gradients": {"dW1": [[1, 2], [3]]}}, "gradients.dW1[1]"),
        ({"gradients": {"dW1": [[1, 2], [3, None]]}}, "gradients.dW1[1][1]"),
        ({"gradients": {"db1": [True]}}, "gradients.db1[0]"),
        ({"gradients": {"db1": [10**400]}}, "gradients.db1[0]"),
        ({"gradients": [1]}, "gradients"),
        ({"activations": None}, "activations"),
        ({"activations": {"W1": [[1]]}}, "activations.W1"),
        ({"parameters": {"W1": [[1, 2, 3]]}}, "parameters.W1"),
        ({"parameters": {"b1": [[0] * 4] * 4}}, "parameters.b1"),
        ({"tolerance": 0}, "tolerance"),
        ({"steps": -1}, "steps"),
        ({"steps": 1_000_000, "experiment": {"network": {"hidden": [64] * 6}}}, "steps"),
        ({"step": 3}, "step"),
    ],
)
def test_bad_arrays_are_refused_by_name(client, request_, field):
    assert field in refused(client, "gradients", request_)


# --- shapes -------------------------------------------------------------------------------------------------


def says(told, name):
    return next(row for row in told["arrays"] if row["name"] == name)["says"]


def test_the_rules_are_the_courses(client):
    told = answer(client, "shapes", sizes=[2, 4, 1], m=400)
    assert told["rules"] == {
        "X": [2, 400], "Y": [1, 400],
        "W1": [4, 2], "b1": [4, 1], "Z1": [4, 400], "A1": [4, 400],
        "dZ1": [4, 400], "dA1": [4, 400], "dW1": [4, 2], "db1": [4, 1],
        "W2": [1, 4], "b2": [1, 1], "Z2": [1, 400], "A2": [1, 400],
        "dZ2": [1, 400], "dA2": [1, 400], "dW2": [1, 4], "db2": [1, 1],
    }  # fmt: skip
    assert told["right"]
    assert answer(client, "shapes")["rules"] == told["rules"]  # the default experiment has these sizes


def test_every_usual_slip_of_a_shape_is_named(client):
    shapes = {
        "W1": [2, 4], "b1": [4], "b2": [1, 1], "db1": [1, 400], "dZ2": [400, 400], "Y": [400],
        "dW2": [1, 4], "X": [2, 400],
    }  # fmt: skip
    told = answer(client, "shapes", shapes=shapes)
    kinds = {row["name"]: row["shape"] for row in told["arrays"]}
    assert kinds == {
        "W1": "transposed", "b1": "rank_1", "b2": "right", "db1": "other", "dZ2": "other", "Y": "rank_1",
        "dW2": "right", "X": "right",
    }  # fmt: skip
    assert told["layout"] == "columns"
    assert not told["right"]
    assert says(told, "W1") == "W1 is transposed: (2, 4) instead of (4, 2)."
    assert "rank-1 array (4,) instead of (4, 1)" in says(told, "b1")
    assert "keepdims=True" in says(told, "b1")
    assert "over the units" in says(told, "db1")
    assert "one of A and Y is transposed" in says(told, "dZ2")
    assert says(told, "X") == "X is (2, 400), as it should be."
    lost = answer(client, "shapes", shapes={"b1": [4, 4]})
    assert "db has lost its keepdims" in says(lost, "b1")


def test_examples_as_rows_are_recognized(client):
    told = answer(client, "shapes", sizes=[2, 3, 1], m=50, shapes={"X": [50, 2], "W1": [2, 3], "A1": [50, 3]})
    assert told["layout"] == "rows"
    assert "with examples as rows" in says(told, "A1")
    assert "as it is where examples are rows" in says(told, "W1")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"shapes": {"W3": [1]}}, "shapes.W3"),
        ({"shapes": {"W1": 3}}, "shapes.W1"),
        ({"shapes": {"W1": [1.0]}}, "shapes.W1"),
        ({"shapes": {"W1": [True]}}, "shapes.W1"),
        ({"shapes": {"W1": [1] * 5}}, "shapes.W1"),
        ({"sizes": [2]}, "sizes"),
        ({"m": 0}, "m"),
    ],
)
def test_bad_shapes_are_refused_by_name(client, request_, field):
    assert field in refused(client, "shapes", request_)
