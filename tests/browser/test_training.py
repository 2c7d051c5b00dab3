"""How the run is trained, under More: batches, L2, settings, inputs, split, stop rule, rounding.

Each control takes effect at once, is in the address, survives a reload and is the experiment that it says:
numbers and curves are those of ``POST /api/runs``. A bad value is refused in a sentence and leaves the run.
"""

import math
import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import NARROW, WIDE
from tests.browser.playground import shows

pytestmark = pytest.mark.charts

# The lines of the chart by what they say when pointed at, numbers left out; what the API calls the same, and
# how many of its units are one of the chart's.
CURVES = {
    "step : cost": ("cost", 1),
    "step :  %": ("accuracy", 100),
    "step : validation cost": ("validation_cost", 1),
    "step : validation  %": ("validation_accuracy", 100),
    "step : test cost": ("test_cost", 1),
    "step : test  %": ("test_accuracy", 100),
    "step : batch cost": ("batch_cost", 1),
}


@pytest.fixture
def more(playground):
    """Opens an experiment, with More open."""

    def opened(experiment=None, step=0):
        playground.open(experiment or {}, step=step)
        playground.page.get_by_text("More", exact=True).click()
        return playground

    return opened


def curves(playground) -> dict[str, list[tuple[float, float]]]:
    """The points of every line under the curves, by the name that the API has for it."""
    lines = playground.page.locator("#curves").evaluate(
        """(chart) => chart.data.filter(({ mode }) => mode === "lines")
             .map(({ x, y, hovertemplate }) => [hovertemplate, [...x], [...y]])"""
    )
    found = {}
    for template, x, y in lines:
        name, _ = CURVES[re.sub(r"%\{.*?\}|<extra></extra>", "", template).strip()]
        assert name not in found
        found[name] = list(zip(x, y, strict=True))
    if "batch_cost" in found and math.isnan(found["batch_cost"][-1][1]):
        found["batch_cost"].pop()  # the present step has not used its batch yet
    return found


def is_the_run(playground, experiment, play_to=20) -> None:
    """The address holds it, the page shows its numbers, and all that is drawn are its curves."""
    playground.at_rest()
    playground.until(lambda: playground.experiments == [experiment])
    playground.shows_runs(experiment)
    playground.play_past(play_to, speed="200/s")
    playground.shows_runs(experiment)
    run = playground.run(experiment, playground.step, record_every=1)
    last = run["history"][-1]
    # Validation and test, in words beside the cost and the accuracy.
    told = playground.lane().output.locator(".held")
    parts = [part for part in ("validation", "test") if f"{part}_cost" in last]
    if parts:
        found = re.findall(r"(validation|test) ([\d.e-]+), ([\d.]+ %)", told.inner_text())
        assert [name for name, _, _ in found] == parts
        for name, cost, accuracy in found:
            assert shows(cost, last[f"{name}_cost"])
            assert shows(accuracy, 100 * last[f"{name}_accuracy"])
    else:
        expect(told).to_be_hidden()
    # Every line of the chart, at every step that it has.
    drawn, scale = curves(playground), dict(CURVES.values())
    assert set(drawn) == set(last) - {"step"}
    for name, line in drawn.items():
        assert len(line) >= 5, (name, line)
        assert line[-1][0] >= playground.step - 1
        for step, value in line:
            told_value = scale[name] * run["history"][int(step)][name]
            assert value == pytest.approx(told_value, rel=1e-9), (name, step)


def survives_a_reload(playground, experiment, **fields) -> None:
    """So do the run, its step, and what stands in the fields."""
    step = playground.step
    playground.reload()
    assert playground.step == step
    assert playground.experiments == [experiment]
    playground.shows_runs(experiment)
    for name, value in fields.items():
        box = playground.page.locator(f"#{name.replace('_', '-')}")
        if isinstance(value, bool):
            expect(box).to_be_checked(checked=value)
        else:
            expect(box).to_have_value(value)


