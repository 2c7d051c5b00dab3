"""By hand: every equation's numbers, the light between them and the picture, slow motion, the script."""

import json
import subprocess
import sys

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.chromium import NARROW
from tests.browser.playground import link, shows

SMALL = {"init": {"method": "xavier"}, "network": {"hidden": [3]}}


@pytest.fixture
def hand(playground):
    """Opens experiments at step 5, with By hand showing."""

    def opened(*experiments, step=5):
        playground.open(*(experiments or ({},)), step=step)
        playground.click(playground.page.get_by_role("tab", name="By hand"))
        expect(playground.page.locator("#by_hand .equation").first).to_be_visible()
        playground.page.mouse.move(5, 5)  # the tray has grown under the pointer
        return playground

    return opened


def no_serious_violation(playground):
    found = Axe().run(playground.page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not serious, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in serious]


def equation(playground, part, layer):
    return playground.page.locator(f'#by_hand .equation[data-part="{part}"][data-layer="{layer}"]')


def matrices(playground, part, layer):
    """The numbers of an equation's matrices, as they are written."""
    return equation(playground, part, layer).evaluate(
        """(equation) => [...equation.querySelectorAll(".matrix")].map(
             (matrix) => [...matrix.rows].map((row) => [...row.cells].map((cell) => cell.textContent)))"""
    )


def shapes(playground, part, layer):
    return equation(playground, part, layer).locator(".shape").all_inner_texts()


def agree(shown, truth):
    truth = np.array(truth)
    assert np.array(shown).shape == truth.shape, (shown, truth)
    for text, value in zip(np.array(shown).ravel(), truth.ravel(), strict=True):
        assert shows(text, value), (text, value)


def point_of(playground, i=0):
    """A training point of the default data: x (2, 1) and its class."""
    answer = playground.server.json("GET", "/api/datasets/flower?samples=400&seed=1")
    x1, x2, label = answer["points"][i]
    return np.array([[x1], [x2]]), label


def network_of(playground, experiment, steps):
    """W and b of every layer, from the API."""
    run = playground.run(experiment, steps)
    return [(np.array(layer["W"]), np.array(layer["b"])[:, None]) for layer in run["parameters"]]


def test_every_equation_is_filled_with_the_numbers_of_the_run(hand):
    playground = hand(SMALL)
    x, y = point_of(playground)
    (W1, b1), (W2, b2) = network_of(playground, SMALL, 5)
    (after1, b_after), (after2, _) = network_of(playground, SMALL, 6)
    Z1 = W1 @ x + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    dZ2 = A2 - y
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    for (part, layer), told in {
        ("Z", 1): [W1, x, b1, Z1],
        ("A", 1): [Z1, A1],
        ("Z", 2): [W2, A1, b2, Z2],
        ("A", 2): [Z2, A2],
        ("dZ", 2): [A2, [[y]], dZ2],
        ("dZ", 1): [W2.T, dZ2, 1 - A1**2, dZ1],
        # The mean dW is what the step was made of: W - 1.2 dW is W of step 6.
        ("dW", 2): [dZ2, A1.T, dZ2 @ A1.T, (W2 - after2) / 1.2],
        ("dW", 1): [dZ1, x.T, dZ1 @ x.T, (W1 - after1) / 1.2],
        ("db", 1): [dZ1, (b1 - b_after) / 1.2],
        ("update", 1): [W1, (W1 - after1) / 1.2, after1],
    }.items():
        shown = matrices(playground, part, layer)
        assert len(shown) == len(told)
        for texts, truth in zip(shown, told, strict=True):
            agree(texts, truth)
    loss = -np.log(A2[0, 0] if y else 1 - A2[0, 0])
    assert shows(equation(playground, "loss", 2).inner_text().split("=")[-1].strip(), loss)
    assert shapes(playground, "Z", 1) == ["(3, 2)", "(2, 1)", "(3, 1)", "(3, 1)"]
    assert shapes(playground, "dZ", 1) == ["(3, 1)", "(1, 1)", "(3, 1)", "(3, 1)"]


def test_the_numbers_follow_the_run(hand):
    playground = hand(SMALL)
    playground.click(playground.button("Step"))
    expect(playground.step_text).to_have_text("6")
    (W1, _), _ = network_of(playground, SMALL, 6)
    agree(matrices(playground, "Z", 1)[0], W1)


