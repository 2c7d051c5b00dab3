"""The sweep wall: what varies is chosen, runs come as pictures, the chart follows, and each opens its run."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import NARROW
from tests.browser.playground import shows, unlink
from tests.browser.test_accessibility import no_serious_violation


def wall(playground):
    return playground.page.get_by_role("dialog", name=re.compile("Sweep"))


def opened(playground, first=None, second=None, values=(), steps=50):
    """The dialog, with these fields chosen by their titles and their values typed."""
    playground.page.keyboard.press("v")
    sheet = wall(playground)
    expect(sheet).to_be_visible()
    for menu, title in (("#sweep-field-0", first), ("#sweep-field-1", second)):
        if title:
            sheet.locator(menu).select_option(label=title)
    for i, text in enumerate(values):
        sheet.locator(f"#sweep-values-{i}").fill(text)
    sheet.locator("#sweep-steps").fill(str(steps))
    return sheet


def run(sheet):
    sheet.get_by_role("button", name="Run all").click()
    expect(sheet.locator("progress")).to_be_hidden()
    expect(sheet.get_by_role("button", name="Run all")).to_be_visible()
    return sheet.locator(".tile")


def test_twenty_five_seeds_are_suggested_and_every_picture_opens_its_run(playground):
    playground.open({"init": {"method": "constant", "scale": 0.5, "seed": 7}})
    sheet = opened(playground, steps=60)
    expect(sheet.get_by_role("status")).to_contain_text("Every picture opens its run")
    tiles = run(sheet)
    expect(tiles).to_have_count(25)
    expect(sheet.get_by_role("status")).to_contain_text("25 runs are done.")
    asked = {"init": {"method": "constant", "scale": 0.5, "seed": 3}}
    told = playground.server.json("POST", "/api/runs", {"experiment": asked, "steps": 60})["history"][-1]
    accuracy, cost = tiles.nth(3).locator(".numbers > *").all_inner_texts()
    assert shows(accuracy, 100 * told["accuracy"])
    assert shows(cost, told["cost"])
    assert tiles.nth(3).get_attribute("aria-label").startswith("seed of the weights 3: accuracy")
    tiles.nth(3).click()
    expect(wall(playground)).to_be_hidden()
    expect(playground.page.locator("#step")).to_have_text("60")
    expect(playground.page.locator("#lanes")).to_contain_text("identical 0.5")
    expect(playground.page).to_have_url(re.compile("@60$"))
    [experiment], step = unlink(playground.page.url)
    assert (experiment["init"]["seed"], step) == (3, 60)


@pytest.mark.charts
def test_two_things_vary_in_a_table_and_a_heat_map_whose_cells_open_too(playground):
    playground.open({})
    sheet = opened(playground, "learning rate", "start", ["0.1, 1.2, 3", "zeros, normal"], steps=300)
    tiles = run(sheet)
    expect(tiles).to_have_count(6)
    heads = sheet.locator(".wall .head").all_inner_texts()
    assert heads == ["learning rate →\nstart ↓", "0.1", "1.2", "3", "zero", "random"]
    # Row by row: from zero weights half of the points are right, whatever the rate.
    expect(tiles.locator("b")).to_have_count(6)
    assert tiles.locator("b").all_inner_texts()[:3] == ["50.0 %"] * 3
    chart = sheet.locator(".chart")
    expect(chart.locator(".hm image")).to_have_count(1)
    cost = sheet.get_by_role("button", name="cost", exact=True)
    cost.click()
    expect(cost).to_have_attribute("aria-pressed", "true")
    box = chart.locator(".nsewdrag").first.bounding_box()
    # The second column and the second row of 3 by 2: rate 1.2 from random weights.
    playground.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.75)
    expect(sheet).to_be_hidden()
    expect(playground.page.locator("#step")).to_have_text("300")
    told = playground.server.json("POST", "/api/runs", {"steps": 300})["history"][-1]
    expect(playground.page.locator(".output")).to_contain_text(f"{100 * told['accuracy']:.1f} %")


LISTS = {
    "network": {"hidden": [3, 2], "activation": ["tanh", "relu"]},
    "init": {"method": ["zeros", "he", "normal"], "scale": 0.3},
}
BY_HAND = {
    "network": {"hidden": [2]},
    "init": {
        "method": "explicit",
        "scale": None,
        "parameters": [{"W": [[1, -1], [0.5, 2]], "b": [0, 0.25]}, {"W": [[3, -2]], "b": [0.1]}],
    },
}


@pytest.mark.parametrize("given", [LISTS, BY_HAND], ids=["a list", "weights given by hand"])
def test_what_does_not_vary_stays_as_it_is_on_the_page(playground, given):
    playground.open(given)
    sheet = opened(playground, "learning rate", values=["0.1, 1.2"], steps=40)
    tiles = run(sheet)
    expect(sheet.get_by_role("status")).to_contain_text("2 runs are done.")
    expect(sheet.locator(".notes")).to_be_empty()
    for tile, rate in zip(tiles.all(), (0.1, 1.2), strict=True):
        asked = {**given, "training": {"learning_rate": rate}}
        told = playground.server.json("POST", "/api/runs", {"experiment": asked, "steps": 40})["history"][-1]
        assert shows(tile.locator(".numbers span").inner_text(), told["cost"])
    tiles.nth(0).click()
    [experiment], _ = unlink(playground.page.url)
    assert experiment["network"] == given["network"]
    assert experiment["init"]["method"] == given["init"]["method"]
    assert experiment["init"].get("parameters") == given["init"].get("parameters")


@pytest.mark.parametrize(
    ("given", "vary", "values", "asked", "words"),
    [
        (
            LISTS,
            "hidden units",
            "[3, 2], [4]",
            {"network": {"activation": "tanh"}, "init": {"method": "zeros"}},
            "Where the number of layers varies, all layers need one activation: tanh instead of tanh, ReLU. "
            "Not every network here fits the start zero, He, random: all weights start as zero.",
        ),
        (LISTS, "hidden units", "[3, 2], [5, 5]", LISTS, ""),
        (
            BY_HAND,
            "hidden units",
            "[2], [4]",
            {"init": {"method": "normal", "scale": 0.5}},
            "Not every network here fits the start given by hand: all weights start as random. "
            "Starts that need a scale have 0.5.",
        ),
        (
            BY_HAND,
            "start",
            "zeros, normal",
            {"network": {"hidden": [2]}, "init": {"scale": 0.5}},
            "Starts that need a scale have 0.5.",
        ),
        (BY_HAND, "seed of the weights", "1, 2", BY_HAND, "In this experiment “seed of the weights” changes"),
        ({"init": {"method": "he"}}, "scale of the weights", "1, 2", {}, "changes nothing"),
        (
            {"interventions": [{"step": 3, "set": {"learning_rate": 0.2}}]},
            "L2",
            "0, 1",
            {},
            "What was changed in mid-run is left out",
        ),
    ],
)  # fmt: skip
def test_what_has_to_step_aside_for_an_axis_is_said(playground, given, vary, values, asked, words):
    playground.open(given)
    sheet = opened(playground, vary, values=[values], steps=20)
    tiles = run(sheet)
    expect(tiles.locator("b")).to_have_count(2)
    expect(sheet.locator(".notes")).to_contain_text(words)
    if not words:
        expect(sheet.locator(".notes")).to_be_empty()
    field = {"hidden units": ("network", "hidden"), "start": ("init", "method")}.get(vary)
    last = json.loads(f"[{values}]")[-1] if vary == "hidden units" else values.split(", ")[-1]
    if field:
        asked = {**asked, field[0]: {**asked.get(field[0], {}), field[1]: last}}
    told = playground.server.json("POST", "/api/runs", {"experiment": asked, "steps": 20})["history"][-1]
    assert field is None or shows(tiles.nth(1).locator(".numbers span").inner_text(), told["cost"])


def test_what_cannot_be_is_said_and_the_wall_before_it_stays(playground, faults):
    faults.allow("422")
    playground.open({"data": {"name": "blobs", "classes": 3}})
    sheet = opened(playground, "batch size", values=["8, 500, null"], steps=3)
    tiles = run(sheet)
    expect(sheet.get_by_role("status")).to_contain_text("2 runs are done.")
    expect(sheet.get_by_role("status")).to_contain_text("1 combination cannot be.")
    expect(tiles.nth(1)).to_be_disabled()
    assert "at most 400, the training points" in tiles.nth(1).get_attribute("title")
    assert tiles.nth(2).locator(".caption").inner_text() == "all"
    said = sheet.get_by_role("status")
    for values, words in (
        ("8, -1", "axes[0].values[1] must be a whole number from 1 to 10000"),
        ("", "axes[0].values must be a list of 1 to 10000 items"),
        ("1:700", "These are 700 runs; here there is room for 600."),
    ):
        sheet.locator("#sweep-values-0").fill(values)
        sheet.get_by_role("button", name="Run all").click()
        expect(said).to_contain_text(words)
        expect(tiles).to_have_count(3)


def test_a_sweep_can_be_cancelled_and_ends_when_it_is_closed(playground):
    playground.open({})
    sheet = opened(playground, values=["0:99"], steps=10_000)
    sheet.get_by_role("button", name="Run all").click()
    expect(sheet.locator(".tile")).to_have_count(100)
    expect(sheet.locator("progress")).to_be_visible()
    sheet.get_by_role("button", name="Cancel").click()
    expect(sheet.get_by_role("status")).to_have_text(re.compile(r"Cancelled: \d+ of 100 runs were done\."))
    expect(sheet.locator("progress")).to_be_hidden()
    sheet.get_by_role("button", name="Run all").click()
    expect(sheet.locator("progress")).to_be_visible()
    playground.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    playground.page.keyboard.press("v")
    expect(sheet.get_by_role("status")).to_contain_text("Cancelled")


def test_a_double_click_runs_all_and_cancels_nothing(playground):
    playground.open({})
    sheet = opened(playground, values=["0:99"], steps=1000)
    sheet.get_by_role("button", name="Run all").dblclick()
    expect(sheet.get_by_role("status")).to_contain_text("100 runs are done.")


@pytest.mark.charts
def test_no_axis_goes_beyond_an_accuracy_of_100_percent(playground):
    playground.open({})
    sheet = opened(playground, "seed of the weights", values=["1"], steps=100)
    run(sheet)
    percents = sheet.locator(".chart .ytick")
    expect(percents.first).to_be_visible()
    assert all(0 <= float(text.rstrip("%")) <= 100 for text in percents.all_text_contents())


@pytest.mark.charts
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_anybody_can_use_it_on_a_phone_too(playground, theme):
    playground.page.emulate_media(color_scheme=theme)
    playground.page.set_viewport_size(NARROW)
    playground.open({"data": {"name": "blobs", "classes": 3}})
    sheet = opened(playground, "activation", "hidden units", ["tanh, relu", "[2], [3, 3]"], steps=5)
    run(sheet)
    expect(sheet.locator(".chart .hm image")).to_have_count(1)
    no_serious_violation(playground)
    assert sheet.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    expect(sheet.locator(".head").nth(3)).to_have_text("2")
    assert sheet.locator(".head").all_inner_texts()[-1] == "3–3"
    assert sheet.locator("canvas").first.evaluate(
        "(c) => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, 40, 40).data.buffer)).size > 1"
    )
