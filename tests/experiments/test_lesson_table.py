"""Every lesson claims what its runs show, and no more; and its words are all there."""

import dataclasses
import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.engine import arithmetic, losses
from app.experiments import problem
from app.experiments.check import completed
from app.experiments.lessons import LESSONS, MEASURES, holds, measured
from app.experiments.panels import PANELS
from app.experiments.schema import as_json, parse
from app.experiments.texts import LANGUAGES, texts

CLAIMS = [(lesson, claim) for lesson in LESSONS.values() for claim in lesson.claims]


def title(value):
    if hasattr(value, "measure"):
        return f"lane{value.lane}-{value.step}-{value.measure}"
    return value.name


@pytest.mark.parametrize(("lesson", "claim"), CLAIMS, ids=title)
def test_a_claim_holds(lesson, claim):
    found = measured(claim, lesson.lanes)
    assert claim.low <= found <= claim.high, found


@pytest.fixture
def broken(monkeypatch):
    """An engine that goes uphill, and whose sums differ from unit to unit."""
    gradient = losses.entropy_gradient

    def uphill(A, Y, out):
        gradient(A, Y, out)
        np.negative(out, out=out)
        out[..., ::2] *= 0.5

    for name in ("cross_entropy",):
        changed = dataclasses.replace(losses.LOSSES[name], gradient=uphill)
        monkeypatch.setattr(problem, "LOSSES", {**losses.LOSSES, name: changed})
    reordered = dataclasses.replace(arithmetic.ARITHMETICS["reordered"], name="exact")
    monkeypatch.setattr(problem, "ARITHMETICS", {**arithmetic.ARITHMETICS, "exact": reordered})
    problem._kept.clear()
    yield
    problem._kept.clear()


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=title)
def test_in_a_broken_engine_the_lesson_is_false(lesson, broken):
    with np.errstate(all="ignore"):
        assert not all(holds(claim, lesson.lanes) for claim in lesson.claims)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=title)
def test_a_lesson_can_be_opened_and_linked(lesson):
    assert 1 <= len(lesson.lanes) <= 2
    for experiment in (*lesson.lanes, *lesson.follow_up):
        text = json.dumps(as_json(experiment))
        assert parse(text) == completed(experiment)
    assert lesson.panel in PANELS
    assert 3 <= lesson.minutes <= 10
    assert bool(lesson.follow_up) == bool(lesson.follow_up_stop)
    assert lesson.stop >= max(claim.step for claim in lesson.claims)
    assert {claim.lane for claim in lesson.claims} == set(range(len(lesson.lanes)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", LESSONS.values(), ids=title)
def test_its_words_are_there_in_every_language(lesson, language):
    words = texts(language)["lessons"][lesson.name]
    assert 2 <= len(words["paragraphs"]) <= 3
    assert 2 <= len(words["choices"]) <= 4
    assert 0 <= lesson.answer < len(words["choices"])
    assert ("follow_up" in words) == bool(lesson.follow_up)
    for key in ("title", "press", "question", "because", "misconception"):
        assert words[key].strip() == words[key] != ""


def test_every_lesson_with_words_is_in_the_table():
    for language in LANGUAGES:
        assert list(texts(language)["lessons"]) == list(LESSONS)


def test_a_lesson_runs_at_a_speed_that_the_page_offers():
    header = (Path(__file__).parents[2] / "static/js/views/header.js").read_text()
    offered = json.loads(re.search(r"const SPEEDS = (\[[^]]*\])", header).group(1))
    assert {lesson.speed for lesson in LESSONS.values()} <= {None, *offered}


def test_every_measure_is_used():
    assert {claim.measure for _, claim in CLAIMS} == set(MEASURES)


def test_the_answers_are_not_always_in_the_same_place():
    answers = [lesson.answer for lesson in LESSONS.values()]
    assert max(answers.count(i) for i in range(3)) <= len(answers) * 0.6
    assert any(before != after for before, after in pairwise(answers))
