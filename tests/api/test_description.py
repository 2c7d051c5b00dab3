"""The description of the API: every call has an example that works, and answers as the description says."""

import json

import pytest

from app.api.description import operations
from app.api.description.examples import EXAMPLES
from app.api.description.links import LINKS
from app.api.problems import MEDIA_TYPE
from tests.api.described import description, holds

DESCRIPTION = description()
CALLS = dict(operations(DESCRIPTION))


def test_every_call_has_an_example_and_every_example_is_of_a_call():
    # Add a line to app/api/description/examples.py.
    assert set(EXAMPLES) == set(CALLS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_works_and_its_answer_is_as_described(client, name):
    method, path = name.split()
    example = EXAMPLES[name]
    if example.body is not None:
        holds(CALLS[name]["requestBody"]["content"]["application/json"]["schema"], example.body)
    answer = client.request(method, example.address(path), json=example.body)
    assert answer.status_code == 200, answer.text[:500]
    kind = answer.headers["content-type"].partition(";")[0]
    content = CALLS[name]["responses"]["200"]["content"]
    assert kind in content
    assert content[kind]["schema"], "an answer in JSON has a schema: app/api/description/answers.py"
    if kind.endswith("json") and kind != "application/x-ndjson":
        holds(content[kind]["schema"], answer.json())


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_is_shown_as_openapi_has_it_and_whole(name):
    operation, example = CALLS[name], EXAMPLES[name]
    shown = {p["name"]: p["example"] for p in operation.get("parameters", []) if "example" in p}
    assert shown == {**example.path, **example.query}
    assert operation["x-example"]["address"] == example.address(name.split()[1])
    assert operation["x-example"].get("body") == example.body


@pytest.mark.parametrize("name", CALLS)
def test_every_error_is_a_problem_document(name):
    for status, response in CALLS[name]["responses"].items():
        if status >= "400":
            assert list(response["content"]) == [MEDIA_TYPE], status
            assert response["content"][MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}


@pytest.mark.parametrize("name", CALLS)
def test_what_any_call_may_answer_is_among_its_answers(name):
    assert {"403", "408", "421", "500"} <= set(CALLS[name]["responses"])


def test_what_no_call_answers_is_described_too():
    responses = DESCRIPTION["components"]["responses"]
    assert set(responses) == {"404", "405"}
    for response in responses.values():
        assert response["content"][MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert "Allow" in responses["405"]["headers"]
    for status in ("403", "404", "405", "408", "421", "500"):
        assert f"{status}:" in DESCRIPTION["info"]["description"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_headers_of_an_answer_are_described(client, name):
    method, path = name.split()
    answer = client.request(method, EXAMPLES[name].address(path), json=EXAMPLES[name].body)
    described = CALLS[name]["responses"]["200"].get("headers", {})
    for header, told in described.items():
        assert header in answer.headers or not told.get("required")
        if header in answer.headers:
            holds(told["schema"], answer.headers[header])
    ours = {"cache-status", "content-location", "etag", "retry-after"}
    assert ours & set(answer.headers) <= {header.lower() for header in described}


def test_headers_of_other_statuses_are_described():
    for name, operation in CALLS.items():
        if "503" in operation["responses"]:
            assert list(operation["responses"]["503"]["headers"]) == ["Retry-After"], name
    unchanged = CALLS["GET /api/runs"]["responses"]["304"]
    assert set(unchanged["headers"]) == {"Cache-Status", "ETag"}


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        ("POST /api/runs/stream", {"progress": {"step": 1}}),
        ("POST /api/runs/stream", {"type": "table"}),
        ("POST /api/sweeps", {"type": "run", "run": 0, "at": [0], "status": "completed"}),
        ("POST /api/sweeps", {"type": "other"}),
        ("POST /api/sweeps", {"problem": "none"}),
    ],
)
def test_a_line_that_is_none_is_not_described(call, wrong):
    schema = CALLS[call]["responses"]["200"]["content"]["application/x-ndjson"]["itemSchema"]
    with pytest.raises(ValueError, match="is not valid under any of the schemas"):
        holds(schema, wrong)


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("POST", "/api/runs", "{"),
        ("POST", "/api/runs", '{"experiment": {"training": {"learning_rate": -3}}}'),
        ("POST", "/api/runs", "[" * 100_000),
        ("GET", "/api/datasets/nowhere", None),
        ("GET", "/api/texts/xx", None),
        ("GET", "/nowhere", None),
        ("GET", "/api/nowhere", None),
        ("DELETE", "/api/runs", None),
    ],
)
def test_an_error_is_as_described(client, method, address, body):
    answer = client.request(method, address, content=body)
    assert answer.status_code >= 400
    assert answer.headers["content-type"] == MEDIA_TYPE
    holds(DESCRIPTION["components"]["schemas"]["Problem"], answer.json())


def test_every_part_that_is_referred_to_is_there():
    text = json.dumps(DESCRIPTION)
    named = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(DESCRIPTION["components"]["schemas"])


def test_a_name_in_a_path_is_one_of_those_there_are(client):
    for name, operation in CALLS.items():
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                assert parameter["schema"]["enum"], name
                assert EXAMPLES[name].path[parameter["name"]] in parameter["schema"]["enum"]


def taken(told, answer):
    """A part of a link, with what it takes from the answer in its place."""
    if isinstance(told, dict):
        return {name: taken(part, answer) for name, part in told.items()}
    if isinstance(told, list):
        return [taken(part, answer) for part in told]
    if isinstance(told, str) and told.startswith("$response.body#/"):
        for step in told.removeprefix("$response.body#/").split("/"):
            answer = answer[int(step) if isinstance(answer, list) else step]
        return answer
    return told


@pytest.mark.parametrize("link", LINKS, ids=lambda link: f"{link.start} {link.name}")
def test_a_link_leads_from_one_answer_to_the_next(client, link):
    method, path = link.start.split()
    example = EXAMPLES[link.start]
    first = client.request(method, example.address(path), json=example.body).json()
    told = CALLS[link.start]["responses"]["200"]["links"][link.name]
    assert told["operationId"] == CALLS[link.to]["operationId"]
    method, path = link.to.split()
    filled = {name.removeprefix("path."): v for name, v in taken(told.get("parameters", {}), first).items()}
    body = taken(told["requestBody"], first) if "requestBody" in told else None
    answer = client.request(method, path.format(**filled), json=body)
    assert answer.status_code == 200, answer.text[:500]


def test_every_field_has_its_rule_in_words():
    fields = DESCRIPTION["components"]["schemas"]["Training"]["properties"]
    assert fields["learning_rate"]["x-rule"] == "a number above 0 and at most 10"
    run = CALLS["POST /api/runs"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert run["include"]["x-rule"].startswith("a list of 0 to 6 items, each one of activations, boundary,")
    assert run["experiment"]["description"].startswith("Data, network, start")
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["properties"]
        for operation in CALLS.values()
        if "requestBody" in operation
    ]
    assert [name for body in bodies for name, field in body.items() if not field["x-rule"]] == []
