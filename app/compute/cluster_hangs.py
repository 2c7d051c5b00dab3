"""Workers of a cluster that hang: found by what they are in, and ended, so that others are started.

Every server ends those that hang in its own calls. In the call of another one a worker hangs if it is still
in it when that server must have given it up: then that server has gone, or it would have ended the worker.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from distributed import Client

from app.compute.cluster_asking import bound_of
from app.compute.cluster_worker import at_work, leave

log = logging.getLogger("playground.compute")

SECONDS = 5.0
"""Within which a worker that is still awake says what it is in, and ends."""
LOOK_SECONDS = 0.01
WATCH_SECONDS = 2.0
MARGIN_SECONDS = 5.0
"""Beyond what its own server waits for a call, so that the server, if it is there, is first."""


class Hangs:
    """``await look(client, key)`` when a call has been silent; ``ended`` counts the workers it cost.

    ``watched`` are those that others' calls keep busy; ``changed()`` is called when they change.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.ended = 0
        self.watched: set[str] = set()
        self._changed = changed
        self._endings: set[asyncio.Task[None]] = set()
        self._watches: set[asyncio.Task[None]] = set()

    async def look(self, client: Client, key: str) -> str | None:
        """The worker that hangs in the call, if one does: it is being ended, beside the caller's next try.

        One that has not come to the call is watched.
        """
        address, in_it = await _where(client, key)
        if address and not in_it:
            self.watch(client, address)
            return None
        if address:
            log.warning("the worker %s hangs and is ended", address)
            self.ended += 1
            _in_background(_end(client, address, key), self._endings)
        return address

    def watch(self, client: Client, address: str) -> None:
        """Until the worker has left the calls that it is in now, or is ended because it does not."""
        if address not in self.watched:
            self.watched.add(address)
            self._changed()
            _in_background(self._watch(client, address), self._watches)

    async def _watch(self, client: Client, address: str) -> None:
        begun = time.monotonic()
        try:
            kept = await _at_work(client, address)
            while kept:
                if late := overdue(kept, time.monotonic() - begun):
                    log.warning("the worker %s hangs in a call that nobody waits for and is ended", address)
                    self.ended += 1
                    async with asyncio.timeout(SECONDS / 2):
                        await client.run(leave, late, workers=[address], on_error="ignore")
                    return
                await asyncio.sleep(WATCH_SECONDS)
                kept &= await _at_work(client, address)
        except Exception:  # the worker or the scheduler has gone; or it is silent, as the next call will find
            log.debug("the worker %s could not be watched", address, exc_info=True)
        finally:
            self.watched.discard(address)
            self._changed()

    async def end(self) -> None:
        """Wait until the scheduler has been told of all endings, but not for ever."""
        if self._endings:
            await asyncio.wait(self._endings, timeout=SECONDS)
        if tasks := {*self._endings, *self._watches}:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


def overdue(kept: Iterable[str], seconds: float) -> str | None:
    """A call that a worker has been in for ``seconds`` at least, though its own server gave it less."""
    return next((key for key in kept if (bound := bound_of(key)) and bound + MARGIN_SECONDS <= seconds), None)


async def _where(client: Client, key: str) -> tuple[str | None, bool]:
    """The worker that has the call, and whether it is in it at this very moment, or others' are made before.

    One that cannot even say what it does hangs too.
    """
    address, in_it = None, True
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(SECONDS / 2):
            busy = await client.processing()
            address = next((name for name, keys in busy.items() if key in keys), None)
            if address:
                in_it = bool(await client.call_stack(keys=[key]))
    return address, in_it


async def _at_work(client: Client, address: str) -> set[str]:
    """The keys of the calls that a worker is in; the scheduler forgets them when whoever asked has gone."""
    async with asyncio.timeout(SECONDS / 2):
        return set((await client.run(at_work, workers=[address]))[address])


async def _end(client: Client, address: str, key: str) -> None:
    """End a worker; its nanny, or the operator's own means, start another."""
    with contextlib.suppress(OSError, TimeoutError):
        try:
            async with asyncio.timeout(SECONDS / 2):
                # The call must be forgotten first, or the scheduler hands it to the next worker.
                while key in (await client.processing()).get(address, ()):
                    await asyncio.sleep(LOOK_SECONDS)
                await client.run(os._exit, 1, workers=[address], on_error="ignore")
        except TimeoutError:  # so deep asleep that only its nanny can end it
            await client.restart_workers([address], timeout=SECONDS, raise_for_error=False)


def _in_background(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
