"""Every usual mistake of a forward and backward pass, the likelier first."""

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
