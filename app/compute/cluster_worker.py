"""What runs in a worker of a cluster: one call at a time, and a word on who the worker is and what it is in.

A worker must import no more than a process of our own does; the cluster's client is not its business.
"""

import os
import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

ONE_THREAD_HERE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Those that a Dask worker with a nanny sets by itself before numpy is loaded."""

PROOF_STEPS = 20
SOURCES = ("engine", "experiments")

_alone = threading.Lock()


@dataclass(frozen=True)
class Papers:
    """What decides the bits that a worker computes; two workers with equal papers may share a run."""

    app: str
    numpy: str
    source: str
    digits: str
    threads: str

    def differs_from(self, other: "Papers") -> str | None:
        """What is not as it is at ``other``, in words; None where nothing is."""
        if self.threads != other.threads:
            return f"it must have one BLAS thread; {self.threads}"
        if self.app != other.app:
            return f"planar-playground {self.app} there, {other.app} here"
        if self.numpy != other.numpy:
            return f"numpy {self.numpy} there, {other.numpy} here"
        if self.source != other.source:
            return f"other files of the program there ({self.source}) than here ({other.source})"
        if self.digits != other.digits:
            return "another kind of machine: the last digits of a run differ from those computed here"
        return None


def do(work: bytes) -> bytes:
    """Call the pickled (function, arguments); answers (whether it returned, result or exception, seconds).

    One at a time, however many threads the worker has: the buffers of a problem are shared by the process.
    Both ways as bytes: the cluster neither looks into arguments nor changes how arrays are stored.
    """
    with _alone:
        begun = time.perf_counter()
        function, arguments = pickle.loads(work)
        returned, outcome = _outcome(function, arguments)
        spent = time.perf_counter() - begun
        return pickle.dumps((returned, outcome, spent), pickle.HIGHEST_PROTOCOL)


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, function(*arguments)
    except Exception as error:
        return False, error


def introduce() -> tuple[Papers, int]:
    """A worker's papers and its process id; it has then imported what every call needs."""
    from app.compute.worker import warm

    process_id = warm()
    return Papers(*_program(), _source(), _digits(), _threads()), process_id


def at_work(dask_worker: Any) -> list[str]:
    """Runs beside the calls: the keys of those that the worker is in, whether anybody still waits or not."""
    with dask_worker.active_threads_lock:
        return [str(key) for key in dask_worker.active_threads.values()]


def leave(key: str, dask_worker: Any) -> None:
    """End this process if it is still in that call, and no other that has its address by now."""
    if key in at_work(dask_worker):
        os._exit(1)


def own_papers() -> Papers:
    """What a worker's must be equal to: the server's, as if it had one thread, since it computes nothing."""
    return Papers(*_program(), _source(), _digits(), "")


def _program() -> tuple[str, str]:
    import numpy

    import app

    return app.__version__, numpy.__version__


def _source() -> str:
    """A digest of the code that computes: two installations of one version can still differ."""
    folder = Path(__file__).parents[1]
    digest = sha256()
    for part in SOURCES:
        for path in sorted((folder / part).rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]


def _digits() -> str:
    """A digest of the bits of a short run: numpy takes other instructions on another kind of processor."""
    from app.experiments.experiment import Experiment
    from app.experiments.run import advance, start

    experiment = Experiment()
    state, _ = advance(experiment, start(experiment), PROOF_STEPS)
    return sha256(state.theta.tobytes()).hexdigest()[:8]


def _threads() -> str:
    """Which variables are not 1: numpy has read them long before it can be told."""
    given = {name: os.environ.get(name) for name in ONE_THREAD_HERE}
    return ", ".join(f"{name} is {value or 'not set'}" for name, value in given.items() if value != "1")
