"""Somebody's homework: a network written naively, with at most one mistake in it, in NumPy alone.

It shares nothing with the application. ``slip`` names the mistake; None is correct work.
"""

import numpy as np

G = {
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.maximum(z, 0),
}


def forward(W, b, X, hidden, slip=None, classes=2):
    """Z and A by layer, from 1; ``hidden`` is the name of the activation."""
    L = len(W) - 1
    Z, A = [None] * (L + 1), [X] + [None] * L
    for l in range(1, L + 1):
        Z[l] = np.dot(W[l], A[l - 1])
        if slip == "b row":
            Z[l] = Z[l] + (b[l].ravel() if Z[l].shape[1] == len(b[l]) else b[l])
        elif slip != "no bias":
            Z[l] = Z[l] + b[l]
        if l < L:
            name = {"other activation": "sigmoid" if hidden == "tanh" else "tanh"}.get(slip, hidden)
            A[l] = G[name](Z[l])
        elif classes > 2:
            E = np.exp(Z[l] - Z[l].max(axis=0))
            A[l] = E / (E.sum(axis=1, keepdims=True) if slip == "softmax axis" else E.sum(axis=0))
        else:
            A[l] = Z[l] if slip == "no sigmoid" else G["sigmoid"](Z[l])
    return Z, A


def derivative(name, z, a, slip):
    if slip == "no slope":
        return np.ones_like(z)
    if slip == "slope of Z":
        a = z
    if slip == "slope at A":
        z, a = a, G[name](a)
    if slip == "other slope":
        name = {"tanh": "sigmoid", "sigmoid": "tanh", "relu": "tanh"}[name]
    if slip == "bracket":
        return (1 - a) ** 2
    if slip == "half a slope":
        return 1 - a
    if slip == "g for its slope":
        return a
    if slip == "other slope of Z":
        return G["sigmoid"](z) * (1 - G["sigmoid"](z))
    if name == "tanh":
        return 1 - a * a
    if name == "sigmoid":
        return a * (1 - a)
    return (z > 0).astype(float) if slip == "relu at 0" else (z >= 0).astype(float)


def step(W, b, X, Y, hidden="tanh", l2=0.0, rate=1.2, slip=None, classes=2):
    """Every array of the step by name, as columns of examples."""
    L, m = len(W) - 1, X.shape[1]
    Z, A = forward(W, b, X, hidden, slip, classes)
    labels = {"labels": 1 - Y if classes == 2 else Y[::-1], "labels transposed": Y.T}.get(slip, Y)
    found = {f"Z{l}": Z[l] for l in range(1, L + 1)} | {f"A{l}": A[l] for l in range(1, L + 1)}
    dZ = A[L] - labels
    if slip == "sign":
        dZ = labels - A[L]
    if slip == "slope twice":
        dZ = dZ * A[L] * (1 - A[L])
    if slip == "output as hidden":
        dZ = dZ * derivative(hidden, Z[L], A[L], None)
    if slip == "only dA":
        dZ = -labels / A[L] + (1 - labels) / (1 - A[L])
    for l in range(L, 0, -1):
        found[f"dZ{l}"] = dZ
        other = {"A of layer l": A[l], "Z before": Z[l - 1] if l > 1 else X}.get(slip, A[l - 1])
        dW = np.dot(dZ, other.T)
        db = np.sum(dZ, axis=1, keepdims=True)
        if slip == "axis":
            db = np.sum(dZ, axis=0, keepdims=True)
        if slip == "everything":
            db = np.sum(dZ)
        if slip == "keepdims":
            db = np.sum(dZ, axis=1)
        scale = {"no 1/m": 1.0, "1/m twice": 1 / m**2, "1/n": 1 / len(X)}.get(slip, 1 / m)
        dW, db = dW * scale, db * scale
        if l2:
            factor = {"no l2": 0.0, "no l2 in gradient": 0.0, "l2 without 1/m": l2}.get(slip, l2 / m)
            dW = dW + factor * W[l]
            if slip == "l2 on b":
                db = db + l2 / m * b[l]
        found[f"dW{l}"], found[f"db{l}"] = dW, db
        if l == 1 or dZ.shape[0] != W[l].shape[0]:
            break
        back = W[l].T
        if slip == "not transposed":
            back = W[l]
        if slip == "wrong W":
            back = W[l - 1].T
        if slip == "updated W":
            back = (W[l] - rate * dW).T
        if slip == "labels transposed":
            break
        if slip == "update first":  # the update's own dW is already wrong further down
            W = [*W[:l], W[l] - rate * dW, *W[l + 1 :]]
            back = W[l].T
        dA = np.dot(back, dZ)
        if slip == "dA by m":
            dA = dA / m
        k = l if slip == "A of the next layer" else l - 1
        dZ = dA * derivative(hidden, Z[k], A[k], slip)
    return found


def cost(A, Y, W=(), l2=0.0, slip=None):
    """The mean cross-entropy of two classes, and the penalty."""
    m, log = Y.shape[1], np.log2 if slip == "log2" else np.log
    losses = -Y * log(A) if slip == "class 1 only" else -Y * log(A) - (1 - Y) * log(1 - A)
    total = np.sum(losses) / (1 if slip == "sum" else 2 * m if slip == "halved" else m)
    squares = sum(np.sum(w**2) for w in W if w is not None)
    penalty = 0.0 if slip in ("l2 not in cost", "no l2") else l2 / (2 * m) * squares
    return float((-total if slip == "minus" else total) + penalty)


def train(W, b, X, Y, steps, hidden="tanh", rate=1.2, l2=0.0, slip=None):
    """The costs of steps 0 to ``steps``, each before its update."""
    W, b, L = list(W), list(b), len(W) - 1
    costs = []
    for _ in range(steps + 1):
        found = step(W, b, X, Y, hidden, l2, rate, slip)
        before = cost(found[f"A{L}"], Y, W, l2, slip)
        sign = -1 if slip == "uphill" else 1
        for l in range(1, L + 1):
            W[l] = W[l] - sign * rate * found[f"dW{l}"]
            b[l] = b[l] - sign * rate * found[f"db{l}"]
        after = cost(forward(W, b, X, hidden)[1][L], Y, W, l2, slip) if slip == "after" else before
        costs.append(after)
    return costs


def drawn(sizes, seed, scale=0.01, slip=None):
    """W and b by layer, as the course draws them."""
    random = np.random.RandomState(seed)
    W, b = [None] * len(sizes), [None] * len(sizes)
    layers = list(range(1, len(sizes)))
    for l in reversed(layers) if slip == "last first" else layers:
        n, before = sizes[l], sizes[l - 1]
        draw = random.rand if slip == "rand" else random.randn
        W[l] = (draw(before, n).T if slip == "transposed draw" else draw(n, before)) * scale
        b[l] = np.zeros((n, 1))
        if slip == "biases drawn":
            b[l] = random.randn(n, 1) * scale
    return W, b
