"""What is said about an answer that may come from the cache: its key, its ETag and ``Cache-Status``."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import numpy as np
from fastapi import Request, Response

from app.api.running import while_there
from app.compute.answers import Answer, Answers
from app.experiments.answers import provenance

NAME = "PlanarPlayground"
UNCHANGED = f"{NAME}; hit; detail=unchanged"


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
    given = ",".join(request.headers.getlist("if-none-match"))
    tags = [tag.strip().removeprefix("W/") for tag in given.split(",")]
    return tag_of(key) in tags or tags == ["*"]


async def answered(request: Request, key: str, compute: Callable[[], Awaitable[bytes]]) -> Answer:
    """The kept answer of ``key``, or a computed one; what nobody waits for any more is ended."""
    answers: Answers = request.app.state.answers
    return await while_there(request, answers.of(key, compute))


def as_response(answer: Answer, **headers: str) -> Response:
    """An answer in JSON that says whether it was kept."""
    told = {**headers, "Cache-Status": cache_status(answer)}
    return Response(answer.body, headers=told, media_type="application/json")


def cache_status(answer: Answer) -> str:
    """RFC 9211: kept here, or computed for this request or together with another one like it."""
    if answer.hit:
        return f"{NAME}; hit"
    collapsed = "; collapsed" if answer.collapsed else ""
    return f"{NAME}; fwd=miss{collapsed}{'; stored' if answer.stored else ''}"
