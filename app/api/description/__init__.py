"""The description of the API, completed: bodies, choices in paths, answers, problem documents, examples."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from fastapi import FastAPI

from app.api.description.answers import ANSWERS, COMPONENTS, LINES
from app.api.description.errors import ABOUT, EVERY_CALL, NO_CALL
from app.api.description.examples import EXAMPLES, Example
from app.api.description.links import LINKS, Link
from app.api.description.sent import add_headers
from app.api.description.shapes import TEXT, Schema, told
from app.api.problems import MEDIA_TYPE, SCHEMA, problem
from app.api.reading import definitions
from app.engine.datasets import DATASETS
from app.experiments.check import FieldError
from app.experiments.exports import RUN_FORMATS
from app.experiments.figures import FIGURES
from app.experiments.texts import LANGUAGES

__all__ = ["ABOUT", "complete", "operations"]

CHOICES = {
    "GET /api/datasets/{name}": ("name", DATASETS),
    "POST /api/figures/{kind}": ("kind", FIGURES),
    "POST /api/exports/{form}": ("form", RUN_FORMATS),
    "GET /api/texts/{language}": ("language", LANGUAGES),
}
"""Of the calls whose path holds a name: which names there are."""

NOT_OURS = ("HTTPValidationError", "ValidationError")
"""What FastAPI says of each path with a name in it; our own reader reads all else, and answers problems."""

RATE_RULE = FieldError("training.learning_rate", "above 0 and at most 10", -3)
PROBLEM = {
    **SCHEMA,
    "description": "What went wrong, as RFC 9457 has it: every error names field, rule, value.",
}


def complete(app: FastAPI, bodies: Sequence[type]) -> None:
    """Let ``app.openapi()`` tell all of it; ``bodies`` are those that our own reader reads."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _fill(describe(), bodies)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every call as ``POST /api/runs``, with its description."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _fill(description: dict[str, Any], bodies: Sequence[type]) -> None:
    components = description.setdefault("components", {}).setdefault("schemas", {})
    components |= {**definitions(*bodies), **COMPONENTS, "Problem": PROBLEM}
    said = "training.learning_rate must be above 0 and at most 10; got -3"
    failed = {"schema": {"$ref": "#/components/schemas/Problem"}}
    refused = {**failed, "example": problem(422, said, (RATE_RULE,))}
    description["components"]["responses"] = deepcopy(NO_CALL)
    for name in NOT_OURS:
        components.pop(name, None)
    for name, operation in operations(description):
        if "application/json" in operation["responses"].get("422", {}).get("content", {}):
            del operation["responses"]["422"]
        for status, response in deepcopy(EVERY_CALL).items():
            operation["responses"].setdefault(status, response)
        if name in CHOICES:
            _choose(operation, *CHOICES[name])
        if name in ANSWERS:
            answer = operation["responses"]["200"]
            answer["content"] = {kind: _content(kind, schema) for kind, schema in ANSWERS[name].items()}
            answer["description"] = "The answer"
        for status, response in operation["responses"].items():
            if MEDIA_TYPE in response.get("content", {}):
                response["content"][MEDIA_TYPE] = refused if status == "422" else failed
        operation["responses"] = dict(sorted(operation["responses"].items()))
        add_headers(name, operation["responses"])
    for response in description["components"]["responses"].values():
        response["content"][MEDIA_TYPE] = failed
    add_headers("", description["components"]["responses"])
    calls = dict(operations(description))
    for link in LINKS:
        _lead(calls[link.start], calls[link.to]["operationId"], link)
    for name, operation in calls.items():
        if name in EXAMPLES:
            _show(operation, name.partition(" ")[2], EXAMPLES[name])


def _content(kind: str, schema: Schema) -> dict[str, Any]:
    """The answer's schema; of lines that of each, under the name that OpenAPI 3.2 has for it."""
    if kind != LINES:
        return {"schema": schema}
    return {"schema": told(TEXT, "a JSON object a line, each as itemSchema says"), "itemSchema": schema}


def _choose(operation: dict[str, Any], name: str, choices: Any) -> None:
    for parameter in operation["parameters"]:
        if parameter["name"] == name:
            parameter["schema"]["enum"] = list(choices)


def _lead(operation: dict[str, Any], to: str, link: Link) -> None:
    told: dict[str, Any] = {"operationId": to, "description": link.about}
    if link.parameters:
        told["parameters"] = link.parameters
    if link.body is not None:
        told["requestBody"] = link.body
    operation["responses"]["200"].setdefault("links", {})[link.name] = told


def _show(operation: dict[str, Any], path: str, example: Example) -> None:
    """As OpenAPI says it, parameter by parameter; and whole, for the page."""
    for parameter in operation.get("parameters", []):
        given = {**example.path, **example.query}
        if parameter["name"] in given:
            parameter["example"] = given[parameter["name"]]
    shown: dict[str, Any] = {"address": example.address(path)}
    if example.body is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example.body
        shown["body"] = example.body
    operation["x-example"] = shown
