"""Equal units made one: k units with the same numbers act as one whose outgoing weights are their sum.

Sum over the k of w a = (k w) a: the output stays as it was, but for rounding. Training does not: a step
changes the one outgoing weight k w by what it would change each w by, not by k times as much.
"""

from dataclasses import dataclass, replace

import numpy as np

from app.engine.arrays import Array
from app.engine.diagnostics import symmetry
from app.engine.network import Parameters, flat, layers_of
from app.experiments.agreement import in_force
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import (
    MAX_PARAMETER,
    MAX_STEP,
    Experiment,
    Init,
    LayerParameters,
)
from app.experiments.problem import problem_of
from app.experiments.run import State, output_over_the_plane


@dataclass(frozen=True)
class Merge:
    """The network as it is, and with each class of equal units of a layer as one; both begin at step 0.

    ``largest_change`` is that of the output over the plane, from the one to the other.
    """

    before: Experiment
    after: Experiment
    largest_change: float


def check_layer(experiment: Experiment, layer: int) -> None:
    """An ExperimentError where ``layer`` is no hidden layer."""
    hidden = len(experiment.network.hidden)
    if layer > hidden:
        rule = f"a hidden layer from 1 to {hidden}" if hidden else "a hidden layer, which this network lacks"
        raise ExperimentError(FieldError("layer", rule, layer))


def merge(experiment: Experiment, state: State, layer: int) -> Merge:
    """The equal units of hidden layer ``layer`` at ``state``, made one; the optimizers remember nothing."""
    parameters = layers_of(state.theta, experiment.sizes)
    largest = float(np.abs(state.theta).max())
    if largest > MAX_PARAMETER:
        rule = f"a step at which no parameter is beyond {MAX_PARAMETER:g}, as an experiment may start with"
        raise ExperimentError(FieldError("step", rule, state.step))
    before = _from_here(experiment, state, parameters, experiment.network.hidden)
    network = problem_of(before).network
    network.load(state.theta)
    classes = np.array(symmetry(network, layer).classes)
    count = int(classes.max()) + 1
    if count == len(classes):
        raise ExperimentError(FieldError("layer", "a layer with units that are equal", layer))
    hidden = list(experiment.network.hidden)
    hidden[layer - 1] = count
    merged = _merged(parameters, layer, classes)
    if max(float(np.abs(W).max()) for W, _ in merged) > MAX_PARAMETER:
        rule = f"a layer whose outgoing weights add up to at most {MAX_PARAMETER:g}"
        raise ExperimentError(FieldError("layer", rule, layer))
    after = _from_here(experiment, state, merged, tuple(hidden))
    change = np.abs(_output(before, parameters) - _output(after, merged)).max()
    return Merge(before, after, float(change))


def _merged(parameters: Parameters, layer: int, classes: np.ndarray) -> Parameters:
    """``parameters`` with the first unit of every class, and the sum of the class's outgoing weights."""
    (W, b), (W_next, b_next) = parameters[layer - 1 : layer + 1]
    firsts = [int(np.argmax(classes == kind)) for kind in range(classes.max() + 1)]
    sums = np.stack([W_next[:, classes == kind].sum(axis=1) for kind in range(len(firsts))], axis=1)
    merged = list(parameters)
    merged[layer - 1 : layer + 1] = [(W[firsts], b[firsts]), (sums, b_next)]
    return merged


def _from_here(
    experiment: Experiment, state: State, parameters: Parameters, hidden: tuple[int, ...]
) -> Experiment:
    """An experiment that starts with ``parameters`` and the settings in force."""
    given = tuple(
        LayerParameters(tuple(tuple(row) for row in W.tolist()), tuple(b[:, 0].tolist()))
        for W, b in parameters
    )
    return replace(
        experiment,
        network=replace(experiment.network, hidden=hidden),
        init=Init(method="explicit", scale=None, seed=experiment.init.seed, parameters=given),
        training=in_force(experiment, min(state.step, MAX_STEP)),
        interventions=(),
    )


def _output(experiment: Experiment, parameters: Parameters) -> Array:
    problem = problem_of(experiment)
    problem.network.load(flat(parameters))
    return output_over_the_plane(problem)