def refuses(playground, field, typed, sentence) -> None:
    """The rule is told, the old value comes back, and the run stays where it is."""
    box = playground.page.locator(f"#{field}")
    before, step = box.input_value(), playground.step
    box.fill(typed)
    box.press("Enter")
    expect(playground.banner).to_contain_text(sentence)
    box.press("Tab")
    expect(box).to_have_value(before)
    assert playground.step == step


def test_batches(more):
    playground = more(step=20)
    playground.type_into("batch", "64")
    assert playground.step == 0
    is_the_run(playground, {"training": {"batch_size": 64}})
    whole = "training.batch_size must be a whole number from 1 to 10000"
    refuses(playground, "batch", "0", f"{whole}; got 0")
    refuses(
        playground, "batch", "401", "training.batch_size must be at most 400, the training points; got 401"
    )
    refuses(playground, "batch", "2.5", f"{whole}; got 2.5")
    refuses(playground, "batch", "few", "training.batch_size must be")
    survives_a_reload(playground, {"training": {"batch_size": 64}}, batch="64")
    playground.page.get_by_text("More", exact=True).click()
    playground.type_into("batch", "")
    is_the_run(playground, {})
    expect(playground.page.locator("#batch")).to_have_attribute("placeholder", "all")


def test_l2_and_the_settings_of_every_optimizer(more):
    playground = more()
    page = playground.page
    playground.type_into("l2", "0.5")
    is_the_run(playground, {"training": {"l2": 0.5}})
    refuses(playground, "l2", "-1", "must be from 0 to")
    playground.click(playground.button("Reset"))
    playground.type_into("rate", "0.02")
    typed = {"beta": "0.5", "beta1": "0.8", "beta2": "0.99", "epsilon": "0.001"}
    refused, settings = {"beta": "1", "beta1": "1", "beta2": "-0.1", "epsilon": "0"}, {}
    for name, used in {
        "momentum": ["beta"],
        "rmsprop": ["beta", "epsilon"],
        "adam": ["beta1", "beta2", "epsilon"],
    }.items():
        page.locator("#optimizer").select_option(name)
        playground.at_rest()
        for field in typed:
            expect(page.locator(f"#{field}")).to_be_visible(visible=field in used)
        for field in used:
            if field not in settings:
                refuses(playground, field, refused[field], f"{field} must be")
                playground.type_into(field, typed[field])
                settings[field] = float(typed[field])
        playground.play_past(5, speed="200/s")
        playground.shows_runs({"training": {"l2": 0.5, "learning_rate": 0.02, "optimizer": name, **settings}})
        playground.click(playground.button("Reset"))
    experiment = {"training": {"l2": 0.5, "learning_rate": 0.02, "optimizer": "adam", **settings}}
    is_the_run(playground, experiment)
    survives_a_reload(playground, experiment, l2="0.5", beta1="0.8", beta2="0.99", epsilon="0.001")


def test_what_is_held_back(more):
    playground = more({"data": {"name": "moons", "samples": 200}, "network": {"activation": "relu"}})
    base = {"name": "moons", "samples": 200}

    def held(**parts):
        return {"data": {**base, **parts}, "network": {"activation": "relu"}}

    playground.type_into("validation", "0.3")
    is_the_run(playground, held(validation=0.3))
    playground.type_into("validation", "0")
    playground.type_into("test", "0.1")
    playground.shows_runs(held(test=0.1))
    playground.click(playground.button("60/20/20"))
    assert playground.step == 0
    assert playground.page.locator("#validation").input_value() == "0.2"
    assert playground.page.locator("#test").input_value() == "0.2"
    is_the_run(playground, held(validation=0.2, test=0.2))
    # 20 % of 100 of each class, twice.
    assert playground.page.locator(".boundary .point").count() == 200
    refuses(
        playground,
        "validation",
        "0.8",
        "data.validation must be shares that leave a training point in each class",
    )
    refuses(playground, "test", "-0.1", "data.test must be")
    refuses(playground, "test", "1", "data.test must be")
    refuses(
        playground, "batch", "121", "training.batch_size must be at most 120, the training points; got 121"
    )
    survives_a_reload(playground, held(validation=0.2, test=0.2), validation="0.2", test="0.2")


