"""``POST /api/exports/{form}``: a run to take away gives the same numbers without us."""

import base64
import importlib
import io
import json
import warnings

import numpy as np
import plotly.io
import pytest

from app import run
from tests.alone import PLOTLY, run_alone

FLOWER = {}
MOONS = {"data": {"name": "moons"}}
ADAM = {**MOONS, "training": {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 64}}
SOFTMAX = {
    "data": {"name": "spiral", "classes": 3},
    "network": {"hidden": [16]},
    "init": {"method": "xavier"},
}
TEN_LAYERS = {
    "network": {"hidden": [10] * 10, "activation": "relu"},
    "init": {"method": "he"},
    "training": {"learning_rate": 0.1},
}
CHANGED = {
    "training": {"optimizer": "adam", "learning_rate": 0.02},
    "interventions": [
        {"step": 0, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": 0.1}},
        {"step": 50, "set": {"learning_rate": 0.1, "l2": 0.2}},
        {"step": 70, "permute": {"layer": 1, "order": [1, 0, 3, 2]}},
        {"step": 90, "flip": {"layer": 1, "unit": 2}},
        {"step": 120, "edit": {"layer": 2, "unit": 0, "input": None, "to": 0.5}},
    ],
}
RUNS = {
    "flower": FLOWER,
    "moons": MOONS,
    "mini-batch Adam": ADAM,
    "softmax": SOFTMAX,
    "ten layers": TEN_LAYERS,
    "changed in mid-run": CHANGED,
    "no hidden layer": {"network": {"hidden": []}},
    "L2, momentum, batches, biases": {
        "network": {"hidden": [5, 3], "activation": ["tanh", "sigmoid"]},
        "init": {"method": "glorot", "bias": 0.1},
        "training": {"l2": 0.3, "optimizer": "momentum", "batch_size": 50},
    },
    "features, normalized, split": {
        "data": {"name": "circles", "standardize": True, "validation": 0.2, "test": 0.2},
        "network": {"features": ["x1^2", "sin(x2)"], "activation": "leaky_relu", "leak": 0.2},
        "training": {"optimizer": "rmsprop", "learning_rate": 0.01},
    },
    "squared error": {"data": {"name": "xor"}, "training": {"loss": "squared_error"}},
    "rings": {"data": {"name": "gaussian_quantiles", "noise": 0.1}, "init": {"method": "uniform"}},
    "blobs": {"data": {"name": "blobs", "classes": 4}, "network": {"activation": "relu", "relu_at_zero": 0}},
    "own points": {"data": {"points": [[0, 0, 0], [1, 1, 1], [0.3, -2, 1]]}},
    "explicit": {
        "network": {"hidden": [1]},
        "init": {
            "method": "explicit",
            "parameters": [{"W": [[0.1, 0.2]], "b": [0.3]}, {"W": [[1]], "b": [0]}],
        },
    },
    "stretched": {"data": {"name": "moons", "stretch": 100, "standardize": True}},
    "reordered": {"network": {"hidden": [7]}, "init": {"method": "constant"}, "arithmetic": "reordered"},
    "blas": {"network": {"hidden": [7]}, "init": {"method": "constant"}, "arithmetic": "blas"},
    "diverges": {
        "network": {"hidden": [8], "activation": "leaky_relu"},
        "init": {"method": "he"},
        "training": {"learning_rate": 10},
    },
    "comes to rest": {**MOONS, "network": {"hidden": []}, "training": {"stop_change": 1e-6}},
}


def export(client, form, experiment, steps=500, every=100):
    body = {"experiment": experiment, "steps": steps, "record_every": every}
    response = client.post(f"/api/exports/{form}", json=body)
    assert response.status_code == 200, response.text
    return response


def told(client, experiment, steps=500, every=100):
    body = {"experiment": experiment, "steps": steps, "record_every": every}
    return client.post("/api/runs", json=body).json()


def printed(source: str, *packages: str) -> list[str]:
    """What an interpreter prints that has numpy, the standard library and ``packages`` alone."""
    done = run_alone(source, *packages)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("module", ["app", "app.engine", "sklearn", "plotly", "pydantic", "scipy.special"])
def test_alone_means_that_nothing_else_can_be_imported(module):
    importlib.import_module(module)  # it is installed here
    done = run_alone(f"import numpy\nprint(numpy.zeros(1))\nimport {module}\nprint('it is there')")
    assert done.stdout == "[0.]\n"
    assert f"ModuleNotFoundError: No module named '{module.partition('.')[0]}'" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("name", RUNS)
def test_the_script_prints_the_costs_of_the_api_to_the_last_digit(client, name):
    response = export(client, "python", RUNS[name])
    assert response.headers["content-disposition"] == 'attachment; filename="run.py"'
    history = told(client, RUNS[name])["history"]
    assert printed(response.text) == [f"{entry['step']} {entry['cost']!r}" for entry in history]
    assert "import app" not in response.text
    assert all(len(line) <= 120 for line in response.text.splitlines() if "/#" not in line)


def decoded(typed):
    """Plotly's typed array as numpy's."""
    shape = [int(n) for n in str(typed.get("shape", -1)).split(",")]
    return np.frombuffer(base64.b64decode(typed["bdata"]), typed["dtype"]).reshape(shape)


NOTEBOOKS = [
    "flower",
    "moons",
    "mini-batch Adam",
    "softmax",
    "ten layers",
    "features, normalized, split",
    "no hidden layer",
    "own points",
    "stretched",
    "diverges",
    "blobs",
]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_notebook_is_the_same_and_draws_where_plotly_is(client, name):
    response = export(client, "notebook", RUNS[name])
    found = json.loads(response.content)
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])
    code = ["".join(cell["source"]) for cell in found["cells"] if cell["cell_type"] == "code"]
    history = told(client, RUNS[name])["history"]
    costs = [f"{entry['step']} {entry['cost']!r}" for entry in history]
    ended = "plotly is not installed; there are no figures"
    assert printed("\n".join(code)) == [*costs, ended]
    shown = "\n".join(code).replace("figure.show()", "print(figure.to_json())")
    *told_again, curve, boundary = printed(shown, *PLOTLY)
    assert told_again == costs
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curve, boundary = plotly.io.from_json(curve), plotly.io.from_json(boundary)
    assert [*zip(curve.data[0].x, curve.data[0].y, strict=True)] == [(e["step"], e["cost"]) for e in history]
    body = {"experiment": RUNS[name], "steps": 500}
    ours = plotly.io.from_json(client.post("/api/figures/boundary", json=body).text)
    field, *points = boundary.data
    # The page's colours: of the field, and of each class's points.
    assert (field.type, field.colorscale) == (ours.data[0].type, ours.data[0].colorscale)
    assert (field.zmin, field.zmax) == (ours.data[0].zmin, ours.data[0].zmax)
    # What the network answers in every seventh cell.
    x1, x2, z = (decoded(values) for values in (field.x, field.y, field.z))
    x, y = np.repeat(x1[::7], 12), np.tile(x2[::7], 12)
    probability, label = run(RUNS[name], 500).predict([x, y])
    assert z[::7, ::7].T.ravel() == pytest.approx(probability if probability.ndim == 1 else label, abs=1e-9)
    theirs = {trace.name: trace.marker for trace in ours.data[1:]}
    assert len(points) == RUNS[name].get("data", {}).get("classes", 2)
    for trace in points:
        assert (trace.marker.color, trace.marker.symbol) == (
            theirs[trace.name].color,
            theirs[trace.name].symbol,
        )
    for figure in (curve, boundary):
        assert figure.layout.paper_bgcolor == ours.layout.paper_bgcolor
        assert figure.layout.font.color == ours.layout.font.color


