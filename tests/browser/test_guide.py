"""The guided start: at most four steps beside the invitation, in nobody's way, and never twice."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import NARROW
from tests.browser.playground import link
from tests.browser.test_accessibility import nothing_serious_in_either_theme
from tests.browser.test_layout import all_fits

phone = pytest.mark.browser_context_args(viewport=NARROW, has_touch=True, is_mobile=True)
MARKED = [["unit"] * 4, ["plane"], ["lessons"], ["accept"]]


def ringed(playground) -> list[str]:
    """What has the guide's ring, as it is seen."""
    return playground.page.evaluate(
        """() => [...document.querySelectorAll("main *, nav *")].filter((one) => {
          const { outlineWidth, outlineStyle } = getComputedStyle(one);
          return outlineWidth === "3px" && outlineStyle === "solid" && one.checkVisibility();
        }).map((one) => one.id || one.className)"""
    )


@pytest.fixture
def guide(playground):
    return playground.page.locator("#guide")


def test_each_step_marks_what_it_speaks_of_and_the_last_what_to_press(playground, guide):
    playground.open()
    for number, marks in enumerate(MARKED, 1):
        expect(guide).to_contain_text(f"{number} of {len(MARKED)}")
        assert ringed(playground) == marks
        all_fits(playground)
        if number < len(MARKED):
            guide.get_by_role("button", name="Next").click()
    assert "Now press Compare" in guide.inner_text()
    guide.get_by_role("button", name="Done").click()
    expect(guide).to_be_hidden()
    assert ringed(playground) == []
    expect(playground.invitation).to_be_visible()


@pytest.mark.parametrize("how", ["Escape", "button"])
def test_it_can_be_skipped_at_once_and_does_not_come_again(playground, guide, how):
    playground.open()
    expect(guide).to_be_visible()
    if how == "Escape":
        playground.page.keyboard.press("Escape")
    else:
        playground.button("Skip the guided start").click()
    expect(guide).to_be_hidden()
    playground.visit("")
    expect(playground.invitation).to_be_visible()
    expect(guide).to_be_hidden()


@pytest.mark.parametrize("what", ["play", "accept"])
def test_whoever_has_found_what_to_press_is_not_guided_any_more(playground, guide, what):
    playground.open()
    expect(guide).to_be_visible()
    playground.page.locator(f"#{what}").click()
    playground.past(10)
    expect(guide).to_be_hidden()
    assert ringed(playground) == []
    playground.pause()
    playground.visit("")
    expect(guide).to_be_hidden()


@pytest.mark.parametrize(
    "address", ["/" + link({}), "/?embed", "/?present", "/#~", "/" + link({}, {}, step=5)]
)
def test_who_comes_for_something_else_is_not_guided(playground, guide, address):
    playground.page.goto(playground.server.url + address)
    playground.at_rest()
    expect(guide).to_be_hidden()
    assert ringed(playground) == []


def test_it_comes_again_from_the_help_sheet_and_speaks_of_what_is_there(playground, guide):
    playground.open({})
    for _ in range(2):
        playground.page.keyboard.press("?")
        playground.button("Show the guided start").click()
        expect(guide).to_contain_text("1 of 4")
        for _ in range(3):
            guide.get_by_role("button", name="Next").click()
        expect(guide).to_contain_text("Compare with …")
        assert ringed(playground) == ["compare"]
        playground.page.keyboard.press("Escape")
        expect(guide).to_be_hidden()


def test_it_can_be_walked_by_keyboard(playground, guide):
    playground.open()
    playground.page.locator("#guide-next").focus()
    for number in (2, 3, 4):
        playground.page.keyboard.press("Enter")
        expect(guide).to_contain_text(f"{number} of 4")
    playground.page.keyboard.press("Tab")
    expect(playground.page.locator("#guide-skip")).to_be_focused()
    assert guide.locator("p").get_attribute("aria-live") == "polite"


def test_a_browser_that_keeps_nothing_can_skip_it_too(playground, guide):
    playground.page.add_init_script(
        "Storage.prototype.setItem = Storage.prototype.getItem = () => { throw new Error('no'); }"
    )
    playground.open()
    playground.page.keyboard.press("Escape")
    playground.press("ArrowRight")
    expect(guide).to_be_hidden()


@phone
def test_on_a_phone_it_leaves_the_invitation_and_play_to_be_pressed(playground, guide):
    playground.open()
    assert playground.page.evaluate("scrollY") == 0
    accept = playground.button("Compare")
    for number in range(1, 5):
        expect(guide).to_contain_text(f"{number} of 4")
        box, play = guide.bounding_box(), playground.play_button.bounding_box()
        assert box["y"] + box["height"] <= play["y"]
        if number < 4:
            guide.get_by_role("button", name="Next").tap()
    accept.tap()
    expect(playground.page.locator(".lane")).to_have_count(2)


def test_axe_finds_nothing_serious(playground, guide):
    playground.open()
    expect(guide).to_be_visible()
    nothing_serious_in_either_theme(playground)
