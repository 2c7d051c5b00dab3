"""``POST /api/sweeps``: an experiment over a grid of values, told line by line."""

import base64
import http.client
import json

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.api.described import lines_as_described
from tests.serving import Server, eventually

SEEDS = {"field": "init.seed", "from": 0, "to": 3, "count": 4}


def post(client, status=200, **request):
    response = client.post("/api/sweeps", json=request)
    assert response.status_code == status, response.text
    if status != 200:
        return response.json()
    assert response.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in response.text.splitlines()]
    lines_as_described("POST /api/sweeps", lines)
    return lines


def runs(lines):
    return sorted((line for line in lines if line["type"] == "run"), key=lambda line: line["run"])


def refused(client, **request):
    told = post(client, 422, **request)
    return [(error["field"], error["rule"], error["value"]) for error in told["errors"]]


def test_every_run_is_that_of_the_api_to_the_last_digit(client):
    rates = {"field": "training.learning_rate", "values": [0.1, 1.2, 3]}
    lines = post(client, axes=[SEEDS, rates], steps=70)
    assert lines[0]["type"] == "sweep"
    assert lines[0]["axes"] == [
        {"field": "init.seed", "values": [0, 1, 2, 3]},
        {"field": "training.learning_rate", "values": [0.1, 1.2, 3]},
    ]
    found = runs(lines)
    assert [run["at"] for run in found] == [[i, j] for i in range(4) for j in range(3)]
    for run, (seed, rate) in zip(found, [(i, r) for i in range(4) for r in rates["values"]], strict=True):
        experiment = {"init": {"seed": seed}, "training": {"learning_rate": rate}}
        alone = client.post("/api/runs", json={"experiment": experiment, "steps": 70}).json()
        last = alone["history"][-1]
        assert (run["cost"], run["accuracy"], run["steps"]) == (last["cost"], last["accuracy"], 70)
        assert (run["status"], run["distinct"]) == ("completed", [4])


def test_the_table_has_every_run_in_its_order_with_its_values(client):
    method = {"field": "init.method", "values": ["zeros", "normal"]}
    lines = post(client, experiment={"data": {"validation": 0.25}}, axes=[method, SEEDS], steps=5)
    table = lines[-1]
    assert table["type"] == "table"
    assert table["columns"] == [
        *("run", "init.method", "init.seed", "status", "steps", "cost", "accuracy"),
        *("validation_cost", "validation_accuracy", "distinct"),
    ]
    assert [row[:3] for row in table["rows"]] == [
        [4 * i + j, name, j] for i, name in enumerate(["zeros", "normal"]) for j in range(4)
    ]
    # From zero weights and balanced classes the cost is ln 2 for ever, and all units are one.
    for row in table["rows"][:4]:
        assert row[5] == pytest.approx(np.log(2), abs=1e-15)
        assert row[-1] == [1]
    assert [row[5] for row in table["rows"]] == [run["cost"] for run in runs(lines)]


def test_progress_ends_at_the_number_of_runs(client):
    told = [line for line in post(client, axes=[SEEDS], steps=5) if line["type"] == "progress"]
    assert told[-1] == {"type": "progress", "runs": 4, "of": 4, "run_steps": 20}
    assert [line["runs"] for line in told] == sorted(line["runs"] for line in told)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_small_pictures_are_the_boundaries(client, classes):
    experiment = {"data": {"name": "blobs", "classes": classes}}
    first = runs(post(client, experiment=experiment, axes=[SEEDS], steps=50, include=["boundary"]))[2]
    picture = first["boundary"]
    assert (picture["dtype"], picture["shape"]) == ("u1", "40, 40")
    drawn = np.frombuffer(base64.b64decode(picture["bdata"]), np.uint8).reshape(40, 40)
    body = {"experiment": {**experiment, "init": {"seed": 2}}, "steps": 50, "include": ["boundary"]}
    full = np.array(client.post("/api/runs", json=body).json()["boundary"]["probability"])
    # The 40 x 40 centres lie between those of 100 x 100: cell 2 covers 5 to 7.5 of them.
    near = full[6::5][:20, 6::5] if classes == 2 else full[6::5, 6::5].argmax(axis=-1)[:20]
    mine = drawn[2::2, 2::2] / 254 if classes == 2 else drawn[2::2, 2::2]
    difference = np.abs(mine[: len(near), : near.shape[1]] - near[: len(mine), : mine.shape[1]])
    assert np.median(difference) < 0.02
    assert np.ptp(drawn) > 0


