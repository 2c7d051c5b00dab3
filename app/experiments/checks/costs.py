"""Match my notebook: printed costs beside the run's, and what else would have printed them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.arithmetic import ARITHMETICS
from app.engine.arrays import Array
from app.engine.network import layers_of
from app.experiments.agreement import in_force
from app.experiments.check import ExperimentError, FieldError
from app.experiments.checks.printed_row import Row
from app.experiments.experiment import MAX_STEP, Experiment
from app.experiments.problem import problem_of
from app.experiments.run import State, advance, start
from app.experiments.texts import say
from app.experiments.work import points_of, seconds_per_pass, seconds_per_step

ROUNDING = 1e-9
"""Beside the cost: what two orders of adding up differ by, before a run magnifies it."""
MAGNIFIED = 100.0
"""So many times as far apart as two orders of adding up is still rounding: a run that swings magnifies
the last digit more each step, and which digit it was decides by how much."""
FAR = 0.05
"""But no more than that share of the cost."""
PROOF = 3.0
"""Decimal digits that what is named must explain and the run itself does not: one in a thousand by chance."""
MOST_OF = 0.75
"""The share of all rows that what is named must explain; rounding may part the last ones."""


@dataclass(frozen=True)
class Entry:
    """The cost at a step by its parts: mean loss, penalty, and what the examples of class 1 alone add."""

    loss: float
    penalty: float
    of_class_1: float

    @property
    def cost(self) -> float:
        return self.loss + self.penalty


Entries = Mapping[int, Entry]


def entries_at(
    experiment: Experiment, state: State | None, steps: Sequence[int], l2: float | None = None
) -> tuple[State, dict[int, Entry]]:
    """The costs at ``steps``, in order, from ``state`` on; none from where the run diverges or rests.

    ``l2`` weighs the penalty in the cost, where it is not the one that the run minimizes.
    """
    found = dict[int, Entry]()
    state = state or start(experiment)
    problem = problem_of(experiment)
    for step in steps:
        network, moved = problem.network, step > state.step
        state, _ = advance(experiment, state, step - state.step)
        if state.step != step or state.diverged:
            break
        with np.errstate(all="ignore"):
            if not moved:  # otherwise the cost of the state reached was the last thing computed
                network.load(state.theta)
                network.forward()
            loss = network.cost()
            squares = sum(float(np.vdot(W, W)) for W, _ in layers_of(state.theta, network.sizes))
            positive = 0.0
            if network.Y is not None and len(network.Y) == 1:
                positive = float(np.mean(network.Y * np.logaddexp(0.0, -network.Z[-1])))
        weight = in_force(experiment, step).l2 if l2 is None else l2
        penalty = weight / (2 * network.m) * squares
        found[step] = Entry(loss, penalty, positive)
    return state, found


def pieces(experiment: Experiment, steps: Sequence[int], seconds: float) -> Iterator[list[int]]:
    """``steps`` in calls of about ``seconds`` each; long ways have stops on them."""
    per_step, per_entry = seconds_per_step(experiment), seconds_per_pass(experiment) + 1e-4
    stride = max(1, int(seconds / per_step))
    piece, spent, at = list[int](), 0.0, 0
    for goal in steps:
        for step in (*range(at + stride, goal, stride), goal):
            piece.append(step)
            spent += (step - at) * per_step + per_entry
            at = step
            if spent >= seconds:
                yield piece
                piece, spent = [], 0.0
    if piece:
        yield piece


# --- readings: the same run, printed otherwise --------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """How a run is printed: ``form`` of the cost, at the step of each row."""

    cause: str
    values: Mapping[str, str]
    steps: tuple[int, ...]
    form: str = "cost"

    def values_of(self, entries: Entries, m: int) -> Array:
        """What would have been printed (rows,); nan where the run has no such step."""
        printed = PRINTED[self.form]
        return np.array([printed(entries[step], m) if step in entries else math.nan for step in self.steps])


PRINTED: Mapping[str, Callable[[Entry, int], float]] = {
    "cost": lambda entry, m: entry.cost,
    "no_penalty": lambda entry, m: entry.loss,
    "penalty_without_1_m": lambda entry, m: entry.loss + entry.penalty * m,
    "penalty_doubled": lambda entry, m: entry.loss + 2 * entry.penalty,
    "sum": lambda entry, m: entry.loss * m,
    "sum_and_penalty": lambda entry, m: entry.loss * m + entry.penalty,
    "halved": lambda entry, m: entry.cost / 2,
    "log2": lambda entry, m: entry.loss / math.log(2) + entry.penalty,
    "log10": lambda entry, m: entry.loss / math.log(10) + entry.penalty,
    "negative": lambda entry, m: -entry.cost,
    "class_1_only": lambda entry, m: entry.of_class_1 + entry.penalty,
}
"""What a notebook prints of a cost, right or not."""

FORMS = {
    "sum": ("sum", "sum_and_penalty"),
    "log_base": ("log2", "log10"),
    "cost_halved": ("halved",),
    "cost_sign": ("negative",),
    "class_1_only": ("class_1_only",),
    "l2_not_in_cost": ("no_penalty", "penalty_without_1_m", "penalty_doubled"),
}
EVERY = (1, 10, 50, 100, 500, 1000)


def steps_of(rows: Sequence[Row], record_every: int) -> tuple[int, ...]:
    """The step of each row: as printed, or counted."""
    steps = tuple(i * record_every if row.step is None else row.step for i, row in enumerate(rows))
    if steps[-1] + 1 > MAX_STEP:
        rule = f"small enough that {len(rows)} costs end before step {MAX_STEP}"
        raise ExperimentError(FieldError("record_every", rule, record_every))
    return steps


def readings(
    experiment: Experiment, rows: Sequence[Row], record_every: int, most_steps: int
) -> Iterator[Reading]:
    """The first is the right one; then what a notebook may print instead, up to step ``most_steps``."""
    steps = steps_of(rows, record_every)
    yield Reading("right", {}, steps)
    yield Reading("after_update", {}, tuple(step + 1 for step in steps))
    if steps[0] > 0:
        yield Reading("counted_from_1", {}, tuple(step - 1 for step in steps))
    for cause, forms in FORMS.items():
        for form in forms:
            yield Reading(cause, {"base": form.removeprefix("log")}, steps, form)
    others: dict[int, str] = {}
    if all(row.step is None for row in rows):
        others = dict.fromkeys((every for every in EVERY if every != record_every), "rows_apart")
    elif experiment.training.batch_size is not None:
        others = {-(-points_of(experiment) // experiment.training.batch_size): "epochs"}
    for every, cause in others.items():
        counted = range(len(rows)) if cause == "rows_apart" else [row.step or 0 for row in rows]
        far = tuple(i * every for i in counted)
        if far[-1] <= most_steps:
            yield Reading(cause, {"every": str(every)}, far)


# --- the verdict --------------------------------------------------------------------------------------------


class Table:
    """The printed rows, and what agrees with them to every digit."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.costs = np.array([row.cost for row in rows])
        self.halves = np.array([row.half for row in rows])

    def tolerances(self, values: Array) -> Array:
        """What the printed digits allow, and rounding; 0 where the value is no number. (rows,)"""
        found: Array = 1.01 * self.halves[: len(values)] + ROUNDING * np.abs(values)
        return np.where(np.isfinite(values), found, 0.0)

    def agreeing(self, values: Array) -> NDArray[np.bool_]:
        """Of each row whether its digits are those of the value; what is no number agrees with none."""
        costs = self.costs[: len(values)]
        near: NDArray[np.bool_] = np.abs(costs - values) <= self.tolerances(values)
        both: NDArray[np.bool_] = near | (np.isnan(costs) & np.isnan(values))
        return both

    def first_different(self, values: Array) -> int | None:
        """The index of the first row that differs."""
        different = np.flatnonzero(~self.agreeing(values))
        return int(different[0]) if len(different) else None

    def proof(self, values: Array, ours: Array) -> float:
        """How many digits ``values`` explain that the run itself, ``ours``, does not.

        0 unless every row up to the first that differs agrees, that one too, and most of the rest.
        """
        first, same = self.first_different(ours), self.agreeing(values)
        if first is None or not same[: first + 1].all() or same.mean() < MOST_OF:
            return 0.0
        apart, allowed = np.abs(values - ours), self.tolerances(values)
        told = same & np.isfinite(apart) & (apart > allowed) & (allowed > 0)
        return float(np.log10(apart[told] / allowed[told]).sum())

    def only_rounding(self, ours: Array, reordered: Sequence[Array]) -> bool:
        """Whether every row is within what other orders of adding up lead to by then."""
        apart = np.maximum.accumulate(np.max([np.abs(ours - other) for other in reordered], axis=0))
        allowed = self.tolerances(ours) + np.minimum(MAGNIFIED * apart, FAR * np.abs(ours))
        return bool((np.abs(self.costs[: len(ours)] - ours) <= allowed).all())  # nan is never

    def explained(self, key: str, values: Mapping[str, str], costs: Array, ours: Array) -> "Cause | None":
        """The cause, if ``costs`` explain the rows."""
        if self.proof(costs, ours) < PROOF:
            return None
        return Cause(key, values, int(self.agreeing(costs).sum()))


