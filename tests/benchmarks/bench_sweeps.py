"""How long a step of many networks takes when they train together, and how long a whole sweep.

    python -m tests.benchmarks.bench_sweeps

64 seeds of 2-4-1 with tanh on 400 points, float64, one thread, processor time per step and network; the
contenders take turns. Then a sweep of 1,000 runs with 2,000 steps each on two worker processes.
"""

# ruff: noqa: E402
import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import asyncio
import platform
import sys
from collections.abc import Callable
from importlib.util import find_spec
from time import perf_counter, process_time

import numpy as np

from app.compute.pool import WorkerPool
from app.compute.sweeping import sweep
from app.engine.activations import ACTIVATIONS
from app.engine.arrays import Array
from app.engine.datasets import make_points
from app.engine.initializers import initial_weights
from app.engine.network import Network
from app.engine.optimizers import OPTIMIZERS, Rates
from app.engine.stacked import Stack, StackedDescent, fitting
from tests.benchmarks.bench_engine import RATE, Steps, microseconds, target
from tests.compute.sweeps import plan
from tests.engine.runs import descent

SEEDS, SIZES, POINTS = 64, (2, 4, 1), 400
RUNS, STEPS, WORKERS = 1_000, 2_000, 2
CHECKED = 20

Contender = tuple[Steps, Callable[[], Array]]
"""Takes so many steps of every network; W[1] of all (64, 4, 2) after the steps so far."""


def weights() -> list[list[Array]]:
    """W[1] and W[2] of every seed."""
    return [initial_weights(SIZES, ["normal"] * 2, 0.01, seed) for seed in range(SEEDS)]


def single(seed: int) -> Network:
    network = Network(*make_points("flower", POINTS), SIZES[1:-1], [ACTIVATIONS["tanh"]])
    for (W, _), start in zip(network.parameters, weights()[seed], strict=True):
        W[:] = start
    return network


def one_after_another() -> Contender:
    runs = [descent(single(seed), OPTIMIZERS["gd"]) for seed in range(SEEDS)]

    def steps(n: int) -> None:
        for run in runs:
            run.run(Rates(RATE), 0.0, range(1, n + 1), n + 1, lambda step, network: None)

    return steps, lambda: np.stack([run.whole.parameters[0][0] for run in runs])


def together() -> Contender:
    size = fitting(SIZES, POINTS)
    stacks = []
    for first in range(0, SEEDS, size):
        networks = [single(seed) for seed in range(first, min(first + size, SEEDS))]
        stack = Stack(networks[:1], len(networks))
        for theta, network in zip(stack.theta, networks, strict=True):
            theta[:] = network.theta
        stacks.append(StackedDescent(stack, OPTIMIZERS["gd"], Rates(RATE)))

    def steps(n: int) -> None:
        for run in stacks:
            run.run(range(n))

    def outputs() -> Array:
        theta = np.concatenate([run.stack.theta for run in stacks])
        return theta[:, :12].reshape(SEEDS, 4, 3)[:, :, :2]

    return steps, outputs


def plain_loop() -> Contender:
    """Arrays with one axis more, a new one for every result, products by BLAS: what one writes first."""
    X, Y = make_points("flower", POINTS)
    W1, W2 = (np.stack(layer) for layer in zip(*weights(), strict=True))
    b1, b2 = np.zeros((SEEDS, 4, 1)), np.zeros((SEEDS, 1, 1))

    def steps(n: int) -> None:
        nonlocal W1, W2, b1, b2
        for _ in range(n):
            A1 = np.tanh(W1 @ X + b1)
            A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
            dZ2 = A2 - Y
            dZ1 = W2.transpose(0, 2, 1) * dZ2 * (1 - A1 * A1)
            W1, b1 = W1 - RATE / POINTS * (dZ1 @ X.T), b1 - RATE / POINTS * dZ1.sum(2, keepdims=True)
            dW2 = dZ2 @ A1.transpose(0, 2, 1)
            W2, b2 = W2 - RATE / POINTS * dW2, b2 - RATE / POINTS * dZ2.sum(2, keepdims=True)

    return steps, lambda: W1


