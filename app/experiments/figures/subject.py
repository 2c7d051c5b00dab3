"""What a figure is made from, and the look that all figures share."""

from dataclasses import dataclass
from typing import Any

from app.experiments.experiment import Experiment
from app.experiments.figures.colours import FONT, TOKENS
from app.experiments.run import Record, State

Figure = dict[str, Any]
"""``{"data": [traces], "layout": {...}}``, as Plotly reads it."""


@dataclass(frozen=True)
class Subject:
    """A run that was made, and how it is to be drawn.

    ``layer`` counts from 1 (for Hidden space 0 are the inputs); None is every layer, or the last
    hidden one. ``pair`` are two of its units, from 0.
    """

    experiment: Experiment
    state: State
    records: tuple[Record, ...]
    theme: str = "light"
    layer: int | None = None
    pair: tuple[int, int] = (0, 1)


def axis(theme: str, title: str | None = None, **more: Any) -> dict[str, Any]:
    """An axis in the page's colours."""
    tokens = TOKENS[theme]
    quiet = {"gridcolor": tokens["hairline"], "zeroline": False, "linecolor": tokens["hairline"]}
    named = {} if title is None else {"title": {"text": title}}
    return {**quiet, "automargin": True, **named, **more}


def layout(theme: str, title: str, **more: Any) -> dict[str, Any]:
    """A layout that states every colour, so that no template of the reader's changes it."""
    tokens = TOKENS[theme]
    return {
        "title": {"text": title, "font": {"size": 15}, "x": 0.02, "xanchor": "left"},
        "font": {"family": FONT, "size": 12, "color": tokens["ink"]},
        "paper_bgcolor": tokens["panel"],
        "plot_bgcolor": tokens["panel"],
        "hoverlabel": {
            "bgcolor": tokens["panel"],
            "bordercolor": tokens["hairline"],
            "font": {"color": tokens["ink"]},
        },
        "legend": {"orientation": "h", "y": -0.18, "font": {"color": tokens["ink"]}},
        "margin": {"l": 64, "r": 24, "t": 56, "b": 56},
        **more,
    }


Place = tuple[dict[str, Any], dict[str, Any], str, str]


def stacked(theme: str, rows: int, gap: float = 0.06) -> list[Place]:
    """Axes for ``rows`` pictures above each other, the first on top: x, y and their names in a trace.

    What is between them takes half of the height at most: of thirteen layers nothing would be left.
    """
    gap = min(gap, 0.5 / max(rows - 1, 1))
    height = (1.0 - gap * (rows - 1)) / rows
    found = []
    for row in range(rows):
        number = "" if row == 0 else str(row + 1)
        top = 1.0 - row * (height + gap)
        bottom = max(top - height, 0.0)
        x = axis(theme, anchor=f"y{number}", domain=[0.0, 1.0])
        y = axis(theme, anchor=f"x{number}", domain=[bottom, min(top, 1.0)])
        found.append((x, y, f"x{number}", f"y{number}"))
    return found
