"""The loops stand where the matrices stand, in every random experiment, with its loss and its penalty."""

import pytest

from app.experiments.loops import loops_apart, race
from app.experiments.run import advance, start
from tests.experiments.random_runs import random_experiment


@pytest.mark.parametrize("number", range(60))
def test_the_loops_differ_from_the_matrices_by_rounding(number):
    experiment = random_experiment(number)
    state, _ = advance(experiment, start(experiment), 20)
    assert loops_apart(experiment, state) < 1e-11
    (row,) = race(experiment, state, (40,))["rows"]
    assert row["largest_difference"] < 1e-11
    assert row["loop_cost"] == pytest.approx(row["vector_cost"], rel=1e-11)
