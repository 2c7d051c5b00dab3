"""The usual mistakes from layer to layer: forward, in the error, and on the way back.

A slip is a generator of attempts: the mistake in every layer, and in each alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from app.engine.activations import ACTIVATIONS
from app.engine.arrays import Array
from app.experiments.checks.attempt import Attempt, every, hidden, made
from app.experiments.checks.textbook import (
    Formula,
    Formulas,
    Task,
    Work,
    own_slope,
    right_error,
    slope,
    value,
)

MOST_SQUARED = 1_000
"""Labels that lie the wrong way make (m, m): of more examples that is not tried."""


def last_error(task: Task) -> Iterator[Attempt]:
    def one(cause: str, says: str, formula: Callable[[Array, Array], Array]) -> Attempt:
        return Attempt(cause, says, task, {("dZ", task.L): lambda w, l: formula(w[f"A{l}"], w.task.Y)})

    if task.loss == "squared_error":
        says = "The factor 2 of the squared error's derivative is missing."
        yield one("factor_2", says, lambda A, Y: (A - Y) * A * (1 - A))
        says = "dZ[L] is not multiplied by g'(Z[L]) = A (1 - A)."
        yield one("no_slope", says, lambda A, Y: 2 * (A - Y))
        says = "dZ[L] is A - Y, which belongs to the cross-entropy, not to the squared error."
        yield one("other_loss", says, lambda A, Y: A - Y)
    else:
        says = "dZ[L] = A - Y has the output's slope in it already; it was multiplied by A (1 - A) once more."
        yield one("slope_twice", says, lambda A, Y: (A - Y) * A * (1 - A))
        for name in dict.fromkeys(task.activations[:-1]):
            says = (
                f"dZ[L] = A - Y was multiplied by the slope of {name}, as if the output were a hidden layer."
            )
            if name not in ("linear", "sigmoid"):
                yield Attempt("slope_of_other", says, task, {("dZ", task.L): _hidden_slope(name)})
        says = "dZ[L] is the squared error's, not the cross-entropy's, which is A - Y."
        yield one("other_loss", says, lambda A, Y: 2 * (A - Y) * A * (1 - A))
        says = "dZ[L] is dA[L]: it is not multiplied by the output's slope, which makes A - Y of it."
        if task.activations[-1] == "softmax":
            yield one("no_slope", says, lambda A, Y: -Y / A)
        else:
            yield one("no_slope", says, lambda A, Y: -(Y / A - (1 - Y) / (1 - A)))
    says = "dZ[L] uses the predicted classes instead of the probabilities."
    if len(task.Y) == 1:
        yield one("classes_instead_of_A", says, lambda A, Y: (A > 0.5) - Y)


def _hidden_slope(name: str) -> Formula:
    return lambda w, l: right_error(w, l) * slope(name, w[f"Z{l}"], w[f"A{l}"], w.task.kink)


def labels(task: Task) -> Iterator[Attempt]:
    if len(task.Y) == 1:
        yield Attempt("labels_flipped", "The classes are flipped: 0 for 1.", replace(task, Y=1 - task.Y), {})
        if task.m <= MOST_SQUARED:
            says = "Y is transposed: (1, m) minus (m, 1) is (m, m)."
            for sign in (1, -1):
                formula = _crossed(sign)
                yield Attempt("labels_transposed", says, task, {("dZ", task.L): formula})
    else:
        says = "The classes stand in another order: the rows of Y are exchanged."
        yield Attempt("labels_flipped", says, replace(task, Y=task.Y[::-1]), {})
        yield Attempt("labels_flipped", says, replace(task, Y=np.roll(task.Y, 1, axis=0)), {})
        yield Attempt("labels_flipped", says, replace(task, Y=np.roll(task.Y, -1, axis=0)), {})


def _crossed(sign: int) -> Formula:
    """A - Y^T (m, m), or A^T - Y."""

    def formula(work: Work, l: int) -> Array:
        A, Y = work[f"A{l}"], work.task.Y
        return A - Y.T if sign > 0 else A.T - Y

    return formula


# --- back through a layer -----------------------------------------------------------------------------------


def slopes(task: Task) -> Iterator[Attempt]:
    inner, kink = hidden(task), task.kink
    curved = [l for l in inner if task.activations[l - 1] != "linear"]
    says = "dZ[l] is not multiplied by g'(Z[l])."
    yield from made(task, "no_slope", says, curved, dZ=_through(lambda w, l: np.ones_like(w[f"Z{l}"])))
    says = "dZ[l] is multiplied by g'(Z[l]) twice."
    yield from made(task, "slope_twice", says, curved, dZ=_through(lambda w, l: own_slope(w, l) ** 2))
    says = "g' was computed with Z in the formula that needs A: 1 - a^2 of tanh, a (1 - a) of sigmoid."
    smooth = [l for l in inner if task.activations[l - 1] in ("tanh", "sigmoid")]
    yield from made(
        task, "slope_of_Z", says, smooth,
        dZ=_through(lambda w, l: slope(w.task.activations[l - 1], w[f"Z{l}"], w[f"Z{l}"], kink)),
    )  # fmt: skip
    says = "g' was computed at A: g was applied once more, though the formula needs g'(Z)."
    yield from made(task, "slope_of_A", says, smooth, dZ=_through(_slope_at_A))
    cornered = [l for l in inner if task.activations[l - 1] in ("relu", "leaky_relu")]
    other = replace(kink, at_zero=1 - kink.at_zero)
    taken, usual = ("1", "the slope below 0") if other.at_zero else ("the slope below 0", "1")
    says = f"g'(0) is {taken} instead of {usual}: a convention; network.relu_at_zero says which."
    yield from made(
        task, "slope_at_zero", says, cornered, may_vanish=True,
        dZ=_through(lambda w, l: slope(w.task.activations[l - 1], w[f"Z{l}"], w[f"A{l}"], other)),
    )  # fmt: skip
    for name, formulas in MISTAKEN.items():
        for mistaken, formula in formulas.items():
            says = f"g' was computed as {mistaken}; of {name} it is {SLOPES[name]}."
            layers = [l for l in inner if task.activations[l - 1] == name]
            yield from made(task, "slope_formula", says, layers, dZ=_through(_of_A(formula)))
    says = "g itself was taken for g': dZ[l] is multiplied by A[l]."
    yield from made(task, "slope_formula", says, curved, dZ=_through(_of_A(lambda A: A)))
    for name in ACTIVATIONS:
        if name == "linear":
            continue
        layers = [l for l in inner if task.activations[l - 1] != name]
        for slope_of in (_other_slope(name), _other_slope_anew(name)):
            yield from made(
                task, "slope_of_other", f"g' is that of {name}, not of this layer's activation.", layers,
                dZ=_through(slope_of),
            )  # fmt: skip
    for shift in (1, -1):
        says = "g' was computed with the Z or the A of a wrong layer."
        # An output of one unit fits every layer: NumPy broadcasts it.
        layers = [l for l in inner if 0 < l + shift <= task.L]
        yield from made(
            task, "slope_of_wrong_layer", says, layers,
            dZ=_through(_neighbours_slope(shift)),
        )  # fmt: skip


SLOPES = {"tanh": "1 - a^2", "sigmoid": "a (1 - a)"}
MISTAKEN: dict[str, dict[str, Callable[[Array], Array]]] = {
    "tanh": {"(1 - a)^2": lambda A: (1 - A) ** 2, "1 - a": lambda A: 1 - A, "1 + a^2": lambda A: 1 + A**2},
    "sigmoid": {"1 - a": lambda A: 1 - A, "a (1 + a)": lambda A: A * (1 + A), "a^2": lambda A: A**2},
}
"""Formulas of g' as they are misremembered."""


