"""Lessons: predict, run, read what happened; by keyboard alone, by link, on paper."""

import json

import pytest
from playwright.sync_api import expect

from app.experiments.lessons import LESSONS
from app.experiments.texts import texts
from tests.browser.playground import link

WORDS = texts("en")["lessons"]
ADAM = list(LESSONS).index("adam") + 1


def open_lesson(playground, name: str, hash_: str = "") -> None:
    playground.page.goto(f"{playground.server.url}/?lesson={name}{hash_}")
    expect(playground.page.locator("#lesson-title")).to_have_text(WORDS[name]["title"])
    playground.at_rest()


@pytest.fixture
def lesson(playground):
    return playground.page.locator("#lesson")


def test_the_list_has_every_lesson_and_opens_it_paused_at_its_start(playground, lesson):
    playground.open({})
    playground.click(playground.page.locator("#lessons"))
    rows = playground.page.locator(".lesson-row")
    expect(rows).to_have_count(len(LESSONS))
    assert rows.locator(".title").all_inner_texts() == [words["title"] for words in WORDS.values()]
    playground.click(rows.nth(ADAM - 1))
    expect(lesson.locator("h2")).to_have_text(WORDS["adam"]["title"])
    expect(lesson.locator("h2")).to_be_focused()
    for paragraph in WORDS["adam"]["paragraphs"]:
        expect(lesson.get_by_text(paragraph)).to_be_visible()
    playground.at_rest()
    assert playground.step == 0
    assert not playground.playing
    assert "lesson=adam" in playground.page.url
    first, second = playground.experiments
    assert (first["training"]["learning_rate"], first["data"]["name"]) == (0.05, "moons")
    assert second["training"]["optimizer"] == "adam"


def test_a_whole_lesson_by_keyboard_alone(playground, lesson):
    playground.open({})
    playground.press("l")
    row = playground.page.locator(".lesson-row").nth(ADAM - 1)
    for _ in range(ADAM + 2):
        if row.evaluate("row => row === document.activeElement"):
            break
        playground.page.keyboard.press("Tab")
    playground.page.keyboard.press("Enter")
    expect(lesson.locator("h2")).to_be_focused()
    run = lesson.get_by_role("button", name="Run it")
    expect(run).to_be_disabled()
    playground.page.keyboard.press("Tab")
    playground.page.keyboard.press("ArrowDown")
    expect(lesson.get_by_role("radio").nth(1)).to_be_checked()
    expect(run).to_be_enabled()
    playground.page.keyboard.press("Tab")
    expect(run).to_be_focused()
    playground.page.keyboard.press("Enter")
    expect(lesson.locator(".verdict")).to_have_text("✓ As you predicted.", timeout=30_000)
    expect(playground.step_text).to_have_text("200")
    for key in ("because", "misconception"):
        expect(lesson.get_by_text(WORDS["adam"][key])).to_be_visible()
    # What was claimed is what is shown.
    accuracies = [playground.lane(i).accuracy.inner_text() for i in range(2)]
    assert [float(text.removesuffix(" %")) for text in accuracies] == pytest.approx([80.8, 95.8], abs=0.5)


def test_a_wrong_prediction_is_told_and_may_be_changed(playground, lesson):
    open_lesson(playground, "adam")
    lesson.get_by_role("radio").nth(0).check()
    playground.click(lesson.get_by_role("button", name="Run it"))
    expect(lesson.locator(".verdict")).to_have_text(f"It was: {WORDS['adam']['choices'][1]}", timeout=30_000)
    lesson.get_by_role("radio").nth(1).check()
    expect(lesson.locator(".verdict")).to_have_text("✓ As you predicted.")


def test_what_was_finished_is_kept_and_ticked_off(playground, lesson):
    open_lesson(playground, "adam")
    lesson.get_by_role("radio").nth(0).check()
    playground.click(lesson.get_by_role("button", name="Run it"))
    expect(lesson.locator(".verdict")).to_be_visible(timeout=30_000)
    playground.open({})
    playground.click(playground.page.locator("#lessons"))
    expect(playground.page.locator(".lesson-row").nth(ADAM - 1)).to_contain_text("✓ done")
    expect(playground.page.locator("dialog.lessons")).to_contain_text(f"1 of {len(LESSONS)} done")
    playground.click(playground.page.locator(".lesson-row").nth(ADAM - 1))
    expect(lesson.get_by_role("radio").nth(0)).to_be_checked()


