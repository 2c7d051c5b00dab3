"""Runs that differ in little, trained together (engine/stacked.py): the states of single runs, bit for bit.

What may differ is the start, the points (not how many), the inputs made of them, the rates and lambda.
"""

from collections.abc import Hashable, Sequence
from dataclasses import fields, replace

import numpy as np

from app.engine.arrays import Array
from app.engine.optimizers import OPTIMIZERS, Rates
from app.engine.stacked import Stack, StackedBatches, StackedDescent
from app.experiments.check import training_counts
from app.experiments.experiment import Experiment, Init, Training
from app.experiments.problem import Problem, initial_memory, initial_theta, problem_of
from app.experiments.run import State, advance, rates_of, start


def kind(experiment: Experiment) -> Hashable | None:
    """Runs of one kind can be trained together; None for a run that has to be trained alone.

    Alone are those with interventions, with ``stop_change``, and with another arithmetic than the exact one.
    """
    training, network = experiment.training, experiment.network
    if experiment.interventions or training.stop_change is not None or experiment.arithmetic != "exact":
        return None
    return (
        experiment.sizes,
        experiment.activations,
        network.leak,
        network.relu_at_zero,
        training.loss,
        training.optimizer,
        training.batch_size,
        training.l2 > 0,
        sum(training_counts(experiment.data)),
    )


def start_together(experiments: Sequence[Experiment]) -> list[State]:
    """Step 0 of every run; ``run.start`` of each."""
    if len(experiments) == 1:
        return [start(experiments[0])]
    states = []
    for experiment in experiments:
        theta = initial_theta(experiment)
        cost = cost_of(experiment, theta)
        states.append(State(0, theta, initial_memory(experiment), cost, cost))
    return states


def advance_together(experiments: Sequence[Experiment], states: Sequence[State], steps: int) -> list[State]:
    """``steps`` updates on for runs of one kind that are equally far; ``run.advance`` of each."""
    assert len(experiments) == 1 or {kind(one) for one in experiments}.isdisjoint({None})
    going = [j for j, state in enumerate(states) if not state.over]
    reached = list(states)
    if going and steps > 0:
        found = _advance([experiments[j] for j in going], [states[j] for j in going], steps)
        for j, state in zip(going, found, strict=True):
            reached[j] = state
    return reached


def _advance(experiments: list[Experiment], states: list[State], steps: int) -> list[State]:
    """All in one stack; if a number of one leaves the finite ones, that one is looked for half by half."""
    if len(experiments) == 1:
        return [advance(experiments[0], states[0], steps)[0]]
    try:
        with np.errstate(over="raise", invalid="raise", divide="ignore", under="ignore"):
            return _stacked(experiments, states, steps)
    except FloatingPointError:
        half = len(experiments) // 2
        first = _advance(experiments[:half], states[:half], steps)
        return first + _advance(experiments[half:], states[half:], steps)


def _stacked(experiments: list[Experiment], states: list[State], steps: int) -> list[State]:
    descent = _descent(experiments)
    for j, state in enumerate(states):
        descent.stack.theta[j] = state.theta
        for mine, given in zip(descent.memory, state.memory, strict=True):
            mine[j] = given
    at = states[0].step
    descent.run(range(at, at + steps))
    reached = []
    for j, (experiment, state) in enumerate(zip(experiments, states, strict=True)):
        theta = descent.stack.theta[j].copy()
        cost = cost_of(experiment, theta)
        if not np.isfinite(cost):
            raise FloatingPointError("cost")
        memory = tuple(array[j].copy() for array in descent.memory)
        reached.append(State(at + steps, theta, memory, cost, state.start_cost))
    return reached


def _descent(experiments: list[Experiment]) -> StackedDescent:
    """The step loop of runs of one kind, nothing loaded yet."""
    problems = [bare_problem(experiment) for experiment in experiments]
    networks = [problem.network for problem in problems]
    if all(network is networks[0] for network in networks):
        networks = networks[:1]
    stack = Stack(networks, len(experiments))
    trainings = [experiment.training for experiment in experiments]
    batches = None
    if trainings[0].batch_size is not None:
        seeds = [training.seed for training in trainings]
        seeds = seeds[:1] if _equal(seeds) else seeds
        batches = StackedBatches(stack, networks, trainings[0].batch_size, seeds)
    decays = [training.l2 for training in trainings]
    l2 = decays[0] if _equal(decays) else np.array(decays)[:, None]
    return StackedDescent(stack, OPTIMIZERS[trainings[0].optimizer], _rates(trainings, stack), l2, batches)


def _rates(trainings: list[Training], stack: Stack) -> Rates:
    """Numbers where all have the same, else (N, p): as many as parameters, so that no call repeats them."""
    found = [rates_of(training) for training in trainings]
    together: dict[str, float | Array] = {}
    for name in (field.name for field in fields(Rates)):
        values = [getattr(rates, name) for rates in found]
        many = np.repeat(np.array(values)[:, None], stack.theta.shape[1], axis=1)
        together[name] = values[0] if _equal(values) else many
    return Rates(**together)


def _equal(values: Sequence[float]) -> bool:
    return all(value == values[0] for value in values)


def bare_problem(experiment: Experiment) -> Problem:
    """The points and networks of an experiment, shared by all that differ in start and updates only."""
    training = Training(loss=experiment.training.loss)
    return problem_of(replace(experiment, init=Init(), training=training, interventions=()))


def cost_of(experiment: Experiment, theta: Array) -> float:
    """The cost of parameters (p,) over the training points, with the penalty, as of a run's state."""
    problem = bare_problem(experiment)
    problem.network.load(theta)
    problem.network.forward()
    return problem.network.cost() + problem.descent.penalty(experiment.training.l2, problem.network.m)
