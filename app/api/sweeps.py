"""``POST /api/sweeps``: one experiment over a grid of values, a line per run as it comes."""

import asyncio
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.streaming import MEDIA_TYPE, LineResponse, Lines
from app.api.sweep_plan import SweepRequest, planned
from app.compute.pool import Bulk
from app.compute.sweeping import sweep
from app.experiments.answers import provenance
from app.experiments.schema import as_json
from app.experiments.sweep import Plan

router = APIRouter()

LINES: dict[str, Any] = {
    "description": "JSON objects, one a line, told apart by `type`: first `sweep`, with the axes and values, "
    "then a `run` for each as it comes and `progress` in between, at the end the `table`; "
    "a `problem` where the server could not go on",
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
}


@router.post(
    "/api/sweeps",
    response_class=StreamingResponse,
    responses={200: LINES, **documented(400, 413, 422, 503)},
    openapi_extra=described_body(SweepRequest),
)
async def sweeps(request: Request) -> LineResponse:
    """Makes every combination of the axes' values. Networks of equal shape train together, which is fast.

    Each run has the bits that `POST /api/runs` computes. Leaving ends the sweep.
    """
    asked = await read_body(SweepRequest, request)
    settings = request.app.state.settings
    # Ten thousand runs take a moment to lay out: nobody else should wait for it.
    plan = await asyncio.to_thread(planned, asked, settings.max_sweep_runs, settings.max_sweep_seconds)
    return LineResponse(request, lambda pool: _told(pool, plan))


async def _told(pool: Bulk, plan: Plan) -> Lines:
    yield {
        "type": "sweep",
        "experiment": as_json(plan.experiment),
        "axes": [{"field": f, "values": list(v)} for f, v in zip(plan.fields, plan.values, strict=True)],
        "runs": len(plan.runs),
        "steps": plan.steps,
        "provenance": provenance(),
    }
    async with aclosing(sweep(pool, plan)) as lines:
        async for line in lines:
            yield line
