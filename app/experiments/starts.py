"""The starts that the page offers as buttons: each brings its own scale, which can then be changed."""

from dataclasses import dataclass

from app.engine.tables import table


@dataclass(frozen=True)
class Start:
    """An initializer with a scale that shows something; ``title`` is what the page calls it."""

    name: str
    title: str
    method: str
    scale: float | None


STARTS = table(
    Start("zero", "zero", "zeros", None),
    Start("identical", "identical", "constant", 0.5),
    Start("small_random", "small random", "normal", 0.01),
    Start("large_random", "large random", "normal", 50.0),
    Start("xavier", "Xavier", "xavier", None),
    Start("he", "He", "he", None),
)
