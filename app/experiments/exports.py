"""The points of a data set as a file."""

import io
import json

import numpy as np

from app.engine.datasets import DATASETS
from app.experiments.experiment import Experiment
from app.experiments.problem import problem_of

FORMATS = {"json": "application/json", "csv": "text/csv; charset=utf-8", "npz": "application/octet-stream"}


def points_file(experiment: Experiment, form: str) -> bytes:
    """The points of ``experiment.data`` as JSON, CSV with a header, or npz with X (2, m), Y (1, m)."""
    problem = problem_of(experiment)
    X, labels = problem.X, problem.labels
    if form == "npz":
        file = io.BytesIO()
        np.savez(file, X=X, Y=labels[None, :])
        return file.getvalue()
    points = [[x1, x2, int(label)] for x1, x2, label in zip(*X.tolist(), labels.tolist(), strict=True)]
    if form == "csv":
        return "".join(["x1,x2,label\n", *(f"{x1!r},{x2!r},{label}\n" for x1, x2, label in points)]).encode()
    data = experiment.data
    if data.points is not None:
        return json.dumps({"name": "own", "samples": len(points), "points": points}).encode()
    noise = DATASETS[data.name].noise if data.noise is None else data.noise
    described = {"name": data.name, "samples": data.samples, "noise": noise, "seed": data.seed}
    return json.dumps({**described, "points": points}).encode()
