"""What a state's network says of any points of the plane."""

import json
from typing import Any

import numpy as np

from app.experiments.answers import predictions_told, provenance, status_of
from app.experiments.experiment import Experiment
from app.experiments.problem import problem_of
from app.experiments.run import State
from app.experiments.typed import FORMS


def predicted(
    canonical: dict[str, Any],
    experiment: Experiment,
    state: State,
    points: tuple[tuple[float, float], ...],
    arrays: str,
) -> bytes:
    """The body of ``POST /api/predictions``; ``points`` are in raw coordinates, as they lie in the plane."""
    problem = problem_of(experiment)
    problem.network.load(state.theta)
    network = problem.network.over(problem.inputs(np.array(points, dtype=float).T), None)
    with np.errstate(all="ignore"):
        network.forward()
    # Far out a product may overflow where none of the training points' does: inf - inf is undecided.
    A = np.nan_to_num(network.A[-1], nan=0.5)
    body: dict[str, Any] = {"experiment": canonical, "status": status_of(state), "steps": state.step}
    if state.diverged:
        body["diverged"] = vars(state.diverged)
    body |= predictions_told(A, network.output.labels(A), FORMS[arrays])
    body["provenance"] = provenance()
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
