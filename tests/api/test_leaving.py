"""Who asks for a run and goes: it is ended, unless somebody else waits for the same one."""

import asyncio
import json
import socket
from contextlib import contextmanager

import pytest

from app.experiments.schema import parse, to_fragment
from app.main import create_app
from app.settings import Settings
from tests.serving import LOOPBACK, eventually

EXPERIMENT = {"data": {"samples": 10_000}, "network": {"hidden": [16]}}
STEPS = 20_000  # about half a minute


def under_way(server):
    """How many runs are computed at this moment."""
    return server.json("GET", "/api/health")["runs"]


@contextmanager
def asked(server, method, path, body=None):
    """A connection that has asked, and does not read."""
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Length: {len(content)}\r\n\r\n"
    with socket.create_connection((LOOPBACK, server.port)) as connection:
        connection.sendall(head.encode() + content)
        yield connection


ADDRESS = f"/api/runs?experiment={to_fragment(parse(json.dumps(EXPERIMENT)))}&steps={STEPS}"
OBSERVATIONS = {"experiment": EXPERIMENT, "steps": [10, STEPS]}
PREDICTIONS = {"experiment": EXPERIMENT, "steps": STEPS, "points": [[0, 0]]}
LONG = {"experiment": EXPERIMENT, "steps": STEPS}
REQUESTS = {
    "a run": ("POST", "/api/runs", LONG),
    "a run at its address": ("GET", ADDRESS, None),
    "a run that is streamed": ("POST", "/api/runs/stream", LONG),
    "observations": ("POST", "/api/observations", OBSERVATIONS),
    "predictions": ("POST", "/api/predictions", PREDICTIONS),
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_what_nobody_waits_for_is_no_longer_computed(server, request_):
    eventually(lambda: under_way(server) == 0)
    with asked(server, *request_):
        eventually(lambda: under_way(server) == 1)
    eventually(lambda: under_way(server) == 0, seconds=5)


async def ask(app, request, left: asyncio.Event):
    """Status and headers of the answer to a client that goes when ``left`` is set."""
    told, messages = {}, [{"type": "http.request", "body": json.dumps(request).encode()}]

    async def receive():
        if messages:
            return messages.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        told.update(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/runs",
        "headers": [(b"host", b"localhost")],
        "query_string": b"",
    }
    await app(scope, receive, send)
    return told


def test_who_began_a_run_may_leave_it_to_those_who_wait_for_the_same_one():
    async def two_clients():
        app = create_app(Settings(workers=1, max_runs=1))  # a second computation would be refused
        calls = []
        async with app.router.lifespan_context(app):
            call = app.state.pool.call
            go = asyncio.Event()

            async def slowly(function, *arguments, **options):
                calls.append(function.__name__)
                await go.wait()
                return await call(function, *arguments, **options)

            app.state.pool.call = slowly
            left, stays = asyncio.Event(), asyncio.Event()
            first = asyncio.create_task(ask(app, {"steps": 1}, left))
            second = asyncio.create_task(ask(app, {"steps": 1}, stays))
            while not any(flight.waiting == 2 for flight in app.state.answers._flights.values()):
                await asyncio.sleep(0.001)
            left.set()
            await first
            go.set()
            answer = await second
            return calls, answer

    calls, answer = asyncio.run(two_clients())
    assert calls == ["start", "advance", "answer"]
    assert json.loads(answer["body"])["steps"] == 1
    assert (b"cache-status", b"PlanarPlayground; fwd=miss; collapsed; stored") in answer["headers"]
