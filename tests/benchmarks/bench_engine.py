"""How long a step takes: this engine beside a textbook loop and the libraries that are installed.

    python -m tests.benchmarks.bench_engine

One run, one thread, everything in double precision. The contenders take turns, so that a machine
that is busy for a moment is busy for all of them; what is printed is the median of their turns.
"""

# ruff: noqa: E402
import os

# Before numpy is imported: the libraries read these when they load.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import platform
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median
from time import perf_counter

import numpy as np

from app.engine.activations import ACTIVATIONS
from app.engine.arrays import Array
from app.engine.datasets import make_points
from app.engine.initializers import initial_weights
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS, Rates
from app.engine.training import Batches
from app.experiments.experiment import Experiment
from app.experiments.loops import SIZES, race
from app.experiments.run import start
from tests.engine.runs import descend, descent

RATE = 1.2
TURNS = 21
SECONDS_PER_TURN = 0.03

Steps = Callable[[int], None]
"""Takes so many steps of gradient descent, going on where it stopped."""


@dataclass(frozen=True)
class Task:
    """2-n-1 with tanh on so many points of the flower."""

    points: int
    units: int

    @property
    def title(self) -> str:
        return f"{self.points:,} points, 2-{self.units}-1 tanh"

    def data(self) -> tuple[Array, Array]:
        return make_points("flower", self.points)

    def weights(self) -> list[Array]:
        return initial_weights((2, self.units, 1), ["normal"] * 2, 0.01, seed=2)


@dataclass(frozen=True)
class Contender:
    """``outputs`` returns A[L] (m,) after the steps taken so far, None where the start cannot be given."""

    name: str
    steps: Steps
    outputs: Callable[[], Array] | None


# The contenders


def engine(task: Task) -> Contender:
    network = Network(*task.data(), [task.units], [ACTIVATIONS["tanh"]])
    for (W, _), initial in zip(network.parameters, task.weights(), strict=True):
        W[:] = initial

    def steps(n: int) -> None:
        descend(network, OPTIMIZERS["gd"], RATE, range(n), n + 1, lambda step: None)

    def outputs() -> Array:
        network.forward()
        return network.A[-1][0]

    return Contender("this engine", steps, outputs)


def textbook(task: Task, with_cost: bool) -> Contender:
    """The loop of the course's exercise: a dictionary of parameters, a new array for every result."""
    X, Y = task.data()
    W1, W2 = task.weights()
    parameters = {"W1": W1, "b1": np.zeros((task.units, 1)), "W2": W2, "b2": np.zeros((1, 1))}

    def forward(parameters: dict[str, Array]) -> dict[str, Array]:
        Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
        A1 = np.tanh(Z1)
        Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
        A2 = 1 / (1 + np.exp(-Z2))
        return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}

    def cost(A2: Array) -> float:
        losses = np.multiply(np.log(A2), Y) + np.multiply(np.log(1 - A2), 1 - Y)
        return float(np.squeeze(-np.sum(losses) / Y.shape[1]))

    def backward(parameters: dict[str, Array], cache: dict[str, Array]) -> dict[str, Array]:
        m = X.shape[1]
        dZ2 = cache["A2"] - Y
        dW2 = np.dot(dZ2, cache["A1"].T) / m
        db2 = np.sum(dZ2, axis=1, keepdims=True) / m
        dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - np.power(cache["A1"], 2))
        dW1 = np.dot(dZ1, X.T) / m
        db1 = np.sum(dZ1, axis=1, keepdims=True) / m
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

    def steps(n: int) -> None:
        nonlocal parameters
        for _ in range(n):
            cache = forward(parameters)
            if with_cost:
                cost(cache["A2"])
            gradients = backward(parameters, cache)
            parameters = {name: value - RATE * gradients[name] for name, value in parameters.items()}

    title = "textbook NumPy" + (", cost at every step" if with_cost else "")
    return Contender(title, steps, lambda: forward(parameters)["A2"][0])


