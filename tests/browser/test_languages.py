"""The page in more languages: words, a lesson, the live sentence; the choice is kept, nothing is cut off."""

import pytest
from playwright.sync_api import expect

from app.experiments.sentence import TEMPLATES, Phrase, sentence
from app.experiments.texts import LANGUAGES, NAMES, texts
from tests.browser.chromium import NARROW, WIDE
from tests.browser.playground import link

pytestmark = pytest.mark.charts

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}
DE = texts("de")
VALUES = {
    "at": 12_345,
    "reason": "the cost is not finite",
    "cost": "1.2e+03",
    "steps": 1240,
    "units": 4,
    "distinct": 2,
    "sizes": "1 + 3",
    "first": "1, 2",
    "last": "3",
    "label": 0,
    "accuracy": "65.5",
    "step": 1240,
}


def visit(playground, query: str, *experiments, step: int = 0) -> None:
    playground.page.goto(f"{playground.server.url}/{query}{link(*experiments, step=step)}")
    playground.at_rest()


def test_in_english_every_sentence_is_the_server_s(playground):
    playground.open({})
    said = [
        [{"key": key, "values": {k: v for k, v in VALUES.items() if "{" + k in TEMPLATES[key]}}]
        for key in TEMPLATES
        if key != "step"
    ]
    said.append([phrase for (phrase,) in said])
    made = playground.page.evaluate(
        """async (said) => {
          const { sentence } = await import(document.querySelector("[href$='/phrases.js']").href);
          return said.map((phrases) => sentence(1240, phrases));
        }""",
        said,
    )
    assert made == [sentence(1240, [Phrase(**phrase) for phrase in phrases]) for phrases in said]


def test_the_live_sentence_is_the_server_s(playground):
    playground.open(IDENTICAL, {"network": {"hidden": [3, 2]}}, step=1240)
    for shown, told in zip(playground.lanes, playground.wire.frame.header["lanes"], strict=True):
        expect(shown.sentence).to_have_text(told["sentence"])


def test_german_from_the_link_and_english_by_choice(playground):
    page = playground.page
    visit(playground, "?lang=de&lesson=why_random")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#play")).to_have_text("Start")
    expect(page.locator("#tab-why")).to_have_text("Warum bewegt sich nichts?")
    expect(page.locator("#tab-hint")).to_have_text(DE["page"]["hint.activations"])
    lesson = page.locator("#lesson")
    expect(lesson.locator("h2")).to_have_text(DE["lessons"]["why_random"]["title"])
    expect(lesson.get_by_text(DE["lessons"]["why_random"]["press"])).to_be_visible()
    menu = page.locator("#language")
    assert menu.locator("option").all_inner_texts() == list(NAMES.values())
    expect(menu).to_have_value("de")
    menu.select_option("English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(lesson.locator("h2")).to_have_text(texts("en")["lessons"]["why_random"]["title"])
    expect(page.locator("#play")).to_have_text("Play")
    assert "lang=" not in page.url


def test_the_choice_is_kept_and_so_is_the_run(playground):
    page = playground.page
    visit(playground, "", IDENTICAL, step=1240)
    playground.until(lambda: page.url.endswith("@1240"))
    page.locator("#language").select_option("Deutsch")
    spoken = page.locator("#sentences span:not(.marker)").first
    expected = (
        "Schritt 1\u202f240: alle 4 Units gleich; die Entscheidungsgrenze ist eine Gerade; Genauigkeit 65.5 %"
    )
    expect(spoken).to_have_text(expected)
    page.reload()
    expect(spoken).to_have_text(expected)
    expect(page.locator("#step")).to_have_text("1\u202f240")
    page.click("#tab-why")
    expect(page.locator("#why .words")).to_have_text(
        DE["verdicts"]["identical"].format(units=4, layer=1),
    )
    page.click("#branch")
    expect(page.get_by_role("dialog")).to_contain_text("Verzweigen bei Schritt 1\u202f240")


def test_a_language_that_there_is_not_is_refused_in_words(playground):
    visit(playground, "?lang=xx")
    expect(playground.page.locator("#banner")).to_contain_text(
        "There is no language xx here; there are en, de."
    )
    expect(playground.page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.browser_context_args(locale="de-AT")
def test_the_browser_s_own_language_is_the_first_guess(playground):
    visit(playground, "")
    expect(playground.page.locator("#play")).to_have_text("Start")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_page_fits_in_every_language(playground, language, window):
    page = playground.page
    page.set_viewport_size(window)
    visit(playground, f"?lang={language}", IDENTICAL, {}, step=1240)
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]
        cut = page.locator(".choices .what, .lane header, .heading h2, .transport button").evaluate_all(
            "all => all.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"
        )
        assert cut == []


def test_what_is_refused_is_said_in_german_and_what_has_no_german_is_marked_as_english(playground):
    visit(playground, "?lang=de", IDENTICAL, step=20)
    playground.type_into("samples", "-1")
    expect(playground.banner).to_contain_text(
        "data.samples: verlangt ist eine ganze Zahl von 2 bis 10000; gegeben ist -1"
    )
    playground.type_into("scale", "big")
    expect(playground.banner).to_contain_text(
        'init.scale: verlangt ist eine Zahl von 0 bis 100 oder leer; gegeben ist "big"'
    )
    expect(playground.banner.locator("[lang]")).to_have_count(0)
    assert (
        playground.page.locator("#rate").get_attribute("title") == "Lernrate: eine Zahl über 0, höchstens 10"
    )
    # A rule whose form the catalog does not know.
    said = playground.page.evaluate(
        """async () => {
          const { Refusal, marked } = await import(document.querySelector("[href$='/refusals.js']").href);
          const paragraph = document.createElement("p");
          const errors = [{ field: "data", rule: "blue", value: 1 }];
          paragraph.append(...marked(new Refusal({ detail: "data must be blue; got 1", errors }).message));
          return paragraph.innerHTML;
        }"""
    )
    assert said == 'Der Server hat abgelehnt, auf Englisch: <span lang="en">data must be blue; got 1</span>'
