"""A run: the same bits however it is cut, interventions where they belong, divergence by its first step."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.engine.network import layers_of
from app.experiments.answers import INCLUDES, answer
from app.experiments.experiment import Experiment
from app.experiments.frames import travel
from app.experiments.observe import View
from app.experiments.problem import problem_of
from app.experiments.run import Divergence, State, advance, batch_cost_at, start
from app.experiments.schema import as_json, parse
from tests.experiments import textbook
from tests.experiments.known import BURSTS, CHAIN, LOST, D, changed, edit, made
from tests.experiments.strategies import cuts, experiments

BUSY = parse(
    json.dumps(
        {
            "data": {"samples": 60},
            "network": {"hidden": [5, 4], "activation": ["tanh", "linear"]},
            "init": {"method": ["constant", "he", "xavier"], "scale": 0.5},
            "interventions": [
                {"step": 0, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": 1e-6}},
                {"step": 700, "set": {"learning_rate": 0.5}},
                {"step": 701, "permute": {"layer": 1, "order": [4, 2, 0, 1, 3]}},
                {"step": 2500, "flip": {"layer": 2, "unit": 1}},
                {"step": 2500, "edit": {"layer": 3, "unit": 0, "input": None, "to": 0.25}},
                {"step": 4999, "nudge": {"layer": 2, "unit": 3, "input": None, "by": -0.1}},
                {"step": 5000, "nudge": {"layer": 1, "unit": 1, "input": 1, "by": 0.01}},
            ],
        }
    )
)


def walked(experiment, lengths, record_every=1_000_000):
    """The state and the records after chunks of these lengths."""
    state, records = start(experiment), []
    for length in lengths:
        state, passed = advance(experiment, state, length, record_every)
        records += passed
    return state, records


def same(one: State, other: State) -> bool:
    """Whether two states have the same bits."""

    def bits(state: State) -> tuple[object, ...]:
        remembered = [array.tobytes() for array in state.memory]
        ended = state.diverged, state.converged, state.jumps
        return state.step, state.theta.tobytes(), remembered, state.cost, state.start_cost, ended

    return bits(one) == bits(other)


def at(experiment, step):
    return walked(experiment, [step])[0]


def weights(experiment, step):
    """(W, b) of every layer at ``step``."""
    return layers_of(at(experiment, step).theta, experiment.sizes)


# --- cutting ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole():
    """5,000 steps in one go."""
    return {experiment: walked(experiment, [5000], 250) for experiment in (D, BUSY)}


@pytest.mark.parametrize("experiment", [D, BUSY], ids=["default", "with interventions"])
@settings(max_examples=12)
@given(lengths=cuts(5000))
@example(lengths=[1, 699, 1, 1, 1798, 2499, 1])
@example(lengths=[20] * 250)
def test_any_way_of_cutting_5000_steps_gives_the_same_bits(whole, experiment, lengths):
    state, records = walked(experiment, lengths, 250)
    assert same(state, whole[experiment][0])
    assert records == whole[experiment][1]


def test_5000_single_steps_give_the_same_bits(whole):
    assert same(walked(D, [1] * 5000)[0], whole[D][0])


@settings(max_examples=150)
@given(experiments(steps=60), cuts(60), st.integers(1, 7))
def test_any_run_is_the_same_however_it_is_cut(experiment, lengths, every):
    whole, records = walked(experiment, [60], every)
    cut, passed = walked(experiment, lengths, every)
    assert same(cut, whole)
    assert passed == records


@given(experiments(steps=20))
def test_what_was_computed_before_leaves_no_trace(experiment):
    # The buffers of a worker are shared by all runs of an experiment.
    first = at(experiment, 20)
    at(D, 3)
    advance(experiment, start(experiment), 7)
    travel(experiment, at(experiment, 5), 3, 1, View(10, 10, 8, True), [], True)
    assert same(at(experiment, 20), first)


def test_a_state_is_not_changed_by_going_on_from_it():
    state = at(D, 10)
    before = state.theta.copy()
    advance(D, state, 50)
    assert state.step == 10
    np.testing.assert_array_equal(state.theta, before)


@pytest.mark.parametrize("every", [1, 3, 7, 100])
def test_the_records_are_those_of_the_steps_that_are_asked_for(every):
    _, records = walked(D, [50], every)
    assert [r.step for r in records] == list(range(0, 50, every))


def test_a_record_is_that_of_the_parameters_before_the_update():
    X, Y = textbook.points(D)
    _, records = walked(D, [30], 1)
    for record in records:
        z = textbook.forward(weights(D, record.step), ["tanh"], X)[0][-1]
        assert record.cost == pytest.approx(textbook.cost(z, Y), rel=1e-12)
        assert record.accuracy == np.mean((z > 0) == (Y == 1))


def test_no_steps_are_no_steps():
    state = at(D, 5)
    assert same(advance(D, state, 0)[0], state)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "leaky_relu", "linear"])
def test_a_run_is_that_of_the_textbook(name):
    experiment = changed(
        D, network={"hidden": [5, 3], "activation": name}, init={"method": "xavier", "scale": None}
    )
    parameters = textbook.layers(start(experiment).theta, experiment.sizes)
    X, Y = textbook.points(experiment)
    textbook.descend(parameters, [name] * 2, X, Y, 1.2, 30)
    for (W, b), (W_own, b_own) in zip(parameters, weights(experiment, 30), strict=True):
        np.testing.assert_allclose(W_own, W, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(b_own, b, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_every_layer_takes_its_draws_whatever_its_method(seed):
    # So the other layers keep their weights when one layer's method changes.
    given = [{"W": [[1, 2]] * 4, "b": [3] * 4}, {"W": [[1, 2, 3, 4]], "b": [5]}]
    (_, _), (W_usual, _) = weights(changed(D, init={"method": ["normal", "he"], "seed": seed}), 0)
    for first in ("zeros", "constant", "xavier", "he", "explicit"):
        parameters = given if first == "explicit" else None
        mixed = changed(D, init={"method": [first, "he"], "parameters": parameters, "seed": seed})
        (W, b), (W_out, b_out) = weights(mixed, 0)
        np.testing.assert_array_equal(W_out, W_usual)
        assert b_out.item() == 0.0
        assert first != "explicit" or (W.tolist(), b[:, 0].tolist()) == ([[1.0, 2.0]] * 4, [3.0] * 4)


# --- interventions ------------------------------------------------------------------------------------------


def with_changes(*interventions, **parts):
    return changed(D, interventions=list(interventions), **parts)


def nudge(step, by, layer=1, unit=0, input=0):
    return {"step": step, "nudge": {"layer": layer, "unit": unit, "input": input, "by": by}}


def set_rate(step, rate):
    return {"step": step, "set": {"learning_rate": rate}}


def test_a_nudge_is_in_its_step_and_in_none_before():
    nudged = with_changes(nudge(20, 0.5, unit=2, input=1))
    assert same(at(nudged, 19), at(D, 19))
    (W, b), *rest = weights(D, 20)
    W = W.copy()
    W[2, 1] += 0.5
    np.testing.assert_array_equal(weights(nudged, 20)[0][0], W)
    np.testing.assert_array_equal(weights(nudged, 20)[0][1], b)
    np.testing.assert_array_equal(weights(nudged, 20)[1][0], rest[0][0])


def test_the_record_of_a_step_shows_its_intervention():
    nudged = with_changes(nudge(20, 0.5))
    X, Y = textbook.points(D)
    records = walked(nudged, [21], 1)[1]
    z = textbook.forward(weights(nudged, 20), ["tanh"], X)[0][-1]
    assert records[20].cost == pytest.approx(textbook.cost(z, Y), rel=1e-12)
    assert records[:20] == walked(D, [20], 1)[1]
    assert records[20].cost != walked(D, [21], 1)[1][20].cost


def test_a_bias_is_reached_by_input_null():
    changed_bias = with_changes(nudge(3, 0.5, unit=1, input=None), edit(3, 7.0, layer=2, unit=0, input=None))
    (_, b1), (_, b2) = weights(D, 3)
    expected = b1.copy()
    expected[1] += 0.5
    np.testing.assert_array_equal(weights(changed_bias, 3)[0][1], expected)
    assert b2 != 7.0
    assert weights(changed_bias, 3)[1][1] == [[7.0]]


def test_an_edit_sets_whatever_was_there():
    assert weights(with_changes(edit(4, -0.125, layer=2, unit=0, input=3)), 4)[1][0][0, 3] == -0.125


def test_a_rate_acts_from_its_step_on():
    # The update of step k makes the parameters of step k + 1 with the rate in force at k.
    slower = with_changes(set_rate(10, 0.3))
    assert same(at(slower, 10), at(D, 10))
    X, Y = textbook.points(D)
    parameters = textbook.layers(at(D, 10).theta, D.sizes)
    textbook.descend(parameters, ["tanh"], X, Y, 0.3, 5)
    for (W, b), (W_own, b_own) in zip(parameters, weights(slower, 15), strict=True):
        np.testing.assert_allclose(W_own, W, rtol=1e-10)
        np.testing.assert_allclose(b_own, b, rtol=1e-10, atol=1e-15)


def test_a_rate_set_at_step_0_is_the_rate_of_the_run():
    assert same(at(with_changes(set_rate(0, 0.3)), 40), at(changed(D, training={"learning_rate": 0.3}), 40))


def test_of_two_rates_at_one_step_the_later_in_the_list_acts():
    assert same(
        at(with_changes(set_rate(5, 9.0), set_rate(5, 0.3)), 9), at(with_changes(set_rate(5, 0.3)), 9)
    )


def test_interventions_of_one_step_act_in_the_order_of_the_list():
    first_edit = with_changes(edit(6, 1.0), nudge(6, 0.5))
    first_nudge = with_changes(nudge(6, 0.5), edit(6, 1.0))
    assert weights(first_edit, 6)[0][0][0, 0] == 1.5
    assert weights(first_nudge, 6)[0][0][0, 0] == 1.0


def test_the_order_of_the_list_does_not_matter_between_steps():
    late = [nudge(8, 0.5), nudge(3, -0.25)]
    assert same(at(with_changes(*late), 12), at(with_changes(*reversed(late)), 12))


def test_an_intervention_at_step_0_is_in_the_start():
    nudged = with_changes(nudge(0, 0.5))
    difference = start(nudged).theta - start(D).theta
    assert difference[0] == pytest.approx(0.5, rel=1e-15)
    assert not difference[1:].any()


def test_the_initial_parameters_precede_the_interventions():
    nudged = with_changes(nudge(0, 0.5))
    told = json.loads(
        answer(as_json(nudged), nudged, start(nudged), [], ("initial_parameters", "parameters"))
    )
    (W, b), (W2, b2) = layers_of(start(D).theta, D.sizes)
    assert told["initial_parameters"] == [
        {"W": W.tolist(), "b": b[:, 0].tolist()},
        {"W": W2.tolist(), "b": b2[:, 0].tolist()},
    ]
    assert told["parameters"][0]["W"][0][0] == W[0, 0] + 0.5


def test_an_intervention_after_the_last_step_does_nothing():
    assert same(at(with_changes(nudge(31, 5)), 30), at(D, 30))


def test_a_permutation_moves_units_with_everything_they_have():
    order = [2, 0, 3, 1]
    moved = with_changes({"step": 9, "permute": {"layer": 1, "order": order}})
    (W, b), (W2, b2) = weights(D, 9)
    (W_new, b_new), (W_out_new, b_out_new) = weights(moved, 9)
    for u, was in enumerate(order):
        np.testing.assert_array_equal(W_new[u], W[was])
        np.testing.assert_array_equal(b_new[u], b[was])
        np.testing.assert_array_equal(W_out_new[:, u], W2[:, was])
    np.testing.assert_array_equal(b_out_new, b2)


def test_a_permutation_leaves_the_function_unchanged_for_ever():
    moved = with_changes({"step": 9, "permute": {"layer": 1, "order": [2, 0, 3, 1]}})
    costs, usual = ([r.cost for r in walked(e, [300], 10)[1]] for e in (moved, D))
    np.testing.assert_allclose(costs, usual, rtol=1e-9)  # the sum over units has another order


@pytest.mark.parametrize("name", ["tanh", "linear"])
def test_a_flip_turns_every_sign_of_a_unit_and_leaves_the_function_unchanged(name):
    # g(-z) = -g(z), and (-w)(-a) is w a to the last bit.
    usual = changed(D, network={"activation": name}, training={"learning_rate": 0.1})
    flipped = changed(usual, interventions=[{"step": 9, "flip": {"layer": 1, "unit": 2}}])
    assert walked(flipped, [300], 10)[1] == [
        replace(mine, spreads=theirs.spreads)
        for mine, theirs in zip(walked(usual, [300], 10)[1], walked(flipped, [300], 10)[1], strict=True)
    ]
    (W, b), (W2, b2) = (tuple(part.copy() for part in layer) for layer in weights(usual, 300))
    W[2], b[2], W2[:, 2] = -W[2], -b[2], -W2[:, 2]
    for mine, theirs in zip([(W, b), (W2, b2)], weights(flipped, 300), strict=True):
        np.testing.assert_array_equal(mine[0], theirs[0])
        np.testing.assert_array_equal(mine[1], theirs[1])


def test_two_flips_are_none():
    flip = {"step": 4, "flip": {"layer": 1, "unit": 1}}
    twice = at(with_changes(flip, flip), 50)
    assert twice.jumps == (0.0, 0.0)
    assert same(replace(twice, jumps=()), at(D, 50))


# --- divergence ---------------------------------------------------------------------------------------------


def test_a_run_that_bursts_names_the_first_step_whose_cost_is_not_finite():
    state = at(BURSTS, 2000)
    assert state.diverged is not None
    assert state.diverged == Divergence(state.step + 1, "the cost is not finite")
    X, Y = textbook.points(BURSTS)
    parameters = textbook.layers(state.theta, BURSTS.sizes)
    assert np.isfinite(textbook.cost(textbook.forward(parameters, ["leaky_relu"], X)[0][-1], Y))
    with np.errstate(all="ignore"):
        textbook.descend(parameters, ["leaky_relu"], X, Y, 10, 1)
        z = textbook.forward(parameters, ["leaky_relu"], X)[0][-1]
    assert all(np.isfinite(part).all() for layer in parameters for part in layer)  # it is the cost alone
    assert not np.isfinite(z).all()


@settings(max_examples=30)
@given(lengths=cuts(600))
@example(lengths=[1] * 600)
@example(lengths=[395, 1, 204])
def test_divergence_is_the_same_however_the_run_was_cut(lengths):
    whole, records = walked(BURSTS, [600], 5)
    cut, passed = walked(BURSTS, lengths, 5)
    assert same(cut, whole)
    assert passed == records


def test_a_run_that_diverged_stays_where_it_is():
    state = at(BURSTS, 600)
    assert advance(BURSTS, state, 100, 1) == (state, [])


@pytest.mark.parametrize("lengths", [[5], [1] * 5, [1, 4], [2, 3]], ids=str)
def test_parameters_that_overflow_are_named_as_that(lengths):
    state, records = walked(CHAIN, lengths, 1)
    assert state.diverged == Divergence(2, "the parameters are not finite")
    assert state.step == 1
    assert np.isfinite(state.theta).all()
    assert records[-1].cost == pytest.approx(np.log(2))


def test_an_intervention_may_save_a_run_at_the_step_that_would_have_diverged():
    assert at(LOST, 3).diverged == Divergence(1, "the cost is not finite")
    assert at(CHAIN, 1).diverged is None


def test_an_overflow_that_reaches_neither_cost_nor_parameters_is_no_divergence():
    # A weight of 1e303 times an x1 of 1e6 makes Z infinite, and tanh of it 1. No run comes there by
    # itself, so the state is made by hand.
    far = changed(D, data={"points": [[1e6, 1e6, 0], [-1e6, 1e6, 1], [1e6, -1e6, 0]]})
    theta = start(far).theta.copy()
    theta[:8:2] = 1e303
    states = []
    for lengths in ([6], [1] * 6, [2, 4]):
        state = State(0, theta, (), 1.0, 1.0)
        for length in lengths:
            state, _ = advance(far, state, length)
        states.append(state)
    assert states[0].step == 6
    assert states[0].diverged is None
    assert same(states[0], states[1])
    assert same(states[0], states[2])


DEEP_LINEAR = {"network": {"hidden": [10] * 4, "activation": "linear"}, "init": {"method": "he"}}
DIVERGING = {
    "momentum": made(**DEEP_LINEAR, training={"optimizer": "momentum", "learning_rate": 1}),
    "momentum with batches and a penalty": made(
        **DEEP_LINEAR, training={"optimizer": "momentum", "learning_rate": 1, "batch_size": 50, "l2": 1}
    ),
    # A step of Adam is about its rate, unless it has no memory of how large the gradients were: here
    # v is 10^71 and g is 0 after the edits.
    "adam without memory of squares": changed(
        CHAIN, training={"optimizer": "adam", "beta2": 0.0, "learning_rate": 10}
    ),
    "a penalty whose pull is longer than the weight": made(
        network={"hidden": []}, training={"batch_size": 1, "l2": 10, "learning_rate": 10}
    ),
}


@pytest.mark.parametrize("experiment", DIVERGING.values(), ids=DIVERGING)
def test_other_rules_diverge_too_and_are_found_at_the_same_step(experiment):
    whole, records = walked(experiment, [400], 3)
    assert whole.diverged is not None
    assert whole.step == whole.diverged.step - 1 < 400
    assert np.isfinite(whole.theta).all()
    assert np.isfinite(whole.cost)
    for lengths in ([1] * 400, [whole.step, 1, 400], [whole.step + 1, 5]):
        cut, passed = walked(experiment, lengths, 3)
        assert same(cut, whole)
        assert passed == records
    told(experiment, whole, records)


# --- optimizers, batches, what is held back -----------------------------------------------------------------

OPTIMIZERS = ["gd", "momentum", "rmsprop", "adam"]
RATES = {"gd": 0.3, "momentum": 0.3, "rmsprop": 0.01, "adam": 0.01}


def trained_by(optimizer, **training):
    return changed(training={"optimizer": optimizer, "learning_rate": RATES[optimizer], **training})


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@settings(max_examples=8)
@given(lengths=cuts(700), every=st.integers(1, 30))
def test_an_optimizers_memory_goes_on_wherever_the_run_is_cut(optimizer, lengths, every):
    experiment = changed(trained_by(optimizer, batch_size=64, l2=0.1), data={"validation": 0.2})
    whole, records = walked(experiment, [700], every)
    cut, passed = walked(experiment, lengths, every)
    assert same(cut, whole)
    assert passed == records
    assert all(array.any() for array in whole.memory)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_permutation_takes_the_memory_along(optimizer):
    order = [2, 0, 3, 1]
    usual = trained_by(optimizer, batch_size=100)
    moved = changed(usual, interventions=[{"step": 30, "permute": {"layer": 1, "order": order}}])
    before, after = at(usual, 30), at(moved, 30)
    assert len(before.memory) == {"gd": 0, "momentum": 1, "rmsprop": 1, "adam": 2}[optimizer]
    for mine, theirs in zip((before.theta, *before.memory), (after.theta, *after.memory), strict=True):
        (W, b), (W2, b2) = layers_of(mine, usual.sizes)
        (W_new, b_new), (W_out_new, b2_new) = layers_of(theirs, usual.sizes)
        np.testing.assert_array_equal(W_new, W[order])
        np.testing.assert_array_equal(b_new, b[order])
        np.testing.assert_array_equal(W_out_new, W2[:, order])
        np.testing.assert_array_equal(b2_new, b2)
    # From there on both are one run.
    costs = [[r.cost for r in walked(experiment, [200], 10)[1]] for experiment in (usual, moved)]
    np.testing.assert_allclose(costs[1], costs[0], rtol=1e-9)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_flip_turns_what_has_a_sign_and_leaves_the_function_bit_for_bit(optimizer):
    usual = trained_by(optimizer, batch_size=100, l2=0.05)
    flipped = changed(usual, interventions=[{"step": 30, "flip": {"layer": 1, "unit": 2}}])
    before, after = at(usual, 30), at(flipped, 30)
    names = {"gd": "", "momentum": "v", "rmsprop": "s", "adam": "vs"}[optimizer]
    for name, mine, theirs in zip(names, before.memory, after.memory, strict=True):
        sign = -1 if name == "v" else 1
        (W, b), (W2, _) = layers_of(mine, usual.sizes)
        (W_new, b_new), (W_out_new, _) = layers_of(theirs, usual.sizes)
        for new, old in ((W_new[2], W[2]), (b_new[2], b[2]), (W_out_new[:, 2], W2[:, 2])):
            assert old.any()
            np.testing.assert_array_equal(new, sign * old)
        np.testing.assert_array_equal(W_new[[0, 1, 3]], W[[0, 1, 3]])
    # (-w)(-a) is w a to the last bit: not only close for ever, but the same.
    costs = [[(r.cost, r.batch_cost) for r in walked(e, [300], 10)[1]] for e in (usual, flipped)]
    assert costs[0] == costs[1]
    (W, _), _ = layers_of(at(usual, 300).theta, usual.sizes)
    (W_new, _), _ = layers_of(at(flipped, 300).theta, usual.sizes)
    np.testing.assert_array_equal(W_new[2], -W[2])


@pytest.mark.parametrize(
    "setting", [{"l2": 0.5}, {"beta1": 0.5}, {"beta2": 0.9}, {"epsilon": 0.1}, {"learning_rate": 0.05}]
)
def test_a_setting_acts_from_its_step_on_and_the_memory_is_kept(setting):
    usual = trained_by("adam", batch_size=64)
    late = changed(usual, interventions=[{"step": 40, "set": setting}])
    before = at(usual, 40)
    assert same(replace(at(late, 40), cost=before.cost), before)
    # The same as going on with that setting from the state reached.
    onwards = changed(usual, training=setting)
    assert same(advance(onwards, before, 25)[0], at(late, 65))
    assert not same(at(usual, 65), at(late, 65))


def test_the_cost_of_the_step_has_the_penalty_in_force():
    late = changed(interventions=[{"step": 10, "set": {"l2": 2.0}}])
    plain, penalized = at(D, 10), at(late, 10)
    weights_squared = sum(float(np.sum(W**2)) for W, _ in layers_of(plain.theta, D.sizes))
    assert penalized.cost == pytest.approx(plain.cost + 2.0 / 800 * weights_squared, rel=1e-12)
    assert walked(late, [11], 10)[1][1].cost == penalized.cost


@pytest.mark.parametrize("l2", [0.0, 0.4])
def test_the_batch_cost_is_that_of_the_examples_the_step_is_about_to_use(l2):
    experiment = trained_by("momentum", batch_size=150, seed=6, l2=l2)
    X, Y = textbook.points(experiment)
    records = walked(experiment, [9], 1)[1]
    for record in records:
        epoch, index = divmod(record.step, 3)  # 150, 150 and 100 of 400
        columns = np.random.RandomState(6 + epoch).permutation(400)[150 * index : 150 * (index + 1)]
        parameters = weights(experiment, record.step)
        squares = sum(float(np.sum(W**2)) for W, _ in parameters)
        for told, part in ((record.batch_cost, columns), (record.cost, slice(None))):
            z = textbook.forward(parameters, ["tanh"], X[:, part])[0][-1]
            penalty = l2 / (2 * z.size) * squares
            assert told == pytest.approx(textbook.cost(z, Y[:, part]) + penalty, rel=1e-12)
    assert batch_cost_at(experiment, at(experiment, 5)) == records[5].batch_cost
    assert batch_cost_at(D, at(D, 5)) is None
    assert walked(D, [2], 1)[1][1].batch_cost is None


def test_what_is_held_back_is_measured_without_the_penalty_and_changes_no_step():
    data = {"validation": 0.2, "test": 0.1, "samples": 200}
    experiment = changed(data=data, training={"l2": 0.3})
    problem = problem_of(experiment)
    state, records = walked(experiment, [40], 20)
    for record in records:
        parameters = weights(experiment, record.step)
        for name, columns in (("validation", problem.validation), ("test", problem.test)):
            X, Y = problem.X[:, columns], problem.labels[columns][None, :]
            z = textbook.forward(parameters, ["tanh"], X)[0][-1]
            assert record.held_back[name].cost == pytest.approx(textbook.cost(z, Y), rel=1e-12)
            assert record.held_back[name].accuracy == np.mean((z > 0) == (Y == 1))
    # The run is that of the training points alone.
    kept = [[*problem.X[:, i].tolist(), int(problem.labels[i])] for i in problem.train]
    alone = changed(data={"points": kept}, training={"l2": 0.3})
    np.testing.assert_array_equal(at(alone, 40).theta, state.theta)


def test_points_held_back_may_leave_the_floats_while_the_others_do_not():
    # Those that validate lie a million times further out, and on the wrong side: Z is 1e305 and 1e311.
    points = [[1e6, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 1], [-1e6, 0, 1], [1, 0, 1]]
    experiment = made(data={"points": points, "validation": 0.3}, network={"hidden": []})
    assert problem_of(experiment).validation.tolist() == [0, 4]
    state = State(3, np.array([1e305, 0.0, 0.0]), (), 5e304, 1.0)
    body, header = told(experiment, state)
    assert body["history"][-1]["cost"] == 5e304
    assert body["history"][-1]["validation_cost"] == np.finfo(float).max
    assert header["held_back"]["validation"] == {"cost": np.finfo(float).max, "accuracy": 0.0}


def test_a_batchs_penalty_may_leave_the_floats_while_that_of_all_does_not():
    # lambda / (2 m) W^2 with W = 1e154: 10 / 800 of 1e308 with all 400 points, 10 / 2 of it with one.
    points = [[0, 1e-3, 0], [0, -1e-3, 1]] * 200
    experiment = made(
        data={"points": points},
        network={"hidden": []},
        training={"batch_size": 1, "l2": 10, "learning_rate": 1e-9},
    )
    state = State(3, np.array([1e154, 0.0, 0.0]), (), 1.0, 1.0)
    reached, records = advance(experiment, state, 1, 1)
    assert reached.diverged is None
    assert records[0].batch_cost == np.finfo(float).max
    assert told(experiment, state, records)[0]["history"][-1]["batch_cost"] == np.finfo(float).max


# --- coming to rest -----------------------------------------------------------------------------------------

RESTING = parse(
    '{"network": {"hidden": [3]}, "init": {"method": "xavier"}, "training": {"stop_change": 1e-4}}'
)


def test_a_run_stops_at_the_first_step_whose_cost_changed_by_less():
    usual = changed(RESTING, training={"stop_change": None})
    costs = np.array([r.cost for r in walked(usual, [5000], 1)[1]])
    first = int(np.argmax(np.abs(np.diff(costs)) < 1e-4)) + 1
    state, records = walked(RESTING, [5000], 1)
    assert state.converged
    assert state.over
    assert state.diverged is None
    assert state.step == first > 1
    assert state.cost == costs[first]
    assert [r.step for r in records] == list(range(first))
    assert same(replace(state, converged=False), at(usual, first))


@pytest.mark.parametrize(("batch_size", "change"), [(None, 1e-4), (64, 1e-5)])
@settings(max_examples=20)
@given(lengths=cuts(200))
@example(lengths=[1] * 200)
def test_it_stops_at_the_same_step_however_it_is_cut(batch_size, change, lengths):
    experiment = changed(RESTING, training={"batch_size": batch_size, "stop_change": change})
    whole, records = walked(experiment, [200], 3)
    cut, passed = walked(experiment, lengths, 3)
    assert whole.converged
    assert 20 < whole.step < 200
    assert same(cut, whole)
    assert passed == records


def test_a_run_that_has_come_to_rest_stays_there():
    state = at(RESTING, 5000)
    assert advance(RESTING, state, 100, 1) == (state, [])


def test_nothing_that_moves_has_come_to_rest_after_one_step():
    zero = changed(init={"method": "zeros"}, training={"stop_change": 1e-9})
    assert at(zero, 10).step == 1
    assert at(zero, 10).converged


def test_a_run_that_bursts_under_a_stop_rule_is_diverged_and_not_converged():
    bursts = changed(BURSTS, training={"stop_change": 1e-12})
    state = at(bursts, 2000)
    assert state.diverged == at(BURSTS, 2000).diverged
    assert not state.converged


# --- JSON ---------------------------------------------------------------------------------------------------


def refuse(constant):
    raise AssertionError(f"{constant} in JSON")


def told(experiment, state, records=()):
    """Everything that JSON says about a state: the answer with all its parts, and a live frame's header."""
    body = answer(as_json(experiment), experiment, state, list(records), INCLUDES)
    chunk = travel(experiment, state, 0, 1, View(12, 12, 8, True), list(records), True)
    header = json.dumps(chunk.lane.header)
    return json.loads(body, parse_constant=refuse), json.loads(header, parse_constant=refuse)


@settings(max_examples=40)
@given(experiments(steps=60), st.integers(0, 60))
@example(BURSTS, 600)
@example(CHAIN, 1)
@example(CHAIN, 5)
def test_no_state_of_any_run_puts_a_nan_into_json(experiment, steps):
    state, records = walked(experiment, [steps], 1)
    body, header = told(experiment, state, records)
    assert body["steps"] == header["step"] == state.step
    ended = "diverged" if state.diverged else "converged" if state.converged else "completed"
    assert body["status"] == ended
    assert (header["diverged"] is None) == (state.diverged is None)
    assert header["converged"] == state.converged


def test_the_default_experiment_is_that_of_the_contract():
    # The course's own costs, to six digits.
    _, records = walked(Experiment(), [7001], 1000)
    assert [round(r.cost, 6) for r in records] == [
        0.693048,
        0.288083,
        0.254385,
        0.233864,
        0.226792,
        0.222644,
        0.219731,
        0.217504,
    ]
