"""An example of every call, a line each: the API's description, its page and docs/rest-api.md show them.

A test fails where a call has none, makes each of them, and holds the answer to the description.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Example:
    """What to send: what stands in the path, in the query, and in the body (None for a call without one)."""

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None

    def address(self, template: str) -> str:
        """The path of the call with its query."""
        filled = template.format(**{name: quote(value) for name, value in self.path.items()})
        return f"{filled}?{urlencode(self.query)}" if self.query else filled


ZEROS = {"init": {"method": "zeros"}}
EQUAL = {"init": {"method": "constant", "scale": 0.5}}
NUDGED = {
    **EQUAL,
    "interventions": [{"step": 0, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": 1e-8}}],
}

EXAMPLES = {
    "GET /api/health": Example(),
    "GET /api/ready": Example(),
    "GET /api/catalog": Example(),
    "GET /api/datasets/{name}": Example({"name": "moons"}, {"samples": 6, "seed": 3}),
    "POST /api/runs": Example(body={"experiment": ZEROS, "steps": 1000, "include": ["symmetry"]}),
    "GET /api/runs": Example(query={"experiment": "eyJpbml0Ijp7Im1ldGhvZCI6Inplcm9zIn19", "steps": 1000}),
    "POST /api/runs/stream": Example(body={"experiment": ZEROS, "steps": 2000, "record_every": 500}),
    "POST /api/observations": Example(body={"steps": [0, 100], "include": ["gradients", "symmetry"]}),
    "POST /api/predictions": Example(body={"points": [[0.0, 0.5], [1.0, 2.0]], "steps": 1000}),
    "POST /api/sweeps": Example(body={"axes": [{"field": "init.seed", "values": [1, 2, 3]}], "steps": 200}),
    "POST /api/figures/{kind}": Example({"kind": "boundary"}, body={"steps": 1000, "theme": "dark"}),
    "POST /api/exports/{form}": Example({"form": "python"}, body={"experiment": EQUAL, "steps": 2000}),
    "POST /api/loops": Example(body={"examples": [10, 100]}),
    "GET /api/lessons": Example(),
    "GET /api/texts/{language}": Example({"language": "de"}),
    "POST /api/escapes": Example(body={"experiment": NUDGED, "steps": 500}),
    "POST /api/merges": Example(body={"experiment": EQUAL, "step": 100}),
    "POST /api/points": Example(body={"text": "x1,x2,label\n0,0,0\n1,1,1\n"}),
    "POST /api/checks/gradients": Example(body={"gradients": {"db2": [[0.0]]}}),
    "POST /api/checks/shapes": Example(body={"shapes": {"W1": [2, 4], "b1": [4]}}),
    "POST /api/checks/costs": Example(
        body={"text": "Cost after iteration 0: 0.693048\nCost after iteration 1000: 0.288083"}
    ),
    "GET /api/qr": Example(query={"text": "127.0.0.1:8000/#e30@3000"}),
}
