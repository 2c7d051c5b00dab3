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
from app.experiments.lessons.lesson import Claim
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


# What the words about a follow-up say of its lanes, at its last step: measure, lowest and highest.
FOLLOW_UPS = {
    "why_random": [(0, "gradient", 0, 0), (1, "accuracy", 65, 66)],
    "nothing_moves": [(0, "gradient", 0, 0), (1, "accuracy", 87.8, 89.8)],
    "two_notes": [(0, "gradient", 0, 0), (1, "gradient", 0, 0)],
    "nudge": [(0, "kinds", 2, 2), (1, "kinds", 2, 2), (1, "accuracy", 78, 80)],
    "kinds_are_units": [(0, "accuracy", 78.5, 80), (1, "accuracy", 79, 80.5)],
    "too_small": [(0, "accuracy", 50, 80), (1, "accuracy", 89, 92)],
    "linear_layers": [(0, "accuracy", 46.5, 47.5), (1, "accuracy", 88.5, 90)],
    "how_many_units": [
        *((0, "cost", 0.255, 0.265), (1, "cost", 0.165, 0.175)),
        *((0, "accuracy", 90.5, 91), (1, "accuracy", 90.2, 90.8)),
    ],
    "sigmoid_or_tanh": [(0, "accuracy", 48, 52), (1, "accuracy", 89, 92)],
    "saturation": [(0, "accuracy", 88, 89.5), (1, "accuracy", 67, 70)],
    "dying_relu": [(0, "gradient", 0, 0), (0, "accuracy", 50, 50), (1, "cost", 0, 0.69)],
    "ten_layers": [(0, "highest_cost", 1e30, 1e300), (0, "accuracy", 48, 52), (1, "accuracy", 48, 52)],
    "learning_rate": [(0, "accuracy", 53, 56), (1, "accuracy", 86.5, 88)],
    "momentum": [(0, "accuracy", 83.5, 85), (1, "accuracy", 83.5, 85)],
    "adam": [(0, "accuracy", 85, 87), (1, "accuracy", 95, 96.5)],
    "rounding": [(0, "kinds", 1, 1)],  # the other depends on the processor
    "cross_entropy": [(0, "accuracy", 69.5, 71), (1, "accuracy", 86, 87.5)],
    "normalize": [(0, "cost", 0.25, 0.26), (1, "cost", 0.29, 0.30)],
}


@pytest.mark.parametrize("name", FOLLOW_UPS)
def test_a_follow_up_shows_what_its_words_say(name):
    lesson = LESSONS[name]
    for lane, measure, low, high in FOLLOW_UPS[name]:
        claim = Claim(lane, lesson.follow_up_stop, measure, low, high)
        assert holds(claim, lesson.follow_up), (claim, measured(claim, lesson.follow_up))


def test_no_follow_up_is_forgotten():
    assert set(FOLLOW_UPS) == {lesson.name for lesson in LESSONS.values() if lesson.follow_up}


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
