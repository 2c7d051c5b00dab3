"""``POST /api/merges``: equal units made one."""

import pytest

EQUAL = {"init": {"method": "constant", "scale": 0.5}}


def post(client, status=200, **request):
    response = client.post("/api/merges", json=request)
    assert response.status_code == status, response.text
    return response.json()


def cost(client, experiment, steps=0):
    return client.post("/api/runs", json={"experiment": experiment, "steps": steps}).json()["history"][-1][
        "cost"
    ]


def test_both_answers_are_experiments_that_go_on_from_that_step(client):
    told = post(client, experiment=EQUAL, step=500, layer=1)
    assert told["units"] == [4, 1]
    assert told["step"] == 500
    assert 0 <= told["largest_change"] < 1e-14
    here = cost(client, EQUAL, 500)
    assert cost(client, told["before"]) == here
    assert cost(client, told["experiment"]) == pytest.approx(here, rel=1e-14)
    # From here on each at its own pace.
    assert cost(client, told["before"], 100) == cost(client, EQUAL, 600)
    assert cost(client, told["experiment"], 100) != pytest.approx(cost(client, EQUAL, 600), abs=1e-5)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"experiment": {}}, "layer"),  # four units that differ
        ({"experiment": EQUAL, "layer": 2}, "layer"),
        ({"experiment": EQUAL, "layer": 13}, "layer"),
        ({"experiment": {"network": {"hidden": []}}}, "layer"),
        ({"experiment": EQUAL, "step": -1}, "step"),
        ({"experiment": EQUAL, "step": "3"}, "step"),
        ({"experiment": {**EQUAL, "network": {"hidden": [64] * 12}}, "step": 1_000_000}, "step"),
        ({"experiment": EQUAL, "units": [1, 2]}, "units"),
    ],
)
def test_what_cannot_be_is_refused_by_field_rule_and_value(client, request_, field):
    told = post(client, 422, **request_)
    assert [error["field"] for error in told["errors"]] == [field]
    assert told["errors"][0]["rule"]


def test_it_is_described(client):
    described = client.get("/openapi.json").json()["paths"]["/api/merges"]["post"]
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"experiment", "step", "layer"}
    assert {"200", "400", "413", "422", "503"} <= set(described["responses"])
