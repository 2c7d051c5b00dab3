"""What is said about an answer that may come from the cache: its key, its ETag and ``Cache-Status``."""

import hashlib
import json
from functools import cache
from typing import Any

import numpy as np
from fastapi import Request

from app.compute.answers import Answer
from app.experiments.answers import provenance

NAME = "PlanarPlayground"


def key_of(*meaning: Any) -> str:
    """One text for one answer, bit for bit: what was asked, and all that its numbers depend on."""
    text = json.dumps([*meaning, _machine()], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def _machine() -> list[Any]:
    # Which of the processor's instructions numpy uses decides the last bits of tanh and of products.
    built: Any = np.show_config(mode="dicts")
    return [provenance(), built["SIMD Extensions"], built["Build Dependencies"]["blas"].get("version")]


def tag_of(key: str) -> str:
    """A strong ETag: the same key is the same bytes."""
    return f'"{key}"'


def unchanged(request: Request, key: str) -> bool:
    """Whether the client says that it has this answer already (RFC 9110, 13.1.2)."""
    given = request.headers.get("if-none-match", "")
    tags = [tag.strip().removeprefix("W/") for tag in given.split(",")]
    return tag_of(key) in tags or tags == ["*"]


def cache_status(answer: Answer) -> str:
    """RFC 9211: kept here, or computed for this request or together with another one like it."""
    if answer.hit:
        return f"{NAME}; hit"
    collapsed = "; collapsed" if answer.collapsed else ""
    return f"{NAME}; fwd=miss{collapsed}{'; stored' if answer.stored else ''}"
