"""Experiments that are worth opening: each says what it shows, and a test holds it to that."""

from dataclasses import dataclass, replace
from typing import Any

from app.engine.tables import table
from app.experiments.experiment import Data, Experiment, Init, LayerParameters, NetworkShape, Training

FLOWER = Experiment()
DEPTH = 10


@dataclass(frozen=True)
class Preset:
    """``description`` is what will be seen; its numbers are measured by the tests."""

    name: str
    title: str
    description: str
    experiment: Experiment


def _with(base: Experiment = FLOWER, **parts: dict[str, Any]) -> Experiment:
    """``base`` with some fields of some parts changed."""
    return replace(base, **{part: replace(getattr(base, part), **fields) for part, fields in parts.items()})


def _multiples(c: float, rate: float) -> Experiment:
    """Ten linear layers of W = c I; the output takes c times the first unit, so that Z[11] = c^11 x1."""
    hidden = LayerParameters(((c, 0.0), (0.0, c)), (0.0, 0.0))
    output = LayerParameters(((c, 0.0),), (0.0,))
    return Experiment(
        network=NetworkShape(hidden=(2,) * DEPTH, activation="linear"),
        init=Init(method="explicit", parameters=(*(hidden,) * DEPTH, output)),
        training=Training(learning_rate=rate),
    )


def _course(optimizer: str) -> Experiment:
    """The course's exercise on optimizers: mini-batches of 64 and a small rate."""
    return Experiment(
        data=Data(name="moons", samples=300, seed=3),
        network=NetworkShape(hidden=(5, 2), activation="relu"),
        init=Init(method="he", seed=3),
        training=Training(optimizer=optimizer, batch_size=64, learning_rate=0.0007, seed=11),
    )


MOONS = _with(data={"name": "moons"})
SPLIT = Experiment(
    data=Data(name="moons", samples=100, noise=0.35, validation=0.2, test=0.2),
    network=NetworkShape(hidden=(32,)),
    init=Init(method="he"),
    training=Training(learning_rate=0.5),
)
STRETCHED = _with(MOONS, data={"stretch": 100.0}, network={"hidden": ()})
WRONG = _with(
    MOONS,
    network={"hidden": ()},
    init={"method": "explicit", "parameters": (LayerParameters(((-6.435, 23.95),), (0.0,)),)},
)

PRESETS = table(
    Preset(
        "grow",
        "1.5 I through ten linear layers",
        "Every layer multiplies by 1.5: A[10] is 1.5^10 = 57.7 times X, and the gradients are as large.",
        _multiples(1.5, 0.001),
    ),
    Preset(
        "shrink",
        "0.5 I through ten linear layers",
        "Every layer halves: A[10] is 0.5^10 = 0.00098 times X, and the cost stays at ln 2 for 100 steps.",
        _multiples(0.5, 1.2),
    ),
    Preset(
        "logistic",
        "Logistic regression on the flower",
        "No hidden layer: one line, 47 % of the points at cost 0.673.",
        _with(network={"hidden": ()}),
    ),
    Preset(
        "features",
        "Logistic regression with features on circles",
        "Given x1² and x2², one layer without hidden units separates circles: 100 % by step 200.",
        _with(data={"name": "circles"}, network={"hidden": (), "features": ("x1^2", "x2^2")}),
    ),
    Preset(
        "course_gd",
        "The course's moons: gradient descent",
        "Batches of 64 at rate 0.0007: 71.7 % after 25,000 steps.",
        _course("gd"),
    ),
    Preset(
        "course_momentum",
        "The course's moons: momentum",
        "At so small a rate momentum changes nothing: 71.7 % after 25,000 steps.",
        _course("momentum"),
    ),
    Preset(
        "course_adam",
        "The course's moons: Adam",
        "The same rate and batches, another optimizer: 93 % after 25,000 steps.",
        _course("adam"),
    ),
    Preset(
        "momentum",
        "Momentum at rate 10",
        "At this rate gradient descent jumps to cost 3.3; momentum stays below 0.70 and comes to 91 %.",
        _with(training={"optimizer": "momentum", "learning_rate": 10.0}),
    ),
    Preset(
        "spiral",
        "Softmax on a spiral of three arms",
        "Three outputs, sixteen tanh units, Adam: 99 % by step 100.",
        Experiment(
            data=Data(name="spiral", classes=3),
            network=NetworkShape(hidden=(16,)),
            init=Init(method="xavier"),
            training=Training(optimizer="adam", learning_rate=0.05),
        ),
    ),
    Preset(
        "overfit",
        "Overfitting: 60/20/20",
        "32 units on 60 noisy points: at step 5,000 all of them are right, the validation cost near 2.",
        SPLIT,
    ),
    Preset(
        "overfit_l2",
        "Overfitting: 60/20/20 with L2",
        "L2 of 0.3: the validation cost at step 5,000 is 0.42 instead of 2.",
        _with(SPLIT, training={"l2": 0.3}),
    ),
    Preset(
        "edge",
        "Edge of stability (rate 3)",
        "Rate × largest eigenvalue passes 2 before step 100, and at step 143 the cost first rises.",
        _with(training={"learning_rate": 3.0}),
    ),
    Preset(
        "dead",
        "Dead ReLU units",
        "All biases start at −5: every unit is 0 at every point, every gradient exactly 0, for ever.",
        _with(MOONS, network={"hidden": (8,), "activation": "relu"}, init={"method": "he", "bias": -5.0}),
    ),
    Preset(
        "vanishing",
        "Ten sigmoid layers",
        "The error shrinks on the way back: |dW| of layer 1 is a millionth of the last one's.",
        Experiment(
            network=NetworkShape(hidden=(10,) * 10, activation="sigmoid"),
            init=Init(method="xavier"),
            training=Training(learning_rate=0.1),
        ),
    ),
    Preset(
        "raw",
        "Inputs of different size",
        "x2 is a hundred times larger: the cost jumps about, and is still 148 at step 100.",
        STRETCHED,
    ),
    Preset(
        "normalized",
        "Inputs of different size, normalized",
        "The same points, shifted and scaled: cost 0.293 at step 100.",
        _with(STRETCHED, data={"standardize": True}),
    ),
    Preset(
        "sure_and_wrong",
        "Squared error, sure and wrong",
        "Where the guess is sure, the sigmoid's slope is 0: 13 % right at the start and at step 200.",
        _with(WRONG, training={"loss": "squared_error"}),
    ),
    Preset(
        "cross_entropy",
        "Cross-entropy, sure and wrong",
        "The same wrong start: 86 % at step 200.",
        WRONG,
    ),
)
