"""Whether rooms are shared with other servers: only by a setting, and only with the extra for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.compute.rooms import Rooms
from app.settings import Settings

if TYPE_CHECKING:
    from app.compute.relay import Relay

SCHEMES = ("redis", "rediss", "unix")


def sharing_for(settings: Settings) -> "Callable[[Rooms], Relay] | None":
    """Makes what the settings ask for; a ValueError names the setting, the rule and the value at once."""
    if not settings.redis_url:
        return None
    if urlsplit(settings.redis_url).scheme not in SCHEMES:
        raise ValueError("PLAYGROUND_REDIS_URL must be redis://host:port, rediss://host:port or unix:///path")
    try:
        from app.compute.relay import Relay  # most servers do without the extra
    except ModuleNotFoundError as missing:
        raise ValueError(
            f"PLAYGROUND_REDIS_URL needs the extra [cluster] ({missing.name} is not installed): "
            "pip install '.[cluster]' in the project's folder"
        ) from None
    return lambda rooms: Relay(settings.redis_url, rooms)


@asynccontextmanager
async def shared(rooms: Rooms, share: "Callable[[Rooms], Relay] | None") -> AsyncIterator[None]:
    """Share these rooms as long as the block lasts, if they are to be shared at all."""
    if share is None:
        yield
        return
    relay = rooms.shared = share(rooms)
    running = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await relay.end()
