"""One example by hand, against the course's own matrix products; and its script, run by itself."""

import json
import subprocess
import sys

import numpy as np
import pytest

from app.engine.activations import ACTIVATIONS
from app.engine.inputs import FEATURES
from app.experiments.observe import View, observe
from app.experiments.panels.as_numpy import ACTIVATION_LINES, FEATURE_LINES, MOST_PARAMETERS
from app.experiments.panels.by_hand import SHOWN, by_hand
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from tests.experiments import textbook
from tests.experiments.known import LOST, D, edit, made
from tests.experiments.strategies import finite

DEEP = made(
    data={"name": "moons", "samples": 150},
    network={"hidden": [5, 3], "activation": ["relu", "tanh"]},
    init={"method": "he"},
    training={"learning_rate": 0.5},
)


def state_at(experiment, step):
    return advance(experiment, start(experiment), step)[0] if step else start(experiment)


def told(experiment, step, **view):
    """The panel's numbers at a step."""
    state = state_at(experiment, step)
    wanted = View(panel="by_hand", **view)
    observe(experiment, state, wanted)
    return by_hand(problem_of(experiment), state, wanted)


def parameters_at(experiment, step):
    return textbook.layers(state_at(experiment, step).theta, experiment.sizes)


def one_by_one(parameters, names, x, y):
    """Z, A, dZ of every layer for one example with the sigmoid's cross-entropy, as the course writes them."""
    Z, A = textbook.forward(parameters, names, x)
    dZ = [A[-1] - y]
    for l in range(len(parameters) - 1, 0, -1):
        dZ.insert(0, parameters[l][0].T @ dZ[0] * textbook.FUNCTIONS[names[l - 1]][1](Z[l - 1]))
    return Z, A, dZ


