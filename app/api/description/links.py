"""Where an answer leads: parts of it that another call takes, as links of OpenAPI, a row per way."""

from dataclasses import dataclass, field
from typing import Any

EXPERIMENT = "$response.body#/experiment"
DRAWN_POINTS = {"experiment": {"data": {"points": "$response.body#/points"}}, "steps": 100}


@dataclass(frozen=True)
class Link:
    """From the answer of one call to another: what it says, and what of the answer goes where."""

    name: str
    start: str
    to: str
    about: str
    body: dict[str, Any] | None = None
    parameters: dict[str, str] = field(default_factory=dict)


LINKS = (
    Link(
        "predict",
        "POST /api/runs",
        "POST /api/predictions",
        "Ask the same network about points.",
        {"experiment": EXPERIMENT, "steps": "$response.body#/steps", "points": [[0.0, 0.0]]},
    ),
    Link(
        "observe",
        "POST /api/runs",
        "POST /api/observations",
        "Look at the same run at its start.",
        {"experiment": EXPERIMENT, "steps": [0]},
    ),
    Link(
        "draw",
        "POST /api/runs",
        "POST /api/figures/{kind}",
        "Draw the same run.",
        {"experiment": EXPERIMENT, "steps": "$response.body#/steps"},
        {"path.kind": "boundary"},
    ),
    Link(
        "take_away",
        "POST /api/runs",
        "POST /api/exports/{form}",
        "Take the same run away as a script.",
        {"experiment": EXPERIMENT, "steps": "$response.body#/steps"},
        {"path.form": "python"},
    ),
    Link(
        "run",
        "GET /api/catalog",
        "POST /api/runs",
        "Run the course's own exercise.",
        {"experiment": "$response.body#/defaults", "steps": 100},
    ),
    Link(
        "run",
        "GET /api/datasets/{name}",
        "POST /api/runs",
        "Train a network on these very points.",
        DRAWN_POINTS,
    ),
    Link("run", "POST /api/points", "POST /api/runs", "Train a network on your points.", DRAWN_POINTS),
    Link(
        "run",
        "POST /api/merges",
        "POST /api/runs",
        "Go on with the merged network.",
        {"experiment": EXPERIMENT, "steps": 100},
    ),
    Link(
        "read",
        "GET /api/lessons",
        "GET /api/texts/{language}",
        "The words of the lessons.",
        parameters={"path.language": "$response.body#/languages/0"},
    ),
)
