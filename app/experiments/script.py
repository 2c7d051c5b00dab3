"""A run as a NumPy script in the course's notation, which prints each recorded step and its cost.

It needs numpy alone and shares no code with this application. It prints the same costs to the last
digit, because it takes the same operations in the same order on rows that lie alike (arrays.py).
Only what the run uses is written. How far it goes is known, since the run has been made.
"""

import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from app import __version__
from app.engine import datasets
from app.engine.datasets import DATASETS, class_counts
from app.engine.optimizers import OPTIMIZERS
from app.experiments.experiment import Experiment, Intervention
from app.experiments.problem import initial_theta
from app.experiments.run import State

G = {
    "sigmoid": ("np.add(0.5 * np.tanh(0.5 * Z), 0.5, out=A)", "np.multiply(1 - A, A, out=slope)"),
    "tanh": ("np.tanh(Z, out=A)", "np.subtract(1, A * A, out=slope)"),
    "relu": ("np.maximum(Z, 0.0, out=A)", 'np.{above}(Z, 0.0, out=slope, casting="unsafe")'),
    "leaky_relu": (
        "np.maximum({leak} * Z, Z, out=A)",
        'np.{above}(Z, 0.0, out=slope, casting="unsafe")\n    np.maximum(slope, {leak}, out=slope)',
    ),
    "linear": ("np.copyto(A, Z)", "slope.fill(1.0)"),
}
"""A = g(Z) and slope = g'(Z), into arrays that are there already."""

FEATURES = {
    "x1^2": "x1 * x1",
    "x2^2": "x2 * x2",
    "x1*x2": "x1 * x2",
    "sin(x1)": "np.sin(x1)",
    "sin(x2)": "np.sin(x2)",
}

LOSSES = {
    "cross_entropy": (
        "-y ln a - (1 - y) ln(1 - a), from z, so that it cannot overflow",
        "np.log1p(np.exp(-np.abs(Z))) + (np.maximum(Z, 0.0) - Y * Z)",
        "np.subtract(A, Y, out=dZ)",
    ),
    "squared_error": (
        "(a - y)^2",
        "(A - Y) * (A - Y)",
        "np.multiply((1.0 - A) * A * (A - Y), 2.0, out=dZ)",
    ),
    "softmax": (
        "-ln of the true class's probability, from z, so that it cannot overflow",
        "np.log(np.exp(Z - largest).sum(axis=0, keepdims=True)) + largest"
        " - np.sum(Y * Z, axis=0, keepdims=True)",
        "np.subtract(A, Y, out=dZ)",
    ),
}

SOFTMAX = """
def softmax(Z, A):
    np.exp(Z - Z.max(axis=0), out=A)
    np.divide(A, A.sum(axis=0), out=A)
"""

UPDATES = {
    "gd": ["theta[:] = theta - rate * gradient"],
    "momentum": ["v[:] = beta * v + (1.0 - beta) * gradient", "theta[:] = theta - rate * v"],
    "rmsprop": [
        "s[:] = beta * s + (1.0 - beta) * (gradient * gradient)",
        "theta[:] = theta - rate * gradient / (np.sqrt(s) + epsilon)",
    ],
    "adam": [
        "v[:] = beta1 * v + (1.0 - beta1) * gradient",
        "s[:] = beta2 * s + (1.0 - beta2) * (gradient * gradient)",
        "s_corrected = s / (1.0 - math.pow(beta2, t))",
        "theta[:] = theta - rate / (1.0 - math.pow(beta1, t)) * v / (np.sqrt(s_corrected) + epsilon)",
    ],
}
"""What ``update`` does to theta; ``t`` counts from 1. Epsilon stands outside the root."""

WEIGHTS = {
    "zeros": "np.zeros(draws.shape)",
    "constant": "np.full(draws.shape, {scale})",
    "normal": "draws * {scale}",
    "uniform": "(2.0 * draws - 1.0) * {scale}",
    "positive_uniform": "draws * {scale}",
    "xavier": "draws * math.sqrt(1.0 / n_before)",
    "glorot": "draws * math.sqrt(2.0 / (n + n_before))",
    "he": "draws * math.sqrt(2.0 / n_before)",
}


