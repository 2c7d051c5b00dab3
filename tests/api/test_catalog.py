"""The catalog and the description of the API: everything there is, and nothing that is not."""

import json
import re

import pytest

from app.api import catalog as wiring
from app.experiments.answers import INCLUDES
from app.experiments.check import completed
from app.experiments.experiment import Experiment
from app.experiments.schema import as_json, parse
from tests.experiments.test_experiment import CONTRACT

METHODS = ["zeros", "constant", "normal", "uniform", "positive_uniform", "xavier", "glorot", "he"]


@pytest.fixture(scope="module")
def told(client):
    response = client.get("/api/catalog")
    assert response.status_code == 200
    return response.json()


@pytest.fixture(scope="module")
def description(client):
    return client.get("/openapi.json").json()


def test_every_name_of_the_contract_is_a_row(told):
    def names(table):
        return [row["name"] for row in told[table]]

    assert names("datasets") == ["flower", "moons", "circles", "blobs", "gaussian_quantiles", "spiral", "xor"]
    assert sorted(names("activations")) == ["leaky_relu", "linear", "relu", "sigmoid", "tanh"]
    assert sorted(names("initializers")) == sorted(METHODS)
    assert "gd" in names("optimizers")
    assert "cross_entropy" in names("losses")


@pytest.mark.parametrize("table", sorted(wiring.TABLES))
def test_every_row_of_every_table_is_told_with_all_that_json_can_say(told, table):
    rows = wiring.TABLES[table]
    assert [row["name"] for row in told[table]] == list(rows)
    for row in told[table]:
        assert row["title"]
        for name, value in vars(rows[row["name"]]).items():
            if isinstance(value, Experiment):
                assert parse(json.dumps(row[name])) == completed(value)
            elif not callable(value):
                assert row[name] == json.loads(json.dumps(value))


def test_formulas_and_derivatives_are_mathml_that_can_be_read(told):
    from xml.etree import ElementTree

    formulas = [
        row[key]
        for table in wiring.TABLES
        for row in told[table]
        for key in ("formula", "derivative")
        if key in row
    ]
    assert len(formulas) >= 5 * 2 + len(METHODS) + 2
    for formula in formulas:
        assert ElementTree.fromstring(formula).tag == "math"


def test_the_defaults_are_the_contracts(told):
    assert told["defaults"] == json.loads(CONTRACT)


def test_every_field_of_the_defaults_is_documented_with_its_rule(told):
    for section, value in told["defaults"].items():
        assert told["fields"]["experiment"][section]["rule"]
        if isinstance(value, dict):
            assert set(told["fields"][section]) == set(value)
            for name, entry in told["fields"][section].items():
                assert entry["rule"], name
                assert entry["about"], name
    for change in ("set", "nudge", "edit", "permute", "flip"):
        assert all(entry["rule"] and entry["about"] for entry in told["fields"][change].values())
    assert set(told["fields"]["intervention"]) == {"step", "set", "nudge", "edit", "permute", "flip"}


@pytest.mark.parametrize("section", ["data", "network", "init", "training"])
def test_a_range_that_is_told_is_the_range_that_is_held(told, section):
    from app.experiments.check import ExperimentError

    checked = 0
    for name, entry in told["fields"][section].items():
        if "low" not in entry or entry["rule"].startswith(("a list", "one of")):
            continue
        checked += 1
        beyond = entry["high"] + 1, entry["low"] - 1
        for value in beyond:
            with pytest.raises(ExperimentError, match=name):
                parse(json.dumps({section: {name: value}}))
        inside = entry["low"] + 1 if "whole number" in entry["rule"] else (entry["low"] + entry["high"]) / 2
        elsewhere = {"name": "blobs"} if name == "classes" else {}  # where there may be more than two
        parse(json.dumps({section: {**elsewhere, name: inside}}))
    assert checked >= {"data": 3, "network": 1, "init": 2, "training": 5}[section]


def test_limits_and_parts_are_told(client, told):
    assert told["limits"] == {"steps": 1_000_000, "history": 20_000, "lanes": 2, "run_seconds": 60.0}
    assert told["includes"] == list(INCLUDES)
    assert sorted(told["formats"]) == ["csv", "json", "npz"]
    assert told["sentences"]


def test_the_health_says_that_it_can_serve(client):
    response = client.get("/api/health")
    assert response.status_code == 200
    told = response.json()
    assert told["status"] == "ok"
    assert told["workers"] == 2


# --- the description ----------------------------------------------------------------------------------------


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolved(description, reference):
    assert reference.startswith("#/")
    found = description
    for part in reference[2:].split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def test_every_reference_of_the_description_leads_somewhere(description):
    found = list(references(description))
    assert found
    for reference in found:
        assert isinstance(resolved(description, reference), dict)


