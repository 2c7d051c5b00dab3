"""What is changed in mid-run is part of the experiment: it acts from its step on, and can be taken back."""

import pytest
from playwright.sync_api import expect

from tests.browser.playground import number, shows

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}


def rate_change(step: int, rate: float) -> dict:
    return {"step": step, "set": {"learning_rate": rate}}


def rate_slider(playground):
    return playground.page.get_by_label("learning rate, slider", exact=True)


def nudge(playground, lane: int = 0, confirm: str = "Nudge", **fields: str) -> None:
    """Open a lane's dialog, fill in its fields, and press a button of it."""
    playground.lane(lane).root.get_by_role("button", name="Nudge …").click()
    dialog = playground.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for name, value in fields.items():
        field = dialog.locator(f"#nudge-{name}")
        if name == "by":
            field.fill(value)
        else:
            field.select_option(label=value)
    dialog.get_by_role("button", name=confirm, exact=True).click()
    expect(dialog).to_be_hidden()
    playground.at_rest()


def test_the_rate_released_in_mid_run_is_one_intervention_from_that_step_on(playground):
    playground.open({})
    playground.play("200/s")
    playground.past(100)
    before = len(playground.wire.opened)
    playground.drag(rate_slider(playground), 0.4)
    assert len(playground.wire.opened) == before + 1
    assert playground.playing
    playground.past(playground.step + 60)
    playground.pause()
    (change,) = playground.experiments[0]["interventions"]
    step, rate = change["step"], change["set"]["learning_rate"]
    assert 100 <= step < playground.step
    assert rate < 1.2
    assert playground.lane().chips.all_text_contents() == [f"rate {rate} from step {step:,}×"]
    playground.shows_runs({"interventions": [rate_change(step, rate)]})
    note = playground.page.locator("#training-fields .note")
    assert note.inner_text().startswith(f"learning rate 1.2 at first, {rate} from step {step:,}.")
    # The step before the change is the undisturbed run's.
    playground.seek(step - 1)
    playground.shows_runs({})


def test_a_rate_typed_while_the_run_is_paused_acts_from_that_step_on(playground):
    playground.open({}, step=500)
    playground.type_into("rate", "0.1")
    assert playground.step == 500
    playground.shows_runs({})
    playground.play_past(600)
    playground.shows_runs({"interventions": [rate_change(500, 0.1)]})


def test_a_second_release_at_the_same_step_replaces_the_first(playground):
    playground.open({}, step=500)
    playground.type_into("rate", "0.1")
    playground.type_into("rate", "3")
    assert playground.experiments == [{"interventions": [rate_change(500, 3)]}]


def test_a_rate_at_step_0_is_the_rate_from_the_start(playground):
    playground.open({})
    playground.type_into("rate", "0.3")
    assert playground.experiments == [{"training": {"learning_rate": 0.3}}]
    expect(playground.lane().chips).to_have_count(0)


def test_l2_typed_while_the_run_plays_is_one_intervention_at_that_step(playground):
    playground.open({})
    playground.page.get_by_text("More", exact=True).click()
    playground.play("100/s")
    playground.past(30)
    before = len(playground.wire.opened)
    playground.type_into("l2", "5")
    assert len(playground.wire.opened) == before + 1
    playground.past(playground.step + 30)
    playground.pause()
    (change,) = playground.experiments[0]["interventions"]
    assert change["set"] == {"l2": 5}
    assert 30 < change["step"] < playground.step
    assert playground.lane().chips.all_text_contents() == [f"l2 5 from step {change['step']:,}×"]
    playground.shows_runs({"interventions": [change]})
    note = playground.page.locator("#training-fields .note")
    assert note.inner_text().startswith(f"l2 0 at first, 5 from step {change['step']:,}.")
    # At its step the cost has the penalty already; a step before it is the undisturbed run's.
    playground.seek(change["step"])
    playground.shows_runs({"interventions": [change]})
    assert playground.run({}, playground.step)["history"][-1]["cost"] != pytest.approx(
        number(playground.lane().cost.inner_text()), abs=1e-4
    )
    playground.seek(change["step"] - 1)
    playground.shows_runs({})
    expect(playground.page.locator("#l2")).to_have_value("0")
    playground.seek(change["step"])
    expect(playground.page.locator("#l2")).to_have_value("5")
    playground.click(playground.button("From the start instead"))
    assert playground.step == 0
    assert playground.experiments == [{"training": {"l2": 5}}]
    expect(note).to_have_text("")
    playground.play_past(20)
    playground.shows_runs({"training": {"l2": 5}})


@pytest.mark.parametrize(
    ("optimizer", "rate", "changed"),
    [("momentum", 1.0, {"beta": 0.5}), ("adam", 0.02, {"beta1": 0.5, "beta2": 0.9, "epsilon": 0.01})],
)
def test_an_optimizers_settings_changed_in_mid_run_are_one_intervention(playground, optimizer, rate, changed):
    training = {"optimizer": optimizer, "learning_rate": rate}
    playground.open({"training": training}, step=60)
    playground.page.get_by_text("More", exact=True).click()
    for field, value in changed.items():
        playground.type_into(field, str(value))
    assert playground.step == 60
    experiment = {"training": training, "interventions": [{"step": 60, "set": changed}]}
    assert playground.experiments == [experiment]
    playground.shows_runs(experiment)
    playground.play_past(190, speed="200/s")  # before that the two differ too little to be seen
    playground.shows_runs(experiment)
    undisturbed = playground.run({"training": training}, playground.step)["history"][-1]["cost"]
    assert not shows(playground.lane().cost.inner_text(), undisturbed)
    chip = playground.lane().chips.all_text_contents()
    assert len(chip) == 1
    assert all(f"{field} {value}" in chip[0] for field, value in changed.items())
    playground.click(playground.button("From the start instead"))
    assert playground.step == 0
    started = {"training": {**training, **changed}}
    assert playground.experiments == [started]
    playground.play_past(30, speed="200/s")
    playground.shows_runs(started)


