"""An experiment: the small JSON value that decides every number of a run.

Frozen dataclasses, so that an experiment can be a key, be sent to a worker and be compared. The
defaults are the course's own exercise. Rules that one field decides stand beside the field; rules
between fields are in ``check.py``.
"""

from dataclasses import dataclass, field
from typing import Annotated

from app.engine.activations import ACTIVATIONS
from app.engine.arithmetic import ARITHMETICS
from app.engine.datasets import DATASETS
from app.engine.initializers import INITIALIZERS
from app.engine.inputs import FEATURES
from app.engine.losses import LOSSES
from app.engine.optimizers import OPTIMIZERS
from app.experiments.fields import About, Items, Number, OneOf, names, whole

STRICT = {"strict": True, "extra": "forbid", "allow_inf_nan": False}
MAX_STEP = 1_000_000
MAX_COORDINATE = 1e6
MAX_PARAMETER = 1e6
MAX_SEED = 2**32 - 1

Seed = Annotated[int, whole(0, MAX_SEED, "seed of numpy's RandomState")]
Coordinate = Annotated[float, Number(-MAX_COORDINATE, MAX_COORDINATE, "a coordinate")]
Label = Annotated[int, whole(0, 5, "a class")]
Parameter = Annotated[float, Number(-MAX_PARAMETER, MAX_PARAMETER, "a weight or a bias")]
Rate = Annotated[float, Number(0, 10, "α, the step size", above=True)]
Beta = Annotated[float, Number(0, 1, "β of momentum and RMSprop", below=True)]
Beta1 = Annotated[float, Number(0, 1, "β1 of Adam", below=True)]
Beta2 = Annotated[float, Number(0, 1, "β2 of Adam", below=True)]
Epsilon = Annotated[float, Number(0, 1, "ε of RMSprop and Adam", above=True)]
L2 = Annotated[float, Number(0, 10, "λ of the L2 penalty")]
Share = Annotated[float, Number(0, 1, "share of the points", below=True)]
FeatureName = Annotated[str, OneOf(names(FEATURES), "an input beside x1 and x2")]
ActivationName = Annotated[str, OneOf(names(ACTIVATIONS), "hidden activation g, one or one per layer")]
MethodName = Annotated[
    str, OneOf((*names(INITIALIZERS), "explicit"), "start of the weights, one or one per layer")
]
Unit = Annotated[int, whole(0, 63, "a unit of the layer, from 0")]
LayerNumber = Annotated[int, whole(1, 13, "a layer; the output layer is L")]


@dataclass(frozen=True)
class Data:
    """The points, and which of them the network may learn from."""

    __pydantic_config__ = STRICT
    name: Annotated[str, OneOf(names(DATASETS), "data set")] = "flower"
    samples: Annotated[int, whole(2, 10_000, "number of points")] = 400
    noise: Annotated[float, Number(0, 5, "deviation of the noise; null is the data set's own")] | None = None
    seed: Seed = 1
    positive_fraction: Annotated[float, Number(0, 1, "share of class 1", above=True, below=True)] = 0.5
    classes: Annotated[int, whole(2, 6, "number of classes; above 2 of blobs, spiral and own points")] = 2
    factor: Annotated[float, Number(0, 1, "radius of the inner circle", above=True, below=True)] = 0.5
    stretch: Annotated[float, Number(0, 1_000, "factor on x2", above=True)] = 1.0
    standardize: Annotated[bool, About("true or false", "shift and scale the inputs")] = False
    validation: Share = 0.0
    test: Share = 0.0
    points: (
        Annotated[
            tuple[tuple[Coordinate, Coordinate, Label], ...],
            Items(2, 10_000, "your own points [x1, x2, label] instead of a data set"),
        ]
        | None
    ) = None


@dataclass(frozen=True)
class NetworkShape:
    """Layers, units and what each unit computes."""

    __pydantic_config__ = STRICT
    hidden: Annotated[
        tuple[Annotated[int, whole(1, 64, "units of a hidden layer")], ...],
        Items(0, 12, "units of each hidden layer; [] is logistic regression"),
    ] = (4,)
    activation: (
        ActivationName | Annotated[tuple[ActivationName, ...], Items(0, 12, "one per hidden layer")]
    ) = "tanh"
    leak: Annotated[float, Number(0, 1, "leaky ReLU's slope below 0", above=True)] = 0.01
    relu_at_zero: Annotated[int, whole(0, 1, "g'(0) of ReLU and leaky ReLU")] = 1
    features: Annotated[tuple[FeatureName, ...], Items(0, 5, "inputs beside x1 and x2")] = ()


