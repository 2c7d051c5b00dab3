"""How long a run will take, about, so that what would take too long is refused before it starts."""

import itertools
from dataclasses import replace

from app.experiments.check import training_counts
from app.experiments.experiment import Experiment

CALLS_US = 9.0
"""numpy's own calls of one layer, forward and backward, per step."""
PRODUCT_NS = 0.9
"""One multiplication and addition of the three products, per weight and example."""
ELEMENT_NS = 6.0
"""The element-wise work of one unit on one example."""
OBSERVING = 4.0
"""An observation in passes over the training points: forward, backward, how alike the units act, JSON."""


def points_of(experiment: Experiment) -> int:
    """How many points the network learns from."""
    return sum(training_counts(experiment.data))


def seconds_per_step(experiment: Experiment) -> float:
    """One step on one core, about; right within a factor of three on a machine of 2024."""
    sizes, training = experiment.sizes, experiment.training
    weights = sum(n * before for before, n in itertools.pairwise(sizes))
    m: float = training.batch_size or points_of(experiment)
    if training.stop_change is not None:
        m += points_of(experiment) / 3  # the cost of all points after every step: a forward pass
    nanoseconds = m * (3 * weights * PRODUCT_NS + sum(sizes[1:]) * ELEMENT_NS)
    return (len(sizes) - 1) * CALLS_US * 1e-6 + nanoseconds * 1e-9


def seconds_per_pass(experiment: Experiment) -> float:
    """Forward and backward over all training points, about, whatever the batches."""
    training = replace(experiment.training, batch_size=None, stop_change=None)
    return seconds_per_step(replace(experiment, training=training))


def seconds_together(experiment: Experiment, count: int) -> float:
    """One step of one of ``count`` networks that are trained together: they share the calls."""
    shared = (len(experiment.sizes) - 1) * CALLS_US * 1e-6
    return seconds_per_step(experiment) - shared * (1 - 1 / count)


def seconds_to_observe(experiment: Experiment, cells: int = 0) -> float:
    """One observation, about, with the plane drawn in so many cells."""
    sizes = experiment.sizes
    weights = sum(n * before for before, n in itertools.pairwise(sizes))
    plane = cells * (weights * PRODUCT_NS + sum(sizes[1:]) * ELEMENT_NS) * 1e-9
    return OBSERVING * seconds_per_pass(experiment) + plane
