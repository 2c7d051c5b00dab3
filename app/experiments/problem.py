"""What a worker keeps ready for an experiment: its points, its networks' buffers, its plane.

All of it can be recomputed from the experiment; it is kept only because making it costs more than
a step does.
"""

from collections import OrderedDict
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from app.engine.activations import ACTIVATIONS, Kink
from app.engine.arithmetic import ARITHMETICS
from app.engine.arrays import Array
from app.engine.datasets import make_points
from app.engine.initializers import INITIALIZERS, initial_weights
from app.engine.inputs import Normalization, normalization_of, with_features
from app.engine.losses import LOSSES, SOFTMAX
from app.engine.network import Network, flat, parameter_count
from app.engine.optimizers import OPTIMIZERS
from app.engine.splits import split
from app.engine.training import Batches, Descent
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import Experiment, Intervention
from app.experiments.plane import plane_around

KEPT_BYTES = 200_000_000
KEPT = 256
PLANES = 6
"""Of one experiment: what the page draws, and what a request asks for beside it."""


class Problem:
    """The points of an experiment and the networks over them, all with the same parameters."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.X, self.labels = _points(experiment)
        data = experiment.data
        parts = split(self.labels, data.validation, data.test, data.seed)
        self.train, self.validation, self.test = parts
        self.plane = plane_around(self.X)
        self.normalization = self._normalize()
        self.network = self._network_over(self.train)
        self.held_back = {
            name: self._network_over(columns)
            for name, columns in (("validation", self.validation), ("test", self.test))
            if len(columns)
        }
        self.descent = self._descent()
        ordered = sorted(experiment.interventions, key=lambda i: i.step)  # stable: list order within a step
        self.changes: dict[int, tuple[Intervention, ...]] = {
            step: tuple(group) for step, group in groupby(ordered, key=lambda i: i.step)
        }
        self._planes: dict[tuple[int, str], Network] = {}

    @property
    def layers(self) -> int:
        """How many hidden layers."""
        return len(self.experiment.network.hidden)

    @property
    def Y(self) -> Array:
        """The labels of the training points (m,)."""
        return self.labels[self.train]

    @cached_property
    def start(self) -> Array:
        """The parameters before any intervention, flat (p,); read-only."""
        theta = initial_theta(self.experiment)
        theta.flags.writeable = False
        return theta

    @cached_property
    def by_class(self) -> NDArray[np.intp]:
        """The columns of the training points, sorted by class; read-only."""
        columns = np.argsort(self.Y, kind="stable")
        columns.flags.writeable = False
        return columns

    def inputs(self, X: Array) -> Array:
        """Points of the plane (2, m) as the network takes them: features, then normalization; (n_0, m)."""
        made = with_features(X, self.experiment.network.features)
        return self.normalization.apply(made) if self.normalization else made

    def over_the_plane(self, side: int, dtype: str) -> Network:
        """The same network on the plane's cells, after a forward pass with the present parameters."""
        key = (side, dtype)
        if key not in self._planes:
            while len(self._planes) >= PLANES:
                self._planes.pop(next(iter(self._planes)))
            inputs = self.inputs(self.plane.grid(side))
            self._planes[key] = self._network(inputs, None, dtype=dtype)
        drawn = self._planes[key]
        drawn.load(self.network.theta)
        with np.errstate(over="ignore", invalid="ignore"):
            drawn.forward()
        return drawn

    @property
    def size(self) -> int:
        """Bytes of all buffers, about."""
        networks = (self.network, *self.held_back.values(), *self._planes.values())
        parameters = 3 * self.network.theta.nbytes  # the network's, its gradient, the first ones
        return parameters + sum(4 * sum(Z.nbytes for Z in network.Z) for network in networks)

    def _normalize(self) -> Normalization | None:
        if not self.experiment.data.standardize:
            return None
        made = with_features(self.X[:, self.train], self.experiment.network.features)
        found = normalization_of(made)
        # The mean of equal numbers may be off by its last bit, and so may the deviation from it.
        if not found.deviation.all() or (made.min(axis=1) == made.max(axis=1)).any():
            rule = "false where an input is the same at every training point"
            raise ExperimentError(FieldError("data.standardize", rule, True))
        return found

    def _network_over(self, columns: NDArray[np.intp]) -> Network:
        classes = self.experiment.data.classes
        labels = self.labels[columns]
        one_hot = np.equal(labels, np.arange(classes)[:, None]).astype(float)
        return self._network(self.inputs(self.X[:, columns]), labels[None, :] if classes == 2 else one_hot)

    def _network(self, inputs: Array, Y: Array | None, dtype: str = "float64") -> Network:
        experiment = self.experiment
        return Network(
            inputs,
            Y,
            experiment.network.hidden,
            [ACTIVATIONS[name] for name in experiment.activations],
            Kink(experiment.network.leak, experiment.network.relu_at_zero),
            LOSSES[experiment.training.loss] if experiment.data.classes == 2 else SOFTMAX,
            experiment.sizes[-1],
            dtype,
            ARITHMETICS[experiment.arithmetic],
        )

    def _descent(self) -> Descent:
        training = self.experiment.training
        optimizer = OPTIMIZERS[training.optimizer]
        memory = tuple(np.zeros_like(self.network.theta) for _ in optimizer.memory)
        batches = None
        if training.batch_size is not None:
            batches = Batches(self.network, training.batch_size, training.seed)
        return Descent(self.network, optimizer, memory, batches)


def _points(experiment: Experiment) -> tuple[Array, Array]:
    data = experiment.data
    if data.points is not None:
        own = np.array(data.points, dtype=float).T
        return np.ascontiguousarray(own[:2]), own[2]
    X, Y = make_points(
        data.name,
        data.samples,
        data.noise,
        data.seed,
        data.positive_fraction,
        data.factor,
        data.classes,
        data.stretch,
    )
    return X, Y[0]


def initial_theta(experiment: Experiment) -> Array:
    """The parameters before any intervention, flat (p,)."""
    init, sizes, methods = experiment.init, experiment.sizes, experiment.methods
    # An explicit layer takes its draws from the stream too, so that the others keep theirs.
    drawn = [method if method in INITIALIZERS else "zeros" for method in methods]
    weights = initial_weights(sizes, drawn, init.scale or 0.0, init.seed)
    layers = []
    for i, (W, method) in enumerate(zip(weights, methods, strict=True)):
        b = np.full((len(W), 1), init.bias if i < len(weights) - 1 else 0.0)
        if method == "explicit" and init.parameters is not None:
            given = init.parameters[i]
            W, b = np.array(given.W, dtype=float), np.array(given.b, dtype=float)[:, None]
        layers.append((W, b))
    return flat(layers)


def initial_memory(experiment: Experiment) -> tuple[Array, ...]:
    """What the optimizer remembers before the first update: nothing, (p,) each."""
    names = OPTIMIZERS[experiment.training.optimizer].memory
    return tuple(np.zeros(parameter_count(experiment.sizes)) for _ in names)


_kept: OrderedDict[Experiment, Problem] = OrderedDict()


def problem_of(experiment: Experiment) -> Problem:
    """The problem of an experiment, made or still kept; the longest unused go when space is short."""
    kept = _kept.pop(experiment, None)
    problem = _kept[experiment] = kept or Problem(experiment)
    if kept is None:  # only then: to add up hundreds takes longer than a step
        while len(_kept) > KEPT or (len(_kept) > 1 and sum(p.size for p in _kept.values()) > KEPT_BYTES):
            _kept.popitem(last=False)
    return problem
