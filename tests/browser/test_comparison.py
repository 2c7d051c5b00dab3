"""Two runs on one clock that differ in one choice."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.charts

ZERO = {"init": {"method": "zeros", "scale": None}}
IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}


def names(playground) -> list[str]:
    return [lane.name.inner_text() for lane in playground.lanes]


def compare_with(playground, label: str) -> None:
    playground.page.locator("#compare").select_option(label=label)
    playground.at_rest()


def change(playground, lane: int, label: str) -> None:
    playground.page.locator(f"#change-{lane}").select_option(label=label)
    playground.at_rest()


def test_zero_beside_random_by_the_compare_menu(playground):
    playground.open({})
    compare_with(playground, "zero")
    assert names(playground) == ["small random 0.01", "zero"]
    playground.play_past(500)
    random, zero = playground.lanes
    assert zero.cost.inner_text() == "0.6931"
    assert random.headline.inner_text() == "all 4 different"
    assert "Nothing has moved" in zero.sentence.inner_text()
    playground.shows_runs({}, ZERO)
    expect(playground.page.locator(".boundary")).to_have_count(2)
    expect(playground.page.locator("#curves .scatterlayer .js-line")).to_have_count(4)
    expect(playground.page.locator(".lane-activations")).to_have_count(2)


def test_which_lane_uses_which_choice_is_marked_on_the_buttons(playground):
    playground.open({}, IDENTICAL)
    marks = {
        name: playground.choice("initialize", name).get_attribute("data-lanes")
        for name in ("small random", "identical", "zero")
    }
    assert marks == {"small random": "1", "identical": "2", "zero": ""}
    assert playground.choice("activation", "tanh").get_attribute("data-lanes") == "12"


@pytest.mark.parametrize("closed", [0, 1])
def test_closing_a_lane_keeps_the_other_where_it_is(playground, closed):
    both = [{}, IDENTICAL]
    playground.open(*both, step=300)
    kept = playground.lane(1 - closed)
    weights, name = kept.weights, kept.name.inner_text()
    playground.click(playground.lane(closed).root.get_by_role("button", name="Close this lane"))
    assert names(playground) == [name]
    assert playground.step == 300
    assert playground.lane().weights == weights
    playground.play_past(400)
    playground.shows_runs(both[1 - closed])


@pytest.mark.parametrize("closed", [0, 1])
def test_a_double_click_closes_one_lane_and_nothing_is_refused(playground, closed):
    playground.open({}, IDENTICAL, step=20)
    playground.lane(closed).root.get_by_role("button", name="Close this lane").dblclick()
    expect(playground.page.locator(".lane")).to_have_count(1)
    playground.at_rest()
    expect(playground.banner).to_be_hidden()
    playground.shows_runs([IDENTICAL, {}][closed])


def test_a_lanes_own_menu_changes_that_lane_alone(playground):
    playground.open({}, IDENTICAL)
    change(playground, 2, "ReLU")
    relu = {**IDENTICAL, "network": {"activation": "relu"}}
    # The difference is said completely: the start and the activation.
    assert names(playground) == ["small random 0.01, tanh", "identical 0.5, ReLU"]
    playground.play_past(50)
    playground.shows_runs({}, relu)
    change(playground, 1, "2 units")
    playground.shows_runs({"network": {"hidden": [2]}}, relu)
    assert [lane.units.count() for lane in playground.lanes] == [2, 4]


def test_the_buttons_above_change_both_lanes(playground):
    playground.open({}, IDENTICAL)
    playground.click(playground.choice("activation", "sigmoid"))
    assert names(playground) == ["small random 0.01", "identical 0.5"]
    playground.play_past(50)
    sigmoid = {"network": {"activation": "sigmoid"}}
    playground.shows_runs(sigmoid, {**IDENTICAL, **sigmoid})


def test_the_buttons_in_a_picture_change_both_networks_while_they_have_one_shape(playground):
    playground.open({}, IDENTICAL)
    playground.click(playground.lane(1).root.get_by_role("button", name="One unit more in layer 1"))
    assert [lane.heads.inner_text() for lane in playground.lanes] == ["5 tanh", "5 tanh"]


def test_a_lane_is_named_by_its_difference(playground):
    playground.open({})
    for label, expected in (
        ("rate 0.1", ["rate 1.2", "rate 0.1"]),
        ("8 units", ["4 units", "8 units"]),
        ("linear", ["tanh", "linear"]),
        ("Xavier", ["small random 0.01", "Xavier"]),
    ):
        compare_with(playground, label)
        assert names(playground) == expected
        assert playground.page.locator(".output .name").all_inner_texts() == expected
        spoken = playground.page.locator("#sentences b").all_inner_texts()
        assert [name.strip() for name in spoken] == [f"{name}." for name in expected]
        playground.click(playground.lane(1).root.get_by_role("button", name="Close this lane"))
