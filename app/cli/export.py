"""``planar-playground export``: a run as a file to take away."""

import argparse
import sys
from pathlib import Path

from app.cli.asking import add_run, asked_run
from app.cli.run import add_include, verdict
from app.experiments.check import ExperimentError, FieldError
from app.experiments.exports import RUN_FORMATS

BINARY = ("npz",)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "export",
        help="write a run as a NumPy script, a notebook, JSON, CSV, npz or a report in HTML",
        description="Run an experiment and write it as a file that needs no playground: a NumPy script or a "
        "notebook that print the same costs to the last digit, or the numbers.",
        epilog="examples:\n"
        "  planar-playground export python experiment.json -o run.py && python run.py\n"
        "  planar-playground export csv - < experiment.json | head\n\n"
        "exit codes: 0 done, 1 the run diverged (the file tells it up to there), 2 wrong input",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("form", choices=tuple(RUN_FORMATS), help="of the file: %(choices)s", metavar="form")
    add_run(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help='where to write it; "-", or left out: stdout')
    add_include(parser, "of json, what to tell beside the history, all of it unless it is said")
    parser.set_defaults(do=do, parser=parser)


def do(asked: argparse.Namespace) -> int:
    """Run and write; 1 where the run diverged."""
    if asked.include is not None and asked.form != "json":
        asked.parser.error("--include goes with json")
    to_stdout = asked.output in (None, "-")
    if to_stdout and asked.form in BINARY and sys.stdout.isatty():
        rule = f"a file for {asked.form}, which is not text"
        raise ExperimentError(FieldError("output", rule, asked.output))
    made = asked_run(asked)
    content = made.export(asked.form, asked.include)
    if to_stdout:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    else:
        Path(asked.output).write_bytes(content)
    return verdict(made)