@dataclass(frozen=True)
class LayerParameters:
    """W[l] by rows, and b[l]."""

    __pydantic_config__ = STRICT
    W: Annotated[
        tuple[Annotated[tuple[Parameter, ...], Items(1, 64, "weights of a unit")], ...],
        Items(1, 64, "a row of weights per unit"),
    ]
    b: Annotated[tuple[Parameter, ...], Items(1, 64, "a bias per unit")]


@dataclass(frozen=True)
class Init:
    """Where the parameters start."""

    __pydantic_config__ = STRICT
    method: MethodName | Annotated[tuple[MethodName, ...], Items(1, 13, "one per layer")] = "normal"
    scale: Annotated[float, Number(0, 100, "s; null for the methods that have their own")] | None = 0.01
    bias: Annotated[float, Number(-100, 100, "start of every hidden bias")] = 0.0
    seed: Seed = 2
    parameters: (
        Annotated[tuple[LayerParameters, ...], Items(1, 13, "W and b of every layer, for explicit")] | None
    ) = None


@dataclass(frozen=True)
class Training:
    """How the parameters follow the gradient."""

    __pydantic_config__ = STRICT
    loss: Annotated[str, OneOf(names(LOSSES), "what is minimized")] = "cross_entropy"
    optimizer: Annotated[str, OneOf(names(OPTIMIZERS), "rule of the update")] = "gd"
    learning_rate: Rate = 1.2
    batch_size: Annotated[int, whole(1, 10_000, "examples per step; null is all")] | None = None
    l2: L2 = 0.0
    seed: Seed = 0
    beta: Beta = 0.9
    beta1: Beta1 = 0.9
    beta2: Beta2 = 0.999
    epsilon: Epsilon = 1e-8
    stop_change: (
        Annotated[float, Number(0, 1, "a run whose cost changes by less has come to rest", above=True)] | None
    ) = None


@dataclass(frozen=True)
class Settings:
    """What may change in mid-run; null leaves it as it is."""

    __pydantic_config__ = STRICT
    learning_rate: Rate | None = None
    l2: L2 | None = None
    beta: Beta | None = None
    beta1: Beta1 | None = None
    beta2: Beta2 | None = None
    epsilon: Epsilon | None = None


@dataclass(frozen=True)
class Nudge:
    """Add ``by`` to one weight, or with ``input`` null to a bias."""

    __pydantic_config__ = STRICT
    layer: LayerNumber
    unit: Unit
    input: Unit | None
    by: Annotated[float, Number(-100, 100, "what is added")]


@dataclass(frozen=True)
class Edit:
    """Set one weight, or with ``input`` null a bias, to ``to``."""

    __pydantic_config__ = STRICT
    layer: LayerNumber
    unit: Unit
    input: Unit | None
    to: Parameter


@dataclass(frozen=True)
class Permute:
    """Reorder the units of a hidden layer: unit u becomes what unit order[u] was."""

    __pydantic_config__ = STRICT
    layer: LayerNumber
    order: Annotated[tuple[Unit, ...], Items(1, 64, "the units in their new order")]


@dataclass(frozen=True)
class Flip:
    """Change the sign of everything that goes into and comes out of a unit with an odd activation."""

    __pydantic_config__ = STRICT
    layer: LayerNumber
    unit: Unit


@dataclass(frozen=True)
class Intervention:
    """One change, before step ``step`` is observed: exactly one of the others is given."""

    __pydantic_config__ = STRICT
    step: Annotated[int, whole(0, MAX_STEP, "when it acts")]
    set: Settings | None = None
    nudge: Nudge | None = None
    edit: Edit | None = None
    permute: Permute | None = None
    flip: Flip | None = None


@dataclass(frozen=True)
class Experiment:
    """Data, network, start, training, arithmetic and interventions: a run is a pure function of these."""

    __pydantic_config__ = STRICT
    data: Data = field(default_factory=Data)
    network: NetworkShape = field(default_factory=NetworkShape)
    init: Init = field(default_factory=Init)
    training: Training = field(default_factory=Training)
    arithmetic: Annotated[str, OneOf(names(ARITHMETICS), "how sums are rounded")] = "exact"
    interventions: Annotated[tuple[Intervention, ...], Items(0, 1_000, "changes in mid-run")] = ()

    @property
    def activations(self) -> tuple[str, ...]:
        """The name of each hidden layer's activation."""
        chosen = self.network.activation
        return (chosen,) * len(self.network.hidden) if isinstance(chosen, str) else chosen

    @property
    def methods(self) -> tuple[str, ...]:
        """The initializer of each layer, the output included."""
        chosen = self.init.method
        return (chosen,) * (len(self.network.hidden) + 1) if isinstance(chosen, str) else chosen

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer from the inputs to the output: (n_0, ..., n_L)."""
        inputs = 2 + len(self.network.features)
        outputs = 1 if self.data.classes == 2 else self.data.classes
        return (inputs, *self.network.hidden, outputs)
