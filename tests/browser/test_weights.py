"""Weights and gradients: the textbook's numbers, editing, norms by step, and the presets that show them."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from app.experiments.check import completed
from app.experiments.presets import PRESETS
from app.experiments.schema import parse
from tests.browser.playground import shows
from tests.experiments import textbook

TWO_LAYERS = {"network": {"hidden": [3, 2], "activation": ["tanh", "sigmoid"]}, "init": {"method": "xavier"}}


def open_tab(playground):
    playground.click(playground.page.locator("#tab-weights"))
    expect(playground.page.locator("#weights td").first).to_be_visible()


def table(playground, name: str):
    """The rows of a table, as texts: the numbers of W and then b."""
    rows = playground.page.get_by_label(name, exact=True).locator("tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]


def cell(playground, where: str):
    return playground.page.locator("#weights").get_by_title(
        f"{where}: change it from this step on", exact=True
    )


def expected(playground, experiment: dict, step: int):
    """W, b, dW, db of every layer in plain NumPy, from the parameters that the API answers."""
    run = playground.run(experiment, step)
    parameters = [(np.array(p["W"]), np.array(p["b"])[:, None]) for p in run["parameters"]]
    whole = parse(json.dumps(run["experiment"]))
    X, Y = textbook.points(whole)
    return parameters, textbook.gradients(parameters, whole.activations, X, Y)


@pytest.mark.parametrize("experiment", [{}, TWO_LAYERS], ids=["default", "two layers"])
def test_the_tables_show_the_runs_weights_and_the_textbooks_gradients(playground, experiment):
    playground.open(experiment, step=150)
    open_tab(playground)
    parameters, gradients = expected(playground, experiment, 150)
    for layer, ((W, b), (dW, db)) in enumerate(zip(parameters, gradients, strict=True), 1):
        for name, numbers in (
            (f"W[{layer}] and b[{layer}]", np.hstack([W, b])),
            (f"dW[{layer}] and db[{layer}]", np.hstack([dW, db])),
        ):
            texts = table(playground, name)
            assert np.shape(texts) == numbers.shape
            for row, values in zip(texts, numbers, strict=True):
                assert all(shows(text, value) for text, value in zip(row, values, strict=True)), name


def test_with_mini_batches_the_tables_say_whose_gradients_they_show(playground):
    experiment = {"training": {"batch_size": 40, "learning_rate": 0.5}}
    playground.open({}, experiment, step=33)
    open_tab(playground)
    note = playground.page.locator("#weights .lane-matrices .note")
    assert note.all_text_contents() == [
        "dW and db are the gradients of all points; every batch of 40 has its own, "
        "and the curve by step is theirs."
    ]
    expect(playground.page.locator("#weights .lane-matrices").nth(1)).to_contain_text("every batch of 40")
    _, gradients = expected(playground, experiment, 33)
    texts = playground.page.get_by_label("dW[2] and db[2]", exact=True).nth(1).locator("td").all_inner_texts()
    assert all(shows(text, x) for text, x in zip(texts, np.hstack(gradients[1])[0], strict=True))


def test_a_weight_is_typed_over_while_the_run_plays(playground):
    playground.open({})
    open_tab(playground)
    playground.play("100/s")
    playground.past(30)
    cell(playground, "W[2] of unit 1, input 3").click()
    box = playground.page.get_by_label("new value of W[2] of unit 1, input 3")
    expect(box).to_be_focused()
    before = playground.step
    playground.past(before + 20)  # the run goes on beneath the box
    box.fill("-2,5")
    box.press("Enter")
    playground.at_rest()
    playground.past(before + 40)
    playground.pause()
    (change,) = playground.experiments[0]["interventions"]
    assert change["edit"] == {"layer": 2, "unit": 0, "input": 2, "to": -2.5}
    assert change["step"] > before
    playground.shows_runs({"interventions": [change]})
    playground.seek(change["step"])
    assert cell(playground, "W[2] of unit 1, input 3").inner_text() == "−2.50"


def test_what_is_no_weight_is_refused_with_the_rule_and_the_value(playground):
    playground.open({})
    open_tab(playground)
    cell(playground, "b[1] of unit 2").click()
    box = playground.page.get_by_label("new value of b[1] of unit 2")
    for text, got in (("", "nothing"), ("abc", "abc"), ("1e9", "1e9"), ("NaN", "NaN")):
        box.fill(text)
        box.press("Enter")
        words = f"b[1] of unit 2 must be a number from -1000000 to 1000000; got {got}"
        expect(playground.page.locator("#weights .refused")).to_have_text(words)
        expect(box).to_be_focused()
    box.fill("0.5")
    box.press("Enter")
    playground.at_rest()
    expect(playground.page.locator("#weights .refused")).to_be_hidden()
    assert playground.experiments[0]["interventions"][0]["edit"]["to"] == 0.5


def test_escape_leaves_the_weight_as_it_is(playground):
    playground.open({})
    open_tab(playground)
    face = cell(playground, "W[1] of unit 1, input 1")
    before = face.inner_text()
    face.click()
    box = playground.page.get_by_label("new value of W[1] of unit 1, input 1")
    box.fill("7")
    box.press("Escape")
    expect(face).to_have_text(before)
    expect(playground.lane().chips).to_have_count(0)


def test_all_units_of_a_large_layer_can_be_reached(playground):
    experiment = {"network": {"hidden": [64] * 12}, "init": {"method": "xavier"}}
    playground.open(experiment)
    open_tab(playground)
    parameters, _ = expected(playground, experiment, 0)
    texts = table(playground, "W[2] and b[2]")
    rows, columns = len(texts), len(texts[0]) - 1
    assert shows(texts[0][0], parameters[1][0][0, 0])
    playground.click(playground.page.get_by_role("button", name="units after"))
    playground.click(playground.page.get_by_role("button", name="inputs after"))
    texts = table(playground, "W[2] and b[2]")
    assert all(
        shows(texts[u][i], parameters[1][0][rows + u, columns + i])
        for u in range(rows)
        for i in range(columns)
    )
    cell(playground, f"W[2] of unit {rows + 1}, input {columns + 2}").click()
    playground.page.keyboard.type("0.25")
    playground.press("Enter")
    change = playground.experiments[0]["interventions"][0]["edit"]
    assert change == {"layer": 2, "unit": rows, "input": columns + 1, "to": 0.25}


CURVES = """() => document.querySelector("#weights .norms").data.filter(({ mode }) => mode !== "text").map(
    ({ x, y, xaxis, customdata }) => ({ x: [...x], y: [...y], xaxis, customdata }))"""


def curves(playground):
    """Gradient norms and activation sizes by layer: x and y of every line."""
    found = playground.page.evaluate(CURVES)
    half = len(found) // 2
    return found[:half], found[half:]


@pytest.mark.charts
def test_the_norms_by_step_are_those_of_the_textbooks_run(playground):
    playground.open({})
    open_tab(playground)
    playground.play_past(60, speed="100/s")
    gradients, activations = curves(playground)
    assert [len(gradients), len(activations)] == [2, 2]
    whole = parse("{}")
    X, Y = textbook.points(whole)
    steps = [int(x) for x in gradients[0]["x"]]
    assert steps[0] == 0
    assert steps[-1] == playground.step
    W = textbook.layers(np.array(flat(playground.run({}, 0)["parameters"])), whole.sizes)
    at = 0
    for i, step in enumerate(steps):
        textbook.descend(W, whole.activations, X, Y, 1.2, step - at)
        at = step
        found = textbook.gradients(W, whole.activations, X, Y)
        _, A = textbook.forward(W, whole.activations, X)
        for layer in (0, 1):
            assert gradients[layer]["y"][i] == pytest.approx(np.linalg.norm(found[layer][0]), rel=1e-5)
            assert activations[layer]["y"][i] == pytest.approx(np.sqrt((A[layer + 1] ** 2).mean()), rel=1e-5)


def flat(parameters):
    return [x for p in parameters for row, b in zip(p["W"], p["b"], strict=True) for x in (*row, b)]


@pytest.mark.charts
def test_a_norm_of_exactly_0_lies_on_a_floor_called_0(playground):
    playground.open({"init": {"method": "zeros"}})
    open_tab(playground)
    playground.play_past(20, speed="100/s")
    gradients, activations = curves(playground)
    assert {text for line in gradients for text in line["customdata"]} == {"0"}
    assert set(activations[0]["customdata"]) == {"0"}
    assert set(activations[1]["customdata"]) == {"0.50"}  # sigmoid(0)
    assert max(activations[0]["y"]) < 0.5
    ticks = playground.page.locator("#weights .norms .ytick text, #weights .norms .y2tick text")
    assert ticks.all_text_contents().count("0") == 2


@pytest.mark.charts
def test_two_runs_are_drawn_in_one_chart(playground):
    playground.open({}, {"init": {"method": "constant", "scale": 0.5}})
    open_tab(playground)
    playground.play_past(20, speed="100/s")
    gradients, activations = curves(playground)
    assert [len(gradients), len(activations)] == [4, 4]
    assert playground.page.get_by_label("W[1] and b[1]", exact=True).count() == 2


def test_linear_layers_are_shown_as_the_one_they_are(playground):
    experiment = {"network": {"hidden": [5, 3], "activation": "linear"}, "init": {"method": "xavier"}}
    playground.open(experiment, step=100)
    open_tab(playground)
    (W1, b1), (W2, b2), (W3, b3) = expected(playground, experiment, 100)[0]
    card = playground.page.locator("#weights .collapsed")
    texts = card.locator("td").all_inner_texts()
    one = [*(W3 @ W2 @ W1)[0], (W3 @ (W2 @ b1 + b2) + b3)[0, 0]]
    assert all(shows(text, value) for text, value in zip(texts, one, strict=True))
    expect(card).to_contain_text("These 3 layers are this one: same answers")
    beside = playground.lane().root.locator(".one-layer")  # beside the network, whichever tab is open
    read = re.findall(r"[−\d][^,;) ]*", beside.inner_text().partition("W′")[2])
    assert all(shows(text, value) for text, value in zip(read, one, strict=True))
    playground.click(playground.choice("activation", "tanh"))
    expect(card).to_have_count(0)
    expect(beside).to_be_hidden()


def choose_preset(playground, name: str):
    playground.page.locator("#presets").select_option(name)
    playground.at_rest()


@pytest.mark.parametrize(
    ("name", "read"),
    [("grow", "1.5^10 X, and that is 57.665 X"), ("shrink", "0.5^10 X, and that is 0.00097656 X")],
)
def test_the_powers_are_read_on_the_page(playground, name, read):
    assert f"{1.5**10:.3f} {0.5**10:.8f}" == "57.665 0.00097656"
    playground.open({})
    open_tab(playground)
    choose_preset(playground, name)
    expect(playground.page.locator("#weights .collapsed")).to_contain_text(read)


def test_every_preset_opens_as_its_experiment_and_says_what_it_shows(playground):
    playground.open({})
    chooser, note = playground.page.locator("#presets"), playground.page.locator("#preset-note")
    expect(note).to_be_hidden()
    for preset in PRESETS.values():
        choose_preset(playground, preset.name)
        expect(note).to_have_text(f"{preset.title}. {preset.description}")
        (opened,) = playground.wire.opened[-1]["lanes"]
        assert parse(json.dumps(opened)) == completed(preset.experiment)
        assert playground.step == 0
        assert chooser.input_value() == preset.name
        expect(playground.banner).to_be_hidden()
    # The address brings the same preset back; a change of it is no preset any more.
    playground.reload()
    expect(chooser).to_have_value(preset.name)
    playground.click(playground.choice("initialize", "zero"))
    expect(chooser).to_have_value("")
    expect(note).to_be_hidden()