def test_the_receipt_says_what_was_predicted_and_links_the_run(playground, lesson):
    playground.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_lesson(playground, "adam")
    lesson.get_by_role("radio").nth(0).check()
    playground.click(lesson.get_by_role("button", name="Run it"))
    playground.click(lesson.get_by_role("button", name="copy a receipt"))
    expect(lesson.get_by_role("button", name="copied")).to_be_visible()
    told = playground.page.evaluate("navigator.clipboard.readText()")
    title, question, predicted, address = told.split("\n")
    assert title == f"Planar Playground, lesson {ADAM}: {WORDS['adam']['title']}"
    assert question == WORDS["adam"]["question"]
    assert predicted.startswith(f"Predicted: {WORDS['adam']['choices'][0]} (it was: ")
    assert address.startswith(f"{playground.server.url}/?lesson=adam#")


def test_the_follow_up_is_another_pair(playground, lesson):
    open_lesson(playground, "adam")
    lesson.get_by_role("radio").nth(1).check()
    playground.click(lesson.get_by_role("button", name="Run it"))
    playground.click(lesson.get_by_role("button", name="Look"))
    expect(playground.step_text).to_have_text("200", timeout=30_000)
    assert [run["training"]["optimizer"] for run in playground.experiments] == ["rmsprop", "adam"]
    playground.click(lesson.get_by_role("button", name="back to this lesson's runs"))
    playground.at_rest()
    assert playground.experiments[1]["training"]["optimizer"] == "adam"
    assert "optimizer" not in playground.experiments[0]["training"]
    assert playground.step == 0


def test_a_link_with_runs_of_its_own_keeps_them(playground, lesson):
    open_lesson(playground, "adam", link({"network": {"hidden": [2]}}, step=30))
    assert playground.experiments == [{"network": {"hidden": [2]}}]
    assert playground.step == 30
    expect(lesson.get_by_role("button", name="back to this lesson's runs")).to_be_visible()


def test_the_controls_come_back_without_leaving_the_lesson(playground, lesson):
    open_lesson(playground, "adam")
    expect(playground.page.locator("#training-fields")).to_be_hidden()
    playground.click(lesson.get_by_role("button", name="show data and training"))
    expect(playground.page.locator("#training-fields")).to_be_visible()
    playground.click(playground.page.get_by_role("button", name="back to the lesson"))
    expect(lesson).to_be_visible()
    playground.click(lesson.get_by_role("button", name="Close the lesson"))
    expect(playground.page.locator("#training-fields")).to_be_visible()
    assert "lesson=" not in playground.page.url


def test_a_lesson_there_is_not_is_said_beside_the_list(playground):
    playground.page.goto(f"{playground.server.url}/?lesson=nothing")
    dialog = playground.page.locator("dialog.lessons")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("status")).to_have_text(texts("en")["page"]["lesson.unknown"])
    expect(playground.page.locator(".lesson-row")).to_have_count(len(LESSONS))
    playground.page.keyboard.press("Escape")
    playground.click(playground.page.locator("#lessons"))  # asked for: the usual words
    expect(dialog.get_by_role("status")).to_have_text(texts("en")["page"]["lessons.hint"])


def test_lessons_that_cannot_be_read_are_a_message(playground, faults):
    playground.open({})
    faults.allow("503")
    playground.page.route("**/api/lessons", lambda route: route.fulfill(status=503))
    playground.click(playground.page.locator("#lessons"))
    expect(playground.page.locator("dialog.lessons")).to_contain_text("could not be read")


@pytest.mark.parametrize("key", [False, True])
def test_on_paper_there_is_a_worksheet_and_a_key(playground, key):
    playground.page.add_init_script("window.print = () => { window.printed = (window.printed ?? 0) + 1; }")
    playground.open({})
    playground.click(playground.page.locator("#lessons"))
    playground.click(
        playground.page.get_by_role("button", name="Print the key" if key else "Print a worksheet")
    )
    assert playground.page.evaluate("window.printed") == 1
    playground.page.emulate_media(media="print")
    sheet = playground.page.locator("#sheet")
    expect(sheet).to_be_visible()
    expect(playground.page.locator("main")).to_be_hidden()
    expect(sheet.locator("article")).to_have_count(len(LESSONS))
    text = sheet.inner_text()
    for lesson in LESSONS.values():
        words = WORDS[lesson.name]
        assert words["question"] in text
        assert (words["because"] in text) == key
        assert (f"☒ {words['choices'][lesson.answer]}" in text) == key
    assert json.dumps(text).count("\\u2612") == (len(LESSONS) if key else 0)


def test_while_the_lesson_runs_its_answer_is_not_given_away(playground, lesson):
    open_lesson(playground, "why_random")
    lesson.get_by_role("radio").nth(1).check()
    playground.click(lesson.get_by_role("button", name="Run it"))
    playground.past(100)
    expect(lesson.locator(".verdict")).to_have_count(0)
    playground.pause()
    expect(lesson.locator(".verdict")).to_have_count(0)


def test_its_lanes_are_told_apart(playground):
    open_lesson(playground, "nudge")
    names = [playground.lane(i).name.inner_text() for i in range(2)]
    assert names == ["nudged by 1e\u22128", "2 nudges"]
