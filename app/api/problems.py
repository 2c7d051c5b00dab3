"""Every error as an RFC 9457 problem document."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.compute.pool import ComputeError
from app.experiments.check import ExperimentError, FieldError
from app.experiments.schema import MalformedJSON
from app.experiments.wording import printable, sentence

log = logging.getLogger("playground.api")

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "2"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

UNSAID = {
    404: "there is nothing at this address; GET /openapi.json lists what there is",
    405: "this address does not answer this method; GET /openapi.json lists those it does",
}

SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "rule", "value"],
                "properties": {"field": {"type": "string"}, "rule": {"type": "string"}, "value": {}},
            },
        },
    },
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem documents an operation may answer with, for its description."""
    content = {MEDIA_TYPE: {"schema": SCHEMA}}
    return {s: {"description": HTTPStatus(s).phrase, "content": content} for s in statuses}


def problem(status: int, detail: str, errors: tuple[FieldError, ...] = ()) -> dict[str, Any]:
    """The document itself; the stream sends it too."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": [{"field": e.field, "rule": e.rule, "value": printable(e.value)} for e in errors],
    }


def of(error: Exception) -> dict[str, Any]:
    """The document that says what went wrong, in words a user can act on."""
    if isinstance(error, ExperimentError):
        return problem(422, "; ".join(sentence(e) for e in error.errors), error.errors)
    if isinstance(error, MalformedJSON):
        return problem(400, f"this is not JSON: {error}")
    if isinstance(error, ComputeError):
        return problem(503, f"{error}; please try again")
    if isinstance(error, HTTPException):
        detail = str(error.detail)
        if detail == HTTPStatus(error.status_code).phrase:  # the router's own words say nothing more
            detail = UNSAID.get(error.status_code, detail)
        return problem(error.status_code, detail)
    if isinstance(error, RequestValidationError):
        return problem(422, "the request cannot be read")
    log.error("unexpected error", exc_info=error)
    return problem(500, "something went wrong on the server; it has been logged")


def respond(request: Request, error: Exception) -> Response:
    """The answer to a request that failed with ``error``."""
    document = of(error)
    headers = dict(getattr(error, "headers", None) or {})
    if document["status"] == 405 and (methods := _answered(request)):
        headers["Allow"] = ", ".join(methods)
    if document["status"] == 503:
        headers.setdefault("Retry-After", RETRY_SECONDS)
    return JSONResponse(document, document["status"], headers, MEDIA_TYPE)


def _answered(request: Request) -> list[str]:
    """The methods of this address: the route that refused may know only some; HEAD is as GET (heads.py)."""
    routes, scope = request.app.routes, request.scope
    asked = {method: {**scope, "method": "GET" if method == "HEAD" else method} for method in METHODS}
    return [m for m in METHODS if any(r.matches(asked[m])[0] is Match.FULL for r in routes)]


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` so."""
    for kind in (
        ExperimentError,
        MalformedJSON,
        ComputeError,
        HTTPException,
        RequestValidationError,
        Exception,
    ):
        app.add_exception_handler(kind, respond)
