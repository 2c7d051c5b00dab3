"""The page's own files. A browser keeps those whose address names their version: who comes back asks little.

``/v/VERSION/js/main.js`` is ``/js/main.js`` as long as VERSION is that of all files together. Only the page
names it: modules find each other by relative addresses. After an upgrade the page names another; who still
asks by an old one gets the file as it is now, and is told not to keep it.
"""

import asyncio
import contextlib
import hashlib
import posixpath
import re
import time
from collections.abc import Mapping
from pathlib import Path

from fastapi import HTTPException, Request, Response

from app.api.packing import ASKED_ANEW, KEPT_FOR_GOOD, Packed

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
LOOK_SECONDS = 1.0
"""So long after it was looked whether a file has changed, it is looked again."""
ADDRESS = re.compile(r'((?:src|href)="(?:\.\./)*)((?:css|js)/)')
STYLES = re.compile(r'( *<link rel="stylesheet" href="(?:\.\./)*)css/[^"]+">\n(?:\1css/[^"]+">\n)*')
SCRIPT = re.compile(r'<script type="module" src="((?:\.\./)*)(js/[^"]+)"></script>')
IMPORT = re.compile(r'^(?:import|export)\b[^;]*?from "(\.[^"]+)";', re.MULTILINE)


class PageFiles:
    """All files of a folder, compressed, in memory; read again when one of them has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Together, since a thread exchanges them: a new file under an old version would be kept for good.
        self._now: tuple[str, dict[str, Packed]] = "", {}
        self._seen: list[tuple[Path, int, int]] = []
        self._look_at = 0.0

    async def answer(self, request: Request, name: str, version: str = "") -> Response:
        """The file ``name``, asked for by a version or not.

        Raises HTTPException 404 where there is none, 405 for what does not read.
        """
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if time.monotonic() >= self._look_at:
            await asyncio.to_thread(self.look)
        now, files = self._now
        if name not in files:
            raise HTTPException(404)
        return files[name].answer(request, KEPT_FOR_GOOD if version == now else ASKED_ANEW)

    def look(self) -> None:
        """Read all anew if a file has changed."""
        with contextlib.suppress(FileNotFoundError):  # it has gone meanwhile: what was there stays until then
            stats = [(path, path.stat()) for path in sorted(self._folder.rglob("*")) if path.is_file()]
            seen = [(path, stat.st_mtime_ns, stat.st_size) for path, stat in stats]
            if seen != self._seen:
                self._now = _read(self._folder, [path for path, _ in stats])
                self._seen = seen
        self._look_at = time.monotonic() + LOOK_SECONDS


def _read(folder: Path, paths: list[Path]) -> tuple[str, dict[str, Packed]]:
    """The version of all files, and they as they are answered."""
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    pages = [name for name in contents if name.endswith(".html")]
    for name in pages:
        contents[name] = _with_one_style(name, contents[name].decode(), contents).encode()
    everything = b"\0".join(part for name in contents for part in (name.encode(), contents[name]))
    version = hashlib.sha256(everything).hexdigest()[:16]
    for name in pages:
        contents[name] = _naming(version, contents[name].decode(), contents).encode()
    return version, {
        name: Packed(
            content,
            KINDS.get(posixpath.splitext(name)[1], "application/octet-stream"),
            hashlib.sha256(content).hexdigest()[:32],
        )
        for name, content in contents.items()
    }


def _with_one_style(name: str, html: str, contents: dict[str, bytes]) -> str:
    """A page whose style sheets are one, which is added to the files: to ask for thirty takes a while."""

    def joined(links: re.Match[str]) -> str:
        names = re.findall(r'css/[^"]+', links[0])
        if not contents.keys() >= set(names):
            return links[0]  # the browser says which there is not
        style = f"css/all-of-{posixpath.splitext(name)[0]}.css"
        contents[style] = b"\n".join(b"/* %s */\n%s" % (each.encode(), contents[each]) for each in names)
        return f'{links[1]}{style}">\n'

    return STYLES.sub(joined, html, count=1)


def _naming(version: str, html: str, contents: Mapping[str, bytes]) -> str:
    """A page that asks for this version of its files, and for all its modules at once.

    Else a browser learns of a module only from another that imports it, one way to the server after another.
    """

    def and_what_it_imports(script: re.Match[str]) -> str:
        up, main = script.groups()
        links = (f'\n  <link rel="modulepreload" href="{up}{name}">' for name in _imported(main, contents))
        return script[0] + "".join(links)

    return ADDRESS.sub(rf"\g<1>v/{version}/\g<2>", SCRIPT.sub(and_what_it_imports, html))


def _imported(main: str, contents: Mapping[str, bytes]) -> list[str]:
    """The modules that a module imports, and they in turn."""
    found = [main]
    for name in found:
        for address in IMPORT.findall(contents.get(name, b"").decode()):
            other = posixpath.normpath(posixpath.join(posixpath.dirname(name), address))
            if other not in found:
                found.append(other)
    return found[1:]
