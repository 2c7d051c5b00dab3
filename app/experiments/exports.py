"""Points and runs as files."""

import io
import json

import numpy as np

from app.engine.datasets import DATASETS
from app.engine.network import layers_of
from app.experiments.answers import history_of
from app.experiments.experiment import Experiment
from app.experiments.notebook import notebook
from app.experiments.problem import problem_of
from app.experiments.run import Record, State
from app.experiments.script import script

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


RUN_FORMATS = {
    "python": ("py", "text/x-python; charset=utf-8"),
    "notebook": ("ipynb", "application/x-ipynb+json"),
    "json": ("json", "application/json"),
    "csv": ("csv", "text/csv; charset=utf-8"),
    "npz": ("npz", "application/octet-stream"),
    "html": ("html", "text/html; charset=utf-8"),
}
"""The end of the file's name, and its type. json is made by answers.py, html by report.py."""


def run_file(
    form: str, experiment: Experiment, state: State, records: list[Record], every: int, link: str
) -> bytes:
    """A run as a script, a notebook, its history as CSV, or arrays: parameters, history and points."""
    if form == "python":
        return script(experiment, state, every, link).encode()
    if form == "notebook":
        return notebook(experiment, state, every, link)
    entries = history_of(experiment, state, records)
    names = list(dict.fromkeys(name for entry in entries for name in entry))
    if form == "csv":
        rows = [",".join(repr(entry[name]) if name in entry else "" for name in names) for entry in entries]
        return "\n".join([",".join(names), *rows, ""]).encode()
    problem = problem_of(experiment)
    arrays = {name: np.array([entry.get(name, np.nan) for entry in entries]) for name in names}
    for l, (W, b) in enumerate(layers_of(state.theta, experiment.sizes), start=1):
        arrays |= {f"W{l}": W, f"b{l}": b}
    file = io.BytesIO()
    arrays |= {"X": problem.X, "Y": problem.labels[None, :]}
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()
