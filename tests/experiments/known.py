"""Experiments that several tests need: the default, one that overflows, one at the edge of the floats."""

import json
from typing import Any

from app.experiments.experiment import Experiment
from app.experiments.schema import as_json, parse

D = parse("{}")


def made(**parts: Any) -> Experiment:
    """The experiment with the default in every part that is not given."""
    return parse(json.dumps(parts))


def changed(experiment: Experiment = D, **parts: Any) -> Experiment:
    """``experiment`` with interventions or other parts replaced, by JSON."""
    value = as_json(experiment)
    for name, part in parts.items():
        value[name] = part if isinstance(part, list) else value[name] | part
    return parse(json.dumps(value))


def edit(step: int, to: float, layer: int = 1, unit: int = 0, input: int | None = 0) -> dict[str, Any]:
    return {"step": step, "edit": {"layer": layer, "unit": unit, "input": input, "to": to}}


IDENTICAL = parse('{"init": {"method": "constant", "scale": 0.5}}')

# Leaky ReLU at rate 10 grows until it overflows, at about step 395.
BURSTS = parse(
    '{"network": {"hidden": [8], "activation": "leaky_relu"}, "init": {"method": "he"},'
    ' "training": {"learning_rate": 10}}'
)

# Thirteen linear layers of one unit with weights of 10^6, wrong about both points: at step 1 the weights
# are about 10^73, and the cost overflows.
LOST = parse(
    json.dumps(
        {
            "data": {"points": [[1, 0, 0], [-1, 0, 1]]},
            "network": {"hidden": [1] * 12, "activation": "linear"},
            "init": {
                "method": "explicit",
                "parameters": [{"W": [[1e6, 0]], "b": [0]}] + [{"W": [[1e6]], "b": [0]}] * 12,
            },
            "training": {"learning_rate": 10},
        }
    )
)
# Here edits at step 1 make every Z zero, so that the cost is finite and the gradients, products of twelve
# such weights, are not: it diverges at step 2.
CHAIN = changed(
    LOST,
    interventions=[edit(1, 0, layer, 0, None) for layer in range(1, 14)]
    + [edit(1, 0, 1, 0, 0), edit(1, 0, 1, 0, 1)],
)
