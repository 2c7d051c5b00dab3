"""The tab of the activation functions: g and g' against the formulas, and where a network's Z lie."""

import numpy as np
import pytest

from app.experiments.frames import lane_frame
from app.experiments.observe import View
from app.experiments.run import advance, start
from tests.experiments import textbook
from tests.experiments.known import BURSTS, made
from tests.experiments.test_frames import unpacked


def functions_at(experiment, step=0):
    """The tab's numbers and arrays by name, and the parameters."""
    state, records = advance(experiment, start(experiment), step, 1)
    header, arrays = unpacked(lane_frame(experiment, state, records, View(panel="functions"), False))
    found = {
        name.removeprefix("panel."): array for name, array in arrays.items() if name.startswith("panel.")
    }
    return {**found, **header["panel"]}, textbook.layers(state.theta, experiment.sizes)


def at(found, name, z):
    """g, g' and the tangent's ends at a z of the grid."""
    (column,) = np.flatnonzero(found["z"] == z)
    return found[f"curve_{name}"][:, column].tolist()


def test_z_goes_from_minus_10_to_10_in_steps_of_a_twentieth():
    z = functions_at(made())[0]["z"]
    assert len(z) == 401
    assert (z[0], z[200], z[400]) == (-10.0, 0.0, 10.0)
    assert np.diff(z) == pytest.approx(np.full(400, 0.05))


# z, g(z), g'(z), worked out by hand.
VALUES = {
    "sigmoid": [(0, 0.5, 0.25), (-2.5, 0.07585818, 0.07010371), (-10, 4.5397868e-5, 4.5395807e-5)],
    "tanh": [(0, 0.0, 1.0), (1, 0.76159416, 0.41997434), (10, 1.0, 8.2446145e-9)],
    "relu": [(-10, 0.0, 0.0), (0, 0.0, 1.0), (2.5, 2.5, 1.0)],
    "leaky_relu": [(-10, -0.1, 0.01), (0, 0.0, 1.0), (2.5, 2.5, 1.0)],
    "linear": [(-2.5, -2.5, 1.0), (0, 0.0, 1.0)],
}


@pytest.mark.parametrize(("name", "values"), VALUES.items(), ids=VALUES)
def test_g_and_its_slope_are_those_of_the_formula_and_the_tangent_touches(name, values):
    found, _ = functions_at(made(network={"activation": name}))
    for z, g, slope in values:
        expected = [g, slope, g - 2 * slope, g + 2 * slope]
        assert at(found, name, z) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_the_slope_of_the_corner_and_the_leak_are_the_chosen_ones():
    found, _ = functions_at(made(network={"activation": "leaky_relu", "leak": 0.25, "relu_at_zero": 0}))
    assert at(found, "leaky_relu", -4)[:2] == [-1.0, 0.25]
    assert at(found, "leaky_relu", 0)[:2] == [0.0, 0.25]


def test_every_activation_in_use_travels_once():
    found, _ = functions_at(made(network={"hidden": [2, 2, 2], "activation": ["tanh", "relu", "tanh"]}))
    names = sorted(name for name in found if name.startswith("curve_"))
    assert names == ["curve_relu", "curve_sigmoid", "curve_tanh"]
    assert [layer["activation"] for layer in found["layers"]] == ["tanh", "relu", "tanh", "sigmoid"]
    assert [layer["output"] for layer in found["layers"]] == [False, False, False, True]


def test_the_histogram_counts_every_unit_at_every_example():
    experiment = made(network={"hidden": [5, 3]}, init={"method": "normal", "scale": 3.0})
    found, parameters = functions_at(experiment, 20)
    X, _ = textbook.points(experiment)
    Z, _ = textbook.forward(parameters, experiment.activations, X)
    assert found["share"].shape == (3, 80)
    assert found["edges"].tolist() == [k / 4 - 10 for k in range(81)]
    for layer, share in enumerate(found["share"]):
        values = Z[layer].ravel()
        assert share.sum() == pytest.approx(1.0, abs=1e-6)
        # Eight columns of a quarter lie between -1 and 1; the first has all there is below -9.75.
        assert share[36:44].sum() == pytest.approx(np.mean((values >= -1) & (values < 1)), abs=1e-6)
        assert share[0] == pytest.approx(np.mean(values < -9.75), abs=1e-6)
        assert found["layers"][layer]["beyond"] == pytest.approx(np.mean(np.abs(values) > 10))
        slope = (
            1 / np.cosh(values) ** 2
            if layer < 2
            else np.exp(-np.abs(values)) / (1 + np.exp(-np.abs(values))) ** 2
        )
        assert found["layers"][layer]["flat"] == pytest.approx(np.mean(slope < 0.01))
    assert 0 < found["layers"][0]["beyond"] < 1


def test_logistic_regression_is_a_sigmoid_and_its_z_lie_on_it():
    found, ((W, b),) = functions_at(made(network={"hidden": []}), 20)
    X, _ = textbook.points(made())
    assert [layer["activation"] for layer in found["layers"]] == ["sigmoid"]
    assert found["share"][0, 40:].sum() == pytest.approx(np.mean(W @ X + b >= 0), abs=1e-6)


def test_a_softmax_has_no_curve_of_one_z():
    found, _ = functions_at(made(data={"name": "blobs", "classes": 3}))
    assert [layer["activation"] for layer in found["layers"]] == ["tanh"]
    found, _ = functions_at(made(data={"name": "blobs", "classes": 3}, network={"hidden": []}))
    assert found["layers"] == []
    assert found["share"].shape == (0, 80)


def test_what_bursts_is_counted_beyond():
    found, _ = functions_at(BURSTS, 600)
    assert found["layers"][0]["beyond"] > 0.5
    assert found["share"].sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-6)


def test_the_most_there_can_be_fits_its_frame():
    activations = ["sigmoid", "tanh", "relu", "leaky_relu", "linear"] * 2 + ["tanh"] * 2
    experiment = made(network={"hidden": [64] * 12, "activation": activations}, init={"method": "xavier"})
    view = View(boundary=100, maps=60, units=64, panel="functions")
    assert len(lane_frame(experiment, start(experiment), [], view, False).buffers) <= 120_000
