"""Cost and accuracy by step, of the points that train and of those held back."""

from typing import Any

from app.experiments.answers import history_of
from app.experiments.figures.colours import TOKENS
from app.experiments.figures.subject import Figure, Subject, axis, layout

WIDE = 100.0
"""Costs whose largest is this many times the smallest are drawn on a logarithmic axis."""

NAMES = {"": "training", "validation_": "validation", "test_": "test", "batch_": "batch"}


def cost(subject: Subject) -> Figure:
    """The costs as lines, the accuracies dashed, on an axis of their own."""
    theme = subject.theme
    tokens = TOKENS[theme]
    colours = {
        "": tokens["lane1"],
        "validation_": tokens["lane2"],
        "test_": tokens["muted"],
        "batch_": tokens["hairline"],
    }
    history = history_of(subject.experiment, subject.state, list(subject.records))
    steps = [entry["step"] for entry in history]
    traces: list[dict[str, Any]] = []
    costs: list[float] = []
    for kind in ("batch_", "", "validation_", "test_"):  # what lies behind first
        for measure in ("cost", "accuracy"):
            key = f"{kind}{measure}"
            if key not in history[0]:
                continue
            values = [entry[key] for entry in history]
            costs += values if measure == "cost" else []
            traces.append(_line(f"{NAMES[kind]} {measure}", steps, values, colours[kind], measure))
    wide = min(costs) > 0.0 and max(costs) / min(costs) > WIDE
    percent = axis(theme, "accuracy", overlaying="y", side="right", range=[0, 1.02])
    ticks = {"tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".0%"}
    return {
        "data": traces,
        "layout": layout(
            theme,
            f"Cost and accuracy up to step {subject.state.step:,}",
            xaxis=axis(theme, "step"),
            yaxis=axis(theme, "cost", type="log" if wide else "linear"),
            yaxis2={**percent, **ticks, "showgrid": False},
            height=420,
            hovermode="x unified",
            margin={"l": 64, "r": 64, "t": 56, "b": 56},
        ),
    }


def _line(name: str, steps: list[int], values: list[float], colour: str, measure: str) -> dict[str, Any]:
    accuracy = measure == "accuracy"
    return {
        "type": "scatter",
        "mode": "lines" if len(steps) > 1 else "markers",
        "name": name,
        "x": steps,
        "y": values,
        "line": {"color": colour, "width": 1.5 if accuracy else 2.0, "dash": "dot" if accuracy else "solid"},
        "marker": {"color": colour},
        "yaxis": "y2" if accuracy else "y",
        "hovertemplate": "%{y:.2%}" if accuracy else "%{y:.6g}",
    }
