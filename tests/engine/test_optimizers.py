"""The rules of the update: by hand, by the sums that define them, and what must hold of each."""

import math
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.optimizers import OPTIMIZERS, Rates
from tests.engine.runs import blank, update

EVERY_OPTIMIZER = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda o: o.name)


def walk(name, gradients, rates, theta=0.0):
    """One parameter through one update for each gradient: where it is after each of them."""
    optimizer = OPTIMIZERS[name]
    at = np.array([theta])
    memory, seen = blank(optimizer, at), []
    for t, g in enumerate(gradients, 1):
        update(optimizer, at, np.array([g]), rates, memory, t)
        seen.append(at.item())
    return seen


# By hand


def test_gradient_descent_by_hand():
    # (1, 2) - 0.5 * (4, -6) = (-1, 5)
    theta = np.array([1.0, 2.0])
    update(OPTIMIZERS["gd"], theta, np.array([4.0, -6.0]), Rates(0.5))
    assert theta.tolist() == [-1.0, 5.0]


def test_momentum_by_hand():
    # beta 0.75: v = 0.25 * 8 = 2, then 0.75 * 2 + 0.25 * (-4) = 0.5, then 0.75 * 0.5 = 0.375.
    # At rate 2, from 1: 1 - 4 = -3, -3 - 1 = -4, -4 - 0.75 = -4.75: it rolls on without a gradient.
    assert walk("momentum", [8.0, -4.0, 0.0], Rates(2.0, beta=0.75), theta=1.0) == [-3.0, -4.0, -4.75]


def test_rmsprop_by_hand():
    # beta 0.75, eps 1, rate 0.5. g = 2: s = 0.25 * 4 = 1, step 0.5 * 2 / (1 + 1) = 0.5.
    # g = 0: s = 0.75, no step. g = -5: s = 0.5625 + 0.25 * 25 = 6.8125, step -0.5 * 5 / (2.6100766 + 1).
    steps = walk("rmsprop", [2.0, 0.0, -5.0], Rates(0.5, beta=0.75, epsilon=1.0))
    assert steps[:2] == [-0.5, -0.5]
    assert steps[2] == pytest.approx(-0.5 + 2.5 / 3.6100766, abs=1e-7)


def test_adam_by_hand():
    # b1 = 0.5, b2 = 0.75, eps = 1, rate 1.
    # g = 3: v = 1.5, v^ = 1.5 / 0.5 = 3; s = 0.25 * 9 = 2.25, s^ = 2.25 / 0.25 = 9; step 3 / (3 + 1) = 0.75.
    # g = 1: v = 0.75 + 0.5 = 1.25, v^ = 1.25 / 0.75 = 1.6666667; s = 1.6875 + 0.25 = 1.9375,
    # s^ = 1.9375 / 0.4375 = 4.4285714, root 2.1044171; step 1.6666667 / 3.1044171 = 0.5368694.
    steps = walk("adam", [3.0, 1.0], Rates(1.0, beta1=0.5, beta2=0.75, epsilon=1.0))
    assert steps[0] == -0.75
    assert steps[1] == pytest.approx(-0.75 - 0.5368694, abs=1e-7)


@pytest.mark.parametrize(("name", "rates"), [("rmsprop", {"beta": 0.75}), ("adam", {"beta2": 0.75})])
def test_epsilon_stands_outside_the_root(name, rates):
    # After one update s (RMSprop) is 0.25 * 16 = 4, s^ (Adam) is 16 and v^ is 4: with eps = 2 the steps are
    # 4 / (2 + 2) = 1 and 4 / (4 + 2) = 2/3; inside the root they would be 4 / sqrt(6) and 4 / sqrt(18).
    [step] = walk(name, [4.0], Rates(1.0, epsilon=2.0, **rates))
    assert step == pytest.approx(-1.0 if name == "rmsprop" else -2 / 3, rel=1e-15)


# By the definitions: weighted sums over all gradients so far, not the recurrences


def average(beta, values):
    """(1 - beta) times the sum of beta^(t - i) x_i: what the recurrence from 0 comes to."""
    t = len(values)
    return (1 - beta) * math.fsum(beta ** (t - i) * x for i, x in enumerate(values, 1))


def step_of(name, rates, gradients):
    """The last step that the definition of ``name`` takes after these gradients."""
    g, squares, t = gradients[-1], [g * g for g in gradients], len(gradients)
    if name == "gd":
        return rates.learning_rate * g
    if name == "momentum":
        return rates.learning_rate * average(rates.beta, gradients)
    if name == "rmsprop":
        return rates.learning_rate * g / (math.sqrt(average(rates.beta, squares)) + rates.epsilon)
    # Kingma and Ba: the weights (1 - b) b^(t - i) sum to 1 - b^t, by which the averages are divided.
    mean = average(rates.beta1, gradients) / (1 - rates.beta1**t)
    square = average(rates.beta2, squares) / (1 - rates.beta2**t)
    return rates.learning_rate * mean / (math.sqrt(square) + rates.epsilon)


betas = st.floats(0, 0.999)


@EVERY_OPTIMIZER
@given(
    gradients=st.lists(st.floats(-10, 10), min_size=1, max_size=25),
    rates=st.builds(Rates, st.floats(1e-4, 10), betas, betas, betas, st.sampled_from([1e-8, 1e-3, 1.0])),
)
def test_the_steps_are_those_of_the_definition(optimizer, gradients, rates):
    seen = walk(optimizer.name, gradients, rates)
    expected, largest = 0.0, 0.0
    for t, theta in enumerate(seen, 1):
        step = step_of(optimizer.name, rates, gradients[:t])
        expected -= step
        largest = max(largest, abs(step), abs(expected))
        assert theta == pytest.approx(expected, rel=1e-9, abs=1e-9 * largest)


