"""The page for people who do not see it, do not point at it, or asked it to keep still."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from app.experiments.panels import PANELS
from tests.browser.chromium import NARROW, WIDE

pytestmark = pytest.mark.charts

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}
SCHEMES = ("light", "dark")
# What opens each dialog: a button, by its id or its name.
DIALOGS = {
    "lessons": "#lessons",
    "your runs": "#past",
    "branch": "#branch",
    "your own points": "#own-points",
    "match my notebook": "#match",
    "nudge": ".symmetry button:has-text('Nudge')",
    "units": ".symmetry button:has-text('Units')",
}


def nothing_serious_in_either_theme(playground, part: str | None = None) -> None:
    for scheme in SCHEMES:
        # Without transitions: they would be measured halfway between the themes.
        playground.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        playground.at_rest()
        no_serious_violation(playground, part)


def no_serious_violation(playground, part: str | None = None) -> None:
    """In the whole page, or in the ``part`` of it that has not been looked at yet."""
    if not playground.page.evaluate("'axe' in window"):  # half a megabyte, once a page
        playground.page.evaluate(Axe().axe_script)
    found = Axe(axe_script="0").run(playground.page, context=part).response["violations"]
    told = [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_serious(playground, size):
    playground.page.set_viewport_size(size)
    playground.open()
    nothing_serious_in_either_theme(playground)
    playground.button("Compare").click()
    playground.page.locator("#speed").select_option(label="as fast as it goes")
    expect(playground.play_button).to_have_text("Play", timeout=30_000)
    playground.at_rest()
    nothing_serious_in_either_theme(playground)


def test_axe_finds_nothing_serious_where_a_run_is_in_trouble(playground):
    playground.open({"init": {"method": "zeros"}})
    playground.page.get_by_text("More", exact=True).click()
    playground.type_into("samples", "-1")
    expect(playground.banner).to_be_visible()
    nothing_serious_in_either_theme(playground)


@pytest.mark.parametrize(
    "size", [WIDE, pytest.param(NARROW, marks=pytest.mark.whole)], ids=["wide", "narrow"]
)
def test_axe_finds_nothing_serious_in_any_tab(playground, size):
    playground.page.set_viewport_size(size)
    playground.open({}, IDENTICAL, step=100)
    for tab in PANELS:
        playground.click(playground.page.locator(f"#tab-{tab}"))
        nothing_serious_in_either_theme(playground, ".tray")
    no_serious_violation(playground)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_serious_in_any_dialog(playground, size):
    playground.page.set_viewport_size(size)
    playground.open(IDENTICAL, step=100)
    for opener in DIALOGS.values():
        playground.page.locator(opener).click()
        expect(playground.page.get_by_role("dialog")).to_be_visible()
        nothing_serious_in_either_theme(playground, "dialog[open]")
        playground.page.keyboard.press("Escape")
        expect(playground.page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_serious_in_a_lesson(playground, size):
    playground.page.set_viewport_size(size)
    playground.open()
    playground.page.locator("#lessons").click()
    playground.page.locator(".lesson-row").first.click()
    expect(playground.page.locator("#lesson h2")).to_be_visible()
    playground.at_rest()
    nothing_serious_in_either_theme(playground)


@pytest.mark.parametrize("query", ["?present", "?embed"])
def test_axe_finds_nothing_serious_when_presenting_or_embedded(playground, query):
    playground.visit(query)
    nothing_serious_in_either_theme(playground)


def test_axe_finds_nothing_serious_with_many_classes_layers_and_everything_unfolded(playground):
    playground.open(
        {
            "data": {"name": "blobs", "classes": 6, "samples": 120},
            "network": {"hidden": [3, 2]},
            "init": {"method": "xavier", "scale": None},
        }
    )
    playground.page.get_by_text("More", exact=True).click()
    nothing_serious_in_either_theme(playground)


def test_whatever_tab_reaches_is_seen_and_marked(playground):
    playground.open({}, IDENTICAL)
    # Every control that is in use can be reached, and an outline says which one has the focus.
    told = []
    reached = set()
    for _ in range(140):
        playground.page.keyboard.press("Tab")
        found = playground.page.evaluate(
            """() => {
              const { activeElement: at } = document;
              if (at === document.body) return null;
              const { outlineStyle, outlineWidth } = getComputedStyle(at);
              at.dataset.reached = "";
              const marked = outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
              return { what: at.outerHTML.slice(0, 90), seen: at.checkVisibility(), marked };
            }"""
        )
        if found is None:
            break
        reached.add(found["what"])
        if not (found["seen"] and found["marked"]):
            told.append(found["what"])
    assert not told, "\n".join(told)
    assert len(reached) > 40
    missed = playground.page.evaluate(
        """() => [...document.querySelectorAll("button, select, input, summary, a[href]")]
          .filter((control) => control.checkVisibility() && !control.disabled && control.tabIndex >= 0
            && control.dataset.reached === undefined)
          .map((control) => control.outerHTML.slice(0, 90))"""
    )
    assert not missed, "\n".join(missed)


def test_the_page_can_be_used_with_the_keyboard_alone(playground):
    playground.open()
    page = playground.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the network"
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.ariaLabel || ''"))
        if seen[-1] == "accept":
            break
    assert {"play", "speed", "timeline", "samples", "rate"} <= set(seen)
    page.keyboard.press("Enter")
    expect(page.locator(".lane")).to_have_count(2)
    page.keyboard.press("Escape")
    playground.past(20)


def test_the_nudge_dialog_takes_and_gives_back_the_focus(playground):
    playground.open(IDENTICAL)
    nudge = playground.button("Nudge …")
    nudge.focus()
    playground.page.keyboard.press("Enter")
    expect(playground.page.get_by_role("dialog")).to_be_visible()
    assert playground.page.evaluate("document.activeElement.closest('dialog') !== null")
    playground.page.keyboard.press("Escape")
    expect(nudge).to_be_focused()


def test_the_sentence_is_spoken_when_the_run_rests(playground):
    playground.open(IDENTICAL)
    spoken = playground.page.locator("#spoken")
    assert spoken.get_attribute("aria-live") == "polite"
    playground.play_past(200)
    assert spoken.inner_text() == playground.lane().sentence.inner_text()
    assert spoken.inner_text().startswith(f"Step {playground.step_text.inner_text()}: all 4 units equal")


def test_motion_is_reduced_when_asked(playground):
    playground.page.emulate_media(reduced_motion="reduce")
    playground.open({})
    moving = playground.page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element);
          const lasts = transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
          return lasts || animationName !== "none";
        }).map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert moving == []
    playground.play_past(50)
    playground.shows_runs({})
