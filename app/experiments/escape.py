"""How a nudge grows, predicted: a small deviation carried along the run that was not nudged.

With theta(t) that run and H(t) the Hessian of its cost, a small deviation delta follows

    delta(t+1) = delta(t) - alpha H(t) delta(t)

and with momentum its own v; with mini-batches H(t) is that of the step's batch. Only a linear rule of
update (optimizers.py) carries it so. The deviation is held as delta 2^exponent with the largest number of
delta about 1, so that 1e-16 neither vanishes nor grows beyond the floats, and a difference of equal weights
is never lost in their rounding.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from app.engine.arrays import Array
from app.engine.diagnostics import numbers_by_unit
from app.engine.network import layers_of, weights_of
from app.engine.optimizers import OPTIMIZERS
from app.engine.tangent import hessian_times
from app.experiments.agreement import in_force
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import Experiment
from app.experiments.problem import Problem, initial_memory, initial_theta, problem_of
from app.experiments.run import State, parameter, rates_of, sayable, turn

COSTS = 5
"""A step of the prediction takes about so many steps of a run."""
SMALL = 0.1
"""The size up to which a deviation counts as small where the parameters are even smaller."""


@dataclass(frozen=True)
class Escape:
    """Where a prediction is: the run without nudges at ``step``, and the deviation delta 2^exponent from it.

    Arrays (p,). ``stored`` has for each nudge so far what the rounded weight took of it. ``over`` once the
    deviation is as large as the parameters: what follows is no small deviation.
    """

    step: int
    theta: Array
    memory: tuple[Array, ...]
    delta: Array
    delta_memory: tuple[Array, ...]
    exponent: int = 0
    stored: tuple[float, ...] = ()
    over: bool = False


@dataclass(frozen=True)
class Deviation:
    """One entry of a prediction: log2 of the largest deviation, and the spread of each hidden layer."""

    step: int
    log2: float
    spreads: tuple[float, ...]


def check_predictable(experiment: Experiment, layer: int | None) -> None:
    """An ExperimentError where there is nothing to predict, or no linear rule to predict it with."""
    training, hidden = experiment.training, experiment.network.hidden
    errors = []
    if not OPTIMIZERS[training.optimizer].linear:
        linear = " or ".join(row.name for row in OPTIMIZERS.values() if row.linear)
        errors.append(FieldError("training.optimizer", f"{linear} for a prediction", training.optimizer))
    if not hidden:
        errors.append(FieldError("network.hidden", "at least one layer for a prediction", []))
    elif layer is not None and layer > len(hidden):
        errors.append(FieldError("layer", f"a hidden layer from 1 to {len(hidden)}, or null", layer))
    if not any(change.nudge for change in experiment.interventions):
        errors.append(FieldError("interventions", "a list with a nudge for a prediction", "none"))
    if errors:
        raise ExperimentError(*errors)


def first_nudge(experiment: Experiment) -> int:
    """The step of the first nudge."""
    return min(change.step for change in experiment.interventions if change.nudge)


def set_out(experiment: Experiment, before: State | None) -> Escape:
    """The start, from the state one step before the first nudge; None where the nudge is at step 0."""
    theta = initial_theta(experiment) if before is None else before.theta
    memory = initial_memory(experiment) if before is None else before.memory
    nothing = np.zeros_like(theta)
    escape = Escape(0, theta, memory, nothing, tuple(nothing for _ in memory))
    if before is not None:
        return replace(escape, step=before.step, over=before.over)
    moving = _Moving(problem_of(experiment), escape)
    moving.intervene(0)
    return moving.escape(0)


def follow(experiment: Experiment, escape: Escape, steps: int, every: int) -> tuple[Escape, list[Deviation]]:
    """``steps`` updates on, and what to tell of every ``every``-th step from the first nudge on."""
    moving = _Moving(problem_of(experiment), escape)
    first = first_nudge(experiment)
    told = list[Deviation]()
    with np.errstate(all="ignore"):
        for step in range(escape.step, escape.step + steps):
            if step >= first and not moving.small():
                return replace(moving.escape(step), over=True), told
            if step >= first and (step - first) % every == 0:
                told.append(moving.deviation(step))
            moving.advance(step)
    return moving.escape(escape.step + steps), told


class _Moving:
    """The arrays of an Escape, changed in place."""

    def __init__(self, problem: Problem, escape: Escape) -> None:
        self._problem = problem
        self._weights = weights_of(problem.network.sizes)
        self.theta, self.delta = escape.theta.copy(), escape.delta.copy()
        self.memory = tuple(array.copy() for array in escape.memory)
        self.delta_memory = tuple(array.copy() for array in escape.delta_memory)
        self.exponent, self.stored = escape.exponent, escape.stored
        self._scratch = np.empty_like(self.theta), np.empty_like(self.theta)

    def escape(self, step: int) -> Escape:
        return Escape(
            step, self.theta, self.memory, self.delta, self.delta_memory, self.exponent, self.stored
        )

    def advance(self, step: int) -> None:
        """One update of the run, and by the same linear rule of the deviation; then what intervenes."""
        problem = self._problem
        training = in_force(problem.experiment, step)
        rates, update = rates_of(training), problem.descent.optimizer.update
        problem.network.load(self.theta)
        network = problem.descent.network_at(step)
        network.forward()
        network.backward()
        change = hessian_times(network, self.delta)
        if training.l2:
            change += training.l2 / network.m * self._weights * self.delta
            problem.descent.add_decay(training.l2, network.m)
        update(self.delta, change, self.delta_memory, rates, step + 1, self._scratch)
        update(self.theta, network.gradient, self.memory, rates, step + 1, self._scratch)
        self.intervene(step + 1)
        self._rescale()

    def intervene(self, step: int) -> None:
        """As in run.py, upon both; but a nudge moves the deviation alone, and an edit leaves none."""
        sizes = self._problem.network.sizes
        theta, delta = layers_of(self.theta, sizes), layers_of(self.delta, sizes)
        memories = [layers_of(v, sizes) for v in (*self.memory, *self.delta_memory)]
        for change in self._problem.changes.get(step, ()):
            if change.nudge is not None:
                at = change.nudge
                value = float(parameter(theta, at.layer, at.input)[at.unit])
                stored = (value + at.by) - value
                self.stored = (*self.stored, stored)
                self._rescale(also=stored)
                parameter(delta, at.layer, at.input)[at.unit] += math.ldexp(stored, -self.exponent)
            elif change.edit is not None:
                place = change.edit
                parameter(theta, place.layer, place.input)[place.unit] = place.to
                parameter(delta, place.layer, place.input)[place.unit] = 0.0
            elif change.permute is not None or change.flip is not None:
                for parameters in (theta, delta, *memories):
                    turn(parameters, change, signed=True)

    def _rescale(self, also: float = 0.0) -> None:
        """The same deviation, with the exponent of the largest number in it, or of what comes to it.

        Exact: powers of two cost no digit, but of what is 2^1000 times smaller.
        """
        numbers = (self.delta, *self.delta_memory)
        largest = max(float(np.abs(array).max()) for array in numbers)
        found = [math.frexp(also)[1]] if also else []
        if largest and math.isfinite(largest):
            found.append(math.frexp(largest)[1] + self.exponent)
        shift = max(found, default=0) - self.exponent
        if shift:
            for array in numbers:
                np.ldexp(array, -shift, out=array)
            self.exponent += shift

    def small(self) -> bool:
        """Whether the deviation is smaller than the parameters: beyond that it is no small one."""
        largest, parameters = float(np.abs(self.delta).max()), float(np.abs(self.theta).max())
        if not np.isfinite(largest) or not np.isfinite(parameters):
            return False
        return largest == 0.0 or math.log2(largest) + self.exponent < math.log2(max(parameters, SMALL))

    def deviation(self, step: int) -> Deviation:
        """What there is to tell at ``step``."""
        largest = float(np.abs(self.delta).max())
        log2 = math.log2(largest) + self.exponent if largest else -math.inf
        hidden = range(1, self._problem.layers + 1)
        return Deviation(step, log2, tuple(self._spread(layer) for layer in hidden))

    def _spread(self, layer: int) -> float:
        """The largest |(theta_u - theta_v) + (delta_u - delta_v)|: units against the first, then apart."""
        sizes = self._problem.network.sizes
        run, delta = (numbers_by_unit(layers_of(array, sizes), layer) for array in (self.theta, self.delta))
        against = (run - run[0]) + np.ldexp(delta - delta[0], self.exponent)
        return sayable(float((against.max(axis=0) - against.min(axis=0)).max()))


def doublings(told: list[Deviation]) -> list[float | None]:
    """In how many steps the deviation doubles, by its growth since the entry before; None without growth."""
    found: list[float | None] = [None]
    for before, now in pairwise(told):
        growth = now.log2 - before.log2 if math.isfinite(before.log2) else 0.0
        found.append((now.step - before.step) / growth if growth > 0 else None)
    return found[: len(told)]