def test_a_wide_layer_is_shown_in_part_and_says_so(hand):
    playground = hand({"network": {"hidden": [8, 7]}})
    W = matrices(playground, "Z", 2)[0]
    assert len(W) == 7
    assert W[6] == ["⋮"] * 7
    assert all(row[6] == "…" for row in W[:6])
    assert shapes(playground, "Z", 2)[0] == "(7, 8)"


def test_a_point_is_typed(hand):
    playground = hand(SMALL)
    playground.type_into("hand-x1", "0,5")
    playground.type_into("hand-x2", "-2")
    playground.page.locator("#hand-class").select_option("1")
    playground.at_rest()
    expect(playground.page.locator("#hand-example")).to_have_value("–")
    (W1, b1), _ = network_of(playground, SMALL, 5)
    playground.until(lambda: matrices(playground, "Z", 1)[1] == [["0.50"], ["−2.00"]])
    agree(matrices(playground, "Z", 1)[3], W1 @ [[0.5], [-2]] + b1)
    agree(matrices(playground, "Y", 2)[0], [[1]])
    playground.click(playground.button("Next training point"))
    expect(playground.page.locator("#hand-example")).to_have_value("1")


def test_a_point_that_cannot_be_is_refused_and_the_last_one_stays(hand):
    playground = hand(SMALL)
    for text, got in (("1e9", "1000000000"), ("there", "there")):
        playground.page.locator("#hand-x1").fill(text)
        playground.page.locator("#hand-x1").press("Enter")
        expect(playground.banner).to_contain_text("view.point[0] must be")
        expect(playground.banner).to_contain_text(got)
        playground.page.locator("#hand-x2").focus()
        expect(playground.page.locator("#hand-x1")).to_have_value("1.204")
    playground.type_into("hand-x1", "1")
    expect(playground.banner).to_be_hidden()


def test_a_training_point_is_chosen_by_its_number(hand):
    playground = hand(SMALL)
    for typed, chosen in (("78", 78), ("9999", 400)):
        playground.type_into("hand-example", typed)
        x, _ = point_of(playground, chosen - 1)
        playground.until(lambda x=x: shows(matrices(playground, "X", 0)[0][0][0], x[0, 0]))
        expect(playground.page.locator("#hand-example")).to_have_value(str(chosen))


@pytest.mark.charts
def test_a_click_follows_the_point_there_or_puts_one_in_an_empty_place(hand):
    playground = hand(SMALL)
    box = playground.lane().boundary.bounding_box()
    plane = playground.wire.frame.lanes[0]["plane"]

    def at(x1, x2):
        (low1, high1), (low2, high2) = plane["x1"], plane["x2"]
        across = box["x"] + (x1 - low1) / (high1 - low1) * box["width"]
        return across, box["y"] + (high2 - x2) / (high2 - low2) * box["height"]

    x, _ = point_of(playground, 3)
    playground.page.mouse.move(*at(*x[:, 0]))
    expect(playground.page.locator(".tip")).to_be_visible()
    playground.page.mouse.click(*at(*x[:, 0]))
    playground.until(lambda: playground.page.locator("#hand-example").input_value() != "1")
    followed = int(playground.page.locator("#hand-example").input_value()) - 1
    assert np.abs(point_of(playground, followed)[0] - x).max() < 0.2

    corner = plane["x1"][0] + 0.4, plane["x2"][0] + 0.4  # not where the corner is round
    playground.page.mouse.move(*at(*corner))
    expect(playground.page.locator(".tip")).to_be_hidden()
    playground.page.mouse.click(*at(*corner))
    expect(playground.page.locator("#hand-example")).to_have_value("–")
    put = [float(playground.page.locator(f"#hand-x{i}").input_value().replace("−", "-")) for i in (1, 2)]
    assert put == pytest.approx(corner, abs=0.08)
    ring = playground.page.locator(".followed").bounding_box()
    assert ring["x"] + ring["width"] / 2 == pytest.approx(at(*corner)[0], abs=2)
    assert ring["y"] + ring["height"] / 2 == pytest.approx(at(*corner)[1], abs=2)


def test_elsewhere_a_click_in_an_empty_place_does_nothing(playground):
    playground.open(SMALL)
    before = len(playground.wire.sent)
    playground.lane().boundary.click(position={"x": 3, "y": 3})
    playground.page.wait_for_timeout(100)
    assert len(playground.wire.sent) == before


