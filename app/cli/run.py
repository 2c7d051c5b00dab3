"""``planar-playground run``: run an experiment, and print what came of it."""

import argparse
import sys
from typing import Any

from app.cli.asking import add_run, asked_run
from app.experiments.answers import INCLUDES, answer
from app.experiments.schema import as_json
from app.experiments.sentence import percent
from app.interface import Run

DIVERGED = 1


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "run",
        help="run an experiment and print its history",
        description="Run an experiment to a step and print its history: as a table, as JSON, or as CSV.",
        epilog="examples:\n"
        "  planar-playground run --steps 2000 --record-every 200\n"
        "  planar-playground run experiment.json --json --include symmetry,parameters\n"
        "  planar-playground run 'http://127.0.0.1:8000/#e30@3000' --csv > history.csv\n\n"
        "exit codes: 0 done (also when it came to rest), 1 the run diverged, 2 wrong input",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_run(parser)
    add_include(parser, "with --json, what to tell beside the history")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the body that POST /api/runs answers with")
    form.add_argument("--csv", action="store_true", help="the history as CSV")
    parser.set_defaults(do=do, parser=parser)


def do(asked: argparse.Namespace) -> int:
    """Run and print; 1 where the run diverged."""
    if asked.include is not None and not asked.json:
        asked.parser.error("--include goes with --json")
    made = asked_run(asked)
    if asked.json:
        told = as_json(made.experiment)
        body = answer(told, made.experiment, made.state, list(made.records), tuple(asked.include or ()))
        sys.stdout.write(body.decode() + "\n")
    elif asked.csv:
        sys.stdout.write(made.export("csv").decode())
    else:
        sys.stdout.write(table(made))
    return verdict(made)


def table(made: Run) -> str:
    """The history in columns, and what is to be said about the last step."""
    names = list(dict.fromkeys(name for entry in made.history for name in entry))
    rows = [[name.replace("_", " ") for name in names]]
    rows += [[_shown(name, entry.get(name)) for name in names] for entry in made.history]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*lines, "", made.sentence, ""])


def _shown(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "step":
        return f"{value:,}"
    return f"{percent(value)} %" if name.endswith("accuracy") else f"{value:.6g}"


def verdict(made: Run) -> int:
    """The exit code of a run that was made; a divergence is said on stderr too."""
    if made.state.diverged is None:
        return 0
    where = made.state.diverged
    print(f"planar-playground: the run diverged at step {where.step:,}: {where.reason}", file=sys.stderr)
    return DIVERGED


def add_include(parser: argparse.ArgumentParser, about: str) -> None:
    """Which parts of the answer in JSON are wanted; it may be repeated."""
    named = f"{about}: {', '.join(INCLUDES)}"
    parser.add_argument("--include", action="extend", type=parts, metavar="PART,...", help=named)


def parts(text: str) -> list[str]:
    """The parts that a comma-separated list names."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in INCLUDES:
            raise argparse.ArgumentTypeError(f"must be of {', '.join(INCLUDES)}; got {name[:100]!r}")
    return names
