"""The lessons: settings and claims, measured with this engine; their words are in the catalog of texts."""

from dataclasses import replace

from app.engine.tables import table
from app.experiments.experiment import (
    Data,
    Experiment,
    Init,
    Intervention,
    LayerParameters,
    NetworkShape,
    Nudge,
    Training,
)
from app.experiments.lessons.lesson import Claim, Lesson, about

D = Experiment()
IDENTICAL = Init(method="constant", scale=0.5)
ZEROS = Init(method="zeros", scale=None)
MOONS = Data(name="moons")
CIRCLES = Data(name="circles")
LN2 = 0.6931471805599453
EXACTLY_LN2 = (LN2 - 2e-16, LN2 + 2e-16)


def nudged(*nudges: tuple[int, int, float]) -> Experiment:
    """Four identical units on the circles, nudged at step 0: (unit, input, by)."""
    changes = tuple(Intervention(0, nudge=Nudge(1, unit, input, by)) for unit, input, by in nudges)
    return Experiment(data=CIRCLES, init=IDENTICAL, interventions=changes)


def deep(layers: int, rate: float, method: str, scale: float | None, activation: str = "tanh") -> Experiment:
    """The flower on so many hidden layers of ten units."""
    return Experiment(
        network=NetworkShape(hidden=(10,) * layers, activation=activation),
        init=Init(method=method, scale=scale),
        training=Training(learning_rate=rate),
    )


def linear(*hidden: int) -> Experiment:
    """Linear layers on the flower."""
    return Experiment(
        network=NetworkShape(hidden=hidden, activation="linear"), training=Training(learning_rate=0.5)
    )


def negative_everywhere(activation: str) -> Experiment:
    """Eight units on the moons whose biases start at -5."""
    return Experiment(
        data=MOONS,
        network=NetworkShape(hidden=(8,), activation=activation),
        init=Init(method="he", scale=None, bias=-5.0),
    )


def by_optimizer(optimizer: str, rate: float, data: Data) -> Experiment:
    """The default network with another rule of the update."""
    return Experiment(data=data, training=Training(optimizer=optimizer, learning_rate=rate))


def at_rate(rate: float) -> Experiment:
    """The default with another learning rate."""
    return Experiment(training=Training(learning_rate=rate))


def of_units(units: int) -> Experiment:
    """The default with so many hidden units."""
    return Experiment(network=NetworkShape(hidden=(units,)))


def started(method: str | tuple[str, ...], scale: float | None) -> Experiment:
    """The default with another start."""
    return Experiment(init=Init(method=method, scale=scale))


def slope_at_zero(slope: int) -> Experiment:
    """ReLU units that all begin exactly at z = 0."""
    return Experiment(
        data=MOONS,
        network=NetworkShape(activation="relu", relu_at_zero=slope),
        init=Init(method=("zeros", "normal")),
    )


def confidently_wrong(loss: str) -> Experiment:
    """Logistic regression from five times the best weights with the wrong sign."""
    wrong = LayerParameters(W=((-6.435, 23.95),), b=(0.0,))
    return Experiment(
        data=MOONS,
        network=NetworkShape(hidden=()),
        init=Init(method="explicit", scale=None, parameters=(wrong,)),
        training=Training(loss=loss),
    )


def stretched(standardize: bool) -> Experiment:
    """Logistic regression on moons a hundred times as high as they are wide."""
    return Experiment(
        data=Data(name="moons", stretch=100.0, standardize=standardize), network=NetworkShape(hidden=())
    )


def held_back(l2: float) -> Experiment:
    """32 units on 60 noisy points, and 40 that are held back."""
    return Experiment(
        data=Data(name="moons", samples=100, noise=0.35, validation=0.4),
        network=NetworkShape(hidden=(32,)),
        init=Init(method="he", scale=None),
        training=Training(learning_rate=0.5, l2=l2),
    )


UNEQUAL = Experiment(data=Data(name="moons", positive_fraction=0.4), init=ZEROS)
SEVEN = Experiment(network=NetworkShape(hidden=(7,)), init=Init(method="constant", scale=0.05))

