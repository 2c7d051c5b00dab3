"""``POST /api/runs/stream``: the answer of ``POST /api/runs``, and on the way how far it is."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest
from starlette.testclient import TestClient

from app.api import lines as wire
from app.compute.pool import ComputeError
from app.experiments.answers import INCLUDES
from app.main import create_app
from app.settings import Settings
from tests.api.described import lines_as_described

BATCHES = {"training": {"batch_size": 64, "optimizer": "adam"}, "data": {"validation": 0.2}}
BURSTS = {
    "network": {"hidden": [8], "activation": "leaky_relu"},
    "init": {"method": "he"},
    "training": {"learning_rate": 10},
}


def streamed(client, **request):
    """The lines of progress, and the last one."""
    response = client.post("/api/runs/stream", json=request)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["cache-control"] == "no-store"
    assert response.text.endswith("\n")
    lines_as_described("POST /api/runs/stream", [json.loads(one) for one in response.text.splitlines()])
    *progress, last = response.text.splitlines()
    return [json.loads(one)["progress"] for one in progress], last


@pytest.mark.parametrize(
    ("experiment", "steps", "least"),
    [({}, 4_000, 4), (BATCHES, 6_000, 3), (BURSTS, 4_000, 2)],
    ids=["default", "batches", "diverges"],
)
def test_the_last_line_is_the_answer_and_the_lines_before_have_its_history(client, experiment, steps, least):
    request = {"experiment": experiment, "steps": steps, "record_every": 7, "include": list(INCLUDES)}
    progress, last = streamed(client, **request)
    assert last == client.post("/api/runs", json=request).text
    whole = json.loads(last)
    assert len(progress) >= least
    assert progress[0] == {"step": 0, "steps": steps, "history": []}
    assert progress[-1]["step"] == whole["steps"]
    reached = [one["step"] for one in progress]
    assert reached == sorted(set(reached))
    told = [entry for one in progress for entry in one["history"]]
    assert told == whole["history"][:-1]
    for one in progress:
        assert all(entry["step"] < one["step"] for entry in one["history"])


def test_no_step_at_all_is_a_start_and_an_answer(client):
    progress, last = streamed(client, steps=0, arrays="typed", include=["parameters"])
    assert progress == [{"step": 0, "steps": 0, "history": []}]
    assert json.loads(last)["parameters"][0]["W"]["dtype"] == "f8"


BAD = [
    (b'{"steps": -1}', 422, "steps"),
    (b'{"record_every": 1, "steps": 20000}', 422, "record_every"),
    (b'{"colour": 1}', 422, "colour"),
    (b'{"experiment": {"network": {"hidden": [64, 64, 64, 64]}}, "steps": 1000000}', 422, "steps"),
    # Only the worker that makes the points finds out.
    (
        b'{"experiment": {"data": {"points": [[1, 0, 0], [1, 1, 1]], "standardize": true}}}',
        422,
        "data.standardize",
    ),
    (b'{"steps": ', 400, None),
    (b" " * 5_000_000, 413, None),
]


@pytest.mark.parametrize(("body", "status", "field"), BAD, ids=[str(b[:60]) for b, *_ in BAD])
def test_what_cannot_begin_is_an_ordinary_problem(client, body, status, field):
    answer = client.post("/api/runs/stream", content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ([field] if field else [])
    assert client.app.state.runs == 0


def test_without_a_place_it_is_refused():
    full = TestClient(create_app(Settings(max_runs=0)))
    answer = full.post("/api/runs/stream", json={"steps": 1})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("error", "status"),
    [(ComputeError("the computation could not be finished"), 503), (ValueError("x"), 500)],
)
def test_what_fails_on_the_way_ends_with_the_problem(client, monkeypatch, error, status):
    call = client.app.state.pool.call

    async def fails(function, *arguments, **options):
        if function.__name__ == "advance":
            raise error
        return await call(function, *arguments, **options)

    monkeypatch.setattr(client.app.state.pool, "call", fails)
    progress, last = streamed(client, steps=10)
    assert [one["step"] for one in progress] == [0]
    problem = json.loads(last)["problem"]
    assert problem["status"] == status
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert client.app.state.runs == 0


def test_a_client_that_does_not_read_holds_its_place_for_a_while_only(monkeypatch):
    monkeypatch.setattr(wire, "PATIENCE", 0.01)
    released = []

    async def endless():
        while True:
            yield b"{}\n"

    async def never(*_):
        await asyncio.Event().wait()

    async def answer():
        held = AsyncExitStack()
        held.callback(released.append, True)
        await wire.Lines(endless(), held)({"type": "http"}, never, never)

    asyncio.run(asyncio.wait_for(answer(), 10))
    assert released == [True]


def test_the_description_says_what_kind_of_lines_they_are(client):
    operation = client.get("/openapi.json").json()["paths"]["/api/runs/stream"]["post"]
    assert list(operation["responses"]["200"]["content"]) == ["application/x-ndjson"]
    assert {"400", "413", "422", "503"} <= set(operation["responses"])
