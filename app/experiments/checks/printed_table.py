"""Printed costs in a table with names over its columns: CSV, Markdown, pandas, or the command line's own."""

import re
from dataclasses import dataclass

from app.experiments.checks.printed_row import COST_WORD, NUMBER, STEP_WORD, Row, plain, refused

_number = re.compile(NUMBER, re.I)
_cost = re.compile(COST_WORD, re.I)
_step = re.compile(STEP_WORD, re.I)
_other = re.compile(r"\b(?:val|validation|valid|test|dev|batch)\b", re.I)
_whole = re.compile(r"(\d{1,3}(?:[,_']\d{3})+|\d+)(?:\.0*)?")

MOST_WORDS = 3
"""What is longer is a sentence and no name of a column."""


@dataclass(frozen=True)
class Header:
    """Names of columns: which is the step, which the cost, what separates them (None is space)."""

    columns: int
    step: int | None
    cost: int
    separator: str | None

    def row(self, number: int, line: str) -> Row | None:
        """What the line says; None where it is no row, refused where its numbers do not fit the columns."""
        cells = _cells(line, self.separator)
        numbers = all(_number.fullmatch(cell) or _whole.fullmatch(cell) or cell == "" for cell in cells)
        if len(cells) == self.columns + 1 and self.separator is None and cells[0].isdigit():
            cells = cells[1:]  # pandas' own number of the row
        if len(cells) != self.columns:
            if numbers:
                raise refused(number, f"{self.columns} columns, as the header has", line)
            return None
        step = None if self.step is None else _whole.fullmatch(cells[self.step])
        if self.step is not None and step is None:
            if numbers:
                raise refused(number, "a row that begins with its step, a whole number", line)
            return None
        if not _number.fullmatch(cells[self.cost]):
            if re.fullmatch(r"[-+]?\d+,\d+", cells[self.cost]):
                raise refused(number, "a number with a decimal point, and no comma in it", line)
            return None
        return Row(number, whole(step[0]) if step else None, plain(cells[self.cost]))


def header_of(line: str) -> Header | None:
    """The names of columns in a line without numbers, if one of them is the cost's and there are more."""
    separator = next((sign for sign in "|;\t," if sign in line.strip().strip("|")), None)
    text = line.strip()
    names = re.split(r"\s{2,}", text) if separator is None else _cells(line, separator)
    if len(names) == 1 and separator is None:
        names = text.split()
        if not all(_cost.fullmatch(name) or _step.fullmatch(name) or "acc" in name.lower() for name in names):
            return None  # a sentence
    costs = [i for i, name in enumerate(names) if _cost.search(name)]
    costs.sort(key=lambda i: (not _cost.fullmatch(names[i]), bool(_other.search(names[i]))))
    steps = [i for i, name in enumerate(names) if _step.search(name)]
    if len(names) < 2 or not costs or max(len(name.split()) for name in names) > MOST_WORDS:
        return None
    return Header(len(names), steps[0] if steps else None, costs[0], separator)


def _cells(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return [cell for cell in line.split() if cell != "%"]
    edged = line.strip().strip("|") if separator == "|" else line.strip("\r\n")
    return [cell.strip() for cell in edged.split(separator)]


def whole(text: str) -> int:
    """A step as it was written: 1000, 1,000 or 1000.0; too large ones are cut, and refused later."""
    return int(re.sub(r"\D", "", text.partition(".")[0])[:9])
