"""``GET /api/health``: the server can serve."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app import __version__

router = APIRouter()


@router.get("/api/health")
def health(request: Request) -> JSONResponse:
    """Answers once the workers have started."""
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
