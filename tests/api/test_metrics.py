"""``GET /metrics``: numbers of what happened, for those who may see them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.serving import LiveClient, Server, eventually, kill

LOCAL = {"host": "127.0.0.1:8000"}


def read(text):
    """Every sample by its name and labels, ``name{label}``; twice the same would spoil the whole page."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(value for key, value in sample.labels.items() if key != "le")
            if sample.name.endswith("_bucket"):
                continue
            name = sample.name + (f"{{{labels}}}" if labels else "")
            assert name not in found
            found[name] = sample.value
    return found


def metrics(server):
    status, headers, body = server.request("GET", "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    return read(body.decode())


def test_what_a_session_does_is_counted():
    with Server.start(PLAYGROUND_WORKERS="1", PLAYGROUND_MAX_SESSIONS="1") as server:
        before = metrics(server)
        with LiveClient(server) as page:
            page.open({}, playing=True, speed=None, until=700)
            page.paused_at(700)
            kill(server.children[0])
            page.send("step")
            page.paused_at(701)
            page.send_raw("rubbish")
            page.error()
            assert metrics(server)["playground_sessions"] == 1
            with LiveClient(server) as second:
                eventually(lambda: metrics(server).get("playground_rejections_total{sessions}"))
                assert second.socket.close_code is None or second.socket.close_code == 1013
        server.request("POST", "/api/runs", {"steps": 50})
        server.request("POST", "/api/runs", {"steps": -1})
        eventually(lambda: metrics(server)["playground_sessions"] == 0)
        now = metrics(server)
        assert now["playground_frames_total"] == len(page.frames)
        assert now["playground_frame_bytes_total"] == sum(frame.size for frame in page.frames)
        assert now["playground_steps_total"] - before["playground_steps_total"] == 701 + 50
        assert now["playground_sessions_begun_total"] == 1
        assert now["playground_pool_rebuilds_total"] == 1
        assert now["playground_rejections_total{message}"] == 1
        assert now["playground_rejections_total{value}"] == 1
        assert now["playground_control_seconds_count{open}"] == 1
        assert now["playground_control_seconds_count{step}"] == 1
        assert now["playground_call_seconds_count{travel}"] >= 2
        assert now["playground_call_seconds_count{advance}"] >= 1
        assert now["playground_loop_lag_seconds_count"] >= 1
        assert now["playground_workers"] == 1
        assert now["playground_rooms"] == now["playground_followers"] == 0
        assert now["playground_responses_total{422}"] == 1


def test_every_application_counts_for_itself():
    first, second = create_app(Settings(workers=1)), create_app(Settings(workers=1))
    first.state.metrics.rejected("rate")
    assert first.state.metrics.registry is not second.state.metrics.registry
    assert (
        second.state.metrics.registry.get_sample_value("playground_rejections_total", {"reason": "rate"})
        is None
    )


def ask(allowed, client, **headers):
    app = create_app(Settings(workers=1, metrics=allowed))
    # No lifespan: the numbers are there before the workers are.
    return TestClient(app, client=client).get("/metrics", headers={**LOCAL, **headers})


@pytest.mark.parametrize("client", [("127.0.0.1", 5000), ("::1", 5000)])
def test_by_default_this_machine_may_read_them(client):
    assert ask("local", client).status_code == 200


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        (("192.0.2.7", 5000), {}),
        (("nonsense", 5000), {}),
        (("127.0.0.1", 5000), {"x-forwarded-for": "192.0.2.7"}),
        (("127.0.0.1", 5000), {"forwarded": "for=192.0.2.7"}),
        (("127.0.0.1", 5000), {"host": "playground.example"}),
        (("127.0.0.1", 5000), {"host": "127.0.0.1.evil.example:80"}),
    ],
)
def test_by_default_nobody_else_learns_that_there_are_any(client, headers):
    refused = ask("local", client, **headers)
    assert refused.status_code == 404
    assert refused.headers["content-type"] == "application/problem+json"


def test_they_can_be_for_everybody_or_for_nobody():
    assert ask("on", ("192.0.2.7", 5000)).status_code == 200
    assert ask("off", ("127.0.0.1", 5000)).status_code == 404
