"""The script of a run as a notebook: a cell per part, and figures where plotly is installed."""

import json
from typing import Any

from app.experiments.experiment import Experiment
from app.experiments.run import State
from app.experiments.script import sections

FIGURES = """try:
    import plotly.graph_objects as go
except ImportError:
    print("plotly is not installed; there are no figures")
else:
    side = 80
    x1, x2 = (np.linspace(row.min() - 0.3, row.max() + 0.3, side) for row in points)
    plane = np.stack([np.tile(x1, side), np.repeat(x2, side)])
    grid = Pass(inputs(plane), np.zeros((sizes[-1], side * side)))
    grid.forward()
    probability = grid.A[L].max(axis=0).reshape(side, side)
    colours = [[0, "#2f6fb3"], [0.5, "#f7f7f4"], [1, "#e07b1a"]]
    field = go.Contour(x=x1, y=x2, z=probability, colorscale=colours, zmin=0, zmax=1, line_width=0)
    figure = go.Figure(field)
    for label in np.unique(labels):
        chosen = points[:, labels == label]
        figure.add_scatter(x=chosen[0], y=chosen[1], mode="markers", name=f"class {int(label)}")
    figure.update_layout(width=560, height=560, title="decision boundary")
    figure.show()
"""


def notebook(experiment: Experiment, state: State, every: int, link: str) -> bytes:
    """As nbformat 4.5 JSON."""
    cells: list[dict[str, Any]] = []
    for number, (title, text) in enumerate(sections(experiment, state, every, link, figures=True)):
        cells.append(_cell(f"{number}-title", "markdown", f"## {title}"))
        cells.append(_cell(f"{number}-code", "code", text.strip("\n")))
    cells.append(_cell("figures-title", "markdown", "## The decision boundary"))
    cells.append(_cell("figures-code", "code", FIGURES.strip("\n")))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    found = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(found, indent=1, ensure_ascii=False).encode()


def _cell(name: str, kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(True)}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell
