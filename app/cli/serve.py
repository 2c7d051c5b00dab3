"""``planar-playground serve``: the page and the API, until interrupted."""

import argparse
import sys
from dataclasses import replace

from app.compute.executor import executor_for
from app.compute.sharing import sharing_for
from app.settings import from_environment

NOT_STARTED = 1


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its options; every other setting is an environment variable."""
    parser = commands.add_parser(
        "serve",
        help="serve the page and the API (what happens without a command, too)",
        description="Serve the page and the API. Every setting is an environment variable (see README.md).",
        epilog="example:  planar-playground serve --host 0.0.0.0 --port 8080",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", help="address to listen on, instead of PLAYGROUND_HOST")
    parser.add_argument(
        "--port", type=_port, help="port to listen on, instead of PLAYGROUND_PORT; 0 takes a free one"
    )
    parser.set_defaults(do=serve)


def serve(asked: argparse.Namespace) -> int:
    """Serve until interrupted; the settings are environment variables (app/settings.py)."""
    given = {name: value for name in ("host", "port") if (value := getattr(asked, name)) is not None}
    try:
        settings = replace(from_environment(), **given)
        executor_for(settings)
        sharing_for(settings)
    except ValueError as error:
        print(error, file=sys.stderr)
        return NOT_STARTED

    from app.serve import serve_until_told  # here: the other commands start twice as fast without the web

    return 0 if serve_until_told(settings) else NOT_STARTED


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 65535; got {text[:100]!r}")
