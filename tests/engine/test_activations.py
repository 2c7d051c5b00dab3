"""Every nonlinearity: worked values, its derivative, its corner, and what its row in the table says of it."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from app.engine.activations import ACTIVATIONS, Activation, Kink
from app.engine.arrays import Array

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda a: a.name)


def value(activation: Activation, Z: Array, kink: Kink = Kink()) -> Array:
    A = np.full_like(Z, np.nan)
    activation.value(Z, kink, A)
    return A


def slope(activation: Activation, Z: Array, kink: Kink = Kink()) -> Array:
    out = np.full_like(Z, np.nan)
    activation.slope(Z, value(activation, Z, kink), kink, out)
    return out


LN2, LN3 = 0.6931471805599453, 1.0986122886681098

WORKED = [
    # sigmoid(ln 3) = 1 / (1 + 1/3) = 3/4, and its slope 3/4 * 1/4 = 3/16.
    ("sigmoid", 0.0, 0.5, 0.25),
    ("sigmoid", LN3, 0.75, 0.1875),
    ("sigmoid", -LN3, 0.25, 0.1875),
    # tanh(ln 2) = (2 - 1/2) / (2 + 1/2) = 3/5, and its slope 1 - 9/25 = 16/25.
    ("tanh", 0.0, 0.0, 1.0),
    ("tanh", LN2, 0.6, 0.64),
    ("tanh", -LN2, -0.6, 0.64),
    ("relu", 2.5, 2.5, 1.0),
    ("relu", 0.0, 0.0, 1.0),
    ("relu", -2.5, 0.0, 0.0),
    ("leaky_relu", 2.5, 2.5, 1.0),
    ("leaky_relu", 0.0, 0.0, 1.0),
    ("leaky_relu", -2.5, -0.025, 0.01),
    ("linear", 2.5, 2.5, 1.0),
    ("linear", -2.5, -2.5, 1.0),
]


@pytest.mark.parametrize(("name", "z", "a", "da"), WORKED)
def test_worked_values_and_slopes(name, z, a, da):
    Z = np.array([[z]])
    assert value(ACTIVATIONS[name], Z).item() == pytest.approx(a, abs=1e-15)
    assert slope(ACTIVATIONS[name], Z).item() == pytest.approx(da, abs=1e-15)


def test_every_activation_has_worked_values():
    assert {name for name, *_ in WORKED} == set(ACTIVATIONS)


@EVERY
def test_the_slope_is_the_difference_quotient(activation):
    # Steps of 1e-5 between -4 and 4, no closer to the corner at 0 than 0.02.
    Z = np.linspace(-4, 4, 200)[None, :]
    assert np.abs(Z).min() > 0.02
    quotient = (value(activation, Z + 1e-5) - value(activation, Z - 1e-5)) / 2e-5
    np.testing.assert_allclose(slope(activation, Z), quotient, rtol=0, atol=1e-9)


@EVERY
def test_nothing_overflows_however_large_z_is(activation):
    Z = np.array([[1e308, -1e308, 1e3, -1e3, 750.0, -750.0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        A, slopes = value(activation, Z), slope(activation, Z)
    assert np.isfinite(A).all()
    assert np.all((slopes >= 0) & (slopes <= 1))


@EVERY
def test_the_bounds_are_reached_and_not_passed(activation):
    A = value(activation, np.linspace(-100, 100, 4001)[None, :])
    if activation.bounds is None:
        assert A.max() == 100.0
    else:
        assert (A.min(), A.max()) == activation.bounds


@EVERY
def test_odd_says_whether_the_mirror_image_has_the_opposite_sign(activation):
    Z = np.linspace(0.1, 5, 50)[None, :]
    assert activation.odd == np.array_equal(value(activation, -Z), -value(activation, Z))


@EVERY
def test_can_die_says_whether_a_negative_z_stops_the_gradient(activation):
    assert activation.can_die == (slope(activation, np.array([[-0.5]])).item() == 0.0)


@EVERY
def test_a_unit_gets_what_its_numbers_say_wherever_it_stands(activation):
    # Vector instructions take 2, 4 or 8 numbers at once and the rest apart: every width and length.
    z = np.random.RandomState(0).standard_normal(67) * 3
    for m in range(1, 68):
        for units in (2, 3, 5, 8):
            Z = np.tile(z[:m], (units, 1))
            for rows in (value(activation, Z), slope(activation, Z)):
                assert np.array_equal(rows, np.tile(rows[0], (units, 1)))


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_buffer_says_how_precise_the_answer_is(activation, dtype):
    Z = np.linspace(-3, 3, 31, dtype=dtype)[None, :]
    close = np.finfo(dtype).eps * 4
    exact = Z.astype(np.float64)
    np.testing.assert_allclose(value(activation, Z), value(activation, exact), atol=close)
    np.testing.assert_allclose(slope(activation, Z), slope(activation, exact), atol=close)
    assert value(activation, Z).dtype == dtype


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize(
    ("name", "kink", "at_zero"),
    [
        ("relu", Kink(at_zero=1), 1.0),
        ("relu", Kink(at_zero=0), 0.0),
        ("leaky_relu", Kink(at_zero=1), 1.0),
        ("leaky_relu", Kink(at_zero=0), 0.01),
        ("leaky_relu", Kink(at_zero=0, leak=0.25), 0.25),
    ],
)
def test_the_slope_at_the_corner_is_a_choice(name, kink, at_zero, zero):
    Z = np.array([[-1.0, zero, 1.0]])
    below, corner, above = slope(ACTIVATIONS[name], Z, kink)[0]
    assert (corner, above) == (at_zero, 1.0)
    assert below == (0.0 if name == "relu" else kink.leak)


def test_the_leak_is_a_choice():
    # leak 0.25: -2 becomes -0.5, and what is positive stays.
    A = value(ACTIVATIONS["leaky_relu"], np.array([[-2.0, 3.0]]), Kink(leak=0.25))
    assert A.tolist() == [[-0.5, 3.0]]


@EVERY
def test_the_formulas_are_well_formed(activation):
    for formula in (activation.formula, activation.derivative):
        assert ElementTree.fromstring(formula).tag == "math"
    assert "<mo>′</mo>" in activation.derivative
    assert "<mo>′</mo>" not in activation.formula
