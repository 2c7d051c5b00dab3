"""The same experiment with one thing otherwise: what a notebook may have done without saying so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from app.engine.activations import ACTIVATIONS
from app.engine.arrays import Array
from app.engine.initializers import INITIALIZERS
from app.engine.optimizers import OPTIMIZERS
from app.experiments.experiment import Experiment, Init, LayerParameters
from app.experiments.work import points_of

INIT_SEEDS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 42, 123, 1234)
DATA_SEEDS = (0, 1, 2, 3, 4, 5, 42)
SCALES = (1.0, 0.1, 0.01, 0.001)
METHODS = ("normal", "xavier", "he", "glorot", "zeros")
FACTORS = (10.0, 0.1, 2.0, 0.5)
RATES = (0.01, 0.1, 0.5, 1.0, 1.2, 0.001, 0.0075, 0.03, 0.05, 0.3)
"""That notebooks begin with."""


@dataclass(frozen=True)
class Variant:
    """An experiment that is otherwise in one thing, which ``cause`` and its ``values`` put in words.

    ``l2`` is the penalty's weight in the printed cost, where it is not the one that the run minimizes.
    """

    cause: str
    values: Mapping[str, str]
    experiment: Experiment
    l2: float | None = None


def variants(experiment: Experiment) -> Iterator[Variant]:
    """The likelier first: of two that explain as much, the first is named."""
    yield from _seeds(experiment)
    yield from _draws(experiment)
    yield from _scales(experiment)
    yield from _rates(experiment)
    yield from _others(experiment)


def _seeds(experiment: Experiment) -> Iterator[Variant]:
    for seed in INIT_SEEDS:
        if seed != experiment.init.seed:
            init = replace(experiment.init, seed=seed)
            yield Variant("init_seed", {"seed": str(seed)}, replace(experiment, init=init))
    if experiment.data.points is None:
        for seed in DATA_SEEDS:
            if seed != experiment.data.seed:
                data = replace(experiment.data, seed=seed)
                yield Variant("data_seed", {"seed": str(seed)}, replace(experiment, data=data))


def _draws(experiment: Experiment) -> Iterator[Variant]:
    """The numbers of the stream, taken in another order or of another kind."""
    if not set(experiment.methods) <= set(INITIALIZERS) or set(experiment.methods) <= {"zeros", "constant"}:
        return
    layers = len(experiment.sizes) - 1
    if layers > 1:
        backwards = tuple(reversed(range(layers)))
        yield Variant("order_of_draws", {}, _drawn(experiment, order=backwards))
    yield Variant("transposed_draw", {}, _drawn(experiment, transposed=True))
    yield Variant("biases_drawn", {}, _drawn(experiment, biases="drawn"))
    yield Variant("biases_drawn", {}, _drawn(experiment, biases="taken"))
    uniform = any(INITIALIZERS[method].uniform for method in experiment.methods)
    yield Variant("randn_for_rand" if uniform else "rand_for_randn", {}, _drawn(experiment, other_kind=True))


def _drawn(
    experiment: Experiment,
    order: tuple[int, ...] | None = None,
    transposed: bool = False,
    other_kind: bool = False,
    biases: str = "",
) -> Experiment:
    """With explicit weights, drawn otherwise: W[1] first unless ``order`` says so, row by row, W alone."""
    init, shapes = experiment.init, [(n, before) for before, n in pairwise(experiment.sizes)]
    random = np.random.RandomState(init.seed)
    made: dict[int, LayerParameters] = {}
    for l in order or range(len(shapes)):
        initializer, (n, before) = INITIALIZERS[experiment.methods[l]], shapes[l]
        draw = random.random_sample if initializer.uniform != other_kind else random.standard_normal
        draws = draw((before, n)).T if transposed else draw((n, before))
        # rand in the place of randn is taken as it is; and so is randn in the place of rand.
        plain = other_kind and initializer.name in ("uniform", "positive_uniform")
        W: Array = draws * (init.scale or 0.0) if plain else initializer.weights(draws, init.scale or 0.0)
        b = np.full(n, init.bias if l < len(shapes) - 1 else 0.0)
        if biases:
            taken = draw(n)
            b = taken * (init.scale or 1.0) if biases == "drawn" else b
        made[l] = LayerParameters(tuple(map(tuple, W.tolist())), tuple(b.tolist()))
    parameters = tuple(made[l] for l in range(len(shapes)))
    return replace(experiment, init=Init("explicit", None, init.bias, init.seed, parameters))


def _scales(experiment: Experiment) -> Iterator[Variant]:
    init = experiment.init
    if isinstance(init.method, str) and init.method in INITIALIZERS:
        scaled = INITIALIZERS[init.method].uses_scale
        for scale in SCALES:
            if scaled and scale != init.scale:
                cause = "scale_missing" if scale == 1.0 else "scale"
                changed = replace(init, scale=scale)
                yield Variant(cause, {"scale": f"{scale:g}"}, replace(experiment, init=changed))
        for method in METHODS:
            if method != init.method:
                changed = replace(init, method=method, scale=0.01 if method == "normal" else None)
                yield Variant("method", {"method": method}, replace(experiment, init=changed))
        if not scaled:
            changed = replace(init, method="normal", scale=1.0)
            yield Variant("scale_missing", {"scale": "1"}, replace(experiment, init=changed))


def _rates(experiment: Experiment) -> Iterator[Variant]:
    rate, m = experiment.training.learning_rate, points_of(experiment)
    near = [rate * factor for factor in FACTORS]
    for other in near:
        yield Variant("rate", {"rate": f"{other:g}"}, _at_rate(experiment, other))
    if experiment.training.batch_size is None and experiment.training.optimizer in ("gd", "momentum"):
        # With a gradient m times as large, every step is.
        yield Variant("gradient_without_1_m", {}, _at_rate(experiment, rate * m))
        yield Variant("gradient_1_m_twice", {}, _at_rate(experiment, rate / m))
        yield Variant("gradient_sign", {}, _at_rate(experiment, -rate))
    for other in RATES:
        if other not in (rate, *near):
            yield Variant("rate", {"rate": f"{other:g}"}, _at_rate(experiment, other))


def _at_rate(experiment: Experiment, rate: float) -> Experiment:
    return replace(experiment, training=replace(experiment.training, learning_rate=rate))


def _others(experiment: Experiment) -> Iterator[Variant]:
    training, network, data = experiment.training, experiment.network, experiment.data
    if training.l2:
        without = replace(experiment, training=replace(training, l2=0.0))
        yield Variant("l2_missing", {}, without)
        yield Variant("l2_not_in_gradient", {}, without, l2=training.l2)
    for optimizer in OPTIMIZERS:
        if optimizer != training.optimizer:
            changed = replace(experiment, training=replace(training, optimizer=optimizer))
            yield Variant("optimizer", {"optimizer": optimizer}, changed)
    if training.batch_size is not None:
        yield Variant("full_batch", {}, replace(experiment, training=replace(training, batch_size=None)))
    if network.hidden:
        for name in ACTIVATIONS:
            if name != network.activation:
                changed = replace(experiment, network=replace(network, activation=name))
                yield Variant("activation", {"activation": name}, changed)
        if {"relu", "leaky_relu"} & set(experiment.activations):
            other = replace(network, relu_at_zero=1 - network.relu_at_zero)
            yield Variant("slope_at_zero", {}, replace(experiment, network=other))
    cause = "standardized" if not data.standardize else "not_standardized"
    yield Variant(cause, {}, replace(experiment, data=replace(data, standardize=not data.standardize)))
    if data.validation or data.test:
        yield Variant("not_split", {}, replace(experiment, data=replace(data, validation=0.0, test=0.0)))
