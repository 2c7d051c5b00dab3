"""A nudge's growth as it is predicted, beside two real runs: one nudged, one not."""

import json
import math

import numpy as np
import pytest

from app.engine.diagnostics import numbers_by_unit
from app.engine.network import layers_of
from app.experiments.check import ExperimentError
from app.experiments.escape import check_predictable, doublings, first_nudge, follow, set_out
from app.experiments.run import advance, start
from app.experiments.schema import parse
from tests.experiments.known import LOST, changed

CIRCLES = {"data": {"name": "circles"}, "init": {"method": "constant", "scale": 0.5}}


def nudge(by, step=0, layer=1, unit=0, input=0):
    return {"step": step, "nudge": {"layer": layer, "unit": unit, "input": input, "by": by}}


def experiment(*interventions, **parts):
    return parse(json.dumps({**CIRCLES, **parts, "interventions": list(interventions)}))


def state_at(run, step):
    return advance(run, start(run), step)[0]


def predicted(run, steps, every=1, chunk=10_000):
    """Where the prediction ends, and its entries by step."""
    first = first_nudge(run)
    escape = set_out(run, state_at(run, first - 1) if first else None)
    told, end = [], first + steps + 1
    while escape.step < end and not escape.over:
        escape, passed = follow(run, escape, min(chunk, end - escape.step), every)
        told += passed
    return escape, {entry.step: entry for entry in told}


def spread(run, step, layer=1):
    """Of the real run: the largest difference of any number between any two units."""
    numbers = numbers_by_unit(layers_of(state_at(run, step).theta, run.sizes), layer)
    return max(np.abs(u - v).max() for u in numbers for v in numbers)


@pytest.mark.parametrize(
    ("by", "crosses"),
    # The step at which the spread passes 1, measured with another engine: an independent number.
    [(1e-12, 2390), (1e-8, 1430), (1e-4, 650), (1e-2, 320)],
)
def test_the_prediction_passes_1_when_the_measured_spread_does(by, crosses):
    run = experiment(nudge(by))
    _, told = predicted(run, 3000, 10)
    passes = min(step for step, entry in told.items() if entry.spreads[0] > 1)
    assert abs(passes - crosses) <= 25  # at 1 the deviation is small no longer


def test_a_nudge_of_1e_8_grows_as_predicted_to_a_tenth_of_a_percent_while_it_is_small():
    run = experiment(nudge(1e-8))
    _, told = predicted(run, 1000, 100)
    assert list(told) == list(range(0, 1001, 100))
    for step, entry in told.items():
        assert entry.spreads[0] == pytest.approx(spread(run, step), rel=1e-3)


def test_a_millionth_of_it_is_predicted_a_millionth_as_large():
    large, small = (predicted(experiment(nudge(by)), 400, 100)[1] for by in (2.0**-30, 2.0**-50))
    for step, entry in large.items():
        assert small[step].spreads[0] == pytest.approx(entry.spreads[0] / 2**20, rel=1e-9)


def test_what_the_rounded_weight_took_of_a_nudge_is_what_grows():
    # Half a unit in the last place of 0.5 is 5.6e-17: 1e-16 becomes 2^-53, 5e-17 nothing; at 0 all is kept.
    escape, told = predicted(experiment(nudge(1e-16)), 10)
    assert escape.stored == (2.0**-53,)
    assert told[0].spreads == (2.0**-53,)
    nothing, told = predicted(experiment(nudge(5e-17)), 10)
    assert nothing.stored == (0.0,)
    assert {entry.spreads for entry in told.values()} == {(0.0,)}
    bias, told = predicted(experiment(nudge(1e-30, input=None)), 10)
    assert bias.stored == (1e-30,)
    assert told[0].spreads == (1e-30,)


RULES = {
    "gradient descent": {},
    "a penalty": {"training": {"l2": 3.0}},
    "momentum": {"training": {"optimizer": "momentum", "learning_rate": 3}},
    "momentum and a penalty": {"training": {"optimizer": "momentum", "l2": 3.0}},
    "mini-batches, the last one smaller": {"training": {"batch_size": 90}},
    "mini-batches, momentum and a penalty": {
        "training": {"batch_size": 64, "optimizer": "momentum", "l2": 3.0},
    },
    "two layers": {"network": {"hidden": [3, 4]}},
    "sigmoid": {"network": {"activation": "sigmoid"}},
    "squared error": {"training": {"loss": "squared_error"}},
    "three classes": {"data": {"name": "blobs", "classes": 3}},
    "features, standardized": {
        "network": {"features": ["x1^2", "sin(x2)"]},
        "data": {"name": "moons", "standardize": True},
    },
}


