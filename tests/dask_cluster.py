"""A real Dask scheduler and its workers, on free ports of the loopback, and calls into them."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self

import psutil

from app.compute.cluster import Cluster
from app.compute.worker import ONE_THREAD
from tests.serving import LOOPBACK, ROOT, eventually, free_port


class DaskCluster:
    """``python -m distributed.cli...``: ended at the end of a ``with`` block, workers too."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        return f"tcp://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> str:
        return (Path(self._folder.name) / "log").read_text(errors="replace")

    @property
    def processes(self) -> list[int]:
        """The process ids of the workers that nannies have started."""
        nannies = [psutil.Process(worker.pid) for worker in self.workers if worker.poll() is None]
        children = [child for nanny in nannies for child in nanny.children()]
        return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]

    def start_scheduler(self, **environment: str) -> None:
        """Begin to listen; returns once it does."""
        options = ["--host", LOOPBACK, "--port", str(self.port), "--no-dashboard", "--no-show"]
        self.scheduler = self._begin("dask_scheduler", *options, **environment)
        eventually(self._listens, 30)

    def start_worker(self, nanny: bool = False, **environment: str) -> subprocess.Popen[bytes]:
        """One process with one thread; whether it has come, the cluster's client finds out."""
        options = ["--nthreads", "1", "--no-dashboard", "--memory-limit", "0", "--host", LOOPBACK]
        options += [] if nanny else ["--no-nanny"]
        worker = self._begin("dask_worker", self.address, *options, **environment)
        self.workers.append(worker)
        return worker

    def end_scheduler(self) -> None:
        """At once, as if its machine had lost power; its workers end by themselves."""
        assert self.scheduler is not None
        self.scheduler.kill()
        self.scheduler.wait()

    def _begin(self, module: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        told = {"PYTHONPATH": str(ROOT), "DASK_TEMPORARY_DIRECTORY": self._folder.name, **ONE_THREAD}
        log = (Path(self._folder.name) / "log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
                cwd=self._folder.name,
                env={**os.environ, **told, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a nanny's worker ends with it
            )

    def _listens(self) -> bool:
        assert self.scheduler is not None
        assert self.scheduler.poll() is None, self.log
        with socket.socket() as caller:
            return caller.connect_ex((LOOPBACK, self.port)) == 0

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        everyone = [process for process in (self.scheduler, *self.workers) if process]
        for process in everyone:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in everyone:
            process.wait()
        self._folder.cleanup()

    def __exit__(self, *_: object) -> None:
        self.close()


def run(
    dask: DaskCluster,
    work: Callable[[Cluster], Coroutine[Any, Any, None]],
    workers: int = 2,
    timeout: float = 30.0,
) -> None:
    """``work(cluster)`` in an event loop, once there are ``workers``; the cluster is left afterwards."""

    async def whole() -> None:
        cluster = Cluster(dask.address, timeout)
        try:
            await cluster.warm()
            await until(lambda: cluster.workers >= workers)
            await asyncio.wait_for(work(cluster), 60)
        finally:
            await cluster.end()

    asyncio.run(whole())


async def until(holds: Callable[[], Any], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)
