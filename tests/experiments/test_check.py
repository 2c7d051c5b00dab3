"""The rules between fields: each is refused by name, and its nearest lawful neighbour is not."""

import json

import pytest

from app.experiments.check import ExperimentError, completed
from app.experiments.experiment import Experiment, Init
from app.experiments.schema import parse

NO_HIDDEN = {"hidden": []}
TWO = {"hidden": [3, 2]}
THREE_CLASSES = {"points": [[0, 0, 0], [1, 1, 1], [2, 2, 2]]}


def explicit(*shapes, **more):
    """Parameters of these (units, inputs)."""
    layers = [{"W": [[0.5] * before for _ in range(n)], "b": [0.0] * n} for n, before in shapes]
    return {"method": "explicit", "parameters": layers, **more}


def at(step=0, **change):
    return [{"step": step, **change}]


def nudge(layer=1, unit=0, input=0):
    return at(nudge={"layer": layer, "unit": unit, "input": input, "by": 0.1})


def edit(layer=1, unit=0, input=0):
    return at(edit={"layer": layer, "unit": unit, "input": input, "to": 0.1})


def permute(order, layer=1):
    return at(permute={"layer": layer, "order": order})


def flip(layer=1, unit=0):
    return at(flip={"layer": layer, "unit": unit})


LAYER = "interventions[0]."
SHARE = "a share that leaves a training point in each class"
HELD_BACK = "0, or a share that holds back points of two classes at least"
TWO_EACH = [[0, 0, 0], [1, 1, 1], [2, 0, 0], [3, 1, 1]]
GAPS = "points of classes 0, 1, ... without a gap"
SHARES = "shares that leave a training point in each class, together with data.test"

