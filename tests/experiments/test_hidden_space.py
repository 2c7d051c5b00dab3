"""Hidden space: the points and the plane's grid where the textbook's own network puts them."""

import json

import numpy as np
import pytest

from app.api.messages import read_message
from app.experiments.check import ExperimentError
from app.experiments.frames import lane_frame
from app.experiments.observe import View
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from app.experiments.scales import axis_range
from tests.experiments import textbook
from tests.experiments.known import BURSTS, IDENTICAL, LOST, made
from tests.experiments.test_frames import unpacked


def space_at(experiment, step, layer=1, pair=(0, 1), boundary=100):
    """The panel's numbers with its arrays, and the textbook's layers at this step."""
    state, records = advance(experiment, start(experiment), step, 1)
    view = View(boundary=boundary, panel="hidden_space", layer=layer, pair=pair)
    header, arrays = unpacked(lane_frame(experiment, state, records, view, True))
    found = {name: arrays[f"panel.{name}"] for name in ("points", "grid")}
    return {**found, "shown": arrays["shown"], **header["panel"]}, textbook.layers(
        state.theta, experiment.sizes
    )


def grid_points(experiment):
    """x1 and x2 along the grid's lines, 21 along x1 from the lowest x2, then 21 along x2: (2, 42, 81)."""
    X, _ = textbook.points(experiment)
    sides = []
    for row in X:
        extent = row.max() - row.min()
        low, high = row.min() - 0.08 * extent, row.max() + 0.08 * extent
        cell = (high - low) / 81
        sides.append(low + cell / 2 + cell * np.arange(81))
    x1, x2 = sides
    along_x1 = [np.array([x1, np.full(81, at)]) for at in x2[::4]]
    along_x2 = [np.array([np.full(81, at), x2]) for at in x1[::4]]
    return np.stack(along_x1 + along_x2, axis=1)


CASES = {
    "the default": ({}, 1, (0, 1)),
    "two other units, the other way round": ({"network": {"hidden": [5]}}, 1, (4, 2)),
    "ReLU": ({"network": {"activation": "relu"}, "init": {"method": "he"}}, 1, (3, 1)),
    "a second layer of another kind": (
        {"network": {"hidden": [4, 3], "activation": ["leaky_relu", "sigmoid"]}, "init": {"method": "he"}},
        2,
        (0, 2),
    ),
    "the inputs": ({}, 0, (0, 1)),
}


