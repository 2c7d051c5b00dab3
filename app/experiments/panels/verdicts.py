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

TINY = 1e-6
"""A factor, or a gradient beside the parameters, smaller than this is called tiny."""
MOSTLY = 0.9
"""A layer is called saturated where more than this share of its slopes is flat."""
FADED = 1e-4
"""The error has faded on the way back where a layer's gradient is so much smaller than another's."""

VERDICTS = {
    "diverged": "The run diverged at step {at}: {reason}. These are its last finite numbers.",
    "all_zero": "Nothing moves at all. All weights are 0, so A[{before}] is 0 and dW[{L}] with it; W[{L}] is "
    "0, so nothing flows back to the layers before. Only b[{L}] could move, and the errors cancel: there are "
    "as many points of each class.",
    "only_bias": "Only b[{L}] moves. All weights and so A[{before}] are 0: no weight gets a gradient. The "
    "classes differ in size, so the errors do not cancel: b[{L}] goes {goal}, and then it rests.",
    "batch_bias": "Only b[{L}] moves. All weights and so A[{before}] are 0: no weight gets a gradient. The "
    "classes are of one size, those of a batch are not: b[{L}] wanders about the point where errors cancel.",
    "bias_rests": "b[{L}] has come to rest {goal}, where the errors cancel. Nothing else has moved: all "
    "weights and A[{before}] are 0, and no weight gets a gradient.",
    "zero_cancels": "Nothing moves at all. All weights are 0, so every unit answers {answer} to every point. "
    "dW[{L}] is the sum of the errors times {answer}, and they cancel: as many points of each class.",
    "zero_alike": "All weights are 0, but every unit answers {answer}, not 0: dW[{L}] is the sum of the "
    "errors times {answer}, the same for every unit. W[{L}] moves, then the layers before; all units stay "
    "equal.",
    "kink": "Z[{layer}] is exactly 0 at every point, and the slope of {activation} at 0 was chosen to be 0: "
    "nothing passes layer {layer} on the way back.",
    "dead": "Layer {layer} is dead: the slope of all its units is 0 at every point. Nothing passes it on the "
    "way back, so no layer up to it gets an error; {rest}.",
    "vanished": "The signal has faded on the way forward: A[{layer}] is the same for all points to within "
    "{change}, so no weight can learn to tell them apart.",
    "at_rest": "It has come to rest: the errors that are left cancel in every gradient (the largest is "
    "{largest}).",
    "identical": "It moves, but all {units} units of layer {layer} are equal, and so are their gradients: "
    "they move together and stay equal, as one unit would.",
    "saturated": "{share} % of the slopes of layer {layer} are flat. Its gradient need not be small: "
    "|dW[{layer}]| is {gradient}. What is small is the step beside the weight: {step}.",
    "faded": "The error fades on the way back: |dW[{layer}]| is {small}, |dW[{other}]| is {large}. The last "
    "layers learn, the first hardly move.",
    "moving": "It moves: the gradients are not zero.",
}


@dataclass(frozen=True)
class Verdict:
    """A key of VERDICTS and what goes into it."""

    key: str
    values: dict[str, Any]

    @property
    def text(self) -> str:
        return VERDICTS[self.key].format(**self.values)


def verdict(problem: Problem, state: State, data_gradient: Array, ahead: NextStep | None) -> Verdict:
    """The first of the reasons that applies; ``data_gradient`` (p,) is the gradient without the penalty."""
    if state.diverged:
        return Verdict("diverged", {"at": f"{state.diverged.step:,}", "reason": state.diverged.reason})
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
        return Verdict("only_bias", {**values, "goal": f"to {_shares(counts)}"})
    if b.any():
        return Verdict("bias_rests", {**values, "goal": f"at {_shares(counts)}"})
    return Verdict("all_zero", values)


def _shares(counts: NDArray[np.intp]) -> str:
    """Where a network that knows only its last bias ends: the log-odds, or the classes' shares."""
    if len(counts) > 2:
        return "values that give each class its share"
    odds = short(math.log(counts[1] / counts[0]))
    return f"the log-odds of the classes, ln({counts[1]}/{counts[0]}) = {odds}"


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


def _after_death(network: Network, layer: int, data: Array) -> str:
    if data.any():
        return "only what comes after it moves"
    if network.gradient.any():
        return "only the penalty still shrinks the weights"
    return "and nothing after it moves either"


def _saturated(network: Network, ahead: NextStep | None) -> Iterator[Verdict]:
    for layer in range(1, len(network.parameters)):
        slopes = network.slopes(layer)
        flat = float(np.count_nonzero(slopes < FLAT)) / slopes.size
        if network.activations[layer - 1].bounds is not None and flat > MOSTLY:
            step = ahead.beside(network.parameters)[layer - 1] if ahead else None
            values = {"share": percent(flat), "gradient": short(norm_of(network.gradients[layer - 1][0]))}
            yield Verdict(
                "saturated", {"layer": layer, **values, "step": "none" if step is None else short(step)}
            )


def short(value: float) -> str:
    """About three digits."""
    return f"{value:.3g}".replace("e-0", "e-").replace("-", "\N{MINUS SIGN}")
