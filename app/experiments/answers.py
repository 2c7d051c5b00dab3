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
from app.experiments.run import Record, State
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
    last = {"step": seen.step, "cost": seen.cost, "accuracy": seen.accuracy}
    body: dict[str, Any] = {
        "experiment": canonical,
        "status": "diverged" if state.diverged else "completed",
        "steps": state.step,
        "history": [{"step": r.step, "cost": r.cost, "accuracy": r.accuracy} for r in records] + [last],
        "sentence": sentence(state.step, phrases(experiment, state, seen)),
    }
    if state.diverged:
        body["diverged"] = vars(state.diverged)
    body |= {name: _included(name, experiment, seen) for name in include}
    body["provenance"] = provenance()
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()


def _included(name: str, experiment: Experiment, seen: Observation) -> Any:
    if name == "parameters":
        return _lists(seen.parameters)
    if name == "initial_parameters":
        return _lists(layers_of(initial_theta(experiment), experiment.sizes))
    if name == "symmetry":
        return [vars(layer) for layer in seen.symmetry]
    if name == "activations":
        return [A.tolist() for A in seen.activations]
    if name == "predictions":
        labels = (seen.probability > 0.5).astype(int)
        return {"probability": seen.probability.tolist(), "label": labels.tolist()}
    assert seen.boundary is not None
    x, y = problem_of(experiment).plane.centres(SIDE)
    return {"x": x.tolist(), "y": y.tolist(), "probability": seen.boundary.tolist()}


def _lists(parameters: Parameters) -> list[dict[str, Any]]:
    return [{"W": W.tolist(), "b": b[:, 0].tolist()} for W, b in parameters]
