"""One lane's frame: exact middles, sizes within their limits, and nothing lost on the way."""

import json
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experiments.frames import (
    MAX_CARRIED,
    lane_frame,
    layer_range,
    norms,
    on_scale,
    record_spacing,
    travel,
)
from app.experiments.observe import View, observe
from app.experiments.problem import problem_of
from app.experiments.run import Record, advance, start
from app.experiments.schema import parse
from tests.experiments import textbook
from tests.experiments.known import made
from tests.experiments.strategies import experiments

D = parse("{}")
LOOK = View(boundary=30, maps=12, units=8, activations=True)


def unpacked(lane):
    """The arrays of a lane's frame by name, and its header as JSON brings it."""
    header = json.loads(json.dumps(lane.header, allow_nan=False))
    arrays = {}
    for name, (offset, kind, shape) in header["buffers"].items():
        assert offset % 8 == 0
        dtype = np.dtype("<" + kind)
        arrays[name] = np.frombuffer(lane.buffers, dtype, math.prod(shape), offset).reshape(shape)
    return header, arrays


def frame_at(experiment, step, view=LOOK, every=1, scene=False):
    state, records = advance(experiment, start(experiment), step, every)
    return unpacked(lane_frame(experiment, state, records, view, scene))


# --- bytes on a scale ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (-5e-300, 5e-300), (-2e300, 2e300), (-0.2, 0.2)]
)
def test_ends_and_middle_of_a_scale_are_exact(low, high):
    middle = (low + high) / 2
    assert on_scale(np.array([low, middle, high]), low, high).tolist() == [0, 127, 254]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_probability_of_one_half_is_the_middle_colour_and_its_neighbours_lean_their_way(dtype):
    half = np.array([0.5, 0.5 - 1 / 508 * 1.01, 0.5 + 1 / 508 * 1.01], dtype)
    assert on_scale(half, 0.0, 1.0).tolist() == [127, 126, 128]


def test_what_lies_beyond_a_scale_is_its_end_and_what_is_no_number_its_middle():
    values = np.array([-2.0, 2.0, -np.inf, np.inf, np.nan])
    assert on_scale(values, -1.0, 1.0).tolist() == [0, 254, 0, 254, 127]


@given(st.floats(1e-290, 1e290), st.lists(st.floats(-1, 1), min_size=1, max_size=20))
def test_a_byte_tells_its_value_to_half_a_step(high, shares):
    values = np.array(shares) * high
    back = (on_scale(values, -high, high).astype(float) - 127) / 127
    assert np.abs(back - values / high).max() <= 0.5 / 127 * (1 + 1e-9)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_opposite_values_have_opposite_colours(values):
    high = layer_range(None, [np.array(values)])[1]
    plus, minus = (on_scale(sign * np.array(values), -high, high).astype(int) for sign in (1, -1))
    assert (plus + minus == 254).all()


# --- scales -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("largest", "end"),
    [
        (1.0, 1),
        (1.01, 2),
        (2.0, 2),
        (3.0, 5),
        (5.0, 5),
        (5.1, 10),
        (0.03, 0.05),
        (9e-31, 1e-30),
        (0.2, 0.2),
        (7e40, 1e41),
    ],
)
def test_an_unbounded_layer_has_the_next_1_2_or_5(largest, end):
    low, high = layer_range(None, [np.array([0.0, -largest])])
    assert high == pytest.approx(end)
    assert low == -high


def test_a_bounded_layer_has_its_bounds_whatever_its_values():
    assert layer_range((-1.0, 1.0), [np.array([1e-9])]) == (-1.0, 1.0)
    assert layer_range((0.0, 1.0), []) == (0.0, 1.0)


@pytest.mark.parametrize("values", [[0.0, 0.0], [], [1e-320], [np.nan]])
def test_a_layer_without_any_size_has_a_scale_all_the_same(values):
    assert layer_range(None, [np.array(values)]) == (-1.0, 1.0)


