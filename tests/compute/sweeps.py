"""A plan for a sweep: the default experiment from many random starts."""

import json
from typing import Any

from app.api.sweep_plan import SweepRequest, planned
from app.experiments.schema import read
from app.experiments.sweep import Plan


def plan(count: int = 6, steps: int = 300, **also: Any) -> Plan:
    axes = [{"field": "init.seed", "from": 1, "to": count, "count": count}]
    return planned(read(SweepRequest, json.dumps({"axes": axes, "steps": steps, **also})), 10_000, 600)
