"""The products, by hand and against the sum written out, and what makes them treat equal units equally."""

import numpy as np
import pytest

from app.engine.activations import ACTIVATIONS
from app.engine.arrays import pair_sums, product, rows
from app.engine.network import Network


def test_a_product_by_hand():
    # (1, 2; 3, 4) (5, 6, 7; 8, 9, 10): 1 * 5 + 2 * 8 = 21, 3 * 5 + 4 * 8 = 47, ...
    out = np.empty((2, 3))
    product(rows(np.array([[1.0, 2], [3, 4]])), np.array([[5.0, 6, 7], [8, 9, 10]]), rows(out))
    assert out.tolist() == [[21, 24, 27], [47, 54, 61]]


def test_a_product_with_one_input_is_a_multiplication():
    out = np.empty((2, 3))
    product(rows(np.array([[2.0], [-3]])), np.array([[5.0, 6, 7]]), rows(out))
    assert out.tolist() == [[10, 12, 14], [-15, -18, -21]]


def test_a_product_with_a_transpose_by_hand():
    # (1, 3; 2, 4) (5, 6; 8, 9), the first matrix a view of its transpose: 1 * 5 + 3 * 8 = 29, ...
    out = np.empty((2, 2))
    product(rows(np.array([[1.0, 2], [3, 4]]).T), np.array([[5.0, 6], [8, 9]]), rows(out))
    assert out.tolist() == [[29, 33], [42, 48]]


def test_sums_over_the_examples_by_hand():
    # (1, 2, 3; 4, 5, 6) (1, 0, 1; 2, 2, 2)^T: 1 + 3 = 4, 2 (1 + 2 + 3) = 12; 4 + 6 = 10, 2 (4 + 5 + 6) = 30
    out = np.empty((2, 2))
    pair_sums(rows(np.array([[1.0, 2, 3], [4, 5, 6]])), np.array([[1.0, 0, 1], [2, 2, 2]]), out)
    assert out.tolist() == [[4, 12], [10, 30]]


@pytest.mark.parametrize("points", [1, 17, 101, 333, 400])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_row_lies_alike_in_memory(points, dtype):
    # Some processors' dot products add the numbers before the first aligned address apart. Rows that
    # begin anywhere would then be rounded differently, and equal units with them.
    network = Network(
        np.zeros((2, points)), np.zeros((1, points)), [3, 5], [ACTIVATIONS["tanh"]] * 2, dtype=dtype
    )
    addresses = [row.ctypes.data for part in (network.A, network.Z, network.dZ) for M in part for row in M]
    assert len(addresses) == (2 + 3 + 5 + 1) + 2 * (3 + 5 + 1)
    assert {address % 64 for address in addresses} == {0}


@pytest.mark.parametrize("hidden", [[], [3], [3, 5]], ids=str)
@pytest.mark.parametrize("points", [1, 7, 8, 17])
def test_a_pass_is_the_sums_written_out(hidden, points):
    # Z[l] = W[l] A[l-1] + b[l], dW[l] = dZ[l] A[l-1]^T / m and db[l] = sum(dZ[l]) / m, number by number.
    random = np.random.RandomState(points)
    X, Y = random.standard_normal((2, points)), np.ones((1, points))
    network = Network(X, Y, hidden, [ACTIVATIONS["tanh"]] * len(hidden))
    network.load(random.standard_normal(network.theta.size))
    network.forward()
    network.backward()
    for i, ((W, b), (dW, db)) in enumerate(zip(network.parameters, network.gradients, strict=True)):
        A, Z, dZ = network.A[i], network.Z[i], network.dZ[i]
        for u in range(len(W)):
            for j in range(points):
                z = sum(W[u, k] * A[k, j] for k in range(len(A))) + b[u, 0]
                assert Z[u, j] == pytest.approx(z, rel=1e-12, abs=1e-14)
            for k in range(len(A)):
                total = sum(dZ[u, j] * A[k, j] for j in range(points))
                assert dW[u, k] == pytest.approx(total / points, rel=1e-12, abs=1e-14)
            assert db[u, 0] == pytest.approx(sum(dZ[u]) / points, rel=1e-12, abs=1e-14)
