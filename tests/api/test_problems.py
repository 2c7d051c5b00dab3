"""Every error is a problem document, and the server goes on."""

import json

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings


def is_problem(response, status):
    """Assert the shape of RFC 9457, and give the document."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told = json.loads(response.text)
    assert set(told) == {"type", "title", "status", "detail", "errors"}
    assert told["type"] == "about:blank"
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    for error in told["errors"]:
        assert set(error) == {"field", "rule", "value"}
    return told


MALFORMED = {
    "half an object": b'{"experiment": {',
    "a trailing comma": b'{"steps": 3,}',
    "single quotes": b"{'steps': 3}",
    "no JSON at all": b"steps=3",
    "not UTF-8": b"\xff\xfe\x00",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "binary rubbish": bytes(range(256)),
    "sixty thousand brackets": b"[" * 60_000,
    "a number of ten thousand digits": b'{"steps": ' + b"9" * 10_000 + b"}",
    "half a surrogate pair": b'{"experiment": {"data": {"name": "\\ud800"}}}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed_json_is_400(client, body):
    told = is_problem(client.post("/api/runs", content=body), 400)
    assert told["detail"].startswith("this is not JSON: ")
    assert told["errors"] == []


@pytest.mark.parametrize("body", [b"[]", b"null", b"3", b'"x"', b"[[[[[]]]]]"])
def test_json_that_is_no_object_is_422(client, body):
    (error,) = is_problem(client.post("/api/runs", content=body), 422)["errors"]
    assert error["field"] == "the body"
    assert error["rule"].startswith("an object with experiment, steps")


def test_a_field_that_is_given_twice_is_refused_by_name(client):
    # Readers of JSON take the last: here half of the experiment would be lost without a word.
    body = b'{"experiment": {"training": {"l2": 1}, "training": {"learning_rate": 3}}, "steps": 5}'
    told = is_problem(client.post("/api/runs", content=body), 422)
    assert told["errors"] == [{"field": "training", "rule": "given once", "value": "2 times"}]
    assert told["detail"] == 'training must be given once; got "2 times"'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NaN", "nan"),
        ("Infinity", "inf"),
        ("-Infinity", "-inf"),
        ("1e999", "inf"),
        ("1e308", 1e308),
        ('"3"', "3"),
        ("true", True),
        ("9" * 300, "a very large number"),
        ("{}", "{}"),
    ],
)
def test_a_rate_that_is_none_is_422_and_told_as_json_can_say_it(client, text, value):
    body = '{"experiment": {"training": {"learning_rate": ' + text + "}}}"
    (error,) = is_problem(client.post("/api/runs", content=body), 422)["errors"]
    assert error["field"] == "training.learning_rate"
    assert "above 0 and at most 10" in error["rule"]
    assert error["value"] == value


def test_ten_megabytes_are_413(client):
    told = is_problem(client.post("/api/runs", content=b" " * 10_000_000), 413)
    assert "4000000 bytes" in told["detail"]


def test_ten_megabytes_in_pieces_of_unknown_number_are_413(client):
    is_problem(client.post("/api/runs", content=(b" " * 100_000 for _ in range(100))), 413)


def test_ten_megabytes_through_a_real_socket_are_413(server):
    status, headers, body = server.request("POST", "/api/runs", b" " * 10_000_000)
    assert status == 413
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == 413


@pytest.mark.parametrize(
    "path", ["/nothing", "/api", "/api/", "/api/nothing", "/api/runs/7", "/docs", "/redoc"]
)
def test_what_does_not_exist_is_404(client, path):
    is_problem(client.get(path), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/../app/main.py",
        "/%2e%2e/app/main.py",
        "/..%2fpyproject.toml",
        "/js/../../app/main.py",
        "//etc/passwd",
        "/%00",
        "/index.html/x",
    ],
)
def test_nothing_outside_the_page_is_served(client, path):
    assert client.get(path).status_code == 404


def test_the_path_of_a_server_without_files_cannot_be_left(server):
    for path in ("/../pyproject.toml", "/..%2fpyproject.toml", "/%2e%2e/%2e%2e/etc/passwd"):
        assert server.request("GET", path)[0] == 404


def test_an_unknown_data_set_is_404_and_lists_those_there_are(client):
    told = is_problem(client.get("/api/datasets/flowers"), 404)
    assert "flower, moons, circles, blobs, gaussian_quantiles, spiral, xor" in told["detail"]
    assert len(is_problem(client.get("/api/datasets/" + "x" * 5000), 404)["detail"]) < 400


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/runs", {"GET", "HEAD", "POST"}),
        ("DELETE", "/api/runs", {"GET", "HEAD", "POST"}),
        ("POST", "/api/health", {"GET", "HEAD"}),
        ("POST", "/api/catalog", {"GET", "HEAD"}),
        ("POST", "/api/datasets/flower", {"GET", "HEAD"}),
        ("PATCH", "/vendor/plotly.min.js", {"GET", "HEAD"}),
        ("POST", "/", {"GET", "HEAD"}),
        ("POST", "/v/0/js/main.js", {"GET", "HEAD"}),
        ("GET", "/api/points", {"POST"}),
    ],
)
def test_a_method_that_is_not_answered_is_405_and_says_which_is(client, method, path, allowed):
    response = client.request(method, path)
    is_problem(response, 405)
    assert {word.strip() for word in response.headers["allow"].split(",")} == allowed


QUERIES = [
    ("samples=1", "samples", 1),
    ("samples=-1", "samples", -1),
    ("samples=10001", "samples", 10001),
    ("samples=1000000000", "samples", 10**9),
    ("samples=many", "samples", "many"),
    ("samples=40.0", "samples", 40.0),
    ("samples=true", "samples", "true"),
    ("samples=", "samples", ""),
    ("samples=1_000", "samples", "1_000"),
    ("samples=" + "9" * 5000, "samples", None),
    ("noise=-0.1", "noise", -0.1),
    ("noise=nan", "noise", "nan"),
    ("noise=inf", "noise", "inf"),
    ("noise=1e308", "noise", 1e308),
    ("seed=-1", "seed", -1),
    ("seed=4294967296", "seed", 2**32),
    ("positive_fraction=0", "positive_fraction", 0),
    ("samples=4&positive_fraction=0.01", "positive_fraction", 0.01),
    ("factor=1", "factor", 1),
    ("format=xml", "format", "xml"),
    ("shape=round", "shape", "round"),
    ("samples=40&samples=50", "samples", '["40", "50"]'),
]


@pytest.mark.parametrize(("query", "field", "value"), QUERIES, ids=[q[:30] for q, *_ in QUERIES])
def test_a_wrong_query_names_field_rule_and_value(client, query, field, value):
    (error,) = is_problem(client.get(f"/api/datasets/flower?{query}"), 422)["errors"]
    assert error["field"] == field
    assert value is None or error["value"] == value
    assert len(str(error["value"])) <= 100


def test_a_host_that_is_not_ours_is_421_and_a_problem():
    strict = create_app(Settings(workers=1, allowed_hosts="playground.example, *.school.example"))
    with TestClient(strict) as client:
        for host in ("playground.example", "playground.example:8000", "a.school.example"):
            assert client.get("/api/health", headers={"host": host}).status_code == 200
        for host in ("evil.example", "school.example", "playground.example.evil.example", ""):
            refused = client.get("/api/health", headers={"host": host})
            assert refused.status_code == 421
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json()["detail"] == "this server does not answer to this host name"
            assert refused.headers["x-content-type-options"] == "nosniff"


def test_a_fault_of_the_server_is_500_without_its_inside(client, monkeypatch):
    def fails(*_):
        raise RuntimeError("secret inside")

    monkeypatch.setattr("app.api.health.JSONResponse", fails)
    told = is_problem(client.get("/api/health"), 500)
    assert "secret" not in json.dumps(told)
    monkeypatch.undo()
    assert client.get("/api/health").status_code == 200


def test_workers_that_fail_are_503_with_the_time_to_try_again(client, monkeypatch):
    from app.compute.pool import ComputeError

    async def fails(*_, **__):
        raise ComputeError("the computation could not be finished")

    monkeypatch.setattr(client.app.state.pool, "call", fails)
    new = {"experiment": {"data": {"seed": 77}}}  # no answer is kept of it
    for response in (client.post("/api/runs", json=new), client.get("/api/datasets/moons")):
        told = is_problem(response, 503)
        assert int(response.headers["retry-after"]) >= 1
        assert "try again" in told["detail"]


def test_more_runs_than_allowed_are_503():
    full = TestClient(create_app(Settings(max_runs=0)))
    response = full.post("/api/runs", json={"steps": 1})
    is_problem(response, 503)
    assert int(response.headers["retry-after"]) >= 1


def test_after_all_of_that_the_server_goes_on(client):
    assert client.post("/api/runs", json={"steps": 1}).status_code == 200
    assert client.app.state.runs == 0
