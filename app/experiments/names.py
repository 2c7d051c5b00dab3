"""Names that an object holds more than once: a reader of JSON takes the last and drops the others silently.

Only strings, braces and the beginnings of lists of objects are looked at: numbers cost next to nothing.
"""

import json
import re

from app.experiments.check import ExperimentError, FieldError

TOKEN = re.compile(r'"((?:[^"\\]++|\\.)*+)"(\s*+:)?|(\[)\s*+(?=\{)|([{}])')


class _Object:
    """An object on the way: its names so far with how often each came, and where the next one inside is."""

    def __init__(self, path: str) -> None:
        self.path, self.names, self.last = path, dict[str, int](), ""
        self.index: int | None = None  # in the list of objects that the last name holds

    def take(self, name: str) -> None:
        self.names[name] = self.names.get(name, 0) + 1
        self.last, self.index = self.path_of(name), None

    def path_of(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def inner(self) -> "_Object":
        """The object that begins here."""
        if self.index is None:
            return _Object(self.last)
        self.index += 1
        return _Object(f"{self.last}[{self.index - 1}]")


def check_names(text: bytes | str) -> None:
    """An ExperimentError that names every field given more than once; ``text`` is valid JSON."""
    plain = text.decode() if isinstance(text, bytes) else text
    around, twice = [_Object("")], list[FieldError]()
    for name, colon, begins, brace in TOKEN.findall(plain):
        if colon:
            around[-1].take(json.loads(f'"{name}"') if "\\" in name else name)
        elif begins:
            around[-1].index = 0
        elif brace == "{":
            around.append(around[-1].inner())
        elif brace:
            ended = around.pop()
            twice += [
                FieldError(ended.path_of(one), "given once", f"{times} times")
                for one, times in ended.names.items()
                if times > 1
            ]
    if twice:
        raise ExperimentError(*twice[:10])
