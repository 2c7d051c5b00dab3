"""Match my notebook: pasted costs beside the run's, the first that differs marked, and why."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import NARROW
from tests.browser.playground import shows
from tests.browser.test_accessibility import nothing_serious_in_either_theme

# references/README.md: the planar exercise, and the same with seed 3 from step 100 on.
COURSE = "Cost after iteration 0: 0.693048\nCost after iteration 1000: 0.288083\n"
IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}


@pytest.fixture
def dialog(playground):
    def open_(*experiments):
        playground.open(*(experiments or ({},)))
        playground.button("my notebook …").click()
        opened = playground.page.get_by_role("dialog", name="Match my notebook")
        expect(opened).to_be_visible()
        return opened

    return open_


def compare(dialog, text: str) -> None:
    dialog.get_by_label("The costs that your notebook printed").fill(text)
    dialog.get_by_role("button", name="Compare").click()


def rows(dialog) -> list[list[str]]:
    expect(dialog.get_by_role("table")).to_be_visible()
    return [row.locator("th, td").all_inner_texts() for row in dialog.locator("tbody tr").all()]


def test_the_course_s_costs_are_the_run_s(playground, dialog):
    opened = dialog()
    compare(opened, COURSE)
    expect(opened.get_by_role("status")).to_contain_text("All 2 costs are the same")
    assert rows(opened) == [
        ["0", "0.693048", "0.69304802", "yes"],
        ["1,000", "0.288083", "0.28808329", "yes"],
    ]


def test_the_first_row_that_differs_is_marked_and_explained_by_keys_alone(playground, dialog, server):
    run = playground.page.request.post(
        f"{server.url}/api/runs",
        data={"experiment": {"init": {"seed": 3}}, "steps": 400, "record_every": 100},
    ).json()
    costs = [row["cost"] for row in run["history"]]
    opened = dialog()
    keyboard = playground.page.keyboard
    keyboard.insert_text(", ".join(f"{cost:.5f}" for cost in costs))  # the text has the focus
    keyboard.press("Tab")
    keyboard.type("100")
    keyboard.press("Enter")
    verdict = opened.get_by_role("status")
    expect(verdict).to_contain_text("Your weights are drawn with seed 3.")
    told = rows(opened)
    assert [row[0] for row in told] == ["0", "100", "200", "300", "400"]
    assert all(shows(row[1], cost) for row, cost in zip(told, costs, strict=True))
    first = opened.locator("tr.first")
    expect(first).to_have_count(1)
    expect(first).to_contain_text("no: the first")
    expect(verdict).to_contain_text(f"of step {told[[row[3] for row in told].index('no: the first')][0]}.")
    keyboard.press("Escape")
    expect(opened).to_have_count(0)
    expect(playground.page.locator("#match")).to_be_focused()


def test_of_two_runs_one_is_chosen(playground, dialog):
    opened = dialog({}, IDENTICAL)
    opened.get_by_label("compare with").select_option(label="identical 0.5")
    compare(opened, COURSE)
    expect(opened.get_by_role("status")).to_contain_text("differs")
    assert rows(opened)[0][2] != "0.69304802"
    opened.get_by_label("compare with").select_option(label="small random 0.01")
    compare(opened, COURSE)
    expect(opened.get_by_role("status")).to_contain_text("All 2 costs are the same")


def test_what_cannot_be_read_says_so_and_keeps_the_text(playground, dialog, faults):
    opened = dialog()
    opened.get_by_role("button", name="Compare").click()
    expect(opened.get_by_role("status")).to_have_text("Paste some costs first.")
    faults.allow("422")
    compare(opened, "nothing to see")
    expect(opened.get_by_role("status")).to_contain_text("text must be costs")
    expect(opened.get_by_role("table")).to_have_count(0)
    expect(opened.get_by_label("The costs that your notebook printed")).to_have_value("nothing to see")


def test_axe_finds_nothing_serious_in_the_table(playground, dialog):
    playground.page.set_viewport_size(NARROW)
    opened = dialog()
    compare(opened, "\n".join(f"{i}: 0.6" for i in range(0, 900, 3)))
    assert len(rows(opened)) == 200
    expect(opened).to_contain_text("Rows 1 to 200 of 300.")
    nothing_serious_in_either_theme(playground)