def test_all_is_within_the_page_on_a_narrow_screen(hand):
    playground = hand({"network": {"hidden": [6, 6]}})
    playground.page.set_viewport_size(NARROW)
    playground.button("slow motion").click()
    playground.page.wait_for_timeout(100)
    wide = playground.page.evaluate("document.documentElement.scrollWidth")
    assert wide == NARROW["width"]
    scroller = playground.page.locator("#by_hand .scroller")
    assert scroller.evaluate("(e) => e.scrollWidth > e.clientWidth")
    for _ in range(4):
        current = playground.page.locator("#by_hand .equation.current").first
        expect(current).to_be_in_viewport(ratio=0.3)
        playground.button("next").click()


# --- the light ----------------------------------------------------------------------------------------------


def bright(playground):
    """Which units and which edges of the picture are lit: (layer, unit) and (layer, unit, input)."""
    units, edges = playground.page.locator(".picture").first.evaluate(
        """(picture) => {
             const numbers = (element, ...names) => names.map((name) => Number(element.getAttribute(name)));
             return [
               [...picture.querySelectorAll(".bright")].map((e) => numbers(e, "data-layer", "data-unit")),
               [...picture.querySelectorAll("path[data-bright]")].map((e) => numbers(e, "data-layer", "data-unit", "data-input")),
             ];
           }"""  # noqa: E501
    )
    return {tuple(unit) for unit in units}, {tuple(edge) for edge in edges}


ALL_1 = {(1, u, i) for u in range(3) for i in range(2)}
ALL_2 = {(2, 0, u) for u in range(3)}


# An equation, its layer, and what of the picture it speaks of: units, then edges.
LIT = [
    ("X", 0, {(0, 0), (0, 1)}, set()),
    ("Z", 1, {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)}, ALL_1),
    ("A", 2, {(2, 0)}, set()),
    ("dZ", 1, {(1, 0), (1, 1), (1, 2), (2, 0)}, ALL_2),
    ("dW", 2, {(2, 0)}, ALL_2),
    ("update", 1, set(), ALL_1),
]


@pytest.mark.parametrize("how", ["hover", "focus"])
def test_an_equation_lights_its_part_of_the_picture(hand, how):
    playground = hand(SMALL)
    for part, layer, units, edges in LIT:
        place = equation(playground, part, layer)
        if how == "hover":
            place.locator(".symbols").hover()
        else:
            place.focus()
        playground.until(lambda wanted=(units, edges): bright(playground) == wanted)
        playground.page.mouse.move(5, 5)
        playground.page.locator("#hand-x1").focus()
        playground.until(lambda: bright(playground) == (set(), set()))


def test_a_row_of_an_equation_lights_its_unit(hand):
    playground = hand(SMALL)
    equation(playground, "Z", 1).locator("tr").nth(1).hover()
    playground.until(lambda: bright(playground)[1] == {(1, 1, 0), (1, 1, 1)})
    assert (1, 0) not in bright(playground)[0]


@pytest.mark.parametrize("how", ["hover", "focus"])
def test_a_unit_of_the_picture_lights_its_rows(hand, how):
    playground = hand(SMALL)
    unit = playground.lane().units.nth(2)
    if how == "hover":
        unit.hover()
    else:
        unit.focus()
    expect(equation(playground, "Z", 1).locator("tr.lit").first).to_be_visible()
    rows = (
        equation(playground, "Z", 1)
        .locator("tr.lit")
        .evaluate_all("(rows) => rows.map((row) => row.dataset.row)")
    )
    assert rows == ["2"] * 3  # of W, b and Z; X has the rows of the inputs
    assert equation(playground, "Z", 2).locator("td.lit").count() == 1  # its column of W[2]
    playground.page.mouse.move(5, 5)
    playground.page.locator("#hand-x1").focus()
    expect(playground.page.locator("#by_hand .lit")).to_have_count(0)


def test_a_unit_that_is_not_printed_lights_the_row_that_stands_for_it(hand):
    playground = hand({"network": {"hidden": [8]}})
    playground.lane().units.nth(7).hover()
    lit = equation(playground, "Z", 1).locator("tr.lit")
    expect(lit).to_have_count(3)
    assert set("".join(lit.all_text_contents())) == {"⋮"}


