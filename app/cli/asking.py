"""What ``run`` and ``export`` share: an experiment from a file, from stdin or from a link, run to a step."""

import argparse
import sys
from pathlib import Path

from app.cli.progress import Progress
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import Experiment
from app.interface import Run, run
from app.interface.experiments import experiment_and_step

STEPS, RECORD_EVERY = 10_000, 1_000


def add_experiment(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which experiment."""
    parser.add_argument(
        "experiment",
        nargs="?",
        help='a JSON file, "-" for stdin, or a link of the page (or what stands after its #); '
        "left out, it is the course's own exercise",
    )
    parser.add_argument(
        "--lane", type=int, choices=(1, 2), default=1, help="which run of a link that compares two"
    )


def add_run(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which run."""
    add_experiment(parser)
    parser.add_argument(
        "--steps", type=whole_number, help=f"updates to make; {STEPS} unless a link says where it stands"
    )
    parser.add_argument(
        "--record-every",
        type=whole_number,
        default=RECORD_EVERY,
        help="steps from one entry of the history to the next; %(default)s",
    )


def asked_run(asked: argparse.Namespace) -> Run:
    """The run those arguments ask for; an ExperimentError or an OSError where it cannot be made."""
    experiment, at = asked_experiment(asked.experiment, asked.lane)
    steps = next(value for value in (asked.steps, at, STEPS) if value is not None)
    with Progress("step", steps) as progress:
        return run(experiment, steps, asked.record_every, progress)


def asked_experiment(given: str | None, lane: int = 1) -> tuple[Experiment, int | None]:
    """The experiment that an argument names, and the step where it is a link that names one."""
    if given is None:
        return experiment_and_step("{}")
    if given == "-":
        return experiment_and_step(_text(sys.stdin.buffer.read()), lane)
    try:
        return experiment_and_step(_text(Path(given).read_bytes()), lane)
    except FileNotFoundError:
        if given.endswith(".json"):
            raise  # it is plainly a file that is meant
    except OSError:
        if not given.startswith(("http://", "https://", "#", "{")) and "/" in given:
            raise
    except ValueError as error:  # a name no file can have
        if isinstance(error, ExperimentError):
            raise
    try:
        return experiment_and_step(given, lane)
    except ExperimentError as error:
        if error.errors[0].field != "experiment":
            raise
        rule = 'a file that exists, "-" for stdin, or a link of the page'
        raise ExperimentError(FieldError("experiment", rule, given)) from None


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        rule = "text in UTF-8"
        raise ExperimentError(
            FieldError("experiment", rule, f"{len(content)} bytes of another kind")
        ) from None


def whole_number(text: str) -> int:
    """A whole number; its range is checked with everything else."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number; got {text[:100]!r}") from None
