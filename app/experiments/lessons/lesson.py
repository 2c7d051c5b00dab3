"""A lesson as data: what is opened, what is asked, and what it claims in numbers that can be measured."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from app.experiments.experiment import Experiment
from app.experiments.loops import loops_apart
from app.experiments.observe import View, observe
from app.experiments.run import Record, State, advance, start


@dataclass(frozen=True)
class Claim:
    """``measure`` of lane ``lane`` (from 0) at ``step`` lies from ``low`` to ``high``, both included."""

    lane: int
    step: int
    measure: str
    low: float
    high: float


@dataclass(frozen=True)
class Lesson:
    """One lesson. Its words are in the catalog of texts, under its name.

    ``lanes`` are opened at step 0 and run to ``stop``, at ``speed`` steps per second (None is as fast
    as it goes), with the tab ``panel`` open. ``answer`` is the choice (from 0) of its question that is
    right. ``follow_up`` is a second pair to look at afterwards, with the step at which to stop.
    """

    name: str
    minutes: int
    lanes: tuple[Experiment, ...]
    stop: int
    answer: int
    claims: tuple[Claim, ...]
    speed: float | None = 200.0
    panel: str = "activations"
    follow_up: tuple[Experiment, ...] = ()
    follow_up_stop: int = 0


def about(lane: int, step: int, cost: float, accuracy: float) -> tuple[Claim, Claim]:
    """Cost within 1e-3 and accuracy, in per cent, within half a point of these."""
    return (
        Claim(lane, step, "cost", cost - 1e-3, cost + 1e-3),
        Claim(lane, step, "accuracy", accuracy - 0.5, accuracy + 0.5),
    )


def holds(claim: Claim, lanes: tuple[Experiment, ...]) -> bool:
    """Whether a run says so."""
    return claim.low <= measured(claim, lanes) <= claim.high


def measured(claim: Claim, lanes: tuple[Experiment, ...]) -> float:
    """What the claim speaks of, by running its lane."""
    experiment = lanes[claim.lane]
    state, records = start(experiment), list[Record]()
    if claim.step:
        state, records = advance(experiment, state, claim.step, 1)
    return MEASURES[claim.measure](experiment, state, records)


def _accuracy(experiment: Experiment, state: State, records: list[Record]) -> float:
    return 100 * observe(experiment, state, View()).accuracy


def _kinds(experiment: Experiment, state: State, records: list[Record]) -> float:
    return observe(experiment, state, View()).symmetry[0].distinct


def _spread(experiment: Experiment, state: State, records: list[Record]) -> float:
    return observe(experiment, state, View()).symmetry[0].spread


def _gradient(experiment: Experiment, state: State, records: list[Record]) -> float:
    return observe(experiment, state, View()).gradient_norm


def _saturated(experiment: Experiment, state: State, records: list[Record]) -> float:
    return 100 * observe(experiment, state, View()).health[0].saturated


def _held_back(experiment: Experiment, state: State, records: list[Record]) -> float:
    return observe(experiment, state, View()).held_back["validation"].cost


def _first_rise(experiment: Experiment, state: State, records: list[Record]) -> float:
    """The first step after which the cost is higher; infinite if there is none."""
    costs = [*(record.cost for record in records), state.cost]
    rises = (i for i, (now, then) in enumerate(itertools.pairwise(costs)) if then > now)
    return float(next(rises, float("inf")))


MEASURES: dict[str, Callable[[Experiment, State, list[Record]], float]] = {
    "cost": lambda experiment, state, records: state.cost,
    "accuracy": _accuracy,
    "kinds": _kinds,
    "spread": _spread,
    "gradient": _gradient,
    "saturated": _saturated,
    "held_back_cost": _held_back,
    "highest_cost": lambda experiment, state, records: max([*(r.cost for r in records), state.cost]),
    "first_rise": _first_rise,
    "loops_apart": lambda experiment, state, records: loops_apart(experiment, state),
}
"""What a claim can be about; accuracy and saturated in per cent, those of units in the first layer."""
