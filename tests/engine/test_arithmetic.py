"""Three ways to round the same products: equal to rounding, and each what it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.activations import ACTIVATIONS
from app.engine.arithmetic import ARITHMETICS
from app.engine.arrays import buffer
from app.engine.network import Network

EVERY = pytest.mark.parametrize("arithmetic", ARITHMETICS.values(), ids=lambda a: a.name)


def laid_out(values):
    """A copy in rows that start at a cache line, as the network's are."""
    made = buffer(*values.shape)[:, : values.shape[1]]
    made[:] = values
    return made


@EVERY
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_the_products_are_those_of_matrices(arithmetic, n, before, m, seed):
    random = np.random.RandomState(seed)
    W_b, A, dZ = (random.standard_normal(shape) for shape in ((n, before + 1), (before + 1, m), (n, m)))
    A[-1] = 1.0
    A, dZ = laid_out(A), laid_out(dZ)
    Z, back, sums = laid_out(np.zeros((n, m))), laid_out(np.zeros((before, m))), np.zeros((n, before + 1))
    for call in (
        *arithmetic.forward(W_b, A, Z),
        *arithmetic.back(W_b[:, :-1], dZ, back),
        *arithmetic.sums(dZ, A, sums),
    ):
        call()
    np.testing.assert_allclose(Z, W_b[:, :-1] @ A[:-1] + W_b[:, -1:], atol=1e-12)
    np.testing.assert_allclose(back, W_b[:, :-1].T @ dZ, atol=1e-12)
    np.testing.assert_allclose(sums[:, :-1], dZ @ A[:-1].T, atol=1e-12)
    np.testing.assert_allclose(sums[:, -1], dZ.sum(axis=1), atol=1e-12)


@EVERY
def test_a_call_reads_what_stands_in_the_arrays_when_it_is_made(arithmetic):
    dZ, A, out = laid_out(np.zeros((2, 5))), laid_out(np.ones((1, 5))), np.empty((2, 1))
    calls = arithmetic.sums(dZ, A, out)
    for value in (1.0, -3.0):
        dZ[:] = value
        for call in calls:
            call()
        assert out.tolist() == [[5 * value]] * 2


def test_reordered_units_sum_in_the_order_of_their_own_number():
    # 1e16 + 1 = 1e16: of (1e16, 1, -1e16, 1) any order keeps 0, 1 or 2 of the ones. Added one after the other
    # in the order RandomState(u).permutation, a sum of four may differ from unit to unit; and is never what
    # another unit's order gives by chance only.
    numbers = np.array([1e16, 1.0, -1e16, 1.0, 3.0, -5e15, 5e15, 7.0] * 40)
    dZ = laid_out(np.tile(numbers, (6, 1)))
    A, out = laid_out(np.ones((1, numbers.size))), np.empty((6, 1))
    for call in ARITHMETICS["reordered"].sums(dZ, A, out):
        call()
    for u in range(6):
        order = np.random.RandomState(u).permutation(numbers.size)
        mine, ones = laid_out(numbers[order][None, :]), laid_out(np.ones((1, numbers.size)))
        assert out[u, 0] == np.vecdot(mine, ones)[0]
    assert len(set(out[:, 0].tolist())) > 1


def test_exact_units_that_are_equal_get_equal_sums_and_reordered_ones_do_not():
    random = np.random.RandomState(0)
    dZ, A = laid_out(np.tile(random.standard_normal(400), (7, 1))), laid_out(random.standard_normal((3, 400)))
    kinds = {}
    for name in ("exact", "reordered"):
        out = np.empty((7, 3))
        for call in ARITHMETICS[name].sums(dZ, A, out):
            call()
        kinds[name] = len({row.tobytes() for row in out})
    assert kinds["exact"] == 1
    assert kinds["reordered"] > 1


@EVERY
def test_a_network_learns_the_same_with_each(arithmetic):
    random = np.random.RandomState(4)
    X, Y = random.standard_normal((2, 57)), (random.random_sample((1, 57)) < 0.5).astype(float)
    gradients = []
    for chosen in (ARITHMETICS["exact"], arithmetic):
        network = Network(X, Y, [6, 5], [ACTIVATIONS["tanh"]] * 2, arithmetic=chosen)
        network.load(np.random.RandomState(5).standard_normal(network.theta.size))
        network.forward()
        network.backward()
        gradients.append(network.gradient.copy())
    np.testing.assert_allclose(gradients[1], gradients[0], rtol=1e-12, atol=1e-15)


def test_the_rows_are_those_of_the_contract():
    assert list(ARITHMETICS) == ["exact", "reordered", "blas"]
