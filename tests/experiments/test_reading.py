"""Strict reading: what is wrong is named by field, rule and value, and nothing wrong gets through."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.messages import read_message
from app.api.points import PointsRequest
from app.experiments.amounts import MOST
from app.experiments.check import ExperimentError
from app.experiments.names import check_names
from app.experiments.schema import MalformedJSON, parse, read
from app.experiments.wording import printable, sentence

FIELDS_OF_DATA = (
    "name, samples, noise, seed, positive_fraction, classes, factor, stretch, "
    "standardize, validation, test, points"
)
FIELDS = "data, network, init, training, arithmetic, interventions"
RATE = "above 0 and at most 10"
SAMPLES = "a whole number from 2 to 10000"
NAMES = "one of blobs, circles, flower, gaussian_quantiles, moons, spiral, xor"
FUNCTIONS = "one of leaky_relu, linear, relu, sigmoid, tanh"
METHODS = "one of constant, explicit, glorot, he, normal, positive_uniform, uniform, xavier, zeros"
SEED = "a whole number from 0 to 4294967295"
CLASSES = "a whole number from 2 to 6"
SHARE = "at least 0 and below 1"
BATCH = "a whole number from 1 to 10000"
FEATURES = "one of sin(x1), sin(x2), x1*x2, x1^2, x2^2"
OPTIMIZERS = "one of adam, gd, momentum, rmsprop"

WRONG = [
    # unknown fields and names
    ('{"lambda": 1}', "lambda", f"left out; the fields are {FIELDS}", 1),
    ('{"data": {"nois": 0.1}}', "data.nois", f"left out; the fields are {FIELDS_OF_DATA}", 0.1),
    ('{"data": {"name": "moon"}}', "data.name", NAMES, "moon"),
    ('{"data": {"name": "Flower"}}', "data.name", NAMES, "Flower"),
    ('{"network": {"activation": "rleu"}}', "network.activation", FUNCTIONS, "rleu"),
    ('{"network": {"activation": ["tanh", "x"]}}', "network.activation[1]", FUNCTIONS, "x"),
    ('{"init": {"method": "random"}}', "init.method", METHODS, "random"),
    ('{"init": {"method": ["he", "kaiming"]}}', "init.method[1]", METHODS, "kaiming"),
    # wrong types
    ('{"training": {"learning_rate": "3"}}', "training.learning_rate", f"a number {RATE}", "3"),
    ('{"training": {"learning_rate": true}}', "training.learning_rate", f"a number {RATE}", True),
    ('{"training": {"learning_rate": null}}', "training.learning_rate", f"a number {RATE}", None),
    ('{"training": {"learning_rate": [1]}}', "training.learning_rate", f"a number {RATE}", "[1]"),
    ('{"data": {"samples": "3"}}', "data.samples", SAMPLES, "3"),
    ('{"data": {"samples": true}}', "data.samples", SAMPLES, True),
    ('{"data": {"samples": 3.0}}', "data.samples", SAMPLES, 3.0),
    ('{"data": {"samples": {"n": 3}}}', "data.samples", SAMPLES, '{"n": 3}'),
    ('{"data": {"seed": false}}', "data.seed", SEED, False),
    ('{"data": {"name": 7}}', "data.name", NAMES, 7),
    ('{"data": []}', "data", f"an object with {FIELDS_OF_DATA}", "[]"),
    ('{"data": null}', "data", f"an object with {FIELDS_OF_DATA}", None),
    ('{"network": {"hidden": 4}}', "network.hidden", "a list of 0 to 12 items", 4),
    ('{"network": {"hidden": "44"}}', "network.hidden", "a list of 0 to 12 items", "44"),
    ('{"network": {"hidden": ["4"]}}', "network.hidden[0]", "a whole number from 1 to 64", "4"),
    ('{"network": {"hidden": [4, true]}}', "network.hidden[1]", "a whole number from 1 to 64", True),
    ('{"network": {"activation": 3}}', "network.activation", f"{FUNCTIONS}, or a list of 0 to 12 items", 3),
    ('{"interventions": {}}', "interventions", "a list of 0 to 1000 items", "{}"),
    ("[]", "the message", f"an object with {FIELDS}", "[]"),
    ("null", "the message", f"an object with {FIELDS}", None),
    ('"flower"', "the message", f"an object with {FIELDS}", "flower"),
    # numbers that are none
    ('{"training": {"learning_rate": NaN}}', "training.learning_rate", RATE, "nan"),
    ('{"training": {"learning_rate": Infinity}}', "training.learning_rate", RATE, "inf"),
    ('{"training": {"learning_rate": -Infinity}}', "training.learning_rate", RATE, "-inf"),
    ('{"training": {"learning_rate": 1e999}}', "training.learning_rate", RATE, "inf"),
    ('{"data": {"noise": NaN}}', "data.noise", "from 0 to 5", "nan"),
    ('{"init": {"bias": NaN}}', "init.bias", "from -100 to 100", "nan"),
    # out of range
    ('{"training": {"learning_rate": 1e308}}', "training.learning_rate", RATE, 1e308),
    ('{"training": {"learning_rate": 0}}', "training.learning_rate", RATE, 0),
    ('{"training": {"learning_rate": -3}}', "training.learning_rate", RATE, -3),
    ('{"training": {"learning_rate": 10.000001}}', "training.learning_rate", RATE, 10.000001),
    ('{"data": {"samples": -1}}', "data.samples", SAMPLES, -1),
    ('{"data": {"samples": 1}}', "data.samples", SAMPLES, 1),
    ('{"data": {"samples": 10001}}', "data.samples", SAMPLES, 10001),
    ('{"data": {"samples": 1000000000}}', "data.samples", SAMPLES, 10**9),
    ('{"data": {"seed": 4294967296}}', "data.seed", SEED, 2**32),
    ('{"data": {"noise": 5.1}}', "data.noise", "from 0 to 5", 5.1),
    ('{"data": {"positive_fraction": 1}}', "data.positive_fraction", "above 0 and below 1", 1),
    ('{"data": {"factor": 0}}', "data.factor", "above 0 and below 1", 0),
    ('{"network": {"hidden": [0]}}', "network.hidden[0]", "a whole number from 1 to 64", 0),
    ('{"network": {"hidden": [4, 65]}}', "network.hidden[1]", "a whole number from 1 to 64", 65),
    ('{"network": {"leak": 0}}', "network.leak", "above 0 and at most 1", 0),
    ('{"network": {"relu_at_zero": 2}}', "network.relu_at_zero", "a whole number from 0 to 1", 2),
    ('{"init": {"scale": 100.5}}', "init.scale", "from 0 to 100", 100.5),
    ('{"init": {"scale": -1}}', "init.scale", "from 0 to 100", -1),
    ('{"init": {"seed": -1}}', "init.seed", SEED, -1),
    ('{"data": {"classes": 1}}', "data.classes", CLASSES, 1),
    ('{"data": {"classes": 7}}', "data.classes", CLASSES, 7),
    ('{"data": {"name": "blobs", "classes": 3.0}}', "data.classes", CLASSES, 3.0),
    ('{"data": {"stretch": 0}}', "data.stretch", "above 0 and at most 1000", 0),
    ('{"data": {"stretch": 1001}}', "data.stretch", "above 0 and at most 1000", 1001),
    ('{"data": {"standardize": 1}}', "data.standardize", "true or false", 1),
    ('{"data": {"standardize": "yes"}}', "data.standardize", "true or false", "yes"),
    ('{"data": {"validation": 1}}', "data.validation", SHARE, 1),
    ('{"data": {"validation": -0.1}}', "data.validation", SHARE, -0.1),
    ('{"data": {"test": 1.5}}', "data.test", SHARE, 1.5),
    ('{"network": {"features": "x1^2"}}', "network.features", "a list of 0 to 5 items", "x1^2"),
    ('{"network": {"features": ["x1^2", "x1^3"]}}', "network.features[1]", FEATURES, "x1^3"),
    ('{"training": {"loss": "hinge"}}', "training.loss", "one of cross_entropy, squared_error", "hinge"),
    ('{"training": {"optimizer": "adamw"}}', "training.optimizer", OPTIMIZERS, "adamw"),
    ('{"training": {"batch_size": 0}}', "training.batch_size", BATCH, 0),
    ('{"training": {"batch_size": 64.0}}', "training.batch_size", BATCH, 64.0),
    ('{"training": {"l2": -0.1}}', "training.l2", "from 0 to 10", -0.1),
    ('{"training": {"l2": 10.5}}', "training.l2", "from 0 to 10", 10.5),
    ('{"training": {"beta": 1}}', "training.beta", SHARE, 1),
    ('{"training": {"beta1": 1.0}}', "training.beta1", SHARE, 1.0),
    ('{"training": {"beta2": -0.9}}', "training.beta2", SHARE, -0.9),
    ('{"training": {"epsilon": 0}}', "training.epsilon", "above 0 and at most 1", 0),
    ('{"training": {"stop_change": 0}}', "training.stop_change", "above 0 and at most 1", 0),
    ('{"training": {"seed": -1}}', "training.seed", SEED, -1),
    ('{"arithmetic": "float32"}', "arithmetic", "one of blas, exact, reordered", "float32"),
    # points
    ('{"data": {"points": [[0, 0, 0]]}}', "data.points", "a list of 2 to 10000 items", "[[0, 0, 0]]"),
    ('{"data": {"points": []}}', "data.points", "a list of 2 to 10000 items", "[]"),
    ('{"data": {"points": "x"}}', "data.points", "a list of 2 to 10000 items, or null", "x"),
    (
        '{"data": {"points": [[0, 0, 0], [1, 1, 1, 1]]}}',
        "data.points[1]",
        "a list of 3 numbers",
        "[1, 1, 1, 1]",
    ),
    ('{"data": {"points": [[0, 0, 0], 5]}}', "data.points[1]", "a list of 3 numbers", 5),
    (
        '{"data": {"points": [[0, 0, 0], [1, 1]]}}',
        "data.points[1][2]",
        "given: a whole number from 0 to 5",
        None,
    ),
    (
        '{"data": {"points": [[0, 0, 0], [1, "1", 1]]}}',
        "data.points[1][1]",
        "a number from -1000000 to 1000000",
        "1",
    ),
    ('{"data": {"points": [[0, 2e6, 0], [1, 1, 1]]}}', "data.points[0][1]", "from -1000000 to 1000000", 2e6),
    (
        '{"data": {"points": [[0, NaN, 0], [1, 1, 1]]}}',
        "data.points[0][1]",
        "from -1000000 to 1000000",
        "nan",
    ),
    ('{"data": {"points": [[0, 0, 0], [1, 1, 6]]}}', "data.points[1][2]", "a whole number from 0 to 5", 6),
    (
        '{"data": {"points": [[0, 0, 0.0], [1, 1, 1]]}}',
        "data.points[0][2]",
        "a whole number from 0 to 5",
        0.0,
    ),
    (
        '{"data": {"points": [[0, 0, false], [1, 1, 1]]}}',
        "data.points[0][2]",
        "a whole number from 0 to 5",
        False,
    ),
    # parameters
    (
        '{"init": {"method": "explicit", "parameters": [{"W": [[1, "2"]], "b": [0]}]}}',
        "init.parameters[0].W[0][1]",
        "a number from -1000000 to 1000000",
        "2",
    ),
    (
        '{"init": {"method": "explicit", "parameters": [{"W": [[1, 2]]}]}}',
        "init.parameters[0].b",
        "given: a list of 1 to 64 items",
        None,
    ),
    # interventions
    ('{"interventions": [7]}', "interventions[0]", "an object with step, set, nudge, edit, permute, flip", 7),
    (
        '{"interventions": [{"step": -1, "flip": {"layer": 1, "unit": 0}}]}',
        "interventions[0].step",
        "a whole number from 0 to 1000000",
        -1,
    ),
    (
        '{"interventions": [{"step": 0, "set": {"learning_rate": 11}}]}',
        "interventions[0].set.learning_rate",
        RATE,
        11,
    ),
    ('{"interventions": [{"step": 5, "set": {"l2": 11}}]}', "interventions[0].set.l2", "from 0 to 10", 11),
    ('{"interventions": [{"step": 5, "set": {"beta2": 1}}]}', "interventions[0].set.beta2", SHARE, 1),
    (
        '{"interventions": [{"step": 0, "set": {"rate": 1}}]}',
        "interventions[0].set.rate",
        "left out; the fields are learning_rate, l2, beta, beta1, beta2, epsilon",
        1,
    ),
    (
        '{"interventions": [{"step": 0, "nudge": {"layer": 1, "unit": "0", "input": 0, "by": 1}}]}',
        "interventions[0].nudge.unit",
        "a whole number from 0 to 63",
        "0",
    ),
    (
        '{"interventions": [{"step": 0, "nudge": {"layer": 1, "unit": 0, "input": 0}}]}',
        "interventions[0].nudge.by",
        "given: a number from -100 to 100",
        None,
    ),
    (
        '{"interventions": [{"step": 0, "nudge": {"layer": 1, "unit": 0, "by": 1}}]}',
        "interventions[0].nudge.input",
        "given: a whole number from 0 to 63, or null",
        None,
    ),
]


def errors(text):
    with pytest.raises(ExperimentError) as refused:
        parse(text)
    return refused.value.errors


@pytest.mark.parametrize(("text", "field", "rule", "value"), WRONG, ids=[text[:70] for text, *_ in WRONG])
def test_what_is_wrong_is_named_by_field_rule_and_value(text, field, rule, value):
    (error,) = errors(text)
    assert (error.field, error.rule, error.value) == (field, rule, value)
    assert type(error.value) is type(value)


def test_a_hundred_layers_are_refused_with_the_beginning_of_the_list():
    (error,) = errors(json.dumps({"network": {"hidden": [4] * 100}}))
    assert (error.field, error.rule) == ("network.hidden", "a list of 0 to 12 items")
    assert error.value.startswith("[4, 4, 4, ")
    assert len(error.value) == 100


def test_a_long_value_is_cut_to_a_hundred_characters():
    (error,) = errors(json.dumps({"data": {"name": "flower" * 1000}}))
    assert error.value == ("flower" * 17)[:99] + "…"


@pytest.mark.parametrize("digits", [20, 400, 4300])
def test_a_huge_whole_number_is_refused_and_not_printed_in_full(digits):
    (error,) = errors('{"data": {"seed": ' + "9" * digits + "}}")
    assert (error.field, error.rule) == ("data.seed", SEED)
    assert len(str(error.value)) <= 100
    json.dumps(error.value)


def test_every_wrong_field_is_named_at_once():
    found = errors('{"data": {"samples": -1, "noise": "x"}, "training": {"learning_rate": 0}, "x": 1}')
    assert [error.field for error in found] == ["data.samples", "data.noise", "training.learning_rate", "x"]


def test_a_thousand_wrong_points_are_not_answered_with_a_thousand_errors():
    found = errors(json.dumps({"data": {"points": [["a", "b", "c"]] * 1000}}))
    assert 1 <= len(found) <= 10


POINTS = [[i / 7.0, -i / 3.0, i % 2] for i in range(10_000)]
ORDER = {"step": 5, "permute": {"layer": 1, "order": [*range(64)]}}
RATES = {"learning_rate": 1, "l2": 1, "beta": 0.5, "beta1": 0.5, "beta2": 0.5, "epsilon": 0.5}
LAYERS = [{"W": [[0.123456] * 64] * 64, "b": [0.123456] * 64}] * 13


@pytest.mark.parametrize("change", [ORDER, {"step": 5, "set": RATES}], ids=["orders", "settings"])
def test_two_of_the_largest_experiments_are_not_too_much(change):
    largest = {
        "data": {"points": POINTS},
        "init": {"method": "explicit", "parameters": LAYERS},
        "interventions": [change] * 1_000,
    }
    opened = read_message(json.dumps({"type": "open", "lanes": [largest] * 2}))
    assert [len(lane.interventions) for lane in opened.lanes] == [1_000, 1_000]


TOO_MUCH = {
    "commas": '{"x": [' + "1," * 1_000_001 + "1]}",
    "lists": '{"data": {"points": [' + "[1,2,0]," * 60_000 + "[1,2,0]]}}",
    "objects": '{"interventions": [' + "{}," * 10_000 + "{}]}",
    "names of fields": "{" + ",".join(f'"a{i}": 1' for i in range(20_001)) + "}",
}


@pytest.mark.parametrize(("what", "text"), TOO_MUCH.items(), ids=TOO_MUCH)
@pytest.mark.parametrize("given", [str, str.encode])
def test_what_holds_too_much_is_refused_by_number_before_anything_is_made_of_it(what, text, given):
    (error,) = errors(given(text))
    most = next(most for most, name in MOST.values() if name == what)
    assert (error.field, error.rule) == ("the message", f"at most {most} {what}")
    assert error.value.endswith(f" {what}")


def test_what_stands_in_a_long_text_is_not_counted():
    text = 'x1, x2, label\n"[{:" \\ \n' + "1, 2, 0\n" * 600_000
    assert read(PointsRequest, json.dumps({"text": text})).text == text


def seconds(reading):
    """The shortest of three, as others use this machine too."""
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        reading()
        took.append(time.perf_counter() - begun)
    return min(took)


@pytest.mark.parametrize(
    "junk",
    [
        {"type": "open", "lanes": [{"data": {"points": [[1, 2, 0]] * 330_000}}]},
        {"type": "open", "lanes": [{}], "x": [[]] * 900_000},
        {"type": "open", "lanes": [{}], **{f"x{i}": 1 for i in range(270_000)}},
        {"type": [[1, 2, 0]] * 330_000},
        [[1, 2, 0]] * 330_000,
    ],
    ids=["points", "an unknown field", "unknown fields", "a type", "a list"],
)
def test_a_bad_message_of_the_largest_size_is_refused_about_as_fast_as_a_good_one_is_read(junk):
    # It was many times as long: every list became an object, twice, and all of it was printed to be cut.
    lane = {"data": {"points": POINTS}, "init": {"method": "explicit", "parameters": LAYERS}}
    good, bad = json.dumps({"type": "open", "lanes": [lane, lane]}), json.dumps(junk)

    def refused():
        with pytest.raises(ExperimentError):
            read_message(bad)

    assert seconds(refused) < 4 * seconds(lambda: read_message(good))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "{",
            "}",
            '{"data": {}',
            '{"data": {},}',
            "{'data': {}}",
            "{data: {}}",
            "flower",
            "\ufeff{}",
            "{}{}",
        ),
        *('{"data": {"name": "\\ud800"}}', '{"data": {"seed": ' + "9" * 100_000 + "}}"),
        *("[" * 60_000, '{"data":' * 10_000),
        *(b"\xff\xfe", b'{"data": {"name": "\xff"}}', b"\x00\x01\x02"),
    ],
    ids=lambda text: repr(text[:30]),
)
def test_what_is_no_json_is_told_as_that(text):
    with pytest.raises(MalformedJSON):
        parse(text)


def test_deep_nesting_is_refused_before_it_costs_anything():
    for depth in (150, 199, 200, 201, 1000):
        with pytest.raises((MalformedJSON, ExperimentError)):
            parse('{"data":' * depth + "1" + "}" * depth)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('{"data": {"samples": -3, "samples": 30}}', ["data.samples"]),
        ('{"data": {"samples": 30, "s\\u0061mples" : 30}}', ["data.samples"]),
        ('{"init": {"seed": 1}, "data": {"seed": 1}, "init": {}}', ["init"]),
        ('{"training": {"l2": 0, "l2": 0}, "data": {"seed": 1, "seed": 1}}', ["training.l2", "data.seed"]),
        (
            '{"interventions": [{"step": 1, "flip": {"layer": 1, "unit": 0}},'
            ' {"step": 2, "set": {"l2": 1, "l2": 2}}]}',
            ["interventions[1].set.l2"],
        ),
        (
            '{"network": {"hidden": []}, "init": {"method": "explicit", "parameters":'
            ' [ {"W": [[1, 2]], "b": [0], "b": [1]}]}}',
            ["init.parameters[0].b"],
        ),
    ],
)
def test_a_name_that_is_given_twice_is_refused_rather_than_half_read(text, fields):
    with pytest.raises(ExperimentError) as refused:
        parse(text)
    assert [(e.field, e.rule, e.value) for e in refused.value.errors] == [
        (field, "given once", "2 times") for field in fields
    ]


def test_a_name_may_stand_in_several_objects_and_in_a_text():
    text = '{"a": 1, "a": 2} "a": {'
    assert read(PointsRequest, json.dumps({"text": text})).text == text
    assert parse('{"init": {"seed": 3}, "data": {"seed": 4}, "training": {"seed": 5}}').training.seed == 5


RANDOM_NAMES = st.sampled_from(["a", "b", "c:", "{", "[{", '"', "\\"])
RANDOM_JSON = st.recursive(
    st.one_of(st.none(), st.integers(), RANDOM_NAMES).map(json.dumps),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{' , '.join(items)}]"),
        st.lists(st.tuples(RANDOM_NAMES.map(json.dumps), inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f"{name} : {value}" for name, value in pairs) + "}"
        ),
    ),
    max_leaves=12,
)


@given(RANDOM_JSON)
def test_a_name_is_given_twice_where_the_reader_of_json_says_so(text):
    twice = []

    def pairs(found):
        twice.append(len(dict(found)) < len(found))
        return dict(found)

    json.loads(text, object_pairs_hook=pairs)
    try:
        check_names(text)
    except ExperimentError:
        assert any(twice)
    else:
        assert not any(twice)


def test_a_message_that_names_a_field_twice_is_refused():
    with pytest.raises(ExperimentError) as refused:
        read_message('{"type": "seek", "step": 1, "step": 2}')
    assert sentence(refused.value.errors[0]) == 'step must be given once; got "2 times"'


def test_a_whole_number_is_a_number_where_any_number_will_do():
    assert parse('{"training": {"learning_rate": 3}}').training.learning_rate == 3.0


@given(st.text(max_size=40) | st.binary(max_size=40))
def test_any_rubbish_is_refused_in_words(rubbish):
    try:
        accepted, said = parse(rubbish), ""
    except (MalformedJSON, ExperimentError) as refused:
        accepted, said = None, str(refused)
    # The only experiment that so short a rubbish may be by chance is the usual one.
    assert said or accepted == parse("{}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PLACES = [
    *(("data", name) for name in ("name", "samples", "noise", "seed", "points", "factor", "classes")),
    *(("data", name) for name in ("stretch", "standardize", "validation", "test")),
    *(("network", name) for name in ("hidden", "activation", "leak", "relu_at_zero", "features")),
    *(("init", name) for name in ("method", "scale", "bias", "seed", "parameters")),
    *(("training", name) for name in ("loss", "optimizer", "learning_rate", "batch_size", "l2", "seed")),
    *(("training", name) for name in ("beta", "beta1", "beta2", "epsilon", "stop_change")),
]


@given(st.sampled_from(PLACES), JSON)
def test_any_value_in_any_field_is_read_or_refused_in_that_field(place, value):
    section, name = place
    try:
        parse(json.dumps({section: {name: value}}))
    except ExperimentError as refused:
        for error in refused.errors:
            assert error.field.startswith(f"{section}.{name}") or error.field in ("data.positive_fraction",)
            said = sentence(error)
            assert said.startswith(f"{error.field} must be {error.rule}; got ")
            assert "NaN" not in said
            shown = printable(error.value)
            assert isinstance(shown, None | bool | int | float) or len(shown) <= 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"training": {"learning_rate": -3}}',
            "training.learning_rate must be above 0 and at most 10; got -3",
        ),
        ('{"data": {"name": "moon"}}', f'data.name must be {NAMES}; got "moon"'),
        (
            '{"training": {"learning_rate": true}}',
            f"training.learning_rate must be a number {RATE}; got true",
        ),
        ('{"network": {"hidden": [[4]]}}', "network.hidden[0] must be a whole number from 1 to 64; got [4]"),
        ('{"data": {"name": "ö\\"x"}}', f'data.name must be {NAMES}; got "ö\\"x"'),
    ],
)
def test_an_error_reads_as_a_sentence(text, said):
    (error,) = errors(text)
    assert sentence(error) == said


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (1e308, 1e308),
        (2**53, 2**53),
        (2**53 + 1, "9007199254740993"),  # JavaScript would read another number
        (-(2**64), "-18446744073709551616"),
        (True, True),
        (None, None),
        ([1, float("inf")], "[1, Infinity]"),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 99 + "…"),
        ({"a": "x" * 200}, '{"a": "' + "x" * 92 + "…"),
    ],
)
def test_a_value_is_shown_short_and_as_json_can_say_it(value, shown):
    assert printable(value) == shown


def test_of_a_long_value_only_the_beginning_is_printed():
    class Watched(list):
        seen = 0

        def __iter__(self):
            for item in super().__iter__():
                Watched.seen += 1
                yield item

    assert printable(Watched([1] * 100_000)) == ("[" + "1, " * 33)[:99] + "…"
    assert Watched.seen < 200
