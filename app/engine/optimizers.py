"""How the parameters follow the gradient: each rule a pure formula over flat parameters."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.engine.arrays import Array
from app.engine.tables import table


@dataclass(frozen=True)
class Rates:
    """The settings of an update; each optimizer reads its own. Of a stack (stacked.py) they may be (N, p)."""

    learning_rate: float | Array = 1.2
    beta: float | Array = 0.9
    beta1: float | Array = 0.9
    beta2: float | Array = 0.999
    epsilon: float | Array = 1e-8


@dataclass(frozen=True)
class Optimizer:
    """A rule for one update.

    ``update(theta, g, memory, rates, t, scratch)`` changes ``theta`` and the arrays of ``memory`` in
    place: update number t (from 1) along the gradient g. All arrays are flat (p,), the parameters of
    every layer one after the other; ``scratch`` (two of them) may be overwritten. ``memory`` names
    what is remembered from update to update: v turns with the gradient's sign, s does not. A ``linear``
    rule moves small deviations of theta and memory as it moves these, with the deviation of g for g.
    ``note`` is what a reader should know who meets the formula elsewhere.
    """

    name: str
    title: str
    formula: str
    note: str
    settings: tuple[str, ...]
    memory: tuple[str, ...]
    linear: bool
    update: Callable[[Array, Array, tuple[Array, ...], Rates, int, tuple[Array, Array]], None]


def gradient_descent(
    theta: Array,
    g: Array,
    memory: tuple[Array, ...],
    rates: Rates,
    t: int,
    scratch: tuple[Array, Array],
) -> None:
    """W = W - rate dW."""
    step = scratch[0]
    np.multiply(g, rates.learning_rate, out=step)
    np.subtract(theta, step, out=theta)


def momentum(
    theta: Array,
    g: Array,
    memory: tuple[Array, ...],
    rates: Rates,
    t: int,
    scratch: tuple[Array, Array],
) -> None:
    """An average of the gradients so far, in the course's form.

    v = beta v + (1 - beta) g
    W = W - rate v
    """
    (v,), (step, _) = memory, scratch
    _moving_average(v, g, rates.beta, step)
    np.multiply(v, rates.learning_rate, out=step)
    np.subtract(theta, step, out=theta)


def rmsprop(
    theta: Array,
    g: Array,
    memory: tuple[Array, ...],
    rates: Rates,
    t: int,
    scratch: tuple[Array, Array],
) -> None:
    """Every weight's gradient over the root of its own average square.

    s = beta s + (1 - beta) g^2
    W = W - rate g / (sqrt(s) + eps)
    """
    (s,), (step, root) = memory, scratch
    np.multiply(g, g, out=step)
    _moving_average(s, step, rates.beta, step)
    np.sqrt(s, out=root)
    np.add(root, rates.epsilon, out=root)
    np.multiply(g, rates.learning_rate, out=step)
    np.divide(step, root, out=step)
    np.subtract(theta, step, out=theta)


def adam(
    theta: Array,
    g: Array,
    memory: tuple[Array, ...],
    rates: Rates,
    t: int,
    scratch: tuple[Array, Array],
) -> None:
    """Adam: a step of about the learning rate for every weight, however large its gradient.

        v = b1 v + (1 - b1) g      v^ = v / (1 - b1^t)
        s = b2 s + (1 - b2) g^2    s^ = s / (1 - b2^t)
        W = W - rate v^ / (sqrt(s^) + eps)

    Kingma & Ba 2015, algorithm 1: epsilon stands outside the root. The course's notes write it inside.
    """
    (v, s), (step, root) = memory, scratch
    _moving_average(v, g, rates.beta1, step)
    np.multiply(g, g, out=step)
    _moving_average(s, step, rates.beta2, step)
    np.divide(s, 1.0 - _power(rates.beta2, t), out=root)
    np.sqrt(root, out=root)
    np.add(root, rates.epsilon, out=root)
    np.multiply(v, rates.learning_rate / (1.0 - _power(rates.beta1, t)), out=step)
    np.divide(step, root, out=step)
    np.subtract(theta, step, out=theta)


def _power(beta: float | Array, t: int) -> float | Array:
    """beta^t, in a stack by network (N, 1): numpy's own power need not round as the C library does."""
    if isinstance(beta, np.ndarray):
        return np.array([[math.pow(one, t)] for one in beta[:, 0]])
    return math.pow(beta, t)


