"""Answers that are the same for everybody travel compressed, and are compressed once."""

import gzip
from functools import lru_cache

from fastapi import Request, Response

from app.api.kept import unchanged

ASKED_ANEW = "no-cache"
KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
VARY = {"Vary": "Accept-Encoding"}


class Packed:
    """A body in its compressed form, its media type, and a tag that names its content."""

    def __init__(self, content: bytes, kind: str, tag: str) -> None:
        self.packed = gzip.compress(content, 6, mtime=0)
        self.kind, self.tag = kind, tag

    def answer(self, request: Request, cache_control: str) -> Response:
        """As the client can read it; nothing if it has it already."""
        # Weak: the compressed bytes are others than the plain ones.
        headers = {"ETag": f'W/"{self.tag}"', "Cache-Control": cache_control, **VARY}
        if unchanged(request, self.tag):
            return Response(status_code=304, headers=headers)
        return _readable(request, self.packed, self.kind, headers)


def packed_json(request: Request, response: Response) -> Response:
    """An answer in JSON, compressed for who can read that; for bodies of which there are few."""
    return _readable(request, _packed(bytes(response.body)), "application/json", VARY)


@lru_cache(maxsize=16)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def _readable(request: Request, packed: bytes, kind: str, headers: dict[str, str]) -> Response:
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=kind)
    return Response(gzip.decompress(packed), headers=headers, media_type=kind)
