"""Play, pause, one step, back, the timeline, the speed; and a key for each."""

import time

import pytest
from playwright.sync_api import expect

from tests.serving import eventually, processor_seconds

pytestmark = pytest.mark.charts

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}


def test_play_and_pause_are_one_button(playground):
    playground.open({})
    assert playground.play_button.inner_text() == "Play"
    playground.play("200/s")
    assert playground.play_button.inner_text() == "Pause"
    playground.past(20)
    playground.pause()
    assert playground.play_button.inner_text() == "Play"
    at = playground.step
    playground.page.wait_for_timeout(300)
    assert playground.step == at
    playground.shows_runs({})


def test_step_and_back_move_by_one(playground):
    playground.open({}, step=40)
    playground.click(playground.button("Step"))
    expect(playground.step_text).to_have_text("41")
    playground.shows_runs({})
    for step in ("40", "39"):
        playground.click(playground.button("One step back"))
        expect(playground.step_text).to_have_text(step)
        playground.shows_runs({})


def test_back_at_step_0_stays_there(playground):
    playground.open({})
    playground.press("ArrowLeft")
    assert playground.step == 0
    playground.press("ArrowRight")
    expect(playground.step_text).to_have_text("1")


def test_the_timeline_goes_to_any_step_forwards_and_backwards(playground):
    playground.open({}, IDENTICAL)
    for step in (900, 333, 500, 0, 1000):
        playground.seek(step)
        playground.shows_runs({}, IDENTICAL)


def test_the_timeline_can_be_dragged(playground):
    playground.open({})
    playground.drag(playground.timeline, 0.5)
    playground.until(lambda: playground.step == int(playground.timeline.input_value()))
    playground.at_rest()
    assert 480 <= playground.step <= 520
    playground.shows_runs({})


def test_a_seek_while_playing_plays_on_from_there(playground):
    playground.open({})
    playground.play("10/s")
    playground.timeline.fill("800")
    playground.past(802)
    assert playground.playing
    playground.pause()
    assert playground.step < 900
    playground.shows_runs({})


def test_the_speed_is_in_steps_per_second(playground):
    playground.open({})
    playground.play("60/s")
    for label, speed in (("60/s", 60), ("1,000/s", 1000)):
        playground.page.locator("#speed").select_option(label=label)
        playground.past(playground.step + int(0.2 * speed))
        begun, at = time.monotonic(), playground.step
        playground.page.wait_for_timeout(1200)
        pace = (playground.step - at) / (time.monotonic() - begun)
        assert 0 < pace <= 1.1 * speed  # a busy machine may be slower


def test_the_speed_can_change_while_it_plays(playground):
    playground.open({})
    playground.play("1/s")
    playground.page.wait_for_timeout(300)
    assert playground.step <= 1
    playground.page.locator("#speed").select_option(label="as fast as it goes")
    playground.past(3000)
    playground.pause()
    playground.shows_runs({})


def test_every_control_has_a_key(playground):
    playground.open({})
    first = playground.lane().weights
    playground.press("ArrowRight")
    expect(playground.step_text).to_have_text("1")
    playground.press("Shift+ArrowRight")
    expect(playground.step_text).to_have_text("11")
    playground.press("ArrowLeft")
    expect(playground.step_text).to_have_text("10")
    playground.press(" ")
    playground.past(20)
    assert playground.playing
    playground.press(" ")
    assert not playground.playing
    assert playground.lane().weights != first
    playground.press("r")
    assert playground.step == 0
    assert playground.lane().weights == first
    playground.press("w")
    playground.press("P")
    playground.shows_runs({"init": {"seed": 3}, "data": {"seed": 2}})
    playground.page.keyboard.press("c")
    expect(playground.page.locator("#compare")).to_be_focused()


