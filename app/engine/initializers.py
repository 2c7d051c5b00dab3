"""Where the weights start.

Chance is one ``RandomState(seed)``, whose streams are frozen for ever. Weights are drawn layer by
layer, W[1] first, in row-major order, and every layer takes its draws whatever its method: so
changing the method of one layer leaves the other layers' weights as they were.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array
from app.engine.tables import choose, table


@dataclass(frozen=True)
class Initializer:
    """A rule for W[l].

    ``draw`` takes n_l x n_{l-1} numbers from the stream (standard normal, or uniform in [0, 1));
    ``weights(draws, scale)`` makes W[l] (n_l, n_{l-1}) of them.
    """

    name: str
    title: str
    formula: str
    uses_scale: bool
    uniform: bool
    weights: Callable[[Array, float], Array]


def _zeros(draws: Array, scale: float) -> Array:
    return np.zeros(draws.shape)


def _constant(draws: Array, scale: float) -> Array:
    return np.full(draws.shape, scale)


def _scaled(draws: Array, scale: float) -> Array:
    return draws * scale


def _centred(draws: Array, scale: float) -> Array:
    return (2.0 * draws - 1.0) * scale


def _xavier(draws: Array, scale: float) -> Array:
    return draws * math.sqrt(1.0 / draws.shape[1])


def _glorot(draws: Array, scale: float) -> Array:
    return draws * math.sqrt(2.0 / (draws.shape[0] + draws.shape[1]))


def _he(draws: Array, scale: float) -> Array:
    return draws * math.sqrt(2.0 / draws.shape[1])


_W = "<math><msub><mi>W</mi><mi>ij</mi></msub><mo>=</mo>{}</math>"
_N = "<mi>𝒩</mi><mo>(</mo><mn>0</mn><mo>,</mo><mn>1</mn><mo>)</mo>"
_PREVIOUS = "<msub><mi>n</mi><mrow><mi>l</mi><mo>-</mo><mn>1</mn></mrow></msub>"
_ROOT = _N + "<msqrt><mfrac><mn>{}</mn><mrow>{}</mrow></mfrac></msqrt>"


def _uniform_formula(low: str) -> str:
    return _W.format(f"<mi>s</mi><mi>𝒰</mi><mo>(</mo>{low}<mo>,</mo><mn>1</mn><mo>)</mo>")


INITIALIZERS = table(
    Initializer("zeros", "zero", _W.format("<mn>0</mn>"), False, False, _zeros),
    Initializer("constant", "identical", _W.format("<mi>s</mi>"), True, False, _constant),
    Initializer("normal", "random", _W.format("<mi>s</mi>" + _N), True, False, _scaled),
    Initializer("uniform", "uniform", _uniform_formula("<mo>-</mo><mn>1</mn>"), True, True, _centred),
    Initializer("positive_uniform", "uniform, positive", _uniform_formula("<mn>0</mn>"), True, True, _scaled),
    Initializer("xavier", "Xavier", _W.format(_ROOT.format(1, _PREVIOUS)), False, False, _xavier),
    Initializer(
        "glorot",
        "Glorot",
        _W.format(_ROOT.format(2, "<msub><mi>n</mi><mi>l</mi></msub><mo>+</mo>" + _PREVIOUS)),
        False,
        False,
        _glorot,
    ),
    Initializer("he", "He", _W.format(_ROOT.format(2, _PREVIOUS)), False, False, _he),
)


def initial_weights(sizes: Sequence[int], methods: Sequence[str], scale: float, seed: int) -> list[Array]:
    """W[1] ... W[L] for layers of ``sizes`` (n_0, ..., n_L), one method per layer."""
    random = np.random.RandomState(seed)
    weights = []
    for n_in, n_out, method in zip(sizes, sizes[1:], methods, strict=False):
        initializer = choose(INITIALIZERS, method, "init.method")
        draw = random.random_sample if initializer.uniform else random.standard_normal
        weights.append(initializer.weights(draw((n_out, n_in)), scale))
    return weights
