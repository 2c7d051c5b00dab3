"""A run as pure functions: ``start(experiment)`` and ``advance(experiment, state, steps)``.

Step k is decided by the experiment alone: however the steps are cut into chunks, and on whichever
worker they are computed, the same step has the same bits.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.engine.arrays import Array
from app.engine.diagnostics import norm, root_mean_square, spread
from app.engine.network import Network, Parameters, layers_of, parameter_count
from app.engine.optimizers import Rates
from app.experiments.agreement import in_force
from app.experiments.experiment import Experiment, Intervention, Training
from app.experiments.problem import Problem, initial_memory, initial_theta, problem_of


@dataclass(frozen=True)
class Divergence:
    """The first step whose cost or parameters are not finite, and which of them."""

    step: int
    reason: str


@dataclass(frozen=True)
class State:
    """Where a run is: all it takes to go on. Its arrays (p,) are flat, layer after layer, and never changed.

    ``memory`` is the optimizer's, ``cost`` that of the step with its penalty. Parameters and cost of
    a state are finite: a run that diverged keeps its last finite state and says where it would have
    gone. One that has come to rest (``training.stop_change``) is ``converged``. ``jumps`` has for every
    permute and flip so far, as they acted, the largest change of the output over the plane.
    """

    step: int
    theta: Array
    memory: tuple[Array, ...]
    cost: float
    start_cost: float
    diverged: Divergence | None = None
    converged: bool = False
    jumps: tuple[float, ...] = ()

    @property
    def over(self) -> bool:
        """Whether there is nothing more to run."""
        return self.converged or self.diverged is not None


@dataclass(frozen=True)
class Measures:
    """Cost and accuracy (a fraction) of points that were held back; no penalty in it."""

    cost: float
    accuracy: float


@dataclass(frozen=True)
class Record:
    """One entry of a run's history: before the update of ``step``.

    ``batch_cost`` is that of the batch the step was about to use, None with the full batch;
    ``spreads`` has one for each hidden layer, ``held_back`` what there is of validation and test;
    ``gradients`` the norm of dW[l] as the update uses it (of the batch, L2 included) and
    ``activations`` the root mean square of A[l] over the training points, both for layers 1 to L.
    """

    step: int
    cost: float
    accuracy: float
    batch_cost: float | None
    held_back: dict[str, Measures]
    spreads: tuple[float, ...]
    gradients: tuple[float, ...]
    activations: tuple[float, ...]


def start(experiment: Experiment) -> State:
    """Step 0: the initial parameters, and the interventions at step 0 upon them."""
    problem = problem_of(experiment)
    problem.network.load(initial_theta(experiment))
    _recall(problem, initial_memory(experiment))
    return _state(problem, 0, None, intervene(problem, 0))


def advance(
    experiment: Experiment, state: State, steps: int, record_every: int = 1_000_000
) -> tuple[State, list[Record]]:
    """``steps`` updates on; and the records of the steps passed that ``record_every`` divides.

    The state reached is not recorded: it is observed, or the next chunk's first. A run that
    diverges or comes to rest on the way stops there.
    """
    if state.over or steps <= 0:
        return state, []
    problem = problem_of(experiment)
    target = state.step + steps
    if experiment.training.stop_change is None:
        # The processor's overflow flag tells whether any number of the chunk left the finite ones;
        # only then is the chunk walked again, step by step, to find where.
        try:
            with np.errstate(over="raise", invalid="raise", divide="ignore", under="ignore"):
                return _run(problem, state, target, record_every)
        except FloatingPointError:
            pass
    with np.errstate(all="ignore"):
        return _walk(problem, state, target, record_every)


def _run(problem: Problem, state: State, target: int, every: int) -> tuple[State, list[Record]]:
    _load(problem, state)
    records = list[Record]()
    at, jumps = state.step, list[float]()
    for stop in sorted({s for s in problem.changes if state.step < s < target} | {target}):
        _descend(problem, range(at, stop), every, records)
        jumps += intervene(problem, stop)
        at = stop
    reached = _state(problem, target, state, jumps)
    if not np.isfinite(reached.cost):
        raise FloatingPointError("cost")
    return reached, records


def _walk(problem: Problem, state: State, target: int, every: int) -> tuple[State, list[Record]]:
    records = list[Record]()
    rest = problem.experiment.training.stop_change
    for step in range(state.step, target):
        _load(problem, state)
        _descend(problem, range(step, step + 1), every, records)
        reached = _state(problem, step + 1, state, intervene(problem, step + 1))
        finite = bool(np.isfinite(reached.theta).all())
        if not finite or not np.isfinite(reached.cost):
            reason = "the cost is not finite" if finite else "the parameters are not finite"
            return replace(state, diverged=Divergence(step + 1, reason)), records
        at_rest = rest is not None and abs(reached.cost - state.cost) < rest
        state = replace(reached, converged=at_rest)
        if at_rest:
            break
    return state, records


def _load(problem: Problem, state: State) -> None:
    problem.network.load(state.theta)
    _recall(problem, state.memory)


def _recall(problem: Problem, memory: tuple[Array, ...]) -> None:
    for mine, given in zip(problem.descent.memory, memory, strict=True):
        np.copyto(mine, given)


def _state(problem: Problem, step: int, before: State | None, jumps: Sequence[float]) -> State:
    """The present parameters as a state, with their cost; ``jumps`` are those since ``before``."""
    problem.network.forward()
    cost = problem.network.cost() + _penalty(problem, step, problem.network)
    memory = tuple(array.copy() for array in problem.descent.memory)
    start_cost = cost if before is None else before.start_cost
    passed = (*(before.jumps if before else ()), *jumps)
    return State(step, problem.network.theta.copy(), memory, cost, start_cost, jumps=passed)


def _descend(problem: Problem, steps: range, every: int, records: list[Record]) -> None:
    training = in_force(problem.experiment, steps.start)

    def record(step: int, network: Network) -> None:
        records.append(_record(problem, step, network))

    problem.descent.run(rates_of(training), training.l2, steps, every, record)


def rates_of(training: Training) -> Rates:
    """The settings an update reads."""
    return Rates(training.learning_rate, training.beta, training.beta1, training.beta2, training.epsilon)


def _penalty(problem: Problem, step: int, network: Network) -> float:
    return problem.descent.penalty(in_force(problem.experiment, step).l2, network.m)


def _record(problem: Problem, step: int, network: Network) -> Record:
    whole = problem.network
    batch_cost = None
    if network is not whole:
        batch_cost = sayable(network.cost() + _penalty(problem, step, network))
        whole.forward()
    return Record(
        step,
        whole.cost() + _penalty(problem, step, whole),
        whole.accuracy(),
        batch_cost,
        held_back(problem),
        tuple(spread(whole, layer) for layer in range(1, problem.layers + 1)),
        tuple(sayable(norm(dW)) for dW, _ in whole.gradients),
        tuple(sayable(root_mean_square(A)) for A in whole.A[1:]),
    )


def batch_cost_at(experiment: Experiment, state: State) -> float | None:
    """The cost of the batch that the step of ``state`` is about to use; None with the full batch."""
    problem = problem_of(experiment)
    problem.network.load(state.theta)
    network = problem.descent.network_at(state.step)
    if network is problem.network:
        return None
    with np.errstate(all="ignore"):
        network.forward()
    return sayable(network.cost() + _penalty(problem, state.step, network))


def held_back(problem: Problem) -> dict[str, Measures]:
    """Cost and accuracy of the points that validate and test, with the present parameters."""
    found = {}
    for name, network in problem.held_back.items():
        network.load(problem.network.theta)
        with np.errstate(all="ignore"):  # the run goes on while those that train are finite
            network.forward()
        found[name] = Measures(sayable(network.cost()), network.accuracy())
    return found


def sayable(number: float) -> float:
    """A number as JSON can say it: what a finite state leads to may lie beyond the largest float."""
    return number if math.isfinite(number) else sys.float_info.max


def intervene(problem: Problem, step: int) -> list[float]:
    """Change the parameters in place, and tell the jumps (``State.jumps``) of what turns units.

    ``set`` changes no parameter (see ``in_force``).
    """
    network, jumps = problem.network, list[float]()
    for change in problem.changes.get(step, ()):
        if change.nudge is not None:
            where = change.nudge
            parameter(network.parameters, where.layer, where.input)[where.unit] += where.by
        elif change.edit is not None:
            place = change.edit
            parameter(network.parameters, place.layer, place.input)[place.unit] = place.to
        elif change.permute is not None or change.flip is not None:
            before = output_over_the_plane(problem)
            for name, theta in (("theta", network.theta), *_memory(problem)):
                turn(layers_of(theta, network.sizes), change, signed=name != "s")
            jumps.append(float(np.abs(output_over_the_plane(problem) - before).max()))
    return jumps


COMPARED = 50
COMPARED_WORK = 6_000_000
"""What turns units is watched on 50 x 50 cells, on fewer where the network makes that slow."""


def output_over_the_plane(problem: Problem) -> Array:
    """A[L] (n_L, cells) of the present parameters, coarsely over the plane."""
    side = max(12, min(COMPARED, int((COMPARED_WORK / parameter_count(problem.network.sizes)) ** 0.5)))
    return np.nan_to_num(problem.over_the_plane(side, "float64").A[-1], nan=0.5)


def _memory(problem: Problem) -> list[tuple[str, Array]]:
    """The optimizer's memory by name: it belongs to the parameters and moves with them."""
    return list(zip(problem.descent.optimizer.memory, problem.descent.memory, strict=True))


def turn(parameters: Parameters, change: Intervention, signed: bool) -> None:
    """Permute the units of a layer, or flip the sign of one; average squares have no sign to flip."""
    if change.permute is not None:
        (W, b), (W_next, _) = parameters[change.permute.layer - 1 :][:2]
        order = list(change.permute.order)
        W[...], b[...], W_next[...] = W[order], b[order], W_next[:, order]
    elif change.flip is not None and signed:
        (W, b), (W_next, _) = parameters[change.flip.layer - 1 :][:2]
        for numbers in (W[change.flip.unit], b[change.flip.unit], W_next[:, change.flip.unit]):
            np.negative(numbers, out=numbers)


def parameter(parameters: Parameters, layer: int, column: int | None) -> Array:
    """What every unit of ``layer`` multiplies input ``column`` with, or its bias: (n_l,), a view."""
    W, b = parameters[layer - 1]
    return b[:, 0] if column is None else W[:, column]
