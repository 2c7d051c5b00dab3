"""What is due, and that equal clocks ask for equal chunks."""

from itertools import pairwise

import pytest

from app.compute.clock import Clock
from app.compute.pace import FRAME_SECONDS


def ends(speed, begun, at, looks, between=FRAME_SECONDS):
    """The steps at which chunks end for who looks at these times."""
    clock, step, found = Clock(begun, at), at, []
    for now in looks:
        if due := clock.due(now, step, speed, 10**6, between):
            step += due
            found.append(step)
    return found


def test_it_asks_for_what_its_speed_says():
    # 200 steps a second, 60 looks a second: 200 / 60 = 3 1/3 steps each, whole ones of them.
    assert ends(200.0, 100.0, 0, [100.0 + (k + 0.01) / 60 for k in range(1, 7)]) == [3, 6, 10, 13, 16, 20]
    assert ends(10.0, 0.0, 5, [0.05, 0.101, 0.15, 0.201]) == [6, 7]  # a step each 0.1 s


@pytest.mark.parametrize("speed", [61.0, 100.0, 200.0, 1000.0, 3000.0])
def test_clocks_that_began_elsewhere_end_their_chunks_at_the_same_steps(speed):
    whole = set(ends(speed, 0.0, 0, [(k + 0.01) / 60 for k in range(1, 1000)]))
    assert len(whole) > 900
    for begun, at, every in ((7.003, 0, 1 / 60), (0.5, 137, 1 / 60), (0.0, 41, 1 / 41), (3.0, 0, 1 / 500)):
        looks = [begun + k * every for k in range(1, 200)]
        assert set(ends(speed, begun, at, looks)) <= whole


def test_rarer_frames_end_where_frames_at_full_rate_do():
    whole = set(ends(1000.0, 0.0, 0, [(k + 0.01) / 60 for k in range(1, 1000)]))
    rare = ends(1000.0, 0.2, 0, [0.2 + 0.15 * k for k in range(1, 60)], between=0.15)
    assert set(rare) <= whole
    # The ends are 8/60 s of the clock apart there: 133 1/3 steps.
    assert {b - a for a, b in pairwise(rare)} <= {133, 134, 266, 267}


def test_it_is_never_ahead_of_its_time_and_less_than_a_frame_behind():
    for speed in (3.0, 60.0, 200.0, 777.0):
        clock, step = Clock(0.0, 9), 9
        for k in range(1, 500):
            now = k * 0.0071
            step += clock.due(now, step, speed, 10**6)
            assert step <= 9 + speed * now + 1e-6
            assert step > 9 + speed * now - max(1.0, speed / 60) - 1


@pytest.mark.parametrize("speed", [0.5, 20.0, 61.0, 100.0, 200.0, 1234.5])
def test_who_waits_until_something_is_due_finds_it_due(speed):
    clock, step, now = Clock(50.0, 17), 17, 50.0
    for _ in range(200):
        assert clock.due(now, step, speed, 10**6) == 0
        wait = clock.until_due(now, step, speed)
        assert 0 < wait <= 1 / speed + FRAME_SECONDS
        now += wait + 1e-6
        due = clock.due(now, step, speed, 10**6)
        assert due >= 1
        step += due


def test_what_cannot_be_kept_up_with_is_not_owed_later():
    clock = Clock(0.0, 0)
    assert clock.due(10.0, 0, 100.0, 30) == 30  # of 1000
    assert clock.due(10.0, 30, 100.0, 30) == 0
    assert clock.due(10.1, 30, 100.0, 30) == 10


def test_a_run_that_is_ahead_goes_on_from_where_it_is():
    clock = Clock(0.0, 0)
    assert clock.due(1.0, 5000, 60.0, 30) == 0
    assert clock.due(1.1, 5000, 60.0, 30) == 6


def test_what_nobody_looked_at_is_forgiven():
    clock = Clock(0.0, 0)
    clock.forgive(9.0)
    assert clock.due(10.0, 0, 60.0, 10**6) == 60
