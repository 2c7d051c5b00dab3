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


def say(section: str, key: str, values: Mapping[str, Any]) -> str:
    """The English of a key and its values, as the page makes it in every language (static/js/phrases.js).

    Whole numbers get their thousands apart; a value with a key of its own is a clause.
    """

    def shown(value: Any) -> Any:
        if isinstance(value, dict):
            return say("clauses", value["key"], value["values"])
        return f"{value:,}" if isinstance(value, int) else value

    template: str = texts("en")[section][key]
    return template.format(**{name: shown(value) for name, value in values.items()})


def _languages() -> tuple[str, ...]:
    names = sorted(
        f.name.removesuffix(".json") for f in files(__name__).iterdir() if f.name.endswith(".json")
    )
    return ("en", *(name for name in names if name != "en"))


LANGUAGES = _languages()
"""English first, then what else there is."""

NAMES = {language: texts(language)["language"] for language in LANGUAGES}
"""What each language calls itself."""