RULES = [
    # (refused, field, rule, value, a neighbour that is accepted)
    (
        {"data": {"points": [[0, 0, 0], [1, 1, 0]]}},
        "data.points",
        GAPS,
        [0],
        {"data": {"points": [[0, 0, 0], [1, 1, 1]]}},
    ),
    (
        {"data": {"points": [[0, 0, 1], [1, 1, 1]]}},
        "data.points",
        GAPS,
        [1],
        {"data": {"points": [[0, 0, 1], [0, 0, 0]]}},
    ),
    (
        {"data": {"points": [[0, 0, 3], [0, 0, 0], [1, 1, 1], [2, 2, 3]]}},
        "data.points",
        GAPS,
        [0, 1, 3],
        {"data": {"points": [[0, 0, 2], [0, 0, 0], [1, 1, 1], [2, 2, 2]]}},
    ),
    (
        {"data": {"samples": 4, "positive_fraction": 0.12}},  # floor(0.48 + 0.5) = 0 points of class 1
        "data.positive_fraction",
        "a share of the 4 samples that leaves a point in each class",
        0.12,
        {"data": {"samples": 4, "positive_fraction": 0.125}},  # floor(0.5 + 0.5) = 1
    ),
    (
        {"data": {"samples": 4, "positive_fraction": 0.875}},  # floor(3.5 + 0.5) = 4 points of class 1
        "data.positive_fraction",
        "a share of the 4 samples that leaves a point in each class",
        0.875,
        {"data": {"samples": 4, "positive_fraction": 0.87}},
    ),
    (
        {"data": {"name": "spiral", "classes": 6, "samples": 5}},
        "data.samples",
        "at least 6, a point for each class",
        5,
        {"data": {"name": "spiral", "classes": 6, "samples": 6}},
    ),
    (
        {"data": {"name": "moons", "classes": 3}},
        "data.classes",
        "2 for moons; blobs and spiral and own points have more",
        3,
        {"data": {"name": "spiral", "classes": 3}},
    ),
    (
        # floor(1 * 0.5 + 0.5) = 1: the only point of each class would validate.
        {"data": {"points": [[0, 0, 0], [1, 1, 1]], "validation": 0.5}},
        "data.validation",
        SHARE,
        0.5,
        {"data": {"points": TWO_EACH, "validation": 0.5}},
    ),
    (
        {"data": {"points": [[0, 0, 0], [1, 1, 1]], "test": 0.5}},  # the same, and they would test
        "data.test",
        SHARE,
        0.5,
        {"data": {"points": TWO_EACH, "test": 0.5}},
    ),
    (
        # floor(10 * 0.04 + 0.5) = 0: none would validate.
        {"data": {"samples": 20, "validation": 0.04}},
        "data.validation",
        HELD_BACK,
        0.04,
        {"data": {"samples": 20, "validation": 0.05}},
    ),
    (
        # Of two points none would test, floor(2 * 0.2 + 0.5): those that do would all be of class 0.
        {"data": {"samples": 12, "positive_fraction": 0.17, "test": 0.2}},
        "data.test",
        HELD_BACK,
        0.2,
        {"data": {"samples": 12, "positive_fraction": 0.17, "test": 0.25}},
    ),
    (
        # Of ten points of a class eight test and two validate.
        {"data": {"samples": 20, "validation": 0.2, "test": 0.8}},
        "data.validation",
        SHARES,
        [0.2, 0.8],
        {"data": {"samples": 20, "validation": 0.2, "test": 0.7}},
    ),
    (
        # Of the two points of class 1 one tests and one validates; class 0 has eight.
        {"data": {"samples": 10, "positive_fraction": 0.2, "validation": 0.25, "test": 0.25}},
        "data.validation",
        SHARES,
        [0.25, 0.25],
        {"data": {"samples": 10, "positive_fraction": 0.3, "validation": 0.25, "test": 0.25}},
    ),
    (
        {"training": {"batch_size": 401}},
        "training.batch_size",
        "at most 400, the training points",
        401,
        {"training": {"batch_size": 400}},
    ),
    (
        {"data": {"validation": 0.2, "test": 0.2}, "training": {"batch_size": 241}},
        "training.batch_size",
        "at most 240, the training points",
        241,
        {"data": {"validation": 0.2, "test": 0.2}, "training": {"batch_size": 240}},
    ),
    (
        {"data": {"points": [[0, 0, 0], [1, 1, 1]]}, "training": {"batch_size": 3}},
        "training.batch_size",
        "at most 2, the training points",
        3,
        {"data": {"points": [[0, 0, 0], [1, 1, 1], [2, 2, 1]]}, "training": {"batch_size": 3}},
    ),
    (
        {"data": {"name": "blobs", "classes": 3}, "training": {"loss": "squared_error"}},
        "training.loss",
        "cross_entropy where there are more than two classes",
        "squared_error",
        {"data": {"name": "blobs", "classes": 2}, "training": {"loss": "squared_error"}},
    ),
    (
        {"data": THREE_CLASSES, "training": {"loss": "squared_error"}},
        "training.loss",
        "cross_entropy where there are more than two classes",
        "squared_error",
        {"data": {"points": [[0, 0, 0], [1, 1, 1]]}, "training": {"loss": "squared_error"}},
    ),
    (
        {"network": {"features": ["x1^2", "sin(x1)", "x1^2"]}},
        "network.features",
        "a list without repetition",
        ["x1^2", "sin(x1)", "x1^2"],
        {"network": {"features": ["sin(x1)", "x1^2"]}},
    ),
    (
        {"network": NO_HIDDEN | {"features": ["x1*x2"]}, "init": explicit((1, 2))},
        "init.parameters[0].W",
        "1 rows of 3 numbers",
        "1 rows of lengths [2]",
        {"network": NO_HIDDEN | {"features": ["x1*x2"]}, "init": explicit((1, 3))},
    ),
    (
        {
            "data": THREE_CLASSES,
            "network": NO_HIDDEN,
            "init": {"method": "explicit", "parameters": [{"W": [[1, 2]] * 3, "b": [0, 0]}]},
        },
        "init.parameters[0].b",
        "a list of 3 numbers",
        "2 numbers",
        {"data": THREE_CLASSES, "network": NO_HIDDEN, "init": explicit((3, 2))},
    ),
    (
        {"network": {"features": ["x1*x2"]}, "interventions": nudge(input=3)},
        LAYER + "nudge.input",
        "an input from 0 to 2, or null for the bias",
        3,
        {"network": {"features": ["x1*x2"]}, "interventions": nudge(input=2)},
    ),
    (
        {"data": {"name": "blobs", "classes": 3}, "interventions": edit(layer=2, unit=3)},
        LAYER + "edit.unit",
        "a unit from 0 to 2",
        3,
        {"data": {"name": "blobs", "classes": 3}, "interventions": edit(layer=2, unit=2)},
    ),
    (
        {"network": TWO | {"activation": ["tanh"]}},
        "network.activation",
        "one name, or a list of 2 for this network",
        ("tanh",),
        {"network": TWO | {"activation": ["tanh", "relu"]}},
    ),
    (
        {"network": NO_HIDDEN | {"activation": ["tanh"]}},
        "network.activation",
        "one name, or a list of 0 for this network",
        ("tanh",),
        {"network": NO_HIDDEN | {"activation": []}},
    ),
    (
        {"network": TWO, "init": {"method": ["he", "he"]}},
        "init.method",
        "one name, or a list of 3 for this network",
        ("he", "he"),
        {"network": TWO, "init": {"method": ["he", "he", "zeros"]}},
    ),
    (
        {"init": {"method": "explicit"}},
        "init.parameters",
        "given where init.method is explicit: a list of W and b by layer",
        None,
        {"init": explicit((4, 2), (1, 4))},
    ),
    (
        {"init": explicit((4, 2), (1, 4)) | {"method": "he"}},
        "init.parameters",
        "null unless init.method is explicit",
        "a list",
        {"init": explicit((4, 2), (1, 4)) | {"method": ["he", "explicit"]}},
    ),
    (
        {"init": explicit((4, 2))},
        "init.parameters",
        "a list of 2 layers for this network",
        "1 layers",
        {"network": {"hidden": []}, "init": explicit((1, 2))},
    ),
    (
        {"init": explicit((4, 3), (1, 4))},
        "init.parameters[0].W",
        "4 rows of 2 numbers",
        "4 rows of lengths [3]",
        {"init": explicit((4, 2), (1, 4))},
    ),
    (
        {
            "init": {
                "method": "explicit",
                "parameters": [{"W": [[1, 2]] * 4, "b": [0] * 4}, {"W": [[1] * 4] * 2, "b": [0]}],
            }
        },
        "init.parameters[1].W",
        "1 rows of 4 numbers",
        "2 rows of lengths [4]",
        {"init": explicit((4, 2), (1, 4))},
    ),
    (
        {"network": NO_HIDDEN, "init": {"method": "explicit", "parameters": [{"W": [[1, 2]], "b": [0, 0]}]}},
        "init.parameters[0].b",
        "a list of 1 numbers",
        "2 numbers",
        {"network": NO_HIDDEN, "init": {"method": "explicit", "parameters": [{"W": [[1, 2]], "b": [0]}]}},
    ),
    (
        {"init": {"method": "constant", "scale": None}},
        "init.scale",
        "a number from 0 to 100 with constant",
        None,
        {"init": {"method": "xavier", "scale": None}},
    ),
    (
        {"interventions": [{"step": 3}]},
        "interventions[0]",
        "a step and exactly one of set, nudge, edit, permute, flip",
        "none of them",
        {"interventions": nudge()},
    ),
    (
        {"interventions": [{**nudge()[0], **flip()[0]}]},
        "interventions[0]",
        "a step and exactly one of set, nudge, edit, permute, flip",
        "nudge, flip",
        {"interventions": nudge() + flip()},
    ),
    (
        {"interventions": at(set={})},
        "interventions[0].set",
        "at least one setting",
        "none",
        {"interventions": at(set={"learning_rate": 1})},
    ),
    (
        {"interventions": nudge(layer=3)},
        LAYER + "nudge.layer",
        "a layer from 1 to 2",
        3,
        {"interventions": nudge(2)},
    ),
    (
        {"interventions": edit(layer=3)},
        LAYER + "edit.layer",
        "a layer from 1 to 2",
        3,
        {"interventions": edit(2)},
    ),
    (
        {"interventions": nudge(unit=4)},
        LAYER + "nudge.unit",
        "a unit from 0 to 3",
        4,
        {"interventions": nudge(unit=3)},
    ),
    (
        {"interventions": edit(layer=2, unit=1)},
        LAYER + "edit.unit",
        "a unit from 0 to 0",
        1,
        {"interventions": edit(layer=2, input=3)},
    ),
    (
        {"interventions": nudge(input=2)},
        LAYER + "nudge.input",
        "an input from 0 to 1, or null for the bias",
        2,
        {"interventions": nudge(input=None)},
    ),
    (
        {"interventions": edit(layer=2, input=4)},
        LAYER + "edit.input",
        "an input from 0 to 3, or null for the bias",
        4,
        {"interventions": edit(layer=2, input=3)},
    ),
    (
        {"interventions": permute([0, 1, 2, 3], layer=2)},
        LAYER + "permute.layer",
        "a layer from 1 to 1",
        2,
        {"interventions": permute([3, 2, 1, 0])},
    ),
    (
        {"interventions": permute([0, 0, 1, 2])},
        LAYER + "permute.order",
        "0 to 3, each once",
        [0, 0, 1, 2],
        {"interventions": permute([1, 0, 3, 2])},
    ),
    (
        {"interventions": permute([0, 1, 2])},
        LAYER + "permute.order",
        "0 to 3, each once",
        [0, 1, 2],
        {"network": {"hidden": [3]}, "interventions": permute([0, 1, 2])},
    ),
    (
        {"network": NO_HIDDEN, "interventions": flip()},
        LAYER + "flip.layer",
        "a hidden layer, which this network lacks",
        1,
        {"network": NO_HIDDEN, "interventions": nudge()},
    ),
    (
        {"network": {"hidden": [4], "activation": "relu"}, "interventions": flip()},
        LAYER + "flip.layer",
        "a layer of tanh, linear",
        "1 (relu)",
        {"network": {"hidden": [4], "activation": "linear"}, "interventions": flip()},
    ),
    (
        {"network": TWO | {"activation": ["sigmoid", "tanh"]}, "interventions": flip(1)},
        LAYER + "flip.layer",
        "a layer of tanh, linear",
        "1 (sigmoid)",
        {"network": TWO | {"activation": ["sigmoid", "tanh"]}, "interventions": flip(2)},
    ),
    (
        {"interventions": flip(unit=4)},
        LAYER + "flip.unit",
        "a unit from 0 to 3",
        4,
        {"interventions": flip(unit=3)},
    ),
]


