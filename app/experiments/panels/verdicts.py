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
from app.engine.network import Network
from app.experiments.panels.sayable import norm_of, size
from app.experiments.panels.step import NextStep
from app.experiments.problem import Problem
from app.experiments.run import State
from app.experiments.sentence import percent
from app.experiments.texts import say, texts

TINY = 1e-6
"""A factor, or a gradient beside the parameters, smaller than this is called tiny."""
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
    values = {"L": L, "before": L - 1}
    if before.any():
        answer = short(float(before[0, 0]))
        return Verdict("zero_alike" if size(db) > TINY else "zero_cancels", {**values, "answer": answer})
    counts = np.unique(problem.Y, return_counts=True)[1]
    if problem.experiment.training.batch_size is not None and np.ptp(counts) == 0:
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
            yield Verdict("dead", {"layer": layer, "rest": _after_death(network, layer, data)})
    moves = size(network.gradient)
    if state.converged or moves <= TINY * max(1.0, size(network.theta)):
        for layer in hidden:
            A = network.A[layer]
            if (change := size(A - A[:, :1])) < TINY:
                yield Verdict("vanished", {"layer": layer, "change": short(change)})
        yield from _saturated(network, ahead)
        yield Verdict("at_rest", {"largest": short(moves)})
    for layer in hidden:
        found = diagnostics.symmetry(network, layer)
        if found.distinct == 1 and len(found.classes) > 1:
            yield Verdict("identical", {"layer": layer, "units": len(found.classes)})
    yield from _saturated(network, ahead)
    norms = [norm_of(dW) for dW, _ in network.gradients]
    small, large = int(np.argmin(norms)), int(np.argmax(norms))
    if small < large and norms[small] < FADED * norms[large]:
        values = {"small": short(norms[small]), "large": short(norms[large])}
        yield Verdict("faded", {"layer": small + 1, "other": large + 1, **values})
    yield Verdict("moving", {})


def _after_death(network: Network, layer: int, data: Array) -> dict[str, Any]:
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
