"""``GET /api/runs``, the cache that it shares with ``POST``, and typed arrays."""

import base64
import json

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.experiments.answers import INCLUDES
from app.experiments.schema import parse, to_fragment
from app.main import create_app
from app.settings import Settings

MOONS = {"data": {"name": "moons", "seed": 91}, "init": {"method": "he"}}
SPIRAL = {"data": {"name": "spiral", "classes": 3, "samples": 60, "seed": 92}, "network": {"hidden": [5, 3]}}


def fragment(experiment):
    return to_fragment(parse(json.dumps(experiment)))


def status_of(response):
    return response.headers["cache-status"]


def decoded(value):
    """What plotly.js reads out of a typed array."""
    dtype = np.dtype(value["dtype"]).newbyteorder("<")
    shape = [int(length) for length in value["shape"].split(", ")]
    return np.frombuffer(base64.b64decode(value["bdata"]), dtype).reshape(shape)


def as_lists(value):
    """An answer with every typed array read."""
    if isinstance(value, dict):
        typed = set(value) == {"dtype", "bdata", "shape"}
        return decoded(value).tolist() if typed else {name: as_lists(v) for name, v in value.items()}
    return [as_lists(item) for item in value] if isinstance(value, list) else value


# --- typed arrays -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("experiment", [MOONS, SPIRAL], ids=["two classes", "three classes"])
def test_typed_arrays_hold_the_numbers_of_the_lists_to_the_last_bit(client, experiment):
    request = {"experiment": experiment, "steps": 50, "include": list(INCLUDES)}
    lists = client.post("/api/runs", json=request).json()
    response = client.post("/api/runs", json={**request, "arrays": "typed"})
    typed = response.json()
    assert as_lists(typed) == lists
    assert set(typed["boundary"]["probability"]) == {"dtype", "bdata", "shape"}
    assert typed["boundary"]["x"]["shape"] == "100"
    assert typed["predictions"]["label"]["dtype"] == "u1"
    for layer, told in zip(lists["parameters"], typed["parameters"], strict=True):
        assert told["W"]["shape"] == f"{len(layer['W'])}, {len(layer['W'][0])}"


def test_plotly_takes_the_typed_boundary_as_it_is(client):
    import plotly.graph_objects as go

    request = {"experiment": MOONS, "steps": 5, "include": ["boundary"]}
    boundary = client.post("/api/runs", json={**request, "arrays": "typed"}).json()["boundary"]
    lists = client.post("/api/runs", json=request).json()["boundary"]
    figure = go.Figure(go.Heatmap(x=boundary["x"], y=boundary["y"], z=boundary["probability"]))
    drawn = json.loads(figure.to_json())["data"][0]
    assert decoded(drawn["z"]).tolist() == lists["probability"]


# --- the same run at an address -----------------------------------------------------------------------------


def test_the_address_has_the_bytes_of_the_post(client):
    for arrays in ("lists", "typed"):
        include = ["predictions", "parameters"]
        posted = client.post(
            "/api/runs",
            json={
                "experiment": SPIRAL,
                "steps": 70,
                "record_every": 30,
                "include": include,
                "arrays": arrays,
            },
        )
        query = {"experiment": fragment(SPIRAL), "steps": 70, "record_every": 30, "arrays": arrays}
        got = client.get("/api/runs", params={**query, "include": ",".join(include)})
        assert got.content == posted.content
        assert got.headers["content-type"] == "application/json"
        assert status_of(posted) == "PlanarPlayground; fwd=miss; stored"
        assert status_of(got) == "PlanarPlayground; hit"


def test_a_post_says_at_what_address_its_answer_is(client):
    request = {"experiment": SPIRAL, "steps": 33, "include": ["symmetry", "parameters"], "arrays": "typed"}
    posted = client.post("/api/runs", json=request)
    got = client.get(posted.headers["content-location"])
    assert got.content == posted.content
    assert status_of(got) == "PlanarPlayground; hit"
    points = [[i / 7, i / 9, i % 2] for i in range(300)]
    own = client.post("/api/runs", json={"experiment": {"data": {"points": points}}, "steps": 1})
    assert own.status_code == 200
    assert "content-location" not in own.headers


def test_an_address_without_a_query_is_the_default_run(client):
    got = client.get("/api/runs").json()
    assert got == client.post("/api/runs").json()
    assert got["steps"] == 10_000
    assert client.get("/api/runs", params={"experiment": fragment({})}).json() == got


def test_what_means_the_same_is_one_answer(client):
    def post(experiment, include):
        request = {"experiment": experiment, "steps": 40, "include": include}
        return client.post("/api/runs", json=request)

    short = {"data": {"seed": 93}}
    long = parse(json.dumps(short))
    written = post(short, ["symmetry", "parameters"])
    assert status_of(written) == "PlanarPlayground; fwd=miss; stored"
    for experiment in (short, {"data": {"seed": 93, "samples": 400, "noise": 0.2}, "arithmetic": "exact"}):
        again = post(experiment, ["parameters", "symmetry", "parameters"])
        assert status_of(again) == "PlanarPlayground; hit"
        assert again.content == written.content
    assert long.data.noise == 0.2