@pytest.mark.parametrize(("field", "bad"), [("l2", "-1"), ("beta", "1")])
def test_a_refused_setting_in_mid_run_leaves_the_run_and_no_intervention(playground, field, bad):
    experiment = {"training": {"optimizer": "momentum", "learning_rate": 0.1}}
    playground.open(experiment, step=40)
    playground.page.get_by_text("More", exact=True).click()
    box = playground.page.locator(f"#{field}")
    before = box.input_value()
    playground.type_into(field, bad)
    expect(playground.banner).to_contain_text(f"interventions[0].set.{field} must be")
    box.press("Tab")
    expect(box).to_have_value(before)
    expect(playground.lane().chips).to_have_count(0)
    assert playground.step == 40
    assert playground.experiments == [experiment]
    playground.play_past(60)
    playground.shows_runs(experiment)


def test_from_the_start_instead_begins_again_with_that_rate(playground):
    playground.open({"interventions": [rate_change(200, 0.3)]}, step=300)
    playground.click(playground.button("From the start instead"))
    assert playground.step == 0
    assert playground.experiments == [{"training": {"learning_rate": 0.3}}]
    expect(playground.lane().chips).to_have_count(0)
    playground.play_past(100)
    playground.shows_runs({"training": {"learning_rate": 0.3}})


def test_reset_drops_the_interventions_and_keeps_the_values_shown(playground):
    changes = [rate_change(200, 0.3), {"step": 250, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": 1}}]
    playground.open({"interventions": changes}, step=300)
    weights = [[number(text) for text in row] for row in playground.lane().weights]
    playground.click(playground.button("Reset"))
    assert playground.step == 0
    assert playground.page.locator("#rate").input_value() == "0.3"
    assert playground.experiments == [{"training": {"learning_rate": 0.3}}]
    assert [[number(text) for text in row] for row in playground.lane().weights] != weights
    playground.shows_runs({"training": {"learning_rate": 0.3}})


def test_a_nudge_of_one_weight_breaks_the_symmetry_of_four_equal_units(playground):
    playground.open(IDENTICAL)
    lane = playground.lane()
    nudge(playground, layer="1", unit="1", input="x1", by="1e-4")
    assert lane.chips.all_text_contents() == ["W[1] of unit 1, input 1 +0.0001 at step 0×"]
    playground.seek(1000)
    assert lane.headline.inner_text() == "2 kinds (1 + 3)"
    assert lane.kinds == ["a", "b", "b", "b"]
    assert lane.weights[1] == lane.weights[2] == lane.weights[3] != lane.weights[0]
    # references/README.md: after a nudge of 1e-4 the cost is .6107 at step 1000, and .6512 without.
    assert lane.cost.inner_text() == "0.6107"


def test_a_nudge_in_mid_run_acts_from_its_step_on_and_can_be_taken_back(playground):
    playground.open(IDENTICAL, step=200)
    lane = playground.lane()
    nudge(playground, layer="1", unit="3", input="its bias", by="0.01")
    assert playground.step == 200
    assert lane.headline.inner_text() == "2 kinds (1 + 3)"
    assert lane.spread.inner_text() == "0.010"
    change = {"step": 200, "nudge": {"layer": 1, "unit": 2, "input": None, "by": 0.01}}
    playground.play_past(250)
    playground.shows_runs({**IDENTICAL, "interventions": [change]})
    at = playground.step
    playground.click(lane.chips.get_by_role("button"))
    assert playground.step == at
    assert lane.headline.inner_text() == "all 4 equal"
    expect(lane.chips).to_have_count(0)
    playground.shows_runs(IDENTICAL)


def test_a_nudge_belongs_to_its_lane(playground):
    playground.open({}, IDENTICAL)
    nudge(playground, lane=1, layer="2 (output)", unit="1", input="unit 4", by="-0.5")
    change = {"step": 0, "nudge": {"layer": 2, "unit": 0, "input": 3, "by": -0.5}}
    playground.play_past(30)
    playground.shows_runs({}, {**IDENTICAL, "interventions": [change]})
    assert [lane.chips.count() for lane in playground.lanes] == [0, 1]


def test_the_dialog_can_be_left_without_a_nudge(playground):
    playground.open(IDENTICAL)
    before = len(playground.wire.sent)
    nudge(playground, confirm="Cancel", by="1")
    playground.button("Nudge …").click()
    playground.page.keyboard.press("Escape")
    expect(playground.page.get_by_role("dialog")).to_be_hidden()
    assert len(playground.wire.sent) == before
    assert playground.lane().headline.inner_text() == "all 4 equal"
