"""Figures as plain dictionaries: Plotly takes every one of them, in the page's colours."""

import json
import re
import warnings

import plotly.io
import pytest

from app.experiments.check import ExperimentError
from app.experiments.figures import FIGURES, THEMES, Subject
from app.experiments.figures.choices import check_choice
from app.experiments.figures.colours import ENDS, FIELD, FONT, LAYERS, MORE_CLASSES, SYMBOLS, TOKENS
from app.experiments.run import advance, start
from app.experiments.schema import parse
from tests.serving import ROOT

RUNS = {
    "the course's": {},
    "equal units": {"init": {"method": "constant", "scale": 0.5}},
    "no hidden layer": {"network": {"hidden": []}},
    "a layer of one unit": {"network": {"hidden": [3, 1]}},
    "twelve layers": {"network": {"hidden": [3] * 12}, "init": {"method": "xavier"}},
    "two units": {"network": {"hidden": [2]}},
    "many classes, held back, batches": {
        "data": {"name": "spiral", "classes": 3, "validation": 0.2, "test": 0.1},
        "network": {"hidden": [6, 5]},
        "training": {"batch_size": 50},
    },
    "it diverges": {
        "network": {"hidden": [16], "activation": "leaky_relu"},
        "init": {"method": "he"},
        "training": {"learning_rate": 10},
    },
    "huge weights": {"init": {"scale": 100}, "data": {"stretch": 1000}},
}


def subject(parts, steps=600, every=50, theme="light", **look):
    experiment = parse(json.dumps(parts))
    state, records = advance(experiment, start(experiment), steps, every)
    return Subject(experiment, state, tuple(r for r in records if r.step < state.step), theme, **look)