def test_the_description_is_openapi(description):
    assert re.fullmatch(r"3\.1\.\d+", description["openapi"])
    assert description["info"]["title"] == "Planar Playground"
    assert description["info"]["version"]
    assert set(description["paths"]) == {
        "/api/health",
        "/api/catalog",
        "/api/checks/costs",
        "/api/checks/gradients",
        "/api/checks/shapes",
        "/api/datasets/{name}",
        "/api/escapes",
        "/api/exports/{form}",
        "/api/figures/{kind}",
        "/api/lessons",
        "/api/loops",
        "/api/merges",
        "/api/observations",
        "/api/points",
        "/api/predictions",
        "/api/qr",
        "/api/ready",
        "/api/runs",
        "/api/runs/stream",
        "/api/sweeps",
        "/api/texts/{language}",
    }
    for path, operations in description["paths"].items():
        assert path.startswith("/")
        for method, operation in operations.items():
            assert method in {"get", "post"}
            assert operation["description"]
            assert "200" in operation["responses"]
            for status, response in operation["responses"].items():
                assert re.fullmatch(r"[1-5]\d\d", status)
                assert response["description"]
                assert all("schema" in content for content in response.get("content", {}).values())
            named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path))
            for parameter in operation.get("parameters", []):
                assert parameter["in"] in {"path", "query"}
                assert parameter["required"] or parameter["in"] == "query"
                assert "schema" in parameter
    identifiers = [o["operationId"] for ops in description["paths"].values() for o in ops.values()]
    assert len(set(identifiers)) == len(identifiers)


def test_every_error_an_operation_gives_is_described_as_a_problem(description):
    expected = {
        ("/api/runs", "post"): {"400", "413", "422", "503"},
        ("/api/datasets/{name}", "get"): {"404", "422", "503"},
    }
    for (path, method), statuses in expected.items():
        responses = description["paths"][path][method]["responses"]
        assert statuses <= set(responses)
        for status in statuses:
            assert list(responses[status]["content"]) == ["application/problem+json"]


def schema_of(description, schema):
    return resolved(description, schema["$ref"]) if "$ref" in schema else schema


def test_the_body_of_a_run_is_described_down_to_its_fields(description):
    operation = description["paths"]["/api/runs"]["post"]
    body = schema_of(description, operation["requestBody"]["content"]["application/json"]["schema"])
    assert set(body["properties"]) == {"experiment", "steps", "record_every", "include", "arrays"}
    assert body["additionalProperties"] is False
    experiment = schema_of(description, body["properties"]["experiment"])
    told = as_json(Experiment())
    assert set(experiment["properties"]) == set(told)
    training = schema_of(description, experiment["properties"]["training"])
    assert set(training["properties"]) == set(told["training"])
    rate = training["properties"]["learning_rate"]
    assert (rate["exclusiveMinimum"], rate["maximum"], rate["default"]) == (0, 10, 1.2)
    names = schema_of(description, experiment["properties"]["data"])["properties"]["name"]
    assert names["enum"] == ["flower", "moons", "circles", "blobs", "gaussian_quantiles", "spiral", "xor"]


def test_the_query_of_a_data_set_is_described(description):
    parameters = {p["name"]: p for p in description["paths"]["/api/datasets/{name}"]["get"]["parameters"]}
    of_the_set = {"samples", "noise", "seed", "positive_fraction", "classes", "factor", "stretch"}
    assert set(parameters) == {"name", "format", *of_the_set}
    assert parameters["samples"]["schema"]["maximum"] == 10_000
    assert parameters["format"]["schema"]["enum"] == ["json", "csv", "npz"]


def test_every_field_of_a_body_and_of_a_query_says_what_it_is_about(description):
    def said(schema):
        if "$ref" in schema:
            return resolved(description, schema["$ref"]).get("description")
        return schema.get("description") or next(filter(None, map(said, schema.get("anyOf", []))), None)

    bodies = [
        schema_of(description, operation["requestBody"]["content"]["application/json"]["schema"])
        for operations in description["paths"].values()
        for operation in operations.values()
        if "requestBody" in operation
    ]
    models = [*bodies, *description["components"]["schemas"].values()]
    mute = [
        f"{model['title']}.{name}"
        for model in models
        if "title" in model  # what is read; what is answered is in app/api/description/answers.py
        for name, schema in model.get("properties", {}).items()
        if not said(schema)
    ]
    parameters = [
        parameter["name"]
        for operations in description["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and not said(parameter["schema"])
    ]
    assert (mute, parameters) == ([], [])
    assert len(models) > 15
