"""Somebody's arrays of one step beside ours, and what made them differ, verified by doing it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.network import layers_of
from app.experiments.agreement import in_force
from app.experiments.checks.arrays import parameters_from, turned
from app.experiments.checks.attempt import Attempt
from app.experiments.checks.circumstances import other_parameters, other_points
from app.experiments.checks.layouts import Given, Layout, layouts
from app.experiments.checks.shapes import OF_EXAMPLES, kind_of, order_of, shapes_of, split_name, told
from app.experiments.checks.slips import attempts
from app.experiments.checks.slips_of_gradients import scaled_error
from app.experiments.checks.textbook import Task, Work, direct, size_of_terms
from app.experiments.experiment import Experiment
from app.experiments.panels.sayable import sayable_number
from app.experiments.problem import problem_of
from app.experiments.run import State

ROUNDING = 1e-6
"""Beside the terms that a number sums up, what is smaller than tolerance times this is rounding."""
CLEARER = 0.1
"""A mistake is named if the numbers with it are at least so much nearer than the right ones."""
MOST_SECONDS = 10.0
"""Mistakes are tried so long, the likelier first."""

NONE_FOUND = "No likely cause found."


def check_gradients(experiment: Experiment, state: State, given: Given, tolerance: float) -> dict[str, Any]:
    """Of every given array whether it is right, and what makes it wrong; the earliest wrong one is named."""
    task = _task(experiment, state)
    shapes = shapes_of(experiment.sizes, task.m)
    best: _Comparison | None = None
    work = Work(task)
    for layout in layouts(given, shapes):
        if given.parameters:
            taken = parameters_from(given.parameters, task.parameters, layout.weights_as_rows)
            work = Work(replace(task, parameters=taken))
        found = _Comparison(work, given, layout, tolerance)
        if best is None or len(found.wrong) < len(best.wrong):
            best = found
    assert best is not None
    before = (experiment, state, task) if best.wrong else None
    return {"step": state.step, "tolerance": tolerance, **best.answer(before)}


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
    """The given arrays in one layout beside those of ``work``."""

    def __init__(self, work: Work, given: Given, layout: Layout, tolerance: float) -> None:
        self.work, self.task, self.layout, self.tolerance = work, work.task, layout, tolerance
        self.given = given
        self.order = [name for name in order_of(self.task.L) if name in given.arrays]
        self.terms = {name: size_of_terms(work, name) for name in self.order}
        self.turned: dict[str, Array] = {}
        for name in self.order:
            lies = turned(given.arrays[name], self.work.right(name).shape, self._as_rows(name))
            if lies is not None:
                self.turned[name] = lies
        self.wrong = [name for name in self.order if not self._same(name, self.work.right(name))]

    def _as_rows(self, name: str) -> bool:
        kind, _ = split_name(name)
        return self.layout.examples_as_rows if kind in OF_EXAMPLES else self.layout.weights_as_rows

    def distance(self, name: str, ours: Array) -> float:
        """The largest relative error of the given array, if it were to be ``ours``; inf of another shape."""
        theirs = self.turned.get(name)
        if theirs is None or theirs.shape != ours.shape:
            theirs = self.given.arrays[name]
            if self._as_rows(name) and theirs.T.shape == ours.shape:
                theirs = theirs.T
            if theirs.shape != ours.shape:
                return float("inf")
        with np.errstate(all="ignore"):
            errors = np.abs(theirs - ours) / self._scale(name, ours)
        return float("inf") if np.isnan(errors).any() else float(errors.max())

    def _scale(self, name: str, ours: Array) -> float:
        """A difference counts beside the largest number of the array, and never beside rounding."""
        return max(float(np.abs(ours).max()), ROUNDING * self.terms[name], np.finfo(float).tiny)

    def _same(self, name: str, ours: Array) -> bool:
        return self.distance(name, ours) <= self.tolerance

    def _explained(self, name: str, attempt: Attempt, work: Work) -> bool:
        """Whether the mistake gives the numbers of ``name``, right or wrong as they are."""
        found = work.found(name)
        if found is None:
            return False
        if name not in self.wrong:
            return self._same(name, found)
        size = float(np.abs(found).max())
        of_ours = found.shape == self.work.right(name).shape
        if not np.isfinite(size) or (
            of_ours and size <= ROUNDING * self.terms[name] and not attempt.may_vanish
        ):
            return False  # nothing but rounding proves nothing, unless its shape does
        apart = self.distance(name, found)
        return apart <= min(self.tolerance, CLEARER * self.distance(name, self.work.right(name)))

    def _fits(self, name: str) -> bool:
        """Whether the array has the shape that it must have in this layout."""
        given, expected = self.given.arrays[name].shape, self.work.right(name).shape
        kind = kind_of(given, expected)
        if kind == "right":
            return True
        column = split_name(name)[0] == "db"
        if kind == "transposed":
            return self.layout.examples_as_rows if column else self._as_rows(name)
        return kind == "rank_1" and column and self.layout.examples_as_rows

    # --- the answer ---------------------------------------------------------------------------------------

    def answer(self, before: tuple[Experiment, State, Task] | None) -> dict[str, Any]:
        causes, tried, left_out = dict[str, dict[str, Any]](), 0, 0
        placed_elsewhere = self._divided_elsewhere()
        if self.wrong and before is not None and not placed_elsewhere:
            causes, tried, left_out = self._causes(*before)
        rows = [self._row(name, causes.get(name), placed_elsewhere) for name in self.order]
        first = next((row for row in rows if not row["right"]), None)
        says = "Nothing was given to check." if not rows else "Everything that was given is right."
        if first is not None:
            says = f"Look at {first['name']} first: {first['says']}"
        elif self.layout.name == "rows":
            says += " It has the examples as rows, where the course has them as columns."
        return {
            "layout": self.layout.name,
            "right": first is None,
            "first": first and first["name"],
            "says": says,
            "arrays": rows,
            "tried": tried,
            "left_out": left_out,
        }

    def _row(self, name: str, cause: dict[str, Any] | None, placed_elsewhere: bool) -> dict[str, Any]:
        theirs, ours = self.given.arrays[name], self.work.right(name)
        kind, fits, wrong = kind_of(theirs.shape, ours.shape), self._fits(name), name in self.wrong
        if placed_elsewhere and wrong:
            says = "Right: the factor 1/m stands here instead of in dW and db."
            wrong, cause = False, None
        elif wrong:
            says = cause["says"] if cause else NONE_FOUND
            if cause is None and name not in self.turned:
                says = f"It is {told(theirs.shape)} instead of {told(ours.shape)}."
        elif fits:
            says = {
                "right": "Right.",
                "transposed": "Right, in another layout: transposed, as it should be there.",
                "rank_1": "Right; of rank 1, which does no harm where examples are rows.",
            }[kind]
        elif kind == "rank_1":
            shapes = f"{told(theirs.shape)} instead of {told(ours.shape)}"
            says = f"The numbers are right, but it is a rank-1 array {shapes}: keepdims is lost."
            cause = {"cause": "rank_1", "says": says, "follows": None, "also": []}
        else:
            says = (
                f"The numbers are right, but transposed: {told(theirs.shape)} instead of {told(ours.shape)}."
            )
            cause = {"cause": "transposed", "says": says, "follows": None, "also": []}
        comparable = name in self.turned
        return {
            "name": name,
            "expected_shape": list(ours.shape),
            "given_shape": list(theirs.shape),
            "shape": kind,
            "right": not wrong and fits,
            "numbers_right": not wrong,
            "relative_error": sayable_number(self.distance(name, ours)) if comparable else None,
            "first_wrong": self._first_wrong(name) if comparable and wrong else None,
            "cause": cause,
            "says": says,
        }

    def _first_wrong(self, name: str) -> dict[str, Any] | None:
        """Where it is in the given array, in its own order; ``index`` as Python writes it."""
        theirs, ours = self.turned[name], self.work.right(name)
        apart = np.abs(theirs - ours) > self.tolerance * self._scale(name, ours)
        as_given = self.given.arrays[name]
        places = apart if as_given.shape == apart.shape and not self._flipped(name) else apart.T
        index = np.argwhere(places)[0]
        ours_there = (ours if places is apart else ours.T)[tuple(index)]
        theirs_there = (theirs if places is apart else theirs.T)[tuple(index)]
        shown = index if as_given.ndim == 2 else index[[int(np.argmax(places.shape))]]
        return {"index": shown.tolist(), "yours": float(theirs_there), "ours": float(ours_there)}

    def _flipped(self, name: str) -> bool:
        """Whether a square array was read as transposed."""
        given = self.given.arrays[name]
        return given.ndim == 2 and given.shape == given.shape[::-1] and self._as_rows(name)

    # --- what made it wrong -------------------------------------------------------------------------------

    def _divided_elsewhere(self) -> bool:
        """Whether 1/m only stands in dZ instead of in dW and db, which are right."""
        if not self.wrong or any(split_name(name)[0] != "dZ" for name in self.wrong):
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
        usable = {name: a for name, a in self.turned.items() if a.shape == self.work.right(name).shape}
        after_theirs = Work(self.task, {}, usable, self.work)
        possible = list(self._attempts(experiment, state, own))
        until, tried = perf_counter() + MOST_SECONDS, 0
        causes = dict[str, dict[str, Any]]()
        for name in self.wrong:
            earlier = _last_of(self.wrong, name, self.task.L)
            theirs = after_theirs.found(name) if earlier else None
            if theirs is not None and self._same(name, theirs):
                says = f"Computed rightly, but from a wrong {earlier}."
                causes[name] = {"cause": "follows", "says": says, "follows": earlier, "also": []}
        for given in ({}, usable):  # the mistake alone; and upon what was given before
            if len(causes) == len(self.wrong):
                break
            explained = list[tuple[Attempt, set[str]]]()
            for attempt in possible:
                if perf_counter() > until:
                    break
                explained.append((attempt, self._explains(attempt, given)))
            tried = max(tried, len(explained))
            for name in self.wrong:
                if name not in causes and (named := _likeliest(name, explained)):
                    causes[name] = named
        return causes, tried, len(possible) - tried

    def _explains(self, attempt: Attempt, given: Mapping[str, Array]) -> set[str]:
        """The given arrays, wrong and right, that are as the mistake makes them; none if no wrong one is."""
        work = Work(attempt.task, attempt.formulas, given, self.work)
        explained = {name for name in self.wrong if self._explained(name, attempt, work)}
        if explained:
            explained |= {n for n in self.order if n not in self.wrong and self._explained(n, attempt, work)}
        return explained

    def _attempts(self, experiment: Experiment, state: State, own: Task) -> Iterator[Attempt]:
        """The usual mistakes, after those in what the step was computed from."""
        own_ones = not self.given.parameters
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
    return {"cause": best[0].cause, "says": best[0].says, "follows": None, "also": list(others)[:3]}


def _last_of(wrong: Sequence[str], name: str, layers: int) -> str | None:
    """The nearest wrong array that ``name`` was computed from."""
    needed = set(direct(name, layers))
    for earlier in reversed(order_of(layers)):  # in this order each comes before what it needs
        if earlier in needed:
            needed.update(direct(earlier, layers))
    return next((other for other in reversed(wrong[: wrong.index(name)]) if other in needed), None)
