"""Printed costs line by line: sentences with a cost in them, and numbers alone."""

import re
from collections.abc import Iterator

from app.experiments.check import ExperimentError, FieldError
from app.experiments.checks.printed_row import COST_WORD, NUMBER, STEP_WORD, Row, plain, refused
from app.experiments.checks.printed_table import Header, header_of, whole

GROUPED = r"[1-9]\d{0,2}(?:[,_']\d{3})+"
WHOLE = rf"(?:{GROUPED}|\d+)(?:\.0(?!\d))?"
NO_MORE = r"(?!\.\d|[_']?\d|,\d+(?![\d.]))"
"""What would be the rest of a number that was cut: 1.000, or 1,0000."""

_number = re.compile(NUMBER, re.I)
_labelled = re.compile(
    STEP_WORD + rf"[^\w+\-.]{{0,4}}({WHOLE}){NO_MORE}(?:\s*(?:/|of\b)\s*\d[\d,]*(?!\.?\d))?", re.I
)
_labelled_badly = re.compile(STEP_WORD + r"[^\w+\-.]{0,4}\.?\d", re.I)
_counted = re.compile(rf"(?<![\w.,])({WHOLE})\s*{STEP_WORD}", re.I)
_subscript = re.compile(rf"{COST_WORD}[^\w+\-.]{{0,2}}({WHOLE}){NO_MORE}\s*[\])]?\s*[:=]", re.I)
_leading = re.compile(rf"\W*({GROUPED})(?=[\s:|;])")
_cost = re.compile(COST_WORD, re.I)
_held_back = re.compile(r"(?:val|validation|valid|test|dev)\W*$", re.I)
_words = re.compile(r"[a-z]{2,}", re.I)
_list = re.compile(rf"\W*[\[(]\s*(?:{NUMBER})[\s,]+(?:{NUMBER})", re.I)
_GLUE = {
    "after",
    "at",
    "the",
    "is",
    "was",
    "on",
    "of",
    "in",
    "train",
    "training",
    "value",
    "function",
    "mean",
    "nach",
    "bei",
    "der",
    "ist",
}
_TIMES = {"after", "at", "on", "of", "in", "nach", "bei"}
"""Beside a whole number these may say when it was, rather than how much."""
_PANDAS = re.compile(r"^(?:(?:Name|Length): .*)?dtype: \w+[ \t]*$|^\[\d+ rows x \d+ columns\][ \t]*$", re.M)

NEAR = 20
"""Characters before the word *cost* in which it may be said whose it is."""

ONE_STEP = "a line with one step, a whole number, as in Cost after iteration 1000: 0.288083"
ONE_COST = "a line with one cost, as in Cost after iteration 1000: 0.288083"
POINT = "a number with a decimal point, and no comma in it"


def from_lines(text: str) -> Iterator[Row]:
    """The costs in lines of print and in tables; an ExperimentError where a line can be read in two ways."""
    footed = bool(_PANDAS.search(text))
    lines = [*enumerate(_PANDAS.sub("", text).splitlines(), start=1)]
    header: Header | None = None
    indexed = footed
    rows = list[Row]()
    bare = _Bare()
    for number, line in lines:
        if not _number.search(line):
            found = header_of(line)
            header = found or header
            # One name over two columns: the first one is pandas' own, unless it has a name too.
            indexed = (indexed or bool(re.fullmatch(r"\s+\S+\s*", line) and _cost.search(line))) and not (
                re.fullmatch(rf"\s*{STEP_WORD}\s*", line, re.I)
            )
            continue
        if header:
            row = header.row(number, line)
            if row:
                rows.append(row)
                continue
            if rows and not _cost.search(line):
                continue  # what is said under a table
        rows += _from_line(number, line, bare)
    if indexed and [row.step for row in rows] == list(range(len(rows))):
        rows = [Row(row.line, None, row.text) for row in rows]
    elif indexed and any(re.fullmatch(r"[\s.]+", line) for _, line in lines):
        rule = "every cost: pandas has left some out"
        raise ExperimentError(FieldError("text", rule, "..."))
    yield from rows


def _from_line(number: int, line: str, bare: "_Bare") -> Iterator[Row]:
    named = next(
        (
            cost
            for cost in _cost.finditer(line)
            if not _held_back.search(line[max(cost.start() - NEAR, 0) : cost.start()])
        ),
        None,
    )
    if not named and _cost.search(line):
        return  # of points that were held back
    labels = list(_labelled.finditer(line))
    label = labels[0] if labels else (_subscript.search(line) or _counted.search(line)) if named else None
    rest = line[: label.start()] + " " * len(label[0]) + line[label.end() :] if label else line
    found = list(_number.finditer(rest, named.end() if named else 0))
    between = {*_words.findall(rest[named.end() : found[0].start()].lower())} if named and found else set()
    words = {word.lower() for word in _words.findall(_number.sub(" ", rest))}
    if not found or (not named and (words - _GLUE or "%" in rest)):
        return
    if len(labels) > 1 or (not label and _labelled_badly.search(line)):
        raise refused(number, ONE_STEP, line)
    first = found[0]
    if label or named:
        if re.match(r",\d+(?![\d.])", rest[first.end() :]):
            raise refused(number, POINT, line)
        if re.match(r",\d{3}\.", rest[first.end() :]) or (named and _list.match(rest, named.end())):
            raise refused(number, ONE_COST, line)
        follows = len(found) > 1 and (
            between or not named or not _words.search(rest, first.end(), found[1].start())
        )
        if between - _GLUE or (first[0].isdigit() and (between & _TIMES or follows)):
            raise refused(number, ONE_COST, line)
    if not named and not label:
        yield from bare.rows(number, line)
        return
    step = whole(label[1]) if label else None
    if named and step is None:
        before = re.fullmatch(rf"[^\d.]*({WHOLE})\W*", rest[: named.start()])
        step = whole(before[1]) if before else None
    yield Row(number, step, plain(first[0]))


class _Bare:
    """Lines of numbers alone: a cost, a step and a cost, or pandas' number of the row before both."""

    def __init__(self) -> None:
        self.index: int | None = None
        self.lines = 0
        self.listed = False

    def rows(self, number: int, line: str) -> Iterator[Row]:
        """Of one such line; what stands behind the cost is another measure."""
        self.lines += 1
        leading = _leading.match(line)
        numbers = _number.findall(line[leading.end() :] if leading else line)
        first = next((i for i, text in enumerate(numbers) if not text.isdigit()), len(numbers))
        ints = [*([leading[1]] if leading else []), *numbers[:first]]
        numbers = numbers[first:]
        joined = bool(re.search(r"\d,\d", line)) and not leading
        if joined and not numbers:
            raise refused(number, POINT, line)
        if any(len(text) > 1 and text.startswith("0") for text in ints):
            raise refused(number, "a step without a comma in it, as in 1000 0.288083", line)
        if not numbers and 1 <= len(ints) <= 2:
            numbers = [ints.pop()]
        if not numbers or len(ints) > 2:
            raise refused(number, ONE_COST, line)
        if len(ints) == 2:
            row = int(ints[0][:9]) if ints[0].isdigit() else -1
            starts = row == 0 or (row > 0 and not joined) if self.index is None else row == self.index + 1
            if not starts:
                raise refused(number, "a step and its cost, two numbers", line)
            self.index = row
        if not ints and len(numbers) > 1:
            self.listed = True
        if self.listed and self.lines > 1:
            raise refused(number, "a step and its cost, or one cost", line)
        if ints:
            yield Row(number, whole(ints[-1]), plain(numbers[0]))
        else:
            yield from (Row(number, None, plain(one)) for one in numbers)
