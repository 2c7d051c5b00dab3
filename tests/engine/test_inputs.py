"""From points to inputs: features worked by hand, and normalization by the points that train."""

import math

import numpy as np
import pytest

from app.engine.inputs import FEATURES, normalization_of, with_features

POINTS = np.array([[3.0, math.pi / 2, -0.5], [-2.0, 0.0, 4.0]])

WORKED = {
    "x1^2": [9.0, math.pi**2 / 4, 0.25],
    "x2^2": [4.0, 0.0, 16.0],
    "x1*x2": [-6.0, 0.0, -2.0],
    "sin(x1)": [0.1411200080598672, 1.0, -0.479425538604203],
    "sin(x2)": [-0.9092974268256817, 0.0, -0.7568024953079282],
}


def test_the_features_are_those_of_the_contract_in_its_order():
    assert list(FEATURES) == list(WORKED)


@pytest.mark.parametrize("name", WORKED)
def test_a_feature_by_hand(name):
    np.testing.assert_allclose(with_features(POINTS, [name])[2], WORKED[name], rtol=1e-14)


def test_the_features_stand_beneath_the_coordinates_in_the_order_given():
    made = with_features(POINTS, ["sin(x2)", "x1^2"])
    assert made.shape == (4, 3)
    np.testing.assert_array_equal(made[:2], POINTS)
    np.testing.assert_allclose(made[2:], [WORKED["sin(x2)"], WORKED["x1^2"]], rtol=1e-14)


def test_without_features_the_inputs_are_the_points():
    np.testing.assert_array_equal(with_features(POINTS, []), POINTS)


def test_an_unknown_feature_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"network\.features must be one of .*x1\^2.*; got 'x1\^3'"):
        with_features(POINTS, ["x1^3"])


def test_normalization_by_hand():
    # 1, 2, 3, 6: mean 3, squared deviations 4 + 1 + 0 + 9 = 14, and 14 / 4 = 3.5 (not 14 / 3).
    found = normalization_of(np.array([[1.0, 2.0, 3.0, 6.0], [0.0, 0.0, 1.0, 1.0]]))
    assert found.mean.tolist() == [[3.0], [0.5]]
    np.testing.assert_allclose(found.deviation, [[math.sqrt(3.5)], [0.5]], rtol=1e-15)
    # Other points are shifted and scaled by the same numbers.
    np.testing.assert_allclose(
        found.apply(np.array([[3.0, 10.0], [1.0, -1.0]])),
        [[0.0, 7 / math.sqrt(3.5)], [1.0, -3.0]],
        rtol=1e-15,
    )


def test_normalized_inputs_have_mean_0_and_deviation_1():
    X = np.random.RandomState(1).standard_normal((5, 333)) * [[1], [1e-6], [1e6], [3], [0.1]] + 7
    made = normalization_of(X).apply(X)
    np.testing.assert_allclose(made.mean(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(np.mean(made**2, axis=1), 1, rtol=1e-9)
