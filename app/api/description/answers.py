"""What every call answers when all is well: media types with their schemas, a row per call."""

from app.api.description.shapes import (
    ANY_OBJECT,
    COUNT,
    FRACTION,
    NUMBER,
    TEXT,
    TRUTH,
    Schema,
    by_name,
    constant,
    listed,
    maybe,
    one_of,
    record,
    ref,
    told,
)
from app.experiments.exports import FORMATS, RUN_FORMATS

JSON = "application/json"
LINES = "application/x-ndjson"
BYTES: Schema = {"type": "string", "format": "binary"}

HELD_BACK = {
    "validation_cost": NUMBER,
    "validation_accuracy": FRACTION,
    "test_cost": NUMBER,
    "test_accuracy": FRACTION,
}
ENTRY = record(
    {"batch_cost": told(NUMBER, "of the batch that the step is about to use"), **HELD_BACK},
    step=COUNT,
    cost=told(NUMBER, "of the parameters before the step's update"),
    accuracy=FRACTION,
)
TYPED = record(dtype=TEXT, bdata=told(TEXT, "base64, little-endian, row by row"), shape=TEXT)


def numbers(depth: int) -> Schema:
    """Lists of numbers, ``depth`` deep, or one of Plotly's typed arrays where they were asked for."""
    inner = NUMBER
    for _ in range(depth):
        inner = {"type": "array", "items": inner}
    return {"anyOf": [inner, TYPED]}


