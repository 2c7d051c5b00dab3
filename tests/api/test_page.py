"""The page and its files: from our own origin, with the headers that keep it there."""

import gzip
import posixpath
import re
from importlib.metadata import version

import pytest

from app.api.headers import HEADERS
from app.api.pages import static_folder

ADDRESSES = ["/", "/api/health", "/api/catalog", "/api/datasets/moons?samples=4", "/openapi.json", "/nothing"]


@pytest.mark.parametrize("path", [*ADDRESSES, "/vendor/plotly.min.js"])
def test_every_answer_has_the_headers_that_keep_a_page_to_itself(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.replace("style-src 'self' 'unsafe-inline'", "")
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    for name in HEADERS:
        assert name in headers


def test_a_run_has_them_too(client):
    headers = client.post("/api/runs", json={"steps": 0}).headers
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ADDRESSES)
def test_no_answer_names_another_host(client, path):
    # Names of languages and formats are no addresses to load from.
    text = re.sub(r"https?://(www\.w3\.org|spec\.openapis\.org|json-schema\.org)/", "", client.get(path).text)
    assert not re.search(r"(https?|wss?):?//[\w\[]|[\"'(=]//\w", text)
    assert not re.search(r"cdn|unpkg|jsdelivr|googleapis", text, re.IGNORECASE)


def test_the_page_is_served_and_asked_for_anew(client):
    response = client.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.text.lstrip().lower().startswith("<!doctype html>")
    again = client.get("/", headers={"if-none-match": response.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_every_file_of_the_page_is_served_with_its_type(client):
    kinds = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
    files = [path for path in static_folder().rglob("*") if path.suffix in kinds]
    assert files
    for path in files:
        response = client.get("/" + path.relative_to(static_folder()).as_posix())
        assert response.status_code == 200
        assert response.headers["content-type"].split(";")[0] == kinds[path.suffix]
        if path.suffix != ".html":  # which names the version of the others
            assert response.content == path.read_bytes()


def test_whatever_the_page_asks_for_when_it_opens_is_there(client):
    asked = re.findall(r'(?:src|href)="([^"#:]+)"', client.get("/").text)
    assert any(path.endswith("/js/main.js") for path in asked)
    for path in asked:
        response = client.get("/" + path.lstrip("./"))
        assert response.status_code == 200, path
        # Whatever has a version in its address need not be asked for again.
        assert ("immutable" in response.headers["cache-control"]) == path.startswith("v/"), path


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v/0/js/main.js", 200),  # of another version, as after an upgrade
        ("HEAD", "/v/0/js/main.js", 200),
        ("GET", "/v/0/index.html", 200),
        ("GET", "/v/0/js/nothing.js", 404),
        ("GET", "/v/0/../../pyproject.toml", 404),
        ("GET", "/v/0/%2e%2e/%2e%2e/pyproject.toml", 404),
        ("GET", "/v/0/", 404),
        ("GET", "/v/0", 404),
        ("POST", "/v/0/js/main.js", 405),
        ("POST", "/js/main.js", 405),
    ],
)
def test_what_is_asked_by_a_version_is_there_or_a_problem(client, method, path, status):
    response = client.request(method, path)
    assert response.status_code == status
    if status >= 400:
        assert response.headers["content-type"] == "application/problem+json"
    else:
        assert response.headers["cache-control"] == "no-cache"


def test_all_modules_that_the_page_needs_are_asked_for_at_once(client):
    told = re.findall(r'rel="modulepreload" href="v/\w+/([^"]+)"', client.get("/").text)
    needed, seen = ["js/main.js"], set()
    while needed:
        name = needed.pop()
        seen.add(name)
        text = client.get(f"/{name}").text
        for address in re.findall(r'^(?:import|export)[^;]* from "([^"]+)"', text, re.MULTILINE):
            other = posixpath.normpath(posixpath.join(posixpath.dirname(name), address))
            if other not in seen:
                needed.append(other)
    assert sorted(told) == sorted(seen - {"js/main.js"})
    assert len(told) > 50


def test_plotly_comes_from_the_installed_package_compressed_and_kept(client):
    response = client.get("/vendor/plotly.min.js", headers={"accept-encoding": "gzip"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"
    assert "max-age" in response.headers["cache-control"]
    assert version("plotly") in response.headers["etag"]
    assert int(response.headers["content-length"]) < 2_000_000
    assert "plotly" in response.text[:300].lower()
    plain = client.get("/vendor/plotly.min.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == response.content


def test_plotly_that_is_known_is_not_sent_again(client):
    tag = client.get("/vendor/plotly.min.js").headers["etag"]
    known = client.get("/vendor/plotly.min.js", headers={"if-none-match": tag})
    assert known.status_code == 304
    assert known.content == b""
    assert known.headers["etag"] == tag
    assert client.get("/vendor/plotly.min.js", headers={"if-none-match": '"other"'}).status_code == 200


def test_what_travels_over_the_socket_is_gzip(server):
    status, headers, body = server.request(
        "GET", "/vendor/plotly.min.js", headers={"Accept-Encoding": "gzip"}
    )
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert "server" not in headers  # nobody needs to know what to look up
    assert len(gzip.decompress(body)) > 2 * len(body)
