"""``POST /api/sweeps``: one experiment over a grid of values, a line per run as it comes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Any

from fastapi import APIRouter, Request

from app.api.lines import Lines, line
from app.api.problems import documented
from app.api.reading import described_body, read_body
from app.api.running import place
from app.api.sweep_plan import SweepRequest, planned
from app.compute.pool import Bulk
from app.compute.sweeping import sweep
from app.experiments.answers import provenance
from app.experiments.schema import as_json
from app.experiments.sweep import Plan

router = APIRouter()


@router.post(
    "/api/sweeps",
    status_code=200,
    response_class=Lines,
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(SweepRequest),
)
async def sweeps(request: Request) -> Lines:
    """Makes every combination of the axes' values. Networks of equal shape train together, which is fast.

    Each run has the bits that ``POST /api/runs`` computes. The answer is JSON objects, one a line, told apart
    by ``type``: first ``sweep`` with the axes and their values, then a ``run`` for each as it comes and
    ``progress`` in between, at the end the ``table``. Where the computing fails after the first line, the
    last one is ``{"problem": {...}}``, a problem document. The sweep ends when its client leaves.
    """
    asked = await read_body(SweepRequest, request)
    settings = request.app.state.settings
    # Ten thousand runs take a moment to lay out: nobody else should wait for it.
    plan = await asyncio.to_thread(planned, asked, settings.max_sweep_runs, settings.max_sweep_seconds)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(place(request))
        told = await stack.enter_async_context(aclosing(_told(pool, plan)))
        held = stack.pop_all()
    return Lines(told, held)


async def _told(pool: Bulk, plan: Plan) -> AsyncGenerator[bytes, None]:
    first: dict[str, Any] = {
        "type": "sweep",
        "experiment": as_json(plan.experiment),
        "axes": [{"field": f, "values": list(v)} for f, v in zip(plan.fields, plan.values, strict=True)],
        "runs": len(plan.runs),
        "steps": plan.steps,
        "provenance": provenance(),
    }
    yield line(first)
    async with aclosing(sweep(pool, plan)) as lines:
        async for one in lines:
            yield line(one)
