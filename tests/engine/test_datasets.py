"""Every data set: its twin in scikit-learn bit for bit, or the formula it is made by."""

from functools import partial

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_circles, make_gaussian_quantiles, make_moons

from app.engine.datasets import DATASETS, class_counts, make_points

EVERY = pytest.mark.parametrize("name", DATASETS)
SEEDS = pytest.mark.parametrize("seed", [0, 1, 2, 12345])
# Even and odd, balanced and not: (samples, fraction of class 1, points of class 0, points of class 1).
COUNTS = [
    (400, 0.5, 200, 200),
    (101, 0.5, 50, 51),
    (17, 0.5, 8, 9),
    (2, 0.5, 1, 1),
    (400, 0.4, 240, 160),
    (333, 0.1, 300, 33),
    (60, 0.95, 3, 57),
]
SPLITS = pytest.mark.parametrize(("samples", "fraction", "n0", "n1"), COUNTS)


@SEEDS
@SPLITS
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_moons_are_scikit_learns_bit_for_bit(samples, fraction, n0, n1, seed, noise):
    X, Y = make_points("moons", samples, noise, seed, fraction)
    twin, labels = make_moons((n0, n1), noise=noise, random_state=seed)
    assert np.array_equal(X, twin.T)
    assert np.array_equal(Y[0], labels)


@SEEDS
@SPLITS
@pytest.mark.parametrize(("noise", "factor"), [(0.0, 0.5), (0.1, 0.5), (0.1, 0.8)])
def test_circles_are_scikit_learns_bit_for_bit(samples, fraction, n0, n1, seed, noise, factor):
    X, Y = make_points("circles", samples, noise, seed, fraction, factor)
    twin, labels = make_circles((n0, n1), noise=noise, factor=factor, random_state=seed)
    assert np.array_equal(X, twin.T)
    assert np.array_equal(Y[0], labels)


@SEEDS
@SPLITS
@pytest.mark.parametrize("noise", [0.3, 1.0])
def test_blobs_are_scikit_learns_bit_for_bit(samples, fraction, n0, n1, seed, noise):
    X, Y = make_points("blobs", samples, noise, seed, fraction)
    twin, labels = make_blobs([n0, n1], cluster_std=noise, random_state=seed)
    assert np.array_equal(X, twin.T)
    assert np.array_equal(Y[0], labels)


@SEEDS
@pytest.mark.parametrize("samples", [400, 101, 17, 2])
def test_gaussian_quantiles_are_scikit_learns_bit_for_bit(samples, seed):
    # scikit-learn knows no unbalanced ones.
    X, Y = make_points("gaussian_quantiles", samples, 0.0, seed)
    twin, labels = make_gaussian_quantiles(cov=0.5, n_samples=samples, n_classes=2, random_state=seed)
    assert np.array_equal(X, twin.T)
    assert np.array_equal(Y[0], labels)


@pytest.mark.parametrize(
    ("name", "twin"), [("moons", make_moons), ("circles", partial(make_circles, factor=0.5))]
)
@pytest.mark.parametrize("samples", [400, 101])
def test_half_of_an_odd_number_is_split_as_scikit_learn_splits_it(name, twin, samples):
    X, Y = make_points(name, samples, 0.1, seed=3)
    points, labels = twin(samples, noise=0.1, random_state=3)
    assert np.array_equal(X, points.T)
    assert np.array_equal(Y[0], labels)


def test_the_flower_is_the_courses():
    # As printed in the exercise: the first point, and the sum of all distances from the axes.
    X, Y = make_points("flower", 400, noise=0.2, seed=1)
    np.testing.assert_allclose(X[:, 0], [1.20444229, 3.57611415], rtol=0, atol=5e-9)
    assert np.abs(X).sum() == pytest.approx(1289.4040804038, abs=5e-11)
    assert Y.tolist() == [[0.0] * 200 + [1.0] * 200]


def test_a_flower_without_noise_lies_on_its_petals():
    # r = 4 sin 4t and x = (r sin t, r cos t). Class 0 starts at t = 0, the middle; of three points the
    # second is at t = 1.56: r = 4 sin 6.24 = -0.172688, x = r (sin 1.56, cos 1.56) = r (0.999942, 0.010796).
    X, Y = make_points("flower", 6, noise=0.0)
    assert X[:, 0].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(X[:, 1], [-0.172678, -0.001864], rtol=0, atol=1e-6)
    # Class 1 starts where class 0 ends, at t = 3.12.
    assert np.array_equal(X[:, 2], X[:, 3])
    assert Y.tolist() == [[0, 0, 0, 1, 1, 1]]


