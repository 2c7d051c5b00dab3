"""The page, its files, and Plotly's script out of the installed package."""

from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.packing import Packed
from app.api.page_files import PageFiles

router = APIRouter()

HERE = Path(__file__).parent.parent


def static_folder() -> Path:
    """Inside the package when installed, beside it in a checkout."""
    packed = HERE / "_static"
    return packed if packed.is_dir() else HERE.parent / "static"


@cache
def page_files() -> PageFiles:
    """The page's own files."""
    return PageFiles(static_folder())


@cache
def plotly_script() -> Packed:
    """plotly.min.js, compressed once."""
    script = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return Packed(script, "text/javascript; charset=utf-8", f"plotly-{version('plotly')}")


def prepare() -> None:
    """Compress all of them, before somebody waits for it."""
    plotly_script()
    page_files().look()


async def of_a_version(request: Request) -> Response:
    """A file of the page, to be kept for as long as the page names this version."""
    return await page_files().answer(request, **request.path_params)


# Past FastAPI's reading of parameters, which costs as much as all the rest.
router.add_route("/v/{version}/{name:path}", of_a_version, include_in_schema=False)


@router.get("/vendor/plotly.min.js", include_in_schema=False)
def plotly(request: Request) -> Response:
    """Plotly, from our own origin: the room may be offline."""
    return plotly_script().answer(request, "public, max-age=86400")


@router.get("/api/docs", include_in_schema=False)
async def documentation(request: Request) -> Response:
    """The calls of the API, as a page made from their description."""
    return await page_files().answer(request, "docs.html")


def after_routes(nowhere: ASGIApp) -> ASGIApp:
    """The page's files, for what no route answers; sockets have no files."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await nowhere(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/")
        response = await page_files().answer(Request(scope), path or "index.html")
        await response(scope, receive, send)

    return page