STATUS = one_of("completed", "converged", "diverged")
DIVERGED = record(step=COUNT, reason=TEXT)
VERSIONS = by_name(TEXT, "versions and platform")
EITHER = {"anyOf": [*numbers(1)["anyOf"], numbers(2)["anyOf"][0]]}
"""A number of every point; a list for each class of many."""
LAYER = record(W=numbers(2), b=numbers(1))
SYMMETRY = record(
    layer=COUNT,
    units=COUNT,
    distinct=told(COUNT, "kinds of units"),
    spread=told(NUMBER, "the largest difference of any number between two units"),
    alike=maybe(told(NUMBER, "the smallest correlation of two units")),
    classes=numbers(1),
)
STATE = {
    "parameters": listed(LAYER),
    "symmetry": listed(SYMMETRY, "of every hidden layer"),
    "boundary": record(
        x=numbers(1), y=numbers(1), probability={"anyOf": [*numbers(2)["anyOf"], numbers(3)["anyOf"][0]]}
    ),
    "activations": listed(numbers(2), "A[l] (n_l, m) of layers 1 to L"),
    "predictions": record(probability=EITHER, label=numbers(1)),
}
"""What may be included of a state."""
RUN = record(
    {"diverged": DIVERGED, "initial_parameters": listed(LAYER), **STATE},
    experiment=ref("Experiment"),
    status=STATUS,
    steps=COUNT,
    history=listed(ENTRY),
    sentence=TEXT,
    provenance=VERSIONS,
)
FAILED = told(record(problem=ref("Problem")), "the last line where the computing failed")
RUN_LINE = {
    "anyOf": [
        told(
            record(progress=record(step=COUNT, steps=COUNT, history=listed(ENTRY))),
            "how far it is, with the entries since the line before",
        ),
        told(ref("RunAnswer"), "the last line"),
        FAILED,
    ]
}
_RUN_OF_SWEEP = {"type": constant("run"), "run": COUNT, "at": listed(COUNT, "the value on each axis, from 0")}
SWEEP_LINE = {
    "anyOf": [
        told(
            record(
                type=constant("sweep"),
                experiment=ref("Experiment"),
                axes=listed(record(field=TEXT, values=listed({}))),
                runs=COUNT,
                steps=COUNT,
                provenance=VERSIONS,
            ),
            "the first line",
        ),
        record(
            {
                **HELD_BACK,
                "diverged": DIVERGED,
                "boundary": told(TYPED, "40 x 40 bytes from 0 to 254"),
            },
            **_RUN_OF_SWEEP,
            status=STATUS,
            steps=COUNT,
            cost=NUMBER,
            accuracy=FRACTION,
            distinct=listed(COUNT, "kinds of units by hidden layer"),
        ),
        record(
            **_RUN_OF_SWEEP,
            status=constant("refused"),
            errors=listed(record(field=TEXT, rule=TEXT, value={})),
        ),
        record(type=constant("progress"), runs=COUNT, of=COUNT, run_steps=COUNT),
        told(
            record(type=constant("table"), columns=listed(TEXT), rows=listed(listed({}))),
            "the last line: every run in its order",
        ),
        FAILED,
    ]
}
PASSED = record(
    Z=numbers(1),
    A=numbers(1),
    slope=maybe(told(numbers(1), "g'(Z), null of the output layer")),
    dZ=numbers(1),
    dW=numbers(2),
    db=numbers(1),
)
BY_HAND = record(
    point=listed(NUMBER, "[x1, x2, label]"),
    X=told(numbers(1), "what the network takes: features made, inputs normalized"),
    Y=numbers(1),
    layers=listed(PASSED),
    probability=told({"anyOf": [NUMBER, *numbers(1)["anyOf"]]}, "of class 1, or of every class"),
    label=told(COUNT, "the class predicted"),
    loss=NUMBER,
)
OBSERVATION = record(
    {
        **{name: schema for name, schema in ENTRY["properties"].items() if name not in ENTRY["required"]},
        **STATE,
        "gradients": listed(record(dW=numbers(2), db=numbers(1)), "as the step's update uses them"),
        "by_hand": listed(BY_HAND, "of every point that was given"),
    },
    **{name: ENTRY["properties"][name] for name in ENTRY["required"]},
    sentence=TEXT,
)
POINTS = record(
    {"noise": maybe(NUMBER), "seed": COUNT},
    name=TEXT,
    samples=COUNT,
    points=listed(listed(NUMBER), "[x1, x2, label]"),
)
SHAPED = {
    "name": TEXT,
    "expected_shape": listed(COUNT),
    "given_shape": listed(COUNT),
    "shape": one_of("right", "transposed", "rank_1", "other"),
    "says": TEXT,
}
CHECKED = record(
    **SHAPED,
    right=told(TRUTH, "whether shape and numbers are as they should be"),
    numbers_right=told(TRUTH, "whether the numbers are ours, however they lie"),
    relative_error=maybe(told(NUMBER, "the largest difference, beside the largest number of the array")),
    first_wrong=maybe(record(index=listed(COUNT), yours=NUMBER, ours=maybe(NUMBER))),
    cause=maybe(
        record(
            {"second": told(TEXT, "another mistake that was made with it")},
            cause=TEXT,
            says=TEXT,
            follows=maybe(told(TEXT, "the array that it was computed from, which is wrong")),
            also=listed(TEXT, "other mistakes that give the same numbers"),
        )
    ),
)
COSTS_CAUSE = record(
    cause=TEXT,
    values=by_name(TEXT, "what stands in the sentence"),
    rows=told(COUNT, "rows that it explains"),
    says=TEXT,
)
PRINTED = record(
    line=COUNT,
    step=COUNT,
    text=TEXT,
    yours=maybe(told(NUMBER, "null where nan was printed")),
    ours=maybe(told(NUMBER, "null where the run has no such step, or no number there")),
    tolerance=told(NUMBER, "what the printed digits allow"),
    same=TRUTH,
)
LAYOUT = one_of("columns", "rows", "mixed")


def files(formats: dict[str, str], as_json: Schema) -> dict[str, Schema]:
    """Files in several forms, of which JSON has a schema."""
    return {kind.partition(";")[0]: as_json if name == "json" else BYTES for name, kind in formats.items()}