def test_the_json_is_the_answer_to_the_same_run(client):
    assert json.loads(export(client, "json", ADAM).content) == told(client, ADAM)


def test_csv_and_npz_have_the_history_and_the_parameters(client):
    split = RUNS["features, normalized, split"]
    body = {"experiment": split, "steps": 500, "record_every": 100, "include": ["parameters"]}
    run = client.post("/api/runs", json=body).json()
    names, *rows = export(client, "csv", split).text.splitlines()
    names = names.split(",")
    assert [dict(zip(names, map(float, row.split(",")), strict=True)) for row in rows] == run["history"]
    with np.load(io.BytesIO(export(client, "npz", split).content), allow_pickle=False) as arrays:
        for l, layer in enumerate(run["parameters"], start=1):
            assert arrays[f"W{l}"].tolist() == layer["W"]
            assert arrays[f"b{l}"][:, 0].tolist() == layer["b"]
        assert arrays["cost"].tolist() == [entry["cost"] for entry in run["history"]]
        assert arrays["X"].shape == (2, 400)


@pytest.mark.parametrize(
    ("form", "body", "status"),
    [
        ("word", {}, 404),
        ("python", {"steps": -1}, 422),
        ("python", {"steps": 1_000_000, "experiment": {"network": {"hidden": [64] * 6}}}, 422),
        ("csv", {"experiment": {"data": {"samples": 1}}}, 422),
    ],
)
def test_what_cannot_be_had_is_refused(client, form, body, status):
    response = client.post(f"/api/exports/{form}", json=body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
