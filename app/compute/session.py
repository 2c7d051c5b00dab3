"""One live session: one or two lanes on one clock, and frames no faster than they are drawn.

It knows no socket: it is told what to do by plain methods and hands frames to two functions. All
mathematics happens in the workers; the session holds the last state of each lane and checkpoints,
so a worker may die at any time.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from app.compute.arrivals import Arrivals
from app.compute.broadcast import assemble
from app.compute.calls import Calls
from app.compute.clock import Clock
from app.compute.lane import Lane, reached
from app.compute.pace import FRAME_SECONDS
from app.compute.pool import Workers
from app.experiments.agreement import agreement, without_interventions
from app.experiments.experiment import MAX_STEP, Experiment
from app.experiments.frames import Chunk, record_spacing
from app.experiments.observe import View

MAX_OUTSTANDING = 2
CHUNK_MS = 12.0
FRAME_SHARE = 0.6
"""Of the time between two frames, where that is long because many watch."""
SEEK_MS = 100.0
SEEK_MS_AMONG_OTHERS = 40.0
PIECE_SECONDS = 0.3
"""Of a seek, after which those who come after can begin where it is."""
EARLY = 0.8
"""Of a frame's time: so soon after the last one the next may come that the clock asks for."""
PROGRESS_SECONDS = 0.3
HIDDEN_SECONDS = 0.5
"""A page that draws nothing for so long is hidden: its run stands, and goes on from there."""
EFFORT_AT_REST = 0.5
EFFORT_PLAYING = 0.05
EFFORT_EVERY = 0.5
"""Seconds that a tab may spend on what not every frame needs: at rest, and how often while playing."""
SPENDING = ("health",)
"""The tabs that read how much they may spend."""
SEEK_RECORDS = 2
FOLLOWED = ("panel", "example", "point", "layer", "pair", "corner", "lines")
"""What of a view those who follow take over: the open tab, and what it is about."""

