"""Loops and vectors: the page runs both and shows the API's numbers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.playground import shows


def rows(playground) -> list[list[str]]:
    table = playground.page.locator("#loops tbody tr")
    expect(table.first).to_be_visible()
    return [row.locator("th, td").all_inner_texts() for row in table.all()]


@pytest.fixture
def tab(playground):
    playground.open({"network": {"hidden": [3]}}, step=40)
    playground.click(playground.page.get_by_role("tab", name="Loops and vectors"))
    return playground.page.locator("#loops")


def test_both_give_the_cost_of_the_run_in_times_that_are_compared(playground, tab):
    playground.click(tab.get_by_role("button", name="Run both"))
    found = rows(playground)
    assert [row[0] for row in found] == ["10", "100", "1,000", "10,000"]
    request = {"experiment": {"network": {"hidden": [3]}}, "step": 40}
    told = playground.page.request.post(f"{playground.server.url}/api/loops", data=request).json()
    for row, (m, loops, vectors, cost, difference, ratio) in zip(told["rows"], found, strict=True):
        assert m == f"{row['m']:,}"
        assert re.fullmatch(r"[\d.]+ (s|ms|µs)", loops)
        assert re.fullmatch(r"[\d.]+ (s|ms|µs)", vectors)
        by_loop, by_vector = cost.split(" = ")
        assert by_loop == by_vector
        assert shows(by_loop, row["loop_cost"])
        assert float(difference) < 1e-12
        assert re.fullmatch(r"[\d.,]+ × as long", ratio.strip())
    expect(tab.get_by_role("status")).to_contain_text("step 40")


def test_the_loops_can_be_read_as_python(playground, tab):
    playground.click(tab.get_by_role("button", name="Run both"))
    rows(playground)
    playground.click(tab.get_by_role("button", name="the loops in Python"))
    expect(tab.locator("pre")).to_contain_text("for i in range(m):")
    playground.click(tab.get_by_role("button", name="the loops in short"))
    expect(tab.locator("pre")).to_be_hidden()


def test_what_was_timed_is_withdrawn_when_the_experiment_changes(playground, tab):
    playground.click(tab.get_by_role("button", name="Run both"))
    rows(playground)
    playground.click(playground.choice("activation", "ReLU"))
    expect(tab.locator("table")).to_be_hidden()
    expect(tab.get_by_role("status")).to_contain_text("has changed")


def test_a_refusal_is_told_in_the_tab(playground, tab, faults):
    playground.page.route(
        "**/api/loops", lambda route: route.fulfill(status=503, json={"detail": "too many"})
    )
    faults.allow("503")
    playground.click(tab.get_by_role("button", name="Run both"))
    expect(tab.get_by_role("status")).to_contain_text("too many")
    expect(tab.get_by_role("button", name="Run both")).to_be_enabled()


def test_every_tab_but_the_first_gets_more_room_until_it_is_taken_back(playground, tab):
    panel, button = playground.page.locator("#panel"), playground.page.locator("#taller")
    tall = panel.bounding_box()["height"]
    assert tall > 300
    playground.click(button)
    assert panel.bounding_box()["height"] < 200
    expect(button).to_have_text("taller")
    playground.click(playground.page.get_by_role("tab", name="Health"))
    assert panel.bounding_box()["height"] == pytest.approx(tall, abs=20)
    playground.click(playground.page.get_by_role("tab", name="Activations"))
    assert panel.bounding_box()["height"] < 200
