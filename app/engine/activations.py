"""The nonlinearities of the hidden layers, each with its derivative beside it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.engine.arrays import HALF, ONE, Array
from app.engine.tables import table


@dataclass(frozen=True)
class Kink:
    """What is chosen at the corner of ReLU and leaky ReLU.

    ``leak`` is leaky ReLU's slope below 0. ``at_zero`` is g'(0) of both: 1 as in the course's
    notes, 0 as in the libraries.
    """

    leak: float = 0.01
    at_zero: int = 1


@dataclass(frozen=True)
class Activation:
    """A nonlinearity and its derivatives, in one place so that none can drift.

    ``value(Z, kink, out)`` writes A = g(Z), ``slope(Z, A, kink, out)`` writes g'(Z) and ``bend(A, out)``
    writes g''(Z); all (n_l, m).
    ``bounds`` are the lowest and highest A there can be, None where there is no bound.
    ``odd`` says that g(-z) = -g(z). ``can_die`` says that a unit may have slope 0 at every point.
    """

    name: str
    title: str
    formula: str
    derivative: str
    bounds: tuple[float, float] | None
    odd: bool
    can_die: bool
    value: Callable[[Array, Kink, Array], None]
    slope: Callable[[Array, Array, Kink, Array], None]
    bend: Callable[[Array, Array], None]


def _math(inner: str) -> str:
    return f"<math>{inner}</math>"


def sigmoid(Z: Array, kink: Kink, out: Array) -> None:
    """1 / (1 + e^-z), written as (1 + tanh(z/2)) / 2, which cannot overflow."""
    half = HALF[Z.dtype]
    np.multiply(Z, half, out=out)
    np.tanh(out, out=out)
    np.multiply(out, half, out=out)
    np.add(out, half, out=out)


def sigmoid_slope(Z: Array, A: Array, kink: Kink, out: Array) -> None:
    """a (1 - a)."""
    np.subtract(ONE[A.dtype], A, out=out)
    np.multiply(out, A, out=out)


def sigmoid_bend(A: Array, out: Array) -> None:
    """a (1 - a) (1 - 2a)."""
    np.multiply(A * (1.0 - A), 1.0 - 2.0 * A, out=out)


def tanh(Z: Array, kink: Kink, out: Array) -> None:
    """(e^z - e^-z) / (e^z + e^-z)."""
    np.tanh(Z, out=out)


def tanh_slope(Z: Array, A: Array, kink: Kink, out: Array) -> None:
    """1 - a^2."""
    np.multiply(A, A, out=out)
    np.subtract(ONE[A.dtype], out, out=out)


def tanh_bend(A: Array, out: Array) -> None:
    """-2a (1 - a^2)."""
    np.multiply(-2.0 * A, 1.0 - A * A, out=out)


def straight(A: Array, out: Array) -> None:
    """0: it bends at a corner at most, where nothing is said."""
    out.fill(0.0)


def relu(Z: Array, kink: Kink, out: Array) -> None:
    """max(0, z)."""
    np.maximum(Z, 0.0, out=out)


def relu_slope(Z: Array, A: Array, kink: Kink, out: Array) -> None:
    """1 above 0, 0 below, ``kink.at_zero`` at 0."""
    (np.greater_equal if kink.at_zero else np.greater)(Z, 0.0, out=out, casting="unsafe")


def leaky_relu(Z: Array, kink: Kink, out: Array) -> None:
    """z above 0, leak z below; max(leak z, z) because the leak is at most 1."""
    np.multiply(Z, kink.leak, out=out)
    np.maximum(out, Z, out=out)


def leaky_relu_slope(Z: Array, A: Array, kink: Kink, out: Array) -> None:
    """1 above 0, leak below; at 0 the 1 of the notes, or the leak."""
    relu_slope(Z, A, kink, out)
    np.maximum(out, kink.leak, out=out)


def linear(Z: Array, kink: Kink, out: Array) -> None:
    """z itself: layers of these collapse into one."""
    np.copyto(out, Z)


def linear_slope(Z: Array, A: Array, kink: Kink, out: Array) -> None:
    """1 everywhere."""
    out.fill(1.0)


_G = "<mi>g</mi><mo>(</mo><mi>z</mi><mo>)</mo><mo>=</mo>"
_SLOPE = "<msup><mi>g</mi><mo>′</mo></msup><mo>(</mo><mi>z</mi><mo>)</mo><mo>=</mo>"
_CASES = (
    "<mrow><mo>{{</mo><mtable><mtr><mtd>{above}</mtd><mtd><mtext>if </mtext><mi>z</mi>"
    "<mo>{relation}</mo><mn>0</mn></mtd></mtr><mtr><mtd>{below}</mtd><mtd><mtext>else</mtext>"
    "</mtd></mtr></mtable></mrow>"
)

ACTIVATIONS = table(
    Activation(
        "sigmoid",
        "sigmoid",
        _math(
            _G + "<mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo>"
            "<msup><mi>e</mi><mrow><mo>-</mo><mi>z</mi></mrow></msup></mrow></mfrac>"
        ),
        _math(_SLOPE + "<mi>a</mi><mo>(</mo><mn>1</mn><mo>-</mo><mi>a</mi><mo>)</mo>"),
        (0.0, 1.0),
        False,
        False,
        sigmoid,
        sigmoid_slope,
        sigmoid_bend,
    ),
    Activation(
        "tanh",
        "tanh",
        _math(
            _G + "<mfrac><mrow><msup><mi>e</mi><mi>z</mi></msup><mo>-</mo><msup><mi>e</mi><mrow>"
            "<mo>-</mo><mi>z</mi></mrow></msup></mrow><mrow><msup><mi>e</mi><mi>z</mi></msup>"
            "<mo>+</mo><msup><mi>e</mi><mrow><mo>-</mo><mi>z</mi></mrow></msup></mrow></mfrac>"
        ),
        _math(_SLOPE + "<mn>1</mn><mo>-</mo><msup><mi>a</mi><mn>2</mn></msup>"),
        (-1.0, 1.0),
        True,
        False,
        tanh,
        tanh_slope,
        tanh_bend,
    ),
    Activation(
        "relu",
        "ReLU",
        _math(_G + "<mi>max</mi><mo>(</mo><mn>0</mn><mo>,</mo><mi>z</mi><mo>)</mo>"),
        _math(_SLOPE + _CASES.format(above="<mn>1</mn>", relation="≥", below="<mn>0</mn>")),
        None,
        False,
        True,
        relu,
        relu_slope,
        straight,
    ),
    Activation(
        "leaky_relu",
        "leaky ReLU",
        _math(_G + "<mi>max</mi><mo>(</mo><mtext>leak·</mtext><mi>z</mi><mo>,</mo><mi>z</mi><mo>)</mo>"),
        _math(_SLOPE + _CASES.format(above="<mn>1</mn>", relation="≥", below="<mtext>leak</mtext>")),
        None,
        False,
        False,
        leaky_relu,
        leaky_relu_slope,
        straight,
    ),
    Activation(
        "linear",
        "linear",
        _math(_G + "<mi>z</mi>"),
        _math(_SLOPE + "<mn>1</mn>"),
        None,
        True,
        False,
        linear,
        linear_slope,
        straight,
    ),
)
