"""Check my backprop: each planted mistake is named rightly, and correct work is right however it lies."""

import json

import numpy as np
import pytest

from app.experiments.checks.gradients import check_gradients
from app.experiments.checks.layouts import read_given
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from app.experiments.schema import parse
from tests.experiments import naive

STEPS = 30
SMALL = {"name": "moons", "samples": 40}
NETS = {
    f"{g} {len(hidden)}": {
        "data": SMALL,
        "network": {"hidden": hidden, "activation": g},
        "init": {"method": "xavier", "bias": 0.3},
    }
    for g in ("tanh", "sigmoid", "relu")
    for hidden in ([4], [4, 4])
}
NETS["softmax"] = {
    "data": {"name": "blobs", "samples": 30, "classes": 3},
    "network": {"hidden": [5]},
    "init": {"method": "xavier", "bias": 0.3},
}


def run_of(net, step=STEPS):
    experiment = parse(json.dumps(net))
    state, _ = advance(experiment, start(experiment), step)
    problem = problem_of(experiment)
    problem.network.load(state.theta)
    W = [None, *(W.copy() for W, _ in problem.network.parameters)]
    b = [None, *(b.copy() for _, b in problem.network.parameters)]
    X, Y = problem.network.A[0].copy(), problem.network.Y.copy()
    return experiment, state, W, b, X, Y


def homework(net, slip=None, step=STEPS, **changes):
    experiment, state, W, b, X, Y = run_of(net, step)
    training = experiment.training
    found = naive.step(
        *(W, b, X, Y),
        **{"hidden": experiment.network.activation, "l2": training.l2, "rate": training.learning_rate}
        | {"slip": slip, "classes": experiment.data.classes}
        | changes,
    )
    return experiment, state, found


def check(experiment, state, arrays, parameters=None, tolerance=1e-6):
    def lists(names):
        return {name: np.asarray(arrays[name]).tolist() for name in arrays if name[0] in names}

    as_lists = {name: np.asarray(value).tolist() for name, value in (parameters or {}).items()}
    given = read_given(experiment, as_lists, lists("ZA"), lists("d"))
    return check_gradients(experiment, state, given, tolerance)


def row(told, name):
    return next(row for row in told["arrays"] if row["name"] == name)


def gradients_of(found):
    return {name: value for name, value in found.items() if name.startswith(("dW", "db"))}


def transposed(found):
    """The same work with the examples as rows."""
    return {name: value.T for name, value in found.items()}


# --- correct work -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", NETS.values(), ids=list(NETS))
@pytest.mark.parametrize("part", ["all", "gradients", "dW1"])
def test_correct_work_is_right_with_examples_as_columns_and_as_rows(net, part):
    experiment, state, found = homework(net)
    chosen = {"all": found, "gradients": gradients_of(found), "dW1": {"dW1": found["dW1"]}}[part]
    for work, layout in ((chosen, "columns"), (transposed(chosen), "rows")):
        told = check(experiment, state, work)
        assert told["right"], told["says"]
        assert told["first"] is None
        assert [r["relative_error"] < 1e-10 for r in told["arrays"]] == [True] * len(chosen)
        assert told["layout"] == layout


def test_weights_as_columns_beside_examples_as_rows_are_right_too():
    experiment, state, found = homework(NETS["tanh 2"])
    turned = transposed(found) | {name: found[name] for name in found if name.startswith("dW")}
    assert check(experiment, state, turned)["right"]


@pytest.mark.parametrize("rows", [False, True])
def test_given_parameters_are_the_ones_used(rows):
    experiment, state, *_, X, Y = run_of(NETS["tanh 1"])
    random = np.random.RandomState(3)
    W = [None, random.randn(4, 2), random.randn(1, 4)]
    b = [None, random.randn(4, 1), random.randn(1, 1)]
    found = naive.step(W, b, X, Y)
    parameters = {"W1": W[1], "b1": b[1], "W2": W[2], "b2": b[2]}
    if rows:
        found, parameters = transposed(found), transposed(parameters)
    told = check(experiment, state, found, parameters)
    assert told["right"], told["says"]
    assert not check(experiment, state, found)["right"]


