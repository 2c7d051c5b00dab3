"""What runs first in a worker process."""

import os
import signal
import threading
from multiprocessing import parent_process
from multiprocessing.connection import wait

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
"""One BLAS thread: the bits of a run must not depend on how many cores a machine has."""


def prepare() -> None:
    """Leave Ctrl-C to the server, and end with it however it ends: a process pool's workers do not."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)


def warm() -> int:
    """Import what every call needs and answer the process id."""
    import app.experiments.frames  # noqa: F401 - in the worker, once, before the first call

    return os.getpid()