def close(shown, truth):
    np.testing.assert_allclose(np.array(shown), truth, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize(("experiment", "step"), [(D, 0), (D, 300), (DEEP, 40)])
@pytest.mark.parametrize("i", [0, 77])
def test_a_training_point_goes_forward_and_back_as_in_the_textbook(experiment, step, i):
    found = told(experiment, step, example=i)
    X, Y = textbook.points(experiment)
    x, y = X[:, [i]], Y[:, [i]]
    names = experiment.activations
    Z, A, dZ = one_by_one(parameters_at(experiment, step), names, x, y)
    assert (found["example"], found["label"]) == (i, y[0, 0])
    close(found["x"], x[:, 0])
    close(found["X"], x[:, 0])
    probability = A[-1][0, 0] if y[0, 0] == 1 else 1 - A[-1][0, 0]
    close(found["loss"], -np.log(probability))
    for l, layer in enumerate(found["layers"]):
        assert layer["shape"] == [Z[l].shape[0], A[l].shape[0]]
        close(layer["Z"], Z[l][:, 0])
        close(layer["A"], A[l + 1][:, 0])
        close(layer["dZ"], dZ[l][:, 0])
        close(layer["dW"], np.outer(dZ[l], A[l]))
        close(layer["db"], dZ[l][:, 0])
        if l < len(names):
            close(layer["slope"], textbook.FUNCTIONS[names[l]][1](Z[l])[:, 0])


@pytest.mark.parametrize(("experiment", "step"), [(D, 300), (DEEP, 40)])
def test_the_shares_of_all_examples_have_the_told_mean(experiment, step):
    X, _ = textbook.points(experiment)
    each = [told(experiment, step, example=i) for i in range(X.shape[1])]
    assert each[0]["batch"]["m"] == X.shape[1]
    close(each[0]["batch"]["loss"], np.mean([one["loss"] for one in each]))
    for l, layer in enumerate(each[0]["layers"]):
        close(layer["mean_dW"], np.mean([one["layers"][l]["dW"] for one in each], axis=0))
        close(layer["mean_db"], np.mean([one["layers"][l]["db"] for one in each], axis=0))


def test_a_typed_point_goes_the_same_way_as_a_training_point():
    X, Y = textbook.points(D)
    typed = told(D, 200, point=(float(X[0, 5]), float(X[1, 5]), int(Y[0, 5])))
    trained = told(D, 200, example=5)
    assert (typed["example"], typed["batch"]["holds"]) == (None, None)
    assert trained["batch"]["holds"]
    close(typed["loss"], trained["loss"])
    for one, other in zip(typed["layers"], trained["layers"], strict=True):
        for name in ("Z", "A", "dZ", "dW", "db", "mean_dW", "next_W"):
            close(one[name], other[name])


def test_a_typed_point_may_lie_anywhere():
    # By hand: zero weights give z = 0 and a = 1/2 everywhere, so dZ = 1/2 - 1 and the loss is ln 2.
    found = told(made(init={"method": "zeros"}), 0, point=(-30.0, 1e6, 1))
    close(found["X"], [-30, 1e6])
    close(found["layers"][1]["dZ"], [-0.5])
    close(found["loss"], np.log(2))


def test_features_and_normalization_stand_between_the_point_and_the_network():
    mixed = made(data={"standardize": True}, network={"features": ["x1*x2", "sin(x1)"]})
    X, _ = textbook.points(mixed)
    rows = np.stack([X[0], X[1], X[0] * X[1], np.sin(X[0])])
    mean, deviation = rows.mean(axis=1), rows.std(axis=1)
    for found, raw in (
        (told(mixed, 10, example=3), rows[:, 3]),
        (told(mixed, 10, point=(0.5, -2.0, 0)), [0.5, -2, -1, np.sin(0.5)]),
    ):
        close(found["made"], raw)
        close(found["mean"], mean)
        close(found["deviation"], deviation)
        close(found["X"], (raw - mean) / deviation)
        W, b = parameters_at(mixed, 10)[0]
        close(found["layers"][0]["Z"], W @ np.array(found["X"]) + b[:, 0])


def test_with_three_classes_the_output_is_a_softmax():
    blobs = made(data={"name": "blobs", "classes": 3, "samples": 60}, init={"method": "xavier"})
    found = told(blobs, 20, point=(1.0, -1.0, 2))
    (W1, b1), (W2, b2) = parameters_at(blobs, 20)
    A1 = np.tanh(W1 @ [[1.0], [-1.0]] + b1)
    Z2 = (W2 @ A1 + b2)[:, 0]
    chances = np.exp(Z2) / np.exp(Z2).sum()
    assert found["output"] == "softmax"
    close(found["Y"], [0, 0, 1])
    close(found["layers"][1]["A"], chances)
    close(found["loss"], -np.log(chances[2]))
    close(found["layers"][1]["dZ"], chances - [0, 0, 1])
    close(found["layers"][0]["dZ"], (W2.T @ (chances - [0, 0, 1])) * (1 - A1[:, 0] ** 2))


def test_with_the_squared_error_the_slope_of_the_sigmoid_stays():
    squared = made(training={"loss": "squared_error"}, init={"scale": 1})
    found = told(squared, 20, example=9)
    (a,), (z,) = found["layers"][1]["A"], found["layers"][1]["Z"]
    y = found["label"]
    # d/dz (a - y)^2 by central differences
    h = 1e-6
    slope = ((textbook.sigmoid(z + h) - y) ** 2 - (textbook.sigmoid(z - h) - y) ** 2) / (2 * h)
    assert found["layers"][1]["dZ"][0] == pytest.approx(slope, rel=1e-7)
    close(found["loss"], (a - y) ** 2)
    close(found["rest"], [1 - a])


def order_of(epoch, m, seed=0):
    return np.random.RandomState(seed + epoch).permutation(m)


@pytest.mark.parametrize("step", [0, 4, 13])
def test_with_batches_the_mean_is_that_of_the_batch_of_the_step(step):
    batched = made(training={"batch_size": 32})
    X, Y = textbook.points(batched)
    epoch, index = divmod(step, 13)  # 400 points: twelve batches of 32 and one of 16
    chosen = order_of(epoch, 400)[32 * index : 32 * index + 32]
    inside, outside = int(chosen[0]), int(np.setdiff1d(np.arange(400), chosen)[0])
    found = told(batched, step, example=inside)
    assert (found["batch"]["m"], found["batch"]["whole"]) == (len(chosen), False)
    assert found["batch"]["holds"]
    assert not told(batched, step, example=outside)["batch"]["holds"]
    parameters = parameters_at(batched, step)
    gradients = textbook.gradients(parameters, ["tanh"], X[:, chosen], Y[:, chosen])
    Z, _ = textbook.forward(parameters, ["tanh"], X[:, chosen])
    close(found["batch"]["loss"], textbook.cost(Z[-1], Y[:, chosen]))
    for layer, (dW, db) in zip(found["layers"], gradients, strict=True):
        close(layer["mean_dW"], dW)
        close(layer["mean_db"], db[:, 0])


@pytest.mark.parametrize("batch", [None, 50])
def test_l2_pulls_at_the_mean_of_dw_and_is_in_the_cost(batch):
    decayed = made(training={"l2": 0.7, "batch_size": batch}, init={"scale": 0.5})
    found = told(decayed, 3)
    X, Y = textbook.points(decayed)
    chosen = order_of(0, 400)[150:200] if batch else np.arange(400)
    parameters = parameters_at(decayed, 3)
    m = len(chosen)
    gradients = textbook.gradients(parameters, ["tanh"], X[:, chosen], Y[:, chosen])
    for layer, (dW, db), (W, _) in zip(found["layers"], gradients, parameters, strict=True):
        close(layer["mean_dW"], dW + 0.7 / m * W)
        close(layer["mean_db"], db[:, 0])
    assert found["l2"] == 0.7
    penalty = 0.7 / (2 * m) * sum((W**2).sum() for W, _ in parameters)
    close(found["batch"]["penalty"], penalty)
    close(found["batch"]["cost"], found["batch"]["loss"] + penalty)


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("batch", [None, 64])
def test_the_update_is_the_runs_next_step_bit_for_bit(optimizer, batch):
    run = made(training={"optimizer": optimizer, "batch_size": batch, "l2": 0.1, "learning_rate": 0.05})
    for step in (0, 1, 9):
        found = told(run, step)
        for layer, (W, b), (before, _) in zip(
            found["layers"], parameters_at(run, step + 1), parameters_at(run, step), strict=True
        ):
            assert layer["next_W"] == W.tolist()
            assert layer["next_b"] == b[:, 0].tolist()
            close(layer["change_W"], W - before)


def test_the_update_is_the_optimizers_alone_and_not_a_change_made_by_hand_after_it():
    edited = made(interventions=[edit(4, 9.0)])
    found, free = told(edited, 3), told(D, 3)
    assert found["layers"][0]["next_W"] == free["layers"][0]["next_W"]
    assert parameters_at(edited, 4)[0][0][0, 0] == 9.0


def test_settings_changed_in_mid_run_are_those_of_the_update():
    slowed = made(interventions=[{"step": 5, "set": {"learning_rate": 0.25, "l2": 0.5}}])
    assert [told(slowed, step)["rate"] for step in (4, 5)] == [1.2, 0.25]
    assert [told(slowed, step)["l2"] for step in (4, 5)] == [0.0, 0.5]
    close(told(slowed, 5)["layers"][0]["next_W"], parameters_at(slowed, 6)[0][0])


def test_a_run_that_is_over_has_no_next_step():
    resting = made(training={"stop_change": 0.5})
    assert state_at(resting, 3).converged
    assert all(layer["next_W"] is None for layer in told(resting, 3)["layers"])


@pytest.mark.parametrize("batch", [None, 32])
def test_looking_changes_nothing_of_the_run(batch):
    run = made(training={"batch_size": batch, "optimizer": "adam"})
    problem, state = problem_of(run), state_at(run, 12)
    view = View(panel="by_hand", point=(1.0, 1.0, 0))
    observe(run, state, view)
    gradient, theta = problem.network.gradient.copy(), state.theta.copy()
    by_hand(problem, state, view)
    np.testing.assert_array_equal(problem.network.gradient, gradient)
    np.testing.assert_array_equal(state.theta, theta)
    np.testing.assert_array_equal(advance(run, state, 20)[0].theta, state_at(run, 32).theta)


def test_logistic_regression_has_one_layer():
    found = told(made(network={"hidden": []}), 5, example=2)
    assert len(found["layers"]) == 1
    assert found["layers"][0]["slope"] is None


def test_of_a_large_network_the_first_rows_and_columns_travel():
    large = made(network={"hidden": [64] * 12}, init={"method": "xavier"})
    found = told(large, 0, script=True)
    (W, _) = parameters_at(large, 0)[3]
    layer = found["layers"][3]
    assert layer["shape"] == [64, 64]
    assert layer["W"] == W[:SHOWN, :SHOWN].tolist()
    assert len(json.dumps(found)) < 80_000
    assert found["parameters"] > MOST_PARAMETERS
    assert found["script"] is None


def test_numbers_beyond_the_floats_are_told_as_the_largest_ones():
    assert finite(told(LOST, 0, example=0))
    assert finite(told(LOST, 1, point=(1e6, 1e6, 0)))


def test_an_example_beyond_the_last_is_the_last():
    assert told(D, 0, example=9_999)["example"] == 399


# --- the script ---------------------------------------------------------------------------------------------


def printed(script):
    """What the script prints, in a process of its own that knows nothing of this project."""
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {
        name: np.array(json.loads(value))
        for name, value in (line.split(" = ") for line in done.stdout.splitlines())
    }


SCRIPTS = {
    **{g: made(network={"hidden": [3, 2], "activation": g}, init={"scale": 0.5}) for g in ACTIVATIONS},
    "the libraries' corner": made(
        network={"activation": "leaky_relu", "leak": 0.3, "relu_at_zero": 0},
        init={"method": ["zeros", "normal"], "scale": 0.5},
        training={"learning_rate": 0.001},
    ),
    "softmax": made(data={"name": "blobs", "classes": 4}, init={"scale": 0.5}, network={"hidden": [3]}),
    "squared error": made(training={"loss": "squared_error"}, init={"scale": 0.5}),
    "no hidden layer": made(network={"hidden": []}),
    "features": made(data={"standardize": True}, network={"features": list(FEATURES)}),
    "large random": made(init={"scale": 50}),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_prints_the_same_numbers(name):
    experiment = SCRIPTS[name]
    for view in ({"example": 7}, {"point": (0.31, -1.7, 1)}):
        found = told(experiment, 5, script=True, **view)
        shown = printed(found["script"])
        assert shown["loss"] == pytest.approx(found["loss"], rel=1e-12)
        assert len(shown) == 5 * len(found["layers"]) + 1
        for l, layer in enumerate(found["layers"], start=1):
            for part in ("Z", "A", "dZ", "dW", "db"):
                mine = np.array(layer[part]).reshape(shown[f"{part}{l}"][:SHOWN, :SHOWN].shape)
                theirs = shown[f"{part}{l}"][:SHOWN, :SHOWN]
                np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15, err_msg=f"{part}{l}")


def test_the_script_is_made_only_when_it_is_asked_for():
    assert told(D, 0)["script"] is None


def test_every_activation_and_every_feature_can_be_written_in_a_script():
    assert set(ACTIVATION_LINES) == set(ACTIVATIONS)
    assert set(FEATURE_LINES) == set(FEATURES)
