"""The step that a run is about to take, whatever its optimizer."""

from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array
from app.engine.network import Parameters, layers_of
from app.experiments.panels.sayable import norm_of, sayable_number
from app.experiments.problem import Problem
from app.experiments.run import State, advance


@dataclass(frozen=True)
class NextStep:
    """``change`` is (dW, db) by layer as the update makes it; ``cost`` that of the step after it."""

    change: Parameters
    cost: float

    def beside(self, parameters: Parameters) -> list[float | None]:
        """|W_next - W| / |W| by layer; None where W is 0."""
        sizes = [
            (norm_of(change), norm_of(W)) for (change, _), (W, _) in zip(self.change, parameters, strict=True)
        ]
        return [sayable_number(step / size) if size else None for step, size in sizes]


def next_step(problem: Problem, state: State) -> NextStep | None:
    """The run's own next step; None where it is over. The network is left as it was found."""
    network = problem.network
    gradient = network.gradient.copy()
    after, _ = advance(problem.experiment, state, 1)
    network.load(state.theta)
    with np.errstate(all="ignore"):
        network.forward()
        network.backward()
    np.copyto(network.gradient, gradient)
    if after.step == state.step:
        return None
    change: Array = after.theta - state.theta
    return NextStep(layers_of(change, network.sizes), after.cost)
