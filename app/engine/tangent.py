"""The curvature along a direction, exactly: how the gradient changes as the parameters move.

Pearlmutter's R-operator (1994) differentiates forward and backward propagation, line by line, along
(V[l], c[l]), a direction of (W[l], b[l]); R_X is the rate at which X changes:

    R_Z[l] = V[l] A[l-1] + W[l] R_A[l-1] + c[l]
    R_A[l] = g'(Z[l]) * R_Z[l]                       R_A[0] = 0
    R_dW[l] = (R_dZ[l] A[l-1]^T + dZ[l] R_A[l-1]^T) / m
    R_db[l] = sum(R_dZ[l]) / m
    R_dZ[l-1] = (V[l]^T dZ[l] + W[l]^T R_dZ[l]) * g'(Z[l-1]) + W[l]^T dZ[l] * g''(Z[l-1]) * R_Z[l-1]

Products keep equal units equal (arrays.py): a direction that is the same for two units stays so.
"""

import numpy as np

from app.engine.arrays import Array, buffer, pair_sums, product, rows
from app.engine.network import Network, layers_of


def hessian_times(network: Network, direction: Array) -> Array:
    """H d (p,) for ``direction`` d (p,), after a forward and a backward pass; without a penalty's part."""
    assert network.Y is not None
    V = layers_of(direction, network.sizes)
    R_A = [_like(A) for A in network.A]
    R_Z = [_like(Z) for Z in network.Z]
    last = len(V) - 1
    for i, ((W, _), (V_i, c)) in enumerate(zip(network.parameters, V, strict=True)):
        _add_product(V_i, network.A[i], R_Z[i])
        if i:
            _add_product(W, R_A[i], R_Z[i])
        R_Z[i] += c
        if i < last:
            np.multiply(network.slopes(i + 1), R_Z[i], out=R_A[i + 1])
    R_A[-1][:] = network.output.along(network.A[-1], R_Z[-1])
    R_dZ = _like(R_Z[-1])
    R_dZ[:] = network.loss.along(network.A[-1], network.Y, R_A[-1])
    change = np.empty_like(direction)
    changes = layers_of(change, network.sizes)
    for i in range(last, -1, -1):
        R_dW, R_db = changes[i]
        _sums(R_dZ, network.A[i], network.dZ[i], R_A[i], R_dW)
        np.sum(R_dZ, axis=1, keepdims=True, out=R_db)
        if i:
            R_dZ = _back(network, i, V[i][0], R_dZ, R_Z[i - 1])
    change /= network.m
    return change


def _like(values: Array) -> Array:
    """Zeros (n, m) as ``values``, every row aligned."""
    return buffer(*values.shape)[:, : values.shape[1]]


def _add_product(W: Array, A: Array, out: Array) -> None:
    """``out`` += W A."""
    found = _like(out)
    product(rows(W), A, rows(found))
    out += found


def _sums(R_dZ: Array, A: Array, dZ: Array, R_A: Array, out: Array) -> None:
    """``out`` = R_dZ A^T + dZ R_A^T."""
    other = np.empty_like(out)
    pair_sums(rows(R_dZ), A, out)
    pair_sums(rows(dZ), R_A, other)
    out += other


def _back(network: Network, i: int, V: Array, R_dZ: Array, R_Z: Array) -> Array:
    """R_dZ[i] from R_dZ[i+1], across the weights of list entry ``i``."""
    W, dZ = network.parameters[i][0], network.dZ[i]
    found, straight, bend = _like(R_Z), _like(R_Z), _like(R_Z)
    _add_product(V.T, dZ, found)
    _add_product(W.T, R_dZ, found)
    found *= network.slopes(i)
    _add_product(W.T, dZ, straight)
    network.activations[i - 1].bend(network.A[i], bend)
    straight *= bend
    straight *= R_Z
    found += straight
    return found