def scikit_learn(task: Task) -> Contender:
    from sklearn.neural_network import MLPClassifier

    X, Y = task.data()
    points, labels = np.ascontiguousarray(X.T), Y[0]

    def steps(n: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that so many steps did not converge
            MLPClassifier(
                (task.units,),
                activation="tanh",
                solver="sgd",
                alpha=0.0,
                batch_size=task.points,
                learning_rate_init=RATE,
                max_iter=n,
                shuffle=False,
                random_state=2,
                tol=0.0,
                momentum=0.0,
                nesterovs_momentum=False,
                n_iter_no_change=n + 1,
            ).fit(points, labels)

    return Contender(f"scikit-learn {version('scikit-learn')} MLPClassifier", steps, None)


def pytorch(task: Task) -> Contender:
    import torch

    torch.set_num_threads(1)
    X, Y = (torch.tensor(array.T.copy()) for array in task.data())
    model = torch.nn.Sequential(
        torch.nn.Linear(2, task.units), torch.nn.Tanh(), torch.nn.Linear(task.units, 1)
    ).double()
    with torch.no_grad():
        for layer, start in zip((model[0], model[2]), task.weights(), strict=True):
            layer.weight.copy_(torch.tensor(start))
            layer.bias.zero_()
    loss = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)

    def steps(n: int) -> None:
        for _ in range(n):
            optimizer.zero_grad()
            loss(model(X), Y).backward()
            optimizer.step()

    def outputs() -> Array:
        return torch.sigmoid(model(X)).detach().numpy()[:, 0]

    return Contender(f"PyTorch {version('torch')}, eager", steps, outputs)


def jax_jitted(task: Task) -> Contender:
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    X, Y = (jnp.asarray(array) for array in task.data())
    W1, W2 = (jnp.asarray(start) for start in task.weights())
    parameters = (W1, jnp.zeros((task.units, 1)), W2, jnp.zeros((1, 1)))

    def logits(parameters: tuple[jax.Array, ...]) -> jax.Array:
        W1, b1, W2, b2 = parameters
        return W2 @ jnp.tanh(W1 @ X + b1) + b2

    def cost(parameters: tuple[jax.Array, ...]) -> jax.Array:
        Z = logits(parameters)
        return jnp.mean(jnp.maximum(Z, 0) - Y * Z + jnp.log1p(jnp.exp(-jnp.abs(Z))))

    @jax.jit
    def step(parameters: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        return tuple(p - RATE * dp for p, dp in zip(parameters, jax.grad(cost)(parameters), strict=True))

    def steps(n: int) -> None:
        nonlocal parameters
        for _ in range(n):
            parameters = step(parameters)
        jax.block_until_ready(parameters)

    def outputs() -> Array:
        return np.asarray(jax.nn.sigmoid(logits(parameters)))[0]

    return Contender(f"JAX {version('jax')}, one jitted step per call", steps, outputs)


ENGINE, TEXTBOOK, PYTORCH = "engine", "textbook", "pytorch"

CONTENDERS: dict[str, Callable[[Task], Contender]] = {
    ENGINE: engine,
    TEXTBOOK: lambda task: textbook(task, with_cost=False),
    "textbook with cost": lambda task: textbook(task, with_cost=True),
    "scikit-learn": scikit_learn,
    PYTORCH: pytorch,
    "jax": jax_jitted,
}


# Other rules and mini-batches: this engine beside the loop of the course's exercise on optimization


@dataclass(frozen=True)
class Rule:
    """An optimizer, on the full batch or on mini-batches."""

    optimizer: str
    batch_size: int | None = None

    @property
    def title(self) -> str:
        return self.optimizer + (f", batches of {self.batch_size}" if self.batch_size else "")


RULES = [Rule("momentum"), Rule("rmsprop"), Rule("adam"), Rule("gd", 64), Rule("adam", 64)]
SLOW = Rates(learning_rate=0.01)


def engine_by(task: Task, rule: Rule) -> Contender:
    network = Network(*task.data(), [task.units], [ACTIVATIONS["tanh"]])
    for (W, _), initial in zip(network.parameters, task.weights(), strict=True):
        W[:] = initial
    batches = Batches(network, rule.batch_size, seed=0) if rule.batch_size else None
    loop, taken = descent(network, OPTIMIZERS[rule.optimizer], batches), 0

    def steps(n: int) -> None:
        nonlocal taken
        loop.run(SLOW, 0.0, range(taken, taken + n), taken + n + 1, lambda step, network: None)
        taken += n

    def outputs() -> Array:
        network.forward()
        return network.A[-1][0]

    return Contender("this engine", steps, outputs)


def textbook_by(task: Task, rule: Rule) -> Contender:
    """Dictionaries of parameters and averages, a list of shuffled batches made at every epoch."""
    X, Y = task.data()
    W1, W2 = task.weights()
    parameters = {"W1": W1, "b1": np.zeros((task.units, 1)), "W2": W2, "b2": np.zeros((1, 1))}
    v, s = ({name: np.zeros_like(value) for name, value in parameters.items()} for _ in range(2))
    rate, beta, epsilon = SLOW.learning_rate, SLOW.beta, SLOW.epsilon
    beta1, beta2 = SLOW.beta1, SLOW.beta2
    t, epoch, waiting = 0, 0, list[tuple[Array, Array]]()

    def forward(X: Array) -> tuple[Array, Array]:
        A1 = np.tanh(np.dot(parameters["W1"], X) + parameters["b1"])
        return A1, 1 / (1 + np.exp(-(np.dot(parameters["W2"], A1) + parameters["b2"])))

    def gradients(X: Array, Y: Array) -> dict[str, Array]:
        m = X.shape[1]
        A1, A2 = forward(X)
        dZ2 = A2 - Y
        dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - np.power(A1, 2))
        return {
            "W1": np.dot(dZ1, X.T) / m,
            "b1": np.sum(dZ1, axis=1, keepdims=True) / m,
            "W2": np.dot(dZ2, A1.T) / m,
            "b2": np.sum(dZ2, axis=1, keepdims=True) / m,
        }

    def shuffled(size: int) -> list[tuple[Array, Array]]:
        np.random.seed(epoch)
        order = np.random.permutation(X.shape[1])
        X_shuffled, Y_shuffled = X[:, order], Y[:, order]
        slices = [slice(k, k + size) for k in range(0, X.shape[1], size)]
        return [(X_shuffled[:, chosen], Y_shuffled[:, chosen]) for chosen in slices]

    def steps(n: int) -> None:
        nonlocal t, epoch, waiting
        for _ in range(n):
            if not waiting:
                waiting = shuffled(rule.batch_size) if rule.batch_size else [(X, Y)]
                epoch += 1
            t += 1
            for name, g in gradients(*waiting.pop(0)).items():
                if rule.optimizer == "momentum":
                    v[name] = beta * v[name] + (1 - beta) * g
                    step = v[name]
                elif rule.optimizer == "rmsprop":
                    s[name] = beta * s[name] + (1 - beta) * g**2
                    step = g / (np.sqrt(s[name]) + epsilon)
                elif rule.optimizer == "adam":
                    v[name] = beta1 * v[name] + (1 - beta1) * g
                    s[name] = beta2 * s[name] + (1 - beta2) * g**2
                    corrected = v[name] / (1 - beta1**t), s[name] / (1 - beta2**t)
                    step = corrected[0] / (np.sqrt(corrected[1]) + epsilon)
                else:
                    step = g
                parameters[name] = parameters[name] - rate * step

    return Contender("textbook NumPy", steps, lambda: forward(X)[1][0])


# Measuring


def installed(task: Task) -> Iterator[tuple[str, Contender]]:
    """The contenders there are; a line for each there is not."""
    for key, make in CONTENDERS.items():
        try:
            yield key, make(task)
        except ImportError as missing:
            print(f"  {key}: not installed ({missing.name})")


def assert_they_do_the_same(contenders: dict[str, Contender]) -> None:
    """After twenty steps from the same start everyone predicts the same."""
    first = contenders[ENGINE].outputs
    assert first is not None
    for contender in contenders.values():
        contender.steps(20)
        if contender.outputs:
            np.testing.assert_allclose(contender.outputs(), first(), atol=1e-9, err_msg=contender.name)


def microseconds(steps: dict[str, Steps], clock: Callable[[], float] = perf_counter) -> dict[str, float]:
    """The median time of one step of each, in turns of some hundredths of a second."""
    counts = {}
    for key, take in steps.items():
        n, spent = 1, 0.0
        while spent < SECONDS_PER_TURN / 2:
            n *= 2
            start = clock()
            take(n)
            spent = clock() - start
        counts[key] = max(1, round(n * SECONDS_PER_TURN / spent))
    times: dict[str, list[float]] = {key: [] for key in steps}
    for _ in range(TURNS):
        for key, take in steps.items():
            start = clock()
            take(counts[key])
            times[key].append((clock() - start) / counts[key])
    return {key: 1e6 * median(spent) for key, spent in times.items()}


def bench(task: Task) -> dict[str, float]:
    print(f"\n{task.title}")
    contenders = dict(installed(task))
    assert_they_do_the_same(contenders)
    times = microseconds({key: contender.steps for key, contender in contenders.items()})
    for key, contender in contenders.items():
        ratio = times[ENGINE] / times[key]
        print(f"  {contender.name:44}{times[key]:9.1f} us   engine / this: {ratio:.2f}")
    return times


def bench_rules(task: Task) -> dict[str, float]:
    """Engine's time over the textbook's for each of the rules."""
    print(f"\n{task.title}, by other rules: engine, textbook NumPy")
    ratios = {}
    for rule in RULES:
        contenders = {ENGINE: engine_by(task, rule), TEXTBOOK: textbook_by(task, rule)}
        assert_they_do_the_same(contenders)
        times = microseconds({key: contender.steps for key, contender in contenders.items()})
        ratios[rule.title] = times[ENGINE] / times[TEXTBOOK]
        spent = f"{times[ENGINE]:9.1f} us{times[TEXTBOOK]:9.1f} us"
        print(f"  {rule.title:34}{spent}   ratio {ratios[rule.title]:.2f}")
    return ratios


def boundary(units: int, side: int) -> float:
    """Milliseconds for the outputs on a grid of side x side points, the better precision for drawing."""
    x = np.linspace(-4, 4, side)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(x, x)])
    networks = {}
    for dtype in (np.float32, np.float64):
        network = Network(grid, None, [units], [ACTIVATIONS["tanh"]], dtype=dtype)
        network.load(np.random.RandomState(1).standard_normal(network.theta.size))
        networks[dtype.__name__] = network

    def draws(network: Network) -> Steps:
        def steps(n: int) -> None:
            for _ in range(n):
                network.forward()

        return steps

    times = microseconds({name: draws(network) for name, network in networks.items()})
    print(f"\nThe boundary on {side} x {side} points, {units} units")
    for name, spent in times.items():
        print(f"  {name:44}{spent / 1000:9.3f} ms")
    return times["float32"] / 1000


def loops() -> None:
    """The course's for-loops over the examples beside the matrices: one step of the default network.

    The largest difference is that of any entry of any gradient, beside the terms which that entry adds up.
    """
    experiment = Experiment()
    print("\nOne step of 2-4-1 by the course's for-loops and by matrices, m examples")
    for row in race(experiment, start(experiment), SIZES)["rows"]:
        spent = f"{row['loop_seconds'] * 1e6:12.1f} us{row['vector_seconds'] * 1e6:9.1f} us"
        print(
            f"  m = {row['m']:<30,}{spent}   loops take {row['ratio']:.0f} times as long, "
            f"cost {row['loop_cost']:.4f} and {row['vector_cost']:.4f}, "
            f"gradients differ by {row['largest_difference']:.1e} at most"
        )


def target(claim: str, value: float, limit: float) -> None:
    verdict = "holds" if value <= limit else "does not hold"
    print(f"  {claim:56}{value:7.3f}   {verdict}")


def main() -> None:
    print(
        f"Microseconds per step: Python {platform.python_version()}, numpy {np.__version__}, ",
        end="",
    )
    print(f"{sys.platform} {platform.machine()}, one thread, median of {TURNS} interleaved turns")
    first = bench(Task(400, 4))
    bench(Task(400, 50))
    bench(Task(10_000, 16))
    ratios = bench_rules(Task(400, 4))
    loops()
    milliseconds = boundary(units=4, side=100)

    print("\nTargets")
    target("2-4-1: engine / textbook without cost, at most 0.6", first[ENGINE] / first[TEXTBOOK], 0.6)
    if PYTORCH in first:
        target("2-4-1: engine / PyTorch, at most 0.2", first[ENGINE] / first[PYTORCH], 0.2)
    else:
        print("  2-4-1: engine / PyTorch, at most 0.2: PyTorch is not installed")
    for title, ratio in ratios.items():
        target(f"2-4-1, {title}: engine / textbook, at most 0.7", ratio, 0.7)
    target("boundary 100 x 100 at 4 units, under 0.2 ms", milliseconds, 0.2)


if __name__ == "__main__":
    main()
