"""Every usual mistake of a forward and backward pass, the likelier first; and two of them at once."""

import itertools
from collections.abc import Callable, Iterator

from app.experiments.checks.attempt import Attempt
from app.experiments.checks.slips_of_gradients import (
    divided_error,
    factor_m,
    penalty,
    signs,
    wrong_input,
    wrong_sum,
)
from app.experiments.checks.slips_of_layers import (
    biases,
    forward_functions,
    labels,
    last_error,
    slopes,
    weights,
)
from app.experiments.checks.textbook import Task

SLIPS: tuple[Callable[[Task], Iterator[Attempt]], ...] = (
    factor_m,
    divided_error,
    wrong_sum,
    penalty,
    signs,
    slopes,
    last_error,
    labels,
    weights,
    wrong_input,
    biases,
    forward_functions,
)
"""The likelier first: of two that explain as much, the first is named."""


def attempts(task: Task) -> Iterator[Attempt]:
    """Every mistake that ``task`` has room for."""
    for slip in SLIPS:
        yield from slip(task)


ERRORS = (signs, slopes, last_error)
SUMS = (factor_m, wrong_sum, penalty)
"""What is tried in pairs: a mistake on the way back with another one, or with one in dW and db."""


def pairs(task: Task) -> Iterator[Attempt]:
    """Two mistakes at once, each made everywhere; those that stand in one formula exclude each other."""
    errors = [one for slip in ERRORS for one in slip(task) if one.everywhere and _of_errors(one)]
    sums = [one for slip in SUMS for one in slip(task) if one.everywhere]
    for first, second in itertools.chain(itertools.product(sums, errors), itertools.combinations(errors, 2)):
        if not first.formulas.keys() & second.formulas.keys():
            yield Attempt(
                first.cause,
                f"Two mistakes at once. {first.says} {second.says}",
                task,
                {**first.formulas, **second.formulas},
                first.may_vanish or second.may_vanish,
                second=second.cause,
            )


def _of_errors(attempt: Attempt) -> bool:
    return all(kind == "dZ" for kind, _ in attempt.formulas)