def own(playground):
    """The numbers that are marked as the weight or the bias that is pointed at, by equation."""
    found = playground.page.locator("#by_hand .own").evaluate_all(
        """(cells) => cells.map((cell) => {
             const { part, layer } = cell.closest(".equation").dataset;
             return [`${part}[${layer}]`, cell.textContent];
           })"""
    )
    texts = {}
    for name, text in found:
        texts.setdefault(name, []).append(text)
    return texts


def point_at_edge(playground, layer, unit, input_):
    """Put the mouse on the middle of a weight's edge."""
    edge = playground.lane().root.locator(
        f'path[data-layer="{layer}"][data-unit="{unit}"][data-input="{input_}"]'
    )
    x, y = edge.evaluate(
        """(path) => {
             const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
             const at = new DOMPoint(x, y).matrixTransform(path.getScreenCTM());
             return [at.x, at.y];
           }"""
    )
    playground.page.mouse.move(x, y)


def marked(playground):
    """What of the picture is marked: a bias as (layer, unit), an edge as (layer, unit, input)."""
    return playground.lane().root.evaluate(
        """(lane) => [...lane.querySelectorAll("[data-own]")].map((e) => ["layer", "unit", "input"]
             .map((name) => e.getAttribute(`data-${name}`)).filter((text) => text !== null).map(Number))"""
    )


def test_an_edge_of_the_picture_lights_its_weight_in_every_equation(hand):
    playground = hand(SMALL)
    (W1, _), (W2, _) = network_of(playground, SMALL, 5)
    point_at_edge(playground, 2, 0, 1)
    playground.until(lambda: own(playground))
    lit = own(playground)
    # W[2] of the unit's sum, its transpose on the way back, dW[2] of this point and the mean, and the update.
    assert {name: len(texts) for name, texts in lit.items()} == {
        "Z[2]": 1, "dZ[1]": 1, "dW[2]": 2, "update[2]": 3,
    }  # fmt: skip
    for name in ("Z[2]", "dZ[1]", "update[2]"):
        assert shows(lit[name][0], W2[0, 1])
    assert marked(playground) == [[2, 0, 1]]
    assert bright(playground)[0] == {(2, 0), (1, 1)}  # what it joins
    point_at_edge(playground, 1, 0, 0)
    playground.until(lambda: "Z[1]" in own(playground))
    assert shows(own(playground)["Z[1]"][0], W1[0, 0])
    assert marked(playground) == [[1, 0, 0]]
    playground.page.mouse.move(5, 5)
    expect(playground.page.locator("#by_hand .lit")).to_have_count(0)
    assert marked(playground) == []


@pytest.mark.parametrize("how", ["hover", "focus"])
def test_a_bias_of_the_picture_lights_its_number_in_every_equation(hand, how):
    playground = hand(SMALL)
    (_, b1), (_, b2) = network_of(playground, SMALL, 5)
    for nth, layer, unit, value in ((1, 1, 1, b1[1, 0]), (3, 2, 0, b2[0, 0])):
        bias = playground.lane().root.locator(".bias").nth(nth)
        if how == "hover":
            bias.hover()
        else:
            bias.focus()
        playground.until(lambda layer=layer: f"Z[{layer}]" in own(playground))
        lit = own(playground)
        assert {name: len(texts) for name, texts in lit.items()} == {
            f"Z[{layer}]": 1, f"db[{layer}]": 2, f"bias[{layer}]": 3,
        }  # fmt: skip
        assert shows(lit[f"Z[{layer}]"][0], value)
        assert marked(playground) == [[layer, unit]]
    no_serious_violation(playground)


def test_a_weight_or_a_bias_in_an_equation_marks_its_place_in_the_picture(hand):
    playground = hand(SMALL)
    W, _, b, Z = equation(playground, "Z", 1).locator(".matrix").all()
    W.locator("tr").nth(1).locator("td").nth(0).hover()
    playground.until(lambda: marked(playground) == [[1, 1, 0]])
    assert bright(playground)[1] == {(1, 1, 0), (1, 1, 1)}  # the whole row, as before
    b.locator("td").nth(2).hover()
    playground.until(lambda: marked(playground) == [[1, 2]])
    Z.locator("td").nth(2).hover()
    playground.until(lambda: marked(playground) == [])
    # Of W[2] turned, row i and column u are the weight of unit u from unit i.
    turned = equation(playground, "dZ", 1).locator(".matrix").first
    turned.locator("tr").nth(2).locator("td").nth(0).hover()
    playground.until(lambda: marked(playground) == [[2, 0, 2]])