def test_a_start_of_ones_own_is_no_mistake_in_what_is_computed_from_it():
    experiment, state, *_, X, Y = run_of(NETS["tanh 1"])
    random = np.random.RandomState(3)
    W = [None, random.randn(4, 2), random.randn(1, 4)]
    b = [None, random.randn(4, 1), random.randn(1, 1)]
    told = check(
        experiment,
        state,
        gradients_of(naive.step(W, b, X, Y)),
        {"W1": W[1], "b1": b[1], "W2": W[2], "b2": b[2]},
    )
    assert told["right"]
    assert [r["name"] for r in told["arrays"]][:4] == ["W1", "b1", "W2", "b2"]
    W1 = row(told, "W1")
    assert (W1["right"], W1["numbers_right"], W1["first_wrong"]["index"]) == (True, False, [0, 0])
    assert W1["first_wrong"]["yours"] == W[1][0, 0]
    assert told["says"] == "What you computed is right; your W1, b1, W2, b2 are not the run's of step 30."


def parameters_of(W, b):
    return {f"{kind}{l}": one[l] for l in range(1, len(W)) for kind, one in (("W", W), ("b", b))}


@pytest.mark.parametrize("net", ["tanh 1", "relu 2", "softmax"])
def test_parameters_are_compared_with_the_runs(net):
    experiment, state, W, b, *_ = run_of(NETS[net])
    own = parameters_of(W, b)
    assert check(experiment, state, {}, own)["right"]
    assert check(experiment, state, {}, transposed(own))["layout"] == "rows"
    assert check(experiment, state, {}, transposed(own))["right"]
    wrong = own | {"W2": own["W2"] + 9}
    told = check(experiment, state, {}, wrong)
    assert (told["right"], told["first"]) == (False, "W2")
    assert row(told, "W2")["relative_error"] == pytest.approx(9 / np.abs(W[2]).max())
    assert row(told, "W2")["first_wrong"] == {
        "index": [0, 0], "yours": W[2][0, 0] + 9, "ours": pytest.approx(W[2][0, 0]),
    }  # fmt: skip
    assert row(told, "W2")["cause"] is None
    assert told["says"] == "Look at W2 first: These are not the run's numbers of step 30."
    assert [r["right"] for r in told["arrays"]] == [name != "W2" for name in own]


def test_parameters_of_a_wrong_shape_are_answered_and_the_runs_are_taken():
    experiment, state, W, b, X, Y = run_of(NETS["tanh 1"])
    own = parameters_of(W, b)
    told = check(experiment, state, {}, own | {"W1": W[1].T})
    assert (told["first"], row(told, "W1")["shape"]) == ("W1", "transposed")
    assert row(told, "W1")["cause"]["cause"] == "transposed"
    told = check(experiment, state, {}, own | {"b1": b[1].ravel()})
    assert (told["right"], row(told, "b1")["shape"], row(told, "b1")["cause"]["cause"]) == (
        True,
        *["rank_1"] * 2,
    )
    told = check(experiment, state, naive.step(W, b, X, Y), own | {"W1": np.ones((3, 3))})
    assert (told["first"], row(told, "W1")["shape"]) == ("W1", "other")
    assert [r["name"] for r in told["arrays"] if not r["right"]] == ["W1"]
    assert (
        told["says"] == "Look at W1 first: It is (3, 3) instead of (4, 2). The run's own was taken instead."
    )


@pytest.mark.parametrize("beside", [False, True])
def test_what_a_lost_keepdims_makes_of_a_bias_is_named(beside):
    experiment, state, W, b, X, Y = run_of(NETS["tanh 1"])
    found = naive.step(W, b, X, Y, slip="keepdims")
    after = b[1] - 1.2 * found["db1"]  # (4, 1) - (4,)
    assert after.shape == (4, 4)
    told = check(experiment, state, gradients_of(naive.step(W, b, X, Y)) if beside else {}, {"b1": after})
    assert (told["first"], row(told, "b1")["cause"]["cause"]) == ("b1", "bias_broadcast")
    told = check(experiment, state, {"db1": found["db1"] + np.zeros((4, 1))})
    assert row(told, "db1")["cause"]["cause"] == "bias_broadcast"
    told = check(experiment, state, {"db1": np.random.RandomState(0).randn(4, 4)})
    assert row(told, "db1")["cause"] is None


