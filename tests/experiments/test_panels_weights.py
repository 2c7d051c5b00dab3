"""The tab of weights and gradients: what is in view, and what linear layers come to."""

import numpy as np
import pytest

from app.experiments.frames import lane_frame
from app.experiments.observe import View, observe
from app.experiments.panels.weights import weights
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from tests.experiments import textbook
from tests.experiments.known import D, made

LOOK = View(panel="weights")


def panel_at(experiment, step=0, view=LOOK):
    state, _ = advance(experiment, start(experiment), step)
    observe(experiment, state, view)
    return weights(problem_of(experiment), state, view), state


def tables(panel):
    """W, b, dW and db of every layer, as much as is in view."""
    values, at, found = panel["values"], 0, []
    for layer in panel["layers"]:
        rows, columns = layer["rows"], layer["columns"]
        parts = []
        for width in (columns, 1, columns, 1):
            parts.append(values[at : at + rows * width].reshape(rows, width))
            at += rows * width
        found.append(parts)
    assert at == len(values)
    return found


L2 = made(
    network={"hidden": [5, 3], "activation": ["relu", "sigmoid"]}, init={"method": "he"}, training={"l2": 0.8}
)


@pytest.mark.parametrize("experiment", [D, L2], ids=["default", "two layers and L2"])
def test_the_tables_are_the_textbooks_gradients_and_the_states_weights(experiment):
    panel, state = panel_at(experiment, 40)
    X, Y = textbook.points(experiment)
    parameters, l2 = textbook.layers(state.theta, experiment.sizes), experiment.training.l2
    found = textbook.gradients(parameters, experiment.activations, X, Y)
    _, A = textbook.forward(parameters, experiment.activations, X)
    for i, (shown, (W, b), (dW, db)) in enumerate(zip(tables(panel), parameters, found, strict=True)):
        dW = dW + l2 / 400 * W
        for mine, theirs in zip(shown, (W, b, dW, db), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-14)
        layer = panel["layers"][i]
        assert layer["norm"] == pytest.approx(np.sqrt((W**2).sum()), rel=1e-12)
        assert layer["gradient_norm"] == pytest.approx(np.sqrt((dW**2).sum()), rel=1e-9)
        assert layer["activation"] == pytest.approx(np.sqrt((A[i + 1] ** 2).mean()), rel=1e-9)


@pytest.mark.parametrize(
    ("corner", "unit", "input"), [((0, 0), 0, 0), ((8, 3), 8, 3), ((63, 63), 56, 12), ((10, 0), 10, 0)]
)
def test_the_corner_moves_what_is_in_view_and_stays_inside(corner, unit, input):
    experiment = made(network={"hidden": [20, 64]}, init={"method": "xavier"})
    panel, state = panel_at(experiment, 0, View(panel="weights", units=8, corner=corner))
    W, b = textbook.layers(state.theta, experiment.sizes)[1]
    layer = panel["layers"][1]
    assert (layer["unit"], layer["input"], layer["rows"], layer["columns"]) == (unit, input, 8, 8)
    shown = tables(panel)[1]
    np.testing.assert_array_equal(shown[0], W[unit : unit + 8, input : input + 8])
    np.testing.assert_array_equal(shown[1], b[unit : unit + 8])


# The last layers of lesson 7, and one of three classes.
LINEAR = {
    "[4]": made(network={"hidden": [4], "activation": "linear"}),
    "[10, 10, 10]": made(
        network={"hidden": [10] * 3, "activation": "linear"},
        init={"method": "normal", "scale": 0.3, "bias": 0.2},
        training={"learning_rate": 0.5},
    ),
    "three classes": made(
        network={"hidden": [5, 3], "activation": "linear"},
        data={"name": "blobs", "classes": 3},
        init={"method": "xavier"},
        training={"learning_rate": 0.1},
    ),
}


