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
    listed,
    maybe,
    record,
    ref,
    told,
)
from app.experiments.exports import FORMATS, RUN_FORMATS

JSON = "application/json"
BYTES: Schema = {"type": "string", "format": "binary"}

ENTRY = record(
    {
        "batch_cost": told(NUMBER, "of the batch that the step is about to use"),
        "validation_cost": NUMBER,
        "validation_accuracy": FRACTION,
        "test_cost": NUMBER,
        "test_accuracy": FRACTION,
    },
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


STATUS = {"type": "string", "enum": ["completed", "converged", "diverged"]}
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
CHECKED = record(
    {"relative_error": maybe(NUMBER), "first_wrong": maybe(ANY_OBJECT), "cause": maybe(TEXT)},
    name=TEXT,
    shape=TEXT,
    says=TEXT,
    expected_shape=listed(COUNT),
    given_shape=listed(COUNT),
)


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
    "POST /api/runs/stream": {"application/x-ndjson": TEXT},
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
    "POST /api/sweeps": {"application/x-ndjson": TEXT},
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
            right=TRUTH,
            says=TEXT,
            arrays=listed(CHECKED),
            tolerance=NUMBER,
        )
    },
    "POST /api/checks/shapes": {
        JSON: record(
            sizes=listed(COUNT), m=COUNT, right=TRUTH, rules=by_name(listed(COUNT)), arrays=listed(CHECKED)
        )
    },
    "POST /api/checks/costs": {
        JSON: record(
            experiment=ref("Experiment"),
            right=TRUTH,
            verdict=TEXT,
            first=maybe(told(COUNT, "the first row that differs, from 0")),
            says=TEXT,
            rows=listed(record(line=COUNT, step=COUNT, text=TEXT, yours=NUMBER, ours=NUMBER, same=TRUTH)),
            tried=COUNT,
            left_out=COUNT,
        )
    },
    "GET /api/qr": {"image/svg+xml": TEXT},
}

COMPONENTS = {"RunAnswer": RUN}
