"""From an experiment to the numbers a network learns from: parts, features, normalization, classes."""

import numpy as np
import pytest

from app.experiments.check import ExperimentError
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from tests.experiments.known import made

ALL_FEATURES = ["x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)"]


def held(data, **parts):
    return problem_of(made(data=data, **parts))


# --- parts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "sizes"),
    [
        ({}, (400, 0, 0)),
        ({"validation": 0.2, "test": 0.2}, (240, 80, 80)),
        ({"validation": 0.2}, (320, 80, 0)),
        ({"test": 0.25}, (300, 0, 100)),
        # 240 and 160: 48 and 32 of them.
        ({"positive_fraction": 0.4, "test": 0.2}, (320, 0, 80)),
        # 34, 33 and 33 of 100: floor(6.8 + 0.5) = 7 and twice floor(6.6 + 0.5) = 7.
        ({"name": "spiral", "classes": 3, "samples": 100, "validation": 0.2}, (79, 21, 0)),
    ],
)
def test_the_parts_have_the_sizes_that_were_asked_for(data, sizes):
    problem = held(data)
    assert (len(problem.train), len(problem.validation), len(problem.test)) == sizes
    assert problem.network.m == sizes[0]
    assert {name: network.m for name, network in problem.held_back.items()} == {
        name: size for name, size in zip(("validation", "test"), sizes[1:], strict=True) if size
    }


@pytest.mark.parametrize("data", [{}, {"name": "moons", "seed": 7}, {"name": "spiral", "classes": 4}])
def test_the_parts_are_the_contracts(data):
    # For class 0, 1, ... in turn one permutation of one stream: the first test, the next validate.
    problem = held({**data, "validation": 0.25, "test": 0.1})
    random = np.random.RandomState(data.get("seed", 1))
    expected = {"test": set(), "validation": set()}
    for label in range(data.get("classes", 2)):
        members = np.flatnonzero(problem.labels == label)
        order = members[random.permutation(len(members))].tolist()
        tests, validates = (int(np.floor(len(members) * share + 0.5)) for share in (0.1, 0.25))
        expected["test"] |= set(order[:tests])
        expected["validation"] |= set(order[tests : tests + validates])
    assert problem.test.tolist() == sorted(expected["test"])
    assert problem.validation.tolist() == sorted(expected["validation"])
    rest = set(range(400)) - expected["test"] - expected["validation"]
    assert problem.train.tolist() == sorted(rest)


def test_the_network_sees_the_training_points_in_their_own_order():
    problem = held({"validation": 0.2, "test": 0.2})
    np.testing.assert_array_equal(problem.network.A[0], problem.X[:, problem.train])
    np.testing.assert_array_equal(problem.network.Y[0], problem.labels[problem.train])
    np.testing.assert_array_equal(problem.held_back["test"].A[0], problem.X[:, problem.test])


def test_holding_points_back_changes_no_point():
    np.testing.assert_array_equal(held({"validation": 0.2}).X, held({}).X)


def test_own_points_are_split_by_the_default_seed():
    points = [[i, -i, i % 2] for i in range(10)]
    first, second = (held({"points": points, "test": 0.4, "seed": seed}) for seed in (1, 5))
    assert first.test.tolist() == second.test.tolist()
    random = np.random.RandomState(1)
    even, odd = random.permutation(5)[:2] * 2, random.permutation(5)[:2] * 2 + 1
    assert first.test.tolist() == sorted([*even, *odd])


# --- features and normalization -----------------------------------------------------------------------------


def test_features_are_made_from_raw_coordinates_and_stand_in_the_tables_order():
    one = held({}, network={"features": ["sin(x2)", "x1^2", "x1*x2"]})
    x1, x2 = one.X
    np.testing.assert_array_equal(one.network.A[0], [x1, x2, x1**2, x1 * x2, np.sin(x2)])
    assert one.experiment.network.features == ("x1^2", "x1*x2", "sin(x2)")
    other = made(network={"features": ["x1*x2", "sin(x2)", "x1^2"]})
    assert other == one.experiment


def test_standardized_inputs_have_the_mean_and_deviation_of_the_points_that_train():
    data = {"name": "moons", "stretch": 100, "validation": 0.25, "test": 0.25, "standardize": True}
    problem = held(data, network={"features": ALL_FEATURES})
    x1, x2 = problem.X
    raw = np.array([x1, x2, x1**2, x2**2, x1 * x2, np.sin(x1), np.sin(x2)])
    training = raw[:, problem.train]
    mean = training.sum(axis=1, keepdims=True) / 200
    deviation = np.sqrt(((training - mean) ** 2).sum(axis=1, keepdims=True) / 200)  # of the population
    expected = (raw - mean) / deviation
    np.testing.assert_allclose(problem.network.A[0], expected[:, problem.train], rtol=1e-9, atol=1e-12)
    for name, columns in (("validation", problem.validation), ("test", problem.test)):
        np.testing.assert_allclose(problem.held_back[name].A[0], expected[:, columns], rtol=1e-9, atol=1e-12)
    # So the points held back are not centred, and the numbers of all points are others.
    assert np.abs(problem.held_back["test"].A[0].mean(axis=1)).max() > 1e-3
    plane = problem.plane.grid(5)
    np.testing.assert_allclose(problem.inputs(plane)[:2], (plane - mean[:2]) / deviation[:2], rtol=1e-9)


