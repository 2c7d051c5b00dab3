"""``python -m app`` and ``planar-playground``: the command line."""

import os
import sys

from app.compute.worker import ONE_THREAD


def main() -> None:
    """Do what the command line says, and end with its exit code (app/cli)."""
    os.environ.update(ONE_THREAD)  # read when numpy is imported, which the next line does
    try:
        from app.cli import main as command_line

        code = command_line(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