def test_inputs(more):
    playground = more()
    page = playground.page
    refuses(playground, "stretch", "0", "data.stretch must be")
    playground.type_into("stretch", "20")
    is_the_run(playground, {"data": {"stretch": 20}}, 10)
    page.locator("#standardize").check()
    playground.at_rest()
    data = {"stretch": 20, "standardize": True}
    is_the_run(playground, {"data": data}, 10)
    features = [
        box.get_attribute("id").removeprefix("feature-") for box in page.locator("[id^=feature-]").all()
    ]
    assert features == ["x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)"]
    # From the last to the first: the experiment has them in the order of the table.
    for i in reversed(range(5)):
        page.locator(f'[id="feature-{features[i]}"]').check()
        playground.at_rest()
        assert playground.lane().root.locator(".node").count() == 2 + (5 - i) + 1
        playground.shows_runs({"data": data, "network": {"features": features[i:]}})
    page.locator(f'[id="feature-{features[3]}"]').uncheck()
    playground.at_rest()
    chosen = [name for name in features if name != features[3]]
    is_the_run(playground, {"data": data, "network": {"features": chosen}}, 10)
    survives_a_reload(
        playground, {"data": data, "network": {"features": chosen}}, stretch="20", standardize=True
    )
    assert [page.locator(f'[id="feature-{name}"]').is_checked() for name in features] == [
        name in chosen for name in features
    ]


def test_an_input_that_is_the_same_everywhere_cannot_be_normalized(more):
    constant = {"data": {"points": [[1, 0, 0], [1, 1, 1], [1, 2, 0]]}}
    playground = more(constant, step=5)
    playground.page.locator("#standardize").click()
    expect(playground.banner).to_contain_text(
        "data.standardize must be false where an input is the same at every training point; got true"
    )
    expect(playground.page.locator("#standardize")).not_to_be_checked()
    assert playground.step == 5
    expect(playground.page.locator("#stretch")).to_be_hidden()  # own points are as they are
    playground.play_past(10, speed="200/s")
    playground.shows_runs(constant)


def test_the_stop_rule_and_the_rounding(more):
    playground = more()
    refuses(playground, "stop", "0", "training.stop_change must be")
    refuses(playground, "stop", "-1", "training.stop_change must be")
    refuses(playground, "stop", "soon", "training.stop_change must be")
    for name in ("reordered", "blas"):
        playground.page.locator("#arithmetic").select_option(name)
        is_the_run(playground, {"arithmetic": name}, 10)
    playground.page.locator("#arithmetic").select_option("exact")
    experiment = {"training": {"stop_change": 1e-4, "learning_rate": 0.5}}
    playground.type_into("rate", "0.5")
    playground.type_into("stop", "1e-4")
    assert playground.experiments == [experiment]
    run = playground.run(experiment, 5000)
    assert run["status"] == "converged"
    playground.page.locator("#speed").select_option(label="as fast as it goes")
    playground.play_button.click()  # it may be over before anybody has seen it play
    playground.until(lambda: playground.step == run["steps"])
    expect(playground.play_button).to_have_attribute("data-playing", "false")
    playground.at_rest()
    playground.lane().shows_run(run)
    survives_a_reload(playground, experiment, stop="0.0001", arithmetic="exact")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_menu_cuts_what_is_chosen(playground, size):
    playground.page.set_viewport_size(size)
    playground.open()
    playground.page.get_by_text("More", exact=True).click()
    cut = """(menus) => menus.filter((menu) => {
      const shown = menu.offsetWidth;
      menu.style.cssText = "position: absolute; max-width: none";
      const whole = menu.offsetWidth;
      menu.style.cssText = "";
      return shown < whole;
    }).map((menu) => menu.id)"""
    menus = playground.page.locator(".field > select:visible")
    expect(menus.first).to_be_visible()
    assert menus.evaluate_all(cut) == []
