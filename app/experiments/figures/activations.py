"""What every unit answers to every training point: a picture per layer, the points sorted by class."""

import numpy as np

from app.engine.arrays import Array
from app.experiments.figures.colours import scale
from app.experiments.figures.subject import Figure, Subject, layout, stacked
from app.experiments.observe import View, observe, shown_examples
from app.experiments.problem import problem_of

EXAMPLES = 400
"""More columns than this are thinned out evenly: nobody could tell them apart."""


def activations(subject: Subject) -> Figure:
    """A[l] (n_l, m) as heat maps, each on a scale that has 0 in the middle."""
    problem = problem_of(subject.experiment)
    seen = observe(subject.experiment, subject.state, View(activations=True, examples=EXAMPLES, precise=True))
    columns = shown_examples(problem, EXAMPLES)
    labels = problem.Y[columns].astype(int).tolist()
    L = len(seen.activations)
    chosen = range(1, L + 1) if subject.layer is None else [min(max(subject.layer, 1), L)]
    traces, axes = [], {}
    for l, (x, y, x_name, y_name) in zip(chosen, stacked(subject.theme, len(chosen)), strict=True):
        A = seen.activations[l - 1]
        most = _reach(A)
        traces.append(
            {
                "type": "heatmap",
                "name": "output" if l == L else f"layer {l}",
                "z": A.tolist(),
                "y": [f"unit {u + 1}" for u in range(len(A))],
                "customdata": [labels] * len(A),
                "xaxis": x_name,
                "yaxis": y_name,
                "colorscale": scale(subject.theme),
                "zmin": -most,
                "zmax": most,
                "colorbar": {
                    "thickness": 10,
                    "outlinewidth": 0,
                    "y": sum(y["domain"]) / 2,
                    "len": y["domain"][1] - y["domain"][0],
                    "title": {"text": f"A[{l}]"},
                },
                "hovertemplate": "%{y}, example %{x}, class %{customdata}: %{z:.4g}<extra></extra>",
            }
        )
        axes["xaxis" + x_name[1:]] = {**x, "showticklabels": l == chosen[-1], "showgrid": False}
        named = {"title": {"text": f"A[{l}]"}}
        axes["yaxis" + y_name[1:]] = {**y, **named, "autorange": "reversed", "showgrid": False}
    axes["xaxis" + traces[-1]["xaxis"][1:]]["title"] = {"text": "training points, sorted by class"}
    height = 120 + sum(60 + 14 * min(len(trace["y"]), 20) for trace in traces)
    title = f"Activations at step {subject.state.step:,}"
    return {"data": traces, "layout": layout(subject.theme, title, height=height, **axes)}


def _reach(values: Array) -> float:
    """The largest size, so that colours are as strong below 0 as above; 1 where all are 0."""
    return float(np.abs(values).max()) or 1.0
