"""Every choice on the page takes effect at once, and is the experiment that it says."""

import json

import pytest
from playwright.sync_api import expect

from app.engine.activations import ACTIVATIONS
from app.engine.datasets import DATASETS
from app.experiments.starts import STARTS
from tests.browser.playground import number

SAMPLES, NOISE, BALANCE = "samples", "noise", "class balance"


def slider(playground, label: str):
    return playground.page.get_by_label(f"{label}, slider", exact=True)


def chosen(playground, group: str) -> list[str]:
    pressed = playground.page.get_by_role("group", name=group, exact=True).locator("[aria-pressed=true]")
    return [button.get_attribute("aria-label") or button.inner_text() for button in pressed.all()]


def test_every_activation_is_a_button_that_begins_again_with_it(playground):
    playground.open({}, step=30)
    for row in ACTIVATIONS.values():
        playground.click(playground.choice("activation", row.title))
        assert chosen(playground, "activation") == [row.title]
        assert playground.lane().heads.inner_text() == f"4 {row.title}"
        assert playground.step == 0
        playground.press("Shift+ArrowRight")
        expect(playground.step_text).to_have_text("10")
        playground.shows_runs({"network": {"activation": row.name}})


@pytest.mark.charts
def test_every_data_set_is_a_thumbnail_that_brings_its_points_and_its_noise(playground):
    playground.open({})
    for row in DATASETS.values():
        playground.click(playground.choice("Data set", row.title))
        assert chosen(playground, "Data set") == [row.title]
        assert float(playground.page.locator("#noise").input_value()) == row.noise
        playground.press("Shift+ArrowRight")
        expect(playground.step_text).to_have_text("10")
        playground.shows_runs({"data": {"name": row.name}})
        expect(playground.lane().boundary.locator(".point")).to_have_count(400)


def test_every_start_is_a_button_that_brings_its_own_scale(playground):
    playground.open({})
    for start in STARTS.values():
        playground.click(playground.choice("initialize", start.title))
        assert chosen(playground, "initialize") == [start.title]
        scale = playground.page.locator("#scale")
        if start.scale is None:
            expect(scale).to_be_hidden()
        else:
            assert float(scale.input_value()) == start.scale
        playground.shows_runs({"init": {"method": start.method, "scale": start.scale}})


def test_other_starts_are_in_a_menu(playground):
    playground.open({})
    playground.page.get_by_label("other starts").select_option(label="Glorot")
    playground.at_rest()
    assert chosen(playground, "initialize") == []
    playground.shows_runs({"init": {"method": "glorot", "scale": None}})


def test_the_scale_can_be_typed(playground):
    playground.open({"init": {"method": "constant", "scale": 0.5}})
    playground.type_into("scale", "0.25")
    assert playground.lane().weights == [["0.25", "0.25", "0"]] * 4
    assert playground.lane().name.inner_text() == "identical 0.25"
    playground.type_into("scale", "0,125")  # a comma for the point, as many write it
    playground.shows_runs({"init": {"method": "constant", "scale": 0.125}})


def test_layers_are_added_and_removed(playground):
    playground.open({})
    heads = playground.lane().heads
    playground.click(playground.button("One layer more"))
    assert heads.all_inner_texts() == ["4 tanh", "4 tanh"]
    playground.shows_runs({"network": {"hidden": [4, 4]}})
    playground.click(playground.button("One layer less"))
    playground.click(playground.button("One layer less"))
    assert playground.lane().headline.inner_text() == "no hidden units"
    assert playground.lane().edges.count() == 2
    expect(playground.button("One layer less")).to_be_disabled()
    playground.play_past(20)
    playground.shows_runs({"network": {"hidden": []}})
    playground.click(playground.button("One layer more"))
    assert heads.all_inner_texts() == ["4 tanh"]


def test_units_are_added_and_removed_in_the_picture_itself(playground):
    playground.open({"network": {"hidden": [2, 3]}})
    lane = playground.lane()
    playground.click(playground.button("One unit more in layer 2"))
    playground.click(playground.button("One unit less in layer 1"))
    assert lane.heads.all_inner_texts() == ["1 tanh", "4 tanh"]
    assert lane.units.count() == 5
    assert lane.edges.count() == 2 * 1 + 1 * 4 + 4 * 1
    expect(playground.button("One unit less in layer 1")).to_be_disabled()
    playground.shows_runs({"network": {"hidden": [1, 4]}})


