"""One given array beside ours, whichever way it lies."""

from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.experiments.checks.arrays import turned
from app.experiments.checks.layouts import Layout
from app.experiments.checks.shapes import OF_EXAMPLES, kind_of, split_name, told
from app.experiments.panels.sayable import sayable_number

ROUNDING = 1e-6
"""Beside the terms that a number sums up, what is smaller than tolerance times this is rounding."""
COLUMNS = ("b", "db")
"""What the course has as (n, 1), and the API's own answers as a flat list."""


class Beside:
    """``given`` as it lies, and ``ours``; ``terms`` is how large the terms are that ours sums up."""

    def __init__(
        self, name: str, given: Array, ours: Array, terms: float, layout: Layout, tolerance: float
    ) -> None:
        self.name, self.given, self.ours = name, given, ours
        self.terms, self.tolerance = terms, tolerance
        kind, _ = split_name(name)
        self.column, self.examples_as_rows = kind in COLUMNS, layout.examples_as_rows
        self.as_rows = layout.examples_as_rows if kind in OF_EXAMPLES else layout.weights_as_rows
        self.shape = kind_of(given.shape, ours.shape)
        self.turned = turned(given, ours.shape, self.as_rows)
        self.numbers_right = self.same(ours)

    def distance(self, ours: Array) -> float:
        """The largest relative error of the given array, if it were to be ``ours``; inf of another shape."""
        theirs = self.turned
        if theirs is None or theirs.shape != ours.shape:
            theirs = self.given
            if self.as_rows and theirs.T.shape == ours.shape:
                theirs = theirs.T
            if theirs.shape != ours.shape:
                return float("inf")
        errors = np.abs(theirs - ours) / self._scale(ours)
        return float("inf") if np.isnan(errors).any() else float(errors.max())

    def _scale(self, ours: Array) -> float:
        """A difference counts beside the largest number of the array, and never beside rounding."""
        return max(float(np.abs(ours).max()), ROUNDING * self.terms, np.finfo(float).tiny)

    def same(self, ours: Array) -> bool:
        """Whether the given numbers are these."""
        return self.distance(ours) <= self.tolerance

    @property
    def fits(self) -> bool:
        """Whether it has the shape that it must have in its layout, or the one of the API's answers."""
        if self.shape == "right":
            return True
        if self.shape == "transposed":
            return self.examples_as_rows if self.column else self.as_rows
        return self.shape == "rank_1" and self.column

    @property
    def broadcast(self) -> bool:
        """Whether a b or db is (n, n) and each number a sum of one of its row and one of its column.

        A column (n, 1) and a rank-1 (n,) make that, added or subtracted.
        """
        M, n = self.given, len(self.ours)
        if not self.column or n == 1 or M.shape != (n, n):
            return False
        rest = np.abs(M - M[:, :1] - M[:1] + M[0, 0]).max()
        return bool(rest <= self.tolerance * max(float(np.abs(M).max()), np.finfo(float).tiny))

    def row(self, cause: dict[str, Any] | None, wrong: bool, right: bool, says: str) -> dict[str, Any]:
        """What is told of the array."""
        comparable = self.turned is not None
        return {
            "name": self.name,
            "expected_shape": list(self.ours.shape),
            "given_shape": list(self.given.shape),
            "shape": self.shape,
            "right": right,
            "numbers_right": not wrong,
            "relative_error": sayable_number(self.distance(self.ours)) if comparable else None,
            "first_wrong": self._first_wrong() if comparable and wrong else None,
            "cause": cause,
            "says": says,
        }

    def right_numbers(self) -> tuple[str, dict[str, Any] | None]:
        """The sentence where the numbers are right, and what it names if the shape is not."""
        shapes = f"{told(self.given.shape)} instead of {told(self.ours.shape)}"
        if self.shape == "right":
            return "Right.", None
        if self.shape == "rank_1" and self.column and self.examples_as_rows:
            return "Right; of rank 1, which does no harm where examples are rows.", None
        if self.shape == "rank_1" and self.column:
            says = f"Right, but a rank-1 array {shapes}, as this API writes it: in NumPy keepdims is lost."
            return says, named("rank_1", says)
        if self.fits:
            return "Right, in another layout: transposed, as it should be there.", None
        if self.shape == "rank_1":
            says = f"The numbers are right, but it is a rank-1 array {shapes}: keepdims is lost."
            return says, named("rank_1", says)
        says = f"The numbers are right, but transposed: {shapes}."
        return says, named("transposed", says)

    def of_another_shape(self) -> tuple[str, dict[str, Any] | None]:
        """The sentence where there are not as many numbers as ours, and what made them, if that is sure."""
        shapes = f"It is {told(self.given.shape)} instead of {told(self.ours.shape)}"
        if not self.broadcast:
            return f"{shapes}.", None
        n = len(self.ours)
        says = f"{shapes}: a column ({n}, 1) and a rank-1 ({n},) make ({n}, {n}), since keepdims is lost."
        return says, named("bias_broadcast", says)

    def _first_wrong(self) -> dict[str, Any]:
        """Where it is in the given array, in its own order; ``index`` as Python writes it."""
        theirs, ours = self.turned, self.ours
        assert theirs is not None
        apart = ~(np.abs(theirs - ours) <= self.tolerance * self._scale(ours)) | ~np.isfinite(ours)
        flipped = self.given.ndim == 2 and self.given.shape == self.given.shape[::-1] and self.as_rows
        places = apart if self.given.shape == apart.shape and not flipped else apart.T
        index = np.argwhere(places)[0]
        ours_there = (ours if places is apart else ours.T)[tuple(index)]
        theirs_there = (theirs if places is apart else theirs.T)[tuple(index)]
        shown = index if self.given.ndim == 2 else index[[int(np.argmax(places.shape))]]
        sayable = float(ours_there) if np.isfinite(ours_there) else None
        return {"index": shown.tolist(), "yours": float(theirs_there), "ours": sayable}


def named(cause: str, says: str, also: list[str] | None = None) -> dict[str, Any]:
    """A cause as it is told."""
    return {"cause": cause, "says": says, "follows": None, "also": also or []}
