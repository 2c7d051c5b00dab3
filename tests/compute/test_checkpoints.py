"""Checkpoints: bounded, evenly thinned, and the right one for every step."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.compute.checkpoints import FEWEST, MAX_BYTES, MOST, Checkpoints
from app.experiments.run import Divergence, State


def state(step, numbers=17, diverged=None, memory=0, converged=False):
    remembered = tuple(np.zeros(numbers) for _ in range(memory))
    return State(step, np.zeros(numbers), remembered, 0.7, 0.7, diverged, converged)


def filled(steps, numbers=17, memory=0):
    kept = Checkpoints()
    for step in steps:
        kept.add(state(step, numbers, memory=memory))
    return kept


def steps_of(kept):
    return [s.step for s in kept.states]


@pytest.mark.parametrize("last", [0, 19, 1000, 2020, 10_000, 100_000])
@pytest.mark.parametrize("stride", [1, 7, 33])
def test_about_a_hundred_lie_evenly_over_the_whole_run(last, stride):
    kept = filled(range(0, last + 1, stride))
    steps = steps_of(kept)
    assert len(steps) <= MOST
    assert steps[0] == 0
    gaps = {b - a for a, b in pairwise(steps)}
    assert all(kept.spacing <= gap for gap in gaps)
    assert all(gap < 2 * (kept.spacing + stride) for gap in gaps)
    assert last - steps[-1] < 2 * (kept.spacing + stride)
    if last >= 4000:
        assert len(steps) >= MOST / 2 - 1


@given(st.lists(st.integers(0, 5000), max_size=300), st.integers(0, 6000))
def test_whatever_is_added_the_nearest_one_below_is_found(steps, asked):
    kept = filled(steps)
    found = kept.at_most(asked)
    below = [step for step in steps_of(kept) if step <= asked]
    assert (found.step if found else None) == (max(below) if below else None)
    assert steps_of(kept) == sorted(set(steps_of(kept)))
    assert len(kept.states) <= MOST


def test_large_networks_are_kept_less_often():
    numbers = 47_000  # 12 layers of 64 units
    kept = filled(range(0, 100_000, 20), numbers)
    assert FEWEST <= len(kept.states) <= max(FEWEST, MAX_BYTES // (8 * numbers))
    assert sum(s.theta.nbytes for s in kept.states) <= max(MAX_BYTES, FEWEST * 8 * numbers)


def test_what_an_optimizer_remembers_is_counted():
    kept = filled(range(0, 10_000, 20), numbers=5000, memory=2)
    bytes_kept = sum(s.theta.nbytes + sum(array.nbytes for array in s.memory) for s in kept.states)
    assert MAX_BYTES / 3 < bytes_kept <= MAX_BYTES


def test_however_large_a_network_some_are_kept():
    assert len(filled(range(0, 10_000, 20), numbers=1_000_000).states) >= FEWEST / 2


def test_a_run_that_has_come_to_rest_is_not_kept():
    kept = filled([0, 20])
    kept.add(state(60, converged=True))
    assert steps_of(kept) == [0, 20]


def test_a_run_that_diverged_is_not_kept():
    kept = filled([0, 20])
    kept.add(state(60, diverged=Divergence(61, "the cost is not finite")))
    assert steps_of(kept) == [0, 20]


def test_another_run_begins_with_those_below_the_step_at_which_it_differs():
    kept = filled(range(0, 200, 20))
    for shared, steps in (
        (0, []),
        (1, [0]),
        (60, [0, 20, 40]),
        (61, [0, 20, 40, 60]),
        (2_000_000, steps_of(kept)),
    ):
        other = kept.below(shared)
        assert steps_of(other) == steps
        assert other.spacing == kept.spacing
        other.add(state(5000))
    assert 5000 not in steps_of(kept)
