"""Where the weights start: known streams, known factors, and a stream that does not depend on the method."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from app.engine.initializers import INITIALIZERS, initial_weights

EVERY = pytest.mark.parametrize("method", INITIALIZERS)
NORMAL = [name for name, row in INITIALIZERS.items() if not row.uniform]
UNIFORM = [name for name, row in INITIALIZERS.items() if row.uniform]


def bits(weights):
    return [W.tobytes() for W in weights]


@EVERY
def test_every_layer_has_the_shape_of_its_units_and_inputs(method):
    weights = initial_weights((2, 5, 3, 1), [method] * 3, 0.5, seed=1)
    assert [W.shape for W in weights] == [(5, 2), (3, 5), (1, 3)]
    assert all(W.dtype == np.float64 and np.isfinite(W).all() for W in weights)


@EVERY
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(method):
    first, again, other = (bits(initial_weights((2, 4, 1), [method] * 2, 0.5, seed)) for seed in (1, 1, 2))
    assert first == again
    assert (first == other) == (method in ("zeros", "constant"))


@EVERY
def test_the_scale_matters_exactly_where_the_row_says_so(method):
    # Half the scale is half of every weight, exactly.
    whole, half = (initial_weights((3, 4, 1), [method] * 2, scale, seed=5) for scale in (0.5, 0.25))
    factor = 2.0 if INITIALIZERS[method].uses_scale else 1.0
    assert all(np.array_equal(W, factor * V) for W, V in zip(whole, half, strict=True))


def test_zero_is_zero_and_identical_is_the_scale():
    # Not the negative zero either, which would show as "-0" in a table of weights.
    for W in initial_weights((2, 4, 1), ["zeros"] * 2, 0.5, seed=1):
        assert W.tobytes() == bytes(W.nbytes)
    for W in initial_weights((2, 4, 1), ["constant"] * 2, 0.1, seed=1):
        assert set(W.ravel()) == {0.1}


def test_small_random_is_numpys_legacy_normal_stream():
    # The first four standard normal numbers of RandomState(1), in row-major order.
    [W] = initial_weights((2, 2), ["normal"], 1.0, seed=1)
    expected = [[1.62434536, -0.61175641], [-0.52817175, -1.07296862]]
    np.testing.assert_allclose(W, expected, rtol=0, atol=5e-9)


def test_uniform_is_numpys_legacy_uniform_stream_on_either_side_of_zero_or_above():
    # RandomState(1) starts with 0.417022 and 0.72032449; twice that less 1 is -0.165956 and 0.44064899.
    [positive] = initial_weights((2, 1), ["positive_uniform"], 10.0, seed=1)
    np.testing.assert_allclose(positive, [[4.17022005, 7.20324493]], rtol=0, atol=5e-9)
    [centred] = initial_weights((2, 1), ["uniform"], 10.0, seed=1)
    np.testing.assert_allclose(centred, [[-1.65955991, 4.40648987]], rtol=0, atol=5e-9)


@pytest.mark.parametrize("method", UNIFORM)
def test_uniform_weights_fill_their_interval(method):
    # Of 4,000 numbers the outermost are within a hundredth of the ends, and none is outside.
    [W] = initial_weights((100, 40), [method], 3.0, seed=1)
    low = 0.0 if method == "positive_uniform" else -3.0
    assert low <= W.min() < low + 0.03
    assert 2.97 < W.max() < 3.0


@pytest.mark.parametrize(
    ("method", "sizes", "factor"),
    [
        ("xavier", (4, 3), 0.5),  # sqrt(1 / 4)
        ("xavier", (16, 9), 0.25),  # sqrt(1 / 16)
        ("glorot", (5, 3), 0.5),  # sqrt(2 / (3 + 5))
        ("glorot", (1, 1), 1.0),  # sqrt(2 / (1 + 1))
        ("glorot", (30, 2), 0.25),  # sqrt(2 / (2 + 30))
        ("he", (2, 7), 1.0),  # sqrt(2 / 2)
        ("he", (8, 3), 0.5),  # sqrt(2 / 8)
    ],
)
def test_the_size_of_xavier_glorot_and_he_follows_the_layers(method, sizes, factor):
    # Powers of two, so that the product has no rounding.
    [draws] = initial_weights(sizes, ["normal"], 1.0, seed=3)
    [W] = initial_weights(sizes, [method], 123.0, seed=3)
    assert np.array_equal(W, draws * factor)


@pytest.mark.parametrize("method", NORMAL)
def test_the_method_of_one_layer_leaves_the_other_layers_as_they_were(method):
    _, second, third = initial_weights((2, 4, 3, 1), [method, "normal", "he"], 0.5, seed=7)
    _, second_of_normal, third_of_normal = initial_weights((2, 4, 3, 1), ["normal", "normal", "he"], 0.5, 7)
    assert bits([second, third]) == bits([second_of_normal, third_of_normal])


def test_an_unknown_method_is_answered_with_the_choices():
    with pytest.raises(ValueError, match=r"init.method must be one of constant, .*, zeros; got 'kaiming'"):
        initial_weights((2, 1), ["kaiming"], 1.0, seed=1)


@EVERY
def test_the_formula_is_well_formed_and_shows_the_scale_that_is_used(method):
    row = INITIALIZERS[method]
    formula = ElementTree.fromstring(row.formula)
    assert formula.tag == "math"
    letters = [element.text for element in formula.iter("mi")]
    assert ("s" in letters) == row.uses_scale
    assert ("𝒰" in letters) == row.uniform
