"""The words of the page, a file per language: a translation is one file with the keys of ``en.json``."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def texts(language: str) -> Mapping[str, Any]:
    """The catalog of ``language`` (one of LANGUAGES)."""
    found: dict[str, Any] = json.loads(files(__name__).joinpath(f"{language}.json").read_text("utf-8"))
    return found


def _languages() -> tuple[str, ...]:
    names = sorted(
        f.name.removesuffix(".json") for f in files(__name__).iterdir() if f.name.endswith(".json")
    )
    return ("en", *(name for name in names if name != "en"))


LANGUAGES = _languages()
"""English first, then what else there is."""
