"""Who is in a cluster: its scheduler, and the workers, which come and go and introduce themselves.

Only those are fit for work whose numbers would be the server's, bit for bit.
"""

import asyncio
import contextlib
import logging
import pickle
import time
from collections.abc import Callable
from concurrent.futures import CancelledError

from distributed import Client
from distributed.security import Security

from app.compute.cluster_asking import asking
from app.compute.cluster_hangs import Hangs
from app.compute.cluster_worker import introduce, own_papers
from app.compute.pool import ComputeError

log = logging.getLogger("playground.compute")

KEEP_SECONDS = 0.5
CONNECT_SECONDS = 5.0
INTRODUCE_SECONDS = 15.0
INTRODUCTIONS = 4
"""So many times as long may one take on a busy machine before others' servers take it to hang."""
WARM_SECONDS = 15.0
GRACE_SECONDS = 10.0
"""How long a call waits for a scheduler or a worker that has gone: it may be starting again."""
SEND_SECONDS = 0.001
"""Between two messages to the scheduler; its client's own 10 ms are half a frame."""
CERTIFICATES = tuple(
    f"DASK_DISTRIBUTED__COMM__TLS__{name}" for name in ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY")
)


class Members:
    """``fit`` has the process ids of the fit workers by address; ``changed()`` is called when it changes."""

    def __init__(self, address: str, hangs: Hangs, changed: Callable[[], None]) -> None:
        self.address = address
        self.client: Client | None = None
        self.fit: dict[str, int] = {}
        self.unfit: dict[str, str] = {}  # and why
        self._hangs = hangs
        self._changed = changed
        self._papers = own_papers()
        self._asked: set[str] = set()
        self._meetings: set[asyncio.Task[None]] = set()
        self._fit_at = time.monotonic()  # when there was a fit worker last
        self._keeper: asyncio.Task[None] | None = None
        self._closed = False
        self._answers = False
        self._said = ""

    async def warm(self) -> None:
        """Connect, and wait a while for a first worker; a server without one starts too, and answers 503."""
        self._keeper = asyncio.create_task(self._keep())
        until = time.monotonic() + WARM_SECONDS
        while not self.fit and time.monotonic() < until:
            await asyncio.sleep(KEEP_SECONDS / 10)
        if not self.fit:
            log.error("no calls can be made yet: %s", self.lack())

    async def present(self) -> Client:
        """The client, with somebody behind it to do the work; ComputeError after a while without."""
        while not self._closed:
            client = self.client
            if client and client.status == "running" and self.fit:
                return client
            if time.monotonic() - self._fit_at > GRACE_SECONDS:
                raise ComputeError(self.lack())
            await asyncio.sleep(KEEP_SECONDS / 10)
        raise ComputeError("the server is ending")

    def able(self) -> set[str]:
        """Whom to give work: those that others keep busy are passed over, unless all are."""
        return self.fit.keys() - self._hangs.watched or set(self.fit)

    def have(self, client: Client, asked: set[str]) -> bool:
        """Whether the scheduler is the one that was asked, and one of the workers is there still."""
        return client is self.client and client.status == "running" and bool(asked & self.fit.keys())

    def lose(self, address: str) -> None:
        """A worker is on its way out, before the scheduler knows."""
        self.fit.pop(address, None)
        self._recount()

    def lack(self) -> str:
        """Why there is nobody to make calls."""
        if not self._answers:
            return "the scheduler of the cluster does not answer"
        if self.unfit:
            return f"no worker of the cluster is fit: {next(iter(self.unfit.values()))}"
        return "the cluster has no workers"

    def close(self) -> None:
        """Nobody is looked for any more; ``end`` leaves the cluster."""
        self._closed = True
        if self._keeper:
            self._keeper.cancel()

    async def end(self) -> None:
        """Leave the cluster."""
        self.close()
        if tasks := {*self._meetings, *([self._keeper] if self._keeper else [])}:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        await self._drop()

    async def _keep(self) -> None:
        """For ever: stay connected, and know who is there."""
        while True:
            try:
                if self.client is None or self.client.status == "closed":
                    await self._connect()
                await self._look()
                self._answers = True
            except Exception as error:  # among them RuntimeErrors of a client that is just closing
                if not isinstance(error, OSError | TimeoutError) and not self._said:
                    log.error("the cluster could not be looked at", exc_info=error)
                self._answers = False
                self.fit.clear()
            self._recount()
            self._say("" if self.fit else self.lack())
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
        self.client = client

    async def _drop(self) -> None:
        client, self.client = self.client, None
        self.fit.clear()
        if client and client.status != "closed":
            with contextlib.suppress(OSError, TimeoutError):
                await client.close(timeout=CONNECT_SECONDS)

    async def _look(self) -> None:
        """Forget the workers that have gone, and let the new ones introduce themselves."""
        client = self.client
        assert client is not None
        async with asyncio.timeout(CONNECT_SECONDS):
            there = set(await client.nthreads())
        if client.scheduler_comm:
            client.scheduler_comm.interval = SEND_SECONDS
        for known in (self.fit, self.unfit):
            for address in known.keys() - there:
                del known[address]
        for address in there - self.fit.keys() - self.unfit.keys() - self._asked:
            self._asked.add(address)
            meeting = asyncio.create_task(self._meet(client, address))
            self._meetings.add(meeting)
            meeting.add_done_callback(self._meetings.discard)

    async def _meet(self, client: Client, address: str) -> None:
        """Give a worker its chance: fit for work, or not and why. A silent one is asked again."""
        try:
            bound = INTRODUCTIONS * INTRODUCE_SECONDS
            with asking(client, pickle.dumps((introduce, ())), [address], bound) as (_, answer):
                returned, told, _ = pickle.loads(await asyncio.wait_for(answer, INTRODUCE_SECONDS))
            if not returned:
                raise told
            papers, process_id = told
            difference = papers.differs_from(self._papers)
        except TimeoutError:
            self._hangs.watch(client, address)
            return
        except (OSError, CancelledError):
            return
        except Exception as error:  # it has not even got this program
            difference = f"{type(error).__name__}: {error}"
        finally:
            self._asked.discard(address)
        if difference:
            self.unfit[address] = difference
            log.error("the worker %s gets nothing to do: %s", address, difference)
        else:
            self.fit[address] = process_id
            self._recount()

    def _recount(self) -> None:
        if self.fit:
            self._fit_at = time.monotonic()
        self._changed()

    def _say(self, trouble: str) -> None:
        """Once, when it changes."""
        if trouble != self._said:
            if trouble:
                log.error("%s (%s)", trouble, self.address)
            else:
                log.info("the cluster at %s computes", self.address)
        self._said = trouble


def check_certificates(address: str) -> None:
    """A tls:// address cannot be reached without; where they are, Dask reads from its own settings."""
    if address.startswith("tls:") and not Security().get_connection_args("client").get("ssl_context"):
        raise ValueError(f"PLAYGROUND_SCHEDULER with tls:// needs {', '.join(CERTIFICATES)}; got {address!r}")