def test_an_edge_that_is_not_printed_lights_what_stands_for_it(hand):
    playground = hand({"init": {"method": "xavier"}, "network": {"hidden": [8, 3]}})
    point_at_edge(playground, 2, 2, 7)
    playground.until(lambda: own(playground))
    lit = own(playground)
    assert lit["Z[2]"] == ["…"]
    assert lit["dZ[1]"] == ["⋮"]


def test_a_minus_sign_in_a_box_can_be_typed_over(hand):
    playground = hand(SMALL)
    playground.type_into("hand-x1", "-2.5")
    playground.page.locator("#hand-x2").focus()
    expect(playground.page.locator("#hand-x1")).to_have_value("-2.5")
    playground.page.locator("#hand-x1").focus()
    playground.page.keyboard.press("End")
    playground.page.keyboard.type("5")
    playground.page.keyboard.press("Enter")
    playground.until(lambda: matrices(playground, "X", 0)[0][0] == ["−2.55"])


def test_in_another_tab_nothing_is_lit_and_units_take_no_focus(hand):
    playground = hand(SMALL)
    expect(playground.lane().units.first).to_have_attribute("tabindex", "0")
    playground.click(playground.page.get_by_role("tab", name="Activations"))
    expect(playground.lane().units.first).not_to_have_attribute("tabindex", "0")
    playground.lane().units.first.hover()
    playground.page.wait_for_timeout(100)
    assert bright(playground) == (set(), set())


# --- two lanes ----------------------------------------------------------------------------------------------


def test_of_two_lanes_one_is_chosen(hand):
    other = {**SMALL, "training": {"loss": "squared_error"}}
    playground = hand(SMALL, other)
    first = matrices(playground, "dZ", 2)
    assert len(first) == 3
    playground.page.locator("#hand-lane").select_option(index=1)
    playground.until(lambda: len(matrices(playground, "dZ", 2)) == 5)
    (W1, b1), (W2, b2) = network_of(playground, other, 5)
    x, y = point_of(playground)
    a = 1 / (1 + np.exp(-(W2 @ np.tanh(W1 @ x + b1) + b2)[0, 0]))
    agree(matrices(playground, "dZ", 2)[4], [[2 * (a - y) * a * (1 - a)]])


# --- slow motion --------------------------------------------------------------------------------------------


def test_slow_motion_walks_through_all_phases_by_keyboard(hand):
    playground = hand({"network": {"hidden": [3, 2]}})
    title, text = playground.page.locator(".walk .phase"), playground.page.locator("#phase-text")
    playground.page.locator("#slow-motion").focus()
    playground.page.keyboard.press("Enter")
    phases, sentences = [], []
    current = playground.page.locator("#by_hand .equation.current")
    for _ in range(14):
        phases.append(title.inner_text().split(" · ")[1])
        sentences.append(text.inner_text())
        assert current.count() >= 1
        assert bright(playground) != (set(), set())
        playground.page.keyboard.press("Enter")  # the focus is on "next"
        playground.page.wait_for_timeout(40)
    assert phases == [
        *("forward, layer 1", "forward, layer 2", "forward, layer 3", "cost"),
        *("dZ[3]", "dW[3]", "db[3]", "dZ[2]", "dW[2]", "db[2]", "dZ[1]", "dW[1]", "db[1]", "update"),
    ]
    assert len(set(sentences)) == 14
    assert playground.step == 5
    playground.page.keyboard.press("ArrowLeft")
    expect(title).to_contain_text("db[1]")
    assert playground.step == 5
    playground.page.keyboard.press("Escape")
    expect(title).to_be_hidden()
    expect(playground.page.locator("#slow-motion")).to_be_focused()
    assert bright(playground) == (set(), set())


