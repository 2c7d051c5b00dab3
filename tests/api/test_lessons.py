"""``GET /api/lessons`` and ``GET /api/texts/{language}``."""

import json

from app.experiments.check import completed
from app.experiments.experiment import Experiment
from app.experiments.lessons import LESSONS
from app.experiments.schema import as_json, parse
from app.experiments.texts import LANGUAGES


def refuse(constant):
    raise AssertionError(f"{constant} in JSON")


def test_every_lesson_is_told_with_experiments_that_can_be_opened(client):
    told = json.loads(client.get("/api/lessons").content, parse_constant=refuse)
    assert told["languages"] == list(LANGUAGES)
    assert [row["name"] for row in told["lessons"]] == list(LESSONS)
    for row in told["lessons"]:
        for experiment in (*row["lanes"], *row["follow_up"]):
            assert as_json(parse(json.dumps(experiment))) == experiment
    assert told["lessons"][0]["lanes"][1] == as_json(completed(Experiment()))
    rises = [c for row in told["lessons"] for c in row["claims"] if c["measure"] == "first_rise"]
    assert [claim["high"] for claim in rises] == [None, 144]


def test_the_words_come_by_language(client):
    for language in LANGUAGES:
        told = client.get(f"/api/texts/{language}").json()
        assert list(told["lessons"]) == list(LESSONS)


def test_a_language_there_is_not_is_404_and_lists_those_there_are(client):
    response = client.get("/api/texts/xx")
    assert response.status_code == 404
    assert response.json()["detail"] == "there is no language 'xx'; there are en, de"
    assert len(client.get("/api/texts/" + "x" * 5000).json()["detail"]) < 400
