"""Health: steps by layer, the edge of stability, and every parameter checked on request."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from app.experiments.schema import parse
from tests.browser.playground import link, number, shows
from tests.experiments import textbook

ADAM = {"training": {"optimizer": "adam", "learning_rate": 0.01}}
SATURATED = {
    "network": {"hidden": [5, 3], "activation": ["tanh", "sigmoid"]},
    "init": {"method": "normal", "scale": 2},
    "training": {"learning_rate": 0.05},
}
DYING = {
    "data": {"name": "moons"},
    "network": {"hidden": [8, 6], "activation": "relu"},
    "init": {"method": "he", "scale": None, "bias": -0.7},
    "training": {"learning_rate": 0.1},
}


def open_tab(playground):
    playground.click(playground.page.locator("#tab-health"))
    expect(playground.page.locator("#health table").first).to_be_visible()


def rows(playground):
    """The cells of the table of steps, a row per layer."""
    table = playground.page.locator("#health .lane-health > .card > table").first
    return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]


def textbook_at(playground, experiment, step):
    """Parameters, the parameters a step later, and the gradients, of the run that the API answers."""
    now, then = (
        [(np.array(p["W"]), np.array(p["b"])[:, None]) for p in playground.run(experiment, k)["parameters"]]
        for k in (step, step + 1)
    )
    whole = parse(json.dumps(experiment))
    X, Y = textbook.points(whole)
    return now, then, textbook.gradients(now, whole.activations, X, Y)


SLOPES = {  # g'(z) from a = g(z); of a ReLU it is 1 where the unit answers
    "tanh": lambda A: 1 - A**2,
    "sigmoid": lambda A: A * (1 - A),
    "relu": lambda A: np.where(A > 0, 1.0, 0.0),
}


@pytest.mark.parametrize(
    "experiment", [{}, ADAM, SATURATED, DYING], ids=["gradient descent", "Adam", "saturated", "dying"]
)
def test_the_table_shows_the_steps_and_the_units_of_the_run(playground, experiment):
    playground.open(experiment, step=120)
    open_tab(playground)
    rate = experiment.get("training", {}).get("learning_rate", 1.2)
    now, then, gradients = textbook_at(playground, experiment, 120)
    shown = rows(playground)
    for cells, (W, _), (W1, _), (dW, _) in zip(shown, now, then, gradients, strict=True):
        size = np.linalg.norm(W)
        expected = [size, np.linalg.norm(dW), rate * np.linalg.norm(dW) / size, np.linalg.norm(W1 - W) / size]
        assert all(shows(text, value) for text, value in zip(cells[1:5], expected, strict=True)), cells
    names = parse(json.dumps(experiment)).activations
    answers = playground.run(experiment, 120, include=["activations"])["activations"]
    found = []
    for cells, A in zip(shown, map(np.array, answers), strict=True):
        assert shows(cells[5], np.sqrt((A**2).mean())), cells
    for (*_, flat, dead), name, A in zip(shown, names, map(np.array, answers), strict=False):
        slopes = SLOPES[name](A)
        assert shows(flat, 100 * (slopes < 0.01).mean())
        silent = int((slopes == 0).all(axis=1).sum()) if name == "relu" else 0
        assert dead == f"{silent} of {len(A)}"
        found.append(((slopes < 0.01).mean(), silent))
    assert shown[-1][6:] == ["", ""]  # of the output there is nothing to say
    if experiment is SATURATED:
        assert all(0.02 < share < 0.98 for share, _ in found), found
    if experiment is DYING:
        assert any(silent for _, silent in found), found
    change = (
        playground.run(experiment, 121)["history"][-1]["cost"]
        - playground.run(experiment, 120)["history"][-1]["cost"]
    )
    assert shows(playground.page.locator("#health .cost-change").inner_text(), change)


def test_with_mini_batches_the_table_says_whose_gradient_it_shows(playground):
    experiment = {"training": {"batch_size": 40, "learning_rate": 0.5}}
    playground.open(experiment, step=33)
    open_tab(playground)
    note = playground.page.locator("#health .note.batches")
    expect(note).to_have_text(
        "dW, and with it α|dW| / |W|, is the gradient of all points; "
        "the step itself takes a batch of 40, which has its own."
    )
    now, then, gradients = textbook_at(playground, experiment, 33)
    for cells, (W, _), (W1, _), (dW, _) in zip(rows(playground), now, then, gradients, strict=True):
        size = np.linalg.norm(W)
        assert shows(cells[3], 0.5 * np.linalg.norm(dW) / size)  # of all points
        assert shows(cells[4], np.linalg.norm(W1 - W) / size)  # by the batch
    playground.click(playground.choice("activation", "ReLU"))
    expect(note).to_be_visible()
    playground.follow(link({}))
    expect(note).to_be_hidden()


def test_the_edge_of_stability_is_marked(playground):
    # Lesson 13, rate 3: 1.36 at step 50, 2.51 at step 140.
    playground.open({"training": {"learning_rate": 3}}, step=50)
    open_tab(playground)
    card, product = playground.page.locator("#health .curvature"), playground.page.locator("#health .product")
    expect(product).to_have_text("1.36")
    expect(card).to_contain_text("stable below 2")
    expect(card).not_to_contain_text("Beyond the edge")
    playground.seek(140)
    expect(product).to_have_text("2.51")
    expect(card).to_contain_text("at step 140")
    expect(card).to_contain_text("Beyond the edge of stability")


def test_adam_has_no_threshold(playground):
    playground.open(ADAM)
    open_tab(playground)
    expect(playground.page.locator("#health .curvature")).to_contain_text(
        "with Adam the threshold does not apply"
    )


def test_the_curvature_of_a_run_that_plays_says_of_which_step_it_is(playground):
    playground.open({})
    open_tab(playground)
    card = playground.page.locator("#health .curvature")
    expect(card).to_contain_text("at step 0")
    playground.play_past(200, speed="200/s")
    expect(card).to_contain_text(f"at step {playground.step}")


def test_every_parameter_is_checked_on_request(playground):
    playground.open({}, step=100)
    open_tab(playground)
    check = playground.page.locator("#health .check")
    expect(check.locator("table")).to_have_count(0)
    playground.click(playground.button("Check every parameter"))
    expect(check.locator("table")).to_have_count(2)
    expect(check).to_contain_text("Step 100, all 17 parameters: the gradient is right.")
    _, _, gradients = textbook_at(playground, {}, 100)
    for layer, (dW, db) in enumerate(gradients, 1):
        cells = check.get_by_label(f"gradient check of layer {layer}").locator("tbody td")
        numbers = np.hstack([dW, db]).ravel()
        assert cells.count() == len(numbers)
        for i, value in enumerate(numbers):
            analytic, numerical, difference = cells.nth(i).locator("span").all_inner_texts()
            assert number(analytic) == pytest.approx(value, rel=1e-6, abs=1e-12)
            assert number(numerical) == pytest.approx(value, abs=1e-8)
            assert 0 <= number(difference) < 1e-8
    # Asked for once: a run that goes on is not checked again, and what was found says of which step it is.
    playground.play_past(120, speed="100/s")
    expect(check).to_contain_text("Step 100, all 17 parameters")
    frame = playground.wire.frame
    assert "check" not in frame.lanes[0].header["panel"]


def test_the_check_of_another_run_is_not_kept(playground):
    playground.open({})
    open_tab(playground)
    playground.click(playground.button("Check every parameter"))
    expect(playground.page.locator("#health .check table")).to_have_count(2)
    playground.click(playground.choice("activation", "ReLU"))
    expect(playground.page.locator("#health .check table")).to_have_count(0)
