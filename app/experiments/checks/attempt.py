"""A step with a mistake in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.experiments.checks.textbook import Formula, Formulas, Task


@dataclass(frozen=True)
class Attempt:
    """A step with a mistake in it: its name, what it is in words, and how it is computed.

    ``may_vanish`` says that zeros everywhere are what this mistake leads to: elsewhere zeros prove nothing.
    ``everywhere`` says that it is made in all layers that it can be made in; ``second`` names another mistake
    that is made with it.
    """

    cause: str
    says: str
    task: Task
    formulas: Formulas
    may_vanish: bool = False
    everywhere: bool = True
    second: str | None = None


def made(
    task: Task, cause: str, says: str, layers: Iterable[int], may_vanish: bool = False, **formulas: Formula
) -> Iterator[Attempt]:
    """In all ``layers`` together, and in each alone; ``formulas`` by kind."""
    chosen = list(layers)
    alone = [[l] for l in chosen] if len(chosen) > 1 else []
    for where in [*([chosen] if chosen else []), *alone]:
        places = {(kind, l): formula for kind, formula in formulas.items() for l in where}
        yield Attempt(cause, says, task, places, may_vanish, where is chosen)


def every(task: Task) -> range:
    """Layers 1 to L."""
    return range(1, task.L + 1)


def hidden(task: Task) -> range:
    """Layers 1 to L - 1."""
    return range(1, task.L)