def jax_vmapped() -> Contender:
    """The whole loop compiled, over all networks at once."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    X, Y = (jnp.asarray(array) for array in make_points("flower", POINTS))
    W1, W2 = (jnp.stack([jnp.asarray(W) for W in layer]) for layer in zip(*weights(), strict=True))
    parameters = (W1, jnp.zeros((SEEDS, 4, 1)), W2, jnp.zeros((SEEDS, 1, 1)))

    def cost(parameters: tuple[jax.Array, ...]) -> jax.Array:
        W1, b1, W2, b2 = parameters
        Z = W2 @ jnp.tanh(W1 @ X + b1) + b2
        return jnp.mean(jnp.maximum(Z, 0) - Y * Z + jnp.log1p(jnp.exp(-jnp.abs(Z))))

    def step(_: int, parameters: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        return tuple(p - RATE * dp for p, dp in zip(parameters, jax.grad(cost)(parameters), strict=True))

    @jax.jit
    def loop(parameters: tuple[jax.Array, ...], n: int) -> tuple[jax.Array, ...]:
        return jax.vmap(lambda one: jax.lax.fori_loop(0, n, step, one))(parameters)

    def steps(n: int) -> None:
        nonlocal parameters
        parameters = jax.block_until_ready(loop(parameters, n))

    return steps, lambda: np.asarray(parameters[0])


ALONE, TOGETHER, JAX = (
    "one network after another",
    "this engine, stacked",
    "JAX, vmapped, the whole loop compiled",
)


def bench() -> dict[str, float]:
    """Microseconds per step and network."""
    contenders = {
        ALONE: one_after_another(),
        TOGETHER: together(),
        "a plain stacked NumPy loop": plain_loop(),
    }
    if find_spec("jax"):
        contenders[JAX] = jax_vmapped()
    for steps, _ in contenders.values():
        steps(CHECKED)
    first = contenders[ALONE][1]()
    assert first.tobytes() == np.ascontiguousarray(contenders[TOGETHER][1]()).tobytes()
    for name, (_, outputs) in contenders.items():
        np.testing.assert_allclose(outputs(), first, atol=1e-9, err_msg=name)
    # Processor time: with one thread it is the same, and it does not count what others do meanwhile.
    times = microseconds({name: steps for name, (steps, _) in contenders.items()}, process_time)
    times = {name: spent / SEEDS for name, spent in times.items()}
    print(f"\n{SEEDS} seeds of 2-4-1 tanh on {POINTS} points, per step and network")
    for name, spent in times.items():
        print(f"  {name:44}{spent:9.2f} us   alone / this: {times[ALONE] / spent:.2f}")
    return times


async def whole_sweep() -> float:
    """Seconds for all runs of a sweep, with the workers warm."""
    pool = WorkerPool(WORKERS)
    await pool.warm()
    begun = perf_counter()
    async for _ in sweep(pool.bulk, plan(RUNS, STEPS)):
        pass
    spent = perf_counter() - begun
    pool.close()
    return spent


def main() -> None:
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {sys.platform} {platform.machine()}")
    times = bench()
    spent = asyncio.run(whole_sweep())
    each = 1e6 * spent / RUNS / STEPS
    print(f"\nA sweep of {RUNS:,} runs x {STEPS:,} steps on {WORKERS} workers")
    print(f"  {spent:.1f} s, {each:.2f} us per step of a run")
    print("\nTargets")
    target("stacked / one after another, at most 0.5", times[TOGETHER] / times[ALONE], 0.5)
    if JAX in times:
        target("stacked / JAX, at most 1", times[TOGETHER] / times[JAX], 1.0)
    else:
        print("  stacked / JAX, at most 1: JAX is not installed")


if __name__ == "__main__":
    main()
