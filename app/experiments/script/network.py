"""The network of a script: its products, parameters, functions and passes."""

import textwrap

from app.experiments.experiment import Experiment
from app.experiments.problem import initial_theta

G = {
    "sigmoid": ("np.add(0.5 * np.tanh(0.5 * Z), 0.5, out=A)", "np.multiply(1 - A, A, out=slope)"),
    "tanh": ("np.tanh(Z, out=A)", "np.subtract(1, A * A, out=slope)"),
    "relu": ("np.maximum(Z, 0.0, out=A)", 'np.{above}(Z, 0.0, out=slope, casting="unsafe")'),
    "leaky_relu": (
        "np.maximum({leak} * Z, Z, out=A)",
        'np.{above}(Z, 0.0, out=slope, casting="unsafe")\n    np.maximum(slope, {leak}, out=slope)',
    ),
    "linear": ("np.copyto(A, Z)", "slope.fill(1.0)"),
}
"""A = g(Z) and slope = g'(Z), into arrays that are there already."""

LOSSES = {
    "cross_entropy": (
        "-y ln a - (1 - y) ln(1 - a), from z, so that it cannot overflow",
        "np.log1p(np.exp(-np.abs(Z))) + (np.maximum(Z, 0.0) - Y * Z)",
        "np.subtract(A, Y, out=dZ)",
    ),
    "squared_error": (
        "(a - y)^2",
        "(A - Y) * (A - Y)",
        "np.multiply((1.0 - A) * A * (A - Y), 2.0, out=dZ)",
    ),
    "softmax": (
        "-ln of the true class's probability, from z, so that it cannot overflow",
        "np.log(np.exp(Z - largest).sum(axis=0, keepdims=True)) + largest"
        " - np.sum(Y * Z, axis=0, keepdims=True)",
        "np.subtract(A, Y, out=dZ)",
    ),
}

SOFTMAX = """
def softmax(Z, A):
    np.exp(Z - Z.max(axis=0), out=A)
    np.divide(A, A.sum(axis=0), out=A)
"""

WEIGHTS = {
    "zeros": "np.zeros(draws.shape)",
    "constant": "np.full(draws.shape, {scale})",
    "normal": "draws * {scale}",
    "uniform": "(2.0 * draws - 1.0) * {scale}",
    "positive_uniform": "draws * {scale}",
    "xavier": "draws * math.sqrt(1.0 / n_before)",
    "glorot": "draws * math.sqrt(2.0 / (n + n_before))",
    "he": "draws * math.sqrt(2.0 / n_before)",
}

PRODUCTS = '''
def buffer(n, m):
    """Zeros (n, m or a little more) in which every row starts at a multiple of 64 bytes."""
    row = -(-m * 8 // 64) * 64
    memory = np.zeros(n * row + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + n * row].view(float).reshape(n, -1)


def times(W, A, out):
    """out = W A, one product for each unit: a matrix product rounds the last rows differently, and
    units that are equal would not stay so."""
    (np.multiply if len(A) == 1 else np.matmul)(W[:, None, :], A, out=out[:, None, :])


def sums(dZ, A, out):
    """out = dZ A^T, one dot product for each pair of units."""
    np.vecdot(dZ[:, None, :], A, out=out)

'''


def parameters(experiment: Experiment) -> str:
    """theta with its views W and b, and where they start."""
    sizes = experiment.sizes
    lines = [
        f"sizes = {sizes!r}  # n_0, ..., n_L",
        "L = len(sizes) - 1",
        "count = sum(n * (n_before + 1) for n_before, n in zip(sizes, sizes[1:]))",
        "theta, gradient = np.zeros(count), np.zeros(count)  # all parameters, and all gradients",
        "",
        "",
        "def layers(numbers):",
        '    """The numbers as [W b] of layer 1 to L, sharing their memory."""',
        "    found, at = [None], 0",
        "    for n_before, n in zip(sizes, sizes[1:]):",
        "        found.append(numbers[at : at + n * (n_before + 1)].reshape(n, n_before + 1))",
        "        at += n * (n_before + 1)",
        "    return found",
        "",
        "",
        "W_b, dW_db = layers(theta), layers(gradient)",
        "W = [None, *(block[:, :-1] for block in W_b[1:])]",
        "b = [None, *(block[:, -1:] for block in W_b[1:])]",
    ]
    if "explicit" in experiment.methods:
        values = ", ".join(map(repr, initial_theta(experiment).tolist()))
        lines.append(_wrapped(f"theta[:] = [{values}]"))
        return "\n".join([*lines, ""])
    lines.append(f"random = np.random.RandomState({experiment.init.seed})")
    scale = repr(experiment.init.scale)
    for l, method in enumerate(experiment.methods, start=1):
        draw = "random_sample" if "uniform" in method else "standard_normal"
        n_before, n = sizes[l - 1], sizes[l]
        rule = WEIGHTS[method].replace("{scale}", scale).replace("n_before", str(n_before))
        rule = rule.replace("(n + ", f"({n} + ")
        lines.append(f"draws = random.{draw}(({n}, {n_before}))")
        lines.append(f"W[{l}][:] = {rule}")
        if experiment.init.bias and l < len(experiment.methods):
            lines.append(f"b[{l}][:] = {experiment.init.bias!r}")
    return "\n".join([*lines, ""])


def _wrapped(line: str) -> str:
    return "\n".join(textwrap.wrap(line, 100, subsequent_indent="    "))


