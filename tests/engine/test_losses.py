"""The losses: worked values, no overflow, and a gradient that is the derivative of the loss."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from app.engine.activations import ACTIVATIONS, Kink
from app.engine.arrays import Array
from app.engine.losses import LOSSES, SOFTMAX, Loss
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


@pytest.mark.parametrize(
    ("z", "y", "loss", "dz"),
    [
        # a = 1/2: (1/2)^2 = 1/4, and 2 (a - y) a (1 - a) = 2 * +-1/2 * 1/4.
        (0.0, 0.0, 0.25, 0.25),
        (0.0, 1.0, 0.25, -0.25),
        # a = 3/4: (3/4)^2 = 9/16 and 2 * 3/4 * 3/16 = 9/32; (1/4)^2 = 1/16 and 2 * -1/4 * 3/16 = -3/32.
        (LN3, 0.0, 9 / 16, 9 / 32),
        (LN3, 1.0, 1 / 16, -3 / 32),
        # Surely wrong: the loss is 1, and nothing pulls.
        (1000.0, 0.0, 1.0, 0.0),
        (-1000.0, 1.0, 1.0, 0.0),
    ],
)
def test_worked_squared_errors(z, y, loss, dz):
    squared = LOSSES["squared_error"]
    Z, Y = np.array([[z]]), np.array([[y]])
    assert value(squared, Z, Y).item() == pytest.approx(loss, rel=1e-15)
    A, dZ = np.empty_like(Z), np.empty_like(Z)
    ACTIVATIONS["sigmoid"].value(Z, Kink(), A)
    squared.gradient(A, Y, dZ)
    assert dZ.item() == pytest.approx(dz, rel=1e-14)


# Softmax


def softmax(Z):
    A = np.full_like(Z, np.nan)
    OUTPUTS["softmax"].value(Z, Kink(), A)
    return A


def test_a_softmax_by_hand():
    # e^z = (1, 3, 4) of 8; the same for every z moved by the same, however far.
    Z = np.array([[0.0], [LN3], [LN4]])
    for far in (0.0, 700.0, -700.0):
        np.testing.assert_allclose(softmax(Z + far), [[1 / 8], [3 / 8], [4 / 8]], rtol=1e-12)


@pytest.mark.parametrize(
    ("z", "loss"),
    [
        # -ln(1/8), -ln(3/8) and -ln(4/8) for the three classes.
        ((0.0, LN3, LN4), (LN2 * 3, LN2 * 3 - LN3, LN2)),
        # Far apart the loss is the distance to the largest, or nothing.
        ((1000.0, 0.0, -1000.0), (0.0, 1000.0, 2000.0)),
        ((1e308, 0.0, 0.0), (0.0, 1e308, 1e308)),
        ((0.0, 0.0, 0.0), (LN3, LN3, LN3)),
    ],
)
def test_worked_cross_entropies_of_three_classes(z, loss):
    Z = np.tile(np.array(z)[:, None], (1, 3))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert value(SOFTMAX, Z, np.eye(3))[0] == pytest.approx(loss, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("classes", [3, 6])
def test_the_gradient_is_the_difference_quotient_through_the_softmax(classes):
    random = np.random.RandomState(classes)
    Z, Y = random.standard_normal((classes, 50)) * 3, np.eye(classes)[random.randint(classes, size=50)].T
    dZ = np.empty_like(Z)
    SOFTMAX.gradient(softmax(Z), Y, dZ)
    for k in range(classes):
        h = np.zeros((classes, 1))
        h[k] = 1e-5
        quotient = (value(SOFTMAX, Z + h, Y) - value(SOFTMAX, Z - h, Y))[0] / 2e-5
        np.testing.assert_allclose(dZ[k], quotient, rtol=0, atol=1e-9)


def test_two_classes_by_softmax_are_a_sigmoid_of_the_difference():
    z = np.linspace(-30, 30, 61)
    A = np.empty((1, 61))
    ACTIVATIONS["sigmoid"].value(z[None, :], Kink(), A)
    np.testing.assert_allclose(softmax(np.stack([z * 0.25, z * 1.25]))[1], A[0], rtol=1e-12, atol=1e-15)


# What is predicted


def test_class_1_is_predicted_above_one_half_and_not_at_it():
    A = np.array([[0.0, 0.5, np.nextafter(0.5, 1.0), 1.0]])
    assert OUTPUTS["sigmoid"].labels(A).tolist() == [0.0, 0.0, 1.0, 1.0]


def test_of_equally_probable_classes_the_lowest_is_predicted():
    A = np.array([[0.25, 0.2, 0.3, 0.1], [0.25, 0.4, 0.3, 0.2], [0.25, 0.4, 0.4, 0.3], [0.25, 0.0, 0.0, 0.4]])
    assert OUTPUTS["softmax"].labels(A).tolist() == [0.0, 1.0, 2.0, 3.0]


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


@pytest.mark.parametrize("row", [*LOSSES.values(), SOFTMAX, *OUTPUTS.values()], ids=lambda row: row.name)
def test_the_formula_is_well_formed(row):
    assert ElementTree.fromstring(row.formula).tag == "math"