@given(st.floats(1e-299, 1.7e308))
def test_the_largest_value_is_on_the_scale_and_not_lost_on_it(largest):
    low, high = layer_range(None, [np.array([largest])])
    if largest <= 1e300:
        assert largest <= high * (1 + 1e-11)
        assert high <= largest * 2.5 * (1 + 1e-9)
    assert math.isfinite(high - low)


# --- what a frame holds -------------------------------------------------------------------------------------


def test_the_header_says_what_the_observation_says():
    header, _ = frame_at(D, 300)
    seen = observe(D, advance(D, start(D), 300)[0], View(activations=True))
    assert header["step"] == 300
    assert header["cost"] == seen.cost
    assert header["accuracy"] == seen.accuracy
    assert header["settings"] == {
        "learning_rate": 1.2,
        "l2": 0.0,
        "beta": 0.9,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
    }
    assert header["held_back"] == {}
    assert header["converged"] is False
    assert header["gradient_norm"] == seen.gradient_norm
    assert header["diverged"] is None
    assert header["symmetry"] == [json.loads(json.dumps(vars(layer))) for layer in seen.symmetry]
    assert header["health"] == [vars(layer) for layer in seen.health]
    assert header["sentence"].startswith("Step 300: all 4 units different; ")
    assert header["ranges"] == [[-1.0, 1.0], [0.0, 1.0]]


def test_the_weights_of_a_frame_are_the_states_to_the_last_bit():
    state, _ = advance(D, start(D), 300)
    _, arrays = unpacked(lane_frame(D, state, [], LOOK, False))
    parts = [arrays[name] for name in ("W1", "b1", "W2", "b2")]
    assert [part.dtype for part in parts] == [np.float64] * 4
    own = [part for layer in textbook.layers(state.theta, D.sizes) for part in layer]
    assert [part.tobytes() for part in parts] == [part.tobytes() for part in own]


def test_probabilities_maps_and_activations_are_the_networks():
    experiment = made(data={"name": "moons"}, network={"hidden": [5, 3]}, init={"method": "he"})
    header, arrays = frame_at(experiment, 100, scene=True)
    X, Y = textbook.points(experiment)
    parameters = [(arrays[f"W{i}"], arrays[f"b{i}"][:, None]) for i in (1, 2, 3)]
    _, A = textbook.forward(parameters, ["tanh"] * 2, X)
    np.testing.assert_allclose(arrays["probability"], A[-1][0], rtol=1e-6)
    np.testing.assert_array_equal(arrays["points"], X)
    np.testing.assert_array_equal(arrays["labels"], Y[0])
    for i in (1, 2, 3):
        low, high = header["ranges"][i - 1]
        expected = (A[i][:, arrays["shown"]] - low) / (high - low) * 254
        assert np.abs(arrays[f"A{i}"] - expected).max() <= 0.501
    x1, x2 = (np.linspace(low, high, 25)[1::2] for low, high in header["plane"].values())
    cells = np.stack([part.ravel() for part in np.meshgrid(x1, x2)])
    _, over = textbook.forward(parameters, ["tanh"] * 2, cells)
    for i in (1, 2):
        expected = (over[i].reshape(-1, 12, 12) + 1) / 2 * 254
        assert np.abs(arrays[f"maps{i}"] - expected).max() <= 0.51


def test_points_come_in_their_parts_those_that_train_first():
    experiment = made(data={"name": "moons", "samples": 100, "validation": 0.2, "test": 0.1})
    header, arrays = frame_at(experiment, 50, scene=True)
    problem = problem_of(experiment)
    assert header["parts"] == [70, 20, 10]
    order = [*problem.train, *problem.validation, *problem.test]
    X, Y = textbook.points(experiment)
    np.testing.assert_array_equal(arrays["points"], X[:, order])
    np.testing.assert_array_equal(arrays["labels"], Y[0, order])
    _, A = textbook.forward([(arrays[f"W{i}"], arrays[f"b{i}"][:, None]) for i in (1, 2)], ["tanh"], X)
    np.testing.assert_allclose(arrays["probability"], A[-1][0, order], rtol=1e-6)
    right = (arrays["probability"] > 0.5) == (arrays["labels"] == 1)
    assert header["accuracy"] == right[:70].mean()
    assert header["held_back"]["validation"]["accuracy"] == right[70:90].mean()
    assert header["held_back"]["test"]["accuracy"] == right[90:].mean()


