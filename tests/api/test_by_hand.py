"""By hand on the live stream: the point it follows, and what is refused."""

import pytest

from tests.serving import LiveClient

BLOBS = {"data": {"name": "blobs", "classes": 3, "samples": 60}}


@pytest.fixture
def stream(server):
    with LiveClient(server) as client:
        yield client


def look(**more):
    return {"panel": "by_hand", **more}


def test_a_typed_point_is_followed_until_another_example_is_asked_for(stream):
    stream.open({}, view=look(point=[0.5, -1, 1]))
    told = stream.paused_at(0).lane["panel"]
    assert (told["example"], told["x"], told["label"]) == (None, [0.5, -1], 1)
    stream.send("look", view=look(example=3))
    told = stream.until(lambda frame: frame.lane["panel"]["example"] is not None).lane["panel"]
    assert told["example"] == 3


def test_the_script_comes_when_it_is_asked_for(stream):
    stream.open({}, view=look())
    assert stream.paused_at(0).lane["panel"]["script"] is None
    stream.send("look", view=look(script=True))
    told = stream.until(lambda frame: frame.lane["panel"]["script"] is not None).lane["panel"]
    assert told["script"].splitlines()[1] == "import numpy as np"


@pytest.mark.parametrize(
    ("point", "field", "rule", "value"),
    [
        ([1e9, 0, 1], "view.point[0]", "from -1000000 to 1000000", 1e9),
        ([0, "two", 1], "view.point[1]", "a number from -1000000 to 1000000", "two"),
        ([0, True, 1], "view.point[1]", "a number from -1000000 to 1000000", True),
        ([0, 0, -1], "view.point[2]", "a whole number from 0 to 5", -1),
        ([0, 0, 0.5], "view.point[2]", "a whole number from 0 to 5", 0.5),
        ([0, 0, 2], "view.point[2]", "a class from 0 to 1 with these points", 2),
    ],
)
@pytest.mark.parametrize("when", ["open", "look"])
def test_a_point_that_cannot_be_is_refused_by_name(stream, when, point, field, rule, value):
    if when == "open":
        stream.open({}, view=look(point=point))
    else:
        stream.open({}, view=look())
        stream.paused_at(0)
        stream.send("look", view=look(point=point))
    (error,) = stream.error()["errors"]
    assert error == {"field": field, "rule": rule, "value": value}


@pytest.mark.parametrize("point", [[0, 0], [0, 0, 1, 1], "here", {"x1": 0}])
def test_what_is_no_point_is_refused(stream, point):
    stream.open({}, view=look(point=point))
    problem = stream.error()
    assert problem["errors"][0]["field"].startswith("view.point")
    stream.open({})
    stream.paused_at(0)


def test_a_class_must_be_one_of_every_lane(stream):
    stream.open(BLOBS, view=look(point=[0, 0, 2]))
    assert stream.paused_at(0).lane["panel"]["Y"] == [0, 0, 1]
    stream.open(BLOBS, {}, view=look(point=[0, 0, 2]))
    assert stream.error()["errors"][0]["rule"] == "a class from 0 to 1 with these points"
