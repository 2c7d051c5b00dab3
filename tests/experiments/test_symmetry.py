"""Units that start equal stay equal, bit for bit, whatever trains them; and where they do not, it is seen."""

import itertools
import json

import numpy as np
import pytest

from app.experiments.observe import View, observe
from app.experiments.run import advance, start
from app.experiments.schema import parse

RATES = {"gd": 0.5, "momentum": 0.5, "rmsprop": 0.01, "adam": 0.01}
GENTLE = 0.005
"""For activations without bounds: features and single examples make a larger rate diverge."""
BOUNDED = ("tanh", "sigmoid")
BATCHES = [None, 1, 64, 210]
FEATURES = ["x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)"]
DATA = {
    2: {"name": "flower", "samples": 210},
    3: {"name": "spiral", "classes": 3, "samples": 210},
    6: {"name": "blobs", "classes": 6, "samples": 210},
}


def identical(optimizer, batch_size, l2, classes, features, hidden, activation="tanh", arithmetic="exact"):
    return parse(
        json.dumps(
            {
                "data": DATA[classes],
                "network": {"hidden": hidden, "features": features, "activation": activation},
                "init": {"method": "constant", "scale": 0.1},
                "training": {
                    "optimizer": optimizer,
                    "learning_rate": RATES[optimizer] if activation in BOUNDED else GENTLE,
                    "batch_size": batch_size,
                    "l2": l2,
                },
                "arithmetic": arithmetic,
            }
        )
    )


def assert_stays_symmetric(experiment, steps, every):
    begun = start(experiment)
    state, records = advance(experiment, begun, steps, every)
    assert state.step == steps
    zeros = (0.0,) * len(experiment.network.hidden)
    assert {r.step: r.spreads for r in records} == dict.fromkeys(range(0, steps, every), zeros)
    for layer in observe(experiment, state, View()).symmetry:
        assert (layer.distinct, layer.spread) == (1, 0.0)
    # It has learned something, so that the equality is worth something.
    assert not np.array_equal(state.theta, begun.theta)
    assert len(set(state.theta.tolist())) > 3


@pytest.mark.parametrize("hidden", [[7], [5, 3]], ids=str)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("batch_size", BATCHES)
@pytest.mark.parametrize("optimizer", RATES)
def test_identical_units_stay_identical_under_every_optimizer(optimizer, batch_size, classes, hidden):
    for l2, features in itertools.product((0.0, 0.3), ([], FEATURES)):
        experiment = identical(optimizer, batch_size, l2, classes, features, hidden)
        assert_stays_symmetric(experiment, 150, 10)


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "sigmoid", "linear"])
@pytest.mark.parametrize("hidden", [[10], [50], [7, 5, 3]], ids=str)
@pytest.mark.parametrize("classes", [2, 6])
@pytest.mark.parametrize("optimizer", RATES)
def test_and_for_two_thousand_steps(optimizer, classes, hidden, activation):
    for batch_size, l2, features in ((None, 0.0, []), (64, 0.3, FEATURES[:3]), (1, 0.0, FEATURES)):
        experiment = identical(optimizer, batch_size, l2, classes, features, hidden, activation)
        assert_stays_symmetric(experiment, 2000, 250)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("optimizer", RATES)
def test_sums_in_an_order_of_each_units_own_break_it_under_every_optimizer(optimizer, classes):
    # That the tests above can fail: the same runs, rounded otherwise.
    experiment = identical(optimizer, 64, 0.0, classes, [], [7], arithmetic="reordered")
    with pytest.raises(AssertionError):
        assert_stays_symmetric(experiment, 150, 10)


@pytest.mark.parametrize("optimizer", RATES)
def test_two_kinds_stay_two_kinds_with_batches_and_a_penalty(optimizer):
    # A nudge to unit 1 of four: it goes its way, and the three others stay equal to the last bit.
    value = {
        "init": {"method": "constant", "scale": 0.5},
        "training": {
            "optimizer": optimizer,
            "learning_rate": RATES[optimizer],
            "batch_size": 50,
            "l2": 0.1,
        },
        "interventions": [{"step": 5, "nudge": {"layer": 1, "unit": 1, "input": 0, "by": 0.01}}],
    }
    experiment = parse(json.dumps(value))
    state, records = advance(experiment, start(experiment), 500, 5)
    assert [r.spreads[0] for r in records[:1]] == [0.0]
    assert all(r.spreads[0] > 0 for r in records[1:])
    assert observe(experiment, state, View()).symmetry[0].classes == (0, 1, 0, 0)