Describe = Callable[[Experiment], dict[str, Any]]


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
        self._arrivals = Arrivals() if arrivals is None else arrivals
        self._calls = Calls(pool, self._arrivals.flights)
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
        self._told = asyncio.Event()
        self._clock = Clock()
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
            self._goal = reached(self.lanes)
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
        self._told.set()
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
        self._clock.start(time.monotonic(), self.step)
        self._told.set()
        self._wake.set()

    # What it does.

    async def run(self) -> None:
        """Until cancelled: go where it was told, show what changed, play."""
        with self._calls.present():
            while True:
                self._wake.clear()
                self._told.clear()
                try:
                    await self._act()
                except Exception as error:  # whatever it was, the session goes on when it is told to
                    self._show = True
                    if not self._told.is_set():  # else that was said of what comes next
                        self.playing = False
                    await self._fail(error)
                    await self._told.wait()

    async def _act(self) -> None:
        """The next thing to do, or wait to be told."""
        if not self.lanes:
            await self._wake.wait()
        elif (aside := self._calls.aside - time.monotonic()) > 0.0:
            await self._pause(aside)
        elif self._goal is not None:
            await self._travel()
        elif self._sent - self._acknowledged >= MAX_OUTSTANDING:
            begun = time.monotonic()
            await self._wake.wait()
            if (hidden := time.monotonic() - begun) > HIDDEN_SECONDS:
                self._clock.forgive(hidden)
        elif self.playing:
            await self._play()
        elif self._show:
            await self._chunk(0)
        else:
            await self._wake.wait()

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until there is something new."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    async def _travel(self) -> None:
        """All lanes to the goal, from their nearest checkpoints; a new goal replaces this one at once."""
        goal, lanes = self._goal, self.lanes
        assert goal is not None
        begun = told = kept = time.monotonic()
        await self._calls.each(lanes, lambda lane: self._depart(lane, goal))
        distance = max(goal - (lane.state.step if lane.state else 0) for lane in lanes)
        every = record_spacing(-(-distance // SEEK_RECORDS))
        while self._goal == goal and self.lanes is lanes:
            if (aside := self._calls.aside - time.monotonic()) > 0.0:
                self._wake.clear()
                await self._pause(aside)
                continue
            behind = [lane for lane in lanes if lane.can_go(goal)]
            if not behind:
                self._goal = None
                self._show = True
                self._keep(lanes)
                self._measure_step()
                self._clock.start(time.monotonic(), self.step)
                return
            await self._calls.each(behind, lambda lane: self._towards(lane, goal, every))
            now = time.monotonic()
            if now - kept > PIECE_SECONDS:
                kept = now
                self._keep(lanes)
            if now - told > PROGRESS_SECONDS and now - begun > PROGRESS_SECONDS:
                told = now
                await self._send_json({"type": "progress", "step": reached(lanes), "goal": goal})

    def _keep(self, lanes: list[Lane]) -> None:
        """Who comes after can begin where these are."""
        for lane in lanes:
            if lane.state is not None:
                self._arrivals.add(lane.experiment, lane.state, lane.records)

    async def _depart(self, lane: Lane, goal: int) -> None:
        """Put a lane where it can reach ``goal`` from: where it is, where anybody has been, or step 0."""
        nearest = lane.state
        if nearest is None or nearest.step > goal:
            nearest = lane.checkpoints.at_most(goal)
        since = nearest.step if nearest else 0
        arrival = self._arrivals.at_most(lane.experiment, goal, since)
        if arrival is not None and arrival.state.step > since:
            lane.arrive(arrival, since)
            return
        if nearest is None:
            nearest = await self._calls.start(lane)
            lane.checkpoints.add(nearest)
        lane.state = nearest

    async def _towards(self, lane: Lane, goal: int, every: int) -> None:
        assert lane.state is not None
        left = goal - lane.state.step
        milliseconds = (SEEK_MS if self._calls.alone else SEEK_MS_AMONG_OTHERS) * self._calls.pace.share
        # In pieces no longer than the checkpoints are apart, so that going back is quick as well.
        steps = max(1, min(left, lane.steps_in(milliseconds), lane.checkpoints.spacing))
        landed = await self._calls.go(lane, steps, range((steps + 1) // 2, left + 1), every)
        lane.absorb(landed.answer, landed.steps)

    async def _play(self) -> None:
        now = time.monotonic()
        between = max(self._calls.pace.frame_seconds, self.frame_seconds)
        steps = self._due(now, between)
        # The clock's own ticks are a frame apart: they are not to be missed because the last was drawn late.
        early = EARLY if self.speed is not None and between == FRAME_SECONDS else 1.0
        wait = max(self._last_frame + early * between - now, 0.0)
        if steps == 0 and not self._show:
            due = self._clock.until_due(now, self.step, self.speed, between) if self.speed else 0.0
            wait = max(wait, due, 0.001)
        if wait > 0.0005:
            await self._pause(wait)
            return
        await self._chunk(steps)

    def _due(self, now: float, between: float) -> int:
        """Steps to take now: what the clock asks for, but no more than a chunk's worth of work."""
        # Longer chunks where the way to the workers is long: 32 ms of work to 10 ms on the way.
        own = CHUNK_MS + 2e3 * self._calls.trip
        milliseconds = max(own, FRAME_SHARE * self.frame_seconds * 1e3) * self._calls.pace.share
        most = min(min(lane.steps_in(milliseconds) for lane in self.lanes), self._left())
        if self.speed is None:
            return most
        return self._clock.due(now, self.step, self.speed, most, between)

    def _left(self) -> int:
        """Steps to where playing ends."""
        until = MAX_STEP if self.until is None else min(self.until, MAX_STEP)
        return max(until - self.step, 0)

    async def _chunk(self, steps: int) -> None:
        """``steps`` on in every lane, and one frame of all of them."""
        lanes, scene, asked = self.lanes, self._scene, self.view
        view = replace(asked, effort=self._effort())
        self._show = False
        accepted = range(steps, steps + 1)  # two lanes go equally far
        if steps and len(lanes) == 1:
            accepted = range((steps + 1) // 2, (steps if self.speed else self._left()) + 1)
        begun = time.monotonic()
        chunks = await self._calls.each(
            lanes, lambda lane: self._calls.seen(lane, steps, accepted, view, scene)
        )
        if self.lanes is not lanes or self._goal is not None:
            self._show = True  # told otherwise meanwhile: this chunk never happened
            return
        self._scene = False
        if self.view is asked and asked.check:
            self.view = replace(asked, check=False)  # asked for once
        for lane, (chunk, passed) in zip(lanes, chunks, strict=True):
            lane.absorb(chunk, passed)
        self._last_frame = begun  # from its beginning, or the work would come on top of every wait
        self._measure_step()
        await self._send_frame([chunk for chunk, _ in chunks], scene)

    def _effort(self) -> float:
        """What the next frame may spend: much at rest, a little now and then while playing."""
        if self.view.panel not in SPENDING:
            return 0.0  # one and the same view for all who share a computation
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
