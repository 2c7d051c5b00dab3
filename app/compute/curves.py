"""A lane's curve as it has been told so far, so that who missed frames gets just the rows that were missed.

Frames bring the curve in pieces: rows of new steps, and ``kept``, from which step on older rows are of
another run and go (ARCHITECTURE.md). Who saw every frame has the whole curve; others need it from here.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.arrays import Array
from app.experiments.experiment import MAX_STEP

MOST_ROWS = 1500
MOST_CUTS = 200

EVERYTHING = MAX_STEP + 1
"""As ``kept``: no row goes."""


@dataclass
class Curve:
    """Rows in order of step, each with the number of the frame that brought it."""

    rows: Array = field(default_factory=lambda: np.empty((0, 0)))
    norms: NDArray[Any] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    born: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    cuts: list[tuple[int, int]] = field(default_factory=list)

    def extend(self, frame: int, kept: int, rows: Array, norms: Array) -> None:
        """What frame number ``frame`` says: rows (n, width) and norms (n, 2 L) beside them."""
        if kept < EVERYTHING:
            self.cuts.append((frame, kept))
            self._only(self.rows[:, 0] < kept if len(self.rows) else np.empty(0, bool))
            if len(self.cuts) > MOST_CUTS:  # who is that far behind is told the whole curve
                (_, oldest), (number, kept), *rest = self.cuts
                self.cuts = [(number, min(oldest, kept)), *rest]
        if not len(rows):
            return
        if len(self.rows) and (self.rows.shape[1], self.norms.shape[1]) != (rows.shape[1], norms.shape[1]):
            self._only(np.zeros(len(self.rows), bool))  # another network's
        if len(self.rows) and self.rows[-1, 0] >= rows[0, 0]:
            self._only(~np.isin(self.rows[:, 0], rows[:, 0]))  # a step told again replaces the older row
        born = np.full(len(rows), frame)
        if not len(self.rows):
            self.rows, self.norms, self.born = rows, norms, born
        else:
            self.rows = np.concatenate([self.rows, rows])
            self.norms = np.concatenate([self.norms, norms])
            self.born = np.concatenate([self.born, born])
            if self.rows[-len(rows) - 1, 0] > rows[0, 0]:
                self._only(np.argsort(self.rows[:, 0], kind="stable"))
        if len(self.rows) > MOST_ROWS:
            self._only(_evenly(self.rows[:, 0]))

    def since(self, frame: int) -> tuple[int, Array, Array]:
        """For who has seen frame ``frame`` and all before it: kept, rows and norms."""
        kept = min((step for number, step in self.cuts if number > frame), default=EVERYTHING)
        missed = self.born > frame
        return kept, self.rows[missed], self.norms[missed]

    def copy(self) -> "Curve":
        """Another one that begins alike: a run that branched off this lane's."""
        return Curve(self.rows, self.norms, self.born, list(self.cuts))

    def _only(self, chosen: NDArray[Any]) -> None:
        """The arrays are replaced, never changed: a copy may share them."""
        self.rows, self.norms, self.born = self.rows[chosen], self.norms[chosen], self.born[chosen]


def _evenly(steps: Array) -> NDArray[np.bool_]:
    """Which rows stay when half of them go, evenly over the steps; the last one stays."""
    apart = (steps[-1] - steps[0]) / (MOST_ROWS / 2)
    slot = np.floor((steps - steps[0]) / apart)
    stays = np.ones(len(steps), bool)
    stays[1:] = slot[1:] != slot[:-1]
    stays[-1] = True
    return stays
