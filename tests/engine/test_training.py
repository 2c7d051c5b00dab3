"""The step loop: when it records, that it may be cut anywhere, and the course's costs."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.activations import ACTIVATIONS
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS
from tests.engine.runs import descend


def logistic():
    """One example x = 2 of class 1: at W = 0, b = 0, A = 1/2, so dW = -1/2 * 2 = -1 and db = -1/2."""
    return Network(np.array([[2.0]]), np.array([[1.0]]), [], [])


# The loop


def test_one_step_by_hand():
    # W = 0 - 0.5 * (-1) = 0.5 and b = 0 - 0.5 * (-0.5) = 0.25
    network = logistic()
    descend(network, OPTIMIZERS["gd"], 0.5, range(1), 1, lambda step: None)
    assert network.theta.tolist() == [0.5, 0.25]


def test_two_steps_by_hand():
    # Then Z = 0.5 * 2 + 0.25 = 1.25, 1 - sigmoid(1.25) = 1 / (1 + e^1.25) = 0.2227001388: dW = -0.4454002776
    # and db = -0.2227001388, and half of them is added.
    network = logistic()
    descend(network, OPTIMIZERS["gd"], 0.5, range(2), 1, lambda step: None)
    np.testing.assert_allclose(network.theta, [0.7227001388, 0.3613500694], rtol=0, atol=1e-10)


def test_what_is_recorded_is_the_state_before_the_update():
    network = logistic()
    seen = []

    def record(step):
        seen.append((step, *network.theta, network.cost()))

    descend(network, OPTIMIZERS["gd"], 0.5, range(2), 1, record)
    # ln 2 at the start, then -ln sigmoid(1.25) = ln(1 + e^-1.25) = ln 1.286504797 = 0.251929.
    assert seen[0] == (0, 0.0, 0.0, pytest.approx(0.6931471805599453))
    assert seen[1] == (1, 0.5, 0.25, pytest.approx(0.251929, abs=1e-6))


@pytest.mark.parametrize(
    ("steps", "record_every", "recorded"),
    [
        (range(7), 1, [0, 1, 2, 3, 4, 5, 6]),
        (range(7), 3, [0, 3, 6]),
        (range(4, 13), 5, [5, 10]),
        (range(5, 6), 5, [5]),
        (range(6, 10), 5, []),
        (range(3, 3), 1, []),
    ],
)
def test_a_step_is_recorded_by_its_own_number_wherever_a_chunk_begins(steps, record_every, recorded):
    seen = []
    descend(logistic(), OPTIMIZERS["gd"], 0.5, steps, record_every, seen.append)
    assert seen == recorded


def test_no_step_changes_nothing():
    network = logistic()
    descend(network, OPTIMIZERS["gd"], 0.5, range(0), 1, lambda step: None)
    assert network.theta.tolist() == [0.0, 0.0]


@given(st.lists(st.integers(0, 200), max_size=6))
@settings(derandomize=True, max_examples=25, deadline=None)
def test_however_the_steps_are_cut_the_bits_are_the_same(started, flower, cuts):
    ends = [0, *sorted(cuts), 200]
    whole, cut = started(flower, [4, 3], scale=0.5), started(flower, [4, 3], scale=0.5)
    costs, cut_costs = {}, {}

    def record(step):
        costs[step] = whole.cost()

    def record_cut(step):
        cut_costs[step] = cut.cost()

    descend(whole, OPTIMIZERS["gd"], 1.2, range(200), 7, record)
    for begin, end in pairwise(ends):
        # What a worker that takes over would have: nothing but the parameters.
        theta = cut.theta.copy()
        cut = started(flower, [4, 3])
        cut.load(theta)
        descend(cut, OPTIMIZERS["gd"], 1.2, range(begin, end), 7, record_cut)
    assert cut.theta.tobytes() == whole.theta.tobytes()
    assert [*cut_costs.items()] == [*costs.items()]


# The runs


@pytest.fixture(scope="module")
def default_run(started, trained, flower):
    """The planar exercise: 2-4-1, tanh, rate 1.2, weights randn * 0.01 with seed 2."""
    network = started(flower, [4], "tanh", "normal", 0.01, 2)
    return network, trained(network, 1.2, 10_000, 1000)


@pytest.mark.parametrize(
    ("step", "cost"),
    [
        (0, 0.693048),
        (1000, 0.288083),
        (2000, 0.254385),
        (3000, 0.233864),
        (4000, 0.226792),
        (5000, 0.222644),
        (6000, 0.219731),
        (7000, 0.217504),
    ],
)
def test_the_default_run_has_the_courses_cost_to_six_digits(default_run, step, cost):
    _, costs = default_run
    assert costs[step] == pytest.approx(cost, abs=5.1e-7)


@pytest.mark.parametrize(("step", "cost"), [(8000, 0.219470), (9000, 0.218607)])
def test_past_the_edge_of_stability_four_digits_are_left(default_run, step, cost):
    # There a difference in the last bit grows to 1e-4: the copies of the exercise differ as much.
    _, costs = default_run
    assert costs[step] == pytest.approx(cost, abs=3e-4)


def test_the_default_run_ends_with_362_or_363_of_400_right(default_run):
    network, _ = default_run
    assert network.accuracy() in (0.905, 0.9075)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_from_zero_nothing_moves(started, trained, flower, activation):
    # tanh, ReLU, linear: A[1] = 0, so dW[2] = 0, and W[2] = 0, so dZ[1] = 0. Sigmoid: A[1] = 1/2, but dW[2]
    # and db[2] are multiples of sum(A[2] - Y), which is 200 * 1/2 - 200 * 1/2 = 0.
    network = started(flower, [4], activation, "zeros")
    costs = trained(network, 1.2, 10_000, 100)
    assert len(costs) == 101
    [cost] = set(costs.values())
    assert abs(cost - 0.693147180559945309) < 2e-16
    assert not network.theta.any()
    assert network.accuracy() == 0.5
