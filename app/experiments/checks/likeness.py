"""What a wrong array is like where no mistake explains it: another array, ours turned, scaled or rounded."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.engine.arrays import Array
from app.experiments.checks.beside import Beside, named

NONE_FOUND = "No likely cause found."
MOST_DECIMALS = 12
DIGITS = 100.0
"""Rounded numbers say something if the largest has three digits."""


def likeness(beside: Beside, others: Mapping[str, Array]) -> tuple[str, dict[str, Any] | None]:
    """The sentence, and the cause where there is one; ``others`` are the right arrays by name."""
    theirs, ours = beside.turned, beside.ours
    if theirs is None or not np.abs(theirs).max() > 0:
        return NONE_FOUND, None
    if ours.shape == ours.T.shape and beside.same(ours.T):
        says = f"It is transposed; being square, ({len(ours)}, {len(ours)}), it does not show."
        return says, named("transposed", says)
    for name, other in others.items():
        if name != beside.name and beside.same(other):
            says = f"These are the numbers of {name}."
            return says, named("other_array", says)
    if (decimals := _decimals(theirs, ours)) is not None:
        says = f"Right as far as its {decimals} decimals go: it takes more digits, or a larger tolerance."
        return says, named("rounded", says)
    if _several(beside) and (factor := _factor(theirs, ours)) and beside.same(factor * ours):
        return f"No likely cause found, but every number is {factor:.6g} times ours.", None
    return NONE_FOUND, None


def _decimals(theirs: Array, ours: Array) -> int | None:
    """To how many decimals ``theirs`` are ``ours``, rounded; None if they are not."""
    for decimals in range(MOST_DECIMALS):
        unit = 10.0**-decimals
        if np.abs(ours).max() >= DIGITS * unit and np.array_equal(np.round(theirs, decimals), theirs):
            return decimals if np.abs(theirs - ours).max() <= 0.5001 * unit else None
    return None


def _several(beside: Beside) -> bool:
    """Whether ours are not all one number, or 0: of one number every other is a multiple."""
    sizes = np.abs(beside.ours)
    least = beside.tolerance * float(sizes.max())
    sizes = sizes[sizes > least]
    return sizes.size > 0 and float(sizes.max() - sizes.min()) > least


def _factor(theirs: Array, ours: Array) -> float:
    """By which ours come nearest to theirs."""
    scale = float(np.abs(ours).max())
    if not scale > 0:
        return 0.0
    unit = ours / scale
    return float((unit * theirs).sum() / (unit * unit).sum() / scale)