def test_a_change_of_the_network_begins_again_and_keeps_playing(playground):
    playground.open({})
    playground.play("200/s")
    playground.past(100)
    playground.choice("activation", "sigmoid").click()
    playground.until(lambda: playground.lane().heads.inner_text() == "4 sigmoid" and playground.step < 100)
    assert playground.playing
    playground.past(20)
    playground.pause()
    playground.shows_runs({"network": {"activation": "sigmoid"}})


def test_the_symmetry_of_every_layer_can_be_looked_at(playground):
    playground.open({"network": {"hidden": [3, 2]}})
    lane = playground.lane()
    lane.root.get_by_label("layer", exact=True).select_option(label="layer 2")
    playground.at_rest()
    assert lane.headline.inner_text() == "all 2 different"
    W2 = playground.run({"network": {"hidden": [3, 2]}}, 0)["parameters"][1]["W"]
    shown = [[number(text) for text in row[:3]] for row in lane.weights]
    for row, truth in zip(shown, W2, strict=True):
        assert row == pytest.approx(truth, abs=6e-4)


@pytest.mark.parametrize(
    ("field", "label", "name", "typed", "value"),
    [
        ("samples", SAMPLES, "samples", "101", 101),
        ("noise", NOISE, "noise", "0.05", 0.05),
        ("balance", BALANCE, "positive_fraction", "0.3", 0.3),
    ],
)
def test_numbers_of_the_data_are_typed_or_dragged(playground, field, label, name, typed, value):
    playground.open({})
    box, before = playground.page.locator(f"#{field}"), len(playground.wire.opened)
    playground.type_into(field, typed)
    playground.shows_runs({"data": {name: value}})
    playground.drag(slider(playground, label), 0.7)
    dragged = json.loads(box.input_value())
    assert dragged != value
    playground.shows_runs({"data": {name: dragged}})
    # One change per release, never one per pixel.
    assert len(playground.wire.opened) == before + 2
    assert playground.experiments == [{"data": {name: dragged}}]


def test_what_is_typed_may_go_beyond_the_slider(playground):
    playground.open({})
    playground.type_into("samples", "2000")
    playground.shows_runs({"data": {"samples": 2000}})
    assert playground.page.locator("#samples").input_value() == "2000"


def test_new_points_and_new_weights_are_two_buttons_with_two_seeds(playground):
    playground.open({})
    lane = playground.lane()
    first = lane.weights
    playground.click(playground.page.locator("#new-points"))
    assert playground.page.locator("#data-seed").input_value() == "2"
    assert lane.weights == first
    playground.shows_runs({"data": {"seed": 2}})
    playground.click(playground.page.locator("#new-weights"))
    assert playground.page.locator("#init-seed").input_value() == "3"
    assert lane.weights != first
    playground.shows_runs({"data": {"seed": 2}, "init": {"seed": 3}})
    playground.type_into("init-seed", "2")
    assert lane.weights == first
    playground.type_into("data-seed", "7")
    playground.shows_runs({"data": {"seed": 7}})


def test_reset_returns_to_the_very_same_weights(playground):
    playground.open({"init": {"scale": 0.7}})
    lane = playground.lane()
    first, cost = lane.weights, lane.cost.inner_text()
    playground.play_past(200)
    assert lane.weights != first
    playground.click(playground.button("Reset"))
    assert playground.step == 0
    assert lane.weights == first
    assert lane.cost.inner_text() == cost
    assert playground.page.locator("#init-seed").input_value() == "2"


def test_the_settings_under_more_belong_to_what_is_chosen(playground):
    playground.open({"network": {"activation": "leaky_relu"}, "data": {"name": "circles"}})
    playground.page.get_by_text("More", exact=True).click()
    playground.type_into("leak", "0.3")
    playground.type_into("factor", "0.8")
    playground.type_into("bias", "0.5")
    playground.click(playground.page.locator("#at-zero"))
    playground.play_past(10)
    playground.shows_runs(
        {
            "network": {"activation": "leaky_relu", "leak": 0.3, "relu_at_zero": 0},
            "data": {"name": "circles", "factor": 0.8},
            "init": {"bias": 0.5},
        }
    )
    playground.click(playground.choice("activation", "tanh"))
    playground.click(playground.choice("Data set", "moons"))
    for field in ("leak", "factor", "at-zero"):
        expect(playground.page.locator(f"#{field}")).to_be_hidden()
