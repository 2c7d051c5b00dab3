"""``GET /metrics``: what the server does, as Prometheus text.

Counting costs a frame a few microseconds of the milliseconds that it takes (``make bench`` prints how many).
Every application has a registry of its own, so that tests can have several.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import ip_address
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import State

from app.api.logs import lines_lost

router = APIRouter()

LAG_SECONDS = 0.25
SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Bounds of the buckets, in seconds."""

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


class Metrics:
    """The counters, and what is read off the application when somebody asks."""

    def __init__(self, state: State) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"playground_{name}", about, labels, registry=self.registry)

        def histogram(name: str, about: str, *labels: str) -> Histogram:
            return Histogram(
                f"playground_{name}_seconds", about, labels, buckets=SHORT, registry=self.registry
            )

        self.frames = counter("frames", "frames sent to pages")
        self.frame_bytes = counter("frame_bytes", "bytes of the frames sent")
        self.steps = counter("steps", "updates computed, for pages and for whole runs")
        self.sessions = counter("sessions_begun", "live sessions begun")
        self.responses = counter("responses", "answers over HTTP by their status", "status")
        self.rejections = counter("rejections", "what was refused, by reason", "reason")
        self.calls = histogram("call", "a call to a worker, its wait for one included", "function")
        self.controls = histogram("control", "from a control to the first frame begun after it", "control")
        self.lag = histogram("loop_lag", "how late the event loop came back, four times a second")
        self.loop: asyncio.AbstractEventLoop | None = None
        self.registry.register(_Now(state))
        ProcessCollector(registry=self.registry)

    def answered(self, status: int) -> None:
        """Count an answer over HTTP."""
        self.responses.labels(str(status)).inc()

    def rejected(self, reason: str) -> None:
        """Count what was refused because of ``reason``: a word of our own, never a user's."""
        self.rejections.labels(reason).inc()

    def timed(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """``call`` of a pool, its time and the steps of its result counted."""

        async def timed_call(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
            begun = time.monotonic()
            try:
                result = await call(function, *arguments, **options)
            finally:
                self.calls.labels(function.__name__).observe(time.monotonic() - begun)
            self.steps.inc(_steps(arguments, result))
            return result

        return timed_call

    async def watch_the_loop(self) -> None:
        """Until cancelled: how late a task comes back that asked for a moment's sleep."""
        self.loop = asyncio.get_running_loop()
        while True:
            asked = time.monotonic()
            await asyncio.sleep(LAG_SECONDS)
            self.lag.observe(max(time.monotonic() - asked - LAG_SECONDS, 0.0))


class _Now(Collector):
    """What is so at this moment."""

    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        state = self._state
        pool = getattr(state, "pool", None)  # before the start there is none
        yield GaugeMetricFamily("playground_sessions", "live sessions", len(state.sessions))
        yield GaugeMetricFamily(
            "playground_rooms", "rooms, those of other servers included", len(state.rooms)
        )
        yield GaugeMetricFamily("playground_followers", "pages that follow a room", state.rooms.followers)
        yield GaugeMetricFamily("playground_runs", "requests that compute at this moment", state.runs)
        yield GaugeMetricFamily(
            "playground_held_bytes", "requests and messages that are not read yet", state.held.bytes
        )
        loop = state.metrics.loop
        tasks = len(asyncio.all_tasks(loop)) if loop else 0
        yield GaugeMetricFamily(
            "playground_tasks", "tasks of the event loop; some for each connection", tasks
        )
        yield GaugeMetricFamily("playground_workers", "worker processes", pool.workers if pool else 0)
        yield GaugeMetricFamily("playground_draining", "1 while no new work is taken", float(state.draining))
        rebuilt = pool.rebuilds if pool else 0
        yield CounterMetricFamily("playground_pool_rebuilds", "pools made anew after a fault", rebuilt)
        yield CounterMetricFamily("playground_log_lines_lost", "log lines nobody took", lines_lost())


def _steps(arguments: tuple[Any, ...], result: Any) -> int:
    """The updates in a call that takes a state and gives a later one; 0 for every other call."""
    before = getattr(arguments[1], "step", None) if len(arguments) > 1 else None
    after = result[0] if isinstance(result, tuple) and result else getattr(result, "state", None)
    reached = getattr(after, "step", None)
    return max(reached - before, 0) if isinstance(before, int) and isinstance(reached, int) else 0


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Prometheus text; by default for this machine alone (PLAYGROUND_METRICS)."""
    allowed = request.app.state.settings.metrics
    if allowed == "off" or (allowed == "local" and not _is_local(request)):
        raise HTTPException(404)  # as if there were nothing
    text = generate_latest(request.app.state.metrics.registry)
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})


def _is_local(request: Request) -> bool:
    """From this machine, and not on behalf of another one.

    A proxy beside us is on this machine too, but it says for whom it asks, or by which name it was asked.
    """
    if any(name in request.headers for name in FORWARDED):
        return False
    name = request.headers.get("host", "").lower()
    name = name.rpartition(":")[0] if not name.endswith("]") and ":" in name else name
    try:
        return name in LOCAL_NAMES and ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