def script(experiment: Experiment, state: State, every: int, link: str) -> str:
    """The script of a run that was made up to ``state``, with a record each ``every`` steps."""
    return "\n".join(text for _, text in sections(experiment, state, every, link))


def sections(
    experiment: Experiment, state: State, every: int, link: str, figures: bool = False
) -> Iterator[tuple[str, str]]:
    """Its parts, each with a title: the script is their texts, one after the other.

    With ``figures`` they keep the ``points`` and how a point becomes ``inputs``.
    """
    yield "What this is", _head(experiment, state, link)
    yield "The points", _points(experiment, figures)
    yield "Equal units stay equal", PRODUCTS
    yield "The parameters", _parameters(experiment)
    yield "Activations and loss", _functions(experiment)
    yield "Forward and backward propagation", _passes(experiment)
    yield "The update", _update(experiment)
    yield "Training", _training(experiment, state, every)


def _head(experiment: Experiment, state: State, link: str) -> str:
    layers = "-".join(map(str, experiment.sizes))
    ended = ""
    if state.diverged:
        ended = f"\nThe run diverges at step {state.diverged.step}: {state.diverged.reason}."
    elif state.converged:
        ended = f"\nThe run comes to rest at step {state.step}."
    points = "a table" if experiment.data.points is not None else f"the data set {experiment.data.name}"
    return f'''"""A network {layers} learns the points of {points}.

Written by Planar Playground {__version__}; needs numpy. Columns are examples: X is (n_0, m), Y is (n_L, m),
W[l] is (n_l, n_l-1), b[l] is (n_l, 1). Prints steps, and the cost of the parameters before the update.{ended}
{link}
"""

import math
import os

# One thread, before numpy is imported: so the sums are always added up in one order.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np

np.seterr(all="ignore")
'''


def _points(experiment: Experiment, figures: bool) -> str:
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


PRODUCTS = '''
def buffer(n, m):
    """Zeros (n, m or a little more) in which every row starts at a multiple of 64 bytes."""
    row = -(-m * 8 // 64) * 64
    memory = np.zeros(n * row + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + n * row].view(float).reshape(n, -1)


def times(W, A, out):
    """out = W A, one product for each unit: a matrix product rounds the last rows differently, and
    units that are equal would not stay so."""
    (np.multiply if len(A) == 1 else np.matmul)(W[:, None, :], A, out=out[:, None, :])


def sums(dZ, A, out):
    """out = dZ A^T, one dot product for each pair of units."""
    np.vecdot(dZ[:, None, :], A, out=out)

'''


def _parameters(experiment: Experiment) -> str:
    sizes = experiment.sizes
    lines = [
        f"sizes = {sizes!r}  # n_0, ..., n_L",
        "L = len(sizes) - 1",
        "count = sum(n * (n_before + 1) for n_before, n in zip(sizes, sizes[1:]))",
        "theta, gradient = np.zeros(count), np.zeros(count)  # all parameters, and all gradients",
        "",
        "",
        "def layers(numbers):",
        '    """The numbers as [W b] of layer 1 to L, sharing their memory."""',
        "    found, at = [None], 0",
        "    for n_before, n in zip(sizes, sizes[1:]):",
        "        found.append(numbers[at : at + n * (n_before + 1)].reshape(n, n_before + 1))",
        "        at += n * (n_before + 1)",
        "    return found",
        "",
        "",
        "W_b, dW_db = layers(theta), layers(gradient)",
        "W = [None, *(block[:, :-1] for block in W_b[1:])]",
        "b = [None, *(block[:, -1:] for block in W_b[1:])]",
    ]
    if "explicit" in experiment.methods:
        values = ", ".join(map(repr, initial_theta(experiment).tolist()))
        lines.append(_wrapped(f"theta[:] = [{values}]"))
        return "\n".join([*lines, ""])
    lines.append(f"random = np.random.RandomState({experiment.init.seed})")
    scale = repr(experiment.init.scale)
    for l, method in enumerate(experiment.methods, start=1):
        draw = "random_sample" if "uniform" in method else "standard_normal"
        n_before, n = sizes[l - 1], sizes[l]
        rule = WEIGHTS[method].replace("{scale}", scale).replace("n_before", str(n_before))
        rule = rule.replace("(n + ", f"({n} + ")
        lines.append(f"draws = random.{draw}(({n}, {n_before}))")
        lines.append(f"W[{l}][:] = {rule}")
        if experiment.init.bias and l < len(experiment.methods):
            lines.append(f"b[{l}][:] = {experiment.init.bias!r}")
    return "\n".join([*lines, ""])