def drawn(kind, of):
    """The figure as a notebook gets it: read by the installed plotly, where no warning is allowed."""
    text = json.dumps(FIGURES[kind].make(of), allow_nan=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return plotly.io.from_json(text)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("parts", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("kind", FIGURES)
def test_plotly_draws_every_figure_of_every_run(kind, parts, theme):
    figure = drawn(kind, subject(parts, theme=theme))
    assert re.search(r" step [\d,]+$", figure.layout.title.text)
    if kind != "symmetry" or parts.get("network") != {"hidden": []}:
        assert figure.data


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", FIGURES)
def test_a_figure_states_the_pages_colours(kind, theme):
    figure = drawn(kind, subject({}, 10, 5, theme))
    assert figure.layout.paper_bgcolor == TOKENS[theme]["panel"]
    assert figure.layout.font.color == TOKENS[theme]["ink"]
    other = TOKENS[next(t for t in THEMES if t != theme)]
    assert other["panel"] not in figure.to_json()


def test_the_colours_are_those_of_the_page():
    css = (ROOT / "static/css/tokens.css").read_text()
    light, dark = css.split("@media", maxsplit=1)
    for theme, part in (("light", light), ("dark", dark)):
        stated = dict(re.findall(r"--([\w-]+):\s*([^;]+);", part))
        assert {name: stated[name] for name in TOKENS[theme]} == TOKENS[theme]
    assert f"--font: {FONT};" in css
    script = (ROOT / "static/js/colour.js").read_text()
    for theme, (low, middle, high) in ENDS.items():
        row = f"{theme}: {{ negative: {[*low]}, middle: {[*middle]}, positive: {[*high]} }}"
        assert row in script
        assert f'field: makePalette("{theme}", {FIELD[theme]})' in script
    assert f"const MORE_CLASSES = {[[*c] for c in MORE_CLASSES]};" in script
    assert f"export const CLASS_SYMBOLS = {json.dumps([*SYMBOLS])};" in script
    kinds, other = LAYERS[:-1], LAYERS[-1]
    assert f"export const KINDS = {json.dumps([*kinds])};" in script
    assert f'export const OTHER_KIND = "{other}";' in script


def test_the_boundary_holds_every_point_and_its_class():
    held = drawn("boundary", subject(RUNS["many classes, held back, batches"]))
    points = [trace for trace in held.data if trace.type == "scatter"]
    assert sum(len(trace.x) for trace in points) == 400
    assert {trace.name for trace in points} == {
        f"class {k}{more}" for k in range(3) for more in ("", ", held back")
    }
    assert all(trace.marker.symbol.endswith("-open") == ("held" in trace.name) for trace in points)


def test_the_boundary_by_hand():
    # z = 2 x1 - x2 + 1, so that the answer is 1 / (1 + e^-z) at the centre of every cell.
    parameters = [{"W": [[2, -1]], "b": [1]}]
    parts = {"network": {"hidden": []}, "init": {"method": "explicit", "parameters": parameters}}
    field = FIGURES["boundary"].make(subject(parts, 0))["data"][0]
    z = 2 * field["x"][30] - field["y"][60] + 1
    assert field["z"][60][30] == pytest.approx(1 / (1 + 2.718281828459045**-z), rel=1e-12)


def test_the_curves_are_the_history():
    of = subject({"data": {"validation": 0.2}}, 100, 20)
    lines = {trace["name"]: trace for trace in FIGURES["cost"].make(of)["data"]}
    assert set(lines) == {
        "training cost", "training accuracy", "validation cost", "validation accuracy",
    }  # fmt: skip
    assert lines["training cost"]["x"] == [0, 20, 40, 60, 80, 100]
    assert lines["training cost"]["y"] == [*(record.cost for record in of.records), of.state.cost]
    assert lines["validation cost"]["y"][0] == of.records[0].held_back["validation"].cost


def test_a_cost_that_explodes_is_drawn_on_a_logarithmic_axis():
    made = [FIGURES["cost"].make(subject(RUNS[name], 300, 10)) for name in ("it diverges", "the course's")]
    assert [figure["layout"]["yaxis"]["type"] for figure in made] == ["log", "linear"]


def test_equal_units_are_exactly_0_apart_and_the_figure_says_so():
    figure = FIGURES["symmetry"].make(subject(RUNS["equal units"]))
    assert set(figure["data"][0]["y"]) == {0.0}
    (note,) = figure["layout"]["annotations"]
    assert note["text"] == "all 4 units equal: exactly 0 at every recorded step"


def test_units_that_part_begin_on_the_logarithmic_axis_when_they_do():
    nudged = {"step": 100, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": 1e-6}}
    figure = FIGURES["symmetry"].make(subject({**RUNS["equal units"], "interventions": [nudged]}))
    line = dict(zip(figure["data"][0]["x"], figure["data"][0]["y"], strict=True))
    assert (line[0], line[50]) == (None, None)
    assert line[100] == pytest.approx(1e-6, rel=1e-9)  # 0.5 + 1e-6 is rounded by the weight's own size
    assert figure["layout"]["yaxis"]["type"] == "log"


def test_weights_are_a_table_per_layer_with_the_biases_last():
    parameters = [{"W": [[0.1, -0.2]], "b": [0.3]}, {"W": [[4]], "b": [-5]}]
    parts = {"network": {"hidden": [1]}, "init": {"method": "explicit", "parameters": parameters}}
    figure = FIGURES["weights"].make(subject(parts, 0))
    assert [trace["z"] for trace in figure["data"]] == [[[0.1, -0.2, 0.3]], [[4.0, -5.0]]]
    assert figure["data"][1]["zmax"] == -figure["data"][1]["zmin"] == 5.0
    assert figure["data"][0]["x"] == ["input 1", "input 2", "bias"]


def test_one_layer_may_be_chosen():
    figures = [FIGURES[kind].make(subject({}, 5, layer=1)) for kind in ("activations", "weights")]
    assert [len(figure["data"]) for figure in figures] == [1, 1]
    titles = [
        FIGURES["hidden_space"].make(subject({}, 5, layer=l))["layout"]["title"]["text"] for l in (0, 1, 2)
    ]
    assert [title.partition(" at")[0] for title in titles] == [
        "The points in the inputs", "The points in layer 1", "The points in the output",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "layer", "pair", "said"),
    [
        ("cost", 1, (0, 1), "layer must be null for cost; activations, weights, hidden_space show a layer"),
        ("weights", 0, (0, 1), "layer must be a layer from 1 to 2, the output; got 0"),
        ("hidden_space", 3, (0, 1), "layer must be a layer from 0 to 2, the output; got 3"),
        ("hidden_space", 1, (0, 4), "pair must be two different units from 0 to 3; got"),
        ("hidden_space", None, (1, 1), "pair must be two different units from 0 to 3; got"),
        ("hidden_space", 2, (1, 0), r"pair must be \[0, 1\] for a layer of one unit; got"),
        ("weights", 1, (1, 0), r"pair must be \[0, 1\] for weights; hidden_space shows a pair; got"),
    ],
)  # fmt: skip
def test_what_a_figure_or_a_network_lacks_cannot_be_chosen(kind, layer, pair, said):
    with pytest.raises(ExperimentError, match=said):
        check_choice(kind, parse("{}"), layer, pair)
