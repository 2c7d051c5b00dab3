"""Somebody's arrays of one step beside ours, and what made them differ, verified by doing it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.network import layers_of
from app.experiments.agreement import in_force
from app.experiments.checks.arrays import parameters_from
from app.experiments.checks.attempt import Attempt
from app.experiments.checks.beside import ROUNDING, Beside, named
from app.experiments.checks.circumstances import other_parameters, other_points
from app.experiments.checks.layouts import Given, Layout, layouts
from app.experiments.checks.likeness import likeness
from app.experiments.checks.parameters import Parameters
from app.experiments.checks.shapes import ACTIVATIONS, order_of, shapes_of, split_name
from app.experiments.checks.slips import attempts, pairs
from app.experiments.checks.slips_of_gradients import scaled_error
from app.experiments.checks.textbook import Task, Work, direct, size_of_terms
from app.experiments.experiment import Experiment
from app.experiments.problem import problem_of
from app.experiments.run import State

CLEARER = 0.1
"""A mistake is named if the numbers with it are at least so much nearer than the right ones."""
MOST_SECONDS = 10.0
"""Mistakes are tried so long, the likelier first."""


@np.errstate(all="ignore")  # what parameters of 1e300 lead to is no number, and is answered too
def check_gradients(experiment: Experiment, state: State, given: Given, tolerance: float) -> dict[str, Any]:
    """Of every given array whether it is right, and what makes it wrong; the earliest wrong one is named.

    Activations and gradients are compared with those of the given parameters, where some are given.
    """
    task = _task(experiment, state)
    shapes = shapes_of(experiment.sizes, task.m)
    best: _Comparison | None = None
    work = Work(task)
    for layout in layouts(given, shapes):
        if given.parameters:
            taken = parameters_from(given.parameters, task.parameters, layout.weights_as_rows)
            work = Work(replace(task, parameters=taken))
        theirs = Parameters(given.parameters, task.parameters, layout, tolerance, bool(given.arrays))
        found = _Comparison(work, given, theirs, layout, tolerance)
        if best is None or found.others < best.others:
            best = found
    assert best is not None
    return {"step": state.step, "tolerance": tolerance, **best.answer(experiment, state, task)}


def _task(experiment: Experiment, state: State) -> Task:
    problem = problem_of(experiment)
    problem.network.load(state.theta)
    network = problem.descent.network_at(state.step)  # the batch of this step, or all
    assert network.Y is not None
    return Task(
        [(W.copy(), b.copy()) for W, b in layers_of(state.theta, network.sizes)],
        network.A[0].copy(),
        network.Y.copy(),
        (*experiment.activations, network.output.name),
        network.kink,
        experiment.training.loss,
        in_force(experiment, state.step).l2,
    )


# --- the comparison -----------------------------------------------------------------------------------------


class _Comparison:
    """The given arrays in one layout beside those of ``work``, and the given parameters beside the run's."""

    def __init__(
        self, work: Work, given: Given, parameters: Parameters, layout: Layout, tolerance: float
    ) -> None:
        self.work, self.task, self.layout, self.tolerance = work, work.task, layout, tolerance
        self.parameters = parameters
        self._all = order_of(self.task.L)
        self.order = [name for name in self._all if name in given.arrays]
        self.beside = {
            name: Beside(
                name, given.arrays[name], work.right(name), size_of_terms(work, name), layout, tolerance
            )
            for name in self.order
        }
        self.turned = {name: b.turned for name, b in self.beside.items() if b.turned is not None}
        self.wrong = [name for name in self.order if not self.beside[name].numbers_right]

    @property
    def others(self) -> tuple[int, int]:
        """How many arrays are not as ours: of the possible layouts, that with the fewest is meant."""
        return len(self.wrong), len(self.parameters.others)

    def _explained(self, name: str, attempt: Attempt, work: Work) -> bool:
        """Whether the mistake gives the numbers of ``name``, right or wrong as they are."""
        found = work.found(name)
        if found is None:
            return False
        beside = self.beside[name]
        if name not in self.wrong:
            return beside.same(found)
        size = float(np.abs(found).max())
        of_ours = found.shape == beside.ours.shape
        if not np.isfinite(size) or (of_ours and size <= ROUNDING * beside.terms and not attempt.may_vanish):
            return False  # nothing but rounding proves nothing, unless its shape does
        return beside.distance(found) <= min(self.tolerance, CLEARER * beside.distance(beside.ours))

    # --- the answer ---------------------------------------------------------------------------------------

    def answer(self, experiment: Experiment, state: State, own: Task) -> dict[str, Any]:
        causes, tried, left_out = dict[str, dict[str, Any]](), 0, 0
        placed_elsewhere = self._divided_elsewhere()
        if self.wrong and not placed_elsewhere:
            causes, tried, left_out = self._causes(experiment, state, own)
        rows = self.parameters.rows(experiment, state)
        rows += [self._row(name, causes.get(name), placed_elsewhere) for name in self.order]
        first = next((row for row in rows if not row["right"]), None)
        return {
            "layout": self.layout.name,
            "right": first is None,
            "first": first and first["name"],
            "says": self._says(rows, first, state.step),
            "arrays": rows,
            "tried": tried,
            "left_out": left_out,
        }

    def _says(self, rows: Sequence[dict[str, Any]], first: dict[str, Any] | None, step: int) -> str:
        if first is not None:
            return f"Look at {first['name']} first: {first['says']}"
        if not rows:
            return "Nothing was given to check."
        says = "Everything that was given is right."
        if others := self.parameters.others:
            says = f"What you computed is right; your {', '.join(others)} are not the run's of step {step}."
        if self.layout.name == "rows":
            says += " It has the examples as rows, where the course has them as columns."
        if flat := [row["name"] for row in rows if row["cause"] and row["cause"]["cause"] == "rank_1"]:
            says += f" Mind the rank-1 arrays: {', '.join(flat)}."
        return says

    def _row(self, name: str, cause: dict[str, Any] | None, placed_elsewhere: bool) -> dict[str, Any]:
        beside, wrong = self.beside[name], name in self.wrong
        if placed_elsewhere and wrong:
            return beside.row(
                None, False, beside.fits, "Right: the factor 1/m stands here instead of in dW and db."
            )
        if not wrong:
            says, cause = beside.right_numbers()
            return beside.row(cause, False, beside.fits, says)
        if cause and cause["cause"] == "whole_set" and split_name(name)[0] in ACTIVATIONS:
            return beside.row(
                cause, False, True, f"Right, of all points; this step takes a batch of {self.task.m}."
            )
        if cause is not None:
            says = cause["says"]
        elif beside.turned is None:
            says, cause = beside.of_another_shape()
        else:
            says, cause = likeness(beside, {other: self.work.right(other) for other in self._all})
        return beside.row(cause, True, False, says)

    # --- what made it wrong -------------------------------------------------------------------------------

    def _divided_elsewhere(self) -> bool:
        """Whether 1/m only stands in dZ instead of in dW and db, which are right."""
        if not self.wrong or any(split_name(name)[0] not in ("dZ", "dA") for name in self.wrong):
            return False
        if not any(split_name(name)[0] in ("dW", "db") for name in self.order):
            return False
        scaled = scaled_error(self.task)
        work = Work(self.task, scaled.formulas, known=self.work)
        return all(self._explained(name, scaled, work) for name in self.order)

    def _causes(
        self, experiment: Experiment, state: State, own: Task
    ) -> tuple[dict[str, dict[str, Any]], int, int]:
        """For every wrong array what explains it; how many mistakes were tried, and how many were not."""
        usable: Mapping[str, Array] = self.turned
        after_theirs = Work(self.task, {}, usable, self.work)
        possible = list(self._attempts(experiment, state, own))
        until, tried = perf_counter() + MOST_SECONDS, 0
        causes = dict[str, dict[str, Any]]()
        for name in self.wrong:
            earlier = _last_of(self.wrong, name, self.task.L)
            theirs = after_theirs.found(name) if earlier else None
            if theirs is not None and self.beside[name].same(theirs):
                says = f"Computed rightly, but from a wrong {earlier}."
                causes[name] = {"cause": "follows", "says": says, "follows": earlier, "also": []}
        left_out = 0
        # The mistake alone; upon what was given before; and two at once.
        for way, given in (("alone", {}), ("upon theirs", usable), ("pairs", {})):
            if len(causes) == len(self.wrong):
                break
            at_once = list(pairs(self.task)) if way == "pairs" else possible
            explained = list[tuple[Attempt, set[str]]]()
            for attempt in at_once:
                if perf_counter() > until:
                    break
                explained.append((attempt, self._explains(attempt, given)))
            if way != "upon theirs":
                tried, left_out = tried + len(explained), left_out + len(at_once) - len(explained)
            for name in self.wrong:
                if name not in causes and (found := _likeliest(name, explained)):
                    causes[name] = found
        return causes, tried, left_out

    def _explains(self, attempt: Attempt, given: Mapping[str, Array]) -> set[str]:
        """The given arrays, wrong and right, that are as the mistake makes them; none if no wrong one is."""
        work = Work(attempt.task, attempt.formulas, given, self.work)
        explained = {name for name in self.wrong if self._explained(name, attempt, work)}
        if not explained:
            return explained
        right = [name for name in self.order if name not in self.wrong]
        fitting = {name for name in right if self._explained(name, attempt, work)}
        if attempt.task is self.task:
            spoiled = [name for name in right if name not in fitting]
            explained = {n for n in explained if not any(self._excludes(s, n, attempt) for s in spoiled)}
        return explained | fitting if explained else explained

    def _excludes(self, spoiled: str, name: str, attempt: Attempt) -> bool:
        """Whether ``name`` cannot have come so, since ``spoiled``, which is right, would be wrong then.

        A mistake in its own formula excludes nothing: 1/m may be missing in dW and not in db.
        """
        needed = _needed(name, self.task.L)
        if not any(f"{kind}{l}" in needed for kind, l in attempt.formulas):
            return False
        own_formula = split_name(spoiled) in attempt.formulas and attempt.second is None
        return spoiled in needed or not own_formula

    def _attempts(self, experiment: Experiment, state: State, own: Task) -> Iterator[Attempt]:
        """The usual mistakes, after those in what the step was computed from."""
        own_ones = not self.parameters.others
        yield from other_parameters(experiment, state, own, self.work, self.turned, own_ones, self.tolerance)
        yield from other_points(problem_of(experiment), self.task)
        yield from attempts(self.task)


def _likeliest(name: str, tried: Sequence[tuple[Attempt, set[str]]]) -> dict[str, Any] | None:
    """The mistake that explains ``name`` and, of those, the most of what was given."""
    fitting = [(attempt, explained) for attempt, explained in tried if name in explained]
    if not fitting:
        return None
    most = max(len(explained) for _, explained in fitting)
    best = [attempt for attempt, explained in fitting if len(explained) == most]
    others = dict.fromkeys(a.says for a in best if a.says != best[0].says)
    told = named(best[0].cause, best[0].says, list(others)[:3])
    return told if best[0].second is None else told | {"second": best[0].second}


def _needed(name: str, layers: int) -> set[str]:
    """Every array that ``name`` was computed from."""
    needed = set(direct(name, layers))
    for earlier in reversed(order_of(layers)):  # in this order each comes before what it needs
        if earlier in needed:
            needed.update(direct(earlier, layers))
    return needed


def _last_of(wrong: Sequence[str], name: str, layers: int) -> str | None:
    """The nearest wrong array that ``name`` was computed from."""
    needed = _needed(name, layers)
    return next((other for other in reversed(wrong[: wrong.index(name)]) if other in needed), None)
