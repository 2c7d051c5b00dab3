"""``from app import ...``: the playground from Python, and every example in its documentation."""

import doctest
import json
import pkgutil
import struct
import subprocess
import sys
import zlib
from importlib import import_module
from xml.etree import ElementTree

import numpy as np
import pytest

import app
import app.interface
from app import Experiment, ExperimentError, Run, experiment_of, run
from app.interface.picture import colours, png
from tests.serving import ROOT

MODULES = [
    "app.interface",
    *(f"app.interface.{m.name}" for m in pkgutil.iter_modules(app.interface.__path__)),
]
CONSTANT = {"init": {"method": "constant", "scale": 0.5}}


@pytest.mark.parametrize("module", MODULES)
def test_every_example_in_the_documentation_gives_what_it_says(module):
    found = doctest.testmod(import_module(module), optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert found.failed == 0


def test_the_documentation_has_examples():
    finder = doctest.DocTestFinder()
    shown = [t for name in MODULES for t in finder.find(import_module(name)) if t.examples]
    assert len(shown) >= 6


def test_importing_the_package_loads_nothing_of_it():
    code = "import sys, app; print('numpy' in sys.modules, any(m.startswith('app.') for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "False False\n"


def test_everything_that_is_promised_can_be_imported():
    assert set(app.__all__) == set(app.interface.__all__)
    assert app.run is run
    with pytest.raises(AttributeError, match="no attribute 'fly'"):
        app.fly  # noqa: B018 - reading it is the test


def test_the_history_is_that_of_the_api_for_every_kind_of_experiment():
    # The interface runs in chunks of its own; the same step has the same bits however it is cut.
    whole = run(CONSTANT, steps=500, record_every=100)
    assert [entry["step"] for entry in whole.history] == [0, 100, 200, 300, 400, 500]
    assert whole.observe(300).history == whole.history[:4]
    assert whole.symmetry[0]["distinct"] == 1


def test_an_experiment_is_a_dictionary_a_text_a_link_or_itself():
    asked = experiment_of(CONSTANT)
    made = run(asked, steps=3)
    for same in (asked, json.dumps(CONSTANT), made.link):
        assert experiment_of(same) == asked
    assert experiment_of() == experiment_of(Experiment()) == experiment_of({})
    parameters = [{"W": np.ones((1, 2)), "b": np.zeros(1)}]
    given = {"network": {"hidden": []}, "init": {"method": "explicit", "parameters": parameters}}
    assert run(given, steps=np.int64(0)).parameters[0][0].tolist() == [[1.0, 1.0]]


def test_a_link_is_the_same_run_unless_another_length_is_asked_for():
    made = run(CONSTANT, steps=37)
    same = run(made.link)
    assert (same.steps, same.history) == (37, made.history)
    assert run(made.link, steps=5).steps == 5
    assert run(made.link, 5).steps == 5


def test_own_points_may_come_in_one_array_of_numpy_s():
    # The classes of a float array are floats: 1.0 is the class 1.
    points = np.array([[0, 0, 0], [1, 1, 1.0], [0.5, -1, 1]])
    for given in (points, points.tolist(), list(points), tuple(map(tuple, points))):
        X, labels = run({"data": {"points": given}}, steps=0).points
        assert X.tolist() == [[0, 1, 0.5], [0, 1, -1]]
        assert labels.tolist() == [0, 1, 1]
    with pytest.raises(ExperimentError, match=r"data.points\[1\]\[2\] must be a whole number"):
        run({"data": {"points": [[0, 0, 0], [1, 1, 0.5]]}}, steps=0)
    with pytest.raises(ExperimentError, match=r"data.points\[0\]\[2\] must be a whole number"):
        run('{"data": {"points": [[0, 0, 0.0], [1, 1, 1]]}}', steps=0)  # JSON is as strict as the API


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ({"layer": "1"}, "layer must be a whole number from 0 to 13"),
        ({"layer": 1.5}, "layer must be a whole number from 0 to 13"),
        ({"layer": True}, "layer must be a whole number from 0 to 13"),
        ({"layer": 7}, "layer must be a layer from 0 to 2"),
        ({"layer": object()}, "layer must be made of"),
        ({"pair": 5}, "pair must be a list of 2 units"),
        ({"pair": (0,)}, "pair"),
        ({"pair": (0, 1, 2)}, "pair"),
        ({"pair": ("0", 1)}, r"pair\[0\] must be a whole number from 0 to 63"),
        ({"pair": None}, "pair must be a list of 2 units"),
        ({"theme": "grey"}, "theme must be one of dark, light"),
        ({"theme": []}, "theme must be one of dark, light"),
        ({"kind": "pie"}, "kind must be one of activations, boundary"),
        ({"kind": {}}, "kind must be one of activations, boundary"),
    ],
)
def test_a_figure_that_cannot_be_names_field_rule_and_value(look, said):
    with pytest.raises(ExperimentError, match=said):
        run(steps=0).figure(**{"kind": "hidden_space", **look})