@dataclass(frozen=True)
class Cause:
    """What explains the rows: a key of the texts, its values, and how many rows it gives."""

    key: str
    values: Mapping[str, str]
    rows: int = 0

    def told(self) -> dict[str, Any]:
        """As the API says it; the page makes the sentence of the key and the values."""
        says = say("page", f"match.cause_{self.key}", self.values)
        return {"cause": self.key, "values": dict(self.values), "rows": self.rows, "says": says}


def answer(
    table: Table, ours: Array, steps: Sequence[int], rounding: bool, causes: Sequence[Cause]
) -> dict[str, Any]:
    """The table, its first row that differs, and what explains it."""
    first = table.first_different(ours)
    ranked = sorted(causes, key=lambda cause: -cause.rows)  # stable: the likelier before
    if first is not None and not causes and math.isnan(table.rows[first].cost):
        ranked = [Cause("not_a_number", {}, 0)]
    verdict = "same" if first is None else "rounding" if rounding else "different"
    values = {"n": str(len(steps))} if first is None else {"step": str(steps[first])}
    says = say("page", f"match.{verdict}", values)
    if verdict == "different":
        says += " " + (ranked[0].told()["says"] if ranked else say("page", "match.unknown", {}))
    columns = (steps, ours.tolist(), table.tolerances(ours).tolist(), table.agreeing(ours).tolist())
    return {
        "right": verdict != "different",
        "verdict": verdict,
        "first": first,
        "says": says,
        "cause": ranked[0].told() if ranked else None,
        "also": [cause.told() for cause in ranked[1:4] if cause.rows == ranked[0].rows],
        "rows": [
            {
                "line": row.line,
                "step": step,
                "text": row.text,
                "yours": None if math.isnan(row.cost) else row.cost,
                "ours": mine if math.isfinite(mine) else None,
                "tolerance": allowed,
                "same": agrees,
            }
            for row, step, mine, allowed, agrees in zip(table.rows, *columns, strict=True)
        ],
    }


def with_sums_reordered(experiment: Experiment) -> list[Experiment]:
    """The same run, whose sums over the examples are added up in other orders."""
    others = [name for name in ARITHMETICS if name != experiment.arithmetic]
    return [replace(experiment, arithmetic=name) for name in others]
