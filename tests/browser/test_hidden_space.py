"""Hidden space: what the chart holds is what plain NumPy makes of the run's parameters."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.chromium import NARROW
from tests.browser.playground import link

pytestmark = pytest.mark.charts

TWO_LAYERS = {"network": {"hidden": [4, 2]}, "init": {"method": "xavier"}, "training": {"learning_rate": 0.5}}
TRACES = """(figure) => figure.data.map(({ name, x, y, customdata }) => (
  { name, x: Array.from(x), y: Array.from(y), examples: customdata ? Array.from(customdata) : [] }
))"""


def space(playground):
    playground.page.get_by_role("tab", name="Hidden space").click()
    playground.at_rest()
    expect(figure(playground).locator(".main-svg").first).to_be_visible()


def figure(playground, lane: int = 0):
    return playground.page.locator("#hidden_space figure").nth(lane)


def traces(playground, lane: int = 0) -> dict:
    """The chart's traces by name."""
    return {trace["name"]: trace for trace in figure(playground, lane).evaluate(TRACES)}


def choose(playground, label: str, option: str) -> None:
    playground.page.locator("#hidden_space").get_by_label(label, exact=True).select_option(label=option)
    playground.at_rest()


def shown(playground, label: str) -> str:
    box = playground.page.locator("#hidden_space").get_by_label(label, exact=True)
    return str(box.evaluate("(box) => box.selectedOptions[0].label"))


def answers(playground, experiment: dict, steps: int):
    """The parameters after ``steps`` steps, the points (2, m), their labels, and A of every tanh layer."""
    parameters = playground.run(experiment, steps, include=["parameters"])["parameters"]
    points = np.array(playground.server.json("GET", "/api/datasets/flower?seed=1")["points"]).T
    A = [points[:2]]
    for layer in parameters[:-1]:
        A.append(np.tanh(np.array(layer["W"]) @ A[-1] + np.array(layer["b"])[:, None]))
    return parameters, points[2], A


def holds(trace: dict, x: np.ndarray, y: np.ndarray) -> None:
    """The points of ``trace`` are those of its examples, which it counts from 1."""
    which = np.array(trace["examples"]) - 1
    assert trace["x"] == pytest.approx(x[which], rel=1e-5, abs=1e-6)
    assert trace["y"] == pytest.approx(y[which], rel=1e-5, abs=1e-6)


def test_the_chart_holds_the_activations_of_the_units_that_are_chosen(playground):
    playground.open(TWO_LAYERS, step=300)
    space(playground)
    _, labels, A = answers(playground, TWO_LAYERS, 300)
    for across, up in [("unit 1", "unit 2"), ("unit 4", "unit 2"), ("unit 4", "unit 3")]:
        choose(playground, "across", across)
        choose(playground, "up", up)
        x, y = (A[1][int(name[-1]) - 1] for name in (across, up))
        found = traces(playground)
        for label in (0, 1):
            holds(found[f"class {label}"], x, y)
            assert set(labels[np.array(found[f"class {label}"]["examples"]) - 1]) == {label}
        examples = found["class 0"]["examples"] + found["class 1"]["examples"]
        assert sorted(examples) == list(range(1, 401))
        assert found["line"]["x"] == []


def test_before_the_output_a_line_parts_what_is_predicted(playground):
    playground.open(TWO_LAYERS, step=300)
    space(playground)
    choose(playground, "layer", "layer 2")
    parameters, _, A = answers(playground, TWO_LAYERS, 300)
    found = traces(playground)
    for label in (0, 1):
        holds(found[f"class {label}"], *A[2])
    (w1, w2), b = parameters[2]["W"][0], parameters[2]["b"][0]
    x, y = np.array(found["line"]["x"]), np.array(found["line"]["y"])
    assert len(x) == 2
    assert w1 * x + w2 * y + b == pytest.approx([0, 0], abs=1e-9)
    expect(playground.page.get_by_text("Thick line: where the output is undecided")).to_be_visible()


def test_who_chooses_the_other_axis_s_unit_exchanges_them(playground):
    playground.open({})
    space(playground)
    choose(playground, "up", "unit 3")
    choose(playground, "across", "unit 3")
    assert (shown(playground, "across"), shown(playground, "up")) == ("unit 3", "unit 1")


def test_equal_units_are_a_diagonal_in_their_own_lane(playground):
    playground.open({}, {"init": {"method": "constant", "scale": 0.5}}, step=50)
    space(playground)
    for trace in ("class 0", "class 1", "grid"):
        equal = traces(playground, 1)[trace]
        assert equal["x"] == equal["y"]
        different = traces(playground, 0)[trace]
        assert different["x"] != different["y"]


def test_the_menus_follow_a_network_that_shrinks(playground):
    playground.open({"network": {"hidden": [4, 3]}})
    space(playground)
    choose(playground, "layer", "layer 2")
    choose(playground, "across", "unit 3")
    playground.click(playground.button("One unit less in layer 2"))
    assert (shown(playground, "across"), shown(playground, "up")) == ("unit 1", "unit 2")
    playground.click(playground.button("One layer less"))
    assert shown(playground, "layer") == "output"
    assert shown(playground, "across") == "x1"
    expect(
        playground.page.get_by_text("A single unit has one coordinate: it is drawn over x1.")
    ).to_be_visible()
    _, _, A = answers(playground, {}, 0)
    examples = np.array(traces(playground)["class 0"]["examples"]) - 1
    assert traces(playground)["class 0"]["x"] == pytest.approx(A[0][0][examples], rel=1e-5)


def test_in_motion_the_picture_is_painted_and_at_rest_it_is_a_chart_again(playground):
    playground.open({}, step=200)
    space(playground)
    canvas = playground.page.locator("#hidden_space canvas")
    expect(canvas).to_be_hidden()
    before = traces(playground)["class 0"]
    playground.play("as fast as it goes")
    expect(canvas).to_be_visible()
    playground.past(600)
    assert (
        len(np.unique(playground.pixels(canvas).reshape(-1, 3), axis=0)) > 20
    )  # both classes, lines, ground
    playground.pause()
    expect(canvas).to_be_hidden()
    after = traces(playground)["class 0"]
    assert after["x"] != before["x"]
    _, _, A = answers(playground, {}, playground.step)
    holds(after, A[1][0], A[1][1])


@pytest.mark.browser_context_args(viewport=NARROW, has_touch=True, is_mobile=True)
def test_on_a_phone_it_is_as_wide_as_the_page(playground):
    playground.visit(link(TWO_LAYERS, TWO_LAYERS))
    space(playground)
    box = figure(playground, 1).bounding_box()
    assert box
    assert box["width"] > 330
    assert box["height"] > 200
    assert playground.page.evaluate("document.documentElement.scrollWidth") <= 390
