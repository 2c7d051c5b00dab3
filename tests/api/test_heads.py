"""``HEAD`` wherever there is ``GET``: the same status and headers, and no body."""

import http.client

import pytest

from app.api.description.examples import EXAMPLES
from tests.serving import LOOPBACK

GETS = [example.address(name.split()[1]) for name, example in EXAMPLES.items() if name.startswith("GET ")]
OTHERS = ["/api/docs", "/openapi.json", "/vendor/plotly.min.js", "/", "/js/main.js"]
PROBLEMS = ["/nothing", "/api/datasets/flowers", "/api/runs?steps=-1", "/api/points", "/api/texts/xx"]
OF_THE_MOMENT = {"x-request-id", "date", "cache-status"}


def headers_of(answer):
    return {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}


@pytest.mark.parametrize("address", [*GETS, *OTHERS, *PROBLEMS])
def test_head_is_get_without_the_body(client, address):
    got, asked = client.get(address), client.head(address)
    assert asked.status_code == got.status_code
    assert headers_of(asked) == headers_of(got)
    assert (asked.content, bool(got.content)) == (b"", True)
    assert address in PROBLEMS or got.status_code == 200


def test_head_of_a_run_has_its_etag_and_says_when_nothing_changed(client):
    asked = client.head("/api/runs?steps=21")
    assert asked.headers["etag"] == client.get("/api/runs?steps=21").headers["etag"]
    assert asked.headers["cache-control"] == "public, max-age=3600"
    again = client.head("/api/runs?steps=21", headers={"if-none-match": asked.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == asked.headers["etag"]
    other = client.head("/api/runs?steps=22", headers={"if-none-match": asked.headers["etag"]})
    assert other.status_code == 200


def test_head_where_only_post_is_answered_is_405_and_says_so(client):
    asked = client.head("/api/runs/stream")
    assert (asked.status_code, asked.headers["allow"]) == (405, "POST")


def test_the_next_request_of_the_connection_is_answered(server):
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=20)
    for method, length in (("HEAD", 0), ("GET", 1), ("HEAD", 0)):
        connection.request(method, "/api/catalog")
        answer = connection.getresponse()
        told = int(answer.headers["content-length"])
        assert (answer.status, len(answer.read())) == (200, told * length)
        assert told > 1000
    connection.close()
