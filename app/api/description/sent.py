"""Headers that an answer has, a row for each; which answers have them, a row per call."""

from typing import Any

from app.api.description.shapes import TEXT, told

CACHED = told(TEXT, "whether the answer was kept (hit) or computed (fwd=miss), as RFC 9211 has it")
HEADERS: dict[str, dict[str, Any]] = {
    "Allow": {"required": True, "schema": told(TEXT, "the methods that the address answers")},
    "Cache-Status": {"required": True, "schema": CACHED},
    "Content-Location": {"schema": told(TEXT, "where GET finds the same answer, unless that would be long")},
    "ETag": {
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$', "description": "strong: the same bytes"},
    },
    "Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1, "description": "seconds"}},
}

SENT: dict[str, dict[str, tuple[str, ...]]] = {
    "POST /api/runs": {"200": ("Cache-Status", "Content-Location")},
    "GET /api/runs": {"200": ("Cache-Status", "ETag"), "304": ("Cache-Status", "ETag")},
    "POST /api/observations": {"200": ("Cache-Status",)},
    "POST /api/predictions": {"200": ("Cache-Status",)},
}
OF_ERRORS = {"503": ("Retry-After",), "405": ("Allow",)}


def add_headers(call: str, responses: dict[str, dict[str, Any]]) -> None:
    """Let every answer of a call tell its headers."""
    for status, response in responses.items():
        names = SENT.get(call, {}).get(status, OF_ERRORS.get(status, ()))
        if names:
            response["headers"] = {name: HEADERS[name] for name in names}
