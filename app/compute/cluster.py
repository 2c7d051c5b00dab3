"""Calls into the workers of a Dask cluster, through the seam of the worker pool.

The scheduler that the operator named places the calls and makes those of a dead worker again. We hold
as many calls at the scheduler as it has fit workers, so that none waits behind another; we bound each
one's time; and we give work only to those whose numbers would be ours, bit for bit.
"""

import asyncio
import contextlib
import logging
import os
import pickle
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeVar, cast
from uuid import uuid4

from distributed import Client
from distributed.security import Security

from app.compute.cluster_worker import do, introduce, own_papers
from app.compute.pool import PATIENCE, Bulk, ComputeError
from app.compute.slots import Slots

log = logging.getLogger("playground.compute")

Result = TypeVar("Result")

LOOK_SECONDS = 0.2
KEEP_SECONDS = 0.5
CONNECT_SECONDS = 5.0
INTRODUCE_SECONDS = 15.0
WARM_SECONDS = 15.0
GRACE_SECONDS = 10.0
"""How long a call waits for a scheduler or a worker that has gone: it may be starting again."""
SEND_SECONDS = 0.001
"""Between two messages to the scheduler; its client's own 10 ms are half a frame."""
TRIP_SMOOTHING = 0.1
LONGEST_TRIP = 0.02
"""What takes longer has waited for others, which is not the way's fault."""
CERTIFICATES = tuple(
    f"DASK_DISTRIBUTED__COMM__TLS__{name}" for name in ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY")
)


class _LostError(Exception):
    """The scheduler, or every worker that might have made a call, has gone."""


