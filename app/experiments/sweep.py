"""A sweep: one experiment over a grid of values, as runs to make and as what is told of each.

Runs stand in the order of ``itertools.product``: the last axis changes fastest.
"""

import re
import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.engine.diagnostics import symmetry
from app.engine.stacked import fitting
from app.experiments.check import ExperimentError
from app.experiments.experiment import Experiment
from app.experiments.frames import on_scale
from app.experiments.problem import Problem
from app.experiments.run import State, held_back, sayable
from app.experiments.together import advance_together, bare_problem, kind
from app.experiments.typed import typed
from app.experiments.work import points_of, seconds_together

INCLUDES = ("boundary",)
SIDE = 40
"""Cells along an edge of a run's small picture."""
SUMMARY_STEPS = 20
"""What is told of a run costs about as much as so many steps."""

Path = tuple[str | int, ...]
"""Where a value stands in an experiment: ("init", "seed"), ("network", "hidden", 0)."""


@dataclass(frozen=True)
class Plan:
    """What a sweep is to do: ``values`` has one list per axis, ``runs`` experiments or why there is none."""

    experiment: Experiment
    fields: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    runs: tuple[Experiment | ExperimentError, ...]
    steps: int
    include: tuple[str, ...] = ()

    def at(self, run: int) -> list[int]:
        """Which value of each axis run ``run`` has."""
        return [int(i) for i in np.unravel_index(run, [len(values) for values in self.values])]

    def values_of(self, run: int, at: Sequence[int]) -> list[Any]:
        """Its values on the axes; None where its experiment has none: He's start has no scale."""
        values = [values[i] for values, i in zip(self.values, at, strict=True)]
        experiment = self.runs[run]
        if not isinstance(experiment, Experiment):
            return values
        return [
            None if value_at(experiment, path_of(field)) is None else value
            for field, value in zip(self.fields, values, strict=True)
        ]

    def stacks(self, workers: int) -> list[list[int]]:
        """The runs that can be made, in groups that are trained together: as even as ``workers`` need it."""
        groups: dict[Hashable, list[int]] = {}
        for run, experiment in enumerate(self.runs):
            if isinstance(experiment, Experiment):
                shared = kind(experiment)
                groups.setdefault(("alone", run) if shared is None else shared, []).append(run)
        return [part for group in groups.values() for part in self._parts(group, workers)]

    def _parts(self, group: list[int], workers: int) -> Iterator[list[int]]:
        most = min(_most_together(self.made(group[0])), -(-len(group) // workers))
        size = -(-len(group) // -(-len(group) // most))
        yield from (group[at : at + size] for at in range(0, len(group), size))

    def made(self, run: int) -> Experiment:
        """The experiment of a run that can be made."""
        experiment = self.runs[run]
        assert isinstance(experiment, Experiment)
        return experiment

    def seconds(self, steps: int) -> float:
        """How long all runs take for so many steps each, about, on one core."""
        shared: dict[Experiment, float] = {}
        total = 0.0
        for experiment in self.runs:
            if isinstance(experiment, Experiment):
                like = replace(experiment, init=type(experiment.init)())
                if like not in shared:
                    shared[like] = seconds_together(experiment, _most_together(experiment))
                total += shared[like]
        return total * (steps + SUMMARY_STEPS)


def _most_together(experiment: Experiment) -> int:
    if kind(experiment) is None:
        return 1
    return fitting(experiment.sizes, experiment.training.batch_size or points_of(experiment))


def path_of(text: str) -> Path:
    """The steps to a field: "network.hidden[0]" is ("network", "hidden", 0)."""
    return tuple(int(part[1:]) if part[0] == "[" else part for part in re.findall(r"\[\d+|\w+", text))


def value_at(node: Any, path: Path) -> Any:
    """What stands at ``path`` of an experiment or a part of it."""
    for step in path:
        node = node[step] if isinstance(step, int) else getattr(node, step)
    return node


def with_value(node: Any, path: Path, value: Any) -> Any:
    """``node`` (an experiment or a part of it) with ``value`` at ``path``."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        return replace(node, **{step: with_value(getattr(node, step), rest, value)})
    items = list(node)
    items[step] = with_value(items[step], rest, value)
    return tuple(items)


def advance_timed(
    experiments: Sequence[Experiment], states: Sequence[State], steps: int
) -> tuple[list[State], float]:
    """``together.advance_together``, and how many seconds it took."""
    begun = time.perf_counter()
    reached = advance_together(experiments, states, steps)
    return reached, time.perf_counter() - begun


def results(
    experiments: Sequence[Experiment], states: Sequence[State], include: tuple[str, ...]
) -> list[dict[str, Any]]:
    """What is told of each run at its last step."""
    return [_result(*pair, include) for pair in zip(experiments, states, strict=True)]


def _result(experiment: Experiment, state: State, include: tuple[str, ...]) -> dict[str, Any]:
    problem = bare_problem(experiment)
    network = problem.network
    network.load(state.theta)
    with np.errstate(all="ignore"):
        network.forward()
        found = held_back(problem)
    told: dict[str, Any] = {
        "status": "diverged" if state.diverged else "converged" if state.converged else "completed",
        "steps": state.step,
        "cost": sayable(state.cost),
        "accuracy": network.accuracy(),
    }
    for name, measures in found.items():
        told |= {f"{name}_cost": measures.cost, f"{name}_accuracy": measures.accuracy}
    told["distinct"] = [symmetry(network, layer).distinct for layer in range(1, problem.layers + 1)]
    if state.diverged:
        told["diverged"] = vars(state.diverged)
    if "boundary" in include:
        told["boundary"] = _boundary(problem)
    return told


def _boundary(problem: Problem) -> dict[str, Any]:
    """The plane from the lowest x2 up: class 1's probability from 0 to 254, or the most probable class."""
    A = problem.over_the_plane(SIDE, "float64").A[-1]
    probability = np.nan_to_num(A.reshape(-1, SIDE, SIDE), nan=0.5)
    if len(probability) == 1:
        return typed(on_scale(probability[0], 0, 1))
    return typed(probability.argmax(axis=0).astype(np.uint8))
