"""One piece of work at a cluster's scheduler, under a key of its own."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from uuid import uuid4

from distributed import Client

from app.compute.cluster_worker import do

_name = uuid4().hex
_numbers = count()


@contextmanager
def asking(
    client: Client, work: bytes, workers: Iterable[str]
) -> Iterator[tuple[str, asyncio.Future[bytes]]]:
    """The key and the answer to come of what one of ``workers`` does; both are forgotten there in the end."""
    # A number behind the dash: what stands before it Dask keeps statistics of, for ever.
    key = f"playground-{next(_numbers)}-{_name}"
    future = client.submit(do, work, key=key, workers=sorted(workers), pure=False)
    answer: asyncio.Future[bytes] = asyncio.ensure_future(future)
    try:
        yield key, answer
    finally:
        answer.cancel()
        future.release()
