"""Workers of a cluster that hang: found by what they are in, and ended, so that others are started."""

import asyncio
import contextlib
import logging
import os

from distributed import Client

log = logging.getLogger("playground.compute")

SECONDS = 5.0
"""Within which a worker that is still awake says what it is in, and ends."""
LOOK_SECONDS = 0.01


class Hangs:
    """``await look(client, key)`` when a call has been silent; ``ended`` counts the workers it cost."""

    def __init__(self) -> None:
        self.ended = 0
        self._endings: set[asyncio.Task[None]] = set()

    async def look(self, client: Client, key: str) -> str | None:
        """The worker that hangs in the call, if one does: it is being ended, beside the caller's next try."""
        address = await _hanging(client, key)
        if address:
            log.warning("the worker %s hangs and is ended", address)
            self.ended += 1
            ending = asyncio.create_task(_end(client, address, key))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)
        return address

    async def end(self) -> None:
        """Wait until the scheduler has been told of all endings, but not for ever."""
        if self._endings:
            await asyncio.wait(self._endings, timeout=SECONDS)
        if tasks := {*self._endings}:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def _hanging(client: Client, key: str) -> str | None:
    """The worker that is in the call at this very moment; None where others' calls are made before it.

    One that cannot even say what it does hangs too.
    """
    address = None
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(SECONDS / 2):
            at_work = await client.processing()
            address = next((name for name, keys in at_work.items() if key in keys), None)
            if address and not await client.call_stack(keys=[key]):
                return None
    return address


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
