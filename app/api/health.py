"""``GET /api/health``: the server lives. ``GET /api/ready``: it can compute, and wants new work."""

import asyncio

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse

from app import __version__
from app.api.problems import documented
from app.compute.worker import warm

router = APIRouter()

READY_SECONDS = 5.0
"""A pool that is only busy answers within its chunks' length."""


@router.get("/api/health")
def health(request: Request) -> JSONResponse:
    """Answers once the workers have started, for as long as the server lives."""
    state = request.app.state
    return JSONResponse(
        {
            "status": "ok",
            "version": __version__,
            "workers": state.pool.workers,
            "sessions": len(state.sessions),
            "runs": state.runs,
        }
    )


@router.get("/api/ready", responses=documented(503))
async def ready(request: Request) -> JSONResponse:
    """Answers 200 when a worker answers; 503 when none does, or while the server is about to stop."""
    state = request.app.state
    if state.draining:
        raise HTTPException(503, "the server is about to stop; another one may take this")
    try:
        # One question at a time: many who ask must not fill the workers' queue.
        async with asyncio.timeout(READY_SECONDS), state.asking:
            await state.pool.call(warm)
    except TimeoutError:
        raise HTTPException(503, f"no worker answered within {READY_SECONDS:g} s; please try again") from None
    return JSONResponse({"status": "ready"}, headers={"Cache-Control": "no-store"})
