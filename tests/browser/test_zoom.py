"""A closer look at the curves: dragged open with a mouse, kept while the run goes on, whole when asked."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import NARROW

pytestmark = pytest.mark.charts

SEEN = "(root) => ['xaxis', 'xaxis2', 'yaxis'].map((axis) => [...root._fullLayout[axis].range])"


def drag_open(playground, chart, across=(0.25, 0.75), down=(0.3, 0.3)) -> None:
    """From one place of the left part of a chart to another, as shares of its width and height."""
    box = chart.locator(".nsewdrag").first.bounding_box()
    mouse = playground.page.mouse
    ends = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in zip(across, down, strict=True)
    ]
    mouse.move(*ends[0])
    mouse.down()
    mouse.move(*ends[1], steps=6)
    mouse.up()


def test_a_stretch_that_is_dragged_open_stays_while_the_run_goes_on(playground):
    page = playground.page
    playground.open({}, step=1000)
    chart = page.locator("#curves")
    whole = chart.get_by_role("button", name="whole")
    expect(whole).to_be_hidden()
    drag_open(playground, chart)
    expect(whole).to_be_visible()
    steps, beside, _ = chart.evaluate(SEEN)
    assert steps == beside == pytest.approx([250, 750], abs=15)
    playground.play_past(1500)
    assert chart.evaluate(SEEN)[0] == steps
    # Every step of a short stretch is drawn, not one of several.
    drawn = chart.evaluate("(root) => root.data.filter((trace) => trace.mode === 'lines')[0].x")
    assert drawn[0] >= 230
    assert drawn[-1] <= 770
    # By keyboard too.
    whole.focus()
    page.keyboard.press("Enter")
    expect(whole).to_be_hidden()
    playground.until(lambda: chart.evaluate(SEEN)[0] == [0, playground.step])


def test_what_is_dragged_while_it_plays_is_seen_and_a_double_click_shows_the_whole(playground):
    playground.open({}, step=1000)
    chart = playground.page.locator("#curves")
    playground.play("10/s")
    drag_open(playground, chart, down=(0.1, 0.9))
    expect(chart.locator(".whole")).to_be_visible()
    playground.pause()
    steps, _, costs = chart.evaluate(SEEN)
    assert steps[0] > 200
    assert 0 < costs[0] < costs[1] < 0.75
    box = chart.locator(".nsewdrag").nth(1).bounding_box()
    playground.page.mouse.dblclick(box["x"] + 40, box["y"] + 40)
    expect(chart.locator(".whole")).to_be_hidden()
    playground.until(lambda: chart.evaluate(SEEN)[0] == [0, playground.step])


def test_another_run_is_seen_whole(playground):
    playground.open({}, step=1000)
    chart = playground.page.locator("#curves")
    drag_open(playground, chart)
    expect(chart.locator(".whole")).to_be_visible()
    playground.press("w")  # new weights: step 0
    expect(chart.locator(".whole")).to_be_hidden()


def test_the_norms_over_time_are_dragged_open_alike(playground):
    playground.open({}, step=1000)
    playground.click(playground.page.locator("#tab-weights"))
    chart = playground.page.locator(".norms")
    expect(chart.locator(".nsewdrag").first).to_be_visible()
    drag_open(playground, chart)
    expect(chart.get_by_role("button", name="whole")).to_be_visible()
    steps = chart.evaluate(SEEN)[0]
    playground.press(".")  # on by a hundred steps
    assert chart.evaluate(SEEN)[0] == steps
    chart.get_by_role("button", name="whole").click()
    playground.until(lambda: chart.evaluate(SEEN)[0][0] == 0)


@pytest.mark.browser_context_args(viewport=NARROW, has_touch=True, is_mobile=True)
def test_under_a_finger_a_chart_lets_the_page_scroll(playground):
    playground.open({}, step=1000)
    chart = playground.page.locator("#curves")
    chart.scroll_into_view_if_needed()
    assert chart.evaluate("(root) => [root._fullLayout.dragmode, root._fullLayout.xaxis.fixedrange]") == [
        False,
        True,
    ]
    expect(chart.locator(".nsewdrag.cursor-crosshair")).to_have_count(0)
