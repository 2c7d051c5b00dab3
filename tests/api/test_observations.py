"""``POST /api/observations``: what a run is like at any steps."""

import json

import jsonschema_rs
import numpy as np
import pytest

from app.experiments.observations import PARTS
from app.experiments.run import advance, start
from app.experiments.schema import as_json, parse
from tests.api.test_kept_runs import as_lists
from tests.experiments import textbook

SPIRAL = {"data": {"name": "spiral", "classes": 3, "samples": 60}, "network": {"hidden": [5, 3]}}
SAME_AS_A_RUN = ["parameters", "symmetry", "boundary", "activations", "predictions"]
CHANGED = {
    "training": {"batch_size": 64, "l2": 0.3},
    "data": {"validation": 0.25, "standardize": True},
    "interventions": [
        {"step": 7, "edit": {"layer": 1, "unit": 0, "input": 1, "to": 5.0}},
        {"step": 7, "set": {"learning_rate": 0.25}},
        {"step": 9, "flip": {"layer": 1, "unit": 2}},
    ],
}


def observed(client, **request):
    response = client.post("/api/observations", json=request)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("experiment", [{}, SPIRAL, CHANGED], ids=["default", "three classes", "changed"])
def test_every_step_is_what_a_run_to_there_ends_with(client, experiment):
    told = observed(client, experiment=experiment, steps=[70, 0, 9, 70], include=SAME_AS_A_RUN)
    assert [seen["step"] for seen in told["observations"]] == [0, 9, 70]
    assert (told["status"], told["steps"], told["not_reached"]) == ("completed", 70, [])
    assert told["experiment"] == as_json(parse(json.dumps(experiment)))
    for seen in told["observations"]:
        run = client.post(
            "/api/runs", json={"experiment": experiment, "steps": seen["step"], "include": SAME_AS_A_RUN}
        ).json()
        entry = run["history"][-1]
        assert {name: seen[name] for name in entry} == entry
        assert {name: seen[name] for name in SAME_AS_A_RUN} == {name: run[name] for name in SAME_AS_A_RUN}
        assert seen["sentence"] == run["sentence"]
        assert set(seen) == {*entry, *SAME_AS_A_RUN, "sentence"}
    assert told["provenance"] == run["provenance"]


def test_the_state_is_that_of_the_functions_to_the_last_bit(client):
    experiment = parse(json.dumps(CHANGED))
    told = observed(client, experiment=CHANGED, steps=[123], include=["parameters"])
    state, _ = advance(experiment, start(experiment), 123)
    layers = textbook.layers(state.theta, experiment.sizes)
    assert told["observations"][0]["parameters"] == [
        {"W": W.tolist(), "b": b[:, 0].tolist()} for W, b in layers
    ]


def arrays(layers, *names):
    return [[np.array(layer[name]) for name in names] for layer in layers]


