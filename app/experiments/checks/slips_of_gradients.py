"""The usual mistakes in dW and db: 1/m, sums, the penalty, signs.

A slip is a generator of attempts: the mistake in every layer, and in each alone.
"""

from collections.abc import Callable, Iterator

import numpy as np

from app.engine.arrays import Array
from app.experiments.checks.attempt import Attempt, every, hidden, made
from app.experiments.checks.textbook import (
    Formula,
    Formulas,
    Task,
    Work,
    decay,
    right_back,
    right_biases,
    right_error,
    right_weights,
    summed,
)


def factor_m(task: Task) -> Iterator[Attempt]:
    def times(factor: float, kind: str) -> Formula:
        right = {"dW": right_weights, "db": right_biases, "dZ": right_error}[kind]
        return lambda work, l: right(work, l) * factor

    layers, m, inputs = every(task), task.m, len(task.X)
    missing = "The factor 1/m is missing: a sum over the examples, not their mean."
    yield from made(task, "missing_1_m", missing, layers, dW=times(m, "dW"), db=times(m, "db"))
    if task.l2:
        says = "The factor 1/m is missing before dZ A^T; the penalty has its own."
        yield from made(task, "missing_1_m", says, layers, dW=lambda w, l: summed(w, l) + decay(w, l))
    twice = "Divided by m twice."
    yield from made(task, "1_m_twice", twice, layers, dW=times(1 / m, "dW"), db=times(1 / m, "db"))
    if task.l2:
        yield from made(task, "1_m_twice", twice, layers, dW=lambda w, l: summed(w, l) / m**2 + decay(w, l))
    if inputs != m:
        says = f"Divided by {inputs}, the number of inputs, instead of m = {m}, the number of examples."
        yield from made(
            task, "wrong_m", says, layers,
            dW=lambda w, l: summed(w, l) / inputs + decay(w, l),
            db=times(m / inputs, "db"),
        )  # fmt: skip


def scaled_error(task: Task) -> Attempt:
    """1/m in dZ[L] instead of in dW and db: other dZ, the same gradients. No mistake, but not as ours."""
    formulas: dict[tuple[str, int], Formula] = {("dZ", task.L): lambda w, l: right_error(w, l) / task.m}
    for l in every(task):
        formulas[("dW", l)] = lambda w, l: summed(w, l) + decay(w, l)
        formulas[("db", l)] = lambda w, l: w[f"dZ{l}"].sum(axis=1, keepdims=True)
    return Attempt("1_m_in_dZ", "The factor 1/m stands in dZ instead of in dW and db.", task, formulas)


def divided_error(task: Task) -> Iterator[Attempt]:
    says = "The factor 1/m stands in dZ already, and dW and db are divided by m once more."
    divided: Formulas = {("dZ", task.L): lambda w, l: right_error(w, l) / task.m}
    yield Attempt("1_m_twice", says, task, divided)
    says = "dA[l] was divided by m as well; 1/m belongs in dW and db alone."
    yield from made(task, "1_m_twice", says, hidden(task), dA=lambda w, l: right_back(w, l) / w.task.m)


def wrong_sum(task: Task) -> Iterator[Attempt]:
    axis = "db is summed over the wrong axis: over the units instead of over the examples (axis=1)."
    total = "db is summed over everything: over the units too, and not only over the examples (axis=1)."
    m = task.m
    for says, add in (
        (axis, lambda dZ: dZ.sum(axis=0, keepdims=True) / m),
        (axis, lambda dZ: dZ.sum(axis=0) / m),
        (axis, lambda dZ: dZ.mean(axis=0, keepdims=True)),
        (axis, lambda dZ: dZ.mean(axis=0)),
        (axis, lambda dZ: dZ.sum(axis=0, keepdims=True)),
        (axis, lambda dZ: dZ.sum(axis=0)),
    ):
        yield from made(task, "wrong_axis", says, every(task), db=_sum_of(add))
    # Of a single unit, everything is what is summed over.
    layers = [l for l in every(task) if len(task.b(l)) > 1]
    for add in (
        lambda dZ: dZ.sum() / m,
        lambda dZ: dZ.sum(keepdims=True) / m,
        lambda dZ: np.full((len(dZ), 1), dZ.sum() / m),
        lambda dZ: dZ.mean(),
        lambda dZ: dZ.mean(keepdims=True),
        lambda dZ: np.full((len(dZ), 1), dZ.mean()),
    ):
        yield from made(task, "summed_over_everything", total, layers, db=_sum_of(add))
    says = "db is not summed over the examples: it is dZ."
    for add in (lambda dZ: dZ, lambda dZ: dZ / m):
        yield from made(task, "not_summed", says, every(task), db=_sum_of(add))


def _sum_of(add: Callable[[Array], Array]) -> Formula:
    return lambda work, l: add(work[f"dZ{l}"])


def penalty(task: Task) -> Iterator[Attempt]:
    if not task.l2:
        return
    l2, m, layers = task.l2, task.m, every(task)
    for cause, says, share in (
        ("l2_missing", "The L2 term, lambda / m W, is missing.", 0.0),
        ("l2_without_1_m", "The L2 term is lambda W, without 1/m.", l2),
        ("l2_halved", "The L2 term is lambda / (2m) W; the derivative of W^2 brings a 2.", l2 / (2 * m)),
        ("l2_doubled", "The L2 term is 2 lambda / m W; the 1/2 of the penalty takes the 2 away.", 2 * l2 / m),
        ("l2_sign", "The L2 term is subtracted instead of added.", -l2 / m),
    ):
        yield from made(task, cause, says, layers, dW=_with_decay(share))
    says = "The L2 term was added to db; biases are not penalized."
    for share in (l2 / m, l2):
        yield from made(task, "l2_on_b", says, layers, db=_with_bias_decay(share))


def _with_decay(share: float) -> Formula:
    return lambda work, l: summed(work, l) / work.task.m + share * work.task.W(l)


def _with_bias_decay(share: float) -> Formula:
    return lambda work, l: right_biases(work, l) + share * work.task.b(l)


def wrong_input(task: Task) -> Iterator[Attempt]:
    for shift in range(-task.L, task.L + 1):
        layers = [l for l in every(task) if shift != -1 and 0 <= l + shift <= task.L]
        says = "dW[l] uses the A of a wrong layer; it needs A[l-1], what came into layer l."
        yield from made(task, "wrong_A_prev", says, layers, dW=_from_A(shift))
    says = "dW[l] uses Z[l-1] instead of A[l-1] = g(Z[l-1])."
    yield from made(task, "Z_instead_of_A", says, range(2, task.L + 1), dW=_from_Z)


def _from_A(shift: int) -> Formula:
    return lambda w, l: w[f"dZ{l}"] @ w[f"A{l + shift}"].T / w.task.m + (decay(w, l) if w.task.l2 else 0.0)


def _from_Z(work: Work, l: int) -> Array:
    return work[f"dZ{l}"] @ work[f"Z{l - 1}"].T / work.task.m + decay(work, l)


def signs(task: Task) -> Iterator[Attempt]:
    flipped = "The sign is flipped: dZ[L] is A[L] - Y, not Y - A[L]."
    yield Attempt("sign", flipped, task, {("dZ", task.L): lambda w, l: -right_error(w, l)})
    says = "The sign is flipped."
    yield from made(task, "sign", says, every(task), dW=lambda w, l: -right_weights(w, l))
    yield from made(task, "sign", says, every(task), db=lambda w, l: -right_biases(w, l))
    yield from made(task, "sign", says, hidden(task), dZ=lambda w, l: -right_error(w, l))