def test_other_parameters_are_named_where_their_numbers_are_known():
    experiment, state, W, b, *_ = run_of(NETS["tanh 2"])
    for step, cause in ((STEPS + 1, "after_update"), (0, "start")):
        _, _, V, c, *_ = run_of(NETS["tanh 2"], step)
        told = check(experiment, state, {}, parameters_of(V, c))
        assert {r["cause"]["cause"] for r in told["arrays"] if not r["numbers_right"]} == {cause}
    experiment, state, W, b, *_ = run_of(NETS["tanh 2"], 0)
    _, _, V, c, *_ = run_of(NETS["tanh 2"] | {"init": {"method": "xavier", "bias": 0.3, "seed": 3}}, 0)
    told = check(experiment, state, {}, parameters_of(V, c))
    assert row(told, "W1")["cause"]["says"] == "Your weights are drawn with seed 3."
    assert row(told, "b1")["right"]
    swapped = {"W2": W[2].T}  # (4, 4): only the numbers tell
    told = check(experiment, state, {}, parameters_of(W, b) | swapped)
    assert row(told, "W2")["cause"]["cause"] == "transposed"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sign": -1}, "Your update goes uphill: the gradient is added, or its sign is flipped."),
        ({"rate": 0.1}, "Your learning rate is 0.1."),
        ({"no_mean": True}, "The factor 1/m is missing in your gradients."),
    ],
)
def test_what_was_otherwise_in_a_few_updates_is_named_from_the_parameters(changes, says):
    experiment, state, *_ = run_of(NETS["tanh 1"], 2)
    _, _, W, b, X, Y = run_of(NETS["tanh 1"], 0)
    rate = changes.get("rate", 1.2) * changes.get("sign", 1) * (X.shape[1] if "no_mean" in changes else 1)
    for _ in range(2):
        found = naive.step(W, b, X, Y)
        W = [None, *(W[l] - rate * found[f"dW{l}"] for l in (1, 2))]
        b = [None, *(b[l] - rate * found[f"db{l}"] for l in (1, 2))]
    told = check(experiment, state, {}, parameters_of(W, b))
    assert row(told, "W1")["says"] == f"These are not the run's numbers of step 2. {says}"


def test_numbers_beyond_all_bounds_are_answered():
    experiment, state, W, *_ = run_of(NETS["relu 1"])
    told = check(experiment, state, {"Z1": np.zeros((4, 40)), "dW1": W[1]}, {"W1": np.full((4, 2), 1e300)})
    json.dumps(told, allow_nan=False)
    huge = {"Z2": np.zeros((1, 40))}, {"W1": np.full((4, 2), 1e300), "W2": np.full((1, 4), 1e300)}
    json.dumps(check(experiment, state, *huge), allow_nan=False)


def test_activations_of_all_points_beside_a_batch_are_no_mistake():
    net = NETS["tanh 1"] | {"training": {"batch_size": 16, "seed": 5}}
    experiment, state, W, b, X, Y = run_of(net)
    found = naive.step(W, b, X, Y)
    told = check(experiment, state, {"A1": found["A1"]})
    assert told["right"]
    assert row(told, "A1")["says"] == "Right, of all points; this step takes a batch of 16."
    assert not check(experiment, state, {"A1": found["A1"], "dW1": found["dW1"]})["right"]


def test_the_step_takes_the_examples_of_its_batch():
    net = NETS["tanh 1"] | {"training": {"batch_size": 16, "seed": 5}}
    experiment, state, W, b, X, Y = run_of(net)
    # 40 points make batches of 16, 16 and 8: step 30 is the first of epoch 10.
    chosen = np.random.RandomState(5 + 10).permutation(40)[:16]
    told = check(experiment, state, naive.step(W, b, X[:, chosen], Y[:, chosen]))
    assert told["right"], told["says"]
    told = check(experiment, state, gradients_of(naive.step(W, b, X, Y)))
    assert row(told, "dW2")["cause"]["cause"] == "whole_set"


