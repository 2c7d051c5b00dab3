"""What is drawn is what the numbers say: right side up, in the right colours, read under the pointer."""

import base64
import re

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from app.engine.datasets import DATASETS
from tests.browser.playground import MINUS, Playground, decoded, number, shows

pytestmark = pytest.mark.charts

MOONS = {"data": {"name": "moons"}, "init": {"scale": 1}}
AT = 300
BLUE, NEAR_WHITE, ORANGE = np.array([[0x2F, 0x6F, 0xB3], [247, 247, 244], [0xE0, 0x7B, 0x1A]])


def colour(share: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """From blue at -1 through near-white at 0 to orange at 1."""
    share = np.asarray(share)[..., None]
    end = np.where(share < 0, BLUE, ORANGE)
    return NEAR_WHITE + (end - NEAR_WHITE) * np.abs(share) * strength


def canvas_pixels(canvas: Locator) -> np.ndarray:
    """(height, width, 3) from the top left."""
    url = canvas.evaluate("(canvas) => canvas.toDataURL()")
    return decoded(canvas.page, url.partition(",")[2])


def image_pixels(image: Locator) -> np.ndarray:
    """Of an image in a chart, as it was before it was stretched."""
    url = image.evaluate("(image) => image.getAttribute('href') ?? image.getAttribute('xlink:href')")
    return decoded(image.page, url.partition(",")[2])


def points_of(playground: Playground, experiment: dict) -> np.ndarray:
    """(m, 3): x1, x2, label."""
    name = experiment.get("data", {}).get("name", "flower")
    return np.array(playground.server.json("GET", f"/api/datasets/{name}")["points"])


def plane_of(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The low and the high corner of what is drawn: the points, and 8 % around them."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return low - 0.08 * (high - low), high + 0.08 * (high - low)


def centre_of(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_thumbnails_are_drawn_from_the_data_and_right_side_up(playground):
    playground.open({})
    for name, row in DATASETS.items():
        points = np.array(playground.server.json("GET", f"/api/datasets/{name}?samples=140")["points"])
        canvas = playground.page.get_by_role("button", name=row.title, exact=True).locator("canvas")
        expect(canvas).to_be_visible()
        url = canvas.evaluate("(canvas) => canvas.toDataURL()").partition(",")[2]
        seen = decoded(playground.page, url)
        size = max(np.ptp(points[:, 0]), np.ptp(points[:, 1]))
        drawn, true = [], []
        for label, ink in ((0, BLUE), (1, ORANGE)):
            rows, columns = np.nonzero(np.abs(seen - ink).max(axis=2) < 12)
            assert len(rows), f"{name}: no pixel of class {label}"
            drawn.append([columns.mean(), -rows.mean()])
            true.append(points[points[:, 2] == label, :2].mean(axis=0))
        # From the centre of one class to that of the other, as a share of the picture.
        seen_way = (np.array(drawn[1]) - drawn[0]) / (0.86 * seen.shape[0])
        true_way = (np.array(true[1]) - true[0]) / size
        assert seen_way == pytest.approx(true_way, abs=0.2), name


def test_a_units_map_is_its_activation_over_the_plane(playground):
    playground.open(MOONS, step=AT)
    low, high = plane_of(points_of(playground, MOONS))
    layer = playground.run(MOONS, AT)["parameters"][0]
    for unit, (w, b) in enumerate(zip(layer["W"], layer["b"], strict=True)):
        seen = canvas_pixels(playground.lane().units.nth(unit).locator("canvas"))
        side = len(seen)
        assert side >= 30
        x1, x2 = (low[i] + (np.arange(side) + 0.5) / side * (high - low)[i] for i in (0, 1))
        # The first row of the picture is the highest x2.
        activation = np.tanh(w[0] * x1[None, :] + w[1] * x2[::-1, None] + b)
        assert np.abs(seen - colour(activation)).max() <= 2.5, f"unit {unit + 1}"


def test_the_boundary_lies_right_side_up_under_the_points(playground):
    playground.open(MOONS, step=AT)
    boundary = playground.run(MOONS, AT, include=["boundary", "parameters", "symmetry"])["boundary"]
    probability = np.array(boundary["probability"])
    # Top and bottom, left and right can be told apart.
    assert abs(probability[2, 75] - probability[98, 75]) > 0.9
    assert abs(probability[2, 2] - probability[2, 98]) > 0.9
    seen = playground.pixels(playground.lane().boundary)
    height, width, _ = seen.shape
    for down in (0.02, 0.98):
        for right in (0.02, 0.25, 0.75, 0.98):
            # No point lies within 7 % of the upper and lower edges.
            p = probability[int((1 - down) * 100), int(right * 100)]
            found = seen[int(down * height), int(right * width)]
            near = np.abs(found - colour(2 * p - 1, 0.62)).max()
            assert near <= 14, f"{right:.0%} from the left, {down:.0%} from the top"


def test_an_edges_colour_is_the_sign_and_its_width_the_size_of_a_weight(playground):
    playground.open(MOONS, step=AT)
    parameters = playground.run(MOONS, AT)["parameters"]
    weights = [w for layer in parameters for row in layer["W"] for w in row]
    edges = playground.lane().edges
    seen = edges.evaluate_all(
        "edges => edges.map((e) => ['class', 'stroke-width', 'data-weight'].map((a) => e.getAttribute(a)))"
    )
    assert [kind for kind, _, _ in seen] == ["positive" if w > 0 else "negative" for w in weights]
    assert all(shows(text, w) for (_, _, text), w in zip(seen, weights, strict=True))
    by_size = sorted(zip(map(abs, weights), (float(width) for _, width, _ in seen), strict=True))
    widths = [width for _, width in by_size]
    assert widths == sorted(widths)
    assert widths[0] < 0.7 * widths[-1]
    biases = [b for layer in parameters for b in layer["b"]]
    texts = playground.lane().root.locator(".bias").all_inner_texts()
    assert sorted(number(text.removeprefix("b ")) for text in texts) == pytest.approx(
        sorted(biases), rel=0.06
    )


def test_units_of_one_kind_share_a_letter_and_a_ring(playground):
    change = {"step": 0, "nudge": {"layer": 1, "unit": 1, "input": 0, "by": 0.1}}
    playground.open({"init": {"method": "constant", "scale": 0.5}, "interventions": [change]}, step=50)
    units = playground.lane().units
    assert units.locator(".letter").all_inner_texts() == ["a", "b", "a", "a"]
    rings = units.evaluate_all("units => units.map((unit) => getComputedStyle(unit).borderColor)")
    assert rings[0] == rings[2] == rings[3] != rings[1]
    letters = playground.lane().root.locator(".dot").all_inner_texts()
    assert letters == ["a", "b", "a", "a"]


def test_the_activations_are_units_by_examples_sorted_by_class(playground):
    playground.open(MOONS, step=AT)
    run = playground.run(MOONS, AT, include=["activations", "parameters", "symmetry"])
    labels = points_of(playground, MOONS)[:, 2]
    order = np.argsort(labels, kind="stable")
    images = playground.page.locator(".lane-activations image")
    expect(images).to_have_count(2)
    hidden = np.array(run["activations"][0])[:, order]
    assert np.abs(image_pixels(images.nth(0)) - colour(hidden)).max() <= 2.5
    output = np.array(run["activations"][1])[:, order]
    assert np.abs(image_pixels(images.nth(1)) - colour(2 * output - 1)).max() <= 2.5


def test_of_many_examples_it_says_how_many_are_shown(playground):
    title = playground.page.locator(".lane-activations .annotation-text").first
    playground.open({"data": {"samples": 400}})
    expect(title).to_have_text("A[1] 4 units × 400 examples")
    playground.open({"data": {"samples": 1000, "test": 0.2}})
    expect(title).to_have_text("A[1] 4 units × 400 of 800 examples")


def test_the_pointer_on_a_point_reads_its_coordinates_and_its_probability(playground):
    playground.open(MOONS, step=AT)
    points = points_of(playground, MOONS)
    run = playground.run(MOONS, AT, include=["predictions", "parameters", "symmetry"])
    gaps = np.linalg.norm(points[:, None, :2] - points[None, :, :2], axis=2) + 9 * np.eye(len(points))
    box = playground.lane().boundary.bounding_box()
    low, high = plane_of(points)
    tip = playground.lane().output.locator(".tip")
    for i in np.argsort(gaps.min(axis=1))[-3:]:  # the loneliest, so that no other is meant
        right, up = (points[i, :2] - low) / (high - low)
        playground.page.mouse.move(box["x"] + right * box["width"], box["y"] + (1 - up) * box["height"])
        expect(tip).to_contain_text(f"p(y = 1) {run['predictions']['probability'][i]:.3f}")
        found = re.fullmatch(r"x1 (\S+), x2 (\S+) · class (\d) · p\(y = 1\) \S+", tip.inner_text())
        assert found, tip.inner_text()
        assert shows(found[1], points[i, 0])
        assert shows(found[2], points[i, 1])
        assert int(found[3]) == points[i, 2]
    playground.page.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_the_pointer_on_the_activations_reads_unit_and_example(playground):
    playground.open(MOONS, step=AT)
    run = playground.run(MOONS, AT, include=["activations", "parameters", "symmetry"])
    labels = points_of(playground, MOONS)[:, 2]
    images = playground.page.locator(".lane-activations image")
    readout = playground.page.locator(".readout")
    for layer, unit, across in ((1, 2, 0.3), (1, 4, 0.9), (2, 1, 0.6)):
        box = images.nth(layer - 1).bounding_box()
        units = len(run["activations"][layer - 1])
        playground.page.mouse.move(
            box["x"] + across * box["width"], box["y"] + (unit - 0.5) / units * box["height"]
        )
        expect(readout).to_contain_text(f"layer {layer}, unit {unit}, example ")
        found = re.search(r"example (\d+) of class (\d): a ≈ (\S+)", readout.inner_text())
        assert found, readout.inner_text()
        example = int(found[1]) - 1
        assert int(found[2]) == labels[example] == (0 if across < 0.5 else 1)
        true = run["activations"][layer - 1][unit - 1][example]
        assert float(found[3].replace(MINUS, "-")) == pytest.approx(true, abs=0.012)
    playground.page.mouse.move(5, 5)
    expect(readout).to_have_text("")


def test_the_pointer_on_a_curve_reads_step_and_cost(playground):
    playground.open({})
    playground.play_past(1000)
    curve = playground.page.locator("#curves .js-line").first
    box = curve.bounding_box()
    for across in np.linspace(0.5, 0.9, 9):
        playground.page.mouse.move(box["x"] + across * box["width"], box["y"] + box["height"] - 1)
        playground.page.wait_for_timeout(80)
        if playground.page.locator("#curves .hovertext").count():
            break
    text = playground.page.locator("#curves .hovertext").first.text_content()
    found = re.search(r"step ([\d,]+): cost ([\d.]+)", text)
    assert found, text
    step = int(number(found[1]))
    assert shows(found[2], playground.run({}, step)["history"][-1]["cost"])


def test_no_chart_offers_to_upload_or_shows_a_bar_of_tools(playground):
    playground.open({}, {"init": {"method": "zeros"}})
    playground.play_past(50)
    for figure in playground.page.locator("figure:visible").all():
        playground.page.mouse.move(*centre_of(figure))
        playground.page.wait_for_timeout(60)
    expect(playground.page.locator(".modebar-btn, .modebar-group, .plotly-notifier")).to_have_count(0)
    text = playground.page.locator("body").evaluate("(body) => body.textContent.toLowerCase()")
    assert not re.search(r"share chart|send to|upload|chart studio|plotly cloud|edit in", text)
    titles = playground.page.locator("[data-title]").evaluate_all("all => all.map((e) => e.dataset.title)")
    assert titles == []


def test_plotly_comes_from_the_servers_own_origin(playground):
    asked = []
    playground.page.on("request", lambda request: asked.append(request.url))
    playground.open({})
    scripts = [url for url in asked if "plotly" in url]
    assert scripts == [f"{playground.server.url}/vendor/plotly.min.js"]
    assert {url.partition("/")[0] for url in asked if url.startswith(playground.server.url)} == {"http:"}
    assert not [url for url in asked if not url.startswith((playground.server.url, "data:", "blob:"))]


def test_a_dark_page_draws_on_a_dark_ground(playground):
    playground.page.emulate_media(color_scheme="dark")
    playground.open({"init": {"method": "zeros"}})
    # Zero weights answer one half everywhere: the middle of the scale, near-black here.
    seen = playground.pixels(playground.lane().boundary)
    assert seen[3, 3].max() < 60
    assert canvas_pixels(playground.lane().units.first.locator("canvas")).max() < 60
    playground.page.emulate_media(color_scheme="light")
    playground.until(lambda: playground.pixels(playground.lane().boundary)[3, 3].min() > 200)
    png = playground.page.locator("#curves").screenshot()
    assert decoded(playground.page, base64.b64encode(png).decode()).mean() > 200
