"""A run as a NumPy script in the course's notation, which prints each recorded step and its cost.

It needs numpy alone and shares no code with this application. It prints the same costs to the last
digit, because it takes the same operations in the same order on rows that lie alike (arrays.py).
Only what the run uses is written. How far it goes is known, since the run has been made.
"""

from collections.abc import Iterator

from app import __version__
from app.experiments.experiment import Experiment
from app.experiments.run import State
from app.experiments.script.network import PRODUCTS, functions, parameters, passes
from app.experiments.script.points import points
from app.experiments.script.training import training, update


def script(experiment: Experiment, state: State, every: int, link: str) -> str:
    """The script of a run that was made up to ``state``, with a record each ``every`` steps."""
    return "\n".join(text for _, text in sections(experiment, state, every, link))


def sections(
    experiment: Experiment, state: State, every: int, link: str, figures: bool = False
) -> Iterator[tuple[str, str]]:
    """Its parts, each with a title: the script is their texts, one after the other.

    With ``figures`` they keep the ``points``, how a point becomes ``inputs``, and the costs' ``history``.
    """
    yield "What this is", _head(experiment, state, link)
    yield "The points", points(experiment, figures)
    yield "Equal units stay equal", PRODUCTS
    yield "The parameters", parameters(experiment)
    yield "Activations and loss", functions(experiment)
    yield "Forward and backward propagation", passes(experiment)
    yield "The update", update(experiment)
    yield "Training", training(experiment, state, every, figures)


def _head(experiment: Experiment, state: State, link: str) -> str:
    layers = "-".join(map(str, experiment.sizes))
    ended = ""
    if state.diverged:
        ended = f"\nThe run diverges at step {state.diverged.step}: {state.diverged.reason}."
    elif state.converged:
        ended = f"\nThe run comes to rest at step {state.step}."
    origin = "a table" if experiment.data.points is not None else f"the data set {experiment.data.name}"
    return f'''"""A network {layers} learns the points of {origin}.

Written by Planar Playground {__version__}; needs numpy. Columns are examples: X is (n_0, m), Y is (n_L, m),
W[l] is (n_l, n_l-1), b[l] is (n_l, 1). Prints steps, and the cost of the parameters before the update.{ended}
{link}
"""

import math
import os

# One thread, before numpy is imported: so the sums are always added up in one order.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np

np.seterr(all="ignore")
'''
