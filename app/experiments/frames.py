"""One lane of a live frame: a JSON header and raw little-endian buffers, made in the worker.

What is drawn travels as bytes on one absolute scale: 0 to 254 with 127 in the middle, so that 0 (or
a probability of one half) is exactly the middle colour. What is read as a number travels as float64
(weights, history) or float32 (probabilities at the points).
"""

import time
from dataclasses import dataclass, field, replace
from itertools import cycle, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.arrays import Array
from app.engine.network import layers_of
from app.experiments.experiment import Experiment
from app.experiments.lines import unit_lines
from app.experiments.observe import Observation, View, observe, shown_examples
from app.experiments.panels import PANELS
from app.experiments.panels.sayable import sayable
from app.experiments.panels.weights import are_one, one_layer
from app.experiments.problem import Problem, problem_of
from app.experiments.run import Measures, Record, State, advance
from app.experiments.scales import layer_range
from app.experiments.sentence import phrases, sentence

MIDDLE = 127
Bytes = NDArray[np.uint8]
MAX_LANE_BYTES = 120_000
MAX_ACTIVATION_BYTES = 32_000
MAX_PANEL_BYTES = 44_000
MAX_WEIGHT_BYTES = 40_000
MAX_RECORDS = 100
MAX_CARRIED = 200
MAX_EXAMPLES = 400
MAX_JUMPS = 50
PLANE_WORK = 60_000_000
SMALLEST_SIDE = 12
MEASURES = 8
"""Columns of the history before the spreads; the norms beside it are float32."""


@dataclass(frozen=True)
class Lane:
    """A lane's frame: ``header`` is JSON without NaN, ``buffers`` the bytes its offsets point into."""

    header: dict[str, Any]
    buffers: bytes


@dataclass
class _Packer:
    """Buffers one after the other, each on a multiple of 8 bytes so that the browser can view it in place."""

    parts: list[bytes] = field(default_factory=list)
    length: int = 0
    index: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, name: str, values: NDArray[Any]) -> None:
        raw = np.ascontiguousarray(values).tobytes()
        self.index[name] = [self.length, values.dtype.str[1:], list(values.shape)]
        padding = -len(raw) % 8
        self.parts += [raw, b"\0" * padding]
        self.length += len(raw) + padding


def on_scale(values: Array, low: float, high: float) -> Bytes:
    """``values`` from low to high as bytes 0 to 254, the middle of the range at exactly 127."""
    half = (high - low) / 2
    scaled = (values.astype(np.float64) - (low + high) / 2) / half * MIDDLE + MIDDLE
    scaled[np.isnan(scaled)] = MIDDLE
    drawn: Bytes = np.rint(np.clip(scaled, 0, 2 * MIDDLE)).astype(np.uint8)
    return drawn


