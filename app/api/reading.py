"""Requests read by the same strict reader as everything else, and described in the OpenAPI document."""

import json
import re
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Any, TypeVar, get_args

from fastapi import HTTPException, Request
from starlette.datastructures import QueryParams

from app.api.held import REASON, GaveWay, Share, holding
from app.api.long_texts import LongTexts
from app.experiments.check import ExperimentError, FieldError
from app.experiments.schema import MalformedJSON, adapter, read
from app.experiments.wording import WHOLE, field_annotations, full_rule_of, rule_of

Model = TypeVar("Model")


async def read_body(model: type[Model], request: Request) -> Model:
    """The JSON body as ``model``; an empty body is ``{}``. Fields of the experiment go by their own names."""
    refusal: Exception
    try:
        return await _read_whole(model, request)
    except GaveWay as gave_way:
        request.state.refused = REASON
        refusal = HTTPException(503, str(gave_way))
    except ExperimentError as error:
        refusal = ExperimentError(*(replace(e, field=_named(e.field)) for e in error.errors))
    except (HTTPException, MalformedJSON) as error:
        error.__context__ = error.__cause__ = None
        refusal = error.with_traceback(None)
    # With what it knows of its origin it would keep the body for as long as nobody takes the answer.
    raise refusal


async def _read_whole(model: type[Model], request: Request) -> Model:
    long_texts: LongTexts = request.app.state.long_texts
    async with holding(request.app.state.held) as share:
        body = await _limited(request, share) or b"{}"
        return await long_texts.read(len(body), lambda: read(model, body))


def _named(field: str) -> str:
    return "the body" if field == WHOLE else field.removeprefix("experiment.")


async def _limited(request: Request, share: Share) -> bytes:
    """The body, counted while it arrives."""
    most = request.app.state.settings.max_body_bytes
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise HTTPException(413, f"the body must be at most {most} bytes")
        share.hold(len(body))
    return bytes(body)


def once(given: QueryParams) -> dict[str, str]:
    """The query parameters by name; one that is given twice is refused rather than half read."""
    for name in given:
        if len(values := given.getlist(name)) > 1:
            raise ExperimentError(FieldError(name, "given once", values))
    return dict(given)


def read_query(model: type[Model], given: Mapping[str, str]) -> Model:
    """The query parameters as ``model``: text that reads as a number where the field is one, is one."""
    return read(model, json.dumps({name: _number(text) for name, text in given.items()}))


def _number(text: str) -> int | float | str:
    if re.fullmatch(r"-?\d{1,400}", text, re.ASCII):
        return int(text)
    try:
        return float(text) if text.isascii() and "_" not in text else text
    except ValueError:
        return text


def described_body(model: type) -> dict[str, Any]:
    """``openapi_extra`` for an operation whose body is ``model``."""
    schema = adapter(model).json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    _add_rules(schema, model)
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def definitions(*models: type) -> dict[str, Any]:
    """The parts those bodies refer to, for ``components.schemas``."""
    found: dict[str, Any] = {}
    for model in models:
        found |= adapter(model).json_schema(ref_template="#/components/schemas/{model}").get("$defs", {})
        for part in _parts(model):
            _add_rules(found.get(part.__name__, {}), part)
    return found


def _parts(annotation: Any) -> set[type]:
    """Every dataclass that an annotation, or a field of a dataclass, is made of."""
    if isinstance(annotation, type) and is_dataclass(annotation):
        return {annotation}.union(*(_parts(one) for one in field_annotations(annotation).values()))
    return set[type]().union(*(_parts(one) for one in get_args(annotation)))


def _add_rules(schema: dict[str, Any], model: type) -> None:
    """Every field's rule in words, beside what JSON schema says of it: people read this one."""
    for name, annotation in field_annotations(model).items():
        if name in schema.get("properties", {}):
            told = schema["properties"][name]
            told["x-rule"] = full_rule_of(annotation)
            if is_dataclass(annotation):
                told.setdefault("description", (annotation.__doc__ or "").partition("\n")[0])


def described_query(model: type) -> dict[str, Any]:
    """``openapi_extra`` for an operation whose query parameters are ``model``."""
    described = adapter(model).json_schema()
    _add_rules(described, model)
    properties = described["properties"]
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": schema}
            for name, schema in properties.items()
        ]
    }


def ranges(model: type) -> dict[str, dict[str, Any]]:
    """Every field of ``model`` with its rule in words and, where it has one, its meaning and range."""
    described = {}
    for name, annotation in field_annotations(model).items():
        entry: dict[str, Any] = {"rule": rule_of(annotation)}
        for metadata in _metadata(annotation):
            for key in ("about", "low", "high"):
                if hasattr(metadata, key):
                    entry.setdefault(key, getattr(metadata, key))
        described[name] = entry
    return described


def _metadata(annotation: Any) -> list[Any]:
    own = list(getattr(annotation, "__metadata__", ()))
    for part in getattr(annotation, "__args__", ()):
        own += _metadata(part)
    return own
