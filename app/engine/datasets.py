"""Two-dimensional toy data, reproducible from a seed for ever (``RandomState``).

Each recipe returns ``X`` (2, m) and labels (m,) from 0 on, class j with ``counts[j]`` points.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array
from app.engine.tables import choose, table

Points = tuple[Array, Array]


@dataclass(frozen=True)
class Recipe:
    """How many points of each class, how noisy, from which stream; ``factor``: the inner circle's radius."""

    counts: tuple[int, ...]
    noise: float
    random: np.random.RandomState
    factor: float = 0.5

    @property
    def samples(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class DataSet:
    """A named recipe; ``noise`` is its own default, ``parameters`` the fields only it reads."""

    name: str
    title: str
    description: str
    noise: float
    make: Callable[[Recipe], Points]
    parameters: tuple[str, ...] = ()
    many_classes: bool = False


def _labels(r: Recipe) -> Array:
    return np.repeat(np.arange(len(r.counts), dtype=float), r.counts)


def _shuffled(r: Recipe, X: Array, Y: Array) -> Points:
    """X (m, 2) and Y in the order of one shuffle of the indices, as scikit-learn does it."""
    order = np.arange(r.samples)
    r.random.shuffle(order)
    return X[order], Y[order]


def flower(r: Recipe) -> Points:
    """The course's planar flower: two classes take turns along the petals of r = 4 sin(4 t).

    For class j: t = linspace(3.12 j, 3.12 (j+1), n_j) + noise N(0,1), r = 4 sin(4 t) + noise N(0,1),
    x = (r sin t, r cos t). Source: the exercise "planar data classification with one hidden layer".
    """
    parts = []
    for j, n in enumerate(r.counts):
        t = np.linspace(j * 3.12, (j + 1) * 3.12, n) + r.random.standard_normal(n) * r.noise
        radius = 4 * np.sin(4 * t) + r.random.standard_normal(n) * r.noise
        parts.append(np.stack([radius * np.sin(t), radius * np.cos(t)]))
    return np.concatenate(parts, axis=1), _labels(r)


def moons(r: Recipe) -> Points:
    """Two interleaved half circles; equals scikit-learn's ``make_moons`` bit for bit."""
    outer, inner = (np.linspace(0, np.pi, n) for n in r.counts)
    X = np.vstack(
        [
            np.append(np.cos(outer), 1 - np.cos(inner)),
            np.append(np.sin(outer), 1 - np.sin(inner) - 0.5),
        ]
    ).T
    X, Y = _shuffled(r, X, _labels(r))
    return (X + r.random.normal(scale=r.noise, size=X.shape)).T, Y


def circles(r: Recipe) -> Points:
    """A circle of radius ``factor`` (class 1) inside one of radius 1: scikit-learn's ``make_circles``."""
    outer, inner = (np.linspace(0, 2 * np.pi, n, endpoint=False) for n in r.counts)
    X = np.vstack(
        [
            np.append(np.cos(outer), np.cos(inner) * r.factor),
            np.append(np.sin(outer), np.sin(inner) * r.factor),
        ]
    ).T
    X, Y = _shuffled(r, X, _labels(r))
    return (X + r.random.normal(scale=r.noise, size=X.shape)).T, Y


def blobs(r: Recipe) -> Points:
    """A cloud of deviation ``noise`` per class, centres in [-10, 10]^2: scikit-learn's ``make_blobs``."""
    centres = r.random.uniform(-10.0, 10.0, size=(len(r.counts), 2))
    clouds = [
        r.random.normal(loc=centre, scale=r.noise, size=(n, 2))
        for centre, n in zip(centres, r.counts, strict=True)
    ]
    X, Y = _shuffled(r, np.concatenate(clouds), _labels(r))
    return X.T, Y


def gaussian_quantiles(r: Recipe) -> Points:
    """One cloud of variance 1/2, its outer part class 1: ``make_gaussian_quantiles(cov=0.5)``.

    scikit-learn's name, the course's variance. ``noise`` then moves the labelled points.
    """
    n = r.samples
    X = r.random.multivariate_normal(np.zeros(2), 0.5 * np.identity(2), (n,))
    points, Y = _shuffled(r, X[np.argsort(np.sum(X**2, axis=1))], _labels(r))
    return (points + r.random.normal(scale=r.noise, size=points.shape)).T, Y


def spiral(r: Recipe) -> Points:
    """An arm per class: t from 0 to 1 in n_j steps, radius 4 t, angle 4 t + 2 pi j / K + noise N(0,1)."""
    parts = []
    for j, n in enumerate(r.counts):
        t = np.linspace(0, 1, n)
        angle = 4 * t + 2 * np.pi * j / len(r.counts) + r.random.standard_normal(n) * r.noise
        parts.append(4 * t * np.stack([np.sin(angle), np.cos(angle)]))
    return np.concatenate(parts, axis=1), _labels(r)


def xor(r: Recipe) -> Points:
    """Four squares of side 2 about the origin, class 1 where the signs of x1 and x2 differ; then noise."""
    n = r.samples
    Y = _labels(r)
    size = r.random.random_sample((n, 2)) * 2
    sign = np.where(r.random.random_sample(n) < 0.5, 1.0, -1.0)
    X = size * np.stack([sign, np.where(Y == 1, -sign, sign)], axis=1)
    return (X + r.random.standard_normal((n, 2)) * r.noise).T, Y


DATASETS = table(
    DataSet("flower", "flower", "the course's flower, petals of two classes", 0.2, flower),
    DataSet("moons", "moons", "two interleaved half circles", 0.2, moons),
    DataSet("circles", "circles", "a circle inside a circle", 0.1, circles, ("factor",)),
    DataSet("blobs", "blobs", "round clouds", 1.0, blobs, (), True),
    DataSet(
        "gaussian_quantiles", "rings", "a cloud, its outer half of the other class", 0.0, gaussian_quantiles
    ),
    DataSet("spiral", "spiral", "arms wound about each other", 0.2, spiral, (), True),
    DataSet("xor", "xor", "four squares, opposite ones alike", 0.1, xor),
)


def class_counts(samples: int, positive_fraction: float, classes: int = 2) -> tuple[int, ...]:
    """Points per class: of two, class 1 has floor(samples x fraction + 0.5); of more, as equal as can be."""
    if classes == 2:
        n1 = int(np.floor(samples * positive_fraction + 0.5))
        return samples - n1, n1
    return tuple(samples // classes + (j < samples % classes) for j in range(classes))


def make_points(
    name: str,
    samples: int,
    noise: float | None = None,
    seed: int = 1,
    positive_fraction: float = 0.5,
    factor: float = 0.5,
    classes: int = 2,
    stretch: float = 1.0,
) -> Points:
    """``X`` (2, m) and labels ``Y`` (1, m) of the data set called ``name``; its own noise when that is None.

    ``stretch`` multiplies x2 of every point.
    """
    data_set = choose(DATASETS, name, "data.name")
    recipe = Recipe(
        class_counts(samples, positive_fraction, classes),
        data_set.noise if noise is None else noise,
        np.random.RandomState(seed),
        factor,
    )
    X, labels = data_set.make(recipe)
    X[1] *= stretch
    return np.ascontiguousarray(X), labels[None, :]