# What must hold


@given(st.floats(1e-3, 1e100).flatmap(lambda g: st.sampled_from([g, -g])), st.floats(1e-6, 10), betas, betas)
def test_the_first_adam_step_is_the_rate_whatever_the_gradient(g, rate, beta1, beta2):
    # t = 1: v^ = g and s^ = g^2, so the step is rate g / (|g| + eps) = rate sign(g).
    [step] = walk("adam", [g], Rates(rate, beta1=beta1, beta2=beta2))
    assert step == pytest.approx(-rate * math.copysign(1, g), rel=2e-5)


def test_every_adam_step_is_the_rate_while_the_gradient_stays_the_same():
    # The averages of a constant are that constant, once they are corrected. Uncorrected, the first step would
    # be 0.1 / sqrt(0.001) = 3.2 rates; multiplied by 1 - b^t where they are divided, 0.01 / 0.001 = 10 rates.
    steps = np.diff([0.0, *walk("adam", [-0.3] * 2000, Rates(0.01))])
    np.testing.assert_allclose(steps, 0.01, rtol=1e-6)


def test_momentum_comes_to_the_gradients_own_step_and_begins_with_a_tenth_of_it():
    # v after t updates by the same g is (1 - beta^t) g.
    steps = -np.diff([0.0, *walk("momentum", [2.0] * 200, Rates(0.5))])
    np.testing.assert_allclose(steps, 1 - 0.9 ** np.arange(1, 201), rtol=1e-10)


def test_rmsprop_takes_a_long_first_step_and_comes_to_the_rate():
    # s after t updates by the same g is (1 - beta^t) g^2: the first step is rate / sqrt(0.1) = 3.16 rates.
    steps = -np.diff([0.0, *walk("rmsprop", [1e-3] * 300, Rates(0.5, epsilon=1e-12))])
    np.testing.assert_allclose(steps, 0.5 / np.sqrt(1 - 0.9 ** np.arange(1, 301)), rtol=1e-8)


def test_momentum_without_any_is_gradient_descent():
    gradients = np.random.RandomState(3).standard_normal(50).tolist()
    assert walk("momentum", gradients, Rates(0.3, beta=0.0)) == walk("gd", gradients, Rates(0.3))


@given(st.floats(1e-150, 1e150))
def test_adam_and_rmsprop_do_not_care_how_large_the_gradients_are(scale):
    gradients = np.array([0.5, -1.0, 2.0, 0.25, -0.125])
    for name in ("adam", "rmsprop"):
        usual, scaled = (
            walk(name, (gradients * factor).tolist(), Rates(0.1, epsilon=1e-300)) for factor in (1.0, scale)
        )
        assert scaled == pytest.approx(usual, rel=1e-9)


@EVERY_OPTIMIZER
def test_without_any_gradient_so_far_nothing_moves(optimizer):
    assert walk(optimizer.name, [0.0] * 5, Rates(1.0), theta=0.7) == [0.7] * 5


@EVERY_OPTIMIZER
def test_every_parameter_is_updated_by_itself_wherever_it_stands(optimizer):
    # Equal numbers get equal results to the last bit in every place: those at the end of an array, which no
    # full vector register holds, too.
    random = np.random.RandomState(1)
    gradients = random.standard_normal((6, 1)) * 10.0 ** random.randint(-6, 3, (6, 1))
    single = None
    for p in (1, 2, 3, 5, 8, 13, 64, 67):
        theta = np.full(p, 0.3)
        memory = blank(optimizer, theta)
        for t, g in enumerate(gradients, 1):
            update(optimizer, theta, np.full(p, g.item()), Rates(0.01), memory, t)
        assert len(set(theta.tolist())) == 1
        single = theta[0] if single is None else single
        assert theta[0] == single


@EVERY_OPTIMIZER
def test_an_opposite_gradient_leads_to_the_opposite_place_bit_for_bit(optimizer):
    gradients = np.random.RandomState(2).standard_normal(30)
    there = walk(optimizer.name, gradients.tolist(), Rates(0.05), theta=0.3)
    back = walk(optimizer.name, (-gradients).tolist(), Rates(0.05), theta=-0.3)
    assert [-theta for theta in back] == there


@EVERY_OPTIMIZER
def test_an_update_leaves_the_gradient_as_it_was(optimizer):
    gradient = np.array([4.0, -6.0])
    update(optimizer, np.array([1.0, 2.0]), gradient, Rates(0.5))
    assert gradient.tolist() == [4.0, -6.0]


@EVERY_OPTIMIZER
def test_a_rate_of_zero_changes_no_parameter(optimizer):
    theta = np.array([1.0, -2.0])
    update(optimizer, theta, np.array([4.0, -6.0]), Rates(0.0))
    assert theta.tolist() == [1.0, -2.0]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("gd", set()),
        ("momentum", {"beta"}),
        ("rmsprop", {"beta", "epsilon"}),
        ("adam", {"beta1", "beta2", "epsilon"}),
    ],
)
def test_an_optimizer_reads_the_settings_it_names_and_no_other(name, settings):
    assert set(OPTIMIZERS[name].settings) == settings
    gradients = [1.0, -0.5, 0.25]
    usual = walk(name, gradients, Rates(0.1))
    for setting in ("beta", "beta1", "beta2", "epsilon"):
        other = walk(name, gradients, Rates(0.1, **{setting: 0.5}))
        assert (other != usual) == (setting in settings)


def test_the_rows_are_those_of_the_contract():
    assert list(OPTIMIZERS) == ["gd", "momentum", "rmsprop", "adam"]


@EVERY_OPTIMIZER
def test_the_formula_is_well_formed(optimizer):
    assert ElementTree.fromstring(optimizer.formula).tag == "math"
