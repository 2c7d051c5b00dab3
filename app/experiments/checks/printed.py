"""Costs as a notebook printed them: which rows there are, of which steps, and to how many digits."""

import itertools
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import MAX_STEP

MOST = 20_000

NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\b(?:nan|inf(?:inity)?)\b"
STEP_WORD = r"(?<![a-z_])(?:iterations?|iter|epochs?|steps?|it|i)(?![a-z_])"
COST_WORD = r"(?<![a-z_])(?:costs?|loss(?:es)?|j)(?![a-z_])"
_number = re.compile(NUMBER, re.I)
_labelled = re.compile(STEP_WORD + r"[^\w+\-.]{0,4}(\d+)(?![.\d])(?:\s*/\s*\d+)?", re.I)
_cost = re.compile(COST_WORD, re.I)
_step = re.compile(STEP_WORD, re.I)
_words = re.compile(r"[a-z]{2,}", re.I)
_pair = re.compile(rf"[\[(]\s*(\d+)\s*,\s*({NUMBER})\s*[\])]", re.I)
_wrapped = re.compile(r"\b(?:np\.)?(?:float|int)\d+\(([^()]*)\)|,?\s*dtype=[\w.]+|\b(?:np\.)?array\(", re.I)


@dataclass(frozen=True)
class Row:
    """One printed cost: where it stood, its step if it was printed too, and the number as it was written."""

    line: int
    step: int | None
    text: str

    @property
    def cost(self) -> float:
        return float(self.text)

    @property
    def half(self) -> float:
        """Half a unit in the last digit that was printed."""
        mantissa, _, exponent = self.text.lower().partition("e")
        return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def read_printed(text: str) -> list[Row]:
    """The costs in ``text``: lines of print, a table, or a list as Python, numpy or JSON write it.

    A row is ``Cost after iteration 100: 0.6931``, ``epoch 3/10 - loss: 0.69 - accuracy: 0.5``,
    ``100 0.6931``, ``| 100 | 0.6931 |`` or a number alone. Lines without a cost are passed over.
    An ExperimentError says what cannot be read.
    """
    text = text.replace("\N{MINUS SIGN}", "-").strip()
    rows = list(_rows(text))
    if not rows:
        rule = 'costs, as in "Cost after iteration 0: 0.693048" or [0.693048, 0.6931]'
        raise ExperimentError(FieldError("text", rule, text[:80]))
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
    if text[:1] in ("[", "{"):
        try:
            yield from _from_json(json.loads(text, parse_float=_Text, parse_int=_Text, parse_constant=_Text))
            return
        except (ValueError, RecursionError):
            pass  # as Python or numpy print it
    bare = _wrapped.sub(lambda found: found[1] or "", text)
    listed = re.match(r"(?:\w+\s*=\s*)?(?=[\[(])", bare)
    if listed and not _step.search(bare) and not _cost.search(bare, listed.end()):
        yield from _from_list(bare[listed.end() :])
    else:
        yield from _from_lines(bare)


class _Text(str):
    """A JSON number as it was written."""


def _from_json(value: Any) -> Iterator[Row]:
    if isinstance(value, dict):
        named = [value[name] for name in ("costs", "cost", "losses", "loss", "history") if name in value]
        value = next((found for found in named if isinstance(found, list)), [])
    for i, item in enumerate(value, start=1):
        step = None
        if isinstance(item, dict):
            step = next((item[name] for name in ("step", "iteration", "epoch") if name in item), None)
            item = next((item[name] for name in ("cost", "loss") if name in item), None)
        elif isinstance(item, list) and len(item) == 2:
            step, item = item
        elif isinstance(item, list) and len(item) == 1:
            (item,) = item
        if isinstance(item, _Text):
            yield Row(i, int(step) if isinstance(step, _Text) and step.isdigit() else None, _plain(item))


def _from_list(text: str) -> Iterator[Row]:
    pairs = _pair.findall(text)
    if 2 * len(pairs) == len(_number.findall(text)):
        for i, (step, cost) in enumerate(pairs, start=1):
            yield Row(i, int(step), _plain(cost))
        return
    for i, found in enumerate(_number.findall(text), start=1):
        yield Row(i, None, _plain(found))


def _from_lines(text: str) -> Iterator[Row]:
    columns: tuple[int | None, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in re.split(r"[|,;\t]", line.strip().strip("|"))]
        if not _number.search(line):
            names = [i for i, cell in enumerate(cells) if _cost.search(cell)]
            steps = [i for i, cell in enumerate(cells) if _step.search(cell)]
            if names and len(cells) > 1:
                columns = (steps[0] if steps else None, names[0])
            continue
        if columns and len(cells) > columns[1] and _number.fullmatch(cells[columns[1]]):
            step = cells[columns[0]] if columns[0] is not None else ""
            yield Row(number, int(step) if step.isdigit() else None, _plain(cells[columns[1]]))
            continue
        yield from _from_line(number, line)


def _from_line(number: int, line: str) -> Iterator[Row]:
    labelled = _labelled.search(line)
    step = int(labelled[1][:9]) if labelled else None
    rest = line[: labelled.start()] + " " * len(labelled[0]) + line[labelled.end() :] if labelled else line
    named = _cost.search(rest)
    if named:
        before, after = _number.findall(rest[: named.start()]), _number.findall(rest[named.end() :])
        if after:
            if step is None and len(before) == 1 and before[0].isdigit():
                step = int(before[0][:9])
            yield Row(number, step, _plain(after[0]))
        return
    found = _number.findall(rest)
    if step is not None:
        if found:
            yield Row(number, step, _plain(found[0]))
    elif not _words.search(_number.sub(" ", rest)):
        if len(found) > 1 and found[0].isdigit():
            yield Row(number, int(found[0][:9]), _plain(found[1]))
        else:
            yield from (Row(number, None, _plain(one)) for one in found)


def _plain(text: str) -> str:
    """A number as ``float`` reads it and JSON can say: what is not finite is nan."""
    return str(text) if math.isfinite(float(text)) else "nan"
