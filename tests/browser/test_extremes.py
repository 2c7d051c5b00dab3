"""Runs that go nowhere and runs that go too far: the page says so, in words."""

import pytest
from playwright.sync_api import expect

from tests.browser.playground import number

pytestmark = pytest.mark.charts

ZERO = {"init": {"method": "zeros", "scale": None}}
DIVERGING = {
    "network": {"hidden": [64, 64], "activation": "linear"},
    "init": {"method": "normal", "scale": 100},
    "training": {"learning_rate": 10},
}


def test_from_zero_nothing_moves_and_the_page_says_so(playground):
    playground.open({})
    playground.click(playground.choice("initialize", "zero"))
    lane = playground.lane()
    assert lane.name.inner_text() == "zero"
    assert lane.sentence.inner_text().startswith("Step 0: Nothing will move: every gradient is 0.")
    playground.play_past(5000)
    steps = playground.step_text.inner_text()
    assert lane.sentence.inner_text().startswith(
        f"Step {steps}: Nothing has moved for {steps} steps: every gradient is 0."
    )
    assert lane.weights == [["0", "0", "0"]] * 4
    assert lane.headline.inner_text() == "all 4 equal"
    assert lane.cost.inner_text() == "0.6931"
    assert lane.accuracy.inner_text() == "50.0 %"
    # 2 x 4 weights into the units and 4 out of them, neither positive nor negative.
    assert lane.edges.evaluate_all("edges => edges.map((e) => e.getAttribute('class'))") == ["none"] * 12
    assert lane.root.locator(".bias").all_inner_texts() == ["b 0"] * 5
    playground.shows_runs(ZERO)


def test_a_network_of_dead_units_is_said_to_stand_still(playground):
    # Lesson 11: ReLU units that start far below 0 at every point have slope 0 everywhere.
    playground.open(
        {
            "data": {"name": "moons"},
            "network": {"hidden": [8], "activation": "relu"},
            "init": {"method": "he", "scale": None, "bias": -5},
        }
    )
    playground.play_past(100)
    assert "every gradient is 0" in playground.lane().sentence.inner_text()
    assert playground.lane().root.locator(".health").inner_text().endswith("8 dead")


def test_a_run_that_overflows_stops_and_says_at_which_step_and_why(playground):
    run = playground.run(DIVERGING, 1000)
    assert run["status"] == "diverged"
    playground.open(DIVERGING)
    playground.play("as fast as it goes")
    expect(playground.play_button).to_have_text("Play")
    playground.at_rest()
    lane, diverged = playground.lane(), run["diverged"]
    assert playground.step == run["steps"] == diverged["step"] - 1
    assert f"Diverged at step {diverged['step']:,}: {diverged['reason']}." in lane.sentence.inner_text()
    # It can be left behind.
    playground.click(playground.choice("initialize", "small random"))
    playground.type_into("rate", "1.2")
    assert "Diverged" not in lane.sentence.inner_text()
    playground.play_past(10)


def test_a_comparison_goes_on_while_one_lane_has_diverged(playground):
    playground.open(DIVERGING, {})
    playground.play_past(200)
    diverged, healthy = playground.lanes
    assert "Diverged at step" in diverged.sentence.inner_text()
    assert number(healthy.sentence.inner_text().removeprefix("Step ")) == playground.step
    healthy.shows_run(playground.run({}, playground.step))


def test_a_cost_that_grows_is_said_to_be_exploding_before_anything_overflows(playground):
    exploding = {
        "network": {"hidden": [10, 10, 10], "activation": "relu"},
        "init": {"method": "normal", "scale": 5},
        "training": {"learning_rate": 10},
    }
    playground.open(exploding)
    found = []
    for _ in range(20):
        playground.press("ArrowRight")
        found.append(playground.lane().sentence.inner_text())
        if "The cost is exploding" in found[-1]:
            break
    assert "The cost is exploding: " in found[-1], found
    assert playground.page.locator("#curves").inner_text().startswith("cost, log axis") or (
        "log axis" in (playground.page.locator("#curves").text_content() or "")
    )
