"""Every weight and bias as a coloured table, a picture per layer."""

import numpy as np

from app.engine.network import layers_of
from app.experiments.figures.colours import scale
from app.experiments.figures.subject import Figure, Subject, layout, stacked
from app.experiments.run import sayable

WRITTEN = 12
"""A table of at most this many columns has its numbers written in it."""


def weights(subject: Subject) -> Figure:
    """W[l] (n_l, n_l-1) with b[l] (n_l, 1) as its last column."""
    layers = layers_of(subject.state.theta, subject.experiment.sizes)
    L = len(layers)
    chosen = range(1, L + 1) if subject.layer is None else [min(max(subject.layer, 1), L)]
    traces, axes, rows = [], {}, 0
    for l, (x, y, x_name, y_name) in zip(chosen, stacked(subject.theme, len(chosen), 0.09), strict=True):
        W, b = layers[l - 1]
        numbers = np.concatenate([W, b], axis=1)
        most = float(np.abs(numbers).max()) or 1.0
        inputs = [f"{'input' if l == 1 else 'unit'} {i + 1}" for i in range(W.shape[1])]
        rows += min(len(W), 16)
        trace: Figure = {
            "type": "heatmap",
            "name": f"layer {l}",
            "z": [[sayable(number) for number in row] for row in numbers.tolist()],
            "x": [*inputs, "bias"],
            "y": [f"unit {u + 1}" for u in range(len(W))],
            "xaxis": x_name,
            "yaxis": y_name,
            "colorscale": scale(subject.theme),
            "zmin": -most,
            "zmax": most,
            "xgap": 1,
            "ygap": 1,
            "colorbar": {
                "thickness": 10,
                "outlinewidth": 0,
                "y": sum(y["domain"]) / 2,
                "len": y["domain"][1] - y["domain"][0],
                "title": {"text": f"W[{l}], b[{l}]"},
            },
            "hovertemplate": "%{y} from %{x}: %{z:.6g}<extra></extra>",
        }
        if numbers.shape[1] <= WRITTEN:
            trace["texttemplate"] = "%{z:.3g}"
        traces.append(trace)
        axes["xaxis" + x_name[1:]] = {**x, "showgrid": False}
        axes["yaxis" + y_name[1:]] = {
            **y,
            "autorange": "reversed",
            "showgrid": False,
            "title": {"text": "output" if l == L else f"layer {l}"},
        }
    height = 120 + 80 * len(traces) + 22 * rows
    title = f"Weights and biases at step {subject.state.step:,}"
    return {"data": traces, "layout": layout(subject.theme, title, height=height, **axes)}