def _of_A(formula: Callable[[Array], Array]) -> Formula:
    return lambda w, l: formula(w[f"A{l}"])


def _other_slope(name: str) -> Formula:
    """Its formula with this layer's A."""
    return lambda w, l: slope(name, w[f"Z{l}"], w[f"A{l}"], w.task.kink)


def _other_slope_anew(name: str) -> Formula:
    """Its formula with its own A, from Z."""
    return lambda w, l: slope(name, w[f"Z{l}"], value(name, w[f"Z{l}"], w.task.kink), w.task.kink)


def _neighbours_slope(shift: int) -> Formula:
    return lambda w, l: slope(w.task.activations[l - 1], w[f"Z{l + shift}"], w[f"A{l + shift}"], w.task.kink)


def _slope_at_A(work: Work, l: int) -> Array:
    name, A = work.task.activations[l - 1], work[f"A{l}"]
    return slope(name, A, value(name, A, work.task.kink), work.task.kink)


def _through(slope_of: Formula) -> Formula:
    """dA[l] times another slope."""
    return lambda w, l: w[f"dA{l}"] * slope_of(w, l)


def weights(task: Task) -> Iterator[Attempt]:
    square = [l for l in hidden(task) if task.W(l + 1).shape[0] == task.W(l + 1).shape[1]]
    says = "W[l+1] is not transposed on the way back."
    yield from made(task, "W_not_transposed", says, square, dA=_back_by(lambda w, l: w.task.W(l + 1)))
    says = "The W of a wrong layer is used on the way back; dZ[l] needs W[l+1]^T."
    for l in hidden(task):
        for k in every(task):
            fits = task.W(k).shape == task.W(l + 1).shape
            if k != l + 1 and fits:
                yield from made(task, "wrong_W", says, [l], dA=_back_by(_transposed(k)))
            if k != l + 1 and task.W(k).shape == task.W(l + 1).T.shape:
                yield from made(task, "wrong_W", says, [l], dA=_back_by(_plain(k)))


