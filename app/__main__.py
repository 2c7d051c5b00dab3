"""``python -m app``: serve the playground."""

import sys

import uvicorn

from app.main import create_app
from app.settings import from_environment


def main() -> None:
    """Serve until interrupted; the settings are environment variables (app/settings.py)."""
    try:
        settings = from_environment()
    except ValueError as error:
        sys.exit(str(error))
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        ws_max_size=settings.max_body_bytes,
        ws_max_queue=4,
        ws_per_message_deflate=False,  # 1 ms a frame on the event loop, for 18 % of the size
        timeout_graceful_shutdown=2,
        log_level="info",
        access_log=False,
    )


if __name__ == "__main__":
    main()
