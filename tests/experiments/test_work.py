"""The prediction of how long a run takes: more work is never said to take less time."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experiments.schema import parse
from app.experiments.work import points_of, seconds_per_step

HIDDEN = st.lists(st.integers(1, 63), min_size=1, max_size=11)


def seconds(hidden, samples=400):
    return seconds_per_step(parse(json.dumps({"network": {"hidden": hidden}, "data": {"samples": samples}})))


@given(HIDDEN, st.data(), st.integers(2, 9999))
def test_a_wider_layer_a_repeated_layer_and_more_points_take_longer(hidden, data, samples):
    usual = seconds(hidden, samples)
    layer = data.draw(st.integers(0, len(hidden) - 1))
    assert seconds([n + (i == layer) for i, n in enumerate(hidden)], samples) > usual
    assert seconds([*hidden[: layer + 1], *hidden[layer:]], samples) > usual
    assert seconds(hidden, samples + 1) > usual


@pytest.mark.parametrize(("hidden", "low", "high"), [([4], 5e-6, 1e-4), ([64] * 12, 2e-3, 2e-1)])
def test_the_prediction_has_the_right_order_of_magnitude(hidden, low, high):
    assert low < seconds(hidden) < high


def seconds_of(**parts):
    return seconds_per_step(parse(json.dumps(parts)))


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({"training": {"batch_size": 64}}, {}),
        ({"training": {"batch_size": 1}}, {"training": {"batch_size": 64}}),
        ({}, {"training": {"stop_change": 1e-6}}),
        ({"training": {"batch_size": 1}}, {"training": {"batch_size": 1, "stop_change": 1e-6}}),
        ({"data": {"test": 0.4}}, {}),
        ({}, {"network": {"features": ["x1^2"]}}),
        ({"data": {"name": "blobs"}}, {"data": {"name": "blobs", "classes": 3}}),
    ],
)
def test_what_is_more_work_is_said_to_take_longer(less, more):
    assert seconds_of(**less) < seconds_of(**more)


def test_own_points_are_counted():
    assert points_of(parse('{"data": {"points": [[0, 0, 0], [1, 1, 1], [2, 2, 1]], "samples": 50}}')) == 3
    assert points_of(parse('{"data": {"samples": 50}}')) == 50
    assert points_of(parse('{"data": {"samples": 50, "validation": 0.2, "test": 0.2}}')) == 30
