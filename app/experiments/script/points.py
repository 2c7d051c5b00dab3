"""The points of a script, from the recipes of the data sets as they are written (app/engine/datasets.py)."""

import inspect

from app.engine import datasets
from app.engine.datasets import DATASETS, class_counts
from app.experiments.experiment import Experiment

FEATURES = {
    "x1^2": "x1 * x1",
    "x2^2": "x2 * x2",
    "x1*x2": "x1 * x2",
    "sin(x1)": "np.sin(x1)",
    "sin(x2)": "np.sin(x2)",
}


def points(experiment: Experiment, figures: bool) -> str:
    """X (n_0, m), as the network takes it, and Y (n_L, m)."""
    data = experiment.data
    lines = []
    if data.points is not None:
        rows = ",\n    ".join(repr(tuple(point)) for point in data.points)
        lines += [f"points = np.array([\n    {rows},\n])", "X, labels = points[:, :2].T, points[:, 2]"]
    else:
        counts = class_counts(data.samples, data.positive_fraction, data.classes)
        source = _plain(inspect.getsource(DATASETS[data.name].make)).replace(
            f"def {data.name}", "def make_points"
        )
        lines += [
            f"counts = {counts!r}  # points of each class",
            f"noise, random = {float(data.noise or 0.0)!r}, np.random.RandomState({data.seed})",
        ]
        if "factor" in source:
            lines.append(f"factor = {data.factor!r}  # the inner circle's radius")
        lines += ["", ""]
        if "shuffled(" in source:
            lines += [_plain(inspect.getsource(datasets._shuffled)), "", ""]
        lines += [source, "", "", "X, labels = make_points()"]
        if data.stretch != 1.0:
            lines.append(f"X[1] *= {data.stretch!r}")
    lines += [*_held_back(experiment), "X = np.ascontiguousarray(X)"]
    lines += _inputs(experiment, figures)
    if data.classes > 2:
        lines.append(f"Y = np.equal(labels, np.arange({data.classes})[:, None]).astype(float)  # one-hot")
    else:
        lines.append("Y = labels[None, :]")
    return "\n".join([*lines, ""])


IN_THE_SCRIPT = {
    "_shuffled(r: Recipe, X: Array, Y: Array)": "shuffled(X, Y)",
    "_shuffled(r, ": "shuffled(",
    "(r: Recipe)": "()",
    " -> Points": "",
    "_labels(r)": "np.repeat(np.arange(len(counts), dtype=float), counts)",
    "r.samples": "sum(counts)",
    "r.random": "random",
    "r.counts": "counts",
    "r.noise": "noise",
    "r.factor": "factor",
}
"""How a recipe (datasets.py) reads where its settings are plain names."""


def _plain(source: str) -> str:
    for ours, theirs in IN_THE_SCRIPT.items():
        source = source.replace(ours, theirs)
    return source.rstrip()


def _held_back(experiment: Experiment) -> list[str]:
    """The points that validate and test leave; those that train keep their order."""
    data = experiment.data
    if not data.validation and not data.test:
        return []
    return [
        "",
        f"# By class, {data.test!r} of the points test and {data.validation!r} validate; the others train.",
        f"random, train = np.random.RandomState({data.seed}), []",
        "for label in np.unique(labels):",
        "    members = np.flatnonzero(labels == label)",
        "    order = members[random.permutation(len(members))]",
        f"    tests = math.floor(len(members) * {data.test!r} + 0.5)",
        f"    validates = math.floor(len(members) * {data.validation!r} + 0.5)",
        "    train.append(order[tests + validates :])",
        "train = np.sort(np.concatenate(train))",
        "X, labels = X[:, train], labels[train]",
    ]


def _inputs(experiment: Experiment, figures: bool) -> list[str]:
    """From points to inputs; for figures as a function, which takes the plane's points too."""
    rows = ", ".join(FEATURES[name] for name in experiment.network.features)
    made = f"np.vstack([X, {rows}])  # features beneath x1 and x2"
    normalized = "(X - mean) / deviation"
    features, standardize = bool(rows), experiment.data.standardize
    moments = ["mean, deviation = X.mean(axis=1, keepdims=True), X.std(axis=1, keepdims=True)"]
    unpack = ["x1, x2 = X", f"X = {made}"] if features else []
    if not figures:
        return [*unpack, *([*moments, f"X = {normalized}"] if standardize else [])]
    lines = ["points = X"]
    lines += [*unpack, *moments] if standardize else []
    lines += ["", "", "def inputs(X):", '    """What the network takes for points of the plane (2, m)."""']
    lines += [f"    {line}" for line in unpack]
    return [*lines, f"    return {normalized if standardize else 'X'}", "", "", "X = inputs(points)"]