def _wrapped(line: str) -> str:
    return "\n".join(textwrap.wrap(line, 100, subsequent_indent="    "))


def _functions(experiment: Experiment) -> str:
    network = experiment.network
    above = "greater_equal" if network.relu_at_zero else "greater"
    parts = []
    for name in dict.fromkeys(experiment.activations):
        value, slope = (
            text.replace("{above}", above).replace("{leak}", repr(network.leak)) for text in G[name]
        )
        parts.append(f"\ndef {name}(Z, A):\n    {value}\n\n\ndef {name}_slope(Z, A, slope):\n    {slope}\n")
    if experiment.data.classes > 2:
        parts.append(SOFTMAX)
        output, loss = "softmax", "softmax"
    else:
        if "sigmoid" not in experiment.activations:
            parts.append(f"\ndef sigmoid(Z, A):\n    {G['sigmoid'][0]}\n")
        output, loss = "sigmoid", experiment.training.loss
    about, value, gradient = LOSSES[loss]
    largest = "    largest = Z.max(axis=0, keepdims=True)\n" if "largest" in value else ""
    parts.append(f'\ndef losses(Z, A, Y):\n    """{about}."""\n{largest}    return {value}\n')
    words = "dZ[L], from the loss and the output together."
    parts.append(f'\ndef error(A, Y, dZ):\n    """{words}"""\n    {gradient}\n')
    names = [*experiment.activations, output]
    parts.append("\n" + _wrapped(f"g = [None, {', '.join(names)}]"))
    slopes = [f"{name}_slope" for name in experiment.activations]
    parts.append(_wrapped(f"g_slope = [{', '.join(['None', *slopes])}]") + "\n")
    return "\n".join(parts)


