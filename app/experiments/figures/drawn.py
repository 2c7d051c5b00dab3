"""A figure as JSON text, made in the worker."""

import json

from app.experiments.experiment import Experiment
from app.experiments.figures import FIGURES, Subject
from app.experiments.run import Record, State


def drawn(
    kind: str,
    experiment: Experiment,
    state: State,
    records: list[Record],
    theme: str,
    layer: int | None,
    pair: tuple[int, int],
) -> bytes:
    """The figure ``kind`` of a run."""
    subject = Subject(experiment, state, tuple(records), theme, layer, pair)
    return json.dumps(FIGURES[kind].make(subject), allow_nan=False, separators=(",", ":")).encode()
