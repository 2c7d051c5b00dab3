"""Everything has its place: nothing scrolls at 1440 x 900, and on a phone the same blocks stack."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import NARROW, WIDE
from tests.browser.playground import link

pytestmark = pytest.mark.charts

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}
phone = pytest.mark.browser_context_args(viewport=NARROW, has_touch=True, is_mobile=True)

# What a person would have to scroll to read, or could not read at all.
CUT_OFF = """(ignored) => {
  const found = [];
  for (const element of document.querySelectorAll("main, main *, header, header *")) {
    const { overflowX, overflowY } = getComputedStyle(element);
    if (!element.checkVisibility() || element.closest(ignored)) continue;
    const name = `${element.tagName} ${element.id || element.className.baseVal || element.className}`;
    if (overflowY !== "visible" && element.scrollHeight > element.clientHeight + 3) {
      found.push(`${name}: ${element.scrollHeight} high in ${element.clientHeight}`);
    }
    if (overflowX !== "visible" && element.scrollWidth > element.clientWidth + 3) {
      found.push(`${name}: ${element.scrollWidth} wide in ${element.clientWidth}`);
    }
    const { left, right, top, bottom, width } = element.getBoundingClientRect();
    const outside = left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1;
    if (width && element.children.length === 0 && outside) {
      found.push(`${name}: outside of the window`);
    }
  }
  return found;
}"""
# Plotly's own boxes; what only a screen reader or the keyboard meets; a menu that shows its chosen entry;
# the line of changes in mid-run, of which there may be any number.
IGNORED = "figure *, .hidden, .skip, select, option, .chips"

# Texts that lie on one another, line by line.
OVERLAPPING = """(ignored) => {
  const lines = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: element, data } = texts.currentNode;
    if (!data.trim() || !element.checkVisibility() || element.closest(`svg, noscript, ${ignored}`)) continue;
    const range = document.createRange();
    range.selectNode(texts.currentNode);
    for (const box of range.getClientRects()) lines.push({ data, box });
  }
  const found = [];
  lines.forEach(({ data, box: a }, i) => lines.slice(0, i).forEach(({ data: other, box: b }) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (data !== other && wide > 2 && high > 5) found.push(`"${other}" and "${data}"`);
  }));
  return found;
}"""


def size(playground) -> dict:
    return playground.page.evaluate(
        """() => {
          const { scrollWidth, scrollHeight } = document.documentElement;
          return { scrollWidth, scrollHeight, innerWidth, innerHeight };
        }"""
    )


def all_fits(playground, seconds: float = 3.0) -> None:
    """At rest; looked at again where not: what is sized by its neighbours follows a frame or two later."""
    until = time.monotonic() + seconds
    while faults := _unfit(playground):
        assert time.monotonic() < until, "\n".join(faults)
        playground.page.wait_for_timeout(100)


def _unfit(playground) -> list[str]:
    found = size(playground)
    scrolling = [
        f"{found[f'scroll{side}']} of {side} in {found[f'inner{side}']}"
        for side in ("Width", "Height")
        if found[f"scroll{side}"] > found[f"inner{side}"]
    ]
    cut_off, overlapping = (playground.page.evaluate(script, IGNORED) for script in (CUT_OFF, OVERLAPPING))
    return [*scrolling, *cut_off, *overlapping]


def test_nothing_scrolls_on_the_first_visit(playground):
    playground.open()
    all_fits(playground)


def test_nothing_scrolls_in_the_middle_of_a_comparison(playground):
    playground.open({}, IDENTICAL)
    playground.play_past(3000)
    all_fits(playground)


def test_nothing_scrolls_with_eight_units(playground):
    playground.open({"network": {"hidden": [8]}}, step=200)
    all_fits(playground)


def test_nothing_scrolls_with_two_layers_and_changes_in_mid_run(playground):
    changes = [
        {"step": 40, "set": {"learning_rate": 0.1}},
        {"step": 60, "nudge": {"layer": 1, "unit": 2, "input": None, "by": -0.25}},
    ]
    playground.open({"network": {"hidden": [4, 3]}, "interventions": changes}, step=100)
    all_fits(playground)


@pytest.mark.parametrize("window", [(1280, 720), (1024, 768)])
def test_a_smaller_window_scrolls_down_only_and_nothing_overlaps(playground, window):
    width, height = window
    playground.page.set_viewport_size({"width": width, "height": height})
    playground.open({}, IDENTICAL, step=100)
    assert size(playground)["scrollWidth"] <= width
    overlapping = playground.page.evaluate(OVERLAPPING, f"{IGNORED}, #tabs")  # a row that scrolls sideways
    assert not overlapping, "\n".join(overlapping)
    # Each row of choices is one row: as high as its own segments.
    rows = playground.page.locator("#choices > .row")
    assert rows.count() == 2
    for row in rows.all():
        segments = row.locator(".segments").first.bounding_box()
        assert row.bounding_box()["height"] <= segments["height"] + 2


def test_every_shape_of_network_can_be_shown(playground):
    playground.open({"data": {"samples": 60}})
    for shape in ([], [64], [64] * 12, [1] * 12, [8] * 4, [1, 64, 2]):
        network = {
            "network": {"hidden": shape},
            "data": {"samples": 60},
            "init": {"method": "xavier", "scale": None},
        }
        playground.follow(link(network, network))
        expect(playground.lane(1).heads).to_have_count(len(shape))
        playground.at_rest()
        playground.press("ArrowRight")
        expect(playground.step_text).to_have_text("1")
        # At most eight maps of a layer, and how many more there are.
        assert playground.lane().units.count() == sum(min(n, 8) for n in shape)
        rest = playground.lane().root.locator(".rest").all_inner_texts()
        assert rest == [f"+{n - 8}" for n in shape if n > 8]
        found = size(playground)
        assert found["scrollWidth"] <= found["innerWidth"]
        assert found["scrollHeight"] <= found["innerHeight"]
        picture = playground.page.locator(".picture").first
        if len(shape) > 4:  # a deep picture scrolls inside itself
            assert picture.evaluate("(picture) => picture.scrollWidth > picture.clientWidth")
        playground.shows_runs(network, network)


@phone
@pytest.mark.parametrize("lanes", [1, 2])
def test_a_phone_scrolls_down_only_and_play_is_within_reach_of_a_thumb(playground, lanes):
    playground.open(*[{}, IDENTICAL][:lanes])
    found = size(playground)
    assert found["innerWidth"] == NARROW["width"]
    assert found["scrollWidth"] <= NARROW["width"]
    box = playground.play_button.bounding_box()
    assert box["y"] >= NARROW["height"] - 150
    assert box["y"] + box["height"] <= NARROW["height"]
    assert box["height"] >= 40
    playground.play_button.tap()
    playground.past(20)
    playground.play_button.tap()
    playground.at_rest()
    playground.shows_runs(*[{}, IDENTICAL][:lanes])


@phone
def test_a_phone_takes_the_invitation(playground):
    playground.open()
    playground.button("Compare").tap()
    playground.page.locator("#speed").select_option(label="as fast as it goes")
    expect(playground.play_button).to_have_text("Play", timeout=30_000)
    playground.at_rest()
    assert playground.step == 3000
    assert [lane.headline.inner_text() for lane in playground.lanes] == ["all 4 different", "all 4 equal"]


@phone
def test_everything_on_a_phone_can_be_scrolled_to_and_used(playground):
    playground.open({})
    for choice in (
        playground.choice("activation", "ReLU"),
        playground.choice("initialize", "He"),
        playground.choice("Data set", "moons"),
        playground.button("One unit more in layer 1"),
        playground.button("One layer more"),
    ):
        choice.tap()
        playground.at_rest()
    playground.shows_runs(
        {
            "network": {"activation": "relu", "hidden": [5, 5]},
            "init": {"method": "he", "scale": None},
            "data": {"name": "moons"},
        }
    )


def test_no_window_is_scrolled_sideways_and_the_page_follows_its_size(playground):
    playground.open({}, IDENTICAL)
    for width, height in ((1920, 1080), (1280, 720), (1024, 768), (768, 1024), (320, 640)):
        playground.page.set_viewport_size({"width": width, "height": height})
        playground.page.wait_for_timeout(100)
        assert size(playground)["scrollWidth"] <= width
    playground.page.set_viewport_size(WIDE)
    playground.press("ArrowRight")
    expect(playground.step_text).to_have_text("1")
    all_fits(playground)


@pytest.mark.parametrize(("query", "width"), [("", 790), ("", 820), ("&present", 820), ("&present", 1024)])
def test_german_is_longer_and_still_fits(playground, query, width):
    playground.page.set_viewport_size({"width": width, "height": 768})
    playground.visit(f"?lang=de{query}{link({}, IDENTICAL)}")
    if query:
        playground.page.keyboard.press("PageDown")
        expect(playground.page.locator(".slide").first).to_be_hidden()
    assert size(playground)["scrollWidth"] <= width
    for name in playground.page.locator(".output .lane-name").all():
        assert name.evaluate("name => name.scrollWidth <= name.clientWidth")


def test_the_steps_beneath_the_curves_stand_upright(playground):
    playground.page.set_viewport_size({"width": 900, "height": 700})
    playground.open({}, step=29_560)
    labels = playground.page.locator("#curves .xtick text, #curves .x2tick text")
    expect(labels.first).to_be_visible()
    turned = re.compile(r"rotate\((?!0[,)])")
    assert not [label for label in labels.all() if turned.search(label.get_attribute("transform") or "")]


def test_where_a_run_is_now_has_its_whole_marker(playground):
    playground.open({}, IDENTICAL, step=300)
    markers = playground.page.locator("#curves .point")
    expect(markers).to_have_count(4)
    for marker in markers.all():
        assert marker.evaluate("marker => !marker.closest('[clip-path]')")