class Cluster:
    """``await cluster.call(function, *arguments)`` runs a picklable pure function on a cluster."""

    def __init__(self, address: str, timeout: float = 60.0) -> None:
        self.address = address
        self.timeout = timeout
        self.rebuilds = 0
        self._papers = own_papers()
        self._client: Client | None = None
        self._fit: dict[str, int] = {}  # the process ids by address
        self._unfit: dict[str, str] = {}  # and why
        self._asked: set[str] = set()
        self._meetings: set[asyncio.Task[None]] = set()
        self._endings: set[asyncio.Task[None]] = set()
        self._attempts: set[asyncio.Task[tuple[int, bytes | None]]] = set()
        self._fit_at = time.monotonic()  # when there was a fit worker last
        self._slots = Slots(1)
        self.bulk = Bulk(self)
        self.trip = 0.0
        self._keeper: asyncio.Task[None] | None = None
        self._closed = False
        self._answers = False
        self._said = ""
        self._numbers = count()
        self._name = uuid4().hex

    @property
    def workers(self) -> int:
        """Those that have been given work to do, or will be."""
        return len(self._fit)

    @property
    def process_ids(self) -> list[int]:
        """Of the fit workers, each on its own machine."""
        return list(self._fit.values())

    async def warm(self) -> None:
        """Connect, and wait a while for a first worker; a server without one starts too, and answers 503."""
        self._keeper = asyncio.create_task(self._keep())
        until = time.monotonic() + WARM_SECONDS
        while not self._fit and time.monotonic() < until:
            await asyncio.sleep(KEEP_SECONDS / 10)
        if not self._fit:
            log.error("no calls can be made yet: %s", self._lack())

    async def call(self, function: Callable[..., Result], *arguments: Any, bulk: bool = False) -> Result:
        """The function's result, or its exception; ComputeError if the cluster fails again and again."""
        work = pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
        patience = PATIENCE
        while patience > 0:
            # As many places as there are fit workers: so a call's clock runs only while it is computed.
            await self._slots.take(bulk)
            attempt = asyncio.create_task(self._attempt(work))
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)
            # Whoever leaves leaves a worker that is busy, or that hangs: the attempt sees to its end.
            lost, answer = await asyncio.shield(attempt)
            patience -= lost
            if answer is None:
                continue
            returned, outcome, _ = pickle.loads(answer)
            if not returned:
                raise outcome
            return cast(Result, outcome)
        raise ComputeError(self._lack() if not self._fit else "the computation could not be finished")

    async def _attempt(self, work: bytes) -> tuple[int, bytes | None]:
        """What it costs the call's patience, and the answer, if a worker gave one.

        It holds its slot for as long as a worker is busy with it, whether anybody still waits or not.
        """
        try:
            client = await self._present()
            begun = time.perf_counter()
            answer = await self._answer(client, work)
            elapsed = time.perf_counter() - begun
        except TimeoutError:
            log.warning("a worker was silent for %g s", self.timeout)
            return PATIENCE // 2, None
        except ComputeError:  # nobody is there, and has not been for long
            return PATIENCE, None
        except (_LostError, CancelledError, OSError):
            log.warning("a call has lost its worker or the scheduler")
            return 1, None
        except Exception as error:  # the cluster's, among them that a call killed worker after worker
            log.error("the cluster could not make a call", exc_info=error)
            return PATIENCE, None
        finally:
            self._slots.give()
        spent = pickle.loads(answer)[2]
        self.trip += TRIP_SMOOTHING * (min(elapsed - spent, LONGEST_TRIP) - self.trip)
        return 0, answer

    def close(self) -> None:
        """No call more; ``end`` waits until the scheduler has been told."""
        self._closed = True
        if self._keeper:
            self._keeper.cancel()

    async def end(self) -> None:
        """Leave the cluster; what it still computes for us is let go."""
        self.close()
        if self._endings:
            await asyncio.wait(self._endings, timeout=CONNECT_SECONDS)
        tasks = {*self._meetings, *self._endings, *self._attempts, *([self._keeper] if self._keeper else [])}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._drop()

    # A call

    async def _present(self) -> Client:
        """The client, with somebody behind it to do the work; ComputeError after a while without."""
        while not self._closed:
            client = self._client
            if client and client.status == "running" and self._fit:
                return client
            if time.monotonic() - self._fit_at > GRACE_SECONDS:
                raise ComputeError(self._lack())
            await asyncio.sleep(KEEP_SECONDS / 10)
        raise ComputeError("the server is ending")

    async def _answer(self, client: Client, work: bytes) -> bytes:
        """What a fit worker answers; TimeoutError when it is silent, _LostError when all have gone."""
        asked = set(self._fit)
        with self._asking(client, work, asked) as (key, answer):
            until = time.monotonic() + self.timeout
            while not (await asyncio.wait({answer}, timeout=LOOK_SECONDS))[0]:
                if client is not self._client or client.status != "running" or not asked & self._fit.keys():
                    raise _LostError
                if time.monotonic() > until:
                    hanging = await _hanging(client, key)
                    break
            else:
                return answer.result()
        if hanging:
            log.warning("the worker %s hangs and is ended", hanging)
            self._fit.pop(hanging, None)
            self._recount()
            # Beside the second try, which need not wait until a worker is there again.
            self._in_background(self._restart(client, hanging, key), self._endings)
        raise TimeoutError

    @contextmanager
    def _asking(
        self, client: Client, work: bytes, workers: set[str]
    ) -> Iterator[tuple[str, asyncio.Future[bytes]]]:
        """``work`` at the scheduler under a key of its own, which is forgotten there in the end."""
        # A number behind the dash: what stands before it Dask keeps statistics of, for ever.
        key = f"playground-{next(self._numbers)}-{self._name}"
        future = client.submit(do, work, key=key, workers=sorted(workers), pure=False)
        answer: asyncio.Future[bytes] = asyncio.ensure_future(future)
        try:
            yield key, answer
        finally:
            answer.cancel()
            future.release()

    async def _restart(self, client: Client, address: str, key: str) -> None:
        """End a worker; its nanny, or the operator's own means, start another."""
        self.rebuilds += 1
        with contextlib.suppress(OSError, TimeoutError):
            try:
                async with asyncio.timeout(CONNECT_SECONDS / 2):
                    # The call must be forgotten first, or the scheduler hands it to the next worker.
                    while key in (await client.processing()).get(address, ()):
                        await asyncio.sleep(KEEP_SECONDS / 50)
                    await client.run(os._exit, 1, workers=[address], on_error="ignore")
            except TimeoutError:  # so deep asleep that only its nanny can end it
                await client.restart_workers([address], timeout=CONNECT_SECONDS, raise_for_error=False)

    # The cluster

    async def _keep(self) -> None:
        """For ever: stay connected, and know who is there."""
        while True:
            try:
                if self._client is None or self._client.status == "closed":
                    await self._connect()
                await self._look()
                self._answers = True
            except Exception as error:  # among them RuntimeErrors of a client that is just closing
                if not isinstance(error, OSError | TimeoutError) and not self._said:
                    log.error("the cluster could not be looked at", exc_info=error)
                self._answers = False
                self._fit.clear()
            self._recount()
            self._say("" if self._fit else self._lack())
            await asyncio.sleep(KEEP_SECONDS)

    async def _connect(self) -> None:
        await self._drop()
        client = Client(
            self.address,
            asynchronous=True,
            set_as_default=False,
            timeout=CONNECT_SECONDS,
            name="planar-playground",
        )
        try:
            await client
        except BaseException:
            await client.close(timeout=CONNECT_SECONDS)
            raise
        self._client = client

    async def _drop(self) -> None:
        client, self._client = self._client, None
        self._fit.clear()
        if client and client.status != "closed":
            with contextlib.suppress(OSError, TimeoutError):
                await client.close(timeout=CONNECT_SECONDS)

    async def _look(self) -> None:
        """Forget the workers that have gone, and let the new ones introduce themselves."""
        client = self._client
        assert client is not None
        async with asyncio.timeout(CONNECT_SECONDS):
            there = set(await client.nthreads())
        if client.scheduler_comm:
            client.scheduler_comm.interval = SEND_SECONDS
        for known in (self._fit, self._unfit):
            for address in known.keys() - there:
                del known[address]
        for address in there - self._fit.keys() - self._unfit.keys() - self._asked:
            self._asked.add(address)
            self._in_background(self._meet(client, address), self._meetings)

    async def _meet(self, client: Client, address: str) -> None:
        """Give a worker its chance: fit for work, or not and why. A silent one is asked again."""
        try:
            with self._asking(client, pickle.dumps((introduce, ())), {address}) as (_, answer):
                returned, told, _ = pickle.loads(await asyncio.wait_for(answer, INTRODUCE_SECONDS))
            if not returned:
                raise told
            papers, process_id = told
            difference = papers.differs_from(self._papers)
        except (OSError, TimeoutError, CancelledError):
            return
        except Exception as error:  # it has not even got this program
            difference = f"{type(error).__name__}: {error}"
        finally:
            self._asked.discard(address)
        if difference:
            self._unfit[address] = difference
            log.error("the worker %s gets nothing to do: %s", address, difference)
        else:
            self._fit[address] = process_id
            self._recount()

    def _recount(self) -> None:
        """One call at a time for each fit worker; where there is none, the first in line waits for one."""
        self._slots.resize(max(1, len(self._fit)))
        if self._fit:
            self._fit_at = time.monotonic()

    def _lack(self) -> str:
        """Why there is nobody to make calls."""
        if not self._answers:
            return "the scheduler of the cluster does not answer"
        if self._unfit:
            return f"no worker of the cluster is fit: {next(iter(self._unfit.values()))}"
        return "the cluster has no workers"

    def _say(self, trouble: str) -> None:
        """Once, when it changes."""
        if trouble != self._said:
            if trouble:
                log.error("%s (%s)", trouble, self.address)
            else:
                log.info("the cluster at %s computes", self.address)
        self._said = trouble

    def _in_background(self, work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def check_certificates(address: str) -> None:
    """A tls:// address cannot be reached without; where they are, Dask reads from its own settings."""
    if address.startswith("tls:") and not Security().get_connection_args("client").get("ssl_context"):
        raise ValueError(f"PLAYGROUND_SCHEDULER with tls:// needs {', '.join(CERTIFICATES)}; got {address!r}")


async def _hanging(client: Client, key: str) -> str | None:
    """The worker that is in the call at this very moment; None where others' calls are made before it.

    One that cannot even say what it does hangs too.
    """
    address = None
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(CONNECT_SECONDS / 2):
            at_work = await client.processing()
            address = next((name for name, keys in at_work.items() if key in keys), None)
            if address and not await client.call_stack(keys=[key]):
                return None
    return address