ANSWERS: dict[str, dict[str, Schema]] = {
    "GET /api/health": {JSON: record(status=TEXT, version=TEXT, workers=COUNT, sessions=COUNT, runs=COUNT)},
    "GET /api/ready": {JSON: record(status=TEXT)},
    "GET /api/catalog": {
        JSON: record(
            version=TEXT,
            defaults=ref("Experiment"),
            fields=by_name(ANY_OBJECT),
            limits=by_name(NUMBER),
            includes=listed(TEXT),
            activations=listed(ANY_OBJECT),
            datasets=listed(ANY_OBJECT),
            initializers=listed(ANY_OBJECT),
            losses=listed(ANY_OBJECT),
            optimizers=listed(ANY_OBJECT),
        )
    },
    "GET /api/datasets/{name}": files(FORMATS, POINTS),
    "POST /api/runs": {JSON: ref("RunAnswer")},
    "GET /api/runs": {JSON: ref("RunAnswer")},
    "POST /api/runs/stream": {LINES: ref("RunLine")},
    "POST /api/observations": {
        JSON: record(
            {"diverged": DIVERGED},
            experiment=ref("Experiment"),
            status=STATUS,
            steps=COUNT,
            not_reached=listed(COUNT, "steps beyond the end of the run"),
            observations=listed(OBSERVATION),
            provenance=VERSIONS,
        )
    },
    "POST /api/predictions": {
        JSON: record(
            {"diverged": DIVERGED},
            experiment=ref("Experiment"),
            status=STATUS,
            steps=COUNT,
            probability=EITHER,
            label=numbers(1),
            provenance=VERSIONS,
        )
    },
    "POST /api/sweeps": {LINES: ref("SweepLine")},
    "POST /api/figures/{kind}": {JSON: record(data=listed(ANY_OBJECT), layout=ANY_OBJECT)},
    "POST /api/exports/{form}": {
        **files({name: kind for name, (_, kind) in RUN_FORMATS.items()}, ref("RunAnswer")),
        "application/x-ipynb+json": record(cells=listed(ANY_OBJECT), nbformat=COUNT, metadata=ANY_OBJECT),
    },
    "POST /api/loops": {
        JSON: record(step=COUNT, l2=NUMBER, rows=listed(ANY_OBJECT), left_out=listed(COUNT), source=TEXT)
    },
    "GET /api/lessons": {JSON: record(lessons=listed(ANY_OBJECT), languages=listed(TEXT))},
    "GET /api/texts/{language}": {JSON: record(language=TEXT, page=by_name(TEXT))},
    "POST /api/escapes": {
        JSON: record(
            experiment=ref("Experiment"),
            step=listed(COUNT),
            predicted=by_name(listed(NUMBER), "the spread by hidden layer"),
            doubling_steps=listed(maybe(NUMBER)),
            stored=listed(NUMBER),
            valid_until=maybe(COUNT),
        )
    },
    "POST /api/merges": {
        JSON: record(
            experiment=ref("Experiment"),
            before=ref("Experiment"),
            step=COUNT,
            units=listed(COUNT),
            largest_change=NUMBER,
        )
    },
    "POST /api/points": files(FORMATS, POINTS),
    "POST /api/checks/gradients": {
        JSON: record(
            experiment=ref("Experiment"),
            step=COUNT,
            tolerance=NUMBER,
            layout=LAYOUT,
            right=TRUTH,
            first=maybe(told(TEXT, "the first array that is wrong")),
            says=TEXT,
            arrays=listed(CHECKED, "parameters, then in the order of computing"),
            tried=told(COUNT, "mistakes that were tried"),
            left_out=told(COUNT, "mistakes that there was no time for"),
        )
    },
    "POST /api/checks/shapes": {
        JSON: record(
            sizes=listed(COUNT),
            m=COUNT,
            layout=LAYOUT,
            right=TRUTH,
            rules=by_name(listed(COUNT)),
            arrays=listed(record(**SHAPED)),
        )
    },
    "POST /api/checks/costs": {
        JSON: record(
            experiment=ref("Experiment"),
            right=TRUTH,
            verdict=one_of("same", "rounding", "different"),
            first=maybe(told(COUNT, "the first row that differs, from 0")),
            says=TEXT,
            cause=maybe(COSTS_CAUSE),
            also=listed(COSTS_CAUSE, "what explains as many rows"),
            rows=listed(PRINTED),
            tried=COUNT,
            left_out=COUNT,
        )
    },
    "GET /api/qr": {"image/svg+xml": TEXT},
}

COMPONENTS = {"RunAnswer": RUN, "RunLine": RUN_LINE, "SweepLine": SWEEP_LINE}