def test_a_factor_1_m_in_dZ_instead_of_in_dW_and_db_is_right():
    experiment, state, found = homework(NETS["relu 2"])
    elsewhere = {name: value / 40 if name.startswith("dZ") else value for name, value in found.items()}
    assert check(experiment, state, elsewhere)["right"]


# --- planted mistakes ---------------------------------------------------------------------------------------

EVERYWHERE = {  # slip: the cause, and the array to look at first
    "no 1/m": ("missing_1_m", "dW2"),
    "1/m twice": ("1_m_twice", "dW2"),
    "1/n": ("wrong_m", "dW2"),
    "axis": ("wrong_axis", "db2"),
    "sign": ("sign", "dZ2"),
    "labels": ("labels_flipped", "dZ2"),
    "slope twice": ("slope_twice", "dZ2"),
    "no slope": ("no_slope", "dZ1"),
    "other slope": ("slope_of_other", "dZ1"),
    "A of layer l": ("wrong_A_prev", "dW2"),
    "Z before": ("Z_instead_of_A", "dW2"),
    "no bias": ("bias_missing", "Z1"),
    "other activation": ("wrong_activation", "A1"),
    "updated W": ("W_updated", "dZ1"),
}
LATER = {"Z1": "Z1", "A1": "A1"}


def first_of(name, layers):
    """The name as it stands for one hidden layer, with that many."""
    if name in LATER or layers == 1:
        return name
    return name.replace("2", "3") if "2" in name else name.replace("1", "2")


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("slip", EVERYWHERE)
def test_a_planted_mistake_is_named_and_where_it_is_first_seen(net, slip):
    rows = net in ("tanh 2", "relu 1", "softmax")
    cause, first = EVERYWHERE[slip]
    experiment, state, found = homework(NETS[net], slip)
    told = check(experiment, state, transposed(found) if rows else found)
    name = first_of(first, len(experiment.network.hidden))
    assert told["first"] == name, told["says"]
    assert row(told, name)["cause"]["cause"] == cause
    if row(told, name)["shape"] != "other":
        wrong = row(told, name)["first_wrong"]
        as_given = (found[name].T if rows else found[name])[tuple(wrong["index"])]
        assert wrong["yours"] == pytest.approx(as_given, rel=1e-12)
        assert wrong["ours"] != pytest.approx(as_given, rel=1e-7)


@pytest.mark.parametrize("net", ["tanh 1", "relu 2", "softmax"])
@pytest.mark.parametrize("slip", EVERYWHERE)
def test_a_planted_mistake_is_named_from_the_gradients_alone(net, slip):
    experiment, state, found = homework(NETS[net], slip)
    told = check(experiment, state, gradients_of(found))
    assert told["first"] is not None
    first = row(told, told["first"])
    assert EVERYWHERE[slip][0] == first["cause"]["cause"], first


@pytest.mark.parametrize("net", ["tanh 1", "sigmoid 2"])
@pytest.mark.parametrize(
    ("slip", "cause"),
    [
        ("slope of Z", "slope_of_Z"),
        ("slope at A", "slope_of_A"),
        ("only dA", "no_slope"),
        ("half a slope", "slope_formula"),
        ("g for its slope", "slope_formula"),
    ],
)
def test_a_mistake_of_smooth_units_is_named(net, slip, cause):
    experiment, state, found = homework(NETS[net], slip)
    told = check(experiment, state, found)
    assert row(told, told["first"])["cause"]["cause"] == cause


def test_the_bracket_of_tanhs_slope_in_the_wrong_place_is_named():
    for net in ("tanh 1", "tanh 2"):
        experiment, state, found = homework(NETS[net], "bracket")
        told = check(experiment, state, gradients_of(found))
        assert row(told, "db1")["says"] == "g' was computed as (1 - a)^2; of tanh it is 1 - a^2."


def test_sigmoids_slope_from_z_is_named_in_a_layer_of_tanh():
    experiment, state, found = homework(NETS["tanh 2"], "other slope of Z")
    told = check(experiment, state, gradients_of(found))
    assert {r["cause"]["cause"] for r in told["arrays"] if not r["right"]} == {"slope_of_other"}


