"""What can be seen of a state: every number that is shown, and only the ones asked for."""

import math
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from app.engine import diagnostics
from app.engine.arrays import Array
from app.engine.diagnostics import Health
from app.engine.network import Network, Parameters, layers_of
from app.experiments.agreement import in_force
from app.experiments.experiment import Experiment, Settings
from app.experiments.problem import Problem, problem_of
from app.experiments.run import Measures, State, held_back, sayable

FLOAT32_PARAMETERS = 1e4
FLOAT32_SIGNALS = (1e-24, 1e24)
"""With parameters up to the one and a largest |Z| of every layer within the other, the plane is drawn in
float32, twice as fast; beyond them it could overflow, or vanish, on the way."""


@dataclass(frozen=True)
class View:
    """What is looked at: sides of the grids in cells (0 for none), units per layer, examples shown.

    ``panel`` is the open tab. By hand follows training column ``example``, or the typed ``point``
    (x1, x2, label), with ``script`` as a program too; Hidden space shows the units ``pair`` of
    ``layer``, 0 for the inputs; the tables of weights begin with unit and input ``corner``; ``lines``
    asks for the first layer's z = 0, ``check`` for the gradient number by number. ``effort`` is how many
    seconds a panel may spend on what not every frame needs.
    """

    boundary: int = 0
    maps: int = 0
    units: int = 8
    activations: bool = False
    panel: str = "activations"
    example: int = 0
    point: tuple[float, float, int] | None = None
    script: bool = False
    layer: int = 1
    pair: tuple[int, int] = (0, 1)
    corner: tuple[int, int] = (0, 0)
    check: bool = False
    effort: float = 0.0
    lines: bool = False
    examples: int | None = None
    precise: bool = False


@dataclass(frozen=True)
class LayerSymmetry:
    """The symmetry of one hidden layer (diagnostics.Symmetry) and how alike its units act."""

    layer: int
    units: int
    distinct: int
    spread: float
    alike: float | None
    classes: tuple[int, ...]


@dataclass(frozen=True)
class Observation:
    """A state, looked at. Arrays are float64, those over the plane float32 unless ``View.precise``.

    ``probability`` (n_L, m) at the training points, one row with two classes; ``boundary``
    (n_L, side, side) from the lowest x2 up;
    ``maps[l-1]`` (units, side, side) and ``activations[l-1]`` (units, examples) of layers 1 to L.
    """

    step: int
    cost: float
    accuracy: float
    settings: Settings
    held_back: dict[str, Measures]
    symmetry: tuple[LayerSymmetry, ...]
    health: tuple[Health, ...]
    gradient_norm: float
    moved: bool
    probability: Array
    predicted: Array
    parameters: Parameters
    boundary: Array | None = None
    maps: list[Array] = field(default_factory=list)
    activations: list[Array] = field(default_factory=list)


def observe(experiment: Experiment, state: State, view: View) -> Observation:
    """``state`` as ``view`` asks to see it."""
    problem = problem_of(experiment)
    network = problem.network
    network.load(state.theta)
    training = in_force(experiment, state.step)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        network.forward()
        network.backward()
        if training.l2:
            problem.descent.add_decay(training.l2, network.m)
    hidden = range(1, problem.layers + 1)
    dtype = "float32" if not view.precise and _fits_float32(network) else "float64"
    boundary, maps = None, list[Array]()
    if view.boundary:
        drawn = problem.over_the_plane(view.boundary, dtype)
        # Between points far apart a product may overflow where none of theirs does: inf - inf is undecided.
        boundary = _finite(drawn.A[-1].reshape(-1, view.boundary, view.boundary).copy(), nan=0.5)
    if view.maps:
        drawn = problem.over_the_plane(view.maps, dtype)
        maps = [A[: view.units].reshape(-1, view.maps, view.maps).copy() for A in drawn.A[1:-1]]
    activations = list[Array]()
    if view.activations:
        chosen = shown_examples(problem, view.examples)
        activations = [_finite(A[:, chosen]) for A in network.A[1:]]
    return Observation(
        step=state.step,
        cost=state.cost,
        accuracy=network.accuracy(),
        settings=Settings(**{f.name: getattr(training, f.name) for f in fields(Settings)}),
        held_back=held_back(problem),
        symmetry=tuple(_symmetry(problem, layer) for layer in hidden),
        health=tuple(_health(network, layer) for layer in hidden),
        gradient_norm=sayable(diagnostics.norm(network.gradient)),
        moved=bool(np.any(state.theta != problem.start)),
        probability=network.A[-1].copy(),
        predicted=network.predictions(),
        parameters=layers_of(state.theta, network.sizes),
        boundary=boundary,
        maps=maps,
        activations=activations,
    )


def shown_examples(problem: Problem, limit: int | None) -> NDArray[np.intp]:
    """Columns to show: all in their own order, or at most ``limit`` evenly chosen, sorted by class."""
    m = problem.network.m
    if limit is None:
        return np.arange(m)
    if limit >= m:
        return problem.by_class
    evenly: NDArray[np.intp] = np.linspace(0, m - 1, limit).round().astype(np.intp)
    chosen: NDArray[np.intp] = problem.by_class[evenly]
    return chosen


def _finite(values: Array, nan: float = 0.0) -> Array:
    """``values``, or where they are not finite the next that is; to look whether takes a tenth of that."""
    return values if np.isfinite(values).all() else np.nan_to_num(values, nan=nan)


def _fits_float32(network: Network) -> bool:
    low, high = FLOAT32_SIGNALS
    signals = [float(np.abs(Z).max()) for Z in network.Z]
    return bool(np.abs(network.theta).max() <= FLOAT32_PARAMETERS) and all(
        signal == 0.0 or low <= signal <= high for signal in signals
    )


def _health(network: Network, layer: int) -> Health:
    found = diagnostics.health(network, layer)
    return replace(found, gradient_norm=sayable(found.gradient_norm))


def _symmetry(problem: Problem, layer: int) -> LayerSymmetry:
    found = diagnostics.symmetry(problem.network, layer)
    alike = diagnostics.alike(problem.network.A[layer])
    return LayerSymmetry(
        layer=layer,
        units=len(found.classes),
        distinct=found.distinct,
        spread=found.spread,
        alike=alike if alike is None or math.isfinite(alike) else None,
        classes=found.classes,
    )