def _passes(experiment: Experiment) -> str:
    if experiment.arithmetic == "blas":
        forward = "np.matmul(W_b[l], self.A_1[l - 1], out=self.Z[l])"
        back = "np.matmul(W[l].T, self.dZ[l], out=self.dZ[l - 1])"
        total = "np.matmul(self.dZ[l], self.A_1[l - 1].T, out=dW_db[l])"
    else:
        forward = "times(W_b[l], self.A_1[l - 1], self.Z[l])"
        back = "times(W[l].T, self.dZ[l], self.dZ[l - 1])"
        total = "sums(self.dZ[l], self.A_1[l - 1], dW_db[l])"
    if experiment.arithmetic == "reordered":
        total = "self.sums_in_any_order(l)"
    text = f'''
class Pass:
    """Forward and backward propagation over some examples. Under each A lies a row of ones, so that
    [W b] [A; 1] = W A + b."""

    def __init__(self, X, Y):
        self.m = X.shape[1]
        self.Y = np.array(Y, float)
        self.wide_A = [buffer(n + 1, self.m) for n in sizes]
        self.wide_Z = [None, *(buffer(n, self.m) for n in sizes[1:])]
        self.wide_dZ = [None, *(buffer(n, self.m) for n in sizes[1:])]
        self.A_1 = [A[:, : self.m] for A in self.wide_A]
        for A_1 in self.A_1:
            A_1[-1] = 1.0
        self.A = [A_1[:-1] for A_1 in self.A_1]
        self.Z = [None, *(Z[:, : self.m] for Z in self.wide_Z[1:])]
        self.dZ = [None, *(dZ[:, : self.m] for dZ in self.wide_dZ[1:])]
        self.A[0][:] = X

    def forward(self):
        for l in range(1, L + 1):
            {forward}  # Z[l] = W[l] A[l-1] + b[l]
            g[l](self.wide_Z[l], self.wide_A[l][:-1])  # A[l] = g(Z[l])

    def cost(self):
        found = losses(self.Z[L], self.A[L], self.Y)
        first = found[0, 0]  # about the first loss, so that the mean of equal losses is that loss
        mean = float(first + np.vecdot(found[0] - first, self.A_1[0][-1]) / self.m)
        return mean if math.isfinite(mean) else float(np.sum(found / self.m))

    def backward(self):
        error(self.A[L], self.Y, self.dZ[L])
        for l in range(L, 1, -1):
            {back}  # dZ[l-1] = W[l]^T dZ[l] * g'(Z[l-1])
            slope = np.zeros_like(self.wide_dZ[l - 1])
            g_slope[l - 1](self.wide_Z[l - 1], self.wide_A[l - 1][:-1], slope)
            self.wide_dZ[l - 1] *= slope
        for l in range(1, L + 1):
            {total}  # dW[l] = dZ[l] A[l-1]^T / m, db[l] = sum(dZ[l]) / m
        gradient[:] = gradient / self.m
'''
    if experiment.arithmetic == "reordered":
        text += '''
    def sums_in_any_order(self, l):
        """Unit u adds up the examples in an order of its own, which changes the last digits."""
        mine, theirs = buffer(1, self.m)[0, : self.m], buffer(*self.A_1[l - 1].shape)[:, : self.m]
        for u in range(sizes[l]):
            order = np.random.RandomState(u).permutation(self.m)
            mine[:], theirs[:] = self.dZ[l][u][order], self.A_1[l - 1][:, order]
            np.vecdot(mine, theirs, out=dW_db[l][u])
'''
    if experiment.training.batch_size is not None:
        text += f'''

batch_size = {experiment.training.batch_size}
per_epoch = -(-X.shape[1] // batch_size)


def batch(step):
    """The examples of a step: epoch e takes them in the order RandomState(seed + e).permutation(m)."""
    epoch, index = divmod(step, per_epoch)
    order = np.random.RandomState(({experiment.training.seed} + epoch) % 2**32).permutation(X.shape[1])
    chosen = order[index * batch_size : (index + 1) * batch_size]
    return Pass(X[:, chosen], Y[:, chosen])
'''
    return text


def _uses_l2(experiment: Experiment) -> bool:
    changed = (change.set for change in experiment.interventions if change.set)
    return bool(experiment.training.l2) or any(settings.l2 for settings in changed)


def _update(experiment: Experiment) -> str:
    training = experiment.training
    lines = ["", f"rate = {training.learning_rate!r}"]
    optimizer = OPTIMIZERS[training.optimizer]
    lines += [f"{name} = {getattr(training, name)!r}" for name in optimizer.settings]
    lines += [f"{name} = np.zeros(count)" for name in optimizer.memory]
    if _uses_l2(experiment):
        lines += [
            f"l2 = {training.l2!r}",
            "is_weight = np.ones(count)",
            "for block in layers(is_weight)[1:]:",
            "    block[:, -1] = 0.0  # biases are not penalized",
        ]
    lines += ["", "", "def update(t):", f'    """Update number t, from 1: {optimizer.title}."""']
    lines += [f"    {line}" for line in UPDATES[training.optimizer]]
    return "\n".join([*lines, ""])