@pytest.mark.parametrize("net", ["tanh 1", "tanh 2", "sigmoid 1"])
@pytest.mark.parametrize(
    ("slip", "cause"),
    [("A of the next layer", "slope_of_wrong_layer"), ("output as hidden", "slope_of_other")],
)
def test_layers_that_are_mixed_up_in_the_slope_are_named(net, slip, cause):
    experiment, state, found = homework(NETS[net], slip)
    told = check(experiment, state, gradients_of(found))
    named = {r["cause"]["cause"] for r in told["arrays"] if not r["right"]}
    # Sigmoid's slope at the output is its own, once more.
    assert named == {"slope_twice" if (net, slip) == ("sigmoid 1", "output as hidden") else cause}


@pytest.mark.parametrize(("slip", "cause"), [("update first", "W_updated"), ("dA by m", "1_m_twice")])
def test_a_mistake_in_each_layer_is_named_in_all_that_follow(slip, cause):
    experiment, state, found = homework(NETS["tanh 2"], slip)
    told = check(experiment, state, gradients_of(found))
    wrong = {r["name"]: r["cause"] and r["cause"]["cause"] for r in told["arrays"] if not r["right"]}
    assert wrong == dict.fromkeys(("dW2", "db2", "dW1", "db1"), cause)


@pytest.mark.parametrize("slip", ["not transposed", "wrong W"])
def test_a_wrong_matrix_on_the_way_back_is_named(slip):
    # 3 -> 3 -> 3 -> 3: every W can stand in the place of every other.
    net = {
        "data": {"name": "blobs", "samples": 30, "classes": 3},
        "network": {"hidden": [3, 3], "features": ["x1^2"]},
        "init": {"method": "xavier"},
    }
    experiment, state, found = homework(net, slip)
    told = check(experiment, state, found)
    assert told["first"] == "dZ2"
    expected = {"not transposed": "W_not_transposed", "wrong W": "wrong_W"}[slip]
    assert row(told, "dZ2")["cause"]["cause"] == expected
    assert check(experiment, state, homework(net)[2])["right"]


@pytest.mark.parametrize(
    ("slip", "cause"), [("no l2", "l2_missing"), ("l2 without 1/m", "l2_without_1_m"), ("l2 on b", "l2_on_b")]
)
@pytest.mark.parametrize("net", ["tanh 1", "relu 2", "softmax"])
def test_a_mistake_in_the_penalty_is_named(net, slip, cause):
    regularized = NETS[net] | {"training": {"l2": 0.7}}
    assert check(*homework(regularized))["right"]
    told = check(*homework(regularized, slip))
    assert row(told, told["first"])["cause"]["cause"] == cause


def test_a_bias_added_along_the_examples_is_named():
    # Four points and four units: only there is (4,) taken without an error.
    points = [[-1, 0.3, 0], [-1, 1, 0], [1, 0, 1], [1, 1, 1]]
    net = {"data": {"points": points}, "init": {"method": "xavier"}, "training": {"learning_rate": 0.5}}
    told = check(*homework(net, "b row"))
    assert told["first"] == "Z1"
    assert row(told, "Z1")["cause"]["cause"] == "bias_broadcast"


@pytest.mark.parametrize(
    ("slip", "cause"), [("no sigmoid", "wrong_output"), ("labels transposed", "labels_transposed")]
)
def test_a_mistake_of_a_single_output_is_named(slip, cause):
    told = check(*homework(NETS["tanh 1"], slip))
    assert row(told, told["first"])["cause"]["cause"] == cause


def test_softmax_over_the_examples_is_named():
    told = check(*homework(NETS["softmax"], "softmax axis"))
    assert told["first"] == "A2"
    assert row(told, "A2")["cause"]["cause"] == "softmax_axis"


def test_the_other_slope_at_zero_is_named():
    net = NETS["relu 1"] | {"init": {"method": ["zeros", "normal"], "scale": 0.01}}
    told = check(*homework(net, "relu at 0", step=0))
    assert told["first"] == "dZ1"
    assert row(told, "dZ1")["cause"]["cause"] == "slope_at_zero"