@pytest.mark.parametrize(
    ("experiment", "rate"),
    [
        ({}, 1.2),
        ({"training": {"batch_size": 48, "learning_rate": 0.4}}, 0.4),
        ({"training": {"batch_size": 150, "l2": 2.0, "learning_rate": 0.1}}, 0.1),
        ({**SPIRAL, "training": {"l2": 0.5, "learning_rate": 0.5}}, 0.5),
    ],
    ids=["whole", "batches", "batches and L2", "softmax and L2"],
)
def test_the_gradients_are_those_that_the_next_update_takes(client, experiment, rate):
    steps = [30, 31, 32]
    told = observed(client, experiment=experiment, steps=steps, include=["parameters", "gradients"])
    for now, after in zip(told["observations"], told["observations"][1:], strict=False):
        for (W, b), (dW, db), (W_next, b_next) in zip(
            arrays(now["parameters"], "W", "b"),
            arrays(now["gradients"], "dW", "db"),
            arrays(after["parameters"], "W", "b"),
            strict=True,
        ):
            np.testing.assert_allclose(W_next, W - rate * dW, rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(b_next, b - rate * db, rtol=1e-12, atol=1e-15)


def test_the_gradients_are_the_courses(client):
    experiment = {"network": {"hidden": [5, 3], "activation": ["relu", "tanh"]}, "init": {"method": "he"}}
    told = observed(client, experiment=experiment, steps=[40], include=["parameters", "gradients"])
    (seen,) = told["observations"]
    parameters = [(W, b[:, None]) for W, b in arrays(seen["parameters"], "W", "b")]
    X, Y = textbook.points(parse("{}"))
    expected = textbook.gradients(parameters, ["relu", "tanh"], X, Y)
    for (dW, db), (dW_course, db_course) in zip(arrays(seen["gradients"], "dW", "db"), expected, strict=True):
        np.testing.assert_allclose(dW, dW_course, rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(db, db_course[:, 0], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("classes", [2, 3])
def test_by_hand_over_all_points_comes_to_the_gradients_and_the_cost(client, classes):
    random = np.random.RandomState(4)
    points = [[float(x1), float(x2), i % classes] for i, (x1, x2) in enumerate(random.randn(30, 2))]
    experiment = {
        "data": {"points": points, "standardize": True},
        "network": {"hidden": [9, 7], "activation": ["tanh", "leaky_relu"], "features": ["x1*x2"]},
        "init": {"method": "xavier"},
    }
    include = ["by_hand", "gradients", "activations", "predictions", "parameters"]
    told = observed(client, experiment=experiment, steps=[25], include=include, points=points)
    (seen,) = told["observations"]
    assert [one["point"] for one in seen["by_hand"]] == points
    np.testing.assert_allclose(np.mean([one["loss"] for one in seen["by_hand"]]), seen["cost"], rtol=1e-12)
    assert [one["label"] for one in seen["by_hand"]] == seen["predictions"]["label"]
    for l, (dW, db) in enumerate(arrays(seen["gradients"], "dW", "db")):
        layers = [one["layers"][l] for one in seen["by_hand"]]
        np.testing.assert_allclose(np.mean([o["dW"] for o in layers], axis=0), dW, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(np.mean([o["db"] for o in layers], axis=0), db, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(np.transpose([o["A"] for o in layers]), seen["activations"][l], rtol=1e-12)
        assert np.shape(dW) == np.shape(layers[0]["dW"])
    one = seen["by_hand"][3]
    assert len(one["X"]) == 3  # x1, x2 and their product, normalized
    (W, b), *_ = arrays(seen["parameters"], "W", "b")
    np.testing.assert_allclose(one["layers"][0]["Z"], W @ one["X"] + b, rtol=1e-12)
    np.testing.assert_allclose(
        one["layers"][0]["slope"], 1 - np.square(one["layers"][0]["A"]), rtol=1e-9, atol=1e-15
    )
    assert one["layers"][-1]["slope"] is None
    probability = one["probability"]
    assert len(probability) == 3 if classes == 3 else 0 < probability < 1


def test_an_intervention_acts_before_its_step_is_observed(client):
    told = observed(client, experiment=CHANGED, steps=[6, 7, 8], include=["parameters"])
    weights = [seen["parameters"][0]["W"][0][1] for seen in told["observations"]]
    assert weights[0] != 5.0
    assert weights[1] == 5.0
    assert weights[2] != 5.0


def test_the_boundary_has_the_side_asked_for_and_arrays_may_be_typed(client):
    request = {"experiment": SPIRAL, "steps": [3, 11], "include": list(PARTS), "points": [[0.1, 0.2, 2]]}
    lists = observed(client, **request, side=20)
    assert np.shape(lists["observations"][1]["boundary"]["probability"]) == (20, 20, 3)
    assert as_lists(observed(client, **request, side=20, arrays="typed")) == lists
    fine = observed(client, **request, side=100)["observations"][1]["boundary"]
    coarse = lists["observations"][1]["boundary"]
    # A cell of 20 by 20 is 5 by 5 cells of 100 by 100, and its middle one has the same centre.
    np.testing.assert_allclose(coarse["x"], fine["x"][2::5], rtol=1e-12)
    np.testing.assert_allclose(
        coarse["probability"], np.array(fine["probability"])[2::5, 2::5], rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("form", ["lists", "typed"])
@pytest.mark.parametrize("experiment", [CHANGED, SPIRAL], ids=["two classes", "three classes"])
def test_an_observation_with_everything_is_as_described(client, experiment, form):
    schema = client.get("/openapi.json").json()
    answers = schema["paths"]["/api/observations"]["post"]["responses"]["200"]["content"]["application/json"]
    request = {"include": list(PARTS), "points": [[0.1, 0.2, 1]], "side": 5, "arrays": form}
    told = observed(client, experiment=experiment, steps=[0, 8], **request)
    validator = jsonschema_rs.Draft202012Validator({**answers["schema"], "components": schema["components"]})
    assert validator.is_valid(told)
    for name in ("gradients", "by_hand", "boundary"):
        broken = json.loads(json.dumps(told))
        broken["observations"][1][name] = "all of it"
        assert not validator.is_valid(broken)


def test_without_a_body_it_is_the_start_of_the_default_run(client):
    told = client.post("/api/observations").json()
    (seen,) = told["observations"]
    assert seen["step"] == 0
    assert round(seen["cost"], 6) == 0.693048


def test_steps_beyond_the_end_of_a_run_are_named(client):
    bursts = {
        "network": {"hidden": [8], "activation": "leaky_relu"},
        "init": {"method": "he"},
        "training": {"learning_rate": 10},
    }
    parts = {"include": ["gradients", "by_hand"], "points": [[1e6, -1e6, 0]]}
    told = observed(client, experiment=bursts, steps=[1, 100, 5_000, 6_000], **parts)
    assert told["status"] == "diverged"
    assert told["diverged"]["step"] == told["steps"] + 1
    assert [seen["step"] for seen in told["observations"]] == [1, 100]
    assert told["not_reached"] == [5_000, 6_000]
    last = observed(client, experiment=bursts, steps=[told["steps"]], **parts)
    assert [seen["step"] for seen in last["observations"]] == [told["steps"]]

    rests = {"network": {"hidden": []}, "training": {"stop_change": 1e-6}}
    told = observed(client, experiment=rests, steps=[3, 50_000])
    assert (told["status"], told["not_reached"]) == ("converged", [50_000])
    assert 3 < told["steps"] < 50_000


def test_the_same_observations_come_from_the_cache(client):
    request = {"steps": [4, 2], "include": ["symmetry"], "experiment": {"data": {"seed": 801}}}
    first = client.post("/api/observations", json=request)
    again = client.post("/api/observations", json={**request, "steps": [2, 4, 4], "side": 7})
    assert first.headers["cache-status"] == "PlanarPlayground; fwd=miss; stored"
    assert again.headers["cache-status"] == "PlanarPlayground; hit"
    assert again.content == first.content
    for other in ({"steps": [2]}, {"include": []}, {"arrays": "typed"}):
        answer = client.post("/api/observations", json={**request, **other})
        assert answer.headers["cache-status"] == "PlanarPlayground; fwd=miss; stored"


LARGE = {"network": {"hidden": [64] * 12}, "data": {"samples": 10_000}}
BAD = [
    ({"steps": []}, "steps", "[]"),
    ({"steps": 3}, "steps", 3),
    ({"steps": [-1]}, "steps[0]", -1),
    ({"steps": [1.5]}, "steps[0]", 1.5),
    ({"steps": [0, 1_000_001]}, "steps[1]", 1_000_001),
    ({"steps": list(range(101))}, "steps", None),
    ({"include": ["weights"]}, "include[0]", "weights"),
    ({"include": ["by_hand"]}, "points", "[]"),
    ({"points": [[0, 0, 0]]}, "points", "[[0.0, 0.0, 0]]"),
    ({"include": ["by_hand"], "points": [[0, 0]]}, "points[0][2]", None),
    ({"include": ["by_hand"], "points": [[0, 1e7, 0]]}, "points[0][1]", 1e7),
    ({"include": ["by_hand"], "points": [[0, 0, 1], [0, 0, 2]]}, "points[1][2]", 2),
    ({"include": ["by_hand"], "points": [[0, 0, 0]] * 101}, "points", None),
    ({"side": 1}, "side", 1),
    ({"side": 101}, "side", 101),
    ({"arrays": "base64"}, "arrays", "base64"),
    ({"record_every": 10}, "record_every", 10),
    ({"experiment": {"training": {"learning_rate": -3}}}, "training.learning_rate", -3),
    ({"experiment": LARGE, "steps": [100_000]}, "steps", 100_000),
    ({"experiment": {**LARGE, "training": {"batch_size": 1}}, "steps": list(range(100))}, "steps", 100),
    ({"experiment": LARGE, "include": ["activations"]}, "include", '["activations"]'),
    ({"steps": list(range(100)), "experiment": SPIRAL, "include": ["boundary"]}, "include", '["boundary"]'),
]


@pytest.mark.parametrize(("request_", "field", "value"), BAD, ids=[f"{field} {v}" for _, field, v in BAD])
def test_a_wrong_request_names_field_rule_and_value(client, request_, field, value):
    answer = client.post("/api/observations", json=request_)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["rule"]
    assert value is None or error["value"] == value
    assert len(str(error["value"])) <= 100
