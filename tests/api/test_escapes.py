"""``POST /api/escapes``: the predicted growth of a nudge."""

import math

import pytest

CIRCLES = {"data": {"name": "circles"}, "init": {"method": "constant", "scale": 0.5}}


def nudged(by=1e-8, step=0, **parts):
    nudge = {"step": step, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": by}}
    return {**CIRCLES, "interventions": [nudge], **parts}


def post(client, status=200, **request):
    response = client.post("/api/escapes", json=request)
    assert response.status_code == status, response.text
    return response.json()


def test_it_lies_on_the_real_run_as_long_as_it_is_small(client):
    told = post(client, experiment=nudged(), steps=1000)
    assert told["step"] == list(range(1001))
    assert told["stored"] == [pytest.approx(1e-8, rel=1e-7)]
    assert told["valid_until"] is None
    asked = {"experiment": nudged(), "include": ["symmetry"]}
    for step in (0, 250, 1000):
        real = client.post("/api/runs", json={**asked, "steps": step}).json()["symmetry"][0]["spread"]
        assert told["predicted"]["1"][step] == pytest.approx(real, rel=1e-3)


def test_it_ends_where_the_deviation_is_small_no_longer(client):
    told = post(client, experiment=nudged())
    assert told["valid_until"] < 2000
    assert told["step"][-1] < told["valid_until"] <= told["step"][-1] + 5
    assert len(told["step"]) == len(told["predicted"]["1"]) == len(told["doubling_steps"])
    # A factor of 100 costs 400 to 500 steps: doubling takes 60 to 75 of them, on the whole.
    doubling = [steps for steps in told["doubling_steps"] if steps]
    assert 60 < sorted(doubling)[len(doubling) // 2] < 75


def test_one_layer_of_several(client):
    experiment = nudged(network={"hidden": [3, 2]})
    assert list(post(client, experiment=experiment, steps=5)["predicted"]) == ["1", "2"]
    assert list(post(client, experiment=experiment, steps=5, layer=2)["predicted"]) == ["2"]


def test_a_nudge_after_a_long_run_is_predicted_from_there(client):
    told = post(client, experiment=nudged(step=3000), steps=10)
    assert told["step"] == list(range(3000, 3011))
    assert all(math.isfinite(value) for value in told["predicted"]["1"])


def test_of_a_large_network_fewer_steps_are_predicted_unless_more_are_asked_for(client):
    experiment = nudged(network={"hidden": [64] * 6}, data={"name": "circles", "samples": 1000})
    told = post(client, experiment=experiment)
    assert 1 <= told["step"][-1] < 5000
    assert told["valid_until"] is None


def test_a_run_that_is_over_before_its_nudge_has_no_prediction(client):
    training = {"stop_change": 0.9}
    told = post(client, experiment=nudged(step=50, training=training), steps=10)
    assert told["step"] == told["predicted"]["1"] == told["stored"] == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"experiment": CIRCLES}, "interventions"),
        ({"experiment": nudged(training={"optimizer": "adam"})}, "training.optimizer"),
        ({"experiment": nudged(), "layer": 2}, "layer"),
        ({"experiment": nudged(), "layer": 0}, "layer"),
        ({"experiment": nudged(), "steps": 0}, "steps"),
        ({"experiment": nudged(), "steps": 100_001}, "steps"),
        ({"experiment": nudged(), "steps": 10.5}, "steps"),
        ({"experiment": nudged(), "step": 3}, "step"),
        ({"experiment": nudged(network={"hidden": [64] * 12}), "steps": 100_000}, "steps"),
        ({"experiment": nudged(step=1_000_000, network={"hidden": [64] * 12})}, "interventions"),
    ],
)
def test_what_cannot_be_is_refused_by_field_rule_and_value(client, request_, field):
    told = post(client, 422, **request_)
    assert [error["field"] for error in told["errors"]] == [field]
    assert told["errors"][0]["rule"]


def test_it_is_described(client):
    described = client.get("/openapi.json").json()["paths"]["/api/escapes"]["post"]
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"experiment", "layer", "steps"}
    assert {"200", "400", "413", "422", "503"} <= set(described["responses"])
