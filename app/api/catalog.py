"""``GET /api/catalog``: every table, field and limit, so that nobody has to write them down again."""

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app import __version__
from app.api.packing import packed_json
from app.api.problems import documented
from app.api.reading import ranges
from app.api.runs import MAX_HISTORY
from app.engine.activations import ACTIVATIONS
from app.engine.arithmetic import ARITHMETICS
from app.engine.datasets import DATASETS
from app.engine.initializers import INITIALIZERS
from app.engine.inputs import FEATURES
from app.engine.losses import LOSSES, PENALTIES, SOFTMAX
from app.engine.optimizers import OPTIMIZERS
from app.experiments.answers import INCLUDES
from app.experiments.check import completed
from app.experiments.experiment import (
    MAX_STEP,
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
from app.experiments.exports import FORMATS
from app.experiments.panels import PANELS
from app.experiments.presets import PRESETS
from app.experiments.schema import as_json
from app.experiments.sentence import TEMPLATES
from app.experiments.starts import STARTS
from app.experiments.texts import NAMES

router = APIRouter()

TABLES = {
    "activations": ACTIVATIONS,
    "arithmetics": ARITHMETICS,
    "datasets": DATASETS,
    "features": FEATURES,
    "initializers": INITIALIZERS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "panels": PANELS,
    "penalties": PENALTIES,
    "presets": PRESETS,
    "starts": STARTS,
}
SECTIONS = {"data": Data, "network": NetworkShape, "init": Init, "training": Training}
CHANGES = {"set": Settings, "nudge": Nudge, "edit": Edit, "permute": Permute, "flip": Flip}


@router.get("/api/catalog", responses=documented(503))
def catalog(request: Request) -> Response:
    """Names, titles, formulas, derivatives, parameters, defaults, ranges and limits."""
    limits = {"run_seconds": request.app.state.settings.max_run_seconds}
    return packed_json(request, JSONResponse({**_tables(), "limits": {**_tables()["limits"], **limits}}))


@cache
def _tables() -> dict[str, Any]:
    return {
        "version": __version__,
        **{name: [_row(row) for row in rows.values()] for name, rows in TABLES.items()},
        "softmax_loss": _row(SOFTMAX),
        "defaults": as_json(Experiment()),
        "fields": {
            **{name: ranges(section) for name, section in SECTIONS.items()},
            "experiment": ranges(Experiment),
            "intervention": ranges(Intervention),
            **{name: ranges(change) for name, change in CHANGES.items()},
        },
        "includes": list(INCLUDES),
        "formats": list(FORMATS),
        "sentences": TEMPLATES,
        "languages": [{"name": name, "title": title} for name, title in NAMES.items()],
        "limits": {"steps": MAX_STEP, "history": MAX_HISTORY, "lanes": 2},
    }


def _row(row: Any) -> dict[str, Any]:
    assert is_dataclass(row)
    values = {f.name: getattr(row, f.name) for f in fields(row)}
    return {
        name: as_json(completed(value)) if isinstance(value, Experiment) else value
        for name, value in values.items()
        if not callable(value)
    }