def _training(experiment: Experiment, state: State, every: int) -> str:
    l2, batches = _uses_l2(experiment), experiment.training.batch_size is not None
    penalty = " + penalty(whole.m)" if l2 else ""
    lines = []
    if l2:
        lines += [
            "",
            "def penalty(m):",
            '    """lambda / (2 m) times the sum of the squared weights."""',
            "    weights = theta * is_weight",
            "    return l2 / (2 * m) * float(np.vecdot(weights, weights)) if l2 else 0.0",
            "",
        ]
    changes = _changes(experiment, state)
    lines += changes
    lines += [
        "",
        "whole = Pass(X, Y)",
        *(["change(0)"] if changes else []),
        f"for step in range({state.step}):",
        "    part = batch(step)" if batches else "    part = whole",
        "    part.forward()",
        f"    if step % {every} == 0:",
        *(["        whole.forward()"] if batches else []),
        f"        print(step, repr(whole.cost(){penalty}))",
        "    part.backward()",
        *(["    if l2:", "        gradient += l2 / part.m * (theta * is_weight)"] if l2 else []),
        "    update(step + 1)",
        *(["    change(step + 1)"] if changes else []),
        "whole.forward()",
        f"print({state.step}, repr(whole.cost(){penalty}))",
    ]
    return "\n".join([*lines, ""])


def _changes(experiment: Experiment, state: State) -> list[str]:
    """What is changed in mid-run, in the order in which it acts."""
    acting = [c for c in sorted(experiment.interventions, key=lambda c: c.step) if c.step <= state.step]
    if not acting:
        return []
    names = _settings(experiment)
    lines = ["", "def change(step):", '    """What was changed in mid-run."""']
    lines += [f"    global {', '.join(names)}"] if names else []
    for change in acting:
        body = _change(experiment, change)
        if body:
            lines += [f"    if step == {change.step}:", *(f"        {line}" for line in body)]
    return [*lines, ""] if len(lines) > 3 + bool(names) else []


def _settings(experiment: Experiment) -> list[str]:
    """The settings that a change sets and the script has."""
    known = {"learning_rate": "rate"} | ({"l2": "l2"} if _uses_l2(experiment) else {})
    known |= {name: name for name in OPTIMIZERS[experiment.training.optimizer].settings}
    changed = (change.set for change in experiment.interventions if change.set)
    given = {name for settings in changed for name, value in vars(settings).items() if value is not None}
    return [short for name, short in known.items() if name in given]


def _change(experiment: Experiment, change: Intervention) -> list[str]:
    if change.set is not None:
        names = _settings(experiment)
        values: dict[str, Any] = {
            "rate": change.set.learning_rate,
            **{name: getattr(change.set, name) for name in ("l2", "beta", "beta1", "beta2", "epsilon")},
        }
        return [f"{name} = {values[name]!r}" for name in names if values[name] is not None]
    if change.nudge is not None:
        nudge = change.nudge
        return [f"{_place(nudge.layer, nudge.unit, nudge.input)} += {nudge.by!r}"]
    if change.edit is not None:
        edit = change.edit
        return [f"{_place(edit.layer, edit.unit, edit.input)} = {edit.to!r}"]
    memory = OPTIMIZERS[experiment.training.optimizer].memory
    if change.permute is not None:
        l, order = change.permute.layer, list(change.permute.order)
        return [
            f"for block in map(layers, (theta, {''.join(f'{name}, ' for name in memory)})):",
            f"    block[{l}][:], block[{l + 1}][:, :-1] = block[{l}][{order}], block[{l + 1}][:, {order}]",
        ]
    assert change.flip is not None
    l, u = change.flip.layer, change.flip.unit
    signed = [name for name in memory if name != "s"]  # an average square has no sign
    return [
        f"for block in map(layers, (theta, {''.join(f'{name}, ' for name in signed)})):",
        f"    block[{l}][{u}] *= -1.0",
        f"    block[{l + 1}][:, {u}] *= -1.0",
    ]


def _place(layer: int, unit: int, column: int | None) -> str:
    return f"b[{layer}][{unit}, 0]" if column is None else f"W[{layer}][{unit}, {column}]"
