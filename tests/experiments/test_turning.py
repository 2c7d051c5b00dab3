"""Permuting units and flipping signs moves the parameters and leaves the function: the jumps tell how far."""

import json

import numpy as np
import pytest

from app.engine.activations import ACTIVATIONS
from app.experiments.frames import MAX_JUMPS, jumps
from app.experiments.run import advance, start
from app.experiments.schema import parse

ODD = [row.name for row in ACTIVATIONS.values() if row.odd]


def experiment(*interventions, **parts):
    return parse(json.dumps({"interventions": list(interventions), **parts}))


def permute(step, *order, layer=1):
    return {"step": step, "permute": {"layer": layer, "order": list(order)}}


def flip(step, unit, layer=1):
    return {"step": step, "flip": {"layer": layer, "unit": unit}}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_permuting_units_changes_the_output_by_rounding_at_most(activation):
    run = experiment(permute(50, 3, 0, 1, 2), network={"activation": activation}, init={"method": "xavier"})
    before, after = (advance(run, start(run), step)[0] for step in (49, 50))
    assert np.abs(after.theta - before.theta).max() > 0.1
    assert before.jumps == ()
    (jump,) = after.jumps
    assert 0 <= jump < 1e-14


@pytest.mark.parametrize("activation", ODD)
def test_flipping_the_sign_of_an_odd_unit_changes_the_output_by_nothing_at_all(activation):
    # g(-z) = -g(z) and (-w)(-a) = w a, each without any rounding.
    run = experiment(flip(50, 2), network={"activation": activation}, init={"method": "xavier"})
    assert advance(run, start(run), 50)[0].jumps == (0.0,)


def test_equal_units_change_places_without_a_trace():
    run = experiment(permute(0, 1, 0, 2, 3), init={"method": "constant", "scale": 0.5})
    assert start(run).jumps == (0.0,)


def test_a_nudge_beside_it_is_not_counted():
    nudge = {"step": 5, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": 1.0}}
    run = experiment(nudge, flip(5, 1), nudge)
    assert advance(run, start(run), 5)[0].jumps == (0.0,)


def test_the_memory_of_the_optimizer_turns_with_the_units():
    # So the run goes on as it would have: every later output is that of the run left alone, but for rounding.
    kept = {"training": {"optimizer": "adam", "learning_rate": 0.05}}
    alone, turned = experiment(**kept), experiment(permute(20, 2, 3, 0, 1), flip(30, 0), **kept)
    one, other = (advance(run, start(run), 60)[0] for run in (alone, turned))
    assert other.cost == pytest.approx(one.cost, rel=1e-9)


def test_each_jump_is_told_with_the_place_of_its_intervention():
    run = experiment(flip(9, 1), {"step": 3, "set": {"l2": 0.1}}, permute(3, 1, 0, 2, 3))
    told = {step: jumps(run, advance(run, start(run), step)[0]) for step in (2, 3, 8, 9)}
    assert [[index for index, _ in told[step]] for step in (2, 3, 8, 9)] == [[], [2], [2], [2, 0]]


def test_of_many_the_latest_are_told():
    run = experiment(*(flip(0, 1) for _ in range(MAX_JUMPS + 9)))
    assert [index for index, _ in jumps(run, start(run))] == list(range(9, MAX_JUMPS + 9))


def test_a_thousand_flips_of_the_largest_network_do_not_hold_up_a_worker():
    run = experiment(
        *(flip(0, unit % 64, layer=1 + unit % 12) for unit in range(1000)),
        network={"hidden": [64] * 12},
        init={"method": "xavier"},
        data={"samples": 10},
    )
    assert len(start(run).jumps) == 1000
