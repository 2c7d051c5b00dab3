"""Why a network does not move, or moves in vain: decided by its numbers alone, and said in words."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine import diagnostics
from app.engine.arrays import Array
from app.engine.diagnostics import FLAT
from app.engine.network import Network, layers_of
from app.experiments.panels.sayable import norm_of, size
from app.experiments.panels.step import NextStep
from app.experiments.problem import Problem
from app.experiments.run import State
from app.experiments.sentence import percent
from app.experiments.texts import say, texts

TINY = 1e-6
"""A factor, or what is left of a sum whose parts cancel, smaller than this is called tiny."""
SLOW = 1e-4
"""A gradient, or a step, that is smaller than this beside its weights hardly changes them."""
SMALL, GROWS = 1e-3, 1e-2
"""Weights so small give every gradient a small factor; where a step is so large beside them, they grow."""
MOSTLY = 0.9
"""A layer is called saturated where more than this share of its slopes is flat."""
FADED = 1e-4
"""The error has faded on the way back where a layer's gradient is so much smaller than another's."""

VERDICTS = texts("en")["verdicts"]
"""The reasons, in English."""


@dataclass(frozen=True)
class Verdict:
    """A key of VERDICTS and what goes into it."""

    key: str
    values: dict[str, Any]

    @property
    def text(self) -> str:
        return say("verdicts", self.key, self.values)


def clause(key: str, **values: Any) -> dict[str, Any]:
    """What goes into a verdict, or beside it, with words of its own."""
    return {"key": key, "values": values}


def verdict(problem: Problem, state: State, data_gradient: Array, ahead: NextStep | None) -> Verdict:
    """The first of the reasons that applies; ``data_gradient`` (p,) is the gradient without the penalty."""
    if state.diverged:
        return Verdict("diverged", {"at": state.diverged.step, "reason": state.diverged.reason})
    network = problem.network
    if len(network.parameters) > 1 and not any(W.any() for W, _ in network.parameters):
        return _all_zero(problem)
    return next(_reasons(problem, state, data_gradient, ahead))


def _all_zero(problem: Problem) -> Verdict:
    """All weights are 0: A[l] = g(b[l]) is the same for all points."""
    network = problem.network
    L = len(network.parameters)
    before, (_, db), (_, b) = network.A[L - 1], network.gradients[-1], network.parameters[-1]
    values: dict[str, Any] = {"L": L, "before": L - 1}
    batches = (problem.experiment.training.batch_size or network.m) < network.m
    if before.any():
        values |= {"unit": int(np.argmax(before[:, 0] != 0)) + 1}
        values |= {"answer": short(float(before[values["unit"] - 1, 0]))}
        alike = clause("stay_equal" if np.ptp(before[:, 0]) == 0 else "differ_by_bias", before=L - 1)
        if size(db) > TINY or batches:
            return Verdict("zero_batch" if size(db) <= TINY else "zero_alike", {**values, "alike": alike})
        if left := size(network.gradient):
            return Verdict("zero_rounds", {**values, "size": short(left)})
        return Verdict("zero_cancels", values)
    counts = np.unique(problem.Y, return_counts=True)[1]
    if batches:
        return Verdict("batch_bias", values)
    if size(db) > TINY:
        return Verdict("only_bias", {**values, "goal": _shares("to", counts)})
    if b.any():
        return Verdict("bias_rests", {**values, "goal": _shares("at", counts)})
    return Verdict("all_zero", values)


def _shares(way: str, counts: NDArray[np.intp]) -> dict[str, Any]:
    """Where a network that knows only its last bias ends: the log-odds, or the classes' shares."""
    if len(counts) > 2:
        return clause(f"{way}_shares")
    odds = short(math.log(counts[1] / counts[0]))
    return clause(f"{way}_odds", first=str(counts[0]), second=str(counts[1]), odds=odds)