def test_of_many_classes_the_most_probable_one_travels_with_its_probability():
    experiment = made(data={"name": "spiral", "classes": 4}, network={"hidden": [6]}, init={"method": "he"})
    header, arrays = frame_at(experiment, 300, scene=True)
    seen = observe(experiment, advance(experiment, start(experiment), 300)[0], LOOK)
    np.testing.assert_array_equal(arrays["predicted"], seen.probability.argmax(axis=0))
    np.testing.assert_allclose(arrays["probability"], seen.probability.max(axis=0), rtol=1e-6)
    assert set(arrays["labels"].tolist()) == {0, 1, 2, 3}
    assert header["accuracy"] == np.mean(arrays["predicted"] == arrays["labels"])
    assert arrays["winner"].shape == arrays["boundary"].shape == (30, 30)
    np.testing.assert_array_equal(arrays["winner"], seen.boundary.argmax(axis=0))
    assert len(set(arrays["winner"].ravel().tolist())) == 4
    # Of four classes the most probable one has at least a quarter: 63.5 of 254.
    assert arrays["boundary"].min() >= 63
    assert arrays["A2"].shape[0] == arrays["W2"].shape[0] == 4


def test_the_weights_in_view_are_those_between_units_in_view_and_all_inputs():
    experiment = made(network={"hidden": [5, 3]}, init={"method": "he"})
    _, whole = frame_at(experiment, 0, View(units=64))
    for units in (1, 2, 4):
        _, arrays = frame_at(experiment, 0, View(units=units))
        np.testing.assert_array_equal(arrays["W1"], whole["W1"][:units])
        np.testing.assert_array_equal(arrays["b1"], whole["b1"][:units])
        np.testing.assert_array_equal(arrays["W2"], whole["W2"][:units, :units])
        np.testing.assert_array_equal(arrays["W3"], whole["W3"][:, :units])


def test_what_is_not_looked_at_does_not_travel():
    _, arrays = frame_at(D, 3, View())
    assert sorted(arrays) == ["W1", "W2", "b1", "b2", "history", "norms", "probability"]


def test_points_and_labels_travel_with_the_scene_only():
    assert {"points", "labels", "shown"} <= set(frame_at(D, 3, scene=True)[1])
    assert not {"points", "labels", "shown"} & set(frame_at(D, 3)[1])


def test_the_history_has_a_row_for_each_record_with_the_spread_of_each_layer():
    experiment = made(network={"hidden": [3, 2]}, init={"method": "he"})
    _, records = advance(experiment, start(experiment), 30, 10)
    _, arrays = frame_at(experiment, 30, every=10)
    nothing = [math.nan] * 5  # neither batches nor points held back
    np.testing.assert_array_equal(
        arrays["history"], [[r.step, r.cost, r.accuracy, *nothing, *r.spreads] for r in records]
    )
    assert arrays["history"].shape == (3, 10)


def test_the_history_tells_the_batch_and_what_is_held_back():
    experiment = made(training={"batch_size": 64}, data={"validation": 0.2})
    _, records = advance(experiment, start(experiment), 30, 10)
    rows = frame_at(experiment, 30, every=10)[1]["history"]
    for row, record in zip(rows, records, strict=True):
        validation = record.held_back["validation"]
        told = [record.step, record.cost, record.accuracy, record.batch_cost]
        told += [validation.cost, validation.accuracy, math.nan, math.nan, *record.spreads]
        np.testing.assert_array_equal(row, told)


# One full-batch step in plain matrix products, and one batch of the course's order with its own L2.
MINI = made(
    network={"hidden": [5, 3], "activation": ["tanh", "sigmoid"]},
    init={"method": "xavier"},
    training={"batch_size": 64, "l2": 0.7, "learning_rate": 0.5},
)


