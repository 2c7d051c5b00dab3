"""Units that start equal stay equal, bit for bit and for ever; and if they did not, this would notice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.activations import ACTIVATIONS
from app.engine.datasets import make_points
from app.engine.diagnostics import symmetry
from app.engine.losses import LOSSES, SOFTMAX
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS, Rates
from app.engine.training import Batches
from tests.engine.runs import descend, descent

SHAPES = [*([width] for width in (*range(2, 17), 33, 50)), [5, 3], [7, 5, 3], [6, 9]]
"""Widths on either side of every block a matrix product is cut into, and layers that differ."""

POINTS = [17, 101, 333, 400]
ALL = [
    pytest.mark.parametrize("points", POINTS),
    pytest.mark.parametrize("activation", ACTIVATIONS),
    pytest.mark.parametrize("hidden", SHAPES, ids=str),
]


def everywhere(test):
    for mark in ALL:
        test = mark(test)
    return test


def symmetries(network):
    """(distinct, spread) of every hidden layer."""
    found = [symmetry(network, layer) for layer in range(1, len(network.A) - 1)]
    return [(s.distinct, s.spread) for s in found]


def assert_stays_symmetric(network, steps, every):
    equal = [(1, 0.0)] * (len(network.A) - 2)
    start = network.theta.copy()

    def check(step):
        assert symmetries(network) == equal, f"step {step}"

    descend(network, OPTIMIZERS["gd"], 1.2, range(steps), every, check)
    check(steps)
    assert np.isfinite(network.theta).all()
    assert not np.array_equal(network.theta, start)


@everywhere
def test_identical_units_stay_identical(started, points, activation, hidden):
    network = started(make_points("flower", points), hidden, activation, "constant", 0.1)
    assert_stays_symmetric(network, 300, 50)


@pytest.mark.slow
@pytest.mark.parametrize("hidden", SHAPES, ids=str)
def test_identical_units_stay_identical_for_twenty_thousand_steps(started, hidden):
    """Every shape, with another activation and number of points each; ``make bench`` runs all 400."""
    turn = SHAPES.index(hidden)
    points, activation = POINTS[turn % len(POINTS)], list(ACTIVATIONS)[turn % len(ACTIVATIONS)]
    network = started(make_points("flower", points), hidden, activation, "constant", 0.1)
    assert_stays_symmetric(network, 20_000, 500)


@pytest.mark.whole
@everywhere
def test_and_so_they_do_everywhere(started, points, activation, hidden):
    """400 runs, 20,000 steps each: some three minutes on one core."""
    network = started(make_points("flower", points), hidden, activation, "constant", 0.1)
    assert_stays_symmetric(network, 20_000, 500)


def of_kinds(kinds, activation, seed, points, classes=2):
    """A network in which unit i of layer l has the random weights of kind ``kinds[l][i]``."""
    random = np.random.RandomState(seed)
    X, Y = make_points("moons", points)
    outputs = 1 if classes == 2 else classes
    if classes > 2:  # any labels will do
        Y = np.eye(classes)[random.randint(classes, size=points)].T
    layers = [[0, 1], *kinds, [*range(outputs)]]
    network = Network(
        X,
        Y,
        [len(layer) for layer in kinds],
        [ACTIVATIONS[activation]] * len(kinds),
        loss=LOSSES["cross_entropy"] if classes == 2 else SOFTMAX,
        outputs=outputs,
    )
    for (W, b), before, after in zip(network.parameters, layers, layers[1:], strict=False):
        W[:] = random.standard_normal((8, 8))[np.ix_(after, before)] / len(before)
        b[:] = random.standard_normal((8, 1))[after]
    return network


@given(
    kinds=st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=11), min_size=1, max_size=3),
    activation=st.sampled_from([*ACTIVATIONS]),
    seed=st.integers(0, 2**32 - 1),
    points=st.integers(2, 90),
    optimizer=st.sampled_from([*OPTIMIZERS.values()]),
    share=st.sampled_from([None, 0.0, 0.3, 1.0]),
    l2=st.sampled_from([0.0, 0.5]),
    classes=st.sampled_from([2, 3, 6]),
)
@settings(derandomize=True, max_examples=200, deadline=None)
def test_whatever_the_kinds_and_wherever_they_stand_equal_units_stay_equal(
    kinds, activation, seed, points, optimizer, share, l2, classes
):
    network = of_kinds(kinds, activation, seed, points, classes)
    batches = None if share is None else Batches(network, max(1, int(share * points)), seed)
    loop = descent(network, optimizer, batches)
    loop.run(Rates(0.01), l2, range(20), 100, lambda step, batch: None)
    for layer, kind in enumerate(kinds, 1):
        first = [kind.index(k) for k in kind]
        for part in (*network.parameters[layer - 1], network.parameters[layer][0].T):
            assert np.array_equal(part, part[first])


# That the tests above can fail


def test_a_difference_in_the_last_bit_is_seen(started, flower):
    network = started(flower, [4], "tanh", "constant", 0.1)
    W1, _ = network.parameters[0]
    W1[2, 0] = np.nextafter(0.1, 1.0)
    # One unit in the last place of 0.1 is 2^-56.
    assert symmetries(network) == [(2, 2.0**-56)]
    with pytest.raises(AssertionError, match="step 0"):
        assert_stays_symmetric(network, 300, 50)


def test_a_difference_that_no_one_could_see_is_the_whole_picture_after_a_thousand_steps(started, flower):
    network = started(flower, [4], "tanh", "constant", 0.1)
    W1, _ = network.parameters[0]
    W1[2, 0] += 2.0**-50
    descend(network, OPTIMIZERS["gd"], 1.2, range(1000), 1000, lambda step: None)
    found = symmetry(network, 1)
    assert found.spread > 1.0
    # The three others are still equal, bit for bit.
    assert found.classes == (0, 0, 1, 0)


def sums_from_another_example(dZ_rows, A, out):
    """dZ A^T where unit u begins its sum with example u: the same numbers, rounded in another order."""
    for u, (dz,) in enumerate(dZ_rows):
        for v, a in enumerate(A):
            out[u, v] = np.add.accumulate(np.roll(dz * a, -u))[-1]


def test_sums_in_another_order_are_seen_and_break_the_symmetry(started, monkeypatch):
    monkeypatch.setattr("app.engine.arithmetic.pair_sums", sums_from_another_example)
    network = started(make_points("flower", 101), [7], "tanh", "constant", 0.1)
    with pytest.raises(AssertionError, match="step 50"):
        assert_stays_symmetric(network, 300, 50)


def test_products_in_another_order_are_seen_and_break_the_symmetry(started, monkeypatch):
    def in_two_halves(W_rows, A, out_rows):
        """W A where every second unit adds its first two inputs and the others apart."""
        for u, (w,) in enumerate(W_rows):
            terms = w[:, None] * A
            groups = [terms[:2], terms[2:]] if u % 2 else [terms]
            out_rows[u, 0] = sum(np.add.accumulate(group)[-1] for group in groups if len(group))

    monkeypatch.setattr("app.engine.arithmetic.product", in_two_halves)
    # From one layer to the next five equal numbers are added, whose sum depends on the grouping.
    network = started(make_points("flower", 101), [5, 3], "tanh", "constant", 0.1)
    with pytest.raises(AssertionError, match="step 50"):
        assert_stays_symmetric(network, 300, 50)