def fitted(view: View, problem: Problem) -> View:
    """``view`` made small enough: at most 120 kB a lane, and a plane that is drawn in some 10 ms.

    How many examples are shown depends on the experiment alone: which ones, only the scene says.
    """
    widths, sizes, m = problem.experiment.network.hidden, problem.experiment.sizes, problem.X.shape[1]
    work = sum(n * (before + 6) for before, n in pairwise(sizes))
    most = max(SMALLEST_SIDE, int((PLANE_WORK / work) ** 0.5))
    boundary, maps, units = min(view.boundary, most), min(view.maps, most), view.units
    rows = sum(sizes[1:])
    examples = min(MAX_EXAMPLES, problem.network.m, MAX_ACTIVATION_BYTES // rows)
    left = MAX_LANE_BYTES - 8 * MAX_CARRIED * (MEASURES + 2 * len(widths) + 1) - 5 * m
    left -= rows * examples if view.activations else MAX_PANEL_BYTES

    def weights() -> int:
        in_view = (sizes[0], *(min(n, units) for n in sizes[1:]))
        return 8 * sum(n * (before + 1) for before, n in pairwise(in_view))

    def pictures() -> int:
        return sum(min(n, units) for n in widths) * maps**2

    while weights() > MAX_WEIGHT_BYTES:
        units //= 2
    while weights() + pictures() + 2 * boundary**2 > left and maps > SMALLEST_SIDE:
        maps = max(SMALLEST_SIDE, maps * 3 // 4)
    while weights() + pictures() + 2 * boundary**2 > left and boundary > SMALLEST_SIDE:
        boundary = max(SMALLEST_SIDE, boundary * 3 // 4)
    while weights() + pictures() + 2 * boundary**2 > left and units > 1:
        units //= 2
    return replace(view, boundary=boundary, maps=maps, units=units, examples=examples)


def lane_frame(experiment: Experiment, state: State, records: list[Record], view: View, scene: bool) -> Lane:
    """The frame of ``state`` for one lane; ``scene`` adds the points and the plane."""
    problem = problem_of(experiment)
    view = fitted(view, problem)
    seen = observe(experiment, state, view)
    pack = _Packer()
    pack.add("history", history(records))
    pack.add("norms", norms(records, len(experiment.sizes) - 1))
    _add_predictions(pack, problem)
    said = phrases(experiment, state, seen)
    header: dict[str, Any] = {
        "step": state.step,
        "cost": seen.cost,
        "accuracy": seen.accuracy,
        "settings": vars(seen.settings),
        "held_back": {name: vars(measures) for name, measures in seen.held_back.items()},
        "converged": state.converged,
        "jumps": jumps(experiment, state),
        "gradient_norm": seen.gradient_norm,
        "symmetry": [vars(layer) for layer in seen.symmetry],
        "health": [vars(layer) for layer in seen.health],
        "diverged": vars(state.diverged) if state.diverged else None,
        "phrases": [vars(phrase) for phrase in said],
        "sentence": sentence(state.step, said),
        "plane": vars(problem.plane),
    }
    if are_one(problem.network):
        header["one_layer"] = [sayable(numbers).tolist() for numbers in one_layer(problem.network)]
    if seen.boundary is not None:
        _add_boundary(pack, seen.boundary)
    header["panel"] = _add_panel(pack, problem, state, view)
    header["ranges"] = _add_layers(pack, problem, view, seen)
    _add_weights(pack, problem, view, state)
    if view.lines and (lines := unit_lines(problem, view.units)) is not None:
        pack.add("lines", lines)
    if scene:
        everyone = np.concatenate([problem.train, problem.validation, problem.test])
        pack.add("points", problem.X[:, everyone])
        pack.add("labels", problem.labels[everyone].astype(np.uint8))
        header["parts"] = [len(problem.train), len(problem.validation), len(problem.test)]
        pack.add("shown", shown_examples(problem, view.examples).astype(np.int32))
    header["buffers"] = pack.index
    return Lane(header, b"".join(pack.parts))


def jumps(experiment: Experiment, state: State) -> list[tuple[int, float]]:
    """The latest jumps of the output (``State.jumps``), each with its intervention's place in the list."""
    if not state.jumps:
        return []
    in_time = sorted(enumerate(experiment.interventions), key=lambda placed: placed[1].step)
    turning = [i for i, change in in_time if change.permute or change.flip]
    return list(zip(turning, state.jumps, strict=False))[-MAX_JUMPS:]


def history(records: list[Record]) -> Array:
    """A row per record: step, cost, accuracy, batch cost, cost and accuracy of validation and test, spreads.

    NaN stands for what there is none of.
    """
    nothing = Measures(float("nan"), float("nan"))
    rows = [
        (
            r.step,
            r.cost,
            r.accuracy,
            float("nan") if r.batch_cost is None else r.batch_cost,
            *(
                value
                for name in ("validation", "test")
                for value in vars(r.held_back.get(name, nothing)).values()
            ),
            *r.spreads,
        )
        for r in records
    ]
    return np.array(rows, dtype=float).reshape(len(rows), -1 if rows else MEASURES)


def norms(records: list[Record], layers: int) -> Array:
    """A row per record: log10 of the norm of dW[l], then of the size of A[l], layers 1 to L; -inf is 0.

    A logarithm, since 1e-60 and 1e60 happen, and float32 would make 0 and infinity of them.
    """
    rows = np.array([(*r.gradients, *r.activations) for r in records], dtype=float)
    with np.errstate(divide="ignore"):
        logarithms: Array = np.log10(rows.reshape(len(records), 2 * layers)).astype(np.float32)
    return logarithms


def _add_predictions(pack: _Packer, problem: Problem) -> None:
    """For every point, those that train first, then validation, then test: class 1's probability.

    With more than two classes the predicted class, and its probability.
    """
    networks = (problem.network, *problem.held_back.values())
    A = np.concatenate([network.A[-1] for network in networks], axis=1)
    pack.add("probability", A.max(axis=0).astype(np.float32))
    if len(A) > 1:
        pack.add("predicted", A.argmax(axis=0).astype(np.uint8))


def _add_boundary(pack: _Packer, boundary: Array) -> None:
    """Class 1's probability in every cell; with more classes that of the most probable one, and which."""
    pack.add("boundary", on_scale(boundary.max(axis=0), 0.0, 1.0))
    if len(boundary) > 1:
        pack.add("winner", boundary.argmax(axis=0).astype(np.uint8))


def _add_panel(pack: _Packer, problem: Problem, state: State, view: View) -> dict[str, Any]:
    """The numbers of the open tab; its arrays go into buffers."""
    panel = PANELS[view.panel]
    found = panel.numbers(problem, state, view) if panel.numbers else {}
    for name, value in found.items():
        if isinstance(value, np.ndarray):
            pack.add(f"panel.{name}", value)
    numbers = {name: value for name, value in found.items() if not isinstance(value, np.ndarray)}
    return {"name": view.panel, **numbers}


def _add_layers(pack: _Packer, problem: Problem, view: View, seen: Observation) -> list[tuple[float, float]]:
    """The maps and activations of each layer, on one scale per layer; returns the scales."""
    scales = []
    hidden = [activation.bounds for activation in problem.network.activations]
    for i, bounds in enumerate([*hidden, (0.0, 1.0)]):
        maps = seen.maps[i : i + 1]
        shown = seen.activations[i : i + 1]
        low, high = layer_range(bounds, maps + shown)
        scales.append((low, high))
        for values in maps:
            pack.add(f"maps{i + 1}", on_scale(values, low, high))
        for values in shown:
            pack.add(f"A{i + 1}", on_scale(values, low, high))
    return scales


def _add_weights(pack: _Packer, problem: Problem, view: View, state: State) -> None:
    """W[l] and b[l] of the units in view, with what they receive from the units in view."""
    sizes = problem.network.sizes
    for i, (W, b) in enumerate(layers_of(state.theta, sizes)):
        before = sizes[0] if i == 0 else view.units
        pack.add(f"W{i + 1}", W[: view.units, :before])
        pack.add(f"b{i + 1}", b[: view.units, 0])


@dataclass(frozen=True)
class Chunk:
    """What a worker hands back: where the run is now, what it passed, its frame, how long both took."""

    state: State
    lane: Lane | None
    records: list[Record]
    advance_ms: float
    busy_ms: float


def record_spacing(steps: int, most: int = MAX_RECORDS) -> int:
    """Every step is recorded in short chunks, every 2nd, 5th, 10th ... in long ones: at most ``most``."""
    spacing = 1
    for factor in cycle((2, 2.5, 2)):
        if steps <= most * spacing:
            break
        spacing = int(spacing * factor)
    return spacing


def travel(
    experiment: Experiment,
    state: State,
    steps: int,
    record_every: int,
    view: View | None,
    carried: list[Record],
    scene: bool,
) -> Chunk:
    """Advance, and with a ``view`` observe too, in one call to a worker.

    ``carried`` are records of chunks before that no frame has brought yet.
    """
    begun = time.perf_counter()
    state, records = advance(experiment, state, steps, record_every)
    advanced = time.perf_counter()
    records = carried + records
    if len(records) > MAX_CARRIED:  # of a long seek, or of several before one frame
        records = thinned(records)
    lane = lane_frame(experiment, state, records, view, scene) if view else None
    ended = time.perf_counter()
    return Chunk(state, lane, [] if view else records, (advanced - begun) * 1e3, (ended - begun) * 1e3)


def thinned(records: list[Record]) -> list[Record]:
    """At most half of ``MAX_CARRIED`` of them, evenly over the steps they span."""
    apart = max(1.0, (records[-1].step - records[0].step) / (MAX_CARRIED // 2 - 1))
    kept = [records[0]]
    for record in records:
        if record.step >= kept[-1].step + apart:
            kept.append(record)
    return kept
