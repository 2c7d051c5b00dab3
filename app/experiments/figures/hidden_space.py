"""The points in the coordinates of two units of a layer, with the grid of the plane carried along."""

import numpy as np

from app.experiments.figures.colours import SYMBOLS, TOKENS, class_colour
from app.experiments.figures.subject import Figure, Subject, axis, layout
from app.experiments.observe import View, observe, shown_examples
from app.experiments.panels.hidden_space import hidden_space as numbers_of
from app.experiments.problem import problem_of

EXAMPLES = 2_000


def hidden_space(subject: Subject) -> Figure:
    """What the tab *Hidden space* shows; without a layer asked for, the last hidden one."""
    theme, problem = subject.theme, problem_of(subject.experiment)
    layer = problem.layers if subject.layer is None else subject.layer
    view = View(examples=EXAMPLES, layer=layer, pair=subject.pair)
    observe(subject.experiment, subject.state, view)  # its forward pass is what is read off
    told = numbers_of(problem, subject.state, view)
    labels = problem.Y[shown_examples(problem, EXAMPLES)]
    x, y = told["points"].tolist()
    traces = []
    for label in np.unique(labels).astype(int).tolist():
        chosen = np.flatnonzero(labels == label).tolist()
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "cliponaxis": False,
                "name": f"class {label}",
                "x": [x[i] for i in chosen],
                "y": [y[i] for i in chosen],
                "marker": {
                    "color": class_colour(label, theme),
                    "symbol": SYMBOLS[label],
                    "size": 6,
                    "line": {"color": TOKENS[theme]["panel"], "width": 0.6},
                },
                "hovertemplate": "%{x:.4g}, %{y:.4g}<extra>%{fullData.name}</extra>",
            }
        )
    traces = [_grid(told["grid"], theme), *traces]
    if told["line"]:
        (x0, y0), (x1, y1) = told["line"]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "undecided",
                "x": [x0, x1],
                "y": [y0, y1],
                "line": {"color": TOKENS[theme]["ink"], "width": 1.5, "dash": "dash"},
                "hoverinfo": "skip",
            }
        )
    across, up = _names(told["layer"], told["pair"], told["sizes"])
    ranges = [list(ends) for ends in told["ranges"]]
    return {
        "data": traces,
        "layout": layout(
            theme,
            f"{_title(told)} at step {subject.state.step:,}",
            xaxis=axis(theme, across, range=ranges[0], constrain="domain"),
            yaxis=axis(theme, up, range=ranges[1], constrain="domain"),
            width=640,
            height=600,
        ),
    }


def _title(told: Figure) -> str:
    layer, last = told["layer"], len(told["sizes"]) - 1
    name = "the inputs" if layer == 0 else "the output" if layer == last else f"layer {layer}"
    return f"The points in {name}"


def _names(layer: int, pair: list[int], sizes: list[int]) -> tuple[str, str]:
    """Of the axes; a layer's only unit is drawn over x1."""
    word = "input" if layer == 0 else "unit"
    if sizes[layer] == 1:
        return "x1", f"{word} 1"
    return f"{word} {pair[0] + 1}", f"{word} {pair[1] + 1}"


def _grid(grid: np.ndarray[tuple[int, ...], np.dtype[np.float32]], theme: str) -> Figure:
    """Every line of the grid in one trace, with gaps between them; (2, lines, along)."""
    ends: list[list[float | None]] = []
    for row in grid:
        joined: list[float | None] = []
        for line in row.tolist():
            joined += [*line, None]
        ends.append(joined)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "grid of the plane",
        "x": ends[0],
        "y": ends[1],
        "line": {"color": TOKENS[theme]["muted"], "width": 0.6},
        "opacity": 0.5,
        "hoverinfo": "skip",
        "showlegend": False,
    }
