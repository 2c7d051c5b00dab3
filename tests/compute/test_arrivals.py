"""Where others have been is found at once, with the way to it."""

import json

from app.compute.arrivals import Arrivals
from app.experiments.run import advance, start
from app.experiments.schema import parse
from tests.experiments.known import D


def way(experiment, step, every=10):
    return advance(experiment, start(experiment), step, every)


def other(seed):
    return parse(json.dumps({"init": {"seed": seed}}))


def test_the_farthest_that_is_not_beyond():
    kept = Arrivals()
    for step in (500, 1000, 2000):
        kept.add(D, *way(D, step))
    assert kept.at_most(D, 499) is None
    assert kept.at_most(D, 1999).state.step == 1000
    found = kept.at_most(D, 5000)
    assert found.state.theta.tobytes() == way(D, 2000)[0].theta.tobytes()
    assert [record.step for record in found.records] == list(range(0, 2000, 10))
    assert kept.at_most(other(9), 5000) is None


def test_only_whole_ways_are_kept():
    kept = Arrivals()
    state, records = way(D, 1000)
    kept.add(D, state, records[1:])
    kept.add(D, state, [])
    kept.add(D, *way(D, 100))
    assert kept.at_most(D, 5000) is None


def test_a_piece_is_for_those_who_have_the_curve_before_it():
    kept = Arrivals()
    middle = way(D, 1000)[0]
    kept.add(D, *advance(D, middle, 1000, 20))  # records of 1000, 1020, ... 1980
    assert kept.at_most(D, 5000) is None
    assert kept.at_most(D, 5000, since=980) is None  # the record of step 980 would be missing
    assert kept.at_most(D, 5000, since=981).state.step == 2000
    kept.add(D, *way(D, 2000))
    assert kept.at_most(D, 5000).since == 0
    kept.add(D, *advance(D, middle, 1000, 20))
    assert kept.at_most(D, 5000).since == 0  # the whole way stays


def test_a_way_back_and_forth_is_not_kept():
    kept = Arrivals()
    state, records = way(D, 1000)
    kept.add(D, state, records + records[50:])
    kept.add(D, way(D, 600)[0], records)
    assert kept.at_most(D, 5000) is None


def test_the_longest_unused_go_first():
    state, records = way(D, 500)
    kept = Arrivals(most=0)
    kept.add(D, state, records)
    assert kept.at_most(D, 500) is None
    assert kept._steps == {}
    assert kept._bytes == 0

    kept = Arrivals()
    for seed in range(4):
        kept.add(other(seed), *way(other(seed), 500))
    size = kept._bytes
    kept.at_most(other(0), 500)
    kept.most = size - 1
    kept.add(other(3), *way(other(3), 500))  # the same again takes no more room
    assert kept._bytes < size
    assert kept.at_most(other(0), 500)
    assert kept.at_most(other(1), 500) is None


def test_points_of_ones_own_take_their_room_too():
    # In memory a point [x1, x2, label] is a tuple of 3 (64 B), two floats (24 B each) and its place.
    points = [[0.001 * k, -0.001 * k, k % 2] for k in range(2000)]
    own = parse(json.dumps({"data": {"points": points}}))
    state, records = way(D, 500)
    few, many = Arrivals(), Arrivals()
    few.add(D, state, records)
    many.add(own, state, records)
    assert many._bytes - few._bytes > 2000 * (64 + 2 * 24 + 8)
