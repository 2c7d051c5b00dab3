"""What a Dask cluster costs a call, and what a second worker brings a sweep.

    python -m tests.benchmarks.bench_cluster

A real scheduler and its workers, all on this machine: with fewer than four cores they are in each
other's way, and the ratio says more about the machine than about the cluster.
"""

import asyncio
import os
import platform
from statistics import median
from time import perf_counter

from app.compute.cluster import Cluster
from app.compute.pool import WorkerPool, Workers
from app.compute.sweeping import sweep
from app.experiments.experiment import Experiment
from app.experiments.frames import travel
from app.experiments.observe import View
from app.experiments.run import start
from tests.compute.sweeps import plan
from tests.dask_cluster import DaskCluster

CALLS = 200
RUNS, STEPS = 200, 2_000
TURNS = 3


async def frame_ms(workers: Workers) -> float:
    """The median of a live page's frame that takes ten steps, called one after the other."""
    experiment, spent = Experiment(), []
    state = await workers.call(start, experiment)
    view = View(boundary=100, maps=30, units=8, activations=True)
    for _ in range(CALLS):
        begun = perf_counter()
        chunk = await workers.call(travel, experiment, state, 10, 1, view, [], False)
        spent.append(perf_counter() - begun)
        state = chunk.state
    return 1e3 * median(spent)


async def sweep_seconds(workers: Workers) -> float:
    begun = perf_counter()
    async for _ in sweep(workers.bulk, plan(RUNS, STEPS)):
        pass
    return perf_counter() - begun


async def there(cluster: Cluster, count: int) -> None:
    """Wait until so many workers have introduced themselves."""
    async with asyncio.timeout(60):
        while cluster.workers != count:
            await asyncio.sleep(0.05)


async def bench(dask: DaskCluster) -> None:
    pool = WorkerPool(1)
    await pool.warm()
    local = await frame_ms(pool)
    print(f"  a frame of ten steps, own worker process {local:15.1f} ms")
    print(f"  a sweep of {RUNS} x {STEPS:,}, own worker process {await sweep_seconds(pool):10.1f} s")
    await pool.end()

    cluster = Cluster(dask.address)
    first = dask.start_worker()
    await cluster.warm()
    await there(cluster, 1)
    remote = await frame_ms(cluster)
    print(f"  a frame of ten steps, cluster {remote:26.1f} ms   {remote - local:.1f} ms on the way")
    one, two = [], []
    for _ in range(TURNS):  # in turns, so that a machine that is busy for a moment is so for both
        one.append(await sweep_seconds(cluster))
        second = dask.start_worker()
        await there(cluster, 2)
        two.append(await sweep_seconds(cluster))
        second.kill()
        await there(cluster, 1)
    assert first.poll() is None
    for name, spent in (("one worker", one), ("two workers", two)):
        print(f"  a sweep of {RUNS} x {STEPS:,}, cluster of {name:12}{median(spent):12.1f} s")
    print(f"  two workers make it {median(one) / median(two):.2f} times as fast as one")
    await cluster.end()


def main() -> None:
    print(f"A Dask cluster on this machine: Python {platform.python_version()}, {os.cpu_count()} cores")
    with DaskCluster() as dask:
        dask.start_scheduler()
        asyncio.run(bench(dask))


if __name__ == "__main__":
    main()
