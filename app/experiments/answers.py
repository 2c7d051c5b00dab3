"""The answer to a request for a whole run, as JSON text made in the worker."""

import json
import platform
from typing import Any

import numpy as np

from app import __version__
from app.engine.network import Parameters, layers_of
from app.experiments.experiment import Experiment
from app.experiments.observe import Observation, View, observe
from app.experiments.problem import initial_theta, problem_of
from app.experiments.run import Record, State, batch_cost_at
from app.experiments.sentence import phrases, sentence

INCLUDES = ("parameters", "initial_parameters", "symmetry", "boundary", "activations", "predictions")
SIDE = 100


def provenance() -> dict[str, str]:
    """What the numbers were computed with; the same bits are promised for the same kind of machine only."""
    return {
        "planar_playground": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def answer(
    canonical: dict[str, Any],
    experiment: Experiment,
    state: State,
    records: list[Record],
    include: tuple[str, ...],
) -> bytes:
    """The body of ``POST /api/runs``: what is included describes the last step."""
    view = View(
        boundary=SIDE if "boundary" in include else 0,
        activations="activations" in include,
        precise=True,
    )
    seen = observe(experiment, state, view)
    status = "diverged" if state.diverged else "converged" if state.converged else "completed"
    body: dict[str, Any] = {
        "experiment": canonical,
        "status": status,
        "steps": state.step,
        "history": _history(experiment, state, records, seen),
        "sentence": sentence(state.step, phrases(experiment, state, seen)),
    }
    if state.diverged:
        body["diverged"] = vars(state.diverged)
    body |= {name: _included(name, experiment, seen) for name in include}
    body["provenance"] = provenance()
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()


def history_of(experiment: Experiment, state: State, records: list[Record]) -> list[dict[str, Any]]:
    """The history as it is told: an entry per record, and the last step's."""
    return _history(experiment, state, records, observe(experiment, state, View()))


def _history(
    experiment: Experiment, state: State, records: list[Record], seen: Observation
) -> list[dict[str, Any]]:
    batch_cost = batch_cost_at(experiment, state)
    last = _entry(Record(seen.step, seen.cost, seen.accuracy, batch_cost, seen.held_back, (), (), ()))
    return [*(_entry(r) for r in records), last]


def _entry(record: Record) -> dict[str, Any]:
    """One entry of the history; what there is none of is left out."""
    entry: dict[str, Any] = {"step": record.step, "cost": record.cost, "accuracy": record.accuracy}
    if record.batch_cost is not None:
        entry["batch_cost"] = record.batch_cost
    for name, measures in record.held_back.items():
        entry |= {f"{name}_cost": measures.cost, f"{name}_accuracy": measures.accuracy}
    return entry


def _included(name: str, experiment: Experiment, seen: Observation) -> Any:
    binary = experiment.data.classes == 2
    if name == "parameters":
        return _lists(seen.parameters)
    if name == "initial_parameters":
        return _lists(layers_of(initial_theta(experiment), experiment.sizes))
    if name == "symmetry":
        return [vars(layer) for layer in seen.symmetry]
    if name == "activations":
        return [A.tolist() for A in seen.activations]
    if name == "predictions":
        by_point = seen.probability[0] if binary else seen.probability.T
        return {"probability": by_point.tolist(), "label": seen.predicted.astype(int).tolist()}
    assert seen.boundary is not None
    x, y = problem_of(experiment).plane.centres(SIDE)
    cells = seen.boundary[0] if binary else np.moveaxis(seen.boundary, 0, -1)
    return {"x": x.tolist(), "y": y.tolist(), "probability": cells.tolist()}


def _lists(parameters: Parameters) -> list[dict[str, Any]]:
    return [{"W": W.tolist(), "b": b[:, 0].tolist()} for W, b in parameters]
