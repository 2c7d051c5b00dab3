"""A class that opens the page in the same moment: how long until all have what it consists of.

Every visitor asks as a browser does: for the page, then over six connections for all that it names, and for
what its scripts ask for. Nothing is drawn: this is the server's part of a visit, without the network's.
"""

import asyncio
import re
import time
from urllib.parse import urlsplit

from tests.serving import Server

CONNECTIONS = 6
ASKED_BY_SCRIPTS = ("api/texts/en", "api/catalog", "vendor/plotly.min.js")


class Visitor:
    """One connection of a browser that has been here, or not."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc

    async def __aenter__(self) -> "Visitor":
        name, _, port = self._host.rpartition(":")
        self._reader, self._writer = await asyncio.open_connection(name, int(port))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def get(self, path: str) -> bytes:
        """The body as it comes, or an error."""
        asked = f"GET /{path} HTTP/1.1\r\nHost: {self._host}\r\nAccept-Encoding: gzip\r\n\r\n"
        self._writer.write(asked.encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        if " 200 " not in head.partition("\r\n")[0]:
            raise OSError(f"{path}: {head.partition(chr(13))[0]}")
        length = re.search(r"content-length: (\d+)", head)
        return await self._reader.readexactly(int(length[1])) if length else b""


async def visit(url: str, names: list[str]) -> float:
    """Seconds until one visitor has the page and all of ``names``."""
    begun = time.monotonic()
    left = list(reversed(names))

    async def take(visitor: Visitor) -> None:
        while left:
            await visitor.get(left.pop())

    async with Visitor(url) as first:
        await first.get("")
        others = [Visitor(url) for _ in range(CONNECTIONS - 1)]

        async def join(visitor: Visitor) -> None:
            async with visitor:
                await take(visitor)

        await asyncio.gather(take(first), *(join(other) for other in others))
    return time.monotonic() - begun


async def class_comes_in(server: Server, visitors: int, again: bool) -> list[float]:
    """Seconds of each, sorted; ``again`` of those whose browsers have kept what they may keep."""
    status, _, page = server.request("GET", "/")
    assert status == 200
    named = re.findall(r'(?:src|href)="((?:v|css|js)/[^"]+)"', page.decode())
    names = ["api/texts/en", "api/catalog"] if again else [*named, *ASKED_BY_SCRIPTS]
    return sorted(await asyncio.gather(*(visit(server.url, names) for _ in range(visitors))))
