"""The script of a run as a notebook: a cell per part, and figures where plotly is installed."""

import json
from collections.abc import Iterator
from pprint import pformat
from typing import Any

from app.experiments.experiment import Experiment
from app.experiments.figures.boundary import class_steps
from app.experiments.figures.colours import FIELD, SYMBOLS, TOKENS, class_colour, scale
from app.experiments.figures.cost import WIDE
from app.experiments.figures.subject import axis, layout
from app.experiments.problem import problem_of
from app.experiments.run import State
from app.experiments.script import sections

THEME = "light"
SIDE = 80
"""Cells along an edge of the plane."""


def notebook(experiment: Experiment, state: State, every: int, link: str) -> bytes:
    """As nbformat 4.5 JSON."""
    cells: list[dict[str, Any]] = []
    parts = [*sections(experiment, state, every, link, figures=True), *_figures(experiment)]
    for number, (title, text) in enumerate(parts):
        cells.append(_cell(f"{number}-title", "markdown", f"## {title}"))
        cells.append(_cell(f"{number}-code", "code", text.strip("\n")))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    found = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(found, indent=1, ensure_ascii=False).encode()


def _figures(experiment: Experiment) -> Iterator[tuple[str, str]]:
    yield "The cost", _cost()
    yield "The decision boundary", _boundary(experiment)


def _cost() -> str:
    """The curve of what was printed; where there is no plotly, it is said once."""
    look = layout(THEME, "", xaxis=axis(THEME), yaxis=axis(THEME))
    return f"""try:
    import plotly.graph_objects as go
except ImportError:
    go = None
    print("plotly is not installed; there are no figures")

look = {_written(look)}

if go:
    steps, costs = zip(*history)
    mode = "lines" if len(steps) > 1 else "markers"
    figure = go.Figure(go.Scatter(x=steps, y=costs, mode=mode, line_color={TOKENS[THEME]["lane1"]!r}))
    figure.update_layout(look, title_text="cost by step", height=420)
    figure.update_layout(xaxis_title_text="step", yaxis_title_text="cost")
    if 0 < min(costs) < max(costs) / {WIDE:g}:
        figure.update_layout(yaxis_type="log")
    figure.show()
"""


def _boundary(experiment: Experiment) -> str:
    """The plane in the colours of what the network answers: how sure of two classes, or which of more."""
    problem = problem_of(experiment)
    (left, right), (low, high) = problem.plane.x1, problem.plane.x2
    classes = max(experiment.sizes[-1], 2)
    edge = {"color": TOKENS[THEME]["panel"], "width": 0.8}
    markers = [
        {"color": class_colour(label, THEME), "symbol": SYMBOLS[label], "size": 6, "line": edge}
        for label in range(classes)
    ]
    field = _TWO if classes == 2 else _MANY
    colours = scale(THEME, FIELD[THEME]) if classes == 2 else class_steps(classes, THEME)
    # Squares are squares here, but a plane that was stretched would be a thread.
    fair = ', scaleanchor="x"' if experiment.data.stretch == 1.0 else ""
    return f"""markers = {_written(markers)}
colours = {_written(colours)}

if go:
    side = {SIDE}  # cells along an edge, from {left:g} to {right:g} and from {low:g} to {high:g}
    x1 = np.linspace({left!r}, {right!r}, 2 * side + 1)[1::2]
    x2 = np.linspace({low!r}, {high!r}, 2 * side + 1)[1::2]
    plane = np.stack([np.tile(x1, side), np.repeat(x2, side)])
    grid = Pass(inputs(plane), np.zeros((sizes[-1], side * side)))
    grid.forward()
{field}    figure = go.Figure(field)
    for label in np.unique(labels).astype(int):
        x, y = points[:, labels == label]
        figure.add_scatter(x=x, y=y, mode="markers", name=f"class {{label}}", marker=markers[label])
    figure.update_layout(look, title_text="decision boundary", width=640, height=600)
    figure.update_xaxes(range=[{left!r}, {right!r}], constrain="domain", showgrid=False, title_text="x1")
    figure.update_yaxes(range=[{low!r}, {high!r}], constrain="domain", showgrid=False, title_text="x2"{fair})
    figure.show()
"""


_TWO = """    probability = np.nan_to_num(grid.A[L][0], nan=0.5).reshape(side, side)
    field = go.Contour(x=x1, y=x2, z=probability, colorscale=colours, zmin=0, zmax=1)
    field.name = "probability of class 1"
    field.contours = {"start": 0.5, "end": 0.5, "size": 1, "coloring": "heatmap"}  # one line: undecided
    field.colorbar = {"title": {"text": "class 1"}, "thickness": 12, "outlinewidth": 0}
"""
_MANY = """    answer = grid.A[L].argmax(axis=0).reshape(side, side)
    field = go.Heatmap(x=x1, y=x2, z=answer, colorscale=colours, zmin=-0.5, zmax=len(markers) - 0.5)
    field.showscale, field.name = False, "most probable class"
"""


def _written(value: Any) -> str:
    """As it stands in a cell."""
    return pformat(value, width=100, sort_dicts=False)


def _cell(name: str, kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(True)}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell
