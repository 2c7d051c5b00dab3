"""By hand as a script: one example forward and backward in the course's notation, with every digit."""

from app.engine.arrays import Array
from app.engine.network import layers_of
from app.experiments.panels.example import Example
from app.experiments.problem import Problem
from app.experiments.run import State

MOST_PARAMETERS = 3_000
"""Of a network whose script may travel in a frame: some 60 kB of digits."""

ACTIVATION_LINES = {
    "sigmoid": ("(1 + np.tanh({Z} / 2)) / 2", "{A} * (1 - {A})"),
    "tanh": ("np.tanh({Z})", "1 - {A} ** 2"),
    "relu": ("np.maximum({Z}, 0)", "np.where({Z} {above} 0, 1.0, 0.0)"),
    "leaky_relu": ("np.where({Z} > 0, {Z}, {leak} * {Z})", "np.where({Z} {above} 0, 1.0, {leak})"),
    "linear": ("{Z}", "np.ones_like({Z})"),
}
"""g(Z) and g'(Z) of every activation. Sigmoid is written so that it cannot overflow."""

OUTPUT_LINES = {
    "sigmoid": "(1 + np.tanh({Z} / 2)) / 2",
    "softmax": "np.exp({Z} - {Z}.max()) / np.exp({Z} - {Z}.max()).sum()",
}

LOSS_LINES = {
    ("cross_entropy", "sigmoid"): (
        "-y ln a - (1 - y) ln(1 - a), from z so that it cannot overflow",
        "np.maximum({Z}, 0) - Y * {Z} + np.log1p(np.exp(-np.abs({Z})))",
        "{A} - Y",
    ),
    ("cross_entropy", "softmax"): (
        "-ln of the true class's probability, from z so that it cannot overflow",
        "np.log(np.exp({Z} - {Z}.max()).sum()) + {Z}.max() - (Y * {Z}).sum()",
        "{A} - Y",
    ),
    ("squared_error", "sigmoid"): (
        "(a - y)^2",
        "({A} - Y) ** 2",
        "2 * ({A} - Y) * {A} * (1 - {A})",
    ),
}
"""What the loss is in words, the loss, and dZ[L]."""

FEATURE_LINES = {
    "x1^2": "x1 * x1",
    "x2^2": "x2 * x2",
    "x1*x2": "x1 * x2",
    "sin(x1)": "np.sin(x1)",
    "sin(x2)": "np.sin(x2)",
}


def as_numpy(problem: Problem, state: State, example: Example) -> str | None:
    """A script that runs by itself and prints Z, A, loss, dZ, dW and db; None of a network too large."""
    if state.theta.size > MOST_PARAMETERS:
        return None
    L = len(example.Z)
    lines = [
        f"# One example by hand at step {state.step}. Columns are examples; W1 is W[1] of layer 1.",
        "import numpy as np",
        "",
        *_inputs(problem, example),
        *_parameters(problem, state),
        "# forward",
        *_forward(problem, L),
        "",
        "# backward: this example's share, before the mean over all of them",
        *_backward(problem, L),
        "",
        *(
            f'print("{name}{l} =", {name}{l}.tolist())'
            for l in range(1, L + 1)
            for name in ("Z", "A", "dZ", "dW", "db")
        ),
        'print("loss =", loss)',
    ]
    return "\n".join(lines) + "\n"


def _inputs(problem: Problem, example: Example) -> list[str]:
    lines = [f"x1, x2 = {float(example.x[0, 0])!r}, {float(example.x[1, 0])!r}  # the point in the plane"]
    rows = ["x1", "x2", *(FEATURE_LINES[name] for name in problem.experiment.network.features)]
    lines.append(f"X = np.array([{', '.join(f'[{row}]' for row in rows)}])")
    if problem.normalization:
        lines.append(f"mean = np.array({_digits(problem.normalization.mean)})  # of the training points")
        lines.append(f"deviation = np.array({_digits(problem.normalization.deviation)})")
        lines.append("X = (X - mean) / deviation")
    return [*lines, f"Y = np.array({_digits(example.Y)})  # class {example.label}", ""]


def _parameters(problem: Problem, state: State) -> list[str]:
    lines = []
    for l, (W, b) in enumerate(layers_of(state.theta, problem.network.sizes), start=1):
        lines += [f"W{l} = np.array({_digits(W)})", f"b{l} = np.array({_digits(b)})"]
    return [*lines, ""]


def _forward(problem: Problem, L: int) -> list[str]:
    network, lines = problem.network, []
    for l in range(1, L + 1):
        name = network.activations[l - 1].name if l < L else ""
        value = ACTIVATION_LINES[name][0] if l < L else OUTPUT_LINES[network.output.name]
        lines += [f"Z{l} = W{l} @ {_input(l)} + b{l}", f"A{l} = {_filled(value, problem, l)}"]
    words, loss, _ = LOSS_LINES[network.loss.name, network.output.name]
    return [*lines, f"loss = float(np.sum({_filled(loss, problem, L)}))  # {words}"]


def _backward(problem: Problem, L: int) -> list[str]:
    network, lines = problem.network, []
    for l in range(L, 0, -1):
        if l == L:
            rule = _filled(LOSS_LINES[network.loss.name, network.output.name][2], problem, L)
        else:
            slope = _filled(ACTIVATION_LINES[network.activations[l - 1].name][1], problem, l)
            rule = f"(W{l + 1}.T @ dZ{l + 1}) * ({slope})"
        lines += [f"dZ{l} = {rule}", f"dW{l} = dZ{l} @ {_input(l)}.T", f"db{l} = dZ{l}"]
    return lines


def _filled(template: str, problem: Problem, l: int) -> str:
    kink = problem.network.kink
    return template.format(Z=f"Z{l}", A=f"A{l}", leak=kink.leak, above=">=" if kink.at_zero else ">")


def _input(l: int) -> str:
    return "X" if l == 1 else f"A{l - 1}"


def _digits(values: Array) -> str:
    """Every digit: Python writes the shortest text that is read as the very same number."""
    return repr(values.tolist())