def test_the_sentences_speak_of_this_example(hand):
    playground = hand(SMALL)
    x, y = point_of(playground)
    (W1, b1), (W2, b2) = network_of(playground, SMALL, 5)
    Z1 = W1 @ x + b1
    A2 = 1 / (1 + np.exp(-(W2 @ np.tanh(Z1) + b2)))
    playground.button("slow motion").click()
    said = playground.page.locator("#phase-text")
    z = said.inner_text().split("z = ")[1].split(" ")[0]
    assert shows(z, Z1[0, 0])
    playground.button("next").click()
    playground.button("next").click()
    told = said.inner_text().split("a probability of ")[1].split(":")[0]
    assert shows(told, A2[0, 0] if y else 1 - A2[0, 0])
    playground.button("next").click()
    assert shows(said.inner_text().split("dz = ")[1].rstrip("."), A2[0, 0] - y)


def test_slow_motion_pauses_the_run_and_ends_when_it_plays_again(hand):
    playground = hand(SMALL)
    playground.play("10/s")
    playground.button("slow motion").click()
    playground.at_rest()
    assert not playground.playing
    expect(playground.page.locator(".walk")).to_be_visible()
    playground.play()
    expect(playground.page.locator(".walk")).to_be_hidden()
    playground.pause()


@pytest.mark.browser_context_args  # whose clock is its own
def test_slow_motion_goes_on_by_itself_when_asked(hand):
    playground = hand(SMALL)
    playground.page.clock.install()
    playground.button("slow motion").click()
    title = playground.page.locator(".walk .phase")
    expect(title).to_contain_text("1 of 10")
    playground.button("auto").click()
    playground.page.clock.fast_forward(4_000)
    expect(title).to_contain_text("2 of 10")
    playground.button("previous").click()
    playground.page.clock.fast_forward(20_000)
    expect(title).to_contain_text("1 of 10")


def test_with_less_motion_asked_for_nothing_goes_by_itself(hand):
    playground = hand(SMALL)
    playground.page.emulate_media(reduced_motion="reduce")
    playground.button("slow motion").click()
    expect(playground.button("next")).to_be_visible()
    expect(playground.button("auto")).to_be_hidden()


# --- the script ---------------------------------------------------------------------------------------------


def test_the_copied_script_prints_the_numbers_on_the_page(hand, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    playground = hand(SMALL)
    playground.page.locator("#copy-numpy").click()
    expect(playground.page.locator("#copy-numpy")).to_have_text("copied")
    script = playground.page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    printed = dict(line.split(" = ") for line in done.stdout.splitlines())
    for part, layer, at in (("Z", 1, 3), ("A", 2, 1), ("dZ", 1, 3), ("dW", 1, 2), ("dW", 2, 2), ("db", 2, 0)):
        agree(matrices(playground, part, layer)[at], json.loads(printed[f"{part}{layer}"]))
    x, _ = point_of(playground)
    (W1, b1), _ = network_of(playground, SMALL, 5)
    np.testing.assert_allclose(json.loads(printed["Z1"]), W1 @ x + b1, rtol=1e-12)


def test_where_copying_is_forbidden_the_script_is_shown(hand):
    playground = hand(SMALL)
    playground.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
    )
    playground.page.locator("#copy-numpy").click()
    box = playground.page.get_by_role("textbox", name="the script")
    expect(box).to_be_visible()
    assert "import numpy as np" in box.input_value()
    playground.button("Close").click()
    expect(box).to_be_hidden()


def test_a_network_too_large_for_a_script_says_so(hand):
    playground = hand({"network": {"hidden": [64, 64]}, "data": {"samples": 50}}, step=0)
    playground.page.locator("#copy-numpy").click()
    expect(playground.page.locator("#copy-numpy")).to_contain_text("4417 parameters")


@pytest.mark.parametrize("data", [{"name": "moons"}, {"points": [[0, 0, 0], [1, 1, 1], [0.5, 1, 0]]}])
def test_other_points_replace_a_typed_one_of_a_class_that_is_gone(hand, data):
    playground = hand({"data": {"name": "blobs", "classes": 3}}, step=0)
    playground.page.locator("#hand-class").select_option("2")
    expect(playground.page.locator("#hand-example")).to_have_value("–")
    playground.follow(link({"data": data}))
    expect(playground.page.locator("#hand-example")).to_have_value("1")
    expect(playground.banner).to_be_hidden()
    own = data.get("points")
    first = own[0][0] if own else playground.server.json("GET", "/api/datasets/moons?seed=1")["points"][0][0]
    assert float(playground.page.locator("#hand-x1").input_value()) == pytest.approx(first, rel=1e-3)
