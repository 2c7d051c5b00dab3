"""The rules between the fields of an experiment, and its canonical form."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.engine.activations import ACTIVATIONS
from app.engine.datasets import DATASETS, class_counts
from app.engine.initializers import INITIALIZERS
from app.engine.inputs import FEATURES
from app.engine.splits import held_out
from app.experiments.experiment import Data, Edit, Experiment, Flip, Intervention, Nudge, Permute


@dataclass(frozen=True)
class FieldError:
    """A value that breaks a rule: ``field must be rule; got value``."""

    field: str
    rule: str
    value: Any


class ExperimentError(ValueError):
    """An experiment (or a request) that cannot be run; ``errors`` says why, field by field."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(*errors)  # so that a worker can raise it across processes
        self.errors = errors

    def __str__(self) -> str:
        """Made when it is asked for: a value may be long."""
        return "; ".join(f"{e.field} must be {e.rule}; got {e.value!r}" for e in self.errors)


def completed(experiment: Experiment) -> Experiment:
    """The same experiment with every default filled in; an ExperimentError if its fields do not fit together.

    ``noise`` becomes the data set's own where it was null, ``scale`` null where no method uses it,
    the fields of ``data`` that own points replace go back to their defaults, and the features stand
    in the order of their table.
    """
    errors = tuple(_errors(experiment))
    if errors:
        raise ExperimentError(*errors)
    data, init, network = experiment.data, experiment.init, experiment.network
    if data.points is not None:
        labels = {label for _, _, label in data.points}
        kept = {name: getattr(data, name) for name in ("standardize", "validation", "test")}
        data = Data(points=data.points, classes=len(labels), **kept)
    if data.noise is None:
        data = dataclasses.replace(data, noise=DATASETS[data.name].noise)
    if not any(m in INITIALIZERS and INITIALIZERS[m].uses_scale for m in experiment.methods):
        init = dataclasses.replace(init, scale=None)
    ordered = tuple(name for name in FEATURES if name in network.features)
    network = dataclasses.replace(network, features=ordered)
    return dataclasses.replace(experiment, data=data, network=network, init=init)


def _errors(given: Experiment) -> Iterator[FieldError]:
    data_errors = tuple(_data_errors(given.data))
    yield from data_errors
    if data_errors:
        return
    experiment = given
    if given.data.points is not None:
        classes = len({label for _, _, label in given.data.points})
        experiment = dataclasses.replace(given, data=dataclasses.replace(given.data, classes=classes))
    layers = len(experiment.network.hidden)
    for field, chosen, needed in (
        ("network.activation", experiment.network.activation, layers),
        ("init.method", experiment.init.method, layers + 1),
    ):
        if not isinstance(chosen, str) and len(chosen) != needed:
            yield FieldError(field, f"one name, or a list of {needed} for this network", chosen)
            return
    features = experiment.network.features
    if len(set(features)) < len(features):
        yield FieldError("network.features", "a list without repetition", list(features))
        return
    yield from _training_errors(experiment)
    yield from _init_errors(experiment)
    for i, intervention in enumerate(experiment.interventions):
        yield from _intervention_errors(experiment, f"interventions[{i}]", intervention)


def _data_errors(data: Data) -> Iterator[FieldError]:
    if data.points is not None:
        labels = {label for _, _, label in data.points}
        if len(labels) < 2 or labels != set(range(len(labels))):
            yield FieldError("data.points", "points of classes 0, 1, ... without a gap", sorted(labels))
            return
    elif data.classes > 2 and not DATASETS[data.name].many_classes:
        many = " and ".join(row.name for row in DATASETS.values() if row.many_classes)
        yield FieldError("data.classes", f"2 for {data.name}; {many} and own points have more", data.classes)
        return
    counts = points_by_class(data)
    if min(counts) < 1 and data.classes > 2:
        yield FieldError("data.samples", f"at least {data.classes}, a point for each class", data.samples)
    elif min(counts) < 1:
        rule = f"a share of the {data.samples} samples that leaves a point in each class"
        yield FieldError("data.positive_fraction", rule, data.positive_fraction)
    elif min(training_counts(data)) < 1:
        if data.validation and data.test:
            rule = "shares that leave a training point in each class, together with data.test"
            yield FieldError("data.validation", rule, [data.validation, data.test])
        else:
            name = "test" if data.test else "validation"
            rule = "a share that leaves a training point in each class"
            yield FieldError(f"data.{name}", rule, getattr(data, name))
    else:
        for name, share in (("validation", data.validation), ("test", data.test)):
            if share and sum(held_out(n, share) > 0 for n in counts) < 2:
                rule = "0, or a share that holds back points of two classes at least"
                yield FieldError(f"data.{name}", rule, share)


