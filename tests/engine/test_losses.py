"""The losses: worked values, no overflow, and a gradient that is the derivative of the loss."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from app.engine.activations import ACTIVATIONS, Kink
from app.engine.arrays import Array
from app.engine.losses import LOSSES, Loss
from app.engine.outputs import OUTPUTS

EVERY = pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
LN2, LN3, LN4 = 0.6931471805599453, 1.0986122886681098, 1.3862943611198906


def value(loss: Loss, Z: Array, Y: Array) -> Array:
    """The loss of each example (1, m), through the output that goes with it."""
    A, out = np.empty_like(Z), np.full((1, Z.shape[1]), np.nan)
    OUTPUTS[loss.output].value(Z, Kink(), A)
    loss.value(Z, A, Y, out)
    return out


@pytest.mark.parametrize(
    ("z", "y", "expected"),
    [
        # sigmoid(0) = 1/2, and -ln(1/2) = ln 2 whatever the class.
        (0.0, 0.0, LN2),
        (0.0, 1.0, LN2),
        # sigmoid(ln 3) = 3/4: -ln(3/4) = ln 4 - ln 3 if y = 1, -ln(1/4) = ln 4 if y = 0.
        (LN3, 1.0, LN4 - LN3),
        (LN3, 0.0, LN4),
        (-LN3, 1.0, LN4),
        (-LN3, 0.0, LN4 - LN3),
        # A label between the classes weighs both: (ln 4 + ln 4 - ln 3) / 2.
        (LN3, 0.5, LN4 - LN3 / 2),
        # Far out the loss is z itself, or nothing.
        (1000.0, 0.0, 1000.0),
        (1000.0, 1.0, 0.0),
        (-1000.0, 1.0, 1000.0),
        (1e308, 0.0, 1e308),
        (1e308, 1.0, 0.0),
        (-1e308, 0.0, 0.0),
        # e^-40 = 4.248354255291589e-18: 1 - a would be 1 here, and its logarithm 0.
        (40.0, 1.0, 4.248354255291589e-18),
    ],
)
def test_worked_cross_entropies(z, y, expected):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss = value(LOSSES["cross_entropy"], np.array([[z]]), np.array([[y]]))
    assert loss.item() == pytest.approx(expected, rel=1e-15, abs=1e-300)


def test_the_gradient_of_cross_entropy_is_prediction_minus_label():
    dZ = np.empty((1, 3))
    LOSSES["cross_entropy"].gradient(np.array([[0.75, 0.25, 1.0]]), np.array([[1.0, 0.0, 1.0]]), dZ)
    assert dZ.tolist() == [[-0.25, 0.25, 0.0]]


@EVERY
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_gradient_is_the_difference_quotient_through_the_sigmoid(loss, y):
    Z = np.linspace(-5, 5, 101)[None, :]
    Y = np.full_like(Z, y)
    A, dZ = np.empty_like(Z), np.empty_like(Z)
    ACTIVATIONS["sigmoid"].value(Z, Kink(), A)
    loss.gradient(A, Y, dZ)
    quotient = (value(loss, Z + 1e-5, Y) - value(loss, Z - 1e-5, Y)) / 2e-5
    np.testing.assert_allclose(dZ, quotient, rtol=0, atol=1e-9)


@EVERY
def test_a_loss_leaves_its_inputs_as_they_were(loss):
    Z, Y = np.array([[-1.0, 2.0]]), np.array([[0.0, 1.0]])
    value(loss, Z, Y)
    loss.gradient(Z, Y, np.empty_like(Z))
    assert (Z.tolist(), Y.tolist()) == ([[-1.0, 2.0]], [[0.0, 1.0]])


@EVERY
def test_the_formula_is_well_formed(loss):
    assert ElementTree.fromstring(loss.formula).tag == "math"
