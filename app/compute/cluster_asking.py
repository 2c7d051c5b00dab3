"""One piece of work at a cluster's scheduler, under a key that says for how long it is waited for."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import ceil
from uuid import uuid4

from distributed import Client

from app.compute.cluster_worker import do

KEY = re.compile(r"playground-([0-9]+)s-[0-9a-f]{32}")


@contextmanager
def asking(
    client: Client, work: bytes, workers: Iterable[str], seconds: float = 0.0
) -> Iterator[tuple[str, asyncio.Future[bytes]]]:
    """The key and the answer to come of what one of ``workers`` does; both are forgotten there in the end.

    ``seconds``, after which a worker that is still in it hangs, is for all servers to read; 0 sets no bound.
    """
    # A digit behind the first dash: what stands before it Dask keeps statistics of, for ever.
    key = f"playground-{ceil(seconds)}s-{uuid4().hex}"
    future = client.submit(do, work, key=key, workers=sorted(workers), pure=False)
    answer: asyncio.Future[bytes] = asyncio.ensure_future(future)
    try:
        yield key, answer
    finally:
        answer.cancel()
        future.release()


def bound_of(key: str) -> int:
    """After how many seconds the server that made this call takes it to hang; 0 if that is not known."""
    found = KEY.fullmatch(key)
    return int(found[1]) if found else 0
