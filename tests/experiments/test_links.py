"""A link is a run: the canonical text and the address's fragment hold an experiment completely."""

import base64
import json

import pytest
from hypothesis import given

from app.experiments.check import ExperimentError
from app.experiments.experiment import Experiment
from app.experiments.run import start
from app.experiments.schema import MalformedJSON, as_json, canonical, from_fragment, parse, to_fragment
from tests.experiments.strategies import DATA_SETS, METHODS, experiments


@given(experiments())
def test_the_canonical_text_is_the_experiment(experiment):
    assert parse(canonical(experiment)) == experiment
    assert canonical(parse(canonical(experiment))) == canonical(experiment)


@given(experiments())
def test_the_fragment_is_the_experiment_down_to_the_bits_it_starts_from(experiment):
    back = from_fragment(to_fragment(experiment))
    assert back == experiment
    assert start(back).theta.tobytes() == start(experiment).theta.tobytes()


@given(experiments())
def test_a_fragment_needs_no_escaping_in_an_address(experiment):
    fragment = to_fragment(experiment)
    assert fragment.isascii()
    assert set(fragment) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


# One change of every field.
CHANGED = [
    *({"data": {"name": name}} for name in DATA_SETS),
    {"data": {"samples": 401}},
    {"data": {"noise": 0.1}},
    {"data": {"noise": 0}},
    {"data": {"seed": 2}},
    {"data": {"positive_fraction": 0.4}},
    {"data": {"factor": 0.4}},
    {"data": {"points": [[0, 0, 0], [1, 1, 1]]}},
    {"data": {"points": [[0, 0, 0], [1, 1.5, 1]]}},
    {"data": {"points": [[0, 0, 0], [1, 1.5, 1], [2, 2, 2]]}},
    {"data": {"points": [[0, 0, 0], [1, 1.5, 1], [2, 0, 0], [3, 1, 1]]}},
    {"data": {"points": [[0, 0, 0], [1, 1.5, 1], [2, 0, 0], [3, 1, 1]], "test": 0.5}},
    {"data": {"name": "blobs", "classes": 3}},
    {"data": {"stretch": 100}},
    {"data": {"standardize": True}},
    {"data": {"validation": 0.2}},
    {"data": {"test": 0.2}},
    {"network": {"features": ["x1*x2"]}},
    {"network": {"features": ["x1^2", "x1*x2"]}},
    {"network": {"hidden": []}},
    {"network": {"hidden": [4, 4]}},
    {"network": {"activation": ["tanh"]}},
    {"network": {"activation": "relu"}},
    {"network": {"leak": 0.1}},
    {"network": {"relu_at_zero": 0}},
    *({"init": {"method": method}} for method in METHODS if method != "normal"),
    {"init": {"method": ["zeros", "normal"]}},
    {"init": {"scale": 1}},
    {"init": {"bias": 1}},
    {"init": {"seed": 3}},
    {"network": {"hidden": []}, "init": {"method": "explicit", "parameters": [{"W": [[1, 2]], "b": [3]}]}},
    {"network": {"hidden": []}, "init": {"method": "explicit", "parameters": [{"W": [[1, 2]], "b": [4]}]}},
    *({"training": {name: 0.5}} for name in ("learning_rate", "beta", "beta1", "beta2", "epsilon")),
    {"training": {"seed": 1}},
    {"training": {"loss": "squared_error"}},
    *({"training": {"optimizer": name}} for name in ("momentum", "rmsprop", "adam")),
    {"training": {"batch_size": 1}},
    {"training": {"batch_size": 400}},
    {"training": {"l2": 0.1}},
    {"training": {"stop_change": 1e-6}},
    {"arithmetic": "reordered"},
    {"arithmetic": "blas"},
    {"interventions": [{"step": 1, "set": {"l2": 0.5}}]},
    {"interventions": [{"step": 1, "set": {"beta1": 0.5}}]},
    {"interventions": [{"step": 1, "set": {"learning_rate": 1}}]},
    {"interventions": [{"step": 2, "set": {"learning_rate": 1}}]},
    {"interventions": [{"step": 1, "nudge": {"layer": 1, "unit": 0, "input": None, "by": 1}}]},
    {"interventions": [{"step": 1, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": 1}}]},
    {"interventions": [{"step": 1, "edit": {"layer": 1, "unit": 0, "input": 0, "to": 1}}]},
    {"interventions": [{"step": 1, "permute": {"layer": 1, "order": [3, 2, 1, 0]}}]},
    {"interventions": [{"step": 1, "flip": {"layer": 1, "unit": 0}}]},
]


@pytest.mark.parametrize("text", [canonical, to_fragment], ids=lambda text: text.__name__)
def test_every_field_is_in_the_text(text):
    experiments = [parse(json.dumps(change)) for change in CHANGED]
    assert len({text(experiment) for experiment in experiments}) == len(CHANGED)
    assert [from_fragment(to_fragment(e)) for e in experiments] == experiments
    varied = {
        (part, name)
        for change in CHANGED
        for part, inner in change.items()
        if isinstance(inner, dict)
        for name in inner
    }
    every = {
        (part, name)
        for part, inner in as_json(Experiment()).items()
        if isinstance(inner, dict)
        for name in inner
    }
    assert every - varied == set()


def test_equal_runs_have_equal_texts_however_they_were_written():
    assert canonical(parse("{}")) == canonical(Experiment())
    assert canonical(parse('{"training": {"seed": 0, "learning_rate": 1.2}, "data": {"noise": 0.2}}')) == (
        canonical(Experiment())
    )
    assert canonical(parse('{"init": {"method": "he", "scale": 5}}')) == canonical(
        parse('{"init": {"scale": null, "method": "he"}}')
    )


def test_features_in_another_order_are_the_same_run_and_the_same_text():
    one, other = (
        parse(json.dumps({"network": {"features": features}}))
        for features in (["x1^2", "sin(x1)"], ["sin(x1)", "x1^2"])
    )
    assert canonical(one) == canonical(other)
    assert to_fragment(one) == to_fragment(other)


def test_the_canonical_text_is_compact_and_sorted_with_every_field():
    text = canonical(Experiment())
    assert text.startswith(
        '{"arithmetic":"exact","data":{"classes":2,"factor":0.5,"name":"flower","noise":0.2,'
    )
    value = json.loads(text)
    assert {name: sorted(part) for name, part in value.items() if isinstance(part, dict)} == {
        name: sorted(part) for name, part in as_json(Experiment()).items() if isinstance(part, dict)
    }


def test_the_address_of_the_default_is_short():
    assert to_fragment(parse("{}")) == base64.urlsafe_b64encode(b"{}").decode().rstrip("=")


def test_an_address_holds_what_differs_and_nothing_else():
    fragment = to_fragment(parse('{"init": {"method": "constant", "scale": 0.5}, "data": {"samples": 400}}'))
    padded = fragment + "=" * (-len(fragment) % 4)
    assert json.loads(base64.urlsafe_b64decode(padded)) == {"init": {"method": "constant", "scale": 0.5}}


def test_a_page_may_put_the_whole_experiment_into_the_address():
    # "The same JSON, compactly encoded, is the page's URL fragment": a fragment with every field is read too.
    everything = base64.urlsafe_b64encode(canonical(Experiment()).encode()).decode().rstrip("=")
    assert from_fragment(everything) == parse("{}")


@pytest.mark.parametrize("fragment", ["", "x", "%%%", "ö", "e30x", "bm9uc2Vuc2U", "////"])
def test_an_address_that_holds_nothing_is_told_as_that(fragment):
    with pytest.raises(MalformedJSON):
        from_fragment(fragment)


def test_an_address_with_a_wrong_value_names_the_field():
    fragment = base64.urlsafe_b64encode(b'{"data":{"samples":1}}').decode()
    with pytest.raises(ExperimentError, match=r"data\.samples"):
        from_fragment(fragment)


def test_interventions_are_written_with_what_they_hold_only():
    experiment = parse(
        '{"interventions": [{"step": 5, "set": {"learning_rate": 2, "beta": null}, "flip": null},'
        ' {"step": 0, "nudge": {"layer": 1, "unit": 0, "input": null, "by": 1e-8}}]}'
    )
    assert as_json(experiment)["interventions"] == [
        {"step": 5, "set": {"learning_rate": 2.0}},
        {"step": 0, "nudge": {"layer": 1, "unit": 0, "input": None, "by": 1e-8}},
    ]
