"""What can be had of a state beside its cost: the parts of ``POST /api/observations``, in the worker."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.network import Parameters, layers_of, parameter_count
from app.experiments.agreement import in_force
from app.experiments.answers import entry_at, included
from app.experiments.experiment import Experiment
from app.experiments.observe import View, observe
from app.experiments.panels.example import Example, example_of
from app.experiments.panels.sayable import sayable, sayable_number
from app.experiments.problem import Problem, problem_of
from app.experiments.run import State
from app.experiments.sentence import phrases, sentence
from app.experiments.typed import FORMS, Form
from app.experiments.work import points_of

PARTS = {
    "parameters": "W and b of every layer",
    "gradients": "dW and db of every layer as the step's update uses them: of its batch, with L2's part",
    "symmetry": "for each hidden layer how many kinds of unit there are, and how far apart",
    "boundary": "the probability over the plane, side by side cells, with probability[y][x]",
    "activations": "A[l] of every layer over the training points",
    "predictions": "probability and label of the training points",
    "by_hand": "each of points alone, forward and backward: Z, A, g'(Z), dZ, dW, db by layer, and loss",
}
"""What an observation may have, and what each is."""

Point = tuple[float, float, int]


@dataclass(frozen=True)
class Wanted:
    """Which parts, ``side`` cells of the plane, the points to take by hand, and the form of arrays."""

    include: tuple[str, ...]
    points: tuple[Point, ...] = ()
    side: int = 100
    arrays: str = "lists"

    def numbers(self, experiment: Experiment) -> int:
        """How many numbers one observation has, about."""
        sizes, m = experiment.sizes, points_of(experiment)
        outputs, units = sizes[-1], sum(sizes[1:])
        parameters = parameter_count(sizes)
        counts = {
            "parameters": parameters,
            "gradients": parameters,
            "symmetry": sum(sizes[1:-1]),
            "boundary": self.side**2 * outputs,
            "activations": units * m,
            "predictions": (outputs + 1) * m,
            "by_hand": len(self.points) * (parameters + 4 * units),
        }
        return sum(counts[name] for name in self.include)


def observation(experiment: Experiment, state: State, wanted: Wanted) -> bytes:
    """One state as JSON: its entry of the history, its sentence, and the parts wanted."""
    view = View(
        boundary=wanted.side if "boundary" in wanted.include else 0,
        activations="activations" in wanted.include,
        precise=True,
    )
    seen = observe(experiment, state, view)
    problem, form = problem_of(experiment), FORMS[wanted.arrays]
    told = entry_at(experiment, state, seen)
    told["sentence"] = sentence(state.step, phrases(experiment, state, seen))
    for name in wanted.include:
        if name == "gradients":
            told[name] = [{"dW": form(dW), "db": form(db[:, 0])} for dW, db in _gradients(problem, state)]
        elif name == "by_hand":
            told[name] = [_by_hand(problem, state, point, form) for point in wanted.points]
        else:
            told[name] = included(name, experiment, seen, form)
    return json.dumps(told, allow_nan=False, separators=(",", ":")).encode()


def _gradients(problem: Problem, state: State) -> Parameters:
    """(dW[l], db[l]) that the update of the state's step would use."""
    l2 = in_force(problem.experiment, state.step).l2
    problem.network.load(state.theta)
    network = problem.descent.network_at(state.step)
    with np.errstate(all="ignore"):
        network.forward()
        network.backward()
        if l2:
            problem.descent.add_decay(l2, network.m)
    return layers_of(sayable(network.gradient), network.sizes)


def _by_hand(problem: Problem, state: State, point: Point, form: Form) -> dict[str, Any]:
    """A point of the plane as the only example: dW[l] = dZ[l] A[l-1]^T and db[l] = dZ[l], m = 1."""
    problem.network.load(state.theta)
    with np.errstate(all="ignore"):
        example = example_of(problem, View(point=point))
        predicted = problem.network.output.labels(np.nan_to_num(example.A[-1], nan=0.5))

    def column(values: Array) -> Any:
        return form(sayable(values[:, 0]))

    return {
        "point": list(point),
        "X": column(example.A[0]),
        "Y": column(example.Y),
        "layers": [_layer(example, i, column, form) for i in range(len(example.Z))],
        "probability": column(example.A[-1]) if len(example.A[-1]) > 1 else _number(example.A[-1]),
        "label": int(predicted[0]),
        "loss": sayable_number(example.loss),
    }


def _layer(example: Example, i: int, column: Any, form: Form) -> dict[str, Any]:
    with np.errstate(all="ignore"):
        dW = sayable(example.dZ[i] @ example.A[i].T)
    return {
        "Z": column(example.Z[i]),
        "A": column(example.A[i + 1]),
        "slope": column(example.slopes[i]) if i < len(example.slopes) else None,
        "dZ": column(example.dZ[i]),
        "dW": form(dW),
        "db": column(example.dZ[i]),
    }


def _number(values: Array) -> float:
    return sayable_number(float(values[0, 0]))
