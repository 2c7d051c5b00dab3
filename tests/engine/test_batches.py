"""Mini-batches: which examples a step sees is decided by the step alone, in the order of the design."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.activations import ACTIVATIONS
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS, Rates
from app.engine.training import Batches, Descent
from tests.engine.runs import blank, descent

EVERY_OPTIMIZER = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda o: o.name)


def numbered(m, hidden=()):
    """m examples (i, 100 + i), every third of class 1: an example is known by its first input."""
    i = np.arange(m, dtype=float)
    return Network(
        np.stack([i, 100 + i]), (i % 3 == 0)[None, :] * 1.0, hidden, [ACTIVATIONS["tanh"]] * len(hidden)
    )


def seen(batches, step):
    """The examples of a step, in their order."""
    network = batches.at(step)
    i = network.A[0][0]
    np.testing.assert_array_equal(network.A[0][1], 100 + i)
    np.testing.assert_array_equal(network.Y[0], i % 3 == 0)
    assert network.m == len(i)
    return i.astype(int).tolist()


def as_designed(m, size, seed, step):
    """Epoch e: RandomState(seed + e).permutation(m), consecutive slices, the last one smaller."""
    slices = [range(k, min(k + size, m)) for k in range(0, m, size)]
    order = np.random.RandomState(seed + step // len(slices)).permutation(m)
    return [int(order[k]) for k in slices[step % len(slices)]]


def test_seven_examples_in_batches_of_three_for_two_epochs():
    # RandomState(4).permutation(7) is 4 6 3 0 1 5 2, and RandomState(5)'s 6 2 4 1 0 5 3.
    batches = Batches(numbered(7), 3, seed=4)
    assert [seen(batches, step) for step in range(6)] == [
        *([4, 6, 3], [0, 1, 5], [2]),
        *([6, 2, 4], [1, 0, 5], [3]),
    ]


@given(
    st.integers(2, 60).flatmap(lambda m: st.tuples(st.just(m), st.integers(1, m))),
    st.integers(0, 2**31),
    st.data(),
)
def test_every_step_sees_what_the_design_says_whatever_was_seen_before(sizes, seed, data):
    m, size = sizes
    batches = Batches(numbered(m), size, seed)
    for step in data.draw(st.lists(st.integers(0, 200), min_size=1, max_size=8)):
        assert seen(batches, step) == as_designed(m, size, seed, step)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000))
def test_an_epoch_sees_every_example_once(m, size, seed):
    size = min(size, m)
    batches = Batches(numbered(m), size, seed)
    per_epoch = -(-m // size)
    for epoch in range(3):
        sizes = []
        met = []
        for step in range(epoch * per_epoch, (epoch + 1) * per_epoch):
            met += seen(batches, step)
            sizes.append(len(met) - sum(sizes))
        assert sorted(met) == list(range(m))
        assert set(sizes[:-1]) <= {size}
        assert 1 <= sizes[-1] <= size


def test_the_seed_of_an_epoch_begins_again_at_0_beyond_the_largest_one():
    # RandomState takes seeds below 2^32.
    batches = Batches(numbered(9), 9, seed=2**32 - 1)
    assert seen(batches, 0) == np.random.RandomState(2**32 - 1).permutation(9).tolist()
    assert seen(batches, 1) == np.random.RandomState(0).permutation(9).tolist()


def test_batches_of_one_are_the_examples_one_after_the_other():
    # By hand: x = 1 of class 1 and x = -2 of class 0 from W = b = 0, rate 1. RandomState(1).permutation(2) is
    # 0 1: first A - Y = -1/2, so W = 1/2 and b = 1/2. Then z = 1/2 * -2 + 1/2 = -1/2, and
    # A - Y = 1 / (1 + e^0.5) = 0.3775406688: W = 1/2 + 2 * 0.3775406688, b = 1/2 - 0.3775406688.
    network = Network(np.array([[1.0, -2.0]]), np.array([[1.0, 0.0]]), [], [])
    loop = descent(network, OPTIMIZERS["gd"], Batches(network, 1, seed=1))
    loop.run(Rates(1.0), 0.0, range(2), 10, lambda step, batch: None)
    np.testing.assert_allclose(network.theta, [1.2550813376, 0.1224593312], rtol=1e-9)


def test_what_is_recorded_with_the_step_is_its_batch_before_the_update():
    network = numbered(10)
    told = {}

    def record(step, batch):
        told[step] = batch.A[0][0].astype(int).tolist(), network.theta.tolist(), batch.cost()

    loop = descent(network, OPTIMIZERS["gd"], Batches(network, 4, seed=2))
    loop.run(Rates(1e-3), 0.0, range(7), 2, record)
    assert list(told) == [0, 2, 4, 6]
    assert told[0][1:] == ([0.0, 0.0, 0.0], pytest.approx(np.log(2)))
    for step, (examples, theta, cost) in told.items():
        assert examples == as_designed(10, 4, 2, step)
        i = np.array(examples, dtype=float)
        z = theta[0] * i + theta[1] * (100 + i) + theta[2]
        losses = np.where(i % 3 == 0, np.logaddexp(0, -z), np.logaddexp(0, z))
        assert cost == pytest.approx(losses.mean(), rel=1e-12)


@EVERY_OPTIMIZER
def test_the_gradient_of_a_batch_is_the_mean_over_its_own_examples(optimizer):
    # A step on a batch is a full-batch step on these examples alone.
    whole = numbered(10, [3])
    whole.load(np.random.RandomState(1).standard_normal(whole.theta.size) * 0.1)
    start = whole.theta.copy()
    for step, examples in ((0, 4), (2, 2)):
        whole.load(start)
        loop = descent(whole, optimizer, Batches(whole, 4, seed=6))
        columns = as_designed(10, 4, 6, step)
        assert len(columns) == examples
        alone = whole_of(whole, columns, start)
        loop.run(Rates(0.01), 0.3, range(step, step + 1), 10, lambda step, batch: None)
        descent(alone, optimizer).run(Rates(0.01), 0.3, range(step, step + 1), 10, lambda step, batch: None)
        np.testing.assert_array_equal(whole.theta, alone.theta)


def whole_of(network, columns, theta):
    """A network over some of the examples of another, with these parameters."""
    found = Network(network.A[0][:, columns], network.Y[:, columns], [3], network.activations)
    found.load(theta)
    return found


@EVERY_OPTIMIZER
def test_one_batch_of_all_examples_is_the_full_batch_in_another_order(optimizer, started, flower):
    runs = []
    for size in (None, 400):
        network = started(flower, [4])
        batches = size and Batches(network, size, seed=9)
        descent(network, optimizer, batches).run(Rates(0.01), 0.0, range(50), 100, lambda step, batch: None)
        runs.append(network.theta.copy())
    np.testing.assert_allclose(runs[1], runs[0], rtol=1e-7)
    assert not np.array_equal(runs[1], runs[0])


@EVERY_OPTIMIZER
@given(size=st.integers(1, 50), cuts=st.lists(st.integers(0, 40), max_size=5), seed=st.integers(0, 99))
def test_however_the_steps_are_cut_and_whoever_goes_on_the_bits_are_the_same(optimizer, size, cuts, seed):
    def taken(stops):
        network = numbered(50, [2])
        network.load(np.linspace(-0.02, 0.03, network.theta.size))
        theta, memory, costs = network.theta.copy(), blank(optimizer, network.theta), []
        for begin, end in zip([0, *stops], [*stops, 40], strict=True):
            # What a worker that takes over has: the parameters and the optimizer's memory.
            network = numbered(50, [2])
            network.load(theta)
            memory = tuple(array.copy() for array in memory)
            loop = Descent(network, optimizer, memory, Batches(network, size, seed))
            loop.run(
                Rates(0.01), 0.1, range(begin, end), 7, lambda step, batch: costs.append((step, batch.cost()))
            )
            theta = network.theta.copy()
        return theta.tobytes(), [array.tobytes() for array in memory], costs

    assert taken(sorted(cuts)) == taken([])


# The penalty


def test_the_penalty_by_hand():
    # Weights 3 and -4: lambda / (2 m) * (9 + 16) = 0.6 / 6 * 25 = 2.5 with m = 3, and 7.5 with m = 1.
    network = Network(np.ones((2, 3)), np.ones((1, 3)), [], [])
    network.load(np.array([3.0, -4.0, 100.0]))
    loop = descent(network, OPTIMIZERS["gd"])
    assert loop.penalty(0.6, 3) == pytest.approx(2.5, rel=1e-15)
    assert loop.penalty(0.6, 1) == pytest.approx(7.5, rel=1e-15)
    assert loop.penalty(0.0, 3) == 0.0


def test_the_pull_of_the_penalty_by_hand():
    # lambda / m W = 0.6 / 3 * (3, -4) = (0.6, -0.8) is added to the gradient, and nothing to the bias's.
    network = Network(np.ones((2, 3)), np.ones((1, 3)), [], [])
    network.load(np.array([3.0, -4.0, 100.0]))
    network.gradient[:] = 1.0, 1.0, 1.0
    descent(network, OPTIMIZERS["gd"]).add_decay(0.6, 3)
    np.testing.assert_allclose(network.gradient, [1.6, 0.2, 1.0], rtol=1e-15)


@pytest.mark.parametrize("hidden", [[], [4], [3, 2]], ids=str)
def test_the_pull_is_the_derivative_of_the_penalty(hidden):
    network = numbered(6, hidden)
    network.load(np.random.RandomState(3).standard_normal(network.theta.size))
    loop = descent(network, OPTIMIZERS["gd"])
    network.gradient[:] = 0.0
    loop.add_decay(0.7, 6)
    theta = network.theta.copy()
    quotients = []
    for i in range(theta.size):
        around = []
        for sign in (1, -1):
            network.load(theta)
            network.theta[i] += sign * 1e-4
            around.append(loop.penalty(0.7, 6))
        quotients.append((around[0] - around[1]) / 2e-4)
    np.testing.assert_allclose(network.gradient, quotients, atol=1e-10)
    for _, db in network.gradients:
        assert not db.any()


def test_without_any_loss_left_the_penalty_lets_every_weight_decay_by_the_same_factor():
    # dW = 0 where the guess is sure: a step is W (1 - rate lambda / m) = W (1 - 0.5 * 0.2 / 2) = 0.95 W.
    network = Network(np.array([[1.0, -1.0]]), np.array([[1.0, 0.0]]), [], [])
    network.load(np.array([1000.0, 0.0]))
    descent(network, OPTIMIZERS["gd"]).run(Rates(0.5), 0.2, range(3), 10, lambda step, batch: None)
    np.testing.assert_allclose(network.theta, [1000 * 0.95**3, 0.0], rtol=1e-14)
