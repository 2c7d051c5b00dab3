"""The lines z = 0 of the first layer's units, in the plane as it is drawn."""

import json

import numpy as np
import pytest

from app.engine.network import layers_of
from app.experiments.frames import lane_frame
from app.experiments.lines import unit_lines
from app.experiments.observe import View
from app.experiments.problem import problem_of
from app.experiments.run import advance, start
from app.experiments.schema import parse


def drawn(units=8, step=0, **parts):
    """The experiment's problem, its W[1] and b[1], and the lines."""
    run = parse(json.dumps(parts))
    state = advance(run, start(run), step)[0]
    problem = problem_of(run)
    problem.network.load(state.theta)
    return problem, layers_of(state.theta, run.sizes)[0], unit_lines(problem, units)


def explicit(*rows):
    """One hidden layer with these (w1, w2, b)."""
    first = {"W": [list(row[:2]) for row in rows], "b": [row[2] for row in rows]}
    last = {"W": [[1.0] * len(rows)], "b": [0.0]}
    points = [[-1, -1, 0], [1, 1, 1]]  # the plane is [-1.16, 1.16] both ways
    return {
        "network": {"hidden": [len(rows)]},
        "init": {"method": "explicit", "parameters": [first, last]},
        "data": {"points": points},
    }


def test_worked_by_hand():
    # x1 = 0.5; x2 = -0.5; x1 = x2, from corner to corner.
    _, _, lines = drawn(**explicit((2, 0, -1), (0, 4, 2), (1, -1, 0)))
    edge = 1.16
    np.testing.assert_allclose(lines[0], [0.5, -edge, 0.5, edge], atol=1e-12)
    np.testing.assert_allclose(sorted(lines[1]), [-edge, -0.5, -0.5, edge], atol=1e-12)
    np.testing.assert_allclose(np.abs(lines[2]), edge, atol=1e-12)
    assert lines[2][0] == pytest.approx(lines[2][1])


def test_a_unit_without_a_line_in_view_has_none():
    _, _, lines = drawn(**explicit((0, 0, 0), (0, 0, 3), (1, 0, 9), (1, 0, 0)))
    assert np.isnan(lines[:3]).all()
    assert np.isfinite(lines[3]).all()


@pytest.mark.parametrize("standardize", [False, True])
def test_every_end_lies_on_the_line_and_on_the_edge_of_the_plane(standardize):
    data = {"name": "moons", "standardize": standardize, "stretch": 3.0}
    problem, (W, b), lines = drawn(step=200, data=data, network={"hidden": [6]}, init={"method": "xavier"})
    found = 0
    for w, c, line in zip(W, b[:, 0], lines, strict=True):
        if np.isnan(line).any():
            continue
        found += 1
        for point in (line[:2], line[2:]):
            x = point
            if standardize:  # by the definition: mean and population deviation of the points
                x = (point - problem.X.mean(axis=1)) / problem.X.std(axis=1)
            assert abs(w @ x + c) < 1e-9 * np.abs(w).max()
            near = [
                abs(point[i] - at)
                for i, plane in enumerate((problem.plane.x1, problem.plane.x2))
                for at in plane
            ]
            assert min(near) < 1e-9
    assert found >= 3


def test_of_the_units_in_view_only():
    _, _, lines = drawn(units=3)
    assert lines.shape == (3, 4)


def test_they_travel_when_they_are_asked_for():
    run = parse("{}")
    state = start(run)
    for asked in (False, True):
        buffers = lane_frame(run, state, [], View(units=3, lines=asked), False).header["buffers"]
        assert buffers.get("lines", [None, None, None])[2] == ([3, 4] if asked else None)


def test_without_a_hidden_layer_there_are_none():
    assert drawn(network={"hidden": []})[2] is None


def circle(*radii):
    """Units that are 0 on circles round the origin: x1^2 + x2^2 - r^2."""
    first = {"W": [[0, 0, 1, 1]] * len(radii), "b": [-(r**2) for r in radii]}
    last = {"W": [[1.0] * len(radii)], "b": [0.0]}
    return {
        "network": {"hidden": [len(radii)], "features": ["x1^2", "x2^2"]},
        "init": {"method": "explicit", "parameters": [first, last]},
        "data": {"points": [[-1, -1, 0], [1, 1, 1]]},
    }


def test_with_features_it_is_a_curve_in_pieces_that_join():
    _, _, curves = drawn(**circle(0.5, 1.0, 9.0))
    assert curves.shape[0] == 3
    assert np.isnan(curves[2]).all()  # beyond the plane
    for radius, pieces in zip((0.5, 1.0), curves, strict=False):
        pieces = pieces[np.isfinite(pieces[:, 0])].astype(float)
        ends = pieces.reshape(-1, 2)
        np.testing.assert_allclose(np.hypot(*ends.T), radius, atol=0.003)
        # Every end is another piece's end, too, and together they are as long as the circle.
        _, times = np.unique(ends.round(5), axis=0, return_counts=True)
        assert (times == 2).all()
        length = np.hypot(*(pieces[:, :2] - pieces[:, 2:]).T).sum()
        assert length == pytest.approx(2 * np.pi * radius, rel=0.003)


def test_curves_of_many_units_fit_their_frame():
    features = ["x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)"]
    network = {"hidden": [64], "features": features}
    _, _, curves = drawn(units=64, network=network, init={"method": "normal", "scale": 3.0})
    assert curves.shape[0] == 8
    assert curves.dtype == np.float32
    assert 10 < curves.shape[1] <= 400


def test_weights_beyond_all_measure_draw_no_line():
    run = {"data": {"points": [[1, 0, 0], [-1, 0, 1]]}, "network": {"hidden": [1]}}
    parsed = parse(json.dumps(run))
    problem = problem_of(parsed)
    problem.network.load(np.array([1.7e308, 1.7e308, 0.0, 1.0, 0.0]))
    assert unit_lines(problem, 8).shape == (1, 4)
