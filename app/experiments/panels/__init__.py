"""What the tabs of the page's tray show of a state beside its activations.

A panel is computed after a forward and a backward pass over the training points. Its numbers travel
as JSON; an array among them travels as bytes, in the buffer ``panel.<name>``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.engine.tables import table
from app.experiments.observe import View
from app.experiments.panels.by_hand import by_hand
from app.experiments.panels.functions import functions
from app.experiments.panels.health import condition
from app.experiments.panels.hidden_space import hidden_space
from app.experiments.panels.weights import weights
from app.experiments.panels.why import why
from app.experiments.problem import Problem
from app.experiments.run import State


@dataclass(frozen=True)
class Panel:
    """A tab: its name, its title, and its numbers (None where the frame carries them itself)."""

    name: str
    title: str
    numbers: Callable[[Problem, State, View], dict[str, Any]] | None


PANELS = table(
    Panel("activations", "Activations", None),
    Panel("weights", "Weights and gradients", weights),
    Panel("hidden_space", "Hidden space", hidden_space),
    Panel("by_hand", "By hand", by_hand),
    Panel("why", "Why is nothing moving?", why),
    Panel("functions", "Activation functions", functions),
    Panel("loops", "Loops and vectors", None),
    Panel("health", "Health", condition),
)
