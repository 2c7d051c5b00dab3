"""Curves for those who missed frames: what is told is what somebody who saw every frame has."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.compute.curves import EVERYTHING, MOST_ROWS, Curve


class Page:
    """A curve as the page keeps it (static/js/history.js): rows by step, those from ``kept`` on dropped."""

    def __init__(self):
        self.rows = {}

    def take(self, kept, rows, norms):
        self.rows = {step: row for step, row in self.rows.items() if step < kept}
        for row, beside in zip(rows.tolist(), norms.tolist(), strict=True):
            self.rows[row[0]] = (tuple(row), tuple(beside))


pieces = st.lists(
    st.tuples(
        st.one_of(st.just(EVERYTHING), st.integers(0, 30)),
        st.lists(st.integers(0, 30), unique=True, max_size=6),
    ),
    max_size=14,
)


@given(pieces, st.lists(st.integers(0, 14), max_size=14))
def test_who_skips_frames_ends_with_the_curve_of_who_saw_them_all(frames, seen_at):
    curve, everything, skipping, late = Curve(), Page(), Page(), Page()
    at = 0
    for number, (kept, steps) in enumerate(frames, start=1):
        # Every row is told apart by the frame it came in.
        rows = np.array([[step, number] for step in sorted(steps)], float).reshape(-1, 2)
        norms = rows[:, :1].astype(np.float32) * 10
        everything.take(kept, rows, norms)
        curve.extend(number, kept, rows, norms)
        if number in seen_at:
            skipping.take(*curve.since(at))
            at = number
            assert skipping.rows == everything.rows
    late.take(*curve.since(0))
    skipping.take(*curve.since(at))
    assert late.rows == skipping.rows == everything.rows
    assert list(curve.rows[:, 0]) == sorted(curve.rows[:, 0]) if len(curve.rows) else True


def test_a_long_curve_is_thinned_evenly_and_keeps_its_ends_and_its_values():
    curve = Curve()
    for frame in range(400):
        steps = np.arange(frame * 10, frame * 10 + 10, dtype=float)
        curve.extend(frame + 1, EVERYTHING, np.stack([steps, steps**2], axis=1), steps[:, None] / 2)
    _, rows, norms = curve.since(0)
    assert len(rows) <= MOST_ROWS
    assert rows[0, 0] == 0
    assert rows[-1, 0] == 3999
    assert np.array_equal(rows[:, 1], rows[:, 0] ** 2)
    assert np.array_equal(norms[:, 0], rows[:, 0] / 2)
    assert np.diff(rows[:, 0]).max() <= 3 * 4000 / (MOST_ROWS / 2)


def test_after_many_cuts_nothing_that_was_cut_comes_back():
    curve, slow = Curve(), Page()
    row = np.array([[50.0, 0.0]])
    curve.extend(1, EVERYTHING, row, row)
    slow.take(*curve.since(0))
    curve.extend(2, 10, row[:0], row[:0])
    for frame in range(3, 600):
        curve.extend(frame, 40, row[:0], row[:0])
    slow.take(*curve.since(1))
    assert slow.rows == {}
    assert len(curve.cuts) < 300


def test_a_curve_taken_over_by_two_lanes_goes_on_apart():
    curve = Curve()
    curve.extend(1, EVERYTHING, np.array([[0.0, 1.0], [1.0, 2.0]]), np.zeros((2, 1)))
    other = curve.copy()
    other.extend(2, 1, np.array([[1.0, 9.0]]), np.zeros((1, 1)))
    assert curve.since(0)[1].tolist() == [[0, 1], [1, 2]]
    assert other.since(0)[1].tolist() == [[0, 1], [1, 9]]


def test_another_networks_rows_do_not_stand_beside_the_old_ones():
    curve = Curve()
    curve.extend(1, EVERYTHING, np.zeros((1, 3)), np.zeros((1, 2)))
    curve.extend(2, 0, np.ones((1, 5)), np.ones((1, 4)))
    assert curve.since(0)[1].shape == (1, 5)
