"""Whoever another page sends is refused, on HTTP and on the stream; a link may be followed from anywhere."""

import pytest
from starlette.testclient import TestClient, WebSocketDisconnect

from app.main import create_app
from app.settings import Settings

OURS = "http://testserver"
OTHERS = [
    "http://evil.example",
    "http://testserver:8080",
    "https://testserver.evil.example",
    "http://evil.example/testserver",
    "null",
    "http://[",
    "",
]


def is_refused(response):
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["title"] == "Forbidden"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("origin", OTHERS)
@pytest.mark.parametrize(("method", "path"), [("POST", "/api/runs"), ("GET", "/api/catalog"), ("GET", "/")])
def test_a_page_of_another_origin_asks_in_vain(client, method, path, origin):
    is_refused(client.request(method, path, headers={"origin": origin}))


@pytest.mark.parametrize("origin", [OURS, "http://testserver:80", "HTTP://TESTSERVER", None])
def test_our_own_page_and_what_is_no_browser_may_ask(client, origin):
    headers = {"origin": origin} if origin else {}
    assert client.post("/api/runs", json={"steps": 1}, headers=headers).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    ("method", "mode"), [("GET", "no-cors"), ("GET", "cors"), ("POST", "navigate"), ("POST", "no-cors")]
)
def test_what_the_browser_calls_foreign_is_refused_without_an_origin_too(client, method, mode, site):
    headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
    is_refused(client.request(method, "/api/datasets/moons?samples=4", headers=headers))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "none"])
def test_a_link_may_be_followed_from_anywhere(client, site):
    assert client.get("/", headers={"sec-fetch-site": site, "sec-fetch-mode": "navigate"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        *({"origin": origin} for origin in OTHERS),
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "websocket"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "websocket", "origin": OURS},
    ],
)
def test_the_stream_is_refused_before_it_is_open(client, headers):
    before = len(client.app.state.sessions)
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("/api/live", headers=headers),
    ):
        pass
    assert refused.value.code == 1008
    assert len(client.app.state.sessions) == before


def test_refusals_are_counted_by_their_reason():
    app = create_app(Settings(workers=1, allowed_hosts="playground.example"))
    client = TestClient(app)
    client.get("/api/health", headers={"host": "evil.example"})
    client.get("/api/health", headers={"host": "playground.example", "origin": "http://evil.example"})
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/live"):
        pass
    counted = {
        reason: app.state.metrics.registry.get_sample_value("playground_rejections_total", {"reason": reason})
        for reason in ("host", "origin")
    }
    assert counted == {"host": 2, "origin": 1}
