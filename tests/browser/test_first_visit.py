"""The first visit: one question, and its answer in two runs side by side."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.playground import Playground, number

pytestmark = pytest.mark.charts

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}
SMALL_RANDOM: dict = {}
BOTH = (SMALL_RANDOM, IDENTICAL)


def both_results_are_on_the_page(playground: Playground) -> None:
    random, identical = playground.lanes
    assert random.name.inner_text() == "small random 0.01"
    assert identical.name.inner_text() == "identical 0.5"
    assert random.headline.inner_text() == "all 4 different"
    assert identical.headline.inner_text() == "all 4 equal"
    assert identical.spread.inner_text() == "0"
    assert 65 <= number(identical.accuracy.inner_text()) <= 66
    assert number(random.accuracy.inner_text()) > 90
    assert len(set(map(tuple, identical.weights))) == 1
    assert "all 4 units equal" in identical.sentence.inner_text()
    assert "all 4 units different" in random.sentence.inner_text()
    playground.shows_runs(*BOTH)


def test_it_is_paused_at_step_0_on_the_default_experiment_with_one_invitation(playground):
    playground.open()
    lane = playground.lane()
    assert playground.step == 0
    assert not playground.playing
    assert lane.name.inner_text() == "small random 0.01"
    assert playground.page.locator("main [aria-pressed=true]").evaluate_all(
        "pressed => pressed.map((button) => button.ariaLabel ?? button.textContent)"
    ) == ["flower", "tanh", "small random"]
    assert playground.page.locator("#rate").input_value() == "1.2"
    expect(playground.page.locator(".invitation:visible")).to_have_count(1)
    assert playground.invitation.locator("p").inner_text() == "What if all four units start equal?"
    assert playground.banner.is_hidden()
    playground.shows_runs(SMALL_RANDOM)


def test_its_invitation_plays_both_runs_to_step_3000_at_200_steps_a_second_and_stops(playground):
    playground.open()
    playground.button("Compare").click()
    expect(playground.page.locator(".lane")).to_have_count(2)
    expect(playground.invitation).to_be_hidden()
    expect(playground.play_button).to_have_text("Pause")
    begun, at = time.monotonic(), playground.step
    expect(playground.play_button).to_have_text("Play", timeout=40_000)
    pace = (playground.step - at) / (time.monotonic() - begun)
    assert pace <= 210  # no faster than it says; how much slower a busy machine is, is no test's business
    assert playground.step_text.inner_text() == "3,000"
    both_results_are_on_the_page(playground)
    playground.page.wait_for_timeout(300)
    assert playground.step == 3000


def test_the_answer_is_the_same_at_any_speed(playground):
    playground.open()
    playground.button("Compare").click()
    playground.page.locator("#speed").select_option(label="as fast as it goes")
    expect(playground.step_text).to_have_text("3,000", timeout=20_000)
    expect(playground.play_button).to_have_text("Play")
    playground.at_rest()
    assert playground.step == 3000
    both_results_are_on_the_page(playground)


def test_a_comparison_that_was_answered_can_be_played_on(playground):
    playground.open()
    playground.button("Compare").click()
    playground.page.locator("#speed").select_option(label="as fast as it goes")
    expect(playground.step_text).to_have_text("3,000", timeout=20_000)
    expect(playground.play_button).to_have_text("Play")
    playground.play_past(4000)
    playground.shows_runs(*BOTH)


def test_who_declines_is_not_asked_again(playground):
    playground.open()
    playground.click(playground.button("Not now"))
    expect(playground.invitation).to_be_hidden()
    assert playground.step == 0
    assert len(playground.lanes) == 1
    assert "#" in playground.address
    playground.visit("")
    expect(playground.invitation).to_be_hidden()


def test_who_comes_by_a_link_is_shown_the_link(playground):
    playground.open({"init": {"method": "zeros"}})
    expect(playground.invitation).to_be_hidden()
    assert playground.lane().name.inner_text() == "zero"