def points_by_class(data: Data) -> tuple[int, ...]:
    """How many points each class has."""
    if data.points is None:
        return class_counts(data.samples, data.positive_fraction, data.classes)
    labels = [label for _, _, label in data.points]
    return tuple(labels.count(label) for label in range(len(set(labels))))


def training_counts(data: Data) -> tuple[int, ...]:
    """How many of them train, by class."""
    return tuple(n - held_out(n, data.test) - held_out(n, data.validation) for n in points_by_class(data))


def _training_errors(experiment: Experiment) -> Iterator[FieldError]:
    training = experiment.training
    if experiment.data.classes > 2 and training.loss != "cross_entropy":
        rule = "cross_entropy where there are more than two classes"
        yield FieldError("training.loss", rule, training.loss)
    most = sum(training_counts(experiment.data))
    if training.batch_size is not None and training.batch_size > most:
        yield FieldError("training.batch_size", f"at most {most}, the training points", training.batch_size)


def _init_errors(experiment: Experiment) -> Iterator[FieldError]:
    init, sizes = experiment.init, experiment.sizes
    explicit = "explicit" in experiment.methods
    if explicit and init.parameters is None:
        rule = "given where init.method is explicit: a list of W and b by layer"
        yield FieldError("init.parameters", rule, None)
    if not explicit and init.parameters is not None:
        yield FieldError("init.parameters", "null unless init.method is explicit", "a list")
    if init.scale is None and any(
        m in INITIALIZERS and INITIALIZERS[m].uses_scale for m in experiment.methods
    ):
        yield FieldError("init.scale", f"a number from 0 to 100 with {init.method}", None)
    if init.parameters is None:
        return
    if len(init.parameters) != len(sizes) - 1:
        rule = f"a list of {len(sizes) - 1} layers for this network"
        yield FieldError("init.parameters", rule, f"{len(init.parameters)} layers")
        return
    for i, (layer, before, n) in enumerate(zip(init.parameters, sizes, sizes[1:], strict=False)):
        lengths = [len(row) for row in layer.W]
        if lengths != [before] * n:
            shown = f"{len(lengths)} rows of lengths {sorted(set(lengths))}"
            yield FieldError(f"init.parameters[{i}].W", f"{n} rows of {before} numbers", shown)
        if len(layer.b) != n:
            yield FieldError(f"init.parameters[{i}].b", f"a list of {n} numbers", f"{len(layer.b)} numbers")


def _intervention_errors(
    experiment: Experiment, field: str, intervention: Intervention
) -> Iterator[FieldError]:
    kinds = ("set", "nudge", "edit", "permute", "flip")
    given = [kind for kind in kinds if getattr(intervention, kind) is not None]
    if len(given) != 1:
        rule = f"a step and exactly one of {', '.join(kinds)}"
        yield FieldError(field, rule, ", ".join(given) or "none of them")
        return
    change = getattr(intervention, given[0])
    field = f"{field}.{given[0]}"
    if given[0] == "set":
        if all(value is None for value in dataclasses.asdict(change).values()):
            yield FieldError(field, "at least one setting", "none")
        return
    sizes = experiment.sizes
    last = len(sizes) - 1 if isinstance(change, Nudge | Edit) else len(sizes) - 2
    if change.layer > last:
        layers = f"a layer from 1 to {last}" if last else "a hidden layer, which this network lacks"
        yield FieldError(f"{field}.layer", layers, change.layer)
        return
    units, inputs = sizes[change.layer], sizes[change.layer - 1]
    if isinstance(change, Permute):
        if sorted(change.order) != list(range(units)):
            yield FieldError(f"{field}.order", f"0 to {units - 1}, each once", list(change.order))
        return
    if change.unit >= units:
        yield FieldError(f"{field}.unit", f"a unit from 0 to {units - 1}", change.unit)
    if isinstance(change, Flip):
        activation = experiment.activations[change.layer - 1]
        if not ACTIVATIONS[activation].odd:
            odd = ", ".join(row.name for row in ACTIVATIONS.values() if row.odd)
            yield FieldError(f"{field}.layer", f"a layer of {odd}", f"{change.layer} ({activation})")
    elif change.input is not None and change.input >= inputs:
        rule = f"an input from 0 to {inputs - 1}, or null for the bias"
        yield FieldError(f"{field}.input", rule, change.input)
