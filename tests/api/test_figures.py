"""``POST /api/figures/{kind}`` and the report: what a notebook or a browser gets."""

import json
import re
import warnings
from html.parser import HTMLParser

import plotly.io
import pytest

from app.experiments.figures import FIGURES, THEMES


@pytest.mark.parametrize("kind", FIGURES)
def test_every_figure_can_be_had_and_read_by_plotly(client, kind):
    answer = client.post(f"/api/figures/{kind}", json={"steps": 40, "theme": "dark"})
    assert answer.headers["content-type"] == "application/json"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = plotly.io.from_json(answer.text)
    assert figure.layout.title.text.endswith("step 40")


def test_a_curve_has_about_five_hundred_points_however_long_the_run(client):
    lengths = [
        len(client.post("/api/figures/cost", json={"steps": steps}).json()["data"][0]["x"])
        for steps in (40, 1_000, 3_001)
    ]
    assert lengths == [41, 501, 430]  # every step; every 2nd; every 7th, and the last


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("boundary", {"theme": "blue"}, "theme"),
        ("boundary", {"steps": -1}, "steps"),
        ("boundary", {"colour": 1}, "colour"),
        ("boundary", {"layer": 1}, "layer"),
        ("weights", {"layer": 3}, "layer"),
        ("hidden_space", {"pair": [0]}, "pair[1]"),
        ("hidden_space", {"pair": [0, 64]}, "pair[1]"),
        ("hidden_space", {"pair": [0, 4]}, "pair"),
        ("cost", {"experiment": {"training": {"learning_rate": 0}}}, "training.learning_rate"),
        ("cost", {"experiment": {"network": {"hidden": [64] * 12}}, "steps": 1_000_000}, "steps"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(client, kind, body, field):
    answer = client.post(f"/api/figures/{kind}", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_another_figure_is_not_found_and_the_answer_lists_those_there_are(client):
    answer = client.post("/api/figures/pie", json={})
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"there is no figure 'pie'; there are {', '.join(FIGURES)}"


class Elements(HTMLParser):
    """Every start tag with its attributes, and the texts of the scripts."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.scripts, self._within = [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._within = tag == "script"

    def handle_endtag(self, tag):
        self._within = False

    def handle_data(self, data):
        if self._within:
            self.scripts.append(data)


@pytest.fixture(scope="module")
def report(client):
    # Host and numbers are all that a request can put into it: neither may become HTML.
    body = {
        "experiment": {"data": {"points": [[0, 0, 0], [1e-7, 1, 1], [2, 1, 0]]}},
        "steps": 20,
        "record_every": 10,
    }
    return client.post("/api/exports/html", json=body, headers={"Host": "room.example"})


def test_the_report_is_a_file_to_take_away(report):
    assert report.headers["content-type"] == "text/html; charset=utf-8"
    assert report.headers["content-disposition"] == 'attachment; filename="run.html"'


def test_the_report_holds_everything_and_asks_for_nothing(report):
    page = Elements(report.text)
    loads = [
        t
        for t, a in page.tags
        if {"src", "srcset", "data"} & set(a) or t in ("link", "iframe", "img", "object")
    ]
    assert loads == []
    figures, plotly_script, draw = sorted(page.scripts, key=lambda text: text[:1] != "{")
    assert set(json.loads(figures)) == set(FIGURES)
    assert len(plotly_script) > 1_000_000
    assert "Plotly.newPlot" in draw
    links = [a["href"] for t, a in page.tags if t == "a"]
    assert [re.sub(r"#.*@", "#@", link) for link in links] == ["http://room.example/#@20"]
    assert "Step 20: all 4 units different" in report.text
    assert "<td>10</td>" in report.text


def test_the_report_lets_no_other_script_run(report):
    policy = next(a["content"] for t, a in Elements(report.text).tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.partition("style-src")[0]


def test_a_host_cannot_put_html_into_the_report(client):
    for host in ('a"><script>alert(1)</script>', "<b>", "a'b"):
        text = client.post("/api/exports/html", json={"steps": 0}, headers={"Host": host}).text
        assert "<script>alert" not in text
        assert "<b>" not in text


@pytest.mark.parametrize("theme", THEMES)
def test_the_themes_are_the_pages(client, theme):
    answer = client.post("/api/figures/cost", json={"steps": 1, "theme": theme})
    assert answer.json()["layout"]["paper_bgcolor"] == {"light": "#ffffff", "dark": "#1c1f26"}[theme]
