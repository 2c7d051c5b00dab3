"""Time: every step can be gone to again, branched from, and found in the history of this browser."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.playground import link
from tests.browser.test_accessibility import no_serious_violation

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}


def chart_steps(playground, trace: int) -> list[float]:
    """The steps of a curve of the cost chart."""
    return playground.page.evaluate(f"Array.from(document.getElementById('curves').data[{trace}].x)")


def test_scrubbing_back_and_forth_shows_the_numbers_of_the_api_at_those_steps_in_both_lanes(playground):
    playground.open({}, IDENTICAL, step=600)
    for step in (600, 37, 351, 0, 600):
        playground.seek(step)
        playground.shows_runs({}, IDENTICAL)


def test_keys_step_by_one_ten_and_a_hundred_and_to_both_ends(playground):
    playground.open({}, step=500)
    for key, step in (
        ("ArrowRight", "501"),
        ("Shift+ArrowRight", "511"),
        (".", "611"),
        (",", "511"),
        ("ArrowLeft", "510"),
        ("Home", "0"),
        ("End", "611"),
    ):
        playground.press(key)
        expect(playground.step_text).to_have_text(step)


@pytest.mark.charts
def test_a_branch_goes_another_way_from_its_step_and_the_old_run_stays_beside_it(playground):
    playground.open({}, step=400)
    playground.click(playground.page.locator("#branch"))
    dialog = playground.page.locator("dialog.branch")
    expect(dialog.locator("h2")).to_have_text("Branch at step 400")
    dialog.locator("#branch-what").select_option("learning_rate")
    expect(dialog.get_by_label("becomes")).to_have_value("1.2")
    dialog.get_by_label("becomes").fill("0.1")
    playground.click(dialog.get_by_role("button", name="Branch"))
    playground.at_rest()
    assert playground.step == 400
    changed = {"interventions": [{"step": 400, "set": {"learning_rate": 0.1}}]}
    assert playground.experiments == [changed, {}]
    # Both curves begin at 0: the page knew the way to the branch.
    for trace in (0, 4):
        assert chart_steps(playground, trace)[0] == 0
    playground.seek(700)
    playground.shows_runs(changed, {})
    # Before the branch both are one.
    playground.seek(399)
    playground.shows_runs({}, {})


def test_a_branch_without_a_change_can_be_nudged_alone(playground):
    playground.open(IDENTICAL, step=50)
    playground.press("b")
    dialog = playground.page.locator("dialog.branch")
    dialog.locator("#branch-what").select_option("nothing")
    expect(dialog.get_by_label("becomes")).to_be_hidden()
    playground.click(dialog.get_by_role("button", name="Branch"))
    playground.at_rest()
    assert playground.experiments == [IDENTICAL, IDENTICAL]
    playground.click(playground.lane(0).root.get_by_role("button", name="Nudge"))
    playground.click(playground.page.locator("dialog.nudge[open] button.primary"))
    playground.at_rest()
    first, second = playground.experiments
    assert first["interventions"][0]["step"] == 50
    assert second == IDENTICAL


def test_a_branch_can_begin_with_a_weight_or_with_units(playground):
    experiment = {"network": {"hidden": [4, 3], "activation": ["tanh", "relu"]}}
    dialog = playground.page.locator("dialog.branch")
    what = dialog.locator("#branch-what")
    made = []

    def begin(start: dict) -> None:
        playground.follow(link(start, step=50))
        expect(playground.page.locator(".lane")).to_have_count(1)
        playground.at_rest()
        playground.press("b")

    def branch(kind: str, **fields: str) -> None:
        begin(experiment)
        what.select_option(kind)
        for name, value in fields.items():
            field = dialog.locator(f"#branch-{name}")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)  # by its label, where that comes first
            else:
                field.fill(value)
        playground.click(dialog.get_by_role("button", name="Branch"))
        first, second = playground.experiments
        assert second == experiment
        made.append(first["interventions"])

    playground.open({}, step=50)
    branch("nudge", layer="2", unit="2", input="3", by="1e-3")
    branch("edit", layer="3", unit="1", input="b", to="0.5")
    branch("permute", layer="2", unit="1", other="3")
    branch("flip", layer="1", unit="4")
    assert made == [
        [{"step": 50, "nudge": {"layer": 2, "unit": 1, "input": 3, "by": 0.001}}],
        [{"step": 50, "edit": {"layer": 3, "unit": 0, "input": None, "to": 0.5}}],
        [{"step": 50, "permute": {"layer": 2, "order": [2, 1, 0]}}],
        [{"step": 50, "flip": {"layer": 1, "unit": 3}}],
    ]
    # Only a layer whose activation is odd can be flipped; what belongs to step 0 is said, not offered.
    begin(experiment)
    what.select_option("flip")
    assert dialog.locator("#branch-layer option").all_inner_texts() == ["1"]
    expect(dialog).to_contain_text("Activation, optimizer and initialization decide a run from step 0 on")
    playground.page.keyboard.press("Escape")
    begin({"network": {"hidden": [1], "activation": "relu"}})
    disabled = what.locator("option:disabled").evaluate_all("all => all.map((option) => option.value)")
    assert disabled == ["permute", "flip"]


def test_marks_on_the_timeline_say_what_changes_and_go_there(playground):
    page = playground.page
    rate = {"step": 400, "set": {"learning_rate": 0.5}}
    nudge = {"step": 410, "nudge": {"layer": 1, "unit": 0, "input": 1, "by": 0.1}}
    flip = {"step": 800, "flip": {"layer": 1, "unit": 2}}
    far = {"step": 100_000, "flip": {"layer": 1, "unit": 2}}
    playground.open({"interventions": [rate, nudge, far]}, {"interventions": [flip]}, step=600)
    marks = page.locator("#marks button")
    # Two that lie on each other are one mark; what lies beyond the timeline has none.
    expect(marks).to_have_count(2)
    expect(marks.nth(0)).to_have_accessible_name(
        re.compile("rate 0.5 from step 400; .+ at step 410; press to go")
    )
    expect(marks.nth(1)).to_have_accessible_name(re.compile("unit 3 flipped at step 800; press"))
    # Each lies where the handle would be at its step; the first lane's above the track, the second's below.
    track = playground.timeline.bounding_box()
    boxes = [mark.bounding_box() for mark in marks.all()]
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    for (x, _), step in zip(middles, (400, 800), strict=True):
        assert x == pytest.approx(track["x"] + 7 + (track["width"] - 14) * step / 1000, abs=1)
    assert middles[0][1] < track["y"] + track["height"] / 2 - 5
    assert middles[1][1] > track["y"] + track["height"] / 2 + 5
    marks.nth(1).hover()
    said = "getComputedStyle(mark, '::after').content"
    assert "800" in marks.nth(1).evaluate(f"(mark) => {said}")
    assert marks.nth(0).evaluate(f"(mark) => {said}") == "none"
    playground.click(marks.nth(1))
    expect(playground.step_text).to_have_text("800")
    marks.nth(0).focus()
    page.keyboard.press("Enter")
    expect(playground.step_text).to_have_text("400")
    playground.at_rest()
    no_serious_violation(playground)


def test_a_bad_value_is_refused_by_name_and_the_run_stays(playground):
    playground.open({}, step=50)
    playground.click(playground.page.locator("#branch"))
    dialog = playground.page.locator("dialog.branch")
    dialog.get_by_label("becomes").fill("1000")
    playground.click(dialog.get_by_role("button", name="Branch"))
    expect(playground.banner).to_contain_text("learning_rate")
    playground.at_rest()
    assert playground.experiments == [{}]
    assert playground.step == 50


@pytest.mark.charts
def test_when_a_lane_is_closed_the_other_keeps_its_curve(playground):
    playground.open({}, IDENTICAL, step=300)
    before = chart_steps(playground, 4)
    assert before[0] == 0
    playground.click(playground.lane(0).root.get_by_role("button", name="Close this lane"))
    playground.at_rest()
    assert playground.experiments == [IDENTICAL]
    assert chart_steps(playground, 0)[0] == 0
    assert len(chart_steps(playground, 0)) >= len(before) - 1


@pytest.fixture
def history(playground):
    """Two runs, left at steps 120 and 80."""
    playground.open({}, step=120)
    playground.click(playground.choice("activation", "ReLU"))
    playground.at_rest()
    playground.seek(80)
    playground.click(playground.page.locator("#past"))
    return playground.page.locator("dialog.past li")


def test_the_runs_of_this_browser_are_listed_newest_first(playground, history):
    texts = [" ".join(row.inner_text().split()) for row in history.all()]
    assert len(texts) == 2
    assert re.match(r"small random 0\.01, flower, 4 units ReLU step 80, ", texts[0])
    assert re.match(r"small random 0\.01, flower, 4 units tanh step 120, ", texts[1])


def test_a_run_is_restored_from_the_history_after_a_reload(playground, history):
    playground.page.keyboard.press("Escape")
    playground.reload()
    playground.click(playground.page.locator("#past"))
    playground.click(history.nth(1).get_by_role("button", name="Open"))
    playground.at_rest()
    assert playground.step == 120
    playground.shows_runs({})


def test_a_run_of_the_history_is_set_beside_the_present_one(playground, history):
    playground.click(history.nth(1).get_by_role("button", name="Compare"))
    playground.at_rest()
    playground.shows_runs({"network": {"activation": "relu"}}, {})
    assert playground.step == 120


def test_the_history_can_be_forgotten_and_rubbish_in_its_place_does_no_harm(playground, history):
    playground.click(playground.page.get_by_role("button", name="Forget them all"))
    expect(history).to_have_count(0)
    rubbish = json.dumps([{"hash": "#%%%", "accuracy": [1], "step": 3, "name": "x", "when": 0}, 7, None])
    playground.page.evaluate("text => localStorage.setItem('planar-playground-past', text)", rubbish)
    playground.reload()
    playground.click(playground.page.locator("#past"))
    broken = history.filter(has_text="x")
    playground.click(broken.first.get_by_role("button", name="Open"))
    expect(playground.page.locator("dialog.past .hint").first).to_have_text(
        "This entry cannot be read any more."
    )
