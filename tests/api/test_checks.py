"""``/api/checks``: somebody's own work beside the run's, over HTTP."""

import json

import numpy as np
import pytest

from tests.api.described import as_described
from tests.experiments import naive

SMALL = {"data": {"name": "moons", "samples": 20}, "init": {"method": "xavier"}}


def answer(client, path, **request):
    """The answer, which is as the description of the API has it."""
    response = client.post(f"/api/checks/{path}", json=request)
    assert response.status_code == 200, response.text
    told = json.loads(response.content)
    as_described(f"POST /api/checks/{path}", told)
    return told


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


OBSERVED = [
    SMALL,
    {**SMALL, "training": {"batch_size": 8, "l2": 0.3}},
    {"data": {"name": "blobs", "classes": 3}},
]


@pytest.mark.parametrize("experiment", OBSERVED, ids=["plain", "batches", "softmax"])
def test_what_the_api_itself_tells_is_right(client, experiment):
    request = {"experiment": experiment, "steps": [9], "include": ["parameters", "activations", "gradients"]}
    (told,) = client.post("/api/observations", json=request).json()["observations"]
    found = {
        "parameters": {f"{k}{l}": one[k] for l, one in enumerate(told["parameters"], 1) for k in ("W", "b")},
        "activations": {f"A{l}": one for l, one in enumerate(told["activations"], 1)},
        "gradients": {f"{k}{l}": one[k] for l, one in enumerate(told["gradients"], 1) for k in ("dW", "db")},
    }
    parts = [found, *({name: part} for name, part in found.items())]
    for part in parts:
        checked = answer(client, "gradients", experiment=experiment, steps=9, **part)
        assert checked["right"], checked["says"]
        assert checked["first"] is None
        flat = {row["name"] for row in checked["arrays"] if row["shape"] == "rank_1"}
        assert flat == {name for arrays in part.values() for name in arrays if "b" in name}


def test_parameters_that_are_not_the_runs_are_wrong(client):
    told = answer(client, "gradients", steps=5, parameters={"W1": [[9, 9]] * 4, "b1": [[0] * 4] * 4})
    assert (told["right"], told["first"]) == (False, "W1")
    assert [row["name"] for row in told["arrays"]] == ["W1", "b1"]
    assert told["arrays"][1]["cause"]["cause"] == "bias_broadcast"


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
        ({"parameters": {"W3": [[1, 2, 3]]}}, "parameters.W3"),
        ({"gradients": {"dA2": [[1]]}}, "gradients.dA2"),  # infinite where the output is 0 or 1
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
    lost = answer(client, "shapes", shapes={"b1": [4, 4], "db1": [4, 4]})
    assert "db has lost its keepdims" in says(lost, "b1")
    assert "it has lost its keepdims" in says(lost, "db1")


def test_examples_as_rows_are_recognized(client):
    told = answer(client, "shapes", sizes=[2, 3, 1], m=50, shapes={"X": [50, 2], "W1": [2, 3], "A1": [50, 3]})
    assert (told["layout"], told["right"]) == ("rows", True)
    assert "with examples as rows" in says(told, "A1")
    assert "as it is where examples are rows" in says(told, "W1")


@pytest.mark.parametrize(
    ("shapes", "right"),
    [
        ({"b1": [3], "db1": [1, 3], "b2": [1]}, True),
        ({"dW1": [3, 2], "W2": [1, 3]}, True),  # as /api/checks/gradients has it: W as in the course
        ({"W1": [2, 3], "W2": [1, 3]}, False),  # some this way and some that
        ({"Y": [50]}, False),
        ({"Z1": [3, 50]}, False),
        ({"dZ1": [50, 1]}, False),
    ],
)
def test_in_rows_what_is_consistent_is_right(client, shapes, right):
    told = answer(client, "shapes", sizes=[2, 3, 1], m=50, shapes={"A1": [50, 3], **shapes})
    assert told["right"] == right
    assert told["layout"] == ("columns" if "Z1" in shapes or "dZ1" in shapes else "rows")


def test_a_square_says_nothing_about_the_layout(client):
    told = answer(client, "shapes", sizes=[2, 3, 1], m=3, shapes={"A1": [3, 3], "X": [3, 2]})
    assert (told["layout"], told["right"]) == ("rows", True)


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


# --- costs --------------------------------------------------------------------------------------------------

NOTEBOOK = {"data": {"name": "moons", "samples": 60}, "init": {"scale": 0.3}}
EVERY = 20


