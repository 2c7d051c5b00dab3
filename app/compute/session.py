"""One live session: one or two lanes on one clock, and frames no faster than they are drawn.

It knows no socket: it is told what to do by plain methods and hands frames to two functions. All
mathematics happens in the workers; the session holds the last state of each lane and checkpoints,
so a worker may die at any time.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from app.compute.arrivals import Arrivals
from app.compute.broadcast import assemble
from app.compute.checkpoints import Checkpoints
from app.compute.pace import Pace
from app.compute.pool import Workers
from app.experiments.agreement import agreement, without_interventions
from app.experiments.experiment import MAX_STEP, Experiment
from app.experiments.frames import Chunk, record_spacing, travel
from app.experiments.observe import View
from app.experiments.run import Record, State, start
from app.experiments.work import seconds_per_step

MAX_OUTSTANDING = 2
CHUNK_MS = 12.0
FRAME_SHARE = 0.6
"""Of the time between two frames, where that is long because many watch."""
SEEK_MS = 100.0
PROGRESS_SECONDS = 0.3
HIDDEN_SECONDS = 0.5
"""A page that draws nothing for so long is hidden: its run stands, and goes on from there."""
EFFORT_AT_REST = 0.5
EFFORT_PLAYING = 0.05
EFFORT_EVERY = 0.5
"""Seconds that a tab may spend on what not every frame needs: at rest, and how often while playing."""
SEEK_RECORDS = 2
FOLLOWED = ("panel", "example", "point", "layer", "pair", "corner", "lines")
"""What of a view those who follow take over: the open tab, and what it is about."""

Describe = Callable[[Experiment], dict[str, Any]]
Result = TypeVar("Result")


@dataclass
class Lane:
    """One run of the session: where it is, and what it takes to go back."""

    experiment: Experiment
    state: State | None = None
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    records: list[Record] = field(default_factory=list)
    kept: int = 0
    ms_per_step: float = 0.1

    def __post_init__(self) -> None:
        self.ms_per_step = seconds_per_step(self.experiment) * 1e3

    def became(self, experiment: Experiment) -> "Lane":
        """The lane for a changed experiment: what both have in common need not be computed again."""
        shared = agreement(self.experiment, experiment)
        # What no frame has told yet is not kept by the page either.
        lane = Lane(experiment, kept=min(shared, self.kept), checkpoints=self.checkpoints.below(shared))
        if self.state is not None and _last_step(self.state) < shared:
            lane.state = self.state
        return lane


class Session:
    """Plays, steps and seeks its lanes; ``run`` is its only task."""

    def __init__(
        self,
        pool: Workers,
        send_bytes: Callable[[bytes], Awaitable[None]],
        send_json: Callable[[dict[str, Any]], Awaitable[None]],
        describe: Describe,
        fail: Callable[[Exception], Awaitable[None]],
        arrivals: Arrivals | None = None,
    ) -> None:
        self._pool = pool
        self._arrivals = Arrivals() if arrivals is None else arrivals
        self._pace = Pace()
        self._fail = fail
        self._send_bytes = send_bytes
        self._send_json = send_json
        self._describe = describe
        self.lanes: list[Lane] = []
        self.step = 0
        self.playing = False
        self.until: int | None = None
        self.speed: float | None = 200.0
        self.view = View()
        self.request = 0
        self.frame_seconds = 0.0  # between two frames at least, where many watch
        self.watched = False  # then frames say what is looked at, for those who follow
        self._curves: list[int | None] = []
        self._goal: int | None = None
        self._show = False
        self._scene = False
        self._sent = 0
        self._acknowledged = 0
        self._wake = asyncio.Event()
        self._clock = (0.0, 0)
        self._last_frame = 0.0
        self._effort_at = 0.0

    # What it can be told. Each returns at once; ``run`` acts between two chunks.

    def open(self, experiments: tuple[Experiment, ...], step: int, curves: tuple[int, ...] = ()) -> None:
        """Show these experiments, one lane each, at ``step``.

        ``curves`` says in which lane before the page had the curve that it shows in each lane now.
        """
        before = [*curves, *range(len(curves), len(experiments))]
        if not self._scene:  # else two openings come in one frame
            self._curves = list(range(len(self.lanes)))
        self._curves = [
            self._curves[i] if i < len(self._curves) else None for i in before[: len(experiments)]
        ]
        self.lanes = [self._lane_for(*pair) for pair in zip(before, experiments, strict=False)]
        self._scene = True
        self.seek(step)

    def tell_anew(self) -> None:
        """The next frame tells everything from the start, for those who have seen nothing of it yet."""
        if self.lanes and self._sent:
            step = self.step if self._goal is None else self._goal
            self.lanes, self._curves, self._scene = [Lane(lane.experiment) for lane in self.lanes], [], True
            self.seek(step)

    def _lane_for(self, index: int, experiment: Experiment) -> Lane:
        """A lane that takes over what it can from the one whose run it shares most of.

        ``index`` is the lane whose curve the page has.
        """
        if not self.lanes:
            return Lane(experiment)
        # Of equally good ones the one whose curve the page has already.
        best = max(
            range(len(self.lanes)),
            key=lambda i: (agreement(self.lanes[i].experiment, experiment), i == index),
        )
        lane = self.lanes[best].became(experiment)
        if best != index:
            lane.kept = 0
        return lane

    def seek(self, step: int) -> None:
        """Go to ``step``, forwards or backwards."""
        self._goal = min(step, MAX_STEP)
        self._tick()

    def play(self, until: int | None) -> None:
        """Run on, to ``until`` if it is given."""
        self.until = until
        self.playing = self._show = True  # shown at once, and stopped there where it is over already
        self._tick()

    def pause(self) -> None:
        """Stop; a seek under way ends where it is."""
        self.playing = False
        if self._goal is not None and self.lanes:
            self._goal = _reached(self.lanes)
        self._show = True
        self._tick()

    def forward(self, steps: int) -> None:
        """Pause, and take ``steps`` steps."""
        self.playing = False
        self.seek((self.step if self._goal is None else self._goal) + steps)

    def reset(self) -> None:
        """Go to step 0, drop the interventions, keep the values in force; playing or not stays as it is."""
        step = self.step if self._goal is None else self._goal
        self.open(tuple(without_interventions(lane.experiment, step) for lane in self.lanes), 0)

    def set_speed(self, steps_per_second: float | None) -> None:
        """Steps per second; None is as fast as it goes."""
        self.speed = steps_per_second
        self._tick()

    def look(self, view: View) -> None:
        """Show these things from now on."""
        self.view = view
        self._show = True
        self._wake.set()

    def acknowledge(self, frame: int) -> None:
        """The client has drawn ``frame`` and all before it."""
        self._acknowledged = max(self._acknowledged, min(frame, self._sent))
        self._wake.set()

    @property
    def frame_begun(self) -> float:
        """When the work on the newest frame began, in seconds of ``time.monotonic``."""
        return self._last_frame

    def _tick(self) -> None:
        """Start the clock anew from here, and look what there is to do."""
        self._clock = (time.monotonic(), self.step)
        self._wake.set()

    # What it does.

    async def run(self) -> None:
        """Until cancelled: go where it was told, show what changed, play."""
        while True:
            self._wake.clear()
            try:
                await self._act()
            except Exception as error:  # whatever it was, the session goes on when it is told to
                self.playing, self._show = False, True
                self._wake.clear()
                await self._fail(error)
                await self._wake.wait()

    async def _act(self) -> None:
        """The next thing to do, or wait to be told."""
        if self.lanes and self._goal is not None:
            await self._travel()
        elif not self.lanes:
            await self._wake.wait()
        elif self._sent - self._acknowledged >= MAX_OUTSTANDING:
            begun = time.monotonic()
            await self._wake.wait()
            if (hidden := time.monotonic() - begun) > HIDDEN_SECONDS:
                self._clock = (self._clock[0] + hidden, self._clock[1])  # nobody looked: nothing is owed
        elif self.playing:
            await self._play()
        elif self._show:
            await self._chunk(0)
        else:
            await self._wake.wait()

    async def _travel(self) -> None:
        """All lanes to the goal, from their nearest checkpoints; a new goal replaces this one at once."""
        goal, lanes = self._goal, self.lanes
        assert goal is not None
        begun = told = time.monotonic()
        await _all_of(self._depart(lane, goal) for lane in lanes)
        distance = max(goal - (lane.state.step if lane.state else 0) for lane in lanes)
        every = record_spacing(-(-distance // SEEK_RECORDS))
        while self._goal == goal and self.lanes is lanes:
            behind = [lane for lane in lanes if _can_go(lane, goal)]
            if not behind:
                self._goal = None
                self._show = True
                for lane in lanes:
                    if lane.state is not None:
                        self._arrivals.add(lane.experiment, lane.state, lane.records)
                self._measure_step()
                self._clock = (time.monotonic(), self.step)
                return
            await _all_of(self._towards(lane, goal, every) for lane in behind)
            now = time.monotonic()
            if now - told > PROGRESS_SECONDS and now - begun > PROGRESS_SECONDS:
                told = now
                await self._send_json({"type": "progress", "step": _reached(lanes), "goal": goal})

    async def _depart(self, lane: Lane, goal: int) -> None:
        """Put a lane where it can reach ``goal`` from: its present state, a checkpoint, or step 0."""
        if lane.state is not None and lane.state.step <= goal:
            return
        nearest = lane.checkpoints.at_most(goal)
        if nearest is None and lane.kept == 0:  # the page has nothing of its curve yet
            arrival = self._arrivals.at_most(lane.experiment, goal)
            if arrival is not None:
                nearest, lane.records = arrival.state, list(arrival.records)
                lane.checkpoints.add(nearest)
        if nearest is None:
            nearest = await self._pool.call(start, lane.experiment)
            lane.checkpoints.add(nearest)
        lane.state = nearest

    async def _towards(self, lane: Lane, goal: int, every: int) -> None:
        assert lane.state is not None
        steps = min(goal - lane.state.step, _steps_in(lane, SEEK_MS * self._pace.share))
        # In pieces no longer than the checkpoints are apart, so that going back is quick as well.
        steps = max(1, min(steps, lane.checkpoints.spacing))
        begun = time.monotonic()
        chunk = await self._pool.call(
            travel, lane.experiment, lane.state, steps, every, None, lane.records, False
        )
        self._pace.took(time.monotonic() - begun, chunk.busy_ms / 1e3 + self._pool.trip)
        _absorb(lane, chunk, steps)

    async def _play(self) -> None:
        now = time.monotonic()
        steps = self._due(now)
        between = max(self._pace.frame_seconds, self.frame_seconds)
        wait = max(self._last_frame + between - now, 0.0)
        if steps == 0 and not self._show:
            begun, at = self._clock
            wait = max(wait, begun + (self.step + 1 - at) / (self.speed or 1.0) - now)
        if wait > 0.0005:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)
            return
        await self._chunk(steps)

    def _due(self, now: float) -> int:
        """Steps to take now: what the clock asks for, but no more than a chunk's worth of work."""
        # Longer chunks where the way to the workers is long: 32 ms of work to 10 ms on the way.
        own = CHUNK_MS + 2e3 * self._pool.trip
        milliseconds = max(own, FRAME_SHARE * self.frame_seconds * 1e3) * self._pace.share
        most = min(_steps_in(lane, milliseconds) for lane in self.lanes)
        if self.until is not None:
            most = min(most, max(self.until - self.step, 0))
        most = min(most, MAX_STEP - self.step)
        if self.speed is None:
            return most
        begun, at = self._clock
        due = at + int((now - begun) * self.speed) - self.step
        if due > most:
            self._clock = (now, self.step + most)  # what cannot be kept up with is not owed later
        elif due < 0:
            self._clock = (now, self.step)  # a chunk under way when the clock began anew ran ahead of it
        return max(min(due, most), 0)

    async def _chunk(self, steps: int) -> None:
        """``steps`` on in every lane, and one frame of all of them."""
        lanes, scene, asked = self.lanes, self._scene, self.view
        view = replace(asked, effort=self._effort())
        self._show = False
        begun = time.monotonic()
        every = record_spacing(steps, self._pace.records)
        chunks = await _all_of(
            self._pool.call(travel, lane.experiment, lane.state, steps, every, view, lane.records, scene)
            for lane in lanes
        )
        busy = sum(chunk.busy_ms for chunk in chunks) / 1e3
        self._pace.took(time.monotonic() - begun, busy + self._pool.trip)
        if self.lanes is not lanes or self._goal is not None:
            self._show = True  # told otherwise meanwhile: this chunk never happened
            return
        self._scene = False
        if self.view is asked and asked.check:
            self.view = replace(asked, check=False)  # asked for once
        for lane, chunk in zip(lanes, chunks, strict=True):
            _absorb(lane, chunk, steps)
        self._last_frame = begun  # from its beginning, or the work would come on top of every wait
        self._measure_step()
        await self._send_frame(chunks, scene)

    def _effort(self) -> float:
        """What the next frame may spend: much at rest, a little now and then while playing."""
        if not self.playing:
            return EFFORT_AT_REST
        now = time.monotonic()
        if now - self._effort_at < EFFORT_EVERY:
            return 0.0
        self._effort_at = now
        return EFFORT_PLAYING

    def _measure_step(self) -> None:
        """Read the clock off the lanes, and stop it where there is nothing more to run."""
        # A lane that diverged stays at its last finite step; the clock is the farthest lane's.
        self.step = max(lane.state.step for lane in self.lanes if lane.state)
        over = self.step >= MAX_STEP or (self.until is not None and self.step >= self.until)
        if over or all(lane.state and lane.state.over for lane in self.lanes):
            self.playing = False
            self.until = None

    async def _send_frame(self, chunks: list[Chunk], scene: bool) -> None:
        self._sent += 1
        headers, at = [], 0
        for lane, chunk in zip(self.lanes, chunks, strict=True):
            assert chunk.lane is not None
            header = {**chunk.lane.header, "at": at, "kept": lane.kept}
            if scene:
                header["experiment"] = self._describe(lane.experiment)
            lane.kept = MAX_STEP + 1
            headers.append(header)
            at += len(chunk.lane.buffers)
        header = {
            "frame": self._sent,
            "request": self.request,
            "step": self.step,
            "playing": self.playing,
            "speed": self.speed,
            "scene": scene,
            "lanes": headers,
        }
        if scene:
            header["curves"] = self._curves
        if self.watched:
            header["view"] = {name: getattr(self.view, name) for name in FOLLOWED}
        buffers = [chunk.lane.buffers for chunk in chunks if chunk.lane is not None]
        await self._send_bytes(assemble(header, buffers))


async def _all_of(calls: Iterable[Awaitable[Result]]) -> list[Result]:
    """Every lane's result; where one fails, only after the others have ended too."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


def _last_step(state: State) -> int:
    """The last step that has been computed: of a run that diverged, the one at which it did."""
    return state.diverged.step if state.diverged else state.step


def _reached(lanes: list[Lane]) -> int:
    """How far the slowest lane has come; one that diverged goes no further and is not waited for."""
    states = [lane.state for lane in lanes]
    going = [state.step if state else 0 for state in states if not (state and state.diverged)]
    return min(going) if going else max(state.step for state in states if state)


def _can_go(lane: Lane, goal: int) -> bool:
    return lane.state is not None and lane.state.step < goal and not lane.state.over


def _steps_in(lane: Lane, milliseconds: float) -> int:
    return max(1, int(milliseconds / lane.ms_per_step))


def _absorb(lane: Lane, chunk: Chunk, steps: int) -> None:
    """Take over what a worker computed, and what it tells about the worker's pace."""
    lane.state = chunk.state
    lane.records = chunk.records
    if steps:
        lane.ms_per_step = 0.5 * lane.ms_per_step + 0.5 * max(chunk.advance_ms / steps, 1e-4)
    lane.checkpoints.add(chunk.state)
