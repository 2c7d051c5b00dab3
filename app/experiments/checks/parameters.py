"""Somebody's parameters beside the run's at the same step, and what they are instead if they are others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.engine.network import layers_of
from app.experiments.check import ExperimentError
from app.experiments.checks.beside import Beside, named
from app.experiments.checks.layouts import Layout
from app.experiments.checks.shapes import PARAMETERS, told
from app.experiments.checks.variants import variants
from app.experiments.experiment import Experiment
from app.experiments.problem import initial_theta
from app.experiments.run import State, advance, start
from app.experiments.texts import say
from app.experiments.work import seconds_per_step

MOST_SECONDS = 0.02
"""That a run with one thing otherwise may take, about: some seventy are made."""

Layers = Sequence[tuple[Array, Array]]


class Parameters:
    """The given parameters in one layout beside ``own``, those of the run.

    Where something was computed from them they are somebody's own start, which is no mistake as long as its
    shapes are right; alone they have to be the run's.
    """

    def __init__(
        self, given: Mapping[str, Array], own: Layers, layout: Layout, tolerance: float, start_of_work: bool
    ) -> None:
        self.start_of_work = start_of_work
        self.beside: dict[str, Beside] = {}
        for name, ours in by_name(own).items():
            if name in given:
                largest = max(float(np.abs(one).max()) for one in own[int(name[1:]) - 1])
                self.beside[name] = Beside(name, given[name], ours, largest, layout, tolerance)
        self.others = [name for name, beside in self.beside.items() if not beside.numbers_right]

    def rows(self, experiment: Experiment, state: State) -> list[dict[str, Any]]:
        """What is told of every given parameter."""
        instead = self._instead(experiment, state) if self.others else {}
        return [self._row(beside, instead.get(name), state.step) for name, beside in self.beside.items()]

    def _row(self, beside: Beside, cause: dict[str, Any] | None, step: int) -> dict[str, Any]:
        if beside.numbers_right:
            says, cause = beside.right_numbers()
            return beside.row(cause, False, beside.fits, says)
        if beside.turned is None:
            says, cause = beside.of_another_shape()
            if self.start_of_work:
                says += " The run's own was taken instead."
            return beside.row(cause, True, False, says)
        says = f"These are not the run's numbers of step {step}."
        if cause is not None:
            says += f" {cause['says']}"
        if not beside.fits:
            says += f" And it is transposed: {told(beside.given.shape)} instead of {told(beside.ours.shape)}."
        right = self.start_of_work and beside.fits
        if right:
            says += " What you computed is checked with yours."
        return beside.row(cause, True, right, says)

    def _instead(self, experiment: Experiment, state: State) -> dict[str, dict[str, Any]]:
        """Of every parameter that is not the run's what it is, where some numbers are the same as these."""
        found = dict[str, dict[str, Any]]()
        tried = [
            (cause, says, {name for name in self.others if self.beside[name].same(layers[name])})
            for cause, says, layers in self._possible(experiment, state)
        ]
        for name in self.others:
            fitting = [(cause, says, same) for cause, says, same in tried if name in same]
            if fitting:  # of those that explain the most, the likeliest
                most = max(len(same) for *_, same in fitting)
                cause, says, _ = next(one for one in fitting if len(one[2]) == most)
                found[name] = named(cause, says)
        return found

    def _possible(
        self, experiment: Experiment, state: State
    ) -> Iterator[tuple[str, str, Mapping[str, Array]]]:
        """A cause, its sentence, and the parameters that it leads to; the likelier first."""
        yield "transposed", "They are transposed.", {n: b.ours.T for n, b in self.beside.items()}
        moved, _ = advance(experiment, state, 1)
        if moved.step > state.step:
            says = f"They are those after the update, of step {moved.step}."
            yield "after_update", says, _of(experiment, moved.theta)
        if state.step > 0:
            says = "They are those of the start, step 0, without any update."
            yield "start", says, _of(experiment, initial_theta(experiment))
        for variant in variants(experiment):
            if (
                variant.l2 is None
                and (theta := _reached(variant.experiment, experiment, state.step)) is not None
            ):
                says = say("page", f"match.cause_{variant.cause}", variant.values)
                yield variant.cause, says, _of(experiment, theta)


def _reached(other: Experiment, experiment: Experiment, step: int) -> Array | None:
    """The parameters of another experiment at ``step``; None where it has none there, or takes too long."""
    if step == 0:
        return initial_theta(other) if other.init != experiment.init else None
    if step * seconds_per_step(other) > MOST_SECONDS:
        return None
    try:
        state, _ = advance(other, start(other), step)
    except ExperimentError:
        return None  # points that cannot be standardized, say
    return state.theta if state.step == step and not state.diverged else None


def by_name(layers: Layers) -> dict[str, Array]:
    """W1, b1, W2, ... by name."""
    return {f"{kind}{l}": layer[i] for l, layer in enumerate(layers, 1) for i, kind in enumerate(PARAMETERS)}


def _of(experiment: Experiment, theta: Array) -> dict[str, Array]:
    return by_name(layers_of(theta, experiment.sizes))