def notebook(
    client, experiment=NOTEBOOK, slip=None, hidden=(4,), seed=2, scale=0.3, rate=1.2, l2=0.0, steps=200
):
    """What somebody's naive notebook prints, each 20 steps, with one thing otherwise."""
    data = experiment["data"]
    points = client.get("/api/datasets/moons", params={k: v for k, v in data.items() if k != "name"}).json()[
        "points"
    ]
    points = np.array(points)
    W, b = naive.drawn((2, *hidden, 1), seed, scale, slip)
    g = experiment.get("network", {}).get("activation", "tanh")
    costs = naive.train(W, b, points[:, :2].T, points[:, 2:].T, steps, g, rate, l2, slip)
    return [f"Cost after iteration {i}: {costs[i]:.6f}" for i in range(0, steps + 1, EVERY)]


def matched(client, lines, experiment=NOTEBOOK, **more):
    return answer(client, "costs", experiment=experiment, text="\n".join(lines), **more)


@pytest.mark.parametrize("g", ["tanh", "relu", "sigmoid"])
@pytest.mark.parametrize("hidden", [[4], [4, 3]])
def test_a_right_notebook_matches_to_every_digit(client, g, hidden):
    # Slowly: a run that swings magnifies the last digit of its sums.
    experiment = NOTEBOOK | {
        "network": {"hidden": hidden, "activation": g},
        "training": {"learning_rate": 0.3},
    }
    told = matched(client, notebook(client, experiment, hidden=hidden, rate=0.3), experiment)
    assert (told["right"], told["verdict"], told["first"], told["cause"]) == (True, "same", None, None)
    assert told["says"] == "All 11 costs are the same: your notebook computes this run."
    assert [row["step"] for row in told["rows"]] == list(range(0, 201, EVERY))


def test_a_list_of_costs_is_counted(client):
    costs = [float(line.split()[-1]) for line in notebook(client)]
    assert answer(client, "costs", experiment=NOTEBOOK, text=json.dumps(costs), record_every=EVERY)["right"]
    told = answer(client, "costs", experiment=NOTEBOOK, text=json.dumps(costs), record_every=100)
    assert told["first"] == 1
    assert told["cause"] is None  # 20 is not among the usual distances
    told = answer(client, "costs", experiment=NOTEBOOK, text=json.dumps(costs[::5]), record_every=1)
    assert told["cause"]["says"] == "Your costs are 100 steps apart."


PLANTED = {
    "another seed of the weights": ({"seed": 3}, "init_seed"),
    "last layer first": ({"slip": "last first"}, "order_of_draws"),
    "transposed draw": ({"slip": "transposed draw"}, "transposed_draw"),
    "biases drawn": ({"slip": "biases drawn"}, "biases_drawn"),
    "rand": ({"slip": "rand"}, "rand_for_randn"),
    "no scale": ({"scale": 1.0}, "scale_missing"),
    "a small scale": ({"scale": 0.01}, "scale"),
    "a small rate": ({"rate": 0.12}, "rate"),
    "another usual rate": ({"rate": 0.5}, "rate"),
    "after the update": ({"slip": "after"}, "after_update"),
    "a sum": ({"slip": "sum"}, "sum"),
    "halved": ({"slip": "halved"}, "cost_halved"),
    "base 2": ({"slip": "log2"}, "log_base"),
    "one term": ({"slip": "class 1 only"}, "class_1_only"),
    "minus": ({"slip": "minus"}, "cost_sign"),
    "1/m twice": ({"slip": "1/m twice"}, "gradient_1_m_twice"),
}


@pytest.mark.parametrize(("otherwise", "cause"), PLANTED.values(), ids=list(PLANTED))
def test_what_is_otherwise_in_a_notebook_is_named(client, otherwise, cause):
    told = matched(client, notebook(client, **otherwise))
    assert told["verdict"] == "different"
    assert told["cause"]["cause"] == cause, told["cause"]
    assert told["cause"]["rows"] == len(told["rows"])
    assert told["rows"][told["first"]]["same"] is False
    assert all(row["same"] for row in told["rows"][: told["first"]])


def test_other_points_are_named(client):
    told = matched(client, notebook(client, {"data": {"name": "moons", "samples": 60, "seed": 5}}))
    assert told["cause"]["says"] == "Your points are drawn with seed 5."


