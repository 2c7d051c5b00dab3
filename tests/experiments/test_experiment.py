"""The experiment itself: its defaults are the contract's, and every field says what it may hold."""

import dataclasses
import json
import typing

import pytest

from app.experiments.experiment import (
    Data,
    Edit,
    Experiment,
    Flip,
    Init,
    Intervention,
    NetworkShape,
    Nudge,
    Permute,
    Settings,
    Training,
)
from app.experiments.schema import as_json, parse
from app.experiments.wording import field_annotations, rule_of

SECTIONS = [Data, NetworkShape, Init, Training, Settings, Nudge, Edit, Permute, Flip]

CONTRACT = """{
  "data":     { "name": "flower", "samples": 400, "noise": null, "seed": 1, "positive_fraction": 0.5,
                "classes": 2, "factor": 0.5, "stretch": 1.0,
                "standardize": false, "validation": 0.0, "test": 0.0, "points": null },
  "network":  { "hidden": [4], "activation": "tanh", "leak": 0.01, "relu_at_zero": 1, "features": [] },
  "init":     { "method": "normal", "scale": 0.01, "bias": 0.0, "seed": 2, "parameters": null },
  "training": { "loss": "cross_entropy", "optimizer": "gd", "learning_rate": 1.2, "batch_size": null,
                "l2": 0.0, "seed": 0,
                "beta": 0.9, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "stop_change": null },
  "arithmetic": "exact",
  "interventions": []
}"""


def typed(value):
    """A value with the type of every number, since 1 == 1.0 == True in Python and not in JSON."""
    if isinstance(value, dict):
        return {name: typed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    return type(value).__name__, value


def test_the_defaults_are_the_contracts_field_by_field():
    assert typed(as_json(Experiment())) == typed(json.loads(CONTRACT))


def test_nothing_is_the_default_experiment_with_the_noise_that_is_used():
    told = json.loads(CONTRACT)
    told["data"]["noise"] = 0.2
    assert typed(as_json(parse("{}"))) == typed(told)


@pytest.mark.parametrize(
    ("name", "noise"),
    [("flower", 0.2), ("moons", 0.2), ("circles", 0.1)],
)
def test_the_noise_of_the_contract_is_used_where_none_is_given(name, noise):
    assert parse(json.dumps({"data": {"name": name}})).data.noise == noise


def test_a_noise_of_zero_is_not_mistaken_for_none():
    assert parse('{"data": {"noise": 0}}').data.noise == 0.0


def test_a_scale_is_told_only_where_a_method_uses_it():
    assert parse('{"init": {"method": "he", "scale": 3}}').init.scale is None
    assert parse('{"init": {"method": ["he", "constant"], "scale": 3}}').init.scale == 3.0


def test_own_points_put_the_other_fields_of_data_back():
    own = parse('{"data": {"points": [[0, 0, 0], [1, 2, 1]], "name": "moons", "samples": 7, "seed": 9}}')
    assert own.data == dataclasses.replace(Data(points=((0.0, 0.0, 0), (1.0, 2.0, 1))), noise=0.2)


def test_layers_count_from_the_inputs_to_the_output():
    network = NetworkShape(hidden=(5, 3), activation=("relu", "tanh"))
    experiment = Experiment(network=network, init=Init(method=("he", "he", "zeros")))
    assert experiment.sizes == (2, 5, 3, 1)
    assert experiment.activations == ("relu", "tanh")
    assert experiment.methods == ("he", "he", "zeros")
    assert Experiment().activations == ("tanh",)
    assert Experiment().methods == ("normal", "normal")


def test_experiments_that_are_equal_are_one_key():
    assert len({parse("{}"), parse('{"network": {"hidden": [4]}}'), Experiment()}) == 2  # noise null or 0.2


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s.__name__)
def test_every_field_has_a_rule_and_a_meaning(section):
    def metadata(annotation):
        found = list(getattr(annotation, "__metadata__", ()))
        for part in typing.get_args(annotation):
            found += metadata(part)
        return found

    for name, annotation in field_annotations(section).items():
        assert rule_of(annotation), name
        assert any(getattr(m, "about", "") for m in metadata(annotation)), f"{name} does not say what it is"


@pytest.mark.parametrize("section", [*SECTIONS, Intervention, Experiment], ids=lambda s: s.__name__)
def test_an_experiment_cannot_be_changed_behind_a_workers_back(section):
    assert section.__dataclass_params__.frozen
