"""How much a text may hold, counted before anything is made of it.

A wrong value is shown to who sent it, so a million wrong lists would become a million objects first, which
takes a second; to count the commas and brackets of 4 MB takes a millisecond.
"""

from app.experiments.check import ExperimentError, FieldError
from app.experiments.wording import WHOLE

MOST = {
    ",": (1_000_000, "commas"),
    "[": (60_000, "lists"),
    "{": (10_000, "objects"),
    ":": (20_000, "names of fields"),
}
"""Twice what the largest message holds: two experiments of 10,000 points and 1,000 interventions each."""
MOST_STRINGS = 1_000
"""Of so few what stands inside is left out: points and costs may come as a long text."""


def check_amounts(text: bytes | str) -> None:
    """An ExperimentError that says of what there is too much."""
    if len(text) <= min(most for most, _ in MOST.values()):
        return
    plain = text.decode("latin-1") if isinstance(text, bytes) else text
    error = _too_many(plain)
    if error and '"' in plain:
        error = _too_many(_without_strings(plain))
    if error:
        raise ExperimentError(error)


def _too_many(text: str) -> FieldError | None:
    for sign, (most, what) in MOST.items():
        if (found := text.count(sign)) > most:
            return FieldError(WHOLE, f"at most {most} {what}", f"{found} {what}")
    return None


def _without_strings(text: str) -> str:
    plain = text.replace("\\\\", "").replace('\\"', "")
    return "".join(plain.split('"')[::2]) if plain.count('"') <= 2 * MOST_STRINGS else plain
