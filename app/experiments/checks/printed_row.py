"""One printed cost, the words that stand beside it, and how it is said that a line cannot be read."""

import math
from dataclasses import dataclass

from app.experiments.check import ExperimentError, FieldError

NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\b(?:nan|inf(?:inity)?)\b"
STEP_WORD = (
    r"(?<![a-z_])(?:iterations?|iter|epochs?|steps?|updates?|it|i"
    r"|iterationen|epochen?|schritt(?:en?)?)(?![a-z_])"
)
COST_WORD = r"(?<![a-z_])(?:costs?|loss(?:es)?|j|kosten|verlust)(?![a-z_])"
"""In the languages of the page: whoever reads it in German may print in German too."""


@dataclass(frozen=True)
class Row:
    """One printed cost: where it stood, its step if it was printed too, and the number as it was written."""

    line: int
    step: int | None
    text: str

    @property
    def cost(self) -> float:
        return float(self.text)

    @property
    def half(self) -> float:
        """Half a unit in the last digit that was printed."""
        mantissa, _, exponent = self.text.lower().partition("e")
        return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def plain(text: str) -> str:
    """A number as ``float`` reads it and JSON can say: what is not finite is nan."""
    return str(text) if math.isfinite(float(text)) else "nan"


def refused(line: int, rule: str, value: str) -> ExperimentError:
    """What is said of a line that cannot be read, or could be read in two ways."""
    return ExperimentError(FieldError(f"line {line}", rule, value.strip()[:80]))
