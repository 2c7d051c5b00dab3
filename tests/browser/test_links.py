"""The address is the run."""

from playwright.sync_api import expect

from tests.browser.playground import link, unlink

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}
MUCH_CHANGED = {
    "data": {"name": "spiral", "samples": 301, "noise": 0.05, "seed": 11, "positive_fraction": 0.4},
    "network": {"hidden": [5, 3], "activation": "leaky_relu", "leak": 0.2},
    "init": {"method": "he", "scale": None, "seed": 4},
    "training": {"learning_rate": 0.3},
    "interventions": [
        {"step": 40, "set": {"learning_rate": 0.1}},
        {"step": 60, "nudge": {"layer": 1, "unit": 2, "input": None, "by": -0.25}},
    ],
}


def read(playground) -> list:
    """All that the lanes say."""
    return [
        (
            *(text.inner_text() for text in (lane.name, lane.sentence, lane.cost, lane.spread)),
            lane.weights,
            lane.chips.all_text_contents(),
        )
        for lane in playground.lanes
    ]


def test_every_choice_on_the_page_is_in_its_address(playground):
    playground.open()
    playground.click(playground.button("Not now"))
    playground.click(playground.choice("Data set", "circles"))
    playground.click(playground.choice("activation", "ReLU"))
    playground.click(playground.choice("initialize", "Xavier"))
    playground.click(playground.button("One layer more"))
    playground.click(playground.button("One unit more in layer 1"))
    playground.click(playground.page.locator("#new-points"))
    playground.click(playground.page.locator("#new-weights"))
    playground.type_into("samples", "150")
    playground.type_into("noise", "0.07")
    playground.type_into("rate", "0.4")
    assert unlink(playground.address) == (
        [
            {
                "data": {"name": "circles", "samples": 150, "noise": 0.07, "seed": 2},
                "network": {"hidden": [5, 4], "activation": "relu"},
                "init": {"method": "xavier", "seed": 3},
                "training": {"learning_rate": 0.4},
            }
        ],
        0,
    )


def test_the_address_reloaded_is_the_same_run_at_the_same_step(playground):
    playground.open({})
    playground.click(playground.choice("Data set", "moons"))
    playground.page.locator("#compare").select_option(label="identical 0.5")
    playground.at_rest()
    playground.play_past(150)
    before, step = read(playground), playground.step
    playground.reload()
    assert playground.step == step
    assert not playground.playing
    assert read(playground) == before
    playground.play_past(step + 20)
    playground.shows_runs({"data": {"name": "moons"}}, {"data": {"name": "moons"}, **IDENTICAL})


def test_a_link_made_elsewhere_opens_the_run_it_describes(playground):
    playground.open(MUCH_CHANGED, {}, step=100)
    assert playground.step == 100
    playground.shows_runs(MUCH_CHANGED, {})
    assert playground.page.locator("#samples").input_value() == "301"
    assert playground.page.locator("#rate").input_value() == "0.1"
    assert playground.lane(0).chips.count() == 2


def test_following_another_link_opens_it_in_the_open_page(playground):
    playground.open({}, step=10)
    playground.follow(link(IDENTICAL, step=20))
    expect(playground.lane().name).to_have_text("identical 0.5")
    expect(playground.step_text).to_have_text("20")
    playground.at_rest()
    playground.shows_runs(IDENTICAL)


def test_a_link_that_cannot_be_read_says_so_and_shows_the_usual_experiment(playground):
    for fragment in ("#%C3", "#bm90IGpzb24", "#e30~bnVsbA"):
        playground.visit(fragment)
        expect(playground.banner).to_contain_text("This link holds no experiment that can be read")
        playground.shows_runs({})
    playground.play_past(10)
    playground.banner.get_by_role("button", name="Close").click()
    expect(playground.banner).to_be_hidden()


HUNDRED_LAYERS = {"network": {"hidden": [4] * 100}}
BAD_VALUES = [
    (HUNDRED_LAYERS, "network.hidden must be a list of 0 to 12 items; got"),
    ({"network": {"hidden": "four"}}, 'network.hidden must be a list of 0 to 12 items; got "four"'),
    ({"init": {"method": "zero"}}, "init.method must be one of"),
    ({"training": {"learning_rate": -3}}, "training.learning_rate must be above 0 and at most 10; got -3"),
    ({"data": {"sample": 3}}, "data.sample must be left out; the fields are"),
    ({"data": {"name": None}}, "data.name must be one of"),
    (
        {"interventions": [{"step": 5, "nudge": {"layer": 9, "unit": 0, "input": 0, "by": 1}}]},
        "interventions[0].nudge.layer must be",
    ),
]


def test_a_link_with_a_bad_value_shows_the_servers_sentence_and_the_page_lives(playground):
    playground.visit(link(BAD_VALUES[0][0]))
    for experiment, sentence in BAD_VALUES:
        playground.follow(link(experiment))  # the first: once more
        expect(playground.banner).to_contain_text(sentence)
        playground.shows_runs({})
    playground.play_past(10)
    playground.shows_runs({})


def test_an_address_followed_to_a_bad_value_keeps_the_run_on_the_page(playground):
    playground.open(IDENTICAL, step=50)
    playground.follow(link(HUNDRED_LAYERS))
    expect(playground.banner).to_contain_text("network.hidden must be a list of 0 to 12 items")
    playground.at_rest()
    playground.press("ArrowRight")
    expect(playground.step_text).to_have_text("51")
    playground.shows_runs(IDENTICAL)
    assert playground.experiments == [IDENTICAL]


def test_an_unreadable_step_of_a_link_is_step_0(playground):
    playground.visit(link(IDENTICAL) + "@soon")
    assert playground.step == 0
    playground.shows_runs(IDENTICAL)
