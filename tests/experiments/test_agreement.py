"""How far two experiments are one run, and what Reset leaves of an experiment."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experiments.agreement import agreement, without_interventions
from app.experiments.run import advance, start
from app.experiments.schema import parse
from tests.experiments.known import made
from tests.experiments.strategies import experiment_values

FOR_EVER = 1_000_001  # one more than the last step there can be


def nudge(step, by=0.5):
    return {"step": step, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": by}}


def rate(step, to):
    return {"step": step, "set": {"learning_rate": to}}


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ([], [], FOR_EVER),
        ([], [nudge(20)], 20),
        ([nudge(20)], [], 20),
        ([nudge(20)], [nudge(20)], FOR_EVER),
        ([nudge(20)], [nudge(20, by=0.25)], 20),
        ([nudge(20)], [nudge(20), nudge(50)], 50),
        ([nudge(20), nudge(50)], [nudge(20), nudge(70)], 50),
        ([nudge(50), nudge(20)], [nudge(20), nudge(50)], FOR_EVER),
        ([nudge(20), rate(20, 1)], [rate(20, 1), nudge(20)], 20),
        ([nudge(0)], [], 0),
        ([rate(30, 1)], [rate(40, 1)], 30),
    ],
)
def test_two_runs_agree_up_to_the_first_intervention_that_differs(one, other, steps):
    a, b = made(interventions=one), made(interventions=other)
    assert agreement(a, b) == agreement(b, a) == steps


@pytest.mark.parametrize(
    "parts",
    [
        {"init": {"seed": 3}},
        {"data": {"samples": 399}},
        {"network": {"hidden": [5]}},
        {"training": {"learning_rate": 1.3}},
    ],
)
def test_runs_that_differ_in_anything_else_agree_nowhere(parts):
    assert agreement(made(), made(**parts)) == 0


@settings(max_examples=60)
@given(experiment_values(steps=30), st.data())
def test_states_below_the_agreement_are_the_same_bits_in_both_runs(value, data):
    kept = data.draw(
        st.lists(st.booleans(), min_size=len(value["interventions"]), max_size=len(value["interventions"]))
    )
    some = [i for i, keep in zip(value["interventions"], kept, strict=True) if keep]
    one, other = parse(json.dumps(value)), parse(json.dumps({**value, "interventions": some}))
    shared = min(agreement(one, other), 31)
    for step in {0, shared // 2, shared - 1} & set(range(shared)):
        states = [start(e) if step == 0 else advance(e, start(e), step)[0] for e in (one, other)]
        assert states[0].theta.tobytes() == states[1].theta.tobytes()


def test_reset_keeps_the_values_in_force_and_drops_the_rest():
    changed = made(interventions=[rate(40, 0.4), nudge(10), rate(20, 0.2), rate(40, 0.3)])
    for step, expected in ((0, 1.2), (19, 1.2), (20, 0.2), (39, 0.2), (40, 0.3), (1000, 0.3)):
        reset = without_interventions(changed, step)
        assert reset.training.learning_rate == expected
        assert reset == made(training={"learning_rate": expected})


def test_reset_starts_from_the_very_same_weights():
    nudged = made(interventions=[nudge(0)])
    assert start(without_interventions(nudged, 5)).theta.tobytes() == start(made()).theta.tobytes()
