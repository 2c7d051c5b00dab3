"""Answers, held to what the description of the API says of them."""

from functools import cache
from typing import Any

import jsonschema_rs

from app.api.description import operations
from app.main import create_app
from app.settings import Settings


@cache
def description() -> dict[str, Any]:
    """What ``/openapi.json`` answers."""
    return create_app(Settings()).openapi()


def holds(schema: dict[str, Any], value: Any) -> None:
    """``value`` is what ``schema`` says; the parts that it refers to are those of the description."""
    jsonschema_rs.validate({**schema, "components": description()["components"]}, value)


def lines_as_described(call: str, lines: list[Any]) -> None:
    """Each of ``lines`` is what ``POST /api/sweeps``, say, answers."""
    content = dict(operations(description()))[call]["responses"]["200"]["content"]
    for line in lines:
        holds(content["application/x-ndjson"]["itemSchema"], line)


def as_described(call: str, value: Any, kind: str = "application/json") -> None:
    """``value`` is what ``POST /api/runs``, say, answers when all is well."""
    content = dict(operations(description()))[call]["responses"]["200"]["content"]
    holds(content[kind]["schema"], value)
