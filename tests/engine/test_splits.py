"""Which points train, validate and test: sizes, balance, order, and the permutation of the contract."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.splits import held_out, split

LABELS = st.lists(st.integers(0, 5), min_size=1, max_size=80).map(
    lambda labels: np.array(labels, dtype=float)
)
SHARES = st.sampled_from([0.0, 0.1, 0.2, 0.25, 0.4, 0.5])


@pytest.mark.parametrize(
    ("points", "share", "held"),
    [
        (200, 0.2, 40),
        (200, 0.0, 0),
        (10, 0.25, 3),  # 2.5 + 0.5 = 3
        (9, 0.25, 2),  # 2.25 + 0.5 = 2.75
        (1, 0.5, 1),
        (1, 0.49, 0),
        (7, 0.9, 6),  # 6.3 + 0.5 = 6.8
    ],
)
def test_a_share_takes_its_points_rounded_halves_up(points, share, held):
    assert held_out(points, share) == held


def test_a_split_by_hand():
    # Class 0 is at 0 1 3 6 7, class 1 at 2 4 5. RandomState(3).permutation(5) is 3 4 1 0 2, and the next
    # permutation(3) of that stream 1 2 0. Of class 0, test takes floor(5 * 0.4 + 0.5) = 2: its members 3 and
    # 4, which are 6 and 7; validation the next floor(5 * 0.2 + 0.5) = 1: member 1, which is 1. Of class 1,
    # test takes floor(1.2 + 0.5) = 1: member 1, which is 4; validation floor(0.6 + 0.5) = 1: member 2, at 5.
    labels = np.array([0, 0, 1, 0, 1, 1, 0, 0], dtype=float)
    train, validate, test = split(labels, validation=0.2, test=0.4, seed=3)
    assert (train.tolist(), validate.tolist(), test.tolist()) == ([0, 2, 3], [1, 5], [4, 6, 7])


@given(LABELS, SHARES, SHARES, st.integers(0, 2**32 - 1))
def test_every_point_has_one_part_and_every_class_its_share_of_each(labels, validation, test, seed):
    parts = split(labels, validation, test, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    for label in np.unique(labels):
        n = int(np.sum(labels == label))
        tests, validates = int(n * test + 0.5), int(n * validation + 0.5)
        # Test takes first; where both together ask for more than there is, validation gets what is left.
        tests, validates = min(tests, n), min(validates, n - min(tests, n))
        counts = [int(np.sum(labels[part] == label)) for part in parts]
        assert counts == [n - tests - validates, validates, tests]


@given(LABELS, SHARES, SHARES, st.integers(0, 1000))
def test_each_part_keeps_the_order_of_the_points(labels, validation, test, seed):
    for part in split(labels, validation, test, seed):
        assert part.tolist() == sorted(part.tolist())


def test_a_balanced_set_stays_balanced_in_every_part():
    labels = np.repeat([0.0, 1.0], 200)
    train, validate, test = split(labels, 0.2, 0.2, seed=1)
    assert [len(train), len(validate), len(test)] == [240, 80, 80]
    for part in (train, validate, test):
        assert labels[part].mean() == 0.5


def test_which_points_of_a_class_are_held_back_depends_on_the_classes_before_it_alone():
    # One stream, class after class: what comes later changes nothing of what came before.
    first = np.zeros(30)
    for others in ([], [1.0] * 7, [1.0] * 7 + [2.0] * 9):
        labels = np.concatenate([first, others])
        train, validate, test = split(labels, 0.2, 0.3, seed=5)
        expected = np.random.RandomState(5).permutation(30)
        assert test[test < 30].tolist() == sorted(expected[:9].tolist())
        assert validate[validate < 30].tolist() == sorted(expected[9:15].tolist())
        assert train[train < 30].tolist() == sorted(expected[15:].tolist())


def test_another_seed_holds_other_points_back_and_the_same_seed_the_same():
    labels = np.repeat([0.0, 1.0], 50)
    splits = [[part.tolist() for part in split(labels, 0.2, 0.2, seed)] for seed in (1, 1, 2)]
    assert splits[0] == splits[1]
    assert splits[0] != splits[2]


def test_without_shares_all_points_train():
    train, validate, test = split(np.array([1.0, 0.0, 1.0]), 0.0, 0.0, 0)
    assert (train.tolist(), validate.tolist(), test.tolist()) == ([0, 1, 2], [], [])
