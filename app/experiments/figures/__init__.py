"""Figures for Plotly as plain dictionaries, a file each: ``FIGURES[kind].make(subject)``."""

from collections.abc import Callable
from dataclasses import dataclass

from app.engine.tables import table
from app.experiments.figures.activations import activations
from app.experiments.figures.boundary import boundary
from app.experiments.figures.colours import THEMES
from app.experiments.figures.cost import cost
from app.experiments.figures.hidden_space import hidden_space
from app.experiments.figures.subject import Figure, Subject
from app.experiments.figures.symmetry import symmetry
from app.experiments.figures.weights import weights

__all__ = ["FIGURES", "THEMES", "Figure", "FigureKind", "Subject"]


@dataclass(frozen=True)
class FigureKind:
    """One figure: its name in addresses, what it shows, and the function that makes it."""

    name: str
    title: str
    make: Callable[[Subject], Figure]


FIGURES = table(
    FigureKind("boundary", "What the network answers over the plane", boundary),
    FigureKind("cost", "Cost and accuracy by step", cost),
    FigureKind("activations", "What every unit answers to every point", activations),
    FigureKind("weights", "Every weight and bias", weights),
    FigureKind("symmetry", "How far apart units are, by step", symmetry),
    FigureKind("hidden_space", "The points in the coordinates of two units", hidden_space),
)