def _reasons(problem: Problem, state: State, data: Array, ahead: NextStep | None) -> Iterator[Verdict]:
    network = problem.network
    hidden = range(1, len(network.parameters))
    for layer in reversed(hidden):
        activation = network.activations[layer - 1]
        if activation.can_die and not network.slopes(layer).any():
            if not network.Z[layer - 1].any():
                yield Verdict("kink", {"layer": layer, "activation": activation.title})
            yield Verdict("dead", {"layer": layer, "rest": _after_death(network, data)})
    largest = short(size(network.gradient))
    if not network.dZ[-1].any():
        yield Verdict("learned", {"L": len(network.parameters)})
    if _cancels(network, network.gradient - data):
        yield from _saturated(network, ahead)
        cancel = np.array_equal(data, network.gradient)  # without the penalty's help
        yield Verdict("at_rest" if cancel else "balanced", {"largest": largest})
    if state.converged:
        change = short(problem.experiment.training.stop_change or 0.0)
        yield Verdict("stopped", {"change": change, "largest": largest})
    yield from _zero_layer(network, ahead)
    yield from _vanished(network, ahead)
    for layer in hidden:
        found = diagnostics.symmetry(network, layer)
        if found.distinct == 1 and len(found.classes) > 1:
            yield Verdict("identical", {"layer": layer, "units": len(found.classes)})
    yield from _small_start(network, ahead)
    yield from _saturated(network, ahead)
    norms = [norm_of(dW) for dW, _ in network.gradients]
    small, large = int(np.argmin(norms)), int(np.argmax(norms))
    if small < large and norms[small] < FADED * norms[large]:
        values = {"small": short(norms[small]), "large": short(norms[large])}
        yield Verdict("faded", {"layer": small + 1, "other": large + 1, **values})
    yield Verdict("moving", {})


def _cancels(network: Network, penalty: Array) -> bool:
    """Whether every gradient is as good as 0 beside the errors that it is the sum of: they cancel.

    Compared with |dZ| |A|^T / m and the ``penalty`` (p,), not with 1: where all factors are small, so is a
    gradient in which nothing cancels.
    """
    parts = zip(network.dZ, network.A, network.gradients, layers_of(penalty, network.sizes), strict=False)
    for dZ, A, (dW, db), (W_part, _) in parts:
        errors = np.abs(dZ)
        uncancelled = errors @ np.abs(A).T / network.m + np.abs(W_part)
        if size(dW) > TINY * size(uncancelled) or size(db) > TINY * size(errors.mean(axis=1)):
            return False
    return True


def _zero_layer(network: Network, ahead: NextStep | None) -> Iterator[Verdict]:
    """One layer of zeros stays no layer of zeros."""
    if ahead is None or len(network.parameters) == 1:
        return
    for layer, ((W, _), (dW, _), (step, _)) in enumerate(
        zip(network.parameters, network.gradients, ahead.change, strict=True), 1
    ):
        if not W.any() and dW.any() and step.any():
            yield Verdict("zero_layer", {"layer": layer, "size": short(size(dW))})


def _vanished(network: Network, ahead: NextStep | None) -> Iterator[Verdict]:
    """A[l] is all but the same for all points, and nothing is about to change it: no gradient, no step."""
    gradients = [norm_of(dW) for dW, _ in network.gradients]
    steps = [norm_of(step) for step, _ in ahead.change] if ahead else []
    weights = [norm_of(W) for W, _ in network.parameters]
    if any(moves > SLOW * W for moves, W in zip((*gradients, *steps), (*weights, *weights), strict=False)):
        return
    for layer in range(1, len(network.parameters)):
        A = network.A[layer]
        if (change := size(A - A[:, :1])) < TINY:
            yield Verdict("vanished", {"layer": layer, "change": short(change)})


def _small_start(network: Network, ahead: NextStep | None) -> Iterator[Verdict]:
    """Tiny weights make tiny gradients, but beside the weights the steps are large: they grow."""
    if ahead is None or len(network.parameters) == 1 or size(network.theta) >= SMALL:
        return
    steps = [step or 0.0 for step in ahead.beside(network.parameters)]
    if min(steps) > GROWS:
        values = {"weights": short(size(network.theta)), "step": short(max(steps))}
        yield Verdict("small_start", values)


def _after_death(network: Network, data: Array) -> dict[str, Any]:
    if data.any():
        return clause("after_moves")
    if network.gradient.any():
        return clause("after_penalty")
    return clause("after_nothing")


def _saturated(network: Network, ahead: NextStep | None) -> Iterator[Verdict]:
    for layer in range(1, len(network.parameters)):
        slopes = network.slopes(layer)
        flat = float(np.count_nonzero(slopes < FLAT)) / slopes.size
        if network.activations[layer - 1].bounds is not None and flat > MOSTLY:
            step = ahead.beside(network.parameters)[layer - 1] if ahead else None
            values = {
                "layer": layer,
                "share": percent(flat),
                "gradient": short(norm_of(network.gradients[layer - 1][0])),
                "step": clause("step_none") if step is None else short(step),
            }
            yield Verdict("saturated", values)


def short(value: float) -> str:
    """About three digits."""
    return f"{value:.3g}".replace("e-0", "e-").replace("-", "\N{MINUS SIGN}")
