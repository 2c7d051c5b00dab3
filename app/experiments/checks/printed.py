"""Costs as a notebook printed them: which rows there are, of which steps, and to how many digits.

What can be read in two ways is refused with its line: a verdict on a number that nobody printed helps
nobody.
"""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from app.experiments.check import ExperimentError, FieldError
from app.experiments.checks.printed_lines import from_lines
from app.experiments.checks.printed_row import COST_WORD, NUMBER, STEP_WORD, Row, plain, refused
from app.experiments.experiment import MAX_STEP

MOST = 20_000

_number = re.compile(NUMBER, re.I)
_cost = re.compile(COST_WORD, re.I)
_step = re.compile(STEP_WORD, re.I)
_innermost = re.compile(r"[\[(]([^][()]*)[\])]")
_wrapped = re.compile(
    r"\b(?:np\.)?(?:float|int)\d+\(([^()]*)\)"
    r"|\btensor\(\s*([-+.\w]+)\s*(?:,[^()]*)?\)"  # as PyTorch prints a single number
    r"|(?:,\s*)?\b(?:dtype=[\w.]+|device='[^']*'|grad_fn=<[^>]*>|requires_grad=\w+)"
    r"|\b(?:(?:np\.)?array|tensor)\(",
    re.I,
)
_PAIRS = "costs, or pairs of a step and its cost"


def read_printed(text: str) -> list[Row]:
    """The costs in ``text``: lines of print, a table, or a list as Python, numpy or JSON write it.

    A row is ``Cost after iteration 1,000: 0.6931``, ``epoch 3/10 - loss: 0.69 - accuracy: 0.5``,
    ``100 0.6931``, ``| 100 | 0.6931 |`` or a number alone. Lines without a cost are passed over.
    An ExperimentError says what cannot be read.
    """
    text = text.replace("\N{MINUS SIGN}", "-")
    rows = list(_rows(text))
    if not rows:
        rule = 'costs, as in "Cost after iteration 0: 0.693048" or [0.693048, 0.6931]'
        raise ExperimentError(FieldError("text", rule, text.strip()[:80]))
    if len(rows) > MOST:
        raise ExperimentError(FieldError("text", f"at most {MOST} costs", len(rows)))
    if any(row.step is not None for row in rows):
        rows = [row for row in rows if row.step is not None]
    for before, row in itertools.pairwise(rows):
        if row.step is not None and before.step is not None and row.step <= before.step:
            rule = f"of a later step than the line before it, {before.step}: one run at a time"
            raise ExperimentError(FieldError(f"line {row.line}", rule, row.step))
    if rows[-1].step is not None and rows[-1].step > MAX_STEP:
        raise ExperimentError(FieldError(f"line {rows[-1].line}", f"at most step {MAX_STEP}", rows[-1].step))
    return rows


def _rows(text: str) -> Iterator[Row]:
    bare = _wrapped.sub(lambda found: found[1] or found[2] or "", text)
    stripped = re.sub(r"^\s*\w+\s*[=:]\s*(?=[\[({])", "", bare).strip()
    if stripped[:1] in ("[", "{"):
        for written in (stripped, _as_json(stripped)):
            try:
                found = json.loads(written, parse_float=_Text, parse_int=_Text, parse_constant=_Text)
            except (ValueError, RecursionError):
                continue  # as numpy prints it, or lines
            yield from _from_json(found)
            return
    if stripped[:1] in ("[", "(") and not _step.search(stripped) and not _cost.search(stripped):
        yield from _from_list(stripped)
    else:
        yield from from_lines(bare)


def _as_json(text: str) -> str:
    """What Python prints of lists and dictionaries, as JSON."""
    text = re.sub(r"([{,]\s*)(\d+)\s*:", r'\1"\2":', text.replace("'", '"'))
    text = re.sub(r"\bNone\b", "null", re.sub(r"\bnan\b", "NaN", re.sub(r"\binf\b", "Infinity", text)))
    return re.sub(r",\s*([]})])", r"\1", text.replace("(", "[").replace(")", "]"))


class _Text(str):
    """A JSON number as it was written."""


def _from_json(value: Any) -> Iterator[Row]:
    if isinstance(value, dict):
        named = [value[name] for name in ("costs", "cost", "losses", "loss", "history") if name in value]
        steps = [[_Text(key), cost] for key, cost in value.items() if key.isdigit()]
        value = next((found for found in named if isinstance(found, list)), steps)
    for i, item in enumerate(value, start=1):
        step, cost = None, item
        if isinstance(item, dict):
            step = next((item[name] for name in ("step", "iteration", "epoch") if name in item), None)
            cost = next((item[name] for name in ("cost", "loss") if name in item), None)
        elif isinstance(item, list) and len(item) == 2:
            step, cost = item
        elif isinstance(item, list) and len(item) == 1:
            (cost,) = item
        if not isinstance(cost, _Text | None) or not isinstance(step, _Text | None):
            raise refused(i, _PAIRS, json.dumps(item))
        yield Row(i, None if step is None else _whole(i, step), "nan" if cost is None else plain(cost))


def _from_list(text: str) -> Iterator[Row]:
    """As numpy prints it: without commas, one or two columns wide."""
    if "..." in text:
        raise ExperimentError(FieldError("text", "every cost: numpy has left some out", "..."))
    inner = [_number.findall(found) for found in _innermost.findall(text)]
    if len(inner) > 1 or re.match(r"[\[(]\s*[\[(]", text):
        for i, numbers in enumerate(inner, start=1):
            if len(numbers) not in (1, 2):
                raise refused(i, _PAIRS, " ".join(numbers))
            yield Row(i, _whole(i, numbers[0]) if len(numbers) == 2 else None, plain(numbers[-1]))
        return
    for i, found in enumerate(_number.findall(text), start=1):
        yield Row(i, None, plain(found))


def _whole(line: int, text: str) -> int:
    """The first of a pair: numpy writes a step as 1.0e+03 where it stands beside a cost."""
    if not re.fullmatch(r"\d{1,9}(\.0*)?|\d\.\d*e\+?\d\d?", text, re.I) or not float(text).is_integer():
        raise refused(line, f"{_PAIRS}, a whole number", text)
    return int(float(text))
