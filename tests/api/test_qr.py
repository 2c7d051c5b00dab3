"""``GET /api/qr``: a QR code of a link."""

import io
import re

import pytest
import segno

from app.api.qr import MOST_BYTES


def dark_modules(svg: str) -> str:
    return re.search(r'<path[^>]*class="qrline"[^>]* d="([^"]*)"', svg).group(1)


def test_it_is_the_code_of_the_text_as_a_picture_that_loads_nothing(client):
    text = "http://example.org/?lesson=nudge#eyJkYXRhIjp7fX0@200"
    response = client.get("/api/qr", params={"text": text})
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/svg+xml"
    expected = io.BytesIO()
    segno.make(text.encode(), error="l", micro=False, mode="byte").save(
        expected, kind="svg", scale=4, border=4, light="#ffffff", xmldecl=False
    )
    assert response.content == expected.getvalue()
    assert dark_modules(response.text)
    assert "<script" not in response.text


def test_the_longest_text_that_is_allowed_still_fits(client):
    assert client.get("/api/qr", params={"text": "x" * MOST_BYTES}).status_code == 200


@pytest.mark.parametrize("text", ["", "x" * (MOST_BYTES + 1), "é" * MOST_BYTES])
def test_what_does_not_fit_is_refused_by_name(client, text):
    response = client.get("/api/qr", params={"text": text})
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["field"] == "text"