def test_points_and_plane_stay_in_raw_coordinates():
    data = {"name": "moons", "stretch": 100}
    raw, standardized = held(data), held({**data, "standardize": True})
    np.testing.assert_array_equal(raw.X, standardized.X)
    assert raw.plane == standardized.plane
    assert raw.plane.x2[1] > 50


def test_stretch_multiplies_x2_alone():
    usual, stretched = held({"name": "moons"}), held({"name": "moons", "stretch": 100})
    np.testing.assert_array_equal(stretched.X, usual.X * [[1.0], [100.0]])


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 0.7, 1e6 / 3, -1e-5])
@pytest.mark.parametrize("samples", [2, 3, 7, 10, 400])
def test_normalization_of_a_constant_input_is_refused(value, samples):
    # The mean of equal numbers may be off in its last digit, and so may each number's distance from it.
    points = [[value, i, i % 2] for i in range(samples)]
    with pytest.raises(ExperimentError) as refused:
        start(made(data={"points": points, "standardize": True}))
    [error] = refused.value.errors
    assert (error.field, error.value) == ("data.standardize", True)
    assert error.rule == "false where an input is the same at every training point"
    start(made(data={"points": points}))


def test_an_input_that_only_the_points_held_back_vary_is_constant():
    # RandomState(1).permutation(2) is 0 1 both times: of each class the first point is held back.
    assert [np.random.RandomState(1).permutation(2).tolist()] == [[0, 1]]
    points = [[5, 1, 0], [1, 2, 0], [6, 3, 1], [1, 4, 1]]
    start(made(data={"points": points, "standardize": True}))
    with pytest.raises(ExperimentError, match=r"data\.standardize"):
        held({"points": points, "standardize": True, "test": 0.5})


def test_a_feature_that_is_constant_is_refused_too():
    points = [[1, 2, 0], [-1, 3, 1], [1, 5, 0]]
    start(made(data={"points": points, "standardize": True}))
    with pytest.raises(ExperimentError, match=r"data\.standardize"):
        start(made(data={"points": points, "standardize": True}, network={"features": ["x1^2"]}))


# --- classes ------------------------------------------------------------------------------------------------

TRIANGLE = [[0, 1, 0], [0.1, 1, 0], [1, -1, 2], [1, -1.1, 2], [-1, -1, 1], [-1.1, -1, 1]]


def test_own_points_of_three_classes_have_three_outputs_and_are_learned():
    experiment = made(data={"points": TRIANGLE}, network={"hidden": []}, init={"method": "zeros"})
    assert experiment.sizes == (2, 3)
    problem = problem_of(experiment)
    np.testing.assert_array_equal(problem.network.Y, np.eye(3)[[0, 0, 2, 2, 1, 1]].T)
    begun = start(experiment)
    assert begun.cost == pytest.approx(np.log(3), rel=1e-15)
    state, records = advance(experiment, begun, 100, 50)
    assert records[0].accuracy == pytest.approx(1 / 3)  # a tie between three goes to class 0
    assert records[1].accuracy == 1.0
    problem.network.load(state.theta)
    problem.network.forward()
    assert problem.network.predictions().tolist() == [0, 0, 2, 2, 1, 1]
    np.testing.assert_allclose(problem.network.A[-1].sum(axis=0), 1, rtol=1e-12)


def test_two_classes_have_one_output():
    assert made(data={"name": "blobs", "classes": 2}).sizes == (2, 4, 1)
    assert made(data={"name": "blobs", "classes": 6}, network={"features": ["x1*x2"]}).sizes == (3, 4, 6)


@pytest.mark.parametrize("name", ["blobs", "spiral"])
@pytest.mark.parametrize("classes", [3, 4, 5, 6])
def test_the_classes_are_as_equal_as_can_be(name, classes):
    labels = held({"name": name, "classes": classes, "samples": 100}).labels
    counts = np.bincount(labels.astype(int))
    assert len(counts) == classes
    assert counts.max() - counts.min() <= 1
    assert counts.sum() == 100


def test_planes_of_many_sizes_are_not_all_kept():
    problem = held({"seed": 33})
    first = problem.over_the_plane(20, "float64").A[-1].copy()
    for side in range(2, 20):
        problem.over_the_plane(side, "float64")
    assert len(problem._planes) == 6
    assert problem.over_the_plane(20, "float64").A[-1].tolist() == first.tolist()
