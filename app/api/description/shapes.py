"""A few words to write JSON schemas of answers with."""

from typing import Any

Schema = dict[str, Any]

NUMBER: Schema = {"type": "number"}
FRACTION: Schema = {"type": "number", "minimum": 0, "maximum": 1}
COUNT: Schema = {"type": "integer", "minimum": 0}
TEXT: Schema = {"type": "string"}
TRUTH: Schema = {"type": "boolean"}
ANY_OBJECT: Schema = {"type": "object"}


def ref(name: str) -> Schema:
    """A part of ``components.schemas``."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(item: Schema, about: str | None = None) -> Schema:
    """A list of such items."""
    return told({"type": "array", "items": item}, about)


def maybe(schema: Schema) -> Schema:
    """Such a value, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def constant(word: str) -> Schema:
    """This word, by which objects are told apart."""
    return {"const": word}


def one_of(*words: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(words)}


def told(schema: Schema, about: str | None) -> Schema:
    """The same, with what it is about."""
    return schema if about is None else {**schema, "description": about}


def record(_optional: Schema | None = None, **fields: Schema) -> Schema:
    """An object with these fields; others may come later."""
    return {"type": "object", "required": list(fields), "properties": {**fields, **(_optional or {})}}


def by_name(item: Schema, about: str | None = None) -> Schema:
    """An object of such items under names."""
    return told({"type": "object", "additionalProperties": item}, about)