def test_the_tag_is_that_of_what_was_asked(client):
    def tag(**query):
        return client.get("/api/runs", params={"steps": 3, "experiment": fragment(MOONS), **query}).headers[
            "etag"
        ]

    tags = [
        tag(),
        tag(steps=4),
        tag(record_every=2),
        tag(include="symmetry"),
        tag(arrays="typed"),
        tag(experiment=fragment({})),
    ]
    assert len(set(tags)) == len(tags)
    assert tag() == tags[0]
    assert tag(include="symmetry,boundary") == tag(include="boundary,symmetry")
    assert all(t.startswith('"') and t.endswith('"') for t in tags)


@pytest.mark.parametrize("name", ["numpy", "planar_playground", "platform"])
def test_another_version_or_platform_has_another_tag(client, monkeypatch, name):
    from app.api import kept

    query = {"experiment": fragment(MOONS), "steps": 2}
    before = client.get("/api/runs", params=query).headers["etag"]
    machine = [{**kept.provenance(), name: "another"}, *kept._machine()[1:]]
    monkeypatch.setattr("app.api.kept._machine", lambda: machine)
    after = client.get("/api/runs", params=query, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.headers["etag"] != before


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*", 'W/"other" , {} '])
def test_who_has_it_is_told_so_without_computing(client, monkeypatch, form):
    query = {"experiment": fragment(MOONS), "steps": 61}
    tag = client.get("/api/runs", params=query).headers["etag"]

    async def fails(*_):
        raise AssertionError("nothing is to be computed")

    monkeypatch.setattr(client.app.state.answers, "of", fails)
    answer = client.get("/api/runs", params=query, headers={"If-None-Match": form.format(tag)})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert status_of(answer).startswith("PlanarPlayground; hit")
    assert client.get("/api/runs", params=query, headers={"If-None-Match": '"other"'}).status_code == 500


def bad(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


BAD_QUERIES = [
    ({"experiment": "!!"}, "experiment", "!!"),
    ({"experiment": "a"}, "experiment", "a"),
    ({"experiment": "12"}, "experiment", "12"),
    ({"experiment": "e30@500"}, "experiment", "e30@500"),
    ({"experiment": "e30~e30"}, "experiment", "e30~e30"),
    ({"experiment": bad("{")}, "experiment", bad("{")),
    ({"experiment": bad('{"data": {"samples": 1}}')}, "data.samples", 1),
    ({"experiment": bad('{"colour": 1}')}, "colour", 1),
    ({"experiment": bad('{"training": {"learning_rate": "3"}}')}, "training.learning_rate", "3"),
    ({"experiment": bad('{"network": {"activation": ["tanh", "relu"]}}')}, "network.activation", None),
    ({"experiment": "W10"}, "experiment", "[]"),  # [] in base64url
    ({"steps": "many"}, "steps", "many"),
    ({"steps": -1}, "steps", -1),
    ({"steps": 1_000_001}, "steps", 1_000_001),
    ({"record_every": 0}, "record_every", 0),
    ({"steps": 20_000, "record_every": 1}, "record_every", 1),
    ({"include": "weights"}, "include", "weights"),
    ({"include": "boundary,weights"}, "include", "boundary,weights"),
    ({"include": "boundary,"}, "include", "boundary,"),
    ({"steps": [1, 2]}, "steps", '["1", "2"]'),
    ({"include": ["symmetry", "boundary"]}, "include", '["symmetry", "boundary"]'),
    ({"include": "boundary parameters"}, "include", "boundary parameters"),
    ({"arrays": "float32"}, "arrays", "float32"),
    ({"step": 3}, "step", 3),
    ({"experiment": fragment({"network": {"hidden": [64] * 12}}), "steps": 1_000_000}, "steps", 1_000_000),
]


@pytest.mark.parametrize(("query", "field", "value"), BAD_QUERIES, ids=[str(q)[:60] for q, *_ in BAD_QUERIES])
def test_a_bad_address_names_field_rule_and_value(client, query, field, value):
    answer = client.get("/api/runs", params=query)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "etag" not in answer.headers
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["rule"]
    assert value is None or error["value"] == value


def test_arrays_of_another_form_are_refused(client):
    (error,) = client.post("/api/runs", json={"arrays": "base64"}).json()["errors"]
    assert error == {"field": "arrays", "rule": "one of lists, typed", "value": "base64"}


# --- the cache of a server ----------------------------------------------------------------------------------


def test_the_cache_keeps_to_its_size():
    with TestClient(create_app(Settings(workers=1, cache_bytes=20_000))) as small:
        for seed in range(8):
            request = {"experiment": {"init": {"seed": seed}}, "steps": 200, "record_every": 10}
            answer = small.post("/api/runs", json=request)
            assert status_of(answer) == "PlanarPlayground; fwd=miss; stored"
            assert 1_000 < len(answer.content) <= 5_000
        assert 15_000 < small.app.state.answers.bytes <= 20_000
        assert status_of(small.post("/api/runs", json=request)) == "PlanarPlayground; hit"
        large = {**request, "include": ["boundary"]}
        for _ in range(2):
            assert status_of(small.post("/api/runs", json=large)) == "PlanarPlayground; fwd=miss"
        assert small.app.state.answers.bytes <= 20_000


def test_every_worker_computes_the_same_bytes():
    request = {"steps": 500, "include": ["parameters"], "experiment": {"data": {"seed": 5}}}
    with TestClient(create_app(Settings(workers=2, cache_bytes=0))) as without:
        answers = [without.post("/api/runs", json=request) for _ in range(6)]
    assert {status_of(answer) for answer in answers} == {"PlanarPlayground; fwd=miss"}
    assert len({answer.content for answer in answers}) == 1
