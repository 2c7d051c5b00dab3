"""Points that somebody brings: what can be read, and a message with the line for what cannot."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experiments.check import ExperimentError
from app.experiments.own_points import MOST, read_points

TWO = ((0.5, -1.0, 0), (2.0, 3.25, 1))


@pytest.mark.parametrize(
    "text",
    [
        "[[0.5, -1, 0], [2, 3.25, 1]]",
        '{"points": [[0.5, -1, 0], [2, 3.25, 1]]}',
        '[{"x1": 0.5, "x2": -1, "label": 0}, {"label": 1, "x2": 3.25, "x1": 2}]',
        "0.5,-1,0\n2,3.25,1",
        "x1,x2,label\n0.5,-1,0\n2,3.25,1\n",
        "label,x,y\r\n0,0.5,-1\r\n1,2,3.25\r\n",
        "0,5;-1;0\n2;3,25;1",
        "0.5\t-1\t0\n\n# a comment\n2\t3.25\t1.0 # and another",
        "  0.5  -1 0\n2 3.25 1  ",
        '\ufeff"x1","x2","class"\n"0.5","-1","0"\n"2","3.25","1"',
        "id,x1,x2,label\n7,0.5,-1,0\n8,2,3.25,1",
    ],
)
def test_many_forms_of_the_same_two_points(text):
    assert read_points(text) == TWO


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        ("", "text", "at least two points"),
        ("  \n ", "text", "at least two points"),
        ("1,2,0", "text", "at least two points"),
        ("1,2,0\n3,4", "line 2", "x1, x2, label"),
        ("x1,x2,label\n1,2,0\n3,4", "line 3", "3 columns"),
        ("1,2,0\n3,four,1", "line 2, x2", "a number"),
        ("1,2,0\n3,1_0,1", "line 2, x2", "a number"),
        ("1,2,0\nnan,4,1", "line 2, x1", "from -1e+06 to 1e+06"),
        ("1,2,0\n1e999,4,1", "line 2, x1", "from -1e+06 to 1e+06"),
        ("1,2,0\n3,4,6", "line 2, label", "from 0 to 5"),
        ("1,2,0\n3,4,0.5", "line 2, label", "from 0 to 5"),
        ("1,2,0\n3,4,-1", "line 2, label", "from 0 to 5"),
        ("1,2,0\n3,4,0", "text", "without a gap"),
        ("1,2,0\n3,4,2", "text", "without a gap"),
        ("a,b,c\n1,2,0", "line 1", "a header with x1, x2 and label"),
        ('1,2,0\n"3,4,1', "line 2", "x1, x2, label"),
        ("[[1, 2, 0], [3, 4]]", "point 2", "[x1, x2, label]"),
        ('[[1, 2, 0], [3, "four", 1]]', "point 2, x2", "a number"),
        ("[[1, 2, 0], [3, true, 1]]", "point 2, x2", "a number"),
        ("[[1, 2, 0],\n [3, 4, 1", "line 2", "JSON"),
        ('{"x": 3}', "text", "a list of points"),
        ("[" * 100_000, "text", "nested so deeply"),
        ("[[1, 2, 0], [1" + "0" * 400 + ", 4, 1]]", "point 2, x1", "a number"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text, field, rule):
    with pytest.raises(ExperimentError) as refused:
        read_points(text)
    (error,) = refused.value.errors
    assert error.field == field
    assert rule in error.rule


def test_there_is_a_limit():
    lines = [f"{i},0,{i % 2}" for i in range(MOST)]
    assert len(read_points("\n".join(lines))) == MOST
    with pytest.raises(ExperimentError) as refused:
        read_points("\n".join([*lines, "1,2,0"]))
    assert refused.value.errors[0].field == f"line {MOST + 1}"


numbers = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=20))
def test_what_was_written_is_read_again_to_the_last_bit(places):
    points = tuple((x1, x2, i % 2) for i, (x1, x2) in enumerate(places))
    assert read_points("\n".join(f"{x1!r},{x2!r},{label}" for x1, x2, label in points)) == points
    assert read_points(json.dumps(points)) == points


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ExperimentError):
        assert len(read_points(text)) >= 2
