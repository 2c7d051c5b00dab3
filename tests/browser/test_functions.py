"""Activation functions: the charts and the table against plain NumPy, and the z that can be moved."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.chromium import NARROW
from tests.browser.playground import number, shows

pytestmark = pytest.mark.charts

DEEP = {
    "network": {"hidden": [4, 3], "activation": ["tanh", "relu"]},
    "init": {"method": "normal", "scale": 3.0},
    "training": {"learning_rate": 0.1},
}
TRACES = """(figure) => Object.fromEntries(figure.data.map(({ name, x, y }) => [
  name, { x: Array.from(x), y: Array.from(y) },
]))"""


def functions(playground):
    playground.page.get_by_role("tab", name="Activation functions").click()
    playground.at_rest()
    expect(playground.page.locator("#functions figure .main-svg").first).to_be_visible()


def traces(playground, part: int = 0) -> dict:
    return dict(playground.page.locator("#functions figure").nth(part).evaluate(TRACES))


def table(playground, part: int = 0) -> list[list[str]]:
    """z, g(z) and g'(z) as they are read; the last row is the z that is moved."""
    rows = playground.page.locator(".layer-function").nth(part).locator("tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]


def words(playground, part: int = 0) -> str:
    return str(playground.page.locator(".layer-function").nth(part).locator(".note").inner_text())


def slider(playground):
    return playground.page.get_by_label("z", exact=True)


def reads(row: list[str], z: float, g: float, slope: float) -> None:
    assert number(row[0]) == z
    assert shows(row[1], g)
    assert shows(row[2], slope)


def test_the_table_is_that_of_the_notes_and_z_moves_along_the_curve(playground):
    playground.open(DEEP)
    functions(playground)
    tanh, relu = table(playground, 0), table(playground, 1)
    for row, z in zip(tanh, (-10.0, 0.0, 10.0, 1.0), strict=True):
        reads(row, z, np.tanh(z), 1 / np.cosh(z) ** 2)
    for row, z in zip(relu, (-10.0, 0.0, 10.0, 1.0), strict=True):
        reads(row, z, max(z, 0.0), float(z >= 0))
    slider(playground).focus()
    playground.page.keyboard.press("ArrowRight")
    assert playground.step == 0  # the arrow moves z, not the run
    reads(table(playground)[3], 1.05, np.tanh(1.05), 1 / np.cosh(1.05) ** 2)
    playground.page.keyboard.press("Home")
    reads(table(playground, 0)[3], -10.0, np.tanh(-10), 1 / np.cosh(-10) ** 2)
    slider(playground).fill("150")
    assert slider(playground).get_attribute("aria-valuetext") == "z = −2.5"
    reads(table(playground, 1)[3], -2.5, 0.0, 0.0)


def test_the_marker_and_the_tangent_lie_on_the_curve(playground):
    playground.open({"network": {"activation": "sigmoid"}})
    functions(playground)
    slider(playground).fill("230")
    sigmoid = 1 / (1 + np.exp(-1.5))
    slope = sigmoid * (1 - sigmoid)
    found = traces(playground)
    assert found["z"]["x"] == [1.5, 1.5]
    assert found["z"]["y"] == pytest.approx([sigmoid, slope], rel=1e-6)
    assert found["tangent"]["x"] == [-0.5, 3.5]
    assert found["tangent"]["y"] == pytest.approx([sigmoid - 2 * slope, sigmoid + 2 * slope], rel=1e-6)
    z = np.array(found["g"]["x"])
    assert found["g"]["y"] == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-6)
    assert found["slope"]["y"] == pytest.approx(np.exp(-z) / (1 + np.exp(-z)) ** 2, rel=1e-6)


def test_the_histogram_and_the_words_are_of_this_step_s_z(playground):
    playground.open(DEEP, step=40)
    functions(playground)
    parameters = playground.run(DEEP, 40, include=["parameters"])["parameters"]
    A = np.array(playground.server.json("GET", "/api/datasets/flower?seed=1")["points"]).T[:2]
    flat_shares = []
    for part, (g, slope) in enumerate(
        [
            (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
            (lambda z: np.maximum(z, 0), lambda z: (z >= 0).astype(float)),
        ]
    ):
        layer = parameters[part]
        Z = np.array(layer["W"]) @ A + np.array(layer["b"])[:, None]
        expected, _ = np.histogram(np.clip(Z, -10, 10), 80, (-10, 10))
        share = traces(playground, part)["share"]
        assert share["x"] == [k / 4 - 10 for k in range(81)]
        assert share["y"][:80] == pytest.approx(expected / Z.size, abs=1.01 / Z.size)
        flat_shares.append(np.mean(slope(Z) < 0.01))
        assert shows(words(playground, part).split(" of the slopes")[0], 100 * flat_shares[-1])
        beyond = np.mean(np.abs(Z) > 10)
        assert 0 < beyond < 1
        assert f"{100 * beyond:.1f} % of z lie beyond ±10" in words(playground, part)
        A = g(Z)
    assert all(0 < share < 1 for share in flat_shares)


def test_dead_units_are_told_in_the_lane_where_they_are(playground):
    dead = {
        "data": {"name": "moons"},
        "network": {"hidden": [8], "activation": "relu"},
        "init": {"method": "he", "bias": -5.0},
    }
    alive = {**dead, "network": {"hidden": [8], "activation": "leaky_relu"}}
    playground.open(dead, alive)
    functions(playground)
    assert "8 of 8 units are dead: slope 0 at every example." in words(playground, 0)
    assert words(playground, 2) == "No slope here is flat (under 0.01)."
    heads = playground.page.locator(".layer-function .lane-name").all_inner_texts()
    output = "layer 2, the output: sigmoid"
    assert heads == ["layer 1: ReLU", output, "layer 1: leaky ReLU", output]
    assert playground.page.locator(".layer-function .marker.lane2").count() == 2
    playground.page.set_viewport_size({"width": 1280, "height": 720})
    for head in playground.page.locator(".layer-function .lane-name").all():  # whole, however much is beneath
        assert head.evaluate("head => head.scrollHeight <= head.clientHeight")


def test_in_motion_every_chart_follows(playground):
    playground.open({"network": {"hidden": [4, 4]}, "init": {"method": "xavier"}})
    functions(playground)
    before = [traces(playground, part)["share"]["y"] for part in (0, 1)]
    playground.play("as fast as it goes")
    playground.until(lambda: all(traces(playground, part)["share"]["y"] != before[part] for part in (0, 1)))
    playground.pause()


def test_logistic_regression_shows_its_sigmoid_and_a_softmax_alone_says_that_it_has_no_curve(playground):
    experiment = {"network": {"hidden": []}, "init": {"method": "normal", "scale": 3.0}}
    playground.open(experiment, step=5)
    functions(playground)
    sigmoid = 1 / (1 + np.exp(-1.0))
    reads(table(playground)[3], 1.0, sigmoid, sigmoid * (1 - sigmoid))
    run = playground.run(experiment, 5, include=["activations"])
    share = traces(playground)["share"]["y"]
    assert sum(share[40:80]) == pytest.approx(np.mean(np.array(run["activations"][-1]) >= 0.5), abs=1e-6)
    playground.open({"data": {"name": "blobs", "classes": 3}, "network": {"hidden": []}})
    playground.page.get_by_role("tab", name="Activation functions").click()
    expect(playground.page.get_by_text("There is no hidden layer")).to_be_visible()
    expect(slider(playground)).to_be_hidden()


@pytest.mark.browser_context_args(viewport=NARROW, has_touch=True, is_mobile=True)
def test_on_a_phone_nothing_is_wider_than_the_page(playground):
    playground.open(DEEP)
    functions(playground)
    assert playground.page.evaluate("document.documentElement.scrollWidth") <= 390
    box = playground.page.locator("#functions figure").first.bounding_box()
    assert box
    assert 300 < box["width"] <= 390