@pytest.mark.parametrize(
    ("otherwise", "cause"),
    [
        ({"slip": "no 1/m"}, "gradient_without_1_m"),
        ({"slip": "uphill"}, "gradient_sign"),
        ({"rate": 0.2}, "rate"),
    ],
)
def test_steps_that_are_too_large_or_lead_uphill_are_named(client, otherwise, cause):
    experiment = NOTEBOOK | {"training": {"learning_rate": 0.02}}
    told = matched(client, notebook(client, **{"rate": 0.02} | otherwise), experiment)
    assert told["cause"]["cause"] == cause


@pytest.mark.parametrize(
    ("slip", "l2", "cause"),
    [
        (None, 0.0, "l2_missing"),
        ("l2 not in cost", 0.7, "l2_not_in_cost"),
        ("no l2 in gradient", 0.7, "l2_not_in_gradient"),
    ],
)
def test_a_penalty_left_out_is_named(client, slip, l2, cause):
    experiment = NOTEBOOK | {"training": {"l2": 0.7}}
    assert matched(client, notebook(client, l2=0.7), experiment)["right"]
    told = matched(client, notebook(client, slip=slip, l2=l2), experiment)
    assert told["cause"]["cause"] == cause


def test_steps_counted_from_1_are_named(client):
    lines = [
        f"Cost after iteration {i + 1}: {line.split()[-1]}"
        for i, line in zip(range(0, 201, EVERY), notebook(client), strict=True)
    ]
    assert matched(client, lines)["cause"]["cause"] == "counted_from_1"


@pytest.mark.parametrize("slip", ["no slope", "other slope", "labels"])
def test_a_mistake_that_is_not_among_them_has_no_likely_cause(client, slip):
    told = matched(client, notebook(client, slip=slip))
    assert told["verdict"] == "different"
    assert told["cause"] is None
    assert told["also"] == []
    assert told["says"].endswith("No likely cause found.")


def test_a_cost_that_is_no_number_is_told_as_that(client):
    lines = notebook(client)
    told = matched(client, [*lines[:5], *(f"{line.split(':')[0]}: nan" for line in lines[5:])])
    assert (told["first"], told["cause"]["cause"]) == (5, "not_a_number")
    assert told["says"] == (
        "The first cost that differs is that of step 100. Your cost is not a number there: "
        "a logarithm of 0, or numbers that have grown too large."
    )


def test_too_few_digits_prove_nothing(client):
    lines = [line[:-4] for line in notebook(client, seed=3)][:3]  # two digits of three costs
    assert matched(client, lines)["cause"] is None


def test_a_run_that_rounding_parts_late_is_the_same_run(client):
    # lessons: the planar exercise at rate 2 rises first at step 816 or 807, as the sums are added up.
    experiment = {"training": {"learning_rate": 2.0}}
    blas = client.post(
        "/api/runs",
        json={"experiment": experiment | {"arithmetic": "blas"}, "steps": 1500, "record_every": 100},
    ).json()
    text = json.dumps([[row["step"], row["cost"]] for row in blas["history"]])
    told = answer(client, "costs", experiment=experiment, text=text)
    assert (told["verdict"], told["right"]) == ("rounding", True)
    assert 0 < told["rows"][told["first"]]["step"] <= 1500


def test_a_diverged_notebook_matches_a_run_that_diverges(client):
    experiment = {
        "network": {"activation": "leaky_relu"},
        "init": {"method": "he"},
        "training": {"learning_rate": 10},
    }
    run = client.post("/api/runs", json={"experiment": experiment, "steps": 3000, "record_every": 100}).json()
    assert run["status"] == "diverged"
    last = run["history"][-2]
    text = f"step {last['step']}: {last['cost']!r}\nstep 3000: nan"
    told = answer(client, "costs", experiment=experiment, text=text)
    assert told["right"]
    assert told["rows"][-1] | {"line": 2} == {
        "line": 2, "step": 3000, "text": "nan", "yours": None, "ours": None, "tolerance": 0.0, "same": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({}, "text"),
        ({"text": "nothing here"}, "text"),
        ({"text": 3}, "text"),
        ({"text": "0.6", "record_every": 0}, "record_every"),
        ({"text": "0.6 0.5", "record_every": 1_000_000}, "record_every"),
        ({"text": "step 900000: 0.6", "experiment": {"network": {"hidden": [64] * 6}}}, "text"),
        ({"text": "0.6", "steps": 3}, "steps"),
    ],
)
def test_costs_that_cannot_be_compared_are_refused_by_name(client, request_, field):
    assert field in refused(client, "costs", request_)
