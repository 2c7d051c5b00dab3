"""What somebody gave to be checked, and which way it lies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.arrays import Array
from app.experiments.checks.arrays import read_arrays, ways
from app.experiments.checks.shapes import ACTIVATIONS, PARAMETERS, order_of, split_name
from app.experiments.experiment import Experiment


@dataclass(frozen=True)
class Given:
    """What somebody computed: arrays by name, as they lie."""

    parameters: Mapping[str, Array]
    arrays: Mapping[str, Array]


def names_of(experiment: Experiment) -> tuple[list[str], list[str], list[str]]:
    """The names of parameters, activations and gradients that an experiment has."""
    layers = range(1, len(experiment.sizes))
    parameters = [f"{kind}{l}" for l in layers for kind in PARAMETERS]
    computed = sorted(order_of(len(layers)), key=lambda name: split_name(name)[1])
    activations = [name for name in computed if split_name(name)[0] in ACTIVATIONS]
    return parameters, activations, [name for name in computed if name not in activations]


def read_given(experiment: Experiment, parameters: Any, activations: Any, gradients: Any) -> Given:
    """The lists of a request as arrays; an ExperimentError names what cannot be read."""
    names = names_of(experiment)
    return Given(
        read_arrays("parameters", parameters, names[0]),
        read_arrays("activations", activations, names[1]) | read_arrays("gradients", gradients, names[2]),
    )


@dataclass(frozen=True)
class Layout:
    """Whether examples are rows, whether W is (n_{l-1}, n_l), and whether both ways are mixed."""

    examples_as_rows: bool = False
    weights_as_rows: bool = False
    mixed: bool = False

    @property
    def name(self) -> str:
        if self.mixed:
            return "mixed"
        return "rows" if self.examples_as_rows or self.weights_as_rows else "columns"


def layouts(given: Given, shapes: Mapping[str, tuple[int, ...]]) -> list[Layout]:
    """The layouts that the shapes leave possible; more than one where everything given is square."""
    of_examples = ways(given.arrays, shapes, True)
    weights = ways(given.parameters, shapes, False)
    gradients = ways(given.arrays, shapes, False)
    mixed = len(of_examples) > 1 or len(weights) > 1
    tall = [False, True]
    rows = [("rows" in of_examples)] if of_examples and not mixed else [False] if mixed else tall
    if weights and not mixed:
        turned_weights = ["rows" in weights]
    elif gradients == {"rows"}:
        # dW alone does not tell whether W lies so too: beside examples in columns it is taken as a slip,
        # and otherwise as the way that all of them lie, unless a square one is right only as it is.
        turned_weights = [True, False] if of_examples != {"columns"} and not mixed else [False]
    else:
        turned_weights = [False] if gradients or mixed else sorted(tall, key=lambda way: way not in rows)
    if not of_examples and (weights or gradients) and not mixed:
        rows = turned_weights  # nothing else says it
    return [Layout(r, w, mixed) for r in rows for w in turned_weights]
