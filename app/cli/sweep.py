"""``planar-playground sweep``: an experiment over a grid of values, on every core."""

import argparse
import asyncio
import csv
import io
import json
import logging
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.api.sweep_plan import SweepRequest, planned
from app.cli.asking import add_experiment, asked_experiment, whole_number
from app.cli.progress import Progress
from app.compute.executor import executor_for
from app.compute.pool import ComputeError, WorkerPool, Workers
from app.compute.sweeping import Line, sweep
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import Experiment
from app.experiments.schema import as_json, read
from app.experiments.sentence import percent
from app.experiments.sweep import Plan
from app.settings import Settings, from_environment

STEPS = 1_000
MOST_WORKERS = 256
NOT_COMPUTED, WRONG = 1, 2
GATHER_SECONDS = 0.5
"""Workers of a cluster introduce themselves at about the same time; so long nobody new, and all are there."""
SHAPES = "0:63, 0:60:10, 0.1,1,10, lin:0:1:5, log:0.01:10:7 or zeros,normal"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "sweep",
        help="run an experiment over a grid of values, and print a table",
        description="Run every combination of the values of one or more fields, networks of equal shape "
        "together, and print a table. Each run has the numbers that `run` computes, to the last digit.",
        epilog="an axis is a field of the experiment and its values:\n"
        "  init.seed=0:63                    every whole number from 0 to 63; 0:60:10 is every tenth\n"
        "  training.learning_rate=0.1,1,10   a list; so are zeros,normal and, for lists, [4],[3,3]\n"
        "  init.scale=log:0.01:10:7          seven values with equal ratios; lin: with equal differences\n\n"
        "examples:\n"
        "  planar-playground sweep --axis init.seed=0:63 --steps 2000\n"
        "  planar-playground sweep experiment.json --axis init.seed=0:9 --axis network.hidden=[2],[3],[4] "
        "--csv sweep.csv\n"
        "  planar-playground sweep --axis training.learning_rate=log:0.01:10:13 --json | jq .cost\n\n"
        "where: PLAYGROUND_WORKERS processes of this machine, or the workers of the Dask cluster that\n"
        "PLAYGROUND_SCHEDULER names (docs/cluster.md)\n\n"
        "exit codes: 0 done (also where runs diverged or were refused: the table says so), 1 nobody could\n"
        "compute, 2 wrong input, 130 interrupted",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_experiment(parser)
    parser.add_argument(
        "--axis", action="append", required=True, metavar="FIELD=VALUES", help="what varies; may be repeated"
    )
    parser.add_argument(
        "--steps", type=whole_number, help=f"updates in each run; {STEPS} unless a link says where it stands"
    )
    parser.add_argument(
        "--workers",
        type=whole_number,
        help="processes to compute in, instead of PLAYGROUND_WORKERS; 0 is one per core",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", metavar="FILE", help='write the table as CSV; "-" is stdout')
    form.add_argument("--json", action="store_true", help="a line of JSON per run, as it is done")
    parser.set_defaults(do=do)


def do(asked: argparse.Namespace) -> int:
    """Make the runs and tell of them."""
    experiment, at = asked_experiment(asked.experiment, asked.lane)
    steps = next(value for value in (asked.steps, at, STEPS) if value is not None)
    axes = [axis(text, f"axes[{i}]") for i, text in enumerate(asked.axis)]
    plan = plan_of(experiment, axes, steps)
    try:
        settings = settings_for(asked.workers)
        make_workers = executor_for(settings)
    except ExperimentError:
        raise
    except ValueError as error:  # a setting; it names variable, rule and value
        print(f"planar-playground: {error}", file=sys.stderr)
        return WRONG
    # Opened before anything runs: what cannot be written should be known at once.
    with ExitStack() as stack:
        to_file = asked.csv not in (None, "-")
        file = stack.enter_context(Path(asked.csv).open("a", encoding="utf-8")) if to_file else sys.stdout
        try:
            table = asyncio.run(made(plan, make_workers, asked.json))
        except ComputeError as error:
            where = f" (PLAYGROUND_SCHEDULER is {settings.scheduler})" if settings.scheduler else ""
            print(f"planar-playground: nothing can be computed: {error}{where}", file=sys.stderr)
            return NOT_COMPUTED
        if asked.csv:
            if to_file and file.seekable():
                file.truncate(0)  # only now: interrupted, what was there before is kept
            file.write(as_csv(table))
        elif not asked.json:
            file.write(as_text(table))
    return 0


def plan_of(experiment: Experiment, axes: list[dict[str, Any]], steps: int) -> Plan:
    """The runs, read as strictly as the API reads them; as long as you like."""
    body = {"experiment": as_json(experiment), "axes": axes, "steps": steps}
    return planned(read(SweepRequest, json.dumps(body)), Settings.max_sweep_runs, math.inf)


def settings_for(workers: int | None) -> Settings:
    """Those of the environment, with so many processes where it is said; a ValueError names what is wrong."""
    settings = from_environment()
    if workers is None:
        return settings
    if not 0 <= workers <= MOST_WORKERS:
        rule = f"a whole number from 0 to {MOST_WORKERS}"
        raise ExperimentError(FieldError("workers", rule, workers))
    if settings.scheduler:
        rule = f"left out, since the cluster at {settings.scheduler} computes"
        raise ExperimentError(FieldError("workers", rule, workers))
    return replace(settings, workers=workers)


async def made(plan: Plan, make_workers: Callable[[], Workers], say: bool) -> Line:
    """The table of all runs; with ``say`` each is printed as it is done. ComputeError if nobody can."""
    pool = make_workers()
    log = logging.getLogger("playground.compute")
    level = log.level
    try:
        if not isinstance(pool, WorkerPool):
            log.setLevel(logging.CRITICAL)  # what fails is told once, at the end
            await gathered(pool)
        with Progress("step", plan.steps * len(plan.runs)) as progress:
            async with aclosing(sweep(pool.bulk, plan)) as lines:
                async for line in lines:
                    if line["type"] == "progress":
                        progress(line["run_steps"])
                    elif line["type"] == "table":
                        return line
                    elif say:
                        print(json.dumps(line, allow_nan=False), flush=True)
    finally:
        await pool.end()
        log.setLevel(level)
    raise AssertionError("a sweep ends with its table")


async def gathered(cluster: Workers) -> None:
    """Returns when the workers of a cluster are there, or soon after the first one should have been."""
    await cluster.warm()
    known = 0
    while known < cluster.workers:
        known = cluster.workers
        await asyncio.sleep(GATHER_SECONDS)


def axis(text: str, name: str) -> dict[str, Any]:
    """``FIELD=VALUES`` as the API takes an axis."""
    field, equals, values = text.partition("=")
    rule = f"FIELD=VALUES, with values as in {SHAPES}"
    if not equals or not values.strip():
        raise ExperimentError(FieldError(name, rule, text))
    head, *parts = values.split(":")
    try:
        if head in ("lin", "log") and len(parts) == 3:
            low, high, count = map(json.loads, parts)
            spacing = "log" if head == "log" else "linear"
            return {"field": field, "from": low, "to": high, "count": count, "spacing": spacing}
        if parts and len(parts) <= 2 and not head.startswith(("[", "{")):
            low, high, step = int(head), int(parts[0]), int(parts[1]) if len(parts) == 2 else 1
            if step < 1 or low > high:
                rule = "FIRST:LAST or FIRST:LAST:STEP, with FIRST at most LAST and STEP at least 1"
                raise ExperimentError(FieldError(name, rule, text))
            counted = range(low, high + 1, step)
            if (high - low) // step >= Settings.max_sweep_runs:  # a range of any length counts nothing yet
                rule = f"at most {Settings.max_sweep_runs} values"
                raise ExperimentError(FieldError(name, rule, text))
            return {"field": field, "values": list(counted)}
    except ExperimentError:
        raise
    except ValueError:
        raise ExperimentError(FieldError(name, rule, text)) from None
    return {"field": field, "values": [_value(part) for part in _split(values)]}


def _split(text: str) -> Iterator[str]:
    """What stands between commas outside of brackets."""
    depth, part = 0, ""
    for sign in text:
        depth += (sign in "[{") - (sign in "]}")
        if sign == "," and depth == 0:
            yield part
            part = ""
        else:
            part += sign
    yield part


def _value(text: str) -> Any:
    """JSON where it is some, else the text itself: zeros, as well as "zeros"."""
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


def as_csv(table: Line) -> str:
    """The table with a header; lists as JSON."""
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerow(table["columns"])
    for row in table["rows"]:
        writer.writerow([json.dumps(cell) if isinstance(cell, list | dict | bool) else cell for cell in row])
    return told.getvalue()


def as_text(table: Line) -> str:
    """The table in columns, for people."""
    columns = table["columns"]
    rows = [columns, *([_shown(*pair) for pair in zip(columns, row, strict=True)] for row in table["rows"])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + "\n" for row in rows
    )


def _shown(column: str, value: Any) -> str:
    if value is None:
        return "-"
    if column.endswith("accuracy"):
        return f"{percent(value)} %"
    if column.endswith("cost"):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value)
