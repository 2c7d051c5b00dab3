"""The help sheet: every key it lists does what it says, and no key is kept from it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.playground import link
from tests.browser.test_accessibility import nothing_serious_in_either_theme

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}


def help_of(playground):
    return playground.page.get_by_role("dialog", name="Help")


def opened(playground):
    playground.page.keyboard.press("?")
    expect(help_of(playground)).to_be_visible()
    return help_of(playground)


def keys(sheet, heading: str) -> dict[str, str]:
    rows = sheet.locator(f"h3:text-is('{heading}') + dl > div").all()
    return {row.locator("dt").inner_text(): row.locator("dd").inner_text() for row in rows}


@pytest.mark.parametrize("how", ["key", "button"])
def test_it_opens_by_key_and_button_and_gives_the_focus_back(playground, how):
    playground.open({})
    button = playground.page.locator("#help")
    button.focus()
    if how == "key":
        opened(playground)
    else:
        button.click()
    expect(help_of(playground)).to_be_visible()
    playground.page.keyboard.press("Escape")
    expect(help_of(playground)).to_be_hidden()
    expect(button).to_be_focused()


def test_a_question_mark_that_is_typed_is_typed(playground):
    playground.open({})
    playground.page.locator("#rate").focus()
    playground.page.keyboard.press("?")
    expect(help_of(playground)).to_be_hidden()


STEPS = {"→": 1, "Shift →": 10, ".": 100, "←": -1, "Shift ←": -10, ",": -100}
DIALOGS = {"D": "own-points", "L": "lessons", "H": "past", "S": "share", "O": "room-dialog"}
DIALOGS |= {"V": "sweep", "B": "branch"}


def test_every_key_on_the_sheet_does_what_it_says(playground):
    playground.open(IDENTICAL, step=300)
    page = playground.page
    listed = set(keys(opened(playground), "Keys")) - {"Tab", "← →", "Esc"}
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")

    for shown, by in STEPS.items():
        before = playground.step
        playground.press(shown.replace(" ", "+").replace("→", "ArrowRight").replace("←", "ArrowLeft"))
        expect(playground.step_text).to_have_text(f"{before + by:,}")
        listed.discard(shown)
    playground.press("Home")
    expect(playground.step_text).to_have_text("0")
    playground.press("End")
    expect(playground.step_text).to_have_text("411")
    playground.press("r")
    expect(playground.step_text).to_have_text("0")
    playground.shows_runs(IDENTICAL)
    playground.press("w")
    assert playground.experiments == [{"init": {**IDENTICAL["init"], "seed": 3}}]
    playground.press("p")
    assert playground.experiments[0]["data"] == {"seed": 2}
    page.keyboard.press("c")
    expect(page.locator("#compare")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    expect(playground.play_button).to_have_text("Pause")
    playground.past(5)
    page.keyboard.press(" ")
    expect(playground.play_button).to_have_text("Play")
    listed -= {"Home", "End", "R", "W", "P", "C", "Space", "?"}
    for letter, kind in DIALOGS.items():
        page.keyboard.press(letter.lower())
        expect(page.locator(f"dialog.{kind}")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(f"dialog.{kind}")).to_be_hidden()
        listed.discard(letter)
    assert listed == set()


def test_every_key_that_a_control_names_is_on_the_sheet(playground):
    playground.open({})
    named = playground.page.locator("button[title]").evaluate_all("found => found.map((one) => one.title)")
    letters = {found[1] for title in named if (found := re.search(r"\((\S)\)$", title))}
    assert {"R", "B", "H", "L", "S", "W", "D", "?"} <= letters
    assert letters <= set(keys(opened(playground), "Keys"))


def test_the_presenters_keys_are_those_of_the_slides(playground):
    playground.open({})
    told = keys(opened(playground), "While presenting")
    playground.page.goto(f"{playground.server.url}/?present")
    line = ", ".join(f"{shown} {does}" for shown, does in told.items())
    expect(playground.page.locator(".slide .hint")).to_contain_text(line)


def test_its_links_are_those_the_page_understands(playground):
    playground.open({})
    links = keys(opened(playground), "In the address, before the #")
    assert list(links) == ["?lesson=name", "?present", "?room=code", "?embed", "?hide=part,part"]
    parts = links["?hide=part,part"].partition(": ")[2].split(", ")
    panels = re.search(r"\?embed=(\S+)", links["?embed"])[1].split(",")
    playground.page.goto(
        f"{playground.server.url}/?hide={','.join(parts)}&embed={','.join(panels)}{link({})}"
    )
    playground.at_rest()
    expect(playground.banner).to_be_hidden()


def test_axe_finds_nothing_serious(playground):
    playground.open({})
    opened(playground)
    nothing_serious_in_either_theme(playground)