def test_typing_in_a_field_presses_no_keys(playground):
    playground.open({})
    for field in ("samples", "rate", "scale", "init-seed"):
        box = playground.page.locator(f"#{field}")
        box.click()
        before, value = len(playground.wire.sent), box.input_value()
        playground.page.keyboard.type(" rwpc")
        playground.page.keyboard.press("ArrowRight")
        playground.page.keyboard.press("ArrowLeft")
        playground.page.wait_for_timeout(60)
        assert len(playground.wire.sent) == before, field
        box.fill(value)  # what stands there when the field is left would be sent
    assert not playground.playing
    assert playground.step == 0


def test_a_slider_that_was_dragged_keeps_only_the_keys_that_move_it(playground):
    playground.open({}, step=150)
    playground.drag(playground.timeline, 0.05)
    expect(playground.timeline).to_be_focused()
    playground.until(lambda: playground.step < 100)
    playground.press("ArrowRight")
    dragged = playground.step
    playground.press("End")  # the furthest step that was seen, not the end of the slider
    expect(playground.step_text).to_have_text("150")
    playground.press("Home")
    expect(playground.step_text).to_have_text("0")
    assert dragged > 0
    playground.page.keyboard.press("Space")
    expect(playground.play_button).to_have_attribute("data-playing", "true")
    playground.page.keyboard.press("Space")
    playground.at_rest()
    noise = playground.page.get_by_label("noise, slider")
    noise.focus()
    playground.press("End")  # this slider's own
    assert playground.experiments[0]["data"]["noise"] == 1
    playground.press("w")
    assert playground.experiments[0]["init"]["seed"] == 3


def test_keys_with_a_modifier_are_the_browsers(playground):
    playground.open({})
    before = len(playground.wire.sent)
    playground.page.keyboard.press("Control+p")
    playground.page.keyboard.press("Alt+w")
    playground.page.wait_for_timeout(60)
    assert len(playground.wire.sent) == before


def test_the_curves_show_the_costs_of_the_run(playground):
    playground.open({})
    playground.play_past(1500)
    drawn = playground.page.locator("#curves").evaluate(
        "(figure) => figure.data.slice(0, 4).map(({ x, y }) => [Array.from(x), Array.from(y)])"
    )
    (steps, costs), (here, cost), (thinned, percents), _ = drawn
    assert steps[0] == 0
    assert steps[-1] == here[0] == playground.step
    assert steps == sorted(set(steps))
    assert len(steps) > 100
    run = playground.run({}, playground.step, record_every=1)
    truth = {entry["step"]: entry for entry in run["history"]}
    assert costs == [truth[step]["cost"] for step in steps]
    assert percents == pytest.approx([100 * truth[step]["accuracy"] for step in thinned])
    assert cost == [truth[playground.step]["cost"]]


def test_going_back_keeps_the_curves_and_moves_the_mark(playground):
    playground.open({})
    playground.play_past(800)
    reached = playground.step
    playground.seek(400)
    steps, here = playground.page.locator("#curves").evaluate(
        "(figure) => [Array.from(figure.data[0].x), Array.from(figure.data[1].x)]"
    )
    assert here == [400]
    assert steps[-1] >= 0.99 * reached


def test_a_page_that_is_not_looked_at_costs_nothing_and_goes_on_where_it_was(own_playground):
    playground = own_playground
    playground.open({})
    playground.play("as fast as it goes")
    playground.past(500)
    # A tab behind others gets no more animation frames, until it is looked at again.
    playground.page.evaluate(
        """() => {
          window.waiting = [];
          window.looked = window.requestAnimationFrame;
          window.requestAnimationFrame = (draw) => window.waiting.push(draw);
        }"""
    )
    workers = playground.server.children

    def rests() -> bool:
        before = sum(map(processor_seconds, workers))
        time.sleep(0.7)
        return sum(map(processor_seconds, workers)) - before < 0.07

    eventually(rests)  # two frames may be on their way
    playground.page.evaluate(
        """() => {
          window.requestAnimationFrame = window.looked;
          window.waiting.forEach((draw) => window.looked(draw));
        }"""
    )
    playground.past(playground.step + 500)
    playground.pause()
    playground.shows_runs({})
