"""How far apart the units of each hidden layer are, by step: exactly 0 while they are equal."""

from typing import Any

from app.experiments.figures.colours import LAYERS, TOKENS
from app.experiments.figures.subject import Figure, Subject, axis, layout
from app.experiments.observe import View, observe
from app.experiments.sentence import all_kinds, kinds


def symmetry(subject: Subject) -> Figure:
    """``spread`` of every hidden layer; a logarithmic axis has no 0, so equal units leave a gap there."""
    theme = subject.theme
    seen = observe(subject.experiment, subject.state, View())
    steps = [*(record.step for record in subject.records), subject.state.step]
    traces: list[dict[str, Any]] = []
    lines = [
        [*(record.spreads[i] for record in subject.records), layer.spread]
        for i, layer in enumerate(seen.symmetry)
    ]
    apart = any(value > 0.0 for line in lines for value in line)
    for i, (layer, line) in enumerate(zip(seen.symmetry, lines, strict=True)):
        colour = LAYERS[i % len(LAYERS)]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines" if len(steps) > 1 else "markers",
                "name": f"layer {layer.layer}: {kinds(layer).text}",
                "x": steps,
                "y": [value if value > 0.0 or not apart else None for value in line],
                "line": {"color": colour, "width": 2.0},
                "marker": {"color": colour},
                "showlegend": True,
                "hovertemplate": "%{y:.6g}",
            }
        )
    how = {"type": "log", "exponentformat": "power"} if apart else {"type": "linear", "range": [-1, 1]}
    notes = [] if apart else [_note(theme, _nothing(seen.symmetry))]
    return {
        "data": traces,
        "layout": layout(
            theme,
            f"Units apart, up to step {subject.state.step:,}",
            xaxis=axis(theme, "step"),
            yaxis=axis(theme, "spread", **how),
            height=420,
            hovermode="x unified",
            annotations=notes,
        ),
    }


def _nothing(layers: Any) -> str:
    said = all_kinds(layers).text
    return f"{said}: exactly 0 at every recorded step" if layers else said


def _note(theme: str, text: str) -> dict[str, Any]:
    place = {"x": 0.5, "y": 0.62, "xref": "paper", "yref": "paper"}
    return {**place, "text": text, "showarrow": False, "font": {"color": TOKENS[theme]["muted"], "size": 13}}
