"""A run as pure functions: ``start(experiment)`` and ``advance(experiment, state, steps)``.

Step k is decided by the experiment alone: however the steps are cut into chunks, and on whichever
worker they are computed, the same step has the same bits.
"""

from dataclasses import dataclass, replace

import numpy as np

from app.engine.arrays import Array
from app.engine.diagnostics import spread
from app.engine.network import Network
from app.engine.training import descend
from app.experiments.experiment import Experiment, Intervention
from app.experiments.problem import Problem, initial_theta, problem_of


@dataclass(frozen=True)
class Divergence:
    """The first step whose cost or parameters are not finite, and which of them."""

    step: int
    reason: str


@dataclass(frozen=True)
class State:
    """Where a run is: all it takes to go on. ``theta`` (p,) is flat, layer after layer, and never changed.

    The parameters and the cost of a state are finite; a run that diverged keeps its last finite
    state and says where it would have gone.
    """

    step: int
    theta: Array
    start_cost: float
    diverged: Divergence | None = None


@dataclass(frozen=True)
class Record:
    """An entry of a run's history: before the update of ``step``. ``spreads``: one per hidden layer."""

    step: int
    cost: float
    accuracy: float
    spreads: tuple[float, ...]


def start(experiment: Experiment) -> State:
    """Step 0: the initial parameters, and the interventions at step 0 upon them."""
    problem = problem_of(experiment)
    network = problem.network
    network.load(initial_theta(experiment))
    _intervene(network, problem.changes.get(0, ()))
    return State(0, network.theta.copy(), _cost(network))


def advance(
    experiment: Experiment, state: State, steps: int, record_every: int = 1_000_000
) -> tuple[State, list[Record]]:
    """``steps`` updates on; and the records of the steps passed that ``record_every`` divides.

    The state reached is not recorded: it is observed, or the next chunk's first. A run that
    diverges on the way stops at its last finite state.
    """
    if state.diverged or steps <= 0:
        return state, []
    problem = problem_of(experiment)
    target = state.step + steps
    # The processor's overflow flag tells whether any number of the chunk left the finite ones;
    # only then is the chunk walked again, step by step, to find where.
    try:
        with np.errstate(over="raise", invalid="raise", divide="ignore", under="ignore"):
            return _run(problem, state, target, record_every)
    except FloatingPointError:
        with np.errstate(all="ignore"):
            return _walk(problem, state, target, record_every)


def _run(problem: Problem, state: State, target: int, every: int) -> tuple[State, list[Record]]:
    network, records = problem.network, list[Record]()
    network.load(state.theta)
    stops = sorted({s for s in problem.changes if state.step < s < target} | {target})
    at = state.step
    for stop in stops:
        descend(
            network,
            problem.optimizer,
            problem.rate_at(at),
            range(at, stop),
            every,
            lambda step: records.append(_record(problem, step)),
        )
        _intervene(network, problem.changes.get(stop, ()))
        at = stop
    if not np.isfinite(_cost(network)):
        raise FloatingPointError("cost")
    return replace(state, step=target, theta=network.theta.copy()), records


def _walk(problem: Problem, state: State, target: int, every: int) -> tuple[State, list[Record]]:
    network, records = problem.network, list[Record]()
    for step in range(state.step, target):
        network.load(state.theta)
        descend(
            network,
            problem.optimizer,
            problem.rate_at(step),
            range(step, step + 1),
            every,
            lambda step: records.append(_record(problem, step)),
        )
        _intervene(network, problem.changes.get(step + 1, ()))
        theta = network.theta.copy()
        finite = bool(np.isfinite(theta).all())
        if not finite or not np.isfinite(_cost(network)):
            reason = "the cost is not finite" if finite else "the parameters are not finite"
            return replace(state, diverged=Divergence(step + 1, reason)), records
        state = replace(state, step=step + 1, theta=theta)
    return state, records


def _record(problem: Problem, step: int) -> Record:
    network = problem.network
    spreads = tuple(spread(network, layer) for layer in range(1, problem.layers + 1))
    return Record(step, network.cost(), network.accuracy(), spreads)


def _cost(network: Network) -> float:
    network.forward()
    return network.cost()


def _intervene(network: Network, changes: tuple[Intervention, ...]) -> None:
    """Change the parameters in place; ``set`` changes none (see ``Problem.rate_at``)."""
    for change in changes:
        if change.nudge is not None:
            where = change.nudge
            _parameter(network, where.layer, where.input)[where.unit] += where.by
        elif change.edit is not None:
            place = change.edit
            _parameter(network, place.layer, place.input)[place.unit] = place.to
        elif change.permute is not None:
            (W, b), (W_next, _) = network.parameters[change.permute.layer - 1 :][:2]
            order = list(change.permute.order)
            W[...], b[...], W_next[...] = W[order], b[order], W_next[:, order]
        elif change.flip is not None:
            (W, b), (W_next, _) = network.parameters[change.flip.layer - 1 :][:2]
            for numbers in (W[change.flip.unit], b[change.flip.unit], W_next[:, change.flip.unit]):
                np.negative(numbers, out=numbers)


def _parameter(network: Network, layer: int, column: int | None) -> Array:
    """What every unit of ``layer`` multiplies input ``column`` with, or its bias: (n_l,), a view."""
    W, b = network.parameters[layer - 1]
    return b[:, 0] if column is None else W[:, column]