def test_values_from_one_end_to_the_other(client):
    axes = [
        {"field": "training.learning_rate", "from": 0.01, "to": 1, "count": 5, "spacing": "log"},
        {"field": "training.l2", "from": 0, "to": 1, "count": 3},
    ]
    told = post(client, axes=axes, steps=0)[0]["axes"]
    # Equal ratios of the square root of ten.
    assert told[0]["values"] == pytest.approx([0.01, 0.0316227766, 0.1, 0.316227766, 1], rel=1e-9)
    assert told[1]["values"] == [0, 0.5, 1]


def test_any_field_by_its_path(client):
    experiment = {
        "network": {"hidden": [4, 3]},
        "init": {"method": ["constant"] * 3, "scale": 0.5},
        "interventions": [{"step": 0, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": 0.1}}],
    }
    axes = [
        {"field": "network.hidden[1]", "values": [2, 5]},
        {"field": "interventions[0].nudge.by", "values": [0.0, 1e-3]},
        {"field": "init.method[0]", "values": ["constant", "he"]},
        {"field": "data.points", "values": [None, [[0, 0, 0], [1, 1, 1]]]},
    ]
    found = runs(post(client, experiment=experiment, axes=axes, steps=3))
    assert len(found) == 16
    assert {run["status"] for run in found} == {"completed"}
    # Without the nudge and with it; all equal, or of different weights.
    assert [run["distinct"][0] for run in found[:8:2]] == [1, 4, 2, 4]


def test_what_diverges_is_told_and_the_others_go_on(client):
    experiment = {
        "network": {"hidden": [16], "activation": "leaky_relu"},
        "init": {"method": "he"},
        "training": {"learning_rate": 10},
    }
    rates = {"field": "training.learning_rate", "values": [0.1, 10]}
    found = runs(post(client, experiment=experiment, axes=[SEEDS, rates], steps=700))
    for run in found:
        body = {"experiment": {**experiment, "init": {"method": "he", "seed": run["at"][0]}}, "steps": 700}
        body["experiment"]["training"] = {"learning_rate": rates["values"][run["at"][1]]}
        alone = client.post("/api/runs", json=body).json()
        assert run["status"] == alone["status"]
        assert run.get("diverged") == alone.get("diverged")
        assert run["cost"] == alone["history"][-1]["cost"]
    assert {run["status"] for run in found} == {"completed", "diverged"}


def test_combinations_that_cannot_be_are_told_as_refused_and_the_others_made(client):
    axes = [
        {"field": "data.classes", "values": [2, 3]},
        {"field": "training.loss", "values": ["cross_entropy", "squared_error"]},
    ]
    lines = post(client, experiment={"data": {"name": "blobs"}}, axes=axes, steps=2)
    found = runs(lines)
    assert [run["status"] for run in found] == ["completed"] * 3 + ["refused"]
    rule = "cross_entropy where there are more than two classes"
    assert found[3]["errors"] == [{"field": "training.loss", "rule": rule, "value": "squared_error"}]
    assert lines[-1]["rows"][3] == [3, 3, "squared_error", "refused", None, None, None, None]


def axis(field, *values):
    return {"field": field, "values": list(values)}


@pytest.mark.parametrize(
    ("request_", "field", "rule"),
    [
        ({"axes": [axis("init.seed", 1, -2)]}, "axes[0].values[1]", "from 0 to 4294967295, as init.seed"),
        ({"axes": [axis("init.seed", 1), axis("training.l2", 11)]}, "axes[1].values[0]", "from 0 to 10, as"),
        ({"axes": [axis("init.seed", "1")]}, "axes[0].values[0]", "a whole number"),
        ({"axes": [axis("init.seed", True)]}, "axes[0].values[0]", "a whole number"),
        ({"axes": [axis("network.hidden", [4], [65])]}, "axes[0].values[1]", "as network.hidden[0]"),
        ({"axes": [axis("init.sed", 1)]}, "axes[0].field", "the fields are method, scale"),
        ({"axes": [axis("seed", 1)]}, "axes[0].field", "the fields are data, network"),
        ({"axes": [axis("init..seed", 1)]}, "axes[0].field", "the path of a field"),
        ({"axes": [axis("init.seed.more", 1)]}, "axes[0].field", "a field that this experiment has"),
        ({"axes": [axis("network.hidden[1]", 1)]}, "axes[0].field", "a field that this experiment has"),
        ({"axes": [axis("init.seed", 1), axis("init.seed", 2)]}, "axes[1].field", "no other axis"),
        ({"axes": [axis("init", {}), axis("init.seed", 2)]}, "axes[1].field", "no other axis"),
        ({"axes": [{"field": "init.seed"}]}, "axes[0]", "either values, or from, to and count"),
        ({"axes": [{**SEEDS, "values": [1]}]}, "axes[0]", "either values, or from, to and count"),
        ({"axes": [{**SEEDS, "from": "0"}]}, "axes[0].from", "a number from -1000000000000 to"),
        ({"axes": [{**SEEDS, "low": 0}]}, "axes[0].low", "left out; the fields are field, values, from, to"),
        ({"axes": [{**SEEDS, "count": 1}]}, "axes[0].count", "from 2 to 10000"),
        ({"axes": [{**SEEDS, "to": 2}]}, "axes[0]", "a whole number from 0 to 4294967295, as init.seed"),
        ({"axes": [{**SEEDS, "spacing": "log"}]}, "axes[0].from", "above 0 where spacing is log"),
        ({"axes": [{**SEEDS, "spacing": "even"}]}, "axes[0].spacing", "one of linear, log"),
        ({"axes": []}, "axes", "a list of 1 to 4 items"),
        ({"axes": [SEEDS], "steps": -1}, "steps", "a whole number from 0 to 1000000"),
        ({"axes": [SEEDS], "include": ["weights"]}, "include[0]", "one of boundary"),
        ({"axes": [{**SEEDS, "to": 101, "count": 102}] * 2}, "axes", "at most 10000 runs in all"),
        (
            {"axes": [SEEDS], "experiment": {"network": {"hidden": [64] * 12}}, "steps": 10**6},
            "steps",
            "600 s",
        ),
        (
            {"axes": [axis("init.method", "explicit")]},
            "init.parameters",
            "given where init.method is explicit",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(client, request_, field, rule):
    [(named, said, value)] = refused(client, **request_)
    assert named == field
    assert rule in said
    assert value is not None or field == "init.parameters"


def test_own_points_bound_the_number_of_runs(client):
    points = [[i, i % 7, i % 2] for i in range(5_000)]
    axes = [{"field": "init.seed", "from": 0, "to": 999, "count": 1000}]
    [(field, rule, value)] = refused(client, experiment={"data": {"points": points}}, axes=axes, steps=1)
    assert (field, value) == ("axes", "1000 runs")
    assert rule == "at most 800 runs in all with 5000 points of your own"


def test_long_experiments_bound_the_number_of_runs(client):
    set_rate = [{"step": step, "set": {"learning_rate": 0.5}} for step in range(1_000)]
    axes = [{"field": "init.seed", "from": 0, "to": 9_999, "count": 10_000}]
    [(field, rule, value)] = refused(client, experiment={"interventions": set_rate}, axes=axes, steps=1)
    assert (field, value) == ("axes", "10000 runs")
    assert "of experiments that are" in rule


def test_the_settings_bound_a_sweep_and_places_are_counted():
    settings = Settings(workers=1, max_sweep_runs=3, max_runs=0)
    with TestClient(create_app(settings)) as small:
        assert refused(small, axes=[SEEDS])[0][1] == "at most 3 runs in all"
        told = post(small, 503, axes=[axis("init.seed", 1)])
        assert told["detail"].startswith("too many runs")


def test_who_leaves_ends_the_sweep():
    endless = {"axes": [{"field": "init.seed", "from": 0, "to": 39, "count": 40}], "steps": 200_000}
    with Server.start(
        PLAYGROUND_MAX_RUNS="1", PLAYGROUND_WORKERS="1", PLAYGROUND_MAX_SWEEP_SECONDS="1e9"
    ) as one:

        def another():
            return one.request("POST", "/api/sweeps", {"steps": 0})[0]

        connection = http.client.HTTPConnection("127.0.0.1", one.port, timeout=60)
        connection.request("POST", "/api/sweeps", json.dumps(endless))
        answer = connection.getresponse()
        assert json.loads(answer.readline())["type"] == "sweep"
        assert json.loads(answer.readline())["type"] == "progress"
        assert another() == 503  # the only place is taken
        answer.close()
        connection.close()
        assert eventually(lambda: another() == 200)
        # Nothing is left that computes: the only worker answers at once, and no error was logged.
        assert one.json("POST", "/api/runs", {"steps": 1})["steps"] == 1
        assert "Traceback" not in one.log


def test_it_is_described(client):
    described = client.get("/openapi.json").json()["paths"]["/api/sweeps"]["post"]
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"experiment", "axes", "steps", "include"}
    assert {"200", "400", "413", "422", "503"} <= set(described["responses"])
    assert list(described["responses"]["200"]["content"]) == ["application/x-ndjson"]
    parts = client.get("/openapi.json").json()["components"]["schemas"]["Axis"]["properties"]
    assert set(parts) == {"field", "values", "from", "to", "count", "spacing"}