@pytest.mark.parametrize(("parts", "layer", "pair"), CASES.values(), ids=CASES)
def test_points_and_grid_lie_where_the_textbook_puts_them(parts, layer, pair):
    experiment = made(**parts, training={"learning_rate": 0.1})
    found, parameters = space_at(experiment, 30, layer, pair)
    X, Y = textbook.points(experiment)
    _, A = textbook.forward(parameters, experiment.activations, X)
    assert found["points"].dtype == np.float32
    assert found["points"] == pytest.approx(A[layer][list(pair)][:, found["shown"]], rel=1e-6, abs=1e-7)
    # In the order of `shown`: the classes one after the other.
    assert np.diff(Y[0, found["shown"]]).min() == 0
    plane = grid_points(experiment)
    _, carried = textbook.forward(parameters, experiment.activations, plane.reshape(2, -1))
    expected = carried[layer][list(pair)].reshape(2, 42, 81)
    assert found["grid"] == pytest.approx(expected, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("pair", [(0, 1), (1, 0)])
def test_the_line_is_where_the_output_is_undecided_and_parts_the_predictions(pair):
    experiment = made(network={"hidden": [4, 2]}, init={"method": "xavier"}, training={"learning_rate": 0.5})
    found, parameters = space_at(experiment, 400, 2, pair)
    W, b = parameters[-1]
    ends = np.array(found["line"])
    for end in ends:  # w1 a1 + w2 a2 + b = 0, so that the sigmoid is one half
        assert W[0, list(pair)] @ end + b[0, 0] == pytest.approx(0, abs=1e-9)
    X, _ = textbook.points(experiment)
    _, A = textbook.forward(parameters, experiment.activations, X)
    (x, y), (dx, dy) = ends[0], ends[1] - ends[0]
    side = dx * (found["points"][1] - y) - dy * (found["points"][0] - x)  # left of the line or right of it
    guessed = A[-1][0, found["shown"]] > 0.5
    assert np.all((side > 0) == guessed) or np.all((side > 0) != guessed)
    assert 0 < guessed.sum() < guessed.size


def test_without_a_hidden_layer_the_line_is_the_boundary_in_the_plane():
    experiment = made(network={"hidden": []}, data={"name": "moons"})
    found, parameters = space_at(experiment, 200, 0)
    W, b = parameters[0]
    for end in np.array(found["line"]):
        assert W[0] @ end + b[0, 0] == pytest.approx(0, abs=1e-9)


NO_LINE = {
    "three units": ({"network": {"hidden": [3]}}, 1),
    "a layer that is not the last": ({"network": {"hidden": [2, 2]}}, 1),
    "the output": ({"network": {"hidden": [2]}}, 2),
    "more than two classes": ({"network": {"hidden": [2]}, "data": {"name": "blobs", "classes": 3}}, 1),
    "no weights": ({"network": {"hidden": [2]}, "init": {"method": "zeros"}}, 1),
    "a line outside of the picture": (
        {
            "network": {"hidden": [2]},
            "init": {
                "method": "explicit",
                "parameters": [
                    {"W": [[1, 0], [0, 1]], "b": [0, 0]},
                    {"W": [[1, 1]], "b": [3]},  # a1 + a2 = -3, where both are at least -1
                ],
            },
        },
        1,
    ),
}


@pytest.mark.parametrize(("parts", "layer"), NO_LINE.values(), ids=NO_LINE)
def test_there_is_no_line(parts, layer):
    assert space_at(made(**parts), 0, layer)[0]["line"] is None


def test_equal_units_lie_on_the_diagonal():
    found, _ = space_at(IDENTICAL, 50)
    assert np.array_equal(found["points"][0], found["points"][1])
    assert np.array_equal(found["grid"][0], found["grid"][1])
    assert found["ranges"][0] == found["ranges"][1]
    assert np.ptp(found["points"]) > 1


def test_a_single_unit_is_drawn_over_x1():
    experiment = made(network={"hidden": [1]})
    found, parameters = space_at(experiment, 20)
    X, _ = textbook.points(experiment)
    _, A = textbook.forward(parameters, experiment.activations, X)
    assert found["sizes"] == [2, 1, 1]
    assert found["pair"] == [0, 0]
    assert found["points"][0] == pytest.approx(X[0, found["shown"]], rel=1e-6)
    assert found["points"][1] == pytest.approx(A[1][0, found["shown"]], rel=1e-6)
    assert found["grid"][0] == pytest.approx(grid_points(experiment)[0], rel=1e-6, abs=1e-6)


def test_what_the_network_does_not_have_falls_back_to_what_it_has():
    experiment = made(network={"hidden": [5, 3]})
    for layer, pair, shown in [
        (13, (0, 1), (3, [0, 0])),
        (2, (3, 1), (2, [0, 1])),
        (2, (0, 63), (2, [0, 1])),
        (2, (2, 1), (2, [2, 1])),
        (0, (1, 2), (0, [0, 1])),
    ]:
        found, _ = space_at(experiment, 0, layer, pair)
        assert (found["layer"], found["pair"]) == shown


@pytest.mark.parametrize(
    ("activation", "low", "high"),
    [("tanh", -1, 1), ("sigmoid", 0, 1), ("relu", 0, None), ("linear", None, None)],
)
def test_the_axes_are_those_of_the_activation_and_hold_everything(activation, low, high):
    experiment = made(network={"activation": activation}, init={"method": "he"})
    found, _ = space_at(experiment, 3)
    ends = found["ranges"][0]
    assert found["ranges"] == [ends, ends]
    assert low is None or ends[0] == low
    assert high is None or ends[1] == high
    assert found["grid"].min() >= ends[0]
    assert found["grid"].max() <= ends[1]


def test_an_axis_without_bounds_moves_in_steps_each_side_by_itself():
    assert axis_range(None, np.array([0.3, 2.4])) == (0.0, 5.0)
    assert axis_range(None, np.array([-0.03, 2.0])) == (-0.05, 2.0)
    assert axis_range(None, np.array([-7.0, -2.0])) == (-10.0, 0.0)
    assert axis_range(None, np.zeros(3)) == (-1.0, 1.0)


def test_features_and_normalization_are_part_of_the_inputs():
    experiment = made(network={"features": ["x1^2"]}, data={"standardize": True})
    found, _ = space_at(experiment, 0, 0, (0, 2))
    X, _ = textbook.points(experiment)
    made_of = np.array([X[0], X[0] ** 2])
    expected = (made_of - made_of.mean(axis=1, keepdims=True)) / made_of.std(axis=1, keepdims=True)
    assert found["points"] == pytest.approx(expected[:, found["shown"]], rel=1e-5, abs=1e-6)


def test_at_most_400_points_and_only_those_that_train():
    experiment = made(data={"samples": 2000, "test": 0.25})
    found, _ = space_at(experiment, 0)
    assert found["points"].shape == (2, 400)
    assert found["shown"].max() < 1500


@pytest.mark.parametrize("experiment", [BURSTS, LOST], ids=["bursts", "lost"])
@pytest.mark.parametrize("layer", [0, 1, 13])
def test_numbers_beyond_float32_stay_finite(experiment, layer):
    found, _ = space_at(experiment, 600, layer)  # it diverges long before, and stays where it was finite
    assert np.isfinite(found["points"]).all()
    assert np.isfinite(found["grid"]).all()
    assert np.isfinite(found["ranges"]).all()


def test_the_largest_network_fits_its_frame_and_has_a_coarser_grid():
    experiment = made(network={"hidden": [64] * 12}, data={"samples": 10_000}, init={"method": "xavier"})
    view = View(boundary=100, maps=60, units=64, panel="hidden_space", layer=12, pair=(62, 63))
    lane = lane_frame(experiment, start(experiment), [], view, False)
    header, arrays = unpacked(lane)
    assert len(lane.buffers) <= 120_000
    lines, along = arrays["panel.grid"].shape[1:]
    assert along % 4 == 1
    assert lines == 2 * (along // 4 + 1)
    assert along < 81
    assert header["panel"]["pair"] == [62, 63]
    assert problem_of(experiment).network.m == 10_000


@pytest.mark.parametrize(
    ("field", "value"),
    [("layer", -1), ("layer", 14), ("layer", 1.5), ("pair", [0]), ("pair", [0, 64]), ("pair", "01")],
)
def test_what_cannot_be_shown_is_refused(field, value):
    with pytest.raises(ExperimentError) as refused:
        read_message(json.dumps({"type": "look", "view": {field: value}}))
    assert refused.value.errors[0].field.startswith(f"view.{field}")
