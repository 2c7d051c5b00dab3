"""An activation and a start for each layer: chosen on the page, kept in the link, the run of the API."""

from playwright.sync_api import expect

from tests.browser.test_choices import chosen

DEEP = {"network": {"hidden": [4, 3]}}


def menu(playground, what: str, layer: str):
    return playground.page.get_by_label(f"{what} of {layer}", exact=True)


def choose(playground, what: str, layer: str, option: str) -> None:
    menu(playground, what, layer).select_option(label=option)
    playground.at_rest()


def by_layer(playground, what: str):
    return playground.page.get_by_role("group", name=f"{what} by layer", exact=True)


def test_every_hidden_layer_has_an_activation_of_its_own(playground):
    playground.open(DEEP, step=30)
    expect(by_layer(playground, "activation")).to_be_hidden()
    playground.click(playground.choice("activation", "by layer"))
    assert chosen(playground, "activation") == ["by layer"]
    assert by_layer(playground, "activation").locator("select").count() == 2
    playground.shows_runs(
        {"network": {"hidden": [4, 3], "activation": "tanh"}}
    )  # as it was, until one changes
    playground.play_past(20)
    choose(playground, "activation", "layer 2", "ReLU")
    assert playground.step == 0
    assert playground.lane().heads.all_inner_texts() == ["4 tanh", "3 ReLU"]
    playground.play_past(20)
    mixed = {"network": {"hidden": [4, 3], "activation": ["tanh", "relu"]}}
    playground.shows_runs(mixed)
    assert playground.experiments == [mixed]
    playground.reload()
    assert menu(playground, "activation", "layer 2").evaluate("(box) => box.value") == "relu"
    playground.shows_runs(mixed)


def test_one_activation_for_all_takes_the_menus_away(playground):
    playground.open({"network": {"hidden": [4, 3], "activation": ["tanh", "relu"]}})
    assert chosen(playground, "activation") == ["by layer"]
    playground.click(playground.choice("activation", "sigmoid"))
    expect(by_layer(playground, "activation")).to_be_hidden()
    playground.shows_runs({"network": {"hidden": [4, 3], "activation": "sigmoid"}})


def test_the_menus_follow_the_layers(playground):
    playground.open({"network": {"hidden": [4], "activation": ["relu"]}})
    playground.click(playground.button("One layer more"))
    assert by_layer(playground, "activation").locator("select").count() == 2
    choose(playground, "activation", "layer 1", "tanh")
    playground.shows_runs({"network": {"hidden": [4, 4], "activation": ["tanh", "relu"]}})
    playground.click(playground.button("One layer less"))
    playground.click(playground.button("One layer less"))
    assert by_layer(playground, "activation").locator("select").count() == 0
    expect(playground.choice("activation", "by layer")).to_be_disabled()
    playground.shows_runs({"network": {"hidden": []}})


def test_two_lanes_are_changed_together_each_where_it_has_the_layer(playground):
    playground.open({"network": {"hidden": [4, 3]}}, {"network": {"hidden": [3]}})
    playground.click(playground.choice("activation", "by layer"))
    choose(playground, "activation", "layer 2", "linear")
    choose(playground, "activation", "layer 1", "sigmoid")
    playground.shows_runs(
        {"network": {"hidden": [4, 3], "activation": ["sigmoid", "linear"]}},
        {"network": {"hidden": [3], "activation": "sigmoid"}},
    )


def test_every_layer_starts_in_its_own_way(playground):
    playground.open({"network": {"hidden": [4, 3]}, "init": {"method": "he"}})
    expect(by_layer(playground, "start")).to_be_hidden()
    playground.page.get_by_label("other starts").select_option(label="by layer")
    playground.at_rest()
    assert chosen(playground, "initialize") == []
    playground.shows_runs({"network": {"hidden": [4, 3]}, "init": {"method": "he"}})
    choose(playground, "start", "layer 1", "zero")
    choose(playground, "start", "output", "random")
    assert playground.page.locator("#scale").input_value() == "0.5"  # random needs one, and He had none
    mixed = {"network": {"hidden": [4, 3]}, "init": {"method": ["zeros", "he", "normal"], "scale": 0.5}}
    playground.shows_runs(mixed)
    assert playground.experiments == [mixed]
    assert playground.lane().name.inner_text() == "start by layer"
    playground.click(playground.choice("initialize", "Xavier"))
    expect(by_layer(playground, "start")).to_be_hidden()
    playground.shows_runs({"network": {"hidden": [4, 3]}, "init": {"method": "xavier", "scale": None}})
