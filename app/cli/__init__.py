"""The command line: a file per command, each with ``add(commands)``.

Results go to stdout, messages to stderr. The exit code is 0 when it is done; 1 when the run diverged
(its numbers up to there are told), the server could not start or no worker could compute; 2 when what
was given is wrong, with the field, the rule and the value; 130 after Ctrl-C; 141 when nobody reads the
output any more.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app import __version__
from app.cli import export, run, serve, sweep
from app.experiments.check import ExperimentError
from app.experiments.wording import sentence

COMMANDS = (serve, run, sweep, export)

DONE, DIVERGED, WRONG, INTERRUPTED, UNREAD = 0, 1, 2, 130, 141

EXAMPLES = """examples:
  planar-playground                                      serve the page at 127.0.0.1:8000
  planar-playground run experiment.json --steps 2000     run, and print the history
  echo '{"init": {"method": "zeros"}}' | planar-playground run - --json --include symmetry
  planar-playground sweep --axis init.seed=0:63 --steps 2000
  planar-playground export python 'http://127.0.0.1:8000/#e30@3000' -o run.py

exit codes: 0 done, 1 the run diverged, the server could not start or no worker could compute,
2 wrong input, 130 interrupted
"""


def main(arguments: Sequence[str]) -> int:
    """Do what ``arguments`` say; the exit code. Without a command it serves."""
    if sys.stdout is None:  # closed by whoever started it: what is told goes nowhere
        with Path(os.devnull).open("w", encoding="utf-8") as sys.stdout:
            return main(arguments)
    parser = _parser()
    asked = parser.parse_args(arguments or ["serve"])
    try:
        code: int = asked.do(asked)
        sys.stdout.flush()
        return code
    except ExperimentError as error:
        for one in error.errors:
            _say(sentence(one))
        return WRONG
    except BrokenPipeError:
        # Python flushes stdout once more at its end: let it go where nobody minds.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except OSError as error:
        _say(f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error))
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="planar-playground",
        description="Watch a small neural network learn, and see symmetry break.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="command", required=True, title="commands")
    for command in COMMANDS:
        command.add(commands)
    return parser


def _say(message: str) -> None:
    print(f"planar-playground: {message}", file=sys.stderr)
