"""What is said of a layer: its kinds of units, how far apart, how alike, how alive."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.engine.activations import ACTIVATIONS, Kink
from app.engine.diagnostics import alike, health, norm, spread, symmetry
from app.engine.network import Network

LARGEST = 1.7976931348623157e308


def of_units(*units):
    """A 2-n-1 network; every unit is (weight of x1, weight of x2, bias, outgoing weight)."""
    network = Network(np.ones((2, 1)), np.ones((1, 1)), [len(units)], [ACTIVATIONS["tanh"]])
    (W1, b1), (W2, _) = network.parameters
    numbers = np.array(units)
    W1[:], b1[:], W2[:] = numbers[:, :2], numbers[:, 2:3], numbers[:, 3:].T
    return network


# Symmetry

UNIT = (0.5, -1.0, 0.25, 2.0)


def test_equal_units_are_one_kind_and_nothing_apart():
    found = symmetry(of_units(UNIT, UNIT, UNIT), 1)
    assert (found.distinct, found.spread, found.classes) == (1, 0.0, (0, 0, 0))


def test_kinds_are_numbered_as_they_appear():
    other, third = (0.5, -1.0, 0.25, 2.5), (0.0, 0.0, 0.0, 0.0)
    found = symmetry(of_units(UNIT, other, UNIT, third, other), 1)
    assert found.classes == (0, 1, 0, 2, 1)
    assert found.distinct == 3
    # The outgoing weights 2.5 and 0 are furthest apart.
    assert found.spread == 2.5


@pytest.mark.parametrize("number", range(4), ids=["W x1", "W x2", "bias", "outgoing"])
def test_a_difference_in_any_number_makes_a_kind(number):
    other = list(UNIT)
    other[number] += 0.125
    found = symmetry(of_units(UNIT, tuple(other)), 1)
    assert (found.distinct, found.spread) == (2, 0.125)


def test_minus_zero_is_zero():
    found = symmetry(of_units((0.0, -0.0, 0.0, -0.0), (-0.0, 0.0, -0.0, 0.0)), 1)
    assert (found.distinct, found.spread, found.classes) == (1, 0.0, (0, 0))


def test_a_unit_alone_is_one_kind():
    assert symmetry(of_units(UNIT), 1).distinct == 1
    assert symmetry(of_units(UNIT), 1).spread == 0.0


def test_every_layer_is_asked_for_itself():
    # The second layer's units are equal; the first layer's are too as long as they are heard alike.
    network = Network(np.ones((2, 1)), None, [3, 2], [ACTIVATIONS["tanh"]] * 2)
    assert [symmetry(network, layer).distinct for layer in (1, 2)] == [1, 1]
    W2, _ = network.parameters[1]
    W2[:] = [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    assert [symmetry(network, layer).classes for layer in (1, 2)] == [(0, 0, 1), (0, 0)]


def test_the_spread_of_the_largest_numbers_is_finite():
    # 1e308 - (-1e308) is more than a float can hold.
    network = of_units((1e308, 0.0, 0.0, 0.0), (-1e308, 0.0, 0.0, 0.0))
    with np.errstate(all="raise"):
        assert spread(network, 1) == LARGEST


numbers = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1.0, 5e-324])


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.just(4)), elements=numbers))
@settings(derandomize=True, deadline=None)
def test_one_kind_is_no_spread_and_no_spread_is_one_kind(units):
    found = symmetry(of_units(*units), 1)
    assert (found.distinct == 1) == (found.spread == 0.0)
    assert found.distinct == len(set(found.classes)) == max(found.classes) + 1


# Alike


def test_alike_by_hand():
    # About their means (-1, 0, 1) and (-4, -1, 5) / 3: the product is 3, the squares 2 and 42 / 9, and
    # 3 / sqrt(28 / 3) = 0.981981.
    assert alike(np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 4.0]])) == pytest.approx(0.9819805060619657, rel=1e-15)


def test_units_that_have_nothing_to_do_with_each_other():
    assert alike(np.array([[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0]])) == 0.0


def test_of_several_units_the_most_different_two_count():
    # The first two are equal, the third has nothing to do with either.
    rows = [[1.0, 0.0, -1.0, 0.0], [1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0]]
    assert alike(np.array(rows)) == 0.0


@given(
    arrays(np.float64, st.integers(2, 60), elements=st.floats(-1, 1)).filter(lambda a: np.ptp(a) > 1e-6),
    st.lists(st.sampled_from([1.0, -1.0]), min_size=2, max_size=9),
)
@settings(derandomize=True, deadline=None)
def test_equal_units_and_mirror_images_are_exactly_1_alike(row, signs):
    assert alike(np.array([sign * row for sign in signs])) == 1.0


@pytest.mark.parametrize("factor", [1e-300, 1e-20, 3.0, 1e300])
def test_how_large_a_unit_is_does_not_matter(factor):
    rows = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 4.0]])
    with np.errstate(over="raise", invalid="raise"):
        scaled = alike(np.array([rows[0] * factor, rows[1]]))
    assert scaled == pytest.approx(0.9819805060619657, rel=1e-12)


def test_there_is_no_saying_of_a_unit_alone_or_of_one_that_never_varies():
    assert alike(np.array([[1.0, 2.0, 3.0]])) is None
    assert alike(np.array([[1.0, 2.0, 3.0], [0.5, 0.5, 0.5]])) is None
    assert alike(np.zeros((4, 10))) is None


# Health


def of_slope(activation, weights, points, kink=Kink()):
    """A 1-n-1 network that has seen ``points`` forward and backward; outgoing weights 1, labels 0."""
    network = Network(
        np.array([points], dtype=float),
        np.zeros((1, len(points))),
        [len(weights)],
        [ACTIVATIONS[activation]],
        kink,
    )
    (W1, _), (W2, _) = network.parameters
    W1[:, 0], W2[:] = weights, 1.0
    network.forward()
    network.backward()
    return network


def test_a_slope_under_one_hundredth_is_saturated():
    # The slope of tanh is 1 at 0, 0.0120 at 2.9 and 0.0099 at 3; Z is twice that for the second unit.
    assert health(of_slope("tanh", [1.0], [0.0, 2.9, 3.0, -3.0]), 1).saturated == 0.5
    assert health(of_slope("tanh", [1.0, 2.0], [0.0, 2.9, 3.0, -3.0]), 1).saturated == 0.625


def test_the_sigmoid_saturates_later():
    # Its slope is 0.0102 at 4.57 and 0.0099 at 4.6.
    assert health(of_slope("sigmoid", [1.0], [4.57, 4.6]), 1).saturated == 0.5


def test_a_relu_unit_that_is_off_at_every_point_is_dead():
    # On positive points a negative weight is always off; one point of the other sign brings it back.
    assert health(of_slope("relu", [1.0, -1.0, -2.0], [1.0, 2.0]), 1).dead == 2
    assert health(of_slope("relu", [1.0, -1.0, -2.0], [1.0, -2.0]), 1).dead == 0


@pytest.mark.parametrize(("at_zero", "dead"), [(1, 0), (0, 1)])
def test_a_relu_unit_that_stands_at_the_corner_is_dead_if_the_slope_there_is_0(at_zero, dead):
    assert health(of_slope("relu", [0.0], [1.0, 2.0], Kink(at_zero=at_zero)), 1).dead == dead


@pytest.mark.parametrize("activation", [name for name, row in ACTIVATIONS.items() if not row.can_die])
def test_no_other_unit_dies(activation):
    # At -1000 even the slopes of tanh and sigmoid are 0 in floats: that is saturation.
    assert health(of_slope(activation, [-1.0, -500.0], [1.0, 2.0]), 1).dead == 0


def test_a_leaky_unit_is_neither_dead_nor_saturated_by_its_leak():
    assert health(of_slope("leaky_relu", [-1.0], [1.0, 2.0]), 1).saturated == 0.0


def test_the_gradient_norm_is_that_of_the_layers_weights():
    # Linear, W[1] = (0, 0): A[2] = 1/2 and dZ = 1/2 at the points 1 and 3 for both units, so each dW is
    # (1/2 + 3/2) / 2 = 1, and the norm sqrt(2).
    assert health(of_slope("linear", [0.0, 0.0], [1.0, 3.0]), 1).gradient_norm == pytest.approx(2**0.5)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0, 4.0], 5.0),
        ([0.0, -0.0], 0.0),
        ([3e200, -4e200], 5e200),
        ([3e-200, 4e-200], 5e-200),
        ([5e-324, 0.0], 5e-324),
        ([1.0, np.inf], np.inf),
    ],
)
def test_a_norm_neither_overflows_nor_vanishes(values, expected):
    with np.errstate(over="raise", invalid="raise"):
        assert norm(np.array([values])) == pytest.approx(expected, rel=1e-15)


def test_the_norm_of_what_is_no_number_is_none():
    assert np.isnan(norm(np.array([1.0, np.nan])))
