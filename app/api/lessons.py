"""``GET /api/lessons`` and ``GET /api/texts/{language}``: what the page teaches, and its words."""

from dataclasses import asdict
from functools import cache
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from app.api.packing import packed_json
from app.api.problems import documented
from app.experiments.check import completed
from app.experiments.experiment import Experiment
from app.experiments.lessons import LESSONS, Lesson
from app.experiments.schema import as_json
from app.experiments.texts import LANGUAGES, texts

router = APIRouter()


@router.get("/api/lessons")
def lessons(request: Request) -> Response:
    """Every lesson: what it opens, where it stops, which choice is right, and what it claims in numbers."""
    return packed_json(request, JSONResponse(_rows()))


@router.get("/api/texts/{language}", responses=documented(404))
def words(request: Request, language: str) -> Response:
    """The words of the page and of the lessons in one language."""
    if language not in LANGUAGES:
        raise HTTPException(404, f"there is no language {language[:100]!r}; there are {', '.join(LANGUAGES)}")
    return packed_json(request, JSONResponse(texts(language)))


@cache
def _rows() -> dict[str, Any]:
    return {"lessons": [_row(lesson) for lesson in LESSONS.values()], "languages": list(LANGUAGES)}


def _row(lesson: Lesson) -> dict[str, Any]:
    row = asdict(lesson)
    for name in ("lanes", "follow_up"):
        row[name] = [_told(experiment) for experiment in getattr(lesson, name)]
    for claim in row["claims"]:  # JSON knows no infinity
        claim["high"] = None if claim["high"] == float("inf") else claim["high"]
    return row


def _told(experiment: Experiment) -> dict[str, Any]:
    found: dict[str, Any] = as_json(completed(experiment))
    return found