def test_a_figure_may_be_chosen_by_numpy_s_numbers():
    figure = run(steps=0).figure("hidden_space", layer=np.int64(1), pair=np.array([1, 3]))
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("unit 2", "unit 4")


@pytest.mark.parametrize("given", [{"data": object()}, {("a", 1): 2}, {"data": {"points": {1: 2}.keys()}}])
def test_what_is_no_experiment_at_all_is_refused_in_words(given):
    with pytest.raises(ExperimentError):
        run(given)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (({"data": {"noise": float("nan")}},), "data.noise"),
        (("no link",), "experiment"),
        ((5,), "experiment"),
        (([],), "experiment"),
        (({}, -1), "steps"),
        (({}, 1.5), "steps"),
        (({}, True), "steps"),
        (({}, 10, 0), "record_every"),
    ],
)
def test_what_is_wrong_is_refused_by_name(arguments, field):
    with pytest.raises(ExperimentError) as refused:
        run(*arguments)
    assert [error.field for error in refused.value.errors] == [field]


@pytest.mark.parametrize(
    "points", [[[1, 2, 3]], [[0], [float("inf")]], 3, "no", [[1], [2, 3]], np.zeros((2, 2, 2))]
)
def test_points_of_another_shape_are_refused(points):
    with pytest.raises(ExperimentError, match="points"):
        run(steps=0).predict(points)


@pytest.mark.parametrize("side", [0, 1001, 2.5])
def test_a_side_out_of_range_is_refused(side):
    with pytest.raises(ExperimentError, match="side"):
        run(steps=0).boundary(side)


def test_predictions_by_hand():
    # z = 2 x1 - x2 + 1: at (1, 1) it is 2, and 1 / (1 + e^-2) = 0.8807970779778823; at (-1, 0) it is -1.
    parameters = [{"W": [[2, -1]], "b": [1]}]
    given = {"network": {"hidden": []}, "init": {"method": "explicit", "parameters": parameters}}
    made = run(given, steps=0)
    probability, label = made.predict([[1, -1], [1, 0]])
    assert probability == pytest.approx([0.8807970779778823, 0.2689414213699951], rel=1e-15)
    assert label.tolist() == [1, 0]
    x, y, shown = made.boundary(10)
    assert shown[7, 3] == pytest.approx(1 / (1 + np.exp(-(2 * x[3] - y[7] + 1))), rel=1e-12)


def test_with_many_classes_every_class_has_its_probability():
    made = run({"data": {"name": "spiral", "classes": 3}}, steps=5)
    probability, label = made.predict([[0.1, 1.0], [0.2, -1.0]])
    assert probability.sum(axis=0) == pytest.approx([1, 1])
    assert label.tolist() == probability.argmax(axis=0).tolist()
    assert made.boundary(4)[2].shape == (3, 4, 4)


def test_arrays_that_are_handed_out_are_copies():
    made = run(steps=10)
    before = made.parameters[0][0].tolist()
    made.parameters[0][0][...] = 7.0
    made.points[0][...] = 7.0
    assert made.parameters[0][0].tolist() == before
    assert made.observe(10).parameters[0][0].tolist() == before


def test_a_notebook_shows_the_run_and_nothing_can_hide_in_it():
    made = run(CONSTANT, steps=20_000, record_every=1000)
    shown = ElementTree.fromstring(made._repr_html_())
    assert len(shown.findall(".//{http://www.w3.org/2000/svg}circle")) == 400
    assert shown.find(".//strong").text == made.sentence
    assert len(shown.findall(".//tbody/tr")) == 12
    assert shown.find(".//a").get("href") == made.link
    assert isinstance(made, Run)
    assert repr(made) == f"<Run of 2-4-1: {made.sentence}>"


def test_the_picture_has_the_pages_colours_and_is_a_png():
    # p = 0 is class 0's colour, 0.5 the middle, 1 class 1's; a field goes 0.62 of the way there:
    # 247 + 0.62 (47 - 247) = 123, 247 + 0.62 (111 - 247) = 162.7, 244 + 0.62 (179 - 244) = 203.7
    pixels = colours(np.array([[[0.0, 0.5, 1.0]]]))
    assert pixels.tolist() == [[[123, 163, 204], [247, 247, 244], [233, 170, 109]]]
    file = png(pixels)
    assert file.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", file[16:24]) == (3, 1)
    length = struct.unpack(">I", file[33:37])[0]
    assert zlib.decompress(file[41 : 41 + length]) == b"\0" + pixels.tobytes()


def test_of_many_classes_the_surest_gives_the_colour_and_a_tie_none():
    third = 1 / 3
    pixels = colours(np.array([[[1.0, third]], [[0.0, third]], [[0.0, third]]]))
    assert pixels[0].tolist() == [[123, 163, 204], [247, 247, 244]]
