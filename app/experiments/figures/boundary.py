"""The plane in the colours of what the network answers, the line where it is undecided, and the points."""

from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.experiments.answers import SIDE
from app.experiments.figures.colours import FIELD, SYMBOLS, TOKENS, class_colour, scale
from app.experiments.figures.subject import Figure, Subject, axis, layout
from app.experiments.observe import View, observe
from app.experiments.problem import Problem, problem_of


def boundary(subject: Subject) -> Figure:
    """Probability of class 1 over the plane; with more classes, the most probable one."""
    problem = problem_of(subject.experiment)
    seen = observe(subject.experiment, subject.state, View(boundary=SIDE, precise=True)).boundary
    assert seen is not None
    x, y = problem.plane.centres(SIDE)
    field = _two(subject.theme, x, y, seen[0]) if len(seen) == 1 else _many(subject.theme, x, y, seen)
    theme = subject.theme
    # Squares are squares here: where x2 was stretched that would be a thread.
    fair = {} if subject.experiment.data.stretch != 1.0 else {"scaleanchor": "x"}
    return {
        "data": [*field, *_points(problem, theme)],
        "layout": layout(
            theme,
            f"What the network answers at step {subject.state.step:,}",
            xaxis=axis(theme, "x1", range=list(problem.plane.x1), constrain="domain", showgrid=False),
            yaxis=axis(theme, "x2", range=list(problem.plane.x2), constrain="domain", showgrid=False, **fair),
            width=640,
            height=600,
        ),
    }


def _two(theme: str, x: Array, y: Array, probability: Array) -> list[dict[str, Any]]:
    return [
        {
            "type": "contour",
            "x": x.tolist(),
            "y": y.tolist(),
            "z": probability.tolist(),
            "colorscale": scale(theme, FIELD[theme]),
            "zmin": 0.0,
            "zmax": 1.0,
            # Smooth colours, and one line, where the network is undecided.
            "contours": {"start": 0.5, "end": 0.5, "size": 1.0, "coloring": "heatmap"},
            "line": {"color": TOKENS[theme]["ink"], "width": 1.5},
            "colorbar": {
                "title": {"text": "class 1"},
                "thickness": 12,
                "outlinewidth": 0,
                "tickvals": [0, 0.25, 0.5, 0.75, 1],
            },
            "showlegend": False,
            "hovertemplate": "x1 %{x:.3g}, x2 %{y:.3g}<br>probability of class 1: %{z:.4f}<extra></extra>",
        }
    ]


def _many(theme: str, x: Array, y: Array, probability: Array) -> list[dict[str, Any]]:
    classes = len(probability)
    return [
        {
            "type": "heatmap",
            "x": x.tolist(),
            "y": y.tolist(),
            "z": probability.argmax(axis=0).tolist(),
            "customdata": probability.max(axis=0).tolist(),
            "colorscale": class_steps(classes, theme),
            "zmin": -0.5,
            "zmax": classes - 0.5,
            "showscale": False,
            "hovertemplate": "x1 %{x:.3g}, x2 %{y:.3g}<br>class %{z}: %{customdata:.4f}<extra></extra>",
        }
    ]


def class_steps(classes: int, theme: str) -> list[list[Any]]:
    """A colour scale with a step for each class, where 0 is the first one's edge and 1 the last one's."""
    colours: list[list[Any]] = []
    for label in range(classes):
        colour = class_colour(label, theme, 0.5 * FIELD[theme])
        colours += [[label / classes, colour], [(label + 1) / classes, colour]]
    return colours


def _points(problem: Problem, theme: str) -> list[dict[str, Any]]:
    """A trace per class; points that were held back are open."""
    held_back = np.ones(len(problem.labels), dtype=bool)
    held_back[problem.train] = False
    traces = []
    for label in np.unique(problem.labels).astype(int).tolist():
        for held, ending in ((False, ""), (True, "-open")):
            chosen = (problem.labels == label) & (held_back == held)
            if not chosen.any():
                continue
            colour = class_colour(label, theme)
            trace = {
                "type": "scatter",
                "mode": "markers",
                "name": f"class {label}{', held back' if held else ''}",
                "x": problem.X[0, chosen].tolist(),
                "y": problem.X[1, chosen].tolist(),
                "marker": {
                    "color": colour,
                    "symbol": SYMBOLS[label] + ending,
                    "size": 6,
                    "line": {"color": colour if held else TOKENS[theme]["panel"], "width": 0.8},
                },
                "hovertemplate": "x1 %{x:.4g}, x2 %{y:.4g}<extra>%{fullData.name}</extra>",
            }
            traces.append(trace)
    return traces
