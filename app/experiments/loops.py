"""One step of a run by the course's loops and by matrices: the same numbers, and how long each takes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.loops import Matrix, Vector, by_loops
from app.engine.network import Network
from app.experiments.agreement import in_force
from app.experiments.experiment import Experiment
from app.experiments.problem import Problem, problem_of
from app.experiments.run import State, sayable

Gradients = list[tuple[Matrix, Vector]]

SIZES = (10, 100, 1_000, 10_000)
BUDGET_SECONDS = 2.0
TURNS = 5
ENOUGH_SECONDS = 0.02


@dataclass(frozen=True)
class _Step:
    """What both ways compute: the problem's network over some examples, and the lambda in force."""

    problem: Problem
    network: Network
    l2: float

    def looped(self) -> Callable[[], tuple[float, Gradients]]:
        """The loops, with the numbers as lists already."""
        experiment, network = self.problem.experiment, self.network
        assert network.Y is not None
        parameters = [(W.tolist(), b[:, 0].tolist()) for W, b in network.parameters]
        X, Y = network.A[0].tolist(), network.Y.tolist()
        names, loss = list(experiment.activations), experiment.training.loss
        return lambda: by_loops(parameters, X, Y, names, network.kink, loss, self.l2)

    def vectorized(self) -> float:
        """The cost; the gradients are in the network."""
        network, descent = self.network, self.problem.descent
        with np.errstate(all="ignore"):
            network.forward()
            cost = network.cost() + descent.penalty(self.l2, network.m)
            network.backward()
            if self.l2:
                descent.add_decay(self.l2, network.m)
        return cost

    def largest_difference(self, by_loop: Gradients) -> float:
        """Of any entry of any gradient, beside the terms it adds up."""
        return max(
            _apart(np.column_stack([dW, db]), np.hstack(layer), self._terms(i))
            for i, ((dW, db), layer) in enumerate(zip(by_loop, self.network.gradients, strict=True))
        )

    def _terms(self, i: int) -> Array:
        """The mean size of the terms that [dW db] of the layer sums: |dZ| |A|^T / m, with 1 beside A."""
        network = self.network
        A = np.vstack([network.A[i], np.ones(network.m)])
        terms: Array = np.abs(network.dZ[i]) @ np.abs(A).T / network.m
        terms[:, :-1] += self.l2 / network.m * np.abs(network.parameters[i][0])
        return terms


def race(experiment: Experiment, state: State, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Cost and gradients at ``state`` over m examples, twice, for each m of ``sizes``.

    The examples are the training points, over and over, whatever the run's own batches; the penalty
    ``l2``, the lambda in force, is that of m examples. ``largest_difference`` is that of any entry of
    any gradient, beside the mean size of the terms which that entry adds up. Sizes whose loops would
    take longer than some seconds are ``left_out``. Times are in seconds, and differ from run to run.
    """
    step = _step_at(experiment, state)
    whole = step.network
    assert whole.Y is not None
    rows, left_out = list[dict[str, Any]](), list[int]()
    per_example, left = 0.0, BUDGET_SECONDS
    for m in sorted(sizes):
        if per_example * m > left:
            left_out.append(m)
            continue
        columns = np.arange(m) % whole.m
        row = _row(replace(step, network=whole.over(whole.A[0][:, columns], whole.Y[:, columns])))
        rows.append(row)
        per_example = row["loop_seconds"] / m
        left -= row["loop_seconds"]
    return {
        "step": state.step,
        "l2": step.l2,
        "rows": rows,
        "left_out": left_out,
        "source": inspect.getsource(by_loops),
    }


def loops_apart(experiment: Experiment, state: State) -> float:
    """How far the loops' gradients are from the matrices' at ``state``, over all training points."""
    step = _step_at(experiment, state)
    _, gradients = step.looped()()
    step.vectorized()
    return step.largest_difference(gradients)


def _step_at(experiment: Experiment, state: State) -> _Step:
    problem = problem_of(experiment)
    problem.network.load(state.theta)
    return _Step(problem, problem.network, in_force(experiment, state.step).l2)


def _row(step: _Step) -> dict[str, Any]:
    loop_seconds, (loop_cost, by_loop) = _timed(step.looped(), once_over=ENOUGH_SECONDS)
    vector_seconds, vector_cost = _timed(step.vectorized)
    return {
        "m": step.network.m,
        "loop_seconds": loop_seconds,
        "vector_seconds": vector_seconds,
        "ratio": loop_seconds / vector_seconds,
        "loop_cost": sayable(loop_cost),
        "vector_cost": sayable(vector_cost),
        "largest_difference": sayable(step.largest_difference(by_loop)),
    }


def _timed(work: Callable[[], Any], once_over: float = np.inf) -> tuple[float, Any]:
    """The median of some turns, each as often as it takes to be measured; one turn if that is long."""
    begun = perf_counter()
    found = work()
    once = perf_counter() - begun
    if once > once_over:
        return once, found
    often = max(1, int(ENOUGH_SECONDS / TURNS / max(once, 1e-7)))
    turns = []
    for _ in range(TURNS):
        begun = perf_counter()
        for _ in range(often):
            found = work()
        turns.append((perf_counter() - begun) / often)
    return median(turns), found


def _apart(mine: Array, theirs: Array, terms: Array) -> float:
    """The largest difference beside the terms; what adds up nothing is 0 in both."""
    with np.errstate(all="ignore"):
        return float(np.nan_to_num(np.abs(mine - theirs) / np.maximum(terms, np.finfo(float).tiny)).max())