def test_a_sum_over_everything_is_named():
    told = check(*homework(NETS["tanh 1"], "everything"))
    assert told["first"] == "db2"  # a number instead of (1, 1)
    assert row(told, "db1")["cause"]["cause"] == "summed_over_everything"


@pytest.mark.parametrize("of_each", [lambda mean: [[mean]], lambda mean: [[mean]] * 4])
def test_the_mean_of_everything_is_named(of_each):
    experiment, state, found = homework(NETS["tanh 1"])
    told = check(experiment, state, gradients_of(found) | {"db1": of_each(found["dZ1"].mean())})
    assert row(told, "db1")["cause"]["cause"] == "summed_over_everything"


def test_lost_keepdims_are_named_though_the_numbers_are_right():
    told = check(*homework(NETS["tanh 1"], "keepdims"))
    assert told["says"] == "Everything that was given is right. Mind the rank-1 arrays: db2, db1."
    db1 = row(told, "db1")
    assert (db1["shape"], db1["numbers_right"], db1["right"]) == ("rank_1", True, True)
    assert db1["says"].endswith("in NumPy keepdims is lost.")
    assert db1["given_shape"] == [4]
    assert db1["cause"]["cause"] == "rank_1"


def test_a_transposed_gradient_beside_examples_in_columns_is_named():
    experiment, state, found = homework(NETS["tanh 1"])
    told = check(experiment, state, found | {"dW1": found["dW1"].T})
    assert told["first"] == "dW1"
    assert row(told, "dW1")["cause"]["cause"] == "transposed"


def test_parameters_from_after_the_update_are_named():
    experiment, state, W, b, X, Y = run_of(NETS["tanh 2"])
    found = naive.step(W, b, X, Y)
    after = {f"W{l}": W[l] - 1.2 * found[f"dW{l}"] for l in (1, 2, 3)}
    after |= {f"b{l}": b[l] - 1.2 * found[f"db{l}"] for l in (1, 2, 3)}
    told = check(experiment, state, gradients_of(found), after)
    assert row(told, "dW3")["cause"]["cause"] == "after_update"
    # And so without parameters, where the step was counted from after the update.
    experiment, state, W, b, X, Y = run_of(NETS["tanh 2"], STEPS + 1)
    _, before, *_ = run_of(NETS["tanh 2"], STEPS)
    told = check(experiment, before, gradients_of(naive.step(W, b, X, Y)))
    assert row(told, "dW3")["cause"]["cause"] == "after_update"


def test_what_was_computed_rightly_from_a_wrong_array_says_so():
    experiment, state, found = homework(NETS["tanh 2"], "sign")
    told = check(experiment, state, found)
    assert row(told, "dW3")["cause"] | {"says": ""} == {
        "cause": "follows",
        "says": "",
        "follows": "dZ3",
        "also": [],
    }
    assert row(told, "dZ2")["cause"]["follows"] == "dZ3"


def test_a_second_mistake_after_a_first_is_named_too():
    experiment, state, W, b, X, Y = run_of(NETS["tanh 1"])
    found = naive.step(W, b, X, Y, slip="sign")
    found["dW1"] = found["dW1"] * X.shape[1]
    told = check(experiment, state, found)
    assert row(told, "dZ2")["cause"]["cause"] == "sign"
    assert row(told, "dW1")["cause"]["cause"] == "missing_1_m"


def twice(net, first, second):
    """The gradients of a step with two mistakes."""
    experiment, state, found = homework(NETS[net], first)
    m = found["Z1"].shape[1]
    found = gradients_of(found) | {name: a for name, a in found.items() if name.startswith("dZ")}
    for name in gradients_of(found):
        if second == "no 1/m":
            found[name] = found[name] * m
        elif second == "axis" and name.startswith("db"):
            found[name] = found[f"dZ{name[2:]}"].sum(axis=0, keepdims=True) / m
        elif second == "sign" and first == "no slope":
            found[name] = -found[name]  # dZ of the last layer is in each of them once
    return experiment, state, gradients_of(found)


