"""What a worker keeps ready for an experiment: its points, its network's buffers, its plane.

All of it can be recomputed from the experiment; it is kept only because making it costs more than
a step does.
"""

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from app.engine.activations import ACTIVATIONS, Kink
from app.engine.arrays import Array
from app.engine.datasets import make_points
from app.engine.initializers import INITIALIZERS, initial_weights
from app.engine.losses import LOSSES
from app.engine.network import Network, flat
from app.engine.optimizers import OPTIMIZERS
from app.experiments.experiment import Experiment, Intervention

KEPT_BYTES = 400_000_000
MARGIN = 0.08


@dataclass(frozen=True)
class Plane:
    """The drawn rectangle, in raw coordinates: the points' own, and 8 % around it."""

    x1: tuple[float, float]
    x2: tuple[float, float]

    def centres(self, side: int) -> tuple[Array, Array]:
        """Centres of ``side`` cells along x1 and along x2."""
        middle = (np.arange(side) + 0.5) / side
        return tuple(low + middle * (high - low) for low, high in (self.x1, self.x2))  # type: ignore[return-value]

    def grid(self, side: int) -> Array:
        """The centres of side x side cells (2, side^2), row by row from the lowest x2."""
        x1, x2 = self.centres(side)
        return np.stack([np.tile(x1, side), np.repeat(x2, side)])


def plane_around(X: Array) -> Plane:
    """The plane to draw round the points ``X`` (2, m); never empty."""
    sides = []
    for low, high in zip(X.min(axis=1), X.max(axis=1), strict=True):
        pad = (high - low) * MARGIN or 1.0
        sides.append((float(low - pad), float(high + pad)))
    return Plane(sides[0], sides[1])


class Problem:
    """The points of an experiment and the network that learns from them."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.X, self.Y = _points(experiment)
        self.plane = plane_around(self.X)
        self.kink = Kink(experiment.network.leak, experiment.network.relu_at_zero)
        self.activations = [ACTIVATIONS[name] for name in experiment.activations]
        self.optimizer = OPTIMIZERS[experiment.training.optimizer]
        self.network = Network(
            self.X,
            self.Y,
            experiment.network.hidden,
            self.activations,
            self.kink,
            LOSSES[experiment.training.loss],
        )
        ordered = sorted(experiment.interventions, key=lambda i: i.step)  # stable: list order within a step
        self.changes: dict[int, tuple[Intervention, ...]] = {
            step: tuple(group) for step, group in groupby(ordered, key=lambda i: i.step)
        }
        self._rates = [(-1, experiment.training.learning_rate)] + [
            (change.step, change.set.learning_rate)
            for change in ordered
            if change.set is not None and change.set.learning_rate is not None
        ]
        self._planes: dict[tuple[int, str], Network] = {}

    @property
    def layers(self) -> int:
        """How many hidden layers."""
        return len(self.experiment.network.hidden)

    def rate_at(self, step: int) -> float:
        """The learning rate in force at ``step``: the last one set up to it."""
        return self._rates[bisect_right(self._rates, step, key=lambda entry: entry[0]) - 1][1]

    def over_the_plane(self, side: int, dtype: str) -> Network:
        """The same network on the plane's cells, after a forward pass with the present parameters."""
        key = (side, dtype)
        if key not in self._planes:
            self._planes[key] = Network(
                self.plane.grid(side),
                None,
                self.experiment.network.hidden,
                self.activations,
                self.kink,
                dtype=dtype,
            )
        drawn = self._planes[key]
        drawn.load(self.network.theta)
        with np.errstate(over="ignore", invalid="ignore"):
            drawn.forward()
        return drawn

    @property
    def size(self) -> int:
        """Bytes of all buffers, about."""
        networks = (self.network, *self._planes.values())
        return sum(4 * sum(Z.nbytes for Z in network.Z) for network in networks)


def _points(experiment: Experiment) -> tuple[Array, Array]:
    data = experiment.data
    if data.points is not None:
        own = np.array(data.points, dtype=float).T
        return np.ascontiguousarray(own[:2]), np.ascontiguousarray(own[2:])
    return make_points(data.name, data.samples, data.noise, data.seed, data.positive_fraction, data.factor)


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


_kept: OrderedDict[Experiment, Problem] = OrderedDict()


def problem_of(experiment: Experiment) -> Problem:
    """The problem of an experiment, made or still kept; the longest unused go when space is short."""
    problem = _kept.pop(experiment, None) or Problem(experiment)
    _kept[experiment] = problem
    while len(_kept) > 1 and sum(p.size for p in _kept.values()) > KEPT_BYTES:
        _kept.popitem(last=False)
    while len(_kept) > 64:
        _kept.popitem(last=False)
    return problem