@pytest.mark.parametrize(
    ("refused", "field", "rule", "value", "accepted"), RULES, ids=[f"{r[1]}: {r[2][:40]}" for r in RULES]
)
def test_fields_that_do_not_fit_together_are_named(refused, field, rule, value, accepted):
    with pytest.raises(ExperimentError) as found:
        parse(json.dumps(refused))
    (error,) = found.value.errors
    assert (error.field, error.rule, error.value) == (field, rule, value)
    parse(json.dumps(accepted))


def test_the_second_intervention_is_named_by_its_number():
    with pytest.raises(ExperimentError) as found:
        parse(json.dumps({"interventions": nudge() + nudge(unit=9)}))
    assert [e.field for e in found.value.errors] == ["interventions[1].nudge.unit"]


def test_rules_of_several_parts_are_named_together():
    wrong = {
        "training": {"batch_size": 401},
        "init": {"method": "constant", "scale": None},
        "interventions": nudge(unit=4) + edit(input=2),
    }
    with pytest.raises(ExperimentError) as found:
        parse(json.dumps(wrong))
    fields = [e.field for e in found.value.errors]
    assert fields == [
        "training.batch_size",
        "init.scale",
        "interventions[0].nudge.unit",
        "interventions[1].edit.input",
    ]


def test_without_points_that_make_sense_nothing_else_is_judged():
    # How many outputs there are, and so how many weights, is not known then.
    wrong = {"data": {"points": [[0, 0, 0], [1, 1, 0]]}, "interventions": nudge(unit=4)}
    with pytest.raises(ExperimentError) as found:
        parse(json.dumps(wrong))
    assert [e.field for e in found.value.errors] == ["data.points"]


def test_an_experiment_that_is_completed_stays_as_it_is():
    once = completed(Experiment(init=Init(method="he", scale=3.0)))
    assert completed(once) == once


def test_the_message_of_the_exception_says_it_in_python_too():
    with pytest.raises(ExperimentError, match=r"init.scale must be a number .* with constant; got None"):
        completed(Experiment(init=Init(method="constant", scale=None)))