def functions(experiment: Experiment) -> str:
    """The activations with their slopes, the output, the loss and dZ[L]."""
    network = experiment.network
    above = "greater_equal" if network.relu_at_zero else "greater"
    parts = []
    for name in dict.fromkeys(experiment.activations):
        value, slope = (
            text.replace("{above}", above).replace("{leak}", repr(network.leak)) for text in G[name]
        )
        parts.append(f"\ndef {name}(Z, A):\n    {value}\n\n\ndef {name}_slope(Z, A, slope):\n    {slope}\n")
    if experiment.data.classes > 2:
        parts.append(SOFTMAX)
        output, loss = "softmax", "softmax"
    else:
        if "sigmoid" not in experiment.activations:
            parts.append(f"\ndef sigmoid(Z, A):\n    {G['sigmoid'][0]}\n")
        output, loss = "sigmoid", experiment.training.loss
    about, value, gradient = LOSSES[loss]
    largest = "    largest = Z.max(axis=0, keepdims=True)\n" if "largest" in value else ""
    parts.append(f'\ndef losses(Z, A, Y):\n    """{about}."""\n{largest}    return {value}\n')
    words = "dZ[L], from the loss and the output together."
    parts.append(f'\ndef error(A, Y, dZ):\n    """{words}"""\n    {gradient}\n')
    names = [*experiment.activations, output]
    parts.append("\n" + _wrapped(f"g = [None, {', '.join(names)}]"))
    slopes = [f"{name}_slope" for name in experiment.activations]
    parts.append(_wrapped(f"g_slope = [{', '.join(['None', *slopes])}]") + "\n")
    return "\n".join(parts)


def passes(experiment: Experiment) -> str:
    """Forward and backward, over all examples or a batch."""
    if experiment.arithmetic == "blas":
        forward = "np.matmul(W_b[l], self.A_1[l - 1], out=self.Z[l])"
        back = "np.matmul(W[l].T, self.dZ[l], out=self.dZ[l - 1])"
        total = "np.matmul(self.dZ[l], self.A_1[l - 1].T, out=dW_db[l])"
    else:
        forward = "times(W_b[l], self.A_1[l - 1], self.Z[l])"
        back = "times(W[l].T, self.dZ[l], self.dZ[l - 1])"
        total = "sums(self.dZ[l], self.A_1[l - 1], dW_db[l])"
    if experiment.arithmetic == "reordered":
        total = "self.sums_in_any_order(l)"
    text = f'''
class Pass:
    """Forward and backward propagation over some examples. Under each A lies a row of ones, so that
    [W b] [A; 1] = W A + b."""

    def __init__(self, X, Y):
        self.m = X.shape[1]
        self.Y = np.array(Y, float)
        self.wide_A = [buffer(n + 1, self.m) for n in sizes]
        self.wide_Z = [None, *(buffer(n, self.m) for n in sizes[1:])]
        self.wide_dZ = [None, *(buffer(n, self.m) for n in sizes[1:])]
        self.A_1 = [A[:, : self.m] for A in self.wide_A]
        for A_1 in self.A_1:
            A_1[-1] = 1.0
        self.A = [A_1[:-1] for A_1 in self.A_1]
        self.Z = [None, *(Z[:, : self.m] for Z in self.wide_Z[1:])]
        self.dZ = [None, *(dZ[:, : self.m] for dZ in self.wide_dZ[1:])]
        self.A[0][:] = X

    def forward(self):
        for l in range(1, L + 1):
            {forward}  # Z[l] = W[l] A[l-1] + b[l]
            g[l](self.wide_Z[l], self.wide_A[l][:-1])  # A[l] = g(Z[l])

    def cost(self):
        found = losses(self.Z[L], self.A[L], self.Y)
        first = found[0, 0]  # about the first loss, so that the mean of equal losses is that loss
        mean = float(first + np.vecdot(found[0] - first, self.A_1[0][-1]) / self.m)
        return mean if math.isfinite(mean) else float(np.sum(found / self.m))

    def backward(self):
        error(self.A[L], self.Y, self.dZ[L])
        for l in range(L, 1, -1):
            {back}  # dZ[l-1] = W[l]^T dZ[l] * g'(Z[l-1])
            slope = np.zeros_like(self.wide_dZ[l - 1])
            g_slope[l - 1](self.wide_Z[l - 1], self.wide_A[l - 1][:-1], slope)
            self.wide_dZ[l - 1] *= slope
        for l in range(1, L + 1):
            {total}  # dW[l] = dZ[l] A[l-1]^T / m, db[l] = sum(dZ[l]) / m
        gradient[:] = gradient / self.m
'''
    if experiment.arithmetic == "reordered":
        text += '''
    def sums_in_any_order(self, l):
        """Unit u adds up the examples in an order of its own, which changes the last digits."""
        mine, theirs = buffer(1, self.m)[0, : self.m], buffer(*self.A_1[l - 1].shape)[:, : self.m]
        for u in range(sizes[l]):
            order = np.random.RandomState(u).permutation(self.m)
            mine[:], theirs[:] = self.dZ[l][u][order], self.A_1[l - 1][:, order]
            np.vecdot(mine, theirs, out=dW_db[l][u])
'''
    if experiment.training.batch_size is not None:
        text += f'''

batch_size = {experiment.training.batch_size}
per_epoch = -(-X.shape[1] // batch_size)


def batch(step):
    """The examples of a step: epoch e takes them in the order RandomState(seed + e).permutation(m)."""
    epoch, index = divmod(step, per_epoch)
    order = np.random.RandomState(({experiment.training.seed} + epoch) % 2**32).permutation(X.shape[1])
    chosen = order[index * batch_size : (index + 1) * batch_size]
    return Pass(X[:, chosen], Y[:, chosen])
'''
    return text
