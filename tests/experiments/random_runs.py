"""Random experiments that learn calmly, and what an independent oracle needs to repeat them.

Drawn across depths, widths, activations, optimizers, penalties, batch sizes, classes, features and
parts. Rates are such that a difference in the last digit stays one for two hundred steps: a run at
the edge of stability would tell nothing about who is right.
"""

import json
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.engine.arrays import Array
from app.experiments.experiment import Experiment, Training
from app.experiments.problem import problem_of
from app.experiments.run import start
from app.experiments.schema import parse
from tests.experiments import textbook

FEATURES = {
    "x1^2": lambda x1, x2: x1**2,
    "x2^2": lambda x1, x2: x2**2,
    "x1*x2": lambda x1, x2: x1 * x2,
    "sin(x1)": lambda x1, x2: np.sin(x1),
    "sin(x2)": lambda x1, x2: np.sin(x2),
}
DATA_SETS = ("flower", "moons", "circles", "blobs", "gaussian_quantiles", "spiral", "xor")
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "linear")
NOT_CALM = {107, 153}
"""Number 107 swings about the best bias, where RMSprop steps by the sign of a number next to 0; of number 153
all units are dead, so that its gradients are nothing but rounding."""
CALM = {"gd": (0.01, 0.1), "momentum": (0.01, 0.1), "rmsprop": (1e-4, 2e-3), "adam": (1e-4, 1e-2)}


def random_experiment(number: int) -> Experiment:
    """Number ``number`` of the random experiments: the same for ever."""
    random = np.random.RandomState(number)

    def one_of(choices):
        return choices[random.randint(len(choices))]

    hidden = random.randint(1, 10, size=random.randint(5)).tolist()
    name = one_of(DATA_SETS)
    classes = int(one_of([2, 3, 4, 6])) if name in ("blobs", "spiral") else 2
    features = [feature for feature in FEATURES if random.random_sample() < 0.3]
    optimizer = one_of(list(CALM))
    low, high = CALM[optimizer]
    samples = int(random.randint(30, 70))
    held = one_of([0.0, 0.0, 0.25])
    # The points of blobs lie up to ten from the middle, their squares up to a hundred.
    far = name == "blobs" or bool(features)
    return parse(
        json.dumps(
            {
                "data": {
                    "name": name,
                    "samples": samples,
                    "seed": int(random.randint(1000)),
                    "classes": classes,
                    "standardize": far or random.random_sample() < 0.3,
                    "validation": held,
                },
                "network": {
                    "hidden": hidden,
                    "activation": [one_of(ACTIVATIONS) for _ in hidden],
                    "leak": one_of([0.01, 0.2]),
                    "features": features,
                },
                "init": {
                    "method": one_of(["xavier", "he", "glorot"]),
                    "seed": int(random.randint(1000)),
                    # Behind a ReLU that is 0 everywhere a bias of 0 would put the next one on its corner.
                    "bias": one_of([0.1, -0.05]),
                },
                "training": {
                    "loss": one_of(["cross_entropy", "squared_error"]) if classes == 2 else "cross_entropy",
                    "optimizer": optimizer,
                    "learning_rate": float(low * (high / low) ** random.random_sample()),
                    "batch_size": one_of([None, 1, int(random.randint(2, 20)), 20]),
                    "l2": one_of([0.0, 0.01, 1.0]),
                    "seed": int(random.randint(1000)),
                    "beta": one_of([0.5, 0.9]),
                    "beta1": one_of([0.5, 0.9]),
                    "beta2": one_of([0.9, 0.999]),
                    "epsilon": one_of([1e-8, 1e-3]),
                },
                "arithmetic": one_of(["exact", "exact", "reordered", "blas"]),
            }
        )
    )


@dataclass(frozen=True)
class Task:
    """A run as an oracle repeats it: inputs (n_0, m), labels or one-hot classes, start, and the layers."""

    X: Array
    Y: Array
    theta: Array
    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    leak: float
    training: Training

    def batch(self, step: int) -> tuple[Array, Array]:
        """The examples of a step, in the order of the design."""
        size, m = self.training.batch_size, self.X.shape[1]
        if size is None:
            return self.X, self.Y
        epoch, index = divmod(step, -(-m // size))
        order = np.random.RandomState(self.training.seed + epoch).permutation(m)
        columns = order[index * size : (index + 1) * size]
        return self.X[:, columns], self.Y[:, columns]

    def is_weight(self) -> Array:
        """1 for weights, 0 for biases: every unit has its weights and then its bias."""
        units = [[1.0] * before + [0.0] for before, n in pairwise(self.sizes) for _ in range(n)]
        return np.concatenate(units)


def task_of(experiment: Experiment) -> Task:
    """What an oracle needs: the split and the start are the engine's, all else is made here."""
    (x1, x2), (labels,) = X, _ = textbook.points(experiment)
    train = problem_of(experiment).train
    inputs = np.vstack([X, *(FEATURES[name](x1, x2) for name in experiment.network.features)])[:, train]
    if experiment.data.standardize:
        inputs = (inputs - inputs.mean(axis=1, keepdims=True)) / inputs.std(axis=1, keepdims=True)
    classes = experiment.data.classes
    Y = labels[None, train] if classes == 2 else np.eye(classes)[labels[train].astype(int)].T
    return Task(
        inputs,
        Y,
        start(experiment).theta.copy(),
        experiment.sizes,
        experiment.activations,
        experiment.network.leak,
        experiment.training,
    )
