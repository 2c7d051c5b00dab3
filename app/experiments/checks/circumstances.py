"""What a step may have been computed from instead: other parameters, other points."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from app.engine.arrays import Array
from app.engine.network import layers_of
from app.experiments.agreement import in_force
from app.experiments.checks.attempt import Attempt
from app.experiments.checks.textbook import Task, Work
from app.experiments.experiment import Experiment, Training
from app.experiments.problem import Problem
from app.experiments.run import State, advance


def other_parameters(
    experiment: Experiment,
    state: State,
    own: Task,
    work: Work,
    given: Mapping[str, Array],
    own_ones: bool,
    tolerance: float,
) -> Iterator[Attempt]:
    """Those after the update, or, where somebody gave some, those of the run.

    ``work`` is what the ``given`` arrays are compared with, ``own`` the run's step; ``own_ones`` says that
    both have the same parameters.
    """
    task = work.task
    moved, _ = advance(experiment, state, 1)
    later = None if moved.step == state.step else layers_of(moved.theta, experiment.sizes)
    training = in_force(experiment, state.step)
    if own_ones:
        if later is not None:
            says = f"These are the numbers after the update, of step {moved.step}, not of step {state.step}."
            yield Attempt("after_update", says, replace(task, parameters=later), {})
            yield from updated_on_the_way(task, training, later)
        return
    as_after = "The parameters you gave are those after the update; this belongs to those before it."
    is_after = later is not None and all(
        np.allclose(theirs, ours, rtol=tolerance, atol=tolerance)
        for mine, after in zip(task.parameters, later, strict=True)
        for theirs, ours in zip(mine, after, strict=True)
    )
    other = f"This belongs to the experiment's parameters of step {state.step}, not to those you gave."
    named = ("after_update", as_after) if is_after else ("other_parameters", other)
    yield Attempt(*named, own, {})
    if training.optimizer != "gd":
        return
    rate, names = training.learning_rate, range(1, task.L + 1)
    if all(f"{kind}{l}" in given for l in names for kind in ("dW", "db")):
        undone = [
            (W + rate * given[f"dW{l}"], b + rate * given[f"db{l}"])
            for l, (W, b) in zip(names, task.parameters, strict=True)
        ]
        yield Attempt("after_update", as_after, replace(task, parameters=undone), {})
    yield from updated_on_the_way(task, training, task.parameters)


def updated_on_the_way(
    task: Task, training: Training, later: Sequence[tuple[Array, Array]]
) -> Iterator[Attempt]:
    """W[l+1] was updated before dZ[l] was computed with it.

    With plain steps by the very dW[l+1] that came of it; with others by the run's, which only the last has.
    """

    def back(work: Work, l: int) -> Array:
        plain = training.optimizer == "gd"
        W = task.W(l + 1) - training.learning_rate * work[f"dW{l + 1}"] if plain else later[l][0]
        passed: Array = W.T @ work[f"dZ{l + 1}"]
        return passed

    says = "W[l+1] was updated before dZ[l] was computed with it."
    yield Attempt("W_updated", says, task, {("dA", l): back for l in range(1, task.L)})


def other_points(problem: Problem, task: Task) -> Iterator[Attempt]:
    """All points where the step takes a batch, or raw coordinates where it takes standardized ones."""
    whole = problem.network
    assert whole.Y is not None
    if whole.m != task.m:
        says = f"All {whole.m} points were used, where this step takes a batch of {task.m}."
        yield Attempt("whole_set", says, replace(task, X=whole.A[0], Y=whole.Y), {})
    elif problem.normalization is not None:
        raw = task.X * problem.normalization.deviation + problem.normalization.mean
        yield Attempt("not_standardized", "The inputs were not standardized.", replace(task, X=raw), {})
