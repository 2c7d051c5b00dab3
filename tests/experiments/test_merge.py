"""Equal units made one: the same output, another pace."""

import json

import numpy as np
import pytest

from app.experiments.check import ExperimentError
from app.experiments.merge import check_layer, merge
from app.experiments.run import advance, start
from app.experiments.schema import canonical, parse
from tests.experiments import textbook

EQUAL = {"init": {"method": "constant", "scale": 0.5}}


def experiment(**parts):
    return parse(json.dumps({**EQUAL, **parts}))


def merged_at(run, step, layer=1):
    state = advance(run, start(run), step)[0]
    return state, merge(run, state, layer)


def outputs(run, steps=0):
    """Probabilities at the run's own points, by the textbook."""
    state = advance(run, start(run), steps)[0]
    X, _ = textbook.points(run)
    z = textbook.forward(textbook.layers(state.theta, run.sizes), list(run.activations), X)[0][-1]
    return 1 / (1 + np.exp(-z))


def test_four_equal_units_become_one_whose_outgoing_weight_is_their_sum():
    run = experiment()
    state, made = merged_at(run, 100)
    assert made.after.network.hidden == (1,)
    first, second = made.after.init.parameters
    W1, b1, W2, b2 = state.theta[:2], state.theta[2], state.theta[12], state.theta[16]
    assert first.W == (tuple(W1),)
    assert first.b == (b1,)
    assert second.W[0][0] == pytest.approx(4 * W2, rel=1e-15)
    assert second.b == (b2,)


@pytest.mark.parametrize("step", [0, 100])
def test_the_output_stays_but_for_rounding(step):
    run = experiment()
    _, made = merged_at(run, step)
    assert made.largest_change < 1e-14
    np.testing.assert_array_equal(outputs(made.before), outputs(run, step))
    np.testing.assert_allclose(outputs(made.after), outputs(run, step), rtol=0, atol=1e-14)


def test_and_it_learns_at_another_pace():
    _, made = merged_at(experiment(), 0)
    assert np.abs(outputs(made.after, 1) - outputs(made.before, 1)).max() > 1e-3


def test_only_the_equal_ones_of_several_kinds_are_merged():
    changes = [{"step": 0, "nudge": {"layer": 1, "unit": 2, "input": 0, "by": 0.25}}]
    run = experiment(network={"hidden": [5, 3]}, interventions=changes)
    _, made = merged_at(run, 0)
    assert made.after.network.hidden == (2, 3)
    assert [row[0] for row in made.after.init.parameters[0].W] == [0.5, 0.75]
    assert made.after.init.parameters[1].W == ((2.0, 0.5),) * 3
    assert made.largest_change < 1e-14
    _, second = merged_at(run, 0, layer=2)
    assert second.after.network.hidden == (5, 1)
    assert second.after.init.parameters[2].W == ((1.5,),)


def test_with_softmax_and_features():
    run = experiment(data={"name": "blobs", "classes": 3}, network={"features": ["x1^2"]})
    _, made = merged_at(run, 20)
    assert made.after.sizes == (3, 1, 3)
    assert made.largest_change < 1e-14


def test_both_begin_at_step_0_with_the_settings_in_force():
    run = experiment(interventions=[{"step": 10, "set": {"learning_rate": 0.1}}])
    _, made = merged_at(run, 20)
    for one in (made.before, made.after):
        assert one.interventions == ()
        assert one.training.learning_rate == 0.1
        assert parse(canonical(one)) == one  # it can be sent, and put into a link


def test_units_that_differ_are_refused():
    with pytest.raises(ExperimentError, match="layer must be a layer with units that are equal; got 1"):
        merged_at(parse("{}"), 0)


def test_a_layer_there_is_not_is_refused():
    with pytest.raises(ExperimentError, match="layer must be a hidden layer from 1 to 1; got 2"):
        check_layer(parse("{}"), 2)
    with pytest.raises(ExperimentError, match="which this network lacks"):
        check_layer(parse('{"network": {"hidden": []}}'), 1)


def test_parameters_no_experiment_may_start_with_are_refused():
    huge = [
        {"step": 0, "edit": {"layer": 2, "unit": 0, "input": None, "to": 1e6}},
        {"step": 0, "nudge": {"layer": 2, "unit": 0, "input": None, "by": 1}},
    ]
    with pytest.raises(ExperimentError, match="step must be a step at which no parameter is beyond 1e\\+06"):
        merged_at(experiment(interventions=huge), 0)
    sums = [{"step": 0, "edit": {"layer": 2, "unit": 0, "input": i, "to": 5e5}} for i in range(4)]
    with pytest.raises(ExperimentError, match="layer must be a layer whose outgoing weights add up"):
        merged_at(experiment(interventions=sums), 0)
