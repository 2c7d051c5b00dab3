"""Why is nothing moving?: equations with the run's own sizes, zeros marked, and a reason in words."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from app.experiments.schema import parse
from tests.browser.playground import shows
from tests.experiments import textbook

ZEROS = {"init": {"method": "zeros"}}
IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}
SQUARED = {"network": {"hidden": []}, "training": {"loss": "squared_error"}}


def open_tab(playground):
    playground.click(playground.page.locator("#tab-why"))
    expect(playground.page.locator("#why .card").first).to_be_visible()


def cards(playground) -> dict[str, dict]:
    """Each equation's text by its left side: name, factors, marks, size, note."""
    found = {}
    for card in playground.page.locator("#why .card").all():
        equation, factors, size, note = card.locator("p").all()
        name = "".join(equation.locator("i").first.all_inner_texts())
        found[name] = {
            "equation": equation.inner_text(),
            "factors": factors.locator("span").all_inner_texts(),
            "marks": [one.get_attribute("class") or "" for one in factors.locator("span").all()],
            "size": size.locator("span").inner_text(),
            "note": note.inner_text(),
        }
    return found


@pytest.mark.parametrize("step", [0, 200])
def test_the_sizes_are_the_largest_numbers_of_the_textbooks_arrays(playground, step):
    playground.open({}, step=step)
    open_tab(playground)
    run = playground.run({}, step)
    parameters = [(np.array(p["W"]), np.array(p["b"])[:, None]) for p in run["parameters"]]
    whole = parse(json.dumps(run["experiment"]))
    X, Y = textbook.points(whole)
    _, A = textbook.forward(parameters, whole.activations, X)
    gradients = textbook.gradients(parameters, whole.activations, X, Y)
    dZ2 = A[2] - Y
    dZ1 = (parameters[1][0].T @ dZ2) * (1 - A[1] ** 2)
    expected = {"A[1]": A[1], "A[2]": A[2], "dZ[2]": dZ2, "dZ[1]": dZ1}
    for layer, (dW, db) in enumerate(gradients, 1):
        expected |= {f"dW[{layer}]": dW, f"db[{layer}]": db}
    seen = cards(playground)
    assert set(seen) == set(expected)
    for name, array in expected.items():
        assert shows(seen[name]["size"], np.abs(array).max()), name
    factors = seen["dW[1]"]["factors"]
    assert shows(factors[0], np.abs(dZ1).max())
    assert shows(factors[1], np.abs(X).max())


def test_zeros_are_marked_where_they_enter_and_where_they_arrive(playground):
    playground.open(ZEROS, step=100)
    open_tab(playground)
    seen = cards(playground)
    assert seen["dW[2]"]["marks"] == ["", "zero"]  # dZ[2] is not 0, A[1] is
    assert seen["dZ[1]"]["marks"] == ["zero", "", ""]  # W[2] is 0; dZ[2] and g' are not
    assert seen["dW[1]"]["marks"] == ["zero", ""]
    assert seen["dW[1]"]["note"] == "nothing here: dZ[1] is 0"
    assert seen["db[2]"]["note"] == "the errors of the classes cancel"
    expect(playground.page.locator("#why .verdict")).to_contain_text("Nothing moves at all")


def test_two_runs_have_a_reason_each(playground):
    unequal = {**ZEROS, "data": {"positive_fraction": 0.4}, "network": {"activation": "sigmoid"}}
    playground.open(ZEROS, unequal)
    open_tab(playground)
    reasons = playground.page.locator("#why .verdict")
    expect(reasons).to_have_count(2)
    expect(reasons.nth(0)).to_contain_text("Nothing moves at all")
    expect(reasons.nth(1)).to_contain_text("a unit answers every point alike, but not with 0 (unit 1: 0.5)")


@pytest.mark.parametrize(("experiment", "asked"), [(ZEROS, True), (IDENTICAL, True), ({}, False)])
def test_the_sentence_offers_the_reason_where_one_would_ask(playground, experiment, asked):
    playground.open(experiment, step=50)
    link = playground.page.locator("#sentences").get_by_role("button", name="Why?")
    assert link.is_visible() == asked
    if asked:
        playground.click(link)
        expect(playground.page.locator("#tab-why")).to_have_attribute("aria-selected", "true")
        expect(playground.page.locator("#why .verdict")).to_be_visible()


def test_the_output_rule_and_the_penalty_are_written_as_they_are(playground):
    playground.open({})
    open_tab(playground)
    # Superscripts stand behind their letters: A[2] - Y.
    assert cards(playground)["dZ[2]"]["equation"] == "dZ[2] = A[2] − Y"
    assert "λ" not in cards(playground)["dW[1]"]["equation"]
    playground.open(SQUARED)
    open_tab(playground)
    assert cards(playground)["dZ[1]"]["equation"] == "dZ[1] = 2 (A[1] − Y) ∗ A[1] ∗ (1 − A[1])"
    playground.open({"data": {"name": "spiral", "classes": 3}, "training": {"l2": 0.5}})
    open_tab(playground)
    seen = cards(playground)
    assert seen["A[2]"]["equation"].startswith("A[2] = softmax(")
    assert seen["dW[1]"]["equation"].endswith("+ λ/m W[1]")


def test_the_cards_follow_a_run_that_plays(playground):
    playground.open({})
    open_tab(playground)
    card = playground.page.locator("#why .card").first.element_handle()
    before = cards(playground)["dW[1]"]["size"]
    playground.play_past(100, speed="200/s")
    assert cards(playground)["dW[1]"]["size"] != before
    assert card.evaluate("(element) => element.isConnected")  # the same card: its text alone has changed
