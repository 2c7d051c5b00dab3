"""The application, wired together."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import __version__
from app.api import (
    catalog,
    checks,
    datasets,
    description,
    escapes,
    exports,
    figures,
    health,
    lessons,
    live,
    loops,
    merges,
    metrics,
    observations,
    pages,
    points,
    predictions,
    problems,
    qr,
    rooms,
    run_address,
    run_stream,
    runs,
    sweeps,
)
from app.api.bucket import Buckets
from app.api.headers import SecurityHeaders
from app.api.heads import Heads
from app.api.held import Held
from app.api.long_texts import LongTexts
from app.api.origins import OnlyOurs
from app.api.requests import Requests
from app.api.sweep_plan import SweepRequest
from app.compute.answers import Answers
from app.compute.arrivals import Arrivals
from app.compute.executor import executor_for
from app.compute.rooms import Rooms
from app.compute.sharing import shared, sharing_for
from app.settings import Settings, from_environment

ROUTERS = (
    pages,  # first: of three hundred who come at once, each asks for a hundred files
    health,
    catalog,
    datasets,
    runs,
    run_address,
    run_stream,
    figures,
    sweeps,
    observations,
    predictions,
    exports,
    loops,
    lessons,
    escapes,
    merges,
    points,
    checks,
    qr,
    live,
    rooms,
    metrics,
)
BODIES = (
    runs.RunRequest,
    figures.FigureRequest,
    SweepRequest,
    observations.ObservationRequest,
    predictions.PredictionRequest,
    loops.LoopRequest,
    escapes.EscapeRequest,
    merges.MergeRequest,
    points.PointsRequest,
    checks.GradientCheck,
    checks.ShapeCheck,
    checks.CostCheck,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The whole server; ``settings`` come from the environment unless given."""
    settings = settings or from_environment()
    make_executor = executor_for(settings)
    share = sharing_for(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = make_executor()
        watching = asyncio.create_task(app.state.metrics.watch_the_loop())
        try:
            await asyncio.gather(app.state.pool.warm(), asyncio.to_thread(pages.prepare))
            app.state.pool.call = app.state.metrics.timed(app.state.pool.call)
            async with shared(app.state.rooms, share):
                yield
        finally:
            watching.cancel()
            await app.state.pool.end()

    app = FastAPI(
        title="Planar Playground",
        description=description.ABOUT,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # both would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.sessions = set()
    app.state.arrivals = Arrivals()
    app.state.addresses = Counter()
    app.state.runs = 0
    app.state.running = Counter()  # of them by address
    app.state.answers = Answers(settings.cache_bytes)
    app.state.rooms = Rooms(
        settings.max_rooms,
        settings.max_followers,
        settings.room_idle_seconds,
        settings.max_sessions_per_address,
    )
    app.state.guesses = Buckets(*rooms.GUESSES)
    app.state.draining = False
    app.state.held = Held(settings.max_held_bytes)
    app.state.long_texts = LongTexts()
    app.state.asking = asyncio.Lock()
    app.state.metrics = metrics.Metrics(app.state)
    for part in ROUTERS:
        app.include_router(part.router)
    app.router.default = pages.after_routes(app.router.not_found)  # a mount would hide 405s
    problems.install(app)
    counts = app.state.metrics
    app.add_middleware(Heads)
    app.add_middleware(OnlyOurs, allowed_hosts=settings.allowed_hosts or "*", rejected=counts.rejected)
    app.add_middleware(Requests, answered=counts.answered, rejected=counts.rejected)
    app.add_middleware(SecurityHeaders, frame_ancestors=settings.frame_ancestors)  # refusals have them too
    description.complete(app, BODIES)
    return app
