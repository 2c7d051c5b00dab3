"""What cannot be is refused in a sentence that names field, rule and value; the page goes on as it was."""

import pytest
from playwright.sync_api import expect

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}

REFUSED = [
    ("samples", "-1", "data.samples must be a whole number from 2 to 10000; got -1"),
    ("samples", "-1", "data.samples must be a whole number from 2 to 10000; got -1"),
    ("samples", "1000000000", "data.samples must be a whole number from 2 to 10000; got 1000000000"),
    ("samples", "2.5", "data.samples must be a whole number from 2 to 10000; got 2.5"),
    ("noise", "-0.1", "data.noise must be from 0 to 5; got -0.1"),
    ("noise", "much", 'data.noise must be a number from 0 to 5, or null; got "much"'),
    ("noise", "Infinity", 'data.noise must be a number from 0 to 5, or null; got "Infinity"'),
    ("balance", "2", "data.positive_fraction must be"),
    ("rate", "11", "learning_rate must be above 0 and at most 10; got 11"),
    ("rate", "0", "learning_rate must be above 0 and at most 10; got 0"),
    ("rate", "1e308", "learning_rate must be above 0 and at most 10; got 1e+308"),
    ("rate", "fast", "learning_rate must be a number above 0 and at most 10"),
    ("scale", "1000", "init.scale must be from 0 to 100; got 1000"),
    ("scale", "big", 'init.scale must be a number from 0 to 100, or null; got "big"'),
    ("data-seed", "-5", "data.seed must be a whole number from 0 to 4294967295; got -5"),
    ("data-seed", "one", 'data.seed must be a whole number from 0 to 4294967295; got "one"'),
    ("init-seed", "2.5", "init.seed must be a whole number from 0 to 4294967295; got 2.5"),
    ("init-seed", "", 'init.seed must be a whole number from 0 to 4294967295; got ""'),
]


def test_every_refused_value_shows_the_rule_and_the_old_value_comes_back(playground):
    # All in one page: after each refusal it must take the next value as if nothing had been.
    playground.open(IDENTICAL, step=20)
    wrong = []
    for field, typed, sentence in REFUSED:
        box = playground.page.locator(f"#{field}")
        before = box.input_value()
        box.fill(typed)
        box.press("Enter")
        expect(playground.banner).to_contain_text(sentence)
        box.press("Tab")
        if box.input_value() != before:
            wrong.append(f"{field} {typed!r}: shows {box.input_value()!r}, not {before!r}")
        if playground.step != 20:
            wrong.append(f"{field} {typed!r}: the page went to step {playground.step}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("field", "typed"), [("samples", "-1"), ("rate", "11")])
def test_after_a_refusal_the_run_goes_on_as_it_was(playground, field, typed):
    playground.open(IDENTICAL, step=20)
    playground.type_into(field, typed)
    expect(playground.banner).to_be_visible()
    assert playground.step == 20
    assert playground.experiments == [IDENTICAL]
    playground.play_past(100)
    playground.shows_runs(IDENTICAL)
    playground.type_into("samples", "50")
    expect(playground.banner).to_be_hidden()
    playground.shows_runs({**IDENTICAL, "data": {"samples": 50}})


def test_a_refusal_in_mid_run_does_not_stop_the_run(playground):
    playground.open(IDENTICAL)
    playground.play("200/s")
    playground.past(50)
    playground.type_into("samples", "-1")
    expect(playground.banner).to_contain_text("data.samples must be")
    playground.past(playground.step + 50)
    playground.pause()
    playground.shows_runs(IDENTICAL)


def test_in_a_comparison_the_sentence_names_the_lane(playground):
    playground.open({}, IDENTICAL)
    playground.type_into("samples", "-1")
    expect(playground.banner).to_contain_text("lanes[0].data.samples must be a whole number from 2 to 10000")
    playground.play_past(10)
    playground.shows_runs({}, IDENTICAL)


def test_a_refused_nudge_leaves_the_run_alone(playground):
    playground.open(IDENTICAL, step=20)
    for amount in ("lots", "1e9"):
        playground.button("Nudge …").click()
        playground.page.locator("#nudge-by").fill(amount)
        playground.button("Nudge").click()
        expect(playground.banner).to_contain_text("interventions[0].nudge.by must be")
        playground.at_rest()
    assert playground.step == 20
    expect(playground.lane().chips).to_have_count(0)
    playground.play_past(30)
    playground.shows_runs(IDENTICAL)


def test_the_banner_can_be_closed(playground):
    playground.open({})
    playground.type_into("samples", "-1")
    playground.banner.get_by_role("button", name="Close").click()
    expect(playground.banner).to_be_hidden()
