"""The answer to a request for a whole run, as JSON text made in the worker."""

import json
import platform
from typing import Any

import numpy as np

from app import __version__
from app.engine.arrays import Array
from app.engine.network import Parameters, layers_of
from app.experiments.experiment import Experiment
from app.experiments.observe import Observation, View, observe
from app.experiments.problem import initial_theta, problem_of
from app.experiments.run import Record, State, batch_cost_at
from app.experiments.sentence import phrases, sentence
from app.experiments.typed import FORMS, Form

PARTS = {
    "parameters": "W and b of every layer",
    "initial_parameters": "those before the first update and before any intervention",
    "symmetry": "for each hidden layer how many kinds of unit there are, and how far apart",
    "boundary": "the probability over the plane, 100 by 100, with probability[y][x]",
    "activations": "A[l] of every layer over the training points",
    "predictions": "probability and label of the training points",
}
"""What an answer may have beside its history, all of the last step, and what each is."""
INCLUDES = tuple(PARTS)
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
    arrays: str = "lists",
) -> bytes:
    """The body of ``POST /api/runs``: what is included is of the last step; ``arrays`` is one of FORMS."""
    view = View(
        boundary=SIDE if "boundary" in include else 0,
        activations="activations" in include,
        precise=True,
    )
    seen = observe(experiment, state, view)
    body: dict[str, Any] = {
        "experiment": canonical,
        "status": status_of(state),
        "steps": state.step,
        "history": _history(experiment, state, records, seen),
        "sentence": sentence(state.step, phrases(experiment, state, seen)),
    }
    if state.diverged:
        body["diverged"] = vars(state.diverged)
    body |= {name: included(name, experiment, seen, FORMS[arrays]) for name in include}
    body["provenance"] = provenance()
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()


def status_of(state: State) -> str:
    """How a run ended."""
    return "diverged" if state.diverged else "converged" if state.converged else "completed"


def history_of(experiment: Experiment, state: State, records: list[Record]) -> list[dict[str, Any]]:
    """The history as it is told: an entry per record, and the last step's."""
    return _history(experiment, state, records, observe(experiment, state, View()))


def _history(
    experiment: Experiment, state: State, records: list[Record], seen: Observation
) -> list[dict[str, Any]]:
    return [*(entry_of(r) for r in records), entry_at(experiment, state, seen)]


def entry_at(experiment: Experiment, state: State, seen: Observation) -> dict[str, Any]:
    """The entry of a state that was observed."""
    batch_cost = batch_cost_at(experiment, state)
    return entry_of(Record(seen.step, seen.cost, seen.accuracy, batch_cost, seen.held_back, (), (), ()))


def entry_of(record: Record) -> dict[str, Any]:
    """One entry of the history; what there is none of is left out."""
    entry: dict[str, Any] = {"step": record.step, "cost": record.cost, "accuracy": record.accuracy}
    if record.batch_cost is not None:
        entry["batch_cost"] = record.batch_cost
    for name, measures in record.held_back.items():
        entry |= {f"{name}_cost": measures.cost, f"{name}_accuracy": measures.accuracy}
    return entry


def included(name: str, experiment: Experiment, seen: Observation, form: Form) -> Any:
    """The part ``name`` of PARTS, of what was seen."""
    if name == "parameters":
        return layers_told(seen.parameters, form)
    if name == "initial_parameters":
        return layers_told(layers_of(initial_theta(experiment), experiment.sizes), form)
    if name == "symmetry":
        return [vars(layer) for layer in seen.symmetry]
    if name == "activations":
        return [form(A) for A in seen.activations]
    if name == "predictions":
        return predictions_told(seen.probability, seen.predicted, form)
    assert name == "boundary"
    assert seen.boundary is not None
    return boundary_told(experiment, seen.boundary, form)


def layers_told(layers: Parameters, form: Form, names: tuple[str, str] = ("W", "b")) -> list[dict[str, Any]]:
    """W[l] by rows and b[l] as one row, layer after layer; so too what is laid out as they are."""
    weights, biases = names
    return [{weights: form(W), biases: form(b[:, 0])} for W, b in layers]


def predictions_told(probability: Array, label: Array, form: Form) -> dict[str, Any]:
    """From probabilities (n_L, m) and labels (m,): of class 1, or with softmax a row of K for each point."""
    by_point = probability[0] if len(probability) == 1 else probability.T
    return {"probability": form(by_point), "label": form(label.astype(np.uint8))}


def boundary_told(experiment: Experiment, cells: Array, form: Form) -> dict[str, Any]:
    """From probabilities (n_L, side, side), over the centres of the plane's cells."""
    x, y = problem_of(experiment).plane.centres(cells.shape[-1])
    shown = cells[0] if len(cells) == 1 else np.moveaxis(cells, 0, -1)
    return {"x": form(x), "y": form(y), "probability": form(shown)}
