"""Loops and vectors: the page runs both and shows the API's numbers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.playground import link, shows


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


def test_the_formulas_are_those_of_the_loss_and_the_penalty_in_force(playground, tab):
    written = tab.locator(".way ol")
    for loss, dz, dZ in (
        ("squared_error", "dz = 2 (a − y) a (1 − a)", "dZ[L] = 2 (A[L] − Y) ∗ A[L] ∗ (1 − A[L])"),
        ("cross_entropy", "dz = a − y", "dZ[L] = A[L] − Y"),
    ):
        playground.follow(link({"training": {"loss": loss}}))
        for listing, formula in ((written.nth(0), dz), (written.nth(1), dZ)):
            expect(listing.get_by_text(formula, exact=True)).to_be_visible()
        expect(written.get_by_text("λ")).to_have_count(0)
    # Set in mid-run, the penalty is in the formulas from its step on.
    playground.follow(link({"interventions": [{"step": 30, "set": {"l2": 2}}]}, step=40))
    expect(written.get_by_text("dW[l] = 1/m dZ[l] A[l−1]ᵀ + λ/m W[l]", exact=True)).to_be_visible()
    expect(written.get_by_text("for each weight w: J += λ/(2m) w², dw += λ/m w")).to_be_visible()
    playground.seek(20)
    expect(written.get_by_text("λ")).to_have_count(0)
    playground.follow(link({"data": {"name": "blobs", "classes": 3}}))
    expect(written.nth(0).get_by_text("J += − ln a[y]", exact=True)).to_be_visible()


def test_both_include_the_penalty_over_all_points_where_the_run_takes_batches(playground, tab):
    experiment = {
        "data": {"samples": 100},
        "training": {"loss": "squared_error", "l2": 10, "batch_size": 32, "learning_rate": 0.1},
    }
    playground.follow(link(experiment, step=60))
    expect(playground.step_text).to_have_text("60")
    expect(tab.locator(".found .note")).to_have_text(
        "One step over all training points; the run's own steps take batches of 32."
    )
    playground.click(tab.get_by_role("button", name="Run both"))
    of_all = next(row for row in rows(playground) if row[0] == "100")
    cost = playground.run(experiment, 60)["history"][-1]["cost"]
    assert all(shows(text, cost) for text in of_all[3].split(" = ")), (of_all, cost)
    assert float(of_all[4]) < 1e-12
    expect(tab.get_by_role("status")).to_contain_text("Both include the L2 penalty with λ = 10")
    playground.follow(link({}))
    expect(tab.locator(".found .note")).to_be_hidden()


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