@pytest.mark.parametrize("parts", RULES.values(), ids=RULES)
def test_the_difference_of_two_real_runs_is_what_is_predicted(parts):
    # A nudge of 1e-6 is small enough for a linear prediction, and large beside rounding.
    run = experiment(nudge(1e-6, layer=1, unit=1, input=1), **parts)
    without = changed(run, interventions=[])
    steps = 60
    escape, _ = predicted(run, steps - 1)
    assert escape.step == steps
    real = state_at(run, steps).theta - state_at(without, steps).theta
    delta = np.ldexp(escape.delta, escape.exponent)
    assert np.abs(real).max() > 1e-8
    np.testing.assert_allclose(delta, real, rtol=0, atol=2e-4 * np.abs(real).max())


def test_several_nudges_add_up_and_other_changes_act_on_both():
    changes = [
        nudge(1e-6, step=5, unit=2),
        {"step": 5, "permute": {"layer": 1, "order": [3, 2, 1, 0]}},
        {"step": 20, "set": {"learning_rate": 0.4, "l2": 0.5}},
        {"step": 30, "flip": {"layer": 1, "unit": 1}},
        nudge(-3e-6, step=40, layer=2, input=3),
        {"step": 45, "edit": {"layer": 1, "unit": 0, "input": 1, "to": 0.25}},
    ]
    run = experiment(*changes, training={"optimizer": "momentum"})
    without = changed(run, interventions=[change for change in changes if "nudge" not in change])
    escape, told = predicted(run, 60)
    assert list(told) == list(range(5, 66))
    end = escape.step
    real = state_at(run, end).theta - state_at(without, end).theta
    delta = np.ldexp(escape.delta, escape.exponent)
    np.testing.assert_allclose(delta, real, rtol=0, atol=1e-3 * np.abs(real).max())
    np.testing.assert_array_equal(escape.theta, state_at(without, end).theta)


def test_a_nudge_at_a_later_step_is_predicted_from_there():
    run = experiment(nudge(1e-8, step=300))
    _, told = predicted(run, 200, 50)
    assert list(told) == [300, 350, 400, 450, 500]
    for step, entry in told.items():
        assert entry.spreads[0] == pytest.approx(spread(run, step), rel=1e-3)


def test_however_it_is_cut_the_prediction_has_the_same_bits():
    run = experiment(nudge(1e-12, step=3), nudge(1e-5, step=50))
    whole, told = predicted(run, 120, 7)
    for chunk in (1, 13):
        cut, parts = predicted(run, 120, 7, chunk)
        assert parts == told
        assert cut.delta.tobytes() == whole.delta.tobytes()
        assert (cut.step, cut.exponent, cut.stored) == (whole.step, whole.exponent, whole.stored)


def test_it_ends_where_the_deviation_is_as_large_as_the_weights():
    escape, told = predicted(experiment(nudge(1e-2)), 3000)
    assert escape.over
    assert max(told) == escape.step - 1
    largest = np.abs(escape.theta).max()
    before, end = (
        math.ldexp(1.0, escape.exponent) * np.abs(escape.delta).max(),
        2.0 ** told[escape.step - 1].log2,
    )
    assert end < largest <= before * 1.001


@pytest.mark.parametrize("by", [1e-300, 1e-200])
def test_what_is_far_below_the_floats_own_grain_neither_vanishes_nor_overflows(by):
    # On a bias, which is 0: the growth is that of any other nudge of it.
    tiny, usual = (predicted(experiment(nudge(at, input=None)), 500, 500)[1][500] for at in (by, 1e-10))
    assert tiny.log2 - math.log2(by) == pytest.approx(usual.log2 - math.log2(1e-10), rel=1e-9)


def test_a_run_that_diverges_ends_the_prediction():
    run = changed(LOST, interventions=[nudge(1e-3)])
    escape, told = predicted(run, 10)
    assert escape.over
    assert all(math.isfinite(entry.spreads[0]) for entry in told.values())


def test_doubling_is_told_by_the_growth_since_the_entry_before():
    entries = [predicted(experiment(nudge(1e-10)), 400, 100)[1][step] for step in (0, 200, 300, 400)]
    found = doublings(entries)
    assert found[0] is None
    # By hand: from one entry to the next the deviation grows by the factor f in n steps; n ln 2 / ln f.
    ratio = 2.0 ** (entries[3].log2 - entries[2].log2)
    assert found[3] == pytest.approx(100 * math.log(2) / math.log(ratio))
    assert doublings([]) == []


@pytest.mark.parametrize(
    ("parts", "layer", "field"),
    [
        ({"training": {"optimizer": "adam"}}, None, "training.optimizer"),
        ({"training": {"optimizer": "rmsprop"}}, None, "training.optimizer"),
        ({}, 2, "layer"),
    ],
)
def test_what_cannot_be_predicted_is_refused(parts, layer, field):
    with pytest.raises(ExperimentError) as refusal:
        check_predictable(experiment(nudge(1e-6), **parts), layer)
    assert [error.field for error in refusal.value.errors] == [field]


def test_without_a_nudge_there_is_nothing_to_predict():
    with pytest.raises(ExperimentError, match="interventions must be a list with a nudge"):
        check_predictable(experiment(), None)
