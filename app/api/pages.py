"""The page, its files, and Plotly's script out of the installed package."""

import gzip
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

router = APIRouter()

HERE = Path(__file__).parent.parent


def static_folder() -> Path:
    """Inside the package when installed, beside it in a checkout."""
    packed = HERE / "_static"
    return packed if packed.is_dir() else HERE.parent / "static"


@cache
def plotly_script() -> bytes:
    """plotly.min.js, gzipped once."""
    script = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return gzip.compress(script, 6, mtime=0)


@router.get("/vendor/plotly.min.js", include_in_schema=False)
def plotly(request: Request) -> Response:
    """Plotly, from our own origin: the room may be offline."""
    tag = f'"plotly-{version("plotly")}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=86400", "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    script = plotly_script()
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        script = gzip.decompress(script)
    return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/api/docs", include_in_schema=False)
def documentation() -> Response:
    """The calls of the API, as a page made from their description."""
    return FileResponse(static_folder() / "docs.html", headers={"Cache-Control": "no-cache"})


def after_routes(nowhere: ASGIApp) -> ASGIApp:
    """The page's files, for what no route answers; sockets have no files."""
    folder = PageFiles(directory=static_folder(), html=True)

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await (folder if scope["type"] == "http" else nowhere)(scope, receive, send)

    return page


class PageFiles(StaticFiles):
    """The page's own files, asked for anew each time and answered 304 when nothing changed."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response