@pytest.mark.parametrize("net", ["tanh 1", "relu 2", "softmax"])
@pytest.mark.parametrize(
    ("first", "second", "name", "causes"),
    [
        ("sign", "no 1/m", "dW1", {"sign", "missing_1_m"}),
        ("no slope", "no 1/m", "dW1", {"no_slope", "missing_1_m"}),
        ("no slope", "axis", "db1", {"no_slope", "wrong_axis"}),
        ("sign", "axis", "db1", {"sign", "wrong_axis"}),
        ("no slope", "sign", "dW1", {"no_slope", "sign"}),
    ],
)
def test_two_mistakes_at_once_are_named_from_the_gradients_alone(net, first, second, name, causes):
    told = check(*twice(net, first, second))
    cause = row(told, name)["cause"]
    assert {cause["cause"], cause["second"]} == causes
    assert cause["says"].startswith("Two mistakes at once. ")
    # What one mistake explains is not said to be two.
    alone = row(told, "dW2" if net != "relu 2" else "dW3")["cause"]
    if first == "no slope":
        assert alone is None or "second" not in alone


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("rows", [False, True])
def test_dA_of_hidden_layers_is_checked(net, rows):
    experiment, state, W, _, X, _ = run_of(NETS[net])
    _, _, found = homework(NETS[net])
    back = {f"dA{l}": W[l + 1].T @ found[f"dZ{l + 1}"] for l in range(1, len(W) - 1)}
    turn = transposed if rows else dict
    told = check(experiment, state, turn(found | back))
    assert told["right"], told["says"]
    told = check(experiment, state, turn(found | back | {"dA1": found["dZ1"]}))
    assert (told["right"], told["first"]) == (False, "dA1")
    elsewhere = found | back
    elsewhere |= {name: a / X.shape[1] for name, a in elsewhere.items() if name[:2] in ("dA", "dZ")}
    assert check(experiment, state, turn(elsewhere))["right"]


def test_a_mistake_on_the_way_back_is_named_at_dA():
    experiment, state, W, *_ = run_of(NETS["tanh 2"])
    _, _, found = homework(NETS["tanh 2"])
    told = check(experiment, state, found | {"dA1": W[2] @ found["dZ2"]})
    assert (told["first"], row(told, "dA1")["cause"]["cause"]) == ("dA1", "W_not_transposed")
    assert row(told, "dZ1")["right"]


def test_a_shape_that_nothing_explains_is_said():
    experiment, state, found = homework(NETS["tanh 1"])
    told = check(experiment, state, found | {"db1": np.zeros((3, 1))})
    n = len(found["db1"])
    assert told["first"] == "db1"
    assert row(told, "db1")["cause"] is None
    assert told["says"] == f"Look at db1 first: It is (3, 1) instead of ({n}, 1)."


# --- nothing false ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", ["tanh 1", "relu 2", "softmax"])
@pytest.mark.parametrize("name", ["Z1", "dZ1", "dW1", "db2"])
@pytest.mark.parametrize("mistake", ["one number", "noise", "zeros", "times 1.5"])
def test_an_unknown_mistake_gets_no_cause(net, name, mistake):
    experiment, state, found = homework(NETS[net])
    wrong = found[name].copy()
    if mistake == "one number":
        wrong[-1, 0] += 0.1
    elif mistake == "noise":
        wrong += 0.01 * np.random.RandomState(0).standard_normal(wrong.shape)
    else:
        wrong *= 0.0 if mistake == "zeros" else 1.5
    told = check(experiment, state, found | {name: wrong})
    assert told["first"] == name
    assert row(told, name)["cause"] is None
    says = f"Look at {name} first: No likely cause found"
    scaled = mistake == "times 1.5" and wrong.size > 1  # a single number is always some times another
    assert told["says"] == says + (", but every number is 1.5 times ours." if scaled else ".")
    if mistake == "one number":
        first = row(told, name)["first_wrong"]
        assert first["index"] == [len(wrong) - 1, 0]
        assert first["yours"] - first["ours"] == pytest.approx(0.1)