@pytest.mark.parametrize("experiment", LINEAR.values(), ids=LINEAR)
def test_the_collapsed_layer_gives_the_networks_answers(experiment):
    panel, state = panel_at(experiment, 200)
    one = panel["collapsed"]
    X, _ = textbook.points(experiment)
    Z = np.array(one["W"]) @ X + np.array(one["b"])[:, None]
    if experiment.data.classes == 2:
        answers = 1 / (1 + np.exp(-Z))
    else:
        answers = np.exp(Z - Z.max(axis=0)) / np.exp(Z - Z.max(axis=0)).sum(axis=0)
    network = observe(experiment, state, View()).probability
    np.testing.assert_allclose(answers, network, rtol=1e-9, atol=1e-12)
    assert one["difference"] <= 1e-12


@pytest.mark.slow
def test_the_collapsed_weights_of_lesson_7_are_found_at_step_10_000():
    one = panel_at(LINEAR["[10, 10, 10]"], 10_000)[0]["collapsed"]
    np.testing.assert_allclose(one["W"], [[0.028091, -0.203185]], atol=2e-6)
    np.testing.assert_allclose(one["b"], [0.015555], atol=2e-6)


def test_a_frame_tells_the_one_layer_whichever_tab_is_open():
    experiment = made(network={"hidden": [5, 3], "activation": "linear"}, init={"method": "xavier"})
    state, _ = advance(experiment, start(experiment), 30)
    W, b = lane_frame(experiment, state, [], View(), False).header["one_layer"]
    (W1, b1), (W2, b2), (W3, b3) = textbook.layers(state.theta, experiment.sizes)
    np.testing.assert_allclose(W, W3 @ W2 @ W1, rtol=1e-12)
    np.testing.assert_allclose(b, W3 @ (W2 @ b1 + b2) + b3, rtol=1e-12)
    for others in (D, made(network={"hidden": [], "activation": "linear"})):
        assert "one_layer" not in lane_frame(others, start(others), [], View(), False).header


def test_only_linear_layers_collapse():
    mixed = made(network={"hidden": [3, 3], "activation": ["linear", "tanh"]})
    assert panel_at(mixed)[0]["collapsed"] is None
    assert panel_at(made(network={"hidden": []}))[0]["collapsed"] is None


def multiples(c, layers=10, **more):
    W = [[c, 0], [0, c]]
    parameters = [{"W": W, "b": [0, 0]}] * layers + [{"W": [[c, 0]], "b": [0]}]
    return made(
        network={"hidden": [2] * layers, "activation": "linear"},
        init={"method": "explicit", "parameters": parameters},
        **more,
    )


@pytest.mark.parametrize("c", [1.5, 0.5, -2.0, 1.0])
def test_ten_layers_of_c_I_multiply_by_c_to_the_tenth(c):
    panel, _ = panel_at(multiples(c))
    assert (panel["powers"]["c"], panel["powers"]["layers"]) == (c, 10)
    assert panel["powers"]["grown"] == pytest.approx(abs(c) ** 10, rel=1e-12)
    X, _ = textbook.points(multiples(c))
    sizes = [layer["activation"] for layer in panel["layers"][:10]]
    expected = [abs(c) ** layer * np.sqrt((X**2).mean()) for layer in range(1, 11)]
    np.testing.assert_allclose(sizes, expected, rtol=1e-12)


def test_other_layers_are_no_power():
    assert panel_at(multiples(0.5, training={"learning_rate": 0.1}), 1)[0]["powers"] is None
    assert panel_at(LINEAR["[4]"])[0]["powers"] is None


def test_a_network_beyond_the_floats_is_said_in_json():
    experiment = made(
        network={"hidden": [64] * 12, "activation": "linear"}, init={"method": "normal", "scale": 100}
    )
    state = start(experiment)
    lane = lane_frame(experiment, state, [], View(panel="weights"), False)
    assert lane.header["panel"]["collapsed"]["W"]
    assert np.isfinite(weights(problem_of(experiment), state, View())["values"]).all()