@pytest.mark.parametrize("experiment", [D, MINI], ids=["full batch", "batches and L2"])
def test_the_norms_are_those_of_the_gradient_that_the_update_uses_and_of_the_activations(experiment):
    step = 8  # of 400 points in batches of 64, the second of epoch 1
    state, _ = advance(experiment, start(experiment), step)
    _, records = advance(experiment, state, 1, 1)
    X, Y = textbook.points(experiment)
    names, parameters = experiment.activations, textbook.layers(state.theta, experiment.sizes)
    size, l2 = experiment.training.batch_size, experiment.training.l2
    batch = np.random.RandomState(1).permutation(400)[64:128] if size else np.arange(400)
    found = textbook.gradients(parameters, names, X[:, batch], Y[:, batch])
    gradients = [
        np.linalg.norm(dW + l2 / len(batch) * W) for (dW, _), (W, _) in zip(found, parameters, strict=True)
    ]
    _, A = textbook.forward(parameters, names, X)
    expected = [*gradients, *(np.sqrt(np.mean(layer**2)) for layer in A[1:])]
    _, arrays = unpacked(lane_frame(experiment, state, records, View(), False))
    np.testing.assert_allclose(10.0 ** arrays["norms"].astype(float), [expected], rtol=1e-5)


def test_a_norm_of_zero_is_minus_infinity_and_no_size_is_lost_to_float32():
    by_layer = ((0.0, 1e-60), (1e60, 1.0))
    rows = norms([Record(0, 0.5, 0.5, None, {}, (0.0,), *by_layer)], 2)
    np.testing.assert_allclose(rows, [[-np.inf, -60, 60, 0]])
    assert rows.dtype == np.float32


def test_no_records_are_an_empty_table():
    assert frame_at(D, 0)[1]["history"].shape == (0, 8)


def test_a_spread_in_the_history_is_the_largest_difference_between_two_units():
    experiment = made(init={"method": "constant", "scale": 0.5}, interventions=[
        {"step": 0, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": 0.25}}
    ])  # fmt: skip
    assert frame_at(experiment, 1)[1]["history"][0, 8] == 0.25


# --- sizes --------------------------------------------------------------------------------------------------

HUGE = {"samples": 10_000}
MANY = {"name": "spiral", "classes": 6, "samples": 10_000, "validation": 0.2, "test": 0.2}
EXTREMES = {
    "12 layers of 64": ([64] * 12, {}, "tanh"),
    "12 layers of 64 on 10,000 points": ([64] * 12, HUGE, "relu"),
    "one layer of 64 on 10,000 points": ([64], HUGE, "tanh"),
    "two layers of 64": ([64, 64], {}, "tanh"),
    "no layers on 10,000 points": ([], HUGE, "tanh"),
    "12 layers of one unit": ([1] * 12, {}, "linear"),
    "12 layers of 64 on 10,000 points of 6 classes in three parts": ([64] * 12, MANY, "relu"),
    "no layers on 10,000 points of 6 classes in three parts": ([], MANY, "tanh"),
}


@pytest.mark.parametrize("units", [1, 8, 64])
@pytest.mark.parametrize(("hidden", "data", "activation"), EXTREMES.values(), ids=EXTREMES)
def test_a_running_lane_never_exceeds_128_kB_nor_its_header_4_kB_more(hidden, data, activation, units):
    features = ["x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)"] if "classes" in data else []
    experiment = made(
        network={"hidden": hidden, "activation": activation, "features": features},
        data=data,
        init={"method": "he"},
    )
    by_layer = (0.1,) * (len(hidden) + 1)
    record = Record(1, 0.5, 0.5, None, {}, (0.1,) * len(hidden), by_layer, by_layer)
    view = View(boundary=100, maps=60, units=units, activations=True)
    chunk = travel(experiment, start(experiment), 0, 1, view, [record] * 350, False)
    header, arrays = unpacked(chunk.lane)
    assert len(chunk.lane.buffers) <= 120_000
    assert 2 * (len(chunk.lane.buffers) + len(json.dumps(header))) <= 256_000
    assert arrays["boundary"].shape[0] >= 12
    assert all(arrays[f"maps{i + 1}"].shape[0] >= 1 for i in range(len(hidden)))
    for i, n in enumerate(hidden):
        assert arrays[f"A{i + 1}"].shape[0] == n
        assert arrays[f"W{i + 1}"].dtype == np.float64


def test_the_default_experiment_is_shown_as_asked():
    _, arrays = frame_at(D, 0, View(boundary=100, maps=60, units=8, activations=True))
    assert arrays["boundary"].shape == (100, 100)
    assert arrays["maps1"].shape == (4, 60, 60)
    assert arrays["A1"].shape == (4, 400)


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 64), max_size=6),
    st.integers(2, 2000),
    st.integers(0, 100),
    st.integers(0, 60),
    st.integers(1, 64),
    st.booleans(),
)
def test_the_examples_of_the_scene_are_those_of_every_later_view(
    hidden, samples, side, maps, units, activations
):
    # ``shown`` travels with the scene only, and the view may change afterwards.
    experiment = made(network={"hidden": hidden}, data={"samples": samples})
    scene = unpacked(
        lane_frame(experiment, start(experiment), [], View(side, maps, units, activations), True)
    )[1]
    later = unpacked(lane_frame(experiment, start(experiment), [], View(activations=True), False))[1]
    for layer in range(1, len(hidden) + 2):
        assert later[f"A{layer}"].shape[1] == len(scene["shown"])


