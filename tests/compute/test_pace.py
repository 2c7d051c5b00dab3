"""Frames get rarer and chunks shorter where one waits for others, evenly, and no more than that."""

import heapq

import pytest

from app.compute.pace import EASY, FRAME_SECONDS, LONGEST_REST, SLOWEST, Pace, rest
from app.experiments.frames import MAX_RECORDS


def test_who_is_alone_is_not_slowed():
    pace = Pace()
    for _ in range(100):
        pace.took(0.0131, 0.0125)  # a chunk at full speed, and the way to the worker and back
    assert pace.frame_seconds == FRAME_SECONDS
    assert pace.share == 1.0
    assert pace.records == MAX_RECORDS


def test_it_recovers_when_the_others_have_gone():
    pace = Pace()
    for _ in range(100):
        pace.took(0.2, 0.01)
    assert pace.frame_seconds > 0.5
    assert pace.share < 0.1
    assert pace.records < 10
    for _ in range(20):
        pace.took(0.01, 0.01)
    assert pace.frame_seconds == FRAME_SECONDS
    assert pace.share == 1.0


def test_there_is_a_frame_a_second_however_full_it_is():
    pace = Pace()
    pace.took(1000.0, 0.0)
    assert pace.frame_seconds == SLOWEST
    assert pace.share > 0


def crowd(sessions, observing, full_speed, workers=2, seconds=20.0):
    """Frames a second of each session, and their waits, with calls served in order by ``workers``.

    A chunk takes ``observing`` seconds, and 12 ms times the pace's share where it runs at full speed.
    """
    paces = [Pace() for _ in range(sessions)]
    free = [0.0] * workers
    asking = [(i * 1e-4, i) for i in range(sessions)]
    frames, waits = [0] * sessions, []
    while asking[0][0] < seconds:
        at, i = heapq.heappop(asking)
        busy = observing + (0.012 * paces[i].share if full_speed else 0.0005)
        begin = max(at, heapq.heappop(free))
        heapq.heappush(free, begin + busy)
        paces[i].took(begin + busy - at, busy)
        if at > seconds / 2:
            frames[i] += 1
            waits.append(begin + busy - at)
        heapq.heappush(asking, (max(begin + busy, at + paces[i].frame_seconds), i))
    return [n / (seconds / 2) for n in frames], sorted(waits)


@pytest.mark.parametrize("full_speed", [False, True])
def test_a_hundred_at_once_are_served_alike_and_soon(full_speed):
    rates, waits = crowd(100, observing=0.002, full_speed=full_speed)
    assert min(rates) > 4
    assert min(rates) > 0.8 * max(rates)
    assert waits[int(0.95 * len(waits))] < 0.15


def test_two_are_not_slowed_by_one_another():
    rates, waits = crowd(2, observing=0.002, full_speed=True)
    assert min(rates) > 50
    assert waits[-1] < 0.012 + 0.002 + EASY


# --- standing aside -----------------------------------------------------------------------------------------


def test_who_is_alone_or_quick_need_not_rest():
    assert rest(5.0, others=0, workers=2) == 0.0
    assert rest(0.04, others=100, workers=2) == 0.0


def test_a_session_whose_chunks_are_long_has_half_of_a_worker_at_most():
    for busy in (0.06, 0.3, 1.5, 4.0):
        for others in (1, 3, 50):
            for workers in (1, 2, 8):
                assert busy / (busy + rest(busy, others, workers)) <= 0.5


def test_where_many_are_at_work_a_long_chunk_is_rarer():
    # Six sessions on two workers: a third of one for each, so two seconds' rest to one of work.
    assert rest(0.5, others=5, workers=2) == pytest.approx(1.0)
    # However many there are it comes back: a chunk of 0.1 s after 0.4 s, one of 1.5 s after 2 s.
    assert rest(0.1, others=1000, workers=2) == pytest.approx(0.4)
    assert rest(1.5, others=1000, workers=2) == LONGEST_REST


def test_a_seek_rests_as_soon_as_there_are_more_than_the_workers():
    assert rest(0.04, others=1, workers=2, seeking=True) == 0.0
    assert rest(0.04, others=3, workers=2, seeking=True) == pytest.approx(0.04)
    assert rest(0.04, others=0, workers=1, seeking=True) == 0.0