def _plain(k: int) -> Formula:
    return lambda w, l: w.task.W(k)


def _transposed(k: int) -> Formula:
    return lambda w, l: w.task.W(k).T


def _back_by(matrix: Formula) -> Formula:
    def formula(work: Work, l: int) -> Array:
        passed: Array = matrix(work, l) @ work[f"dZ{l + 1}"]
        if passed.shape != work[f"Z{l}"].shape:
            raise ValueError("another layer's units")
        return passed

    return formula


# --- forward ------------------------------------------------------------------------------------------------


def biases(task: Task) -> Iterator[Attempt]:
    layers = [l for l in every(task) if task.b(l).any()]
    says = "The bias is missing: Z[l] is W[l] A[l-1] + b[l]."
    yield from made(task, "bias_missing", says, layers, Z=lambda w, l: w.task.W(l) @ w[f"A{l - 1}"])
    says = (
        "b is (n,) instead of (n, 1), and was added along the examples: each example got another unit's bias."
    )
    layers = [l for l in layers if len(task.b(l)) == task.m > 1]
    yield from made(
        task, "bias_broadcast", says, layers,
        Z=lambda w, l: w.task.W(l) @ w[f"A{l - 1}"] + w.task.b(l).T,
    )  # fmt: skip


def forward_functions(task: Task) -> Iterator[Attempt]:
    for name in ACTIVATIONS:
        layers = [l for l in hidden(task) if task.activations[l - 1] != name]
        says = f"Layer l is computed with {name}, not with its activation."
        alone = [[l] for l in layers] if len(layers) > 1 else []
        for where in [*([layers] if layers else []), *alone]:
            names = tuple(name if l in where else old for l, old in enumerate(task.activations, start=1))
            yield Attempt("wrong_activation", says, replace(task, activations=names), {})
            forward: Formulas = {("A", l): _other_value(name) for l in where}
            yield Attempt("wrong_activation", says, task, forward)
        says = f"The output is computed with {name}, not with {task.activations[-1]}."
        if name != task.activations[-1]:
            yield Attempt("wrong_output", says, task, {("A", task.L): _other_value(name)})
    if task.activations[-1] == "softmax":
        says = "Softmax is summed over the wrong axis: over the examples instead of over the classes."
        for axis in (0, None):  # whichever largest z is taken away before
            yield Attempt("softmax_axis", says, task, {("A", task.L): _softmax_over_examples(axis)})


def _other_value(name: str) -> Formula:
    return lambda w, l: value(name, w[f"Z{l}"], w.task.kink)


def _softmax_over_examples(axis: int | None) -> Formula:
    def formula(work: Work, l: int) -> Array:
        Z = work[f"Z{l}"]
        e = np.exp(Z - Z.max(axis=axis))
        over: Array = e / e.sum(axis=1, keepdims=True)
        return over

    return formula