def test_carried_records_are_thinned_from_first_to_last():
    records = [
        Record(step, 0.5, 0.5, None, {}, (0.1,), (0.1,) * 2, (0.1,) * 2) for step in range(5 * MAX_CARRIED)
    ]
    chunk = travel(D, start(D), 0, 1, None, records, False)
    steps = [r.step for r in chunk.records]
    assert MAX_CARRIED / 4 <= len(steps) <= MAX_CARRIED / 2
    assert steps[0] == 0
    assert len({b - a for a, b in pairwise(steps)}) == 1
    assert steps[-1] > 0.98 * 5 * MAX_CARRIED
    assert chunk.lane is None


# --- travelling ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 100, 101, 200, 201, 500, 501, 1000, 12_345, 1_000_000])
def test_a_chunk_has_at_most_a_hundred_records_at_round_steps(steps):
    spacing = record_spacing(steps)
    assert steps <= 100 * spacing
    assert spacing == 1 or steps > 100 * spacing / 2.5
    assert str(spacing).strip("0") in {"1", "2", "5"}


def test_travelling_with_a_view_is_advancing_and_looking():
    chunk = travel(D, start(D), 30, 10, LOOK, [], False)
    state, records = advance(D, start(D), 30, 10)
    assert chunk.state.theta.tobytes() == state.theta.tobytes()
    assert chunk.lane == lane_frame(D, state, records, LOOK, False)
    assert chunk.records == []
    assert chunk.advance_ms >= 0


def test_records_that_no_frame_has_brought_are_carried_on():
    first = travel(D, start(D), 20, 10, None, [], False)
    assert first.lane is None
    assert [r.step for r in first.records] == [0, 10]
    second = travel(D, first.state, 20, 10, LOOK, first.records, False)
    _, arrays = unpacked(second.lane)
    assert arrays["history"][:, 0].tolist() == [0, 10, 20, 30]


@settings(max_examples=60)
@given(experiments(), st.integers(0, 40), st.booleans())
def test_any_frame_can_be_read(experiment, step, scene):
    header, arrays = frame_at(experiment, step, scene=scene)
    hidden = experiment.network.hidden
    assert arrays["boundary"].shape == (30, 30)
    assert arrays["probability"].shape[0] == textbook.points(experiment)[0].shape[1]
    assert [arrays[f"W{i + 1}"].shape for i in range(len(hidden) + 1)] == [
        (n, before) for before, n in pairwise(experiment.sizes)
    ]
    assert len(header["ranges"]) == len(hidden) + 1
    assert all(low < high for low, high in header["ranges"])