def test_a_factor_of_dW_alone_is_not_blamed_on_the_error_that_db_has_right():
    # Half of dW looks like the squared error's missing factor 2 in dZ[L], from which db would be half, too.
    net = NETS["relu 1"] | {"training": {"loss": "squared_error"}}
    experiment, state, *_, X, Y = run_of(net)
    _, _, found = homework(net)
    A, m = found["A2"], X.shape[1]
    dZ2 = 2 * (A - Y) * A * (1 - A)
    work = {"dW2": dZ2 @ found["A1"].T / (2 * m), "db2": dZ2.sum(axis=1, keepdims=True) / m}
    told = check(experiment, state, work)
    assert row(told, "db2")["right"]
    assert row(told, "dW2")["cause"] is None
    assert row(told, "dW2")["says"] == "No likely cause found, but every number is 0.5 times ours."
    work["db2"] = work["db2"] / 2
    assert row(check(experiment, state, work), "dW2")["cause"]["cause"] == "factor_2"


def test_of_equal_units_nothing_is_said_to_be_a_multiple():
    # Of one number, however often it stands there, every other is a multiple.
    net = NETS["tanh 1"] | {"init": {"method": "constant", "scale": 0.5}}
    experiment, state, found = homework(net)
    told = check(experiment, state, {"dW2": found["dW2"] * 1.5, "dW1": found["dW1"] * 1.5})
    assert row(told, "dW2")["says"] == "No likely cause found."
    assert row(told, "dW1")["says"] == "No likely cause found, but every number is 1.5 times ours."


def test_a_wrong_dA_is_not_blamed_on_the_dZ_that_is_right():
    experiment, state, found = homework(NETS["tanh 2"], "dA by m")
    _, _, W, *_ = run_of(NETS["tanh 2"])
    m = found["Z1"].shape[1]
    told = check(experiment, state, found | {"dA2": W[3].T @ found["dZ3"] / m})
    assert row(told, "dZ3")["right"]
    assert row(told, "dA2")["says"] == "dA[l] was divided by m as well; 1/m belongs in dW and db alone."


@pytest.mark.parametrize("beside", [{}, {"db2"}])
def test_a_square_array_is_not_called_wrong_because_another_is_transposed(beside):
    experiment, state, found = homework(NETS["tanh 2"])
    given = {name: found[name] for name in ("dW1", "dW2", *beside)}
    told = check(experiment, state, given | {"dW1": found["dW1"].T})
    assert row(told, "dW2")["right"]
    assert row(told, "dW1")["cause"]["cause"] == "transposed"
    # Where all are, it is another layout.
    told = check(experiment, state, {name: array.T for name, array in given.items()})
    assert (told["right"], told["layout"]) == (True, "rows")


def test_what_an_array_is_instead_is_said():
    experiment, state, found = homework(NETS["tanh 2"])
    gradients = gradients_of(found)
    told = check(experiment, state, gradients | {"dW2": found["dW2"].T})
    assert row(told, "dW2")["cause"]["cause"] == "transposed"
    assert row(told, "dW2")["says"] == "It is transposed; being square, (4, 4), it does not show."
    told = check(experiment, state, gradients | {"db1": found["db2"], "db2": found["db1"]})
    assert row(told, "db1")["says"] == "These are the numbers of db2."
    assert row(told, "db2")["says"] == "These are the numbers of db1."
    told = check(experiment, state, gradients | {"dW1": np.round(found["dW1"], 6)})
    says = "Right as far as its 6 decimals go: it takes more digits, or a larger tolerance."
    assert (row(told, "dW1")["cause"]["cause"], row(told, "dW1")["says"]) == ("rounded", says)
    assert not told["right"]


def test_the_tolerance_decides_what_is_right():
    experiment, state, found = homework(NETS["tanh 1"])
    rounded = {name: np.round(value, 4) for name, value in gradients_of(found).items()}
    assert not check(experiment, state, rounded)["right"]
    assert check(experiment, state, rounded, tolerance=0.05)["right"]


def test_rounding_beside_a_sum_that_cancels_is_no_error():
    # Half the points in each class and nothing learned: db2 adds up to 0, or to what rounding leaves.
    experiment, state, found = homework(NETS["tanh 1"] | {"init": {"method": "zeros"}}, step=0)
    assert check(experiment, state, found | {"db2": [[1e-17]]})["right"]