def test_the_arms_of_a_spiral_without_noise_are_mirror_images():
    # Radius and angle are both 4 t: at t = 1/2 the point 2 (sin 2, cos 2) = (1.818595, -0.832294), at
    # t = 1 the point 4 (sin 4, cos 4) = (-3.027210, -2.614574); half a turn away it is the opposite.
    X, Y = make_points("spiral", 6, noise=0.0)
    arm = [[0.0, 1.8185949, -3.0272100], [0.0, -0.8322937, -2.6145745]]
    np.testing.assert_allclose(X[:, :3], arm, rtol=0, atol=1e-6)
    np.testing.assert_allclose(X[:, 3:], -X[:, :3], rtol=0, atol=1e-14)
    assert Y.tolist() == [[0, 0, 0, 1, 1, 1]]


def test_noise_turns_a_spirals_points_and_leaves_their_radius():
    quiet, noisy = (make_points("spiral", 300, noise)[0] for noise in (0.0, 0.5))
    np.testing.assert_allclose(np.hypot(*noisy), np.hypot(*quiet), rtol=0, atol=1e-12)
    assert np.abs(noisy - quiet).max() > 1


def test_xor_without_noise_is_four_squares_and_opposite_ones_are_alike():
    X, Y = make_points("xor", 401, noise=0.0)
    assert np.array_equal(X[0] * X[1] < 0, Y[0] == 1)
    assert 1.9 < np.abs(X).max() < 2.0
    # All four squares are there, with about 100 points each.
    squares, points = np.unique(np.signbit(X), axis=1, return_counts=True)
    assert squares.shape == (2, 4)
    assert points.min() > 70


def test_the_outer_half_of_a_cloud_is_class_1():
    X, Y = make_points("gaussian_quantiles", 401, 0.0, positive_fraction=0.3)
    radius = np.hypot(*X)
    assert radius[Y[0] == 0].max() < radius[Y[0] == 1].min()
    # Variance 1/2 in each direction: the mean squared distance is 1 (its own deviation is 1/20 here).
    assert np.mean(radius**2) == pytest.approx(1.0, abs=0.15)


def test_noise_moves_the_points_of_a_cloud_after_they_were_labelled():
    quiet, labels = make_points("gaussian_quantiles", 400, 0.0)
    noisy, same = make_points("gaussian_quantiles", 400, 0.1)
    assert np.array_equal(labels, same)
    assert (noisy - quiet).std() == pytest.approx(0.1, rel=0.1)


@EVERY
@pytest.mark.parametrize(("samples", "fraction", "n0", "n1"), COUNTS)
def test_every_data_set_has_as_many_points_of_each_class_as_asked(name, samples, fraction, n0, n1):
    X, Y = make_points(name, samples, positive_fraction=fraction)
    assert X.shape == (2, samples)
    assert Y.shape == (1, samples)
    assert np.isfinite(X).all()
    assert (np.count_nonzero(Y == 0), np.count_nonzero(Y == 1)) == (n0, n1)


@EVERY
def test_the_points_are_laid_out_as_the_network_reads_them(name):
    for array in make_points(name, 51):
        assert array.dtype == np.float64
        assert array.flags.c_contiguous


@EVERY
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(name):
    first, again, other = (make_points(name, 100, 0.1, seed)[0].tobytes() for seed in (1, 1, 2))
    assert first == again
    assert first != other


@EVERY
def test_numpys_global_stream_is_neither_read_nor_moved(name):
    np.random.seed(1)
    before = np.random.get_state()[1].tobytes()
    make_points(name, 20)
    assert np.random.get_state()[1].tobytes() == before


@EVERY
def test_without_a_noise_a_data_set_has_its_own(name):
    own = make_points(name, 50)[0]
    assert np.array_equal(own, make_points(name, 50, DATASETS[name].noise)[0])
    assert not np.array_equal(own, make_points(name, 50, DATASETS[name].noise + 0.1)[0])


@EVERY
def test_only_the_data_sets_that_say_so_read_the_factor(name):
    near, far = (make_points(name, 50, factor=factor)[0].tobytes() for factor in (0.8, 0.2))
    assert (near != far) == ("factor" in DATASETS[name].parameters)


@pytest.mark.parametrize(
    ("samples", "fraction", "counts"),
    [
        (400, 0.5, (200, 200)),
        (401, 0.5, (200, 201)),  # 200.5 + 0.5 = 201
        (10, 0.25, (7, 3)),  # 2.5 + 0.5 = 3: a half goes up
        (10, 0.24, (8, 2)),  # 2.4 + 0.5 = 2.9
        (10, 0.0, (10, 0)),
        (10, 1.0, (0, 10)),
    ],
)
def test_class_1_gets_the_nearest_whole_number(samples, fraction, counts):
    assert class_counts(samples, fraction) == counts


def test_an_unknown_data_set_is_answered_with_the_choices():
    with pytest.raises(ValueError, match=r"data.name must be one of blobs, circles, .*, xor; got 'iris'"):
        make_points("iris", 100)