LESSONS = table(
    Lesson(
        "why_random",
        5,
        (Experiment(init=IDENTICAL), D),
        3000,
        1,
        (
            *about(0, 3000, 0.6480, 65.5),
            Claim(0, 3000, "kinds", 1, 1),
            *about(1, 3000, 0.2339, 90.5),
            Claim(1, 3000, "kinds", 4, 4),
        ),
        follow_up=(Experiment(init=ZEROS), Experiment(init=IDENTICAL)),
        follow_up_stop=1000,
    ),
    Lesson(
        "nothing_moves",
        5,
        (Experiment(init=ZEROS), started(("zeros", "normal"), 0.01)),
        1000,
        2,
        (
            Claim(0, 1000, "cost", *EXACTLY_LN2),
            Claim(0, 1000, "gradient", 0, 0),
            *about(1, 1000, 0.2890, 89.8),
        ),
        panel="why",
        follow_up=(Experiment(init=ZEROS), started(("normal", "zeros"), 0.01)),
        follow_up_stop=1000,
    ),
    Lesson(
        "two_notes",
        7,
        (UNEQUAL, replace(UNEQUAL, network=NetworkShape(activation="sigmoid"))),
        500,
        2,
        (
            *about(0, 500, 0.6730, 60.0),
            *about(1, 500, 0.2906, 87.8),
            Claim(1, 500, "kinds", 1, 1),
        ),
        panel="why",
        follow_up=(
            Experiment(data=MOONS, init=ZEROS),
            Experiment(data=MOONS, init=ZEROS, network=NetworkShape(activation="sigmoid")),
        ),
        follow_up_stop=500,
    ),
    Lesson(
        "nudge",
        7,
        (nudged((0, 0, 1e-8)), nudged((0, 0, 1e-4), (1, 1, 1e-4))),
        2000,
        1,
        (
            *about(0, 500, 0.6268, 60.8),
            *about(0, 2000, 0.4579, 78.8),
            Claim(0, 2000, "kinds", 2, 2),
            *about(1, 2000, 0.0438, 99.5),
            Claim(1, 2000, "kinds", 3, 3),
        ),
        follow_up=(nudged((0, 0, 1e-8)), nudged((0, 0, 1e-12))),
        follow_up_stop=3000,
    ),
    Lesson(
        "kinds_are_units",
        7,
        (
            nudged((0, 0, 1e-4), (1, 1, 1e-4)),
            Experiment(data=CIRCLES, network=NetworkShape(hidden=(3,))),
        ),
        5000,
        0,
        (
            *about(0, 5000, 0.0195, 99.8),
            Claim(0, 5000, "kinds", 3, 3),
            *about(1, 5000, 0.0246, 99.8),
            Claim(1, 5000, "kinds", 3, 3),
        ),
        speed=1000.0,
        follow_up=(nudged((0, 0, 1e-4)), Experiment(data=CIRCLES, network=NetworkShape(hidden=(2,)))),
        follow_up_stop=5000,
    ),
    Lesson(
        "too_small",
        6,
        (deep(5, 0.5, "normal", 0.01), deep(5, 0.5, "xavier", None)),
        1000,
        0,
        (
            Claim(0, 1000, "cost", LN2 - 1e-6, LN2 + 1e-6),
            Claim(1, 1000, "cost", 0, 0.18),
            Claim(1, 1000, "accuracy", 90, 100),
        ),
        panel="weights",
        follow_up=(deep(5, 0.5, "normal", 10.0), deep(5, 0.5, "xavier", None)),
        follow_up_stop=1000,
    ),
    Lesson(
        "linear_layers",
        5,
        (linear(), linear(4)),
        1000,
        0,
        (
            Claim(0, 1000, "cost", 0.673145, 0.673147),
            Claim(1, 1000, "cost", 0.673145, 0.673147),
            Claim(0, 1000, "accuracy", 46.5, 47.5),
            Claim(1, 1000, "accuracy", 46.5, 47.5),
        ),
        panel="weights",
        follow_up=(linear(4), D),
        follow_up_stop=1000,
    ),
    Lesson(
        "how_many_units",
        6,
        (of_units(2), of_units(3)),
        5000,
        1,
        (*about(0, 5000, 0.5754, 67.2), *about(1, 5000, 0.2591, 90.8)),
        speed=1000.0,
        follow_up=(of_units(3), of_units(20)),
        follow_up_stop=5000,
    ),
    Lesson(
        "sigmoid_or_tanh",
        5,
        (Experiment(network=NetworkShape(activation="sigmoid")), D),
        200,
        1,
        (*about(0, 200, 0.6265, 59.2), *about(1, 200, 0.3455, 87.0)),
        speed=60.0,
        panel="functions",
        follow_up=(deep(5, 0.5, "xavier", None, "sigmoid"), deep(5, 0.5, "xavier", None)),
        follow_up_stop=1000,
    ),
    Lesson(
        "saturation",
        6,
        (D, started("normal", 50.0)),
        1000,
        2,
        (
            Claim(0, 0, "saturated", 0, 0),
            Claim(1, 0, "saturated", 95, 97),
            Claim(0, 1000, "accuracy", 88.7, 89.8),
            Claim(1, 1000, "accuracy", 67.7, 68.8),
        ),
        panel="health",
        follow_up=(started("normal", 1.0), started("normal", 50.0)),
        follow_up_stop=1000,
    ),
    Lesson(
        "dying_relu",
        5,
        (negative_everywhere("relu"), negative_everywhere("leaky_relu")),
        1000,
        1,
        (
            Claim(0, 1000, "gradient", 0, 0),
            Claim(0, 1000, "accuracy", 50, 50),
            *about(1, 1000, 0.3430, 83.2),
        ),
        panel="why",
        follow_up=(
            Experiment(
                network=NetworkShape(hidden=(8,), activation="relu"),
                init=Init(method="he", scale=None),
                training=Training(learning_rate=6.0),
            ),
            Experiment(
                network=NetworkShape(hidden=(8,), activation="relu"),
                init=Init(method="he", scale=None),
                training=Training(learning_rate=0.1),
            ),
        ),
        follow_up_stop=100,
    ),
    Lesson(
        "ten_layers",
        8,
        (deep(10, 0.1, "normal", 0.01), deep(10, 0.1, "he", None, "relu")),
        500,
        1,
        (
            Claim(0, 500, "cost", LN2 - 1e-4, LN2 + 1e-4),
            Claim(0, 500, "accuracy", 49.5, 50.5),
            Claim(1, 500, "cost", 0.29, 0.34),
            Claim(1, 500, "accuracy", 86, 91),
        ),
        panel="weights",
        follow_up=(deep(10, 0.1, "normal", 1.0, "relu"), deep(10, 0.1, "xavier", None, "sigmoid")),
        follow_up_stop=20,
    ),
    Lesson(
        "learning_rate",
        6,
        (D, at_rate(3.0)),
        200,
        1,
        (
            *about(0, 200, 0.3455, 87.0),
            *about(1, 200, 0.3187, 87.0),
            Claim(0, 200, "first_rise", 1000, float("inf")),
            Claim(1, 200, "first_rise", 142, 144),
        ),
        speed=60.0,
        panel="health",
        follow_up=(at_rate(0.1), at_rate(10.0)),
        follow_up_stop=200,
    ),
    Lesson(
        "loops",
        5,
        (D,),
        100,
        1,
        (*about(0, 100, 0.6044, 59.5), Claim(0, 100, "loops_apart", 0, 1e-12)),
        panel="loops",
    ),
    Lesson(
        "momentum",
        6,
        (by_optimizer("gd", 10.0, Data()), by_optimizer("momentum", 10.0, Data())),
        1000,
        0,
        (
            Claim(0, 100, "highest_cost", 3.3, 3.4),
            Claim(1, 1000, "highest_cost", 0.68, 0.70),
            *about(0, 1000, 0.2811, 88.0),
            *about(1, 1000, 0.2146, 91.0),
        ),
        speed=60.0,
        follow_up=(by_optimizer("gd", 0.05, MOONS), by_optimizer("momentum", 0.05, MOONS)),
        follow_up_stop=500,
    ),
    Lesson(
        "adam",
        6,
        (by_optimizer("gd", 0.05, MOONS), by_optimizer("adam", 0.05, MOONS)),
        200,
        1,
        (*about(0, 200, 0.6258, 80.8), *about(1, 200, 0.0944, 95.8)),
        speed=60.0,
        follow_up=(by_optimizer("rmsprop", 0.05, MOONS), by_optimizer("adam", 0.05, MOONS)),
        follow_up_stop=200,
    ),
    Lesson(
        "rounding",
        7,
        (SEVEN, replace(SEVEN, arithmetic="reordered")),
        1000,
        2,
        (
            Claim(0, 1000, "spread", 0, 0),
            Claim(0, 1000, "accuracy", 0, 60),
            Claim(1, 1000, "spread", 1, 100),
            Claim(1, 1000, "accuracy", 85, 100),
        ),
        follow_up=(SEVEN, replace(SEVEN, arithmetic="blas")),
        follow_up_stop=1000,
    ),
    Lesson(
        "slope_at_zero",
        5,
        (slope_at_zero(1), slope_at_zero(0)),
        200,
        1,
        (
            Claim(0, 100, "accuracy", 86.3, 87.3),
            Claim(1, 200, "gradient", 0, 0),
            Claim(1, 200, "accuracy", 50, 50),
        ),
        speed=60.0,
        panel="why",
    ),
    Lesson(
        "cross_entropy",
        5,
        (confidently_wrong("squared_error"), confidently_wrong("cross_entropy")),
        200,
        0,
        (Claim(0, 200, "accuracy", 12.5, 13.5), Claim(1, 200, "accuracy", 85.5, 86.5)),
        speed=60.0,
        panel="by_hand",
        follow_up=(confidently_wrong("squared_error"), confidently_wrong("cross_entropy")),
        follow_up_stop=5000,
    ),
    Lesson(
        "normalize",
        5,
        (stretched(False), stretched(True)),
        100,  # later the raw run is chaotic: what it shows is another on another processor
        1,
        (
            Claim(0, 100, "cost", 140, 156),
            Claim(0, 100, "accuracy", 79.5, 81),
            *about(1, 100, 0.2931, 86.5),
        ),
        speed=60.0,
        follow_up=(D, Experiment(data=Data(standardize=True))),
        follow_up_stop=2000,
    ),
    Lesson(
        "held_back",
        6,
        (held_back(0.0), held_back(0.3)),
        5000,
        2,
        (
            Claim(0, 5000, "accuracy", 100, 100),
            Claim(0, 5000, "held_back_cost", 1.2, 2.0),
            Claim(1, 5000, "held_back_cost", 0.3, 0.6),
        ),
        speed=1000.0,
    ),
)