def _moving_average(v: Array, g: Array, beta: float | Array, scratch: Array) -> None:
    """v = beta v + (1 - beta) g; ``scratch`` may be g itself."""
    np.multiply(v, beta, out=v)
    np.multiply(g, 1.0 - beta, out=scratch)
    np.add(v, scratch, out=v)


def _math(inner: str) -> str:
    return f"<math>{inner}</math>"


_ROW = "<mtr><mtd><mi>{}</mi><mo>=</mo>{}</mtd></mtr>"
_V = "<mi>v</mi>"
_HAT_V = "<mover><mi>v</mi><mo>^</mo></mover>"
_ROOT = "<mfrac>{}<mrow><msqrt>{}</msqrt><mo>+</mo><mi>ε</mi></mrow></mfrac>"


def _average(letter: str, beta: str, of: str) -> str:
    return _ROW.format(
        letter,
        f"{beta}<mi>{letter}</mi><mo>+</mo><mo>(</mo><mn>1</mn><mo>-</mo>{beta}<mo>)</mo>{of}",
    )


def _step(along: str) -> str:
    return _ROW.format("W", f"<mi>W</mi><mo>-</mo><mi>α</mi>{along}")


def _rows(*rows: str) -> str:
    return _math(f"<mtable>{''.join(rows)}</mtable>")


_BETA = "<mi>β</mi>"
_BETA1, _BETA2 = (f"<msub><mi>β</mi><mn>{i}</mn></msub>" for i in (1, 2))
_DW = "<mi>dW</mi>"
_DW2 = "<msup><mi>dW</mi><mn>2</mn></msup>"


def _corrected(letter: str, beta: str) -> str:
    hat = f"<mover><mi>{letter}</mi><mo>^</mo></mover>"
    power = beta.replace("msub", "msubsup").replace("</msubsup>", "<mi>t</mi></msubsup>")
    return (
        f"<mtr><mtd>{hat}<mo>=</mo><mfrac><mi>{letter}</mi><mrow><mn>1</mn><mo>-</mo>{power}"
        "</mrow></mfrac></mtd></mtr>"
    )


OPTIMIZERS = table(
    Optimizer(
        "gd",
        "gradient descent",
        _rows(_step(_DW)),
        "b takes the same step along db.",
        (),
        (),
        True,
        gradient_descent,
    ),
    Optimizer(
        "momentum",
        "momentum",
        _rows(_average("v", _BETA, _DW), _step(_V)),
        "v begins at 0. Without the factor 1 - β, as some write it, the steps are 1 / (1 - β) times as long.",
        ("beta",),
        ("v",),
        True,
        momentum,
    ),
    Optimizer(
        "rmsprop",
        "RMSprop",
        _rows(_average("s", _BETA, _DW2), _step(_ROOT.format(_DW, "<mi>s</mi>"))),
        "s begins at 0. The square is that of each number of dW by itself.",
        ("beta", "epsilon"),
        ("s",),
        False,
        rmsprop,
    ),
    Optimizer(
        "adam",
        "Adam",
        _rows(
            _average("v", _BETA1, _DW),
            _average("s", _BETA2, _DW2),
            _corrected("v", _BETA1),
            _corrected("s", _BETA2),
            _step(_ROOT.format(_HAT_V, "<mover><mi>s</mi><mo>^</mo></mover>")),
        ),
        "t counts the steps from 1. ε stands outside the root, as in Kingma and Ba's paper; "
        "the course's notes write it inside.",
        ("beta1", "beta2", "epsilon"),
        ("v", "s"),
        False,
        adam,
    ),
)
