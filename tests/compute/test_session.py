"""A session without sockets and without workers: what it computes, what it sends, and when."""

import asyncio
import contextlib
import json
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from app.compute.arrivals import Arrivals
from app.compute.pool import ComputeError
from app.compute.session import SPENDING, Session
from app.engine.network import layers_of
from app.experiments.experiment import MAX_STEP
from app.experiments.frames import MEASURES, lane_frame, travel
from app.experiments.observe import View
from app.experiments.panels import PANELS
from app.experiments.run import advance, start
from app.experiments.schema import as_json, parse
from tests.experiments.known import BURSTS, CHAIN, IDENTICAL, LOST, D
from tests.serving import decode


def with_changes(*interventions, **parts):
    return parse(json.dumps({"interventions": list(interventions), **parts}))


def nudge(step, by=0.5):
    return {"step": step, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": by}}


def set_rate(step, rate):
    return {"step": step, "set": {"learning_rate": rate}}


def bits(experiment, step):
    """W[1], b[1], W[2], ... of a step, by the engine alone."""
    state = advance(experiment, start(experiment), step)[0] if step else start(experiment)
    return b"".join(part.tobytes() for layer in layers_of(state.theta, experiment.sizes) for part in layer)


class Here:
    """A pool in this process; calls can be held back, or made to fail."""

    trip = 0.0
    workers = 2

    def __init__(self):
        self.steps = []
        self.failing = 0
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = 0

    async def call(self, function, *arguments):
        await asyncio.sleep(0)
        self.waiting += 1
        await self.open.wait()
        self.waiting -= 1
        if self.failing:
            self.failing -= 1
            raise ComputeError("the computation could not be finished")
        if function is travel:
            self.steps.append(arguments[2])
        return function(*arguments)

    async def held(self):
        """Hold back what is called from now on, and wait until something is."""
        self.open.clear()
        await until(lambda: self.waiting)


async def until(holds, seconds=20.0):
    async with asyncio.timeout(seconds):
        while not (found := holds()):
            await asyncio.sleep(0.001)
    return found


class Page:
    """A session, and what it has sent to the page."""

    def __init__(self, acknowledging=True, arrivals=None, pool=None):
        self.pool = pool or Here()
        self.acknowledging = acknowledging
        self.frames, self.told, self.failures = [], [], []
        self.session = Session(self.pool, self._drawn, self._said, as_json, self._failed, arrivals)

    async def _drawn(self, message):
        self.frames.append(decode(message))
        if self.acknowledging:
            self.session.acknowledge(self.frames[-1].number)

    async def _said(self, message):
        self.told.append(message)

    async def _failed(self, error):
        self.failures.append(error)

    async def __aenter__(self):
        self.task = asyncio.create_task(self.session.run())
        return self

    async def __aexit__(self, kind, *_):
        over = self.task.done()
        self.task.cancel()
        ended = (await asyncio.gather(self.task, return_exceptions=True))[0]
        if kind is None:
            assert not over, ended

    async def frame(self, holds, seconds=20.0):
        """The first frame not looked at yet of which ``holds`` is true."""
        looked = getattr(self, "looked", 0)

        def found():
            nonlocal looked
            while looked < len(self.frames):
                looked += 1
                if holds(self.frames[looked - 1]):
                    return self.frames[looked - 1]
            return None

        try:
            return await until(found, seconds)
        finally:
            self.looked = looked

    async def at(self, step):
        return await self.frame(lambda frame: frame.step == step and not frame.playing)

    def open(self, *experiments, step=0, **state):
        for name, value in state.items():
            setattr(self.session, name, value)
        self.session.open(experiments or (D,), step)


def live(work):
    """Run ``work(page)`` with a page that acknowledges what it gets."""

    async def whole():
        async with asyncio.timeout(60), Page() as page:
            await work(page)

    asyncio.run(whole())


# --- where it is --------------------------------------------------------------------------------------------


def test_opening_shows_the_start_with_its_scene():
    async def work(page):
        page.open(IDENTICAL, request=7)
        frame = await page.at(0)
        assert frame.header["scene"] is True
        assert frame.header["request"] == 7
        assert frame.lane["experiment"] == as_json(IDENTICAL)
        assert frame.lane["kept"] == 0
        assert {"points", "labels"} <= set(frame.lane.arrays)
        assert frame.lane.theta == bits(IDENTICAL, 0)
        page.session.forward(1)
        frame = await page.at(1)
        assert frame.header["scene"] is False
        assert "points" not in frame.lane.arrays

    live(work)


def test_stepping_and_seeking_end_exactly_where_they_were_told():
    async def work(page):
        page.open()
        await page.at(0)
        for act, step in (
            (lambda: page.session.forward(1), 1),
            (lambda: page.session.forward(10), 11),
            (lambda: page.session.seek(3000), 3000),
            (lambda: page.session.seek(20), 20),
            (lambda: page.session.seek(0), 0),
            (lambda: page.session.seek(777), 777),
        ):
            act()
            frame = await page.at(step)
            assert frame.lane.theta == bits(D, step)

    live(work)


def test_steps_that_are_told_before_the_last_have_come_add_up():
    async def work(page):
        page.open()
        for _ in range(5):
            page.session.forward(2)
        assert (await page.at(10)).lane.theta == bits(D, 10)

    live(work)


def test_opening_at_a_step_goes_there_at_once():
    async def work(page):
        page.open(step=500)
        frame = await page.at(500)
        assert page.frames == [frame]
        assert frame.lane.theta == bits(D, 500)

    live(work)


@pytest.mark.parametrize("speed", [50.0, 3000.0, None])
def test_playing_until_a_step_stops_exactly_there(speed):
    async def work(page):
        last = 37 if speed == 50.0 else 1237
        page.open(playing=True, speed=speed, until=last)
        frame = await page.at(last)
        assert frame.lane.theta == bits(D, last)
        assert all(f.playing for f in page.frames[:-1])
        sent = len(page.frames)
        await asyncio.sleep(0.1)
        assert len(page.frames) == sent

    live(work)


def test_playing_until_a_step_that_is_past_stops_where_it_is():
    async def work(page):
        page.open(step=50)
        await page.at(50)
        page.session.play(until=20)
        frame = await page.frame(lambda f: True)
        assert frame.step == 50
        assert not frame.playing

    live(work)


def test_a_run_never_goes_beyond_the_last_step_there_is():
    async def work(page):
        page.open(parse('{"data": {"samples": 2}, "network": {"hidden": []}}'))
        await page.at(0)
        lane = page.session.lanes[0]
        lane.state = replace(lane.state, step=MAX_STEP - 5)
        page.session.seek(MAX_STEP)
        await page.at(MAX_STEP)
        page.session.play(None)
        frame = await page.frame(lambda f: True)
        assert not frame.playing
        assert frame.step == MAX_STEP
        page.session.forward(10)
        assert (await page.at(MAX_STEP)).lane.theta == frame.lane.theta

    live(work)


def test_it_never_plays_faster_than_it_is_told():
    async def work(page):
        page.open()
        await page.at(0)
        begun = time.monotonic()
        page.open(playing=True, speed=200.0)
        await page.frame(lambda f: f.step >= 60)
        for frame in page.frames:
            assert frame.step <= 200.0 * (time.monotonic() - begun) + 1
        assert time.monotonic() - begun >= 60 / 200.0

    live(work)


def test_a_slow_speed_shows_every_step_once():
    async def work(page):
        page.open(playing=True, speed=20.0, until=6)
        await page.at(6)
        assert [f.step for f in page.frames] == [0, 1, 2, 3, 4, 5, 6]

    live(work)


def test_frames_come_at_most_sixty_times_a_second():
    async def work(page):
        page.open(playing=True, speed=None)
        await page.frame(lambda f: f.number == 1)
        begun = time.monotonic()
        await page.frame(lambda f: f.number == 31)
        assert time.monotonic() - begun >= 29 / 60

    live(work)


def test_a_slower_speed_holds_at_once_after_the_fastest():
    # The chunk that was under way lands ahead of the clock, which must not wait for its steps.
    async def work(page):
        page.open(playing=True, speed=None)
        await page.frame(lambda f: f.step > 0)
        await page.pool.held()
        page.session.set_speed(50.0)
        page.pool.open.set()
        landed = await page.frame(lambda f: f.header["speed"] == 50.0)
        await page.frame(lambda f: f.step > landed.step, seconds=5.0)
        assert page.frames[-1].step <= landed.step + 50

    live(work)


def test_pausing_says_so_once_and_computes_nothing_more():
    async def work(page):
        page.open(playing=True, speed=None)
        await page.frame(lambda f: f.step > 100)
        page.session.pause()
        paused = await page.frame(lambda f: not f.playing)
        await asyncio.sleep(0.1)  # what was under way, and once more at rest
        frames, calls = len(page.frames), len(page.pool.steps)
        assert {frame.step for frame in page.frames if not frame.playing} == {paused.step}
        await asyncio.sleep(0.1)
        assert (len(page.frames), len(page.pool.steps)) == (frames, calls)
        assert paused.lane.theta == bits(D, paused.step)

    live(work)


# --- what not every frame needs -----------------------------------------------------------------------------


def curvature(frame):
    return frame.lane.header["panel"]["curvature"]


def test_a_playing_run_shows_the_curvature_now_and_then_and_one_at_rest_always():
    async def work(page):
        page.open(view=View(panel="health"))
        assert curvature(await page.at(0))["step"] == 0
        page.session.set_speed(300.0)
        page.session.play(None)
        await page.frame(lambda f: f.step > 300)
        played = [frame for frame in page.frames if frame.playing]
        found = [frame for frame in played if curvature(frame)]
        assert 1 <= len(found) < len(played) / 2
        assert all(curvature(frame)["step"] == frame.step for frame in found)
        page.session.pause()
        paused = await page.frame(lambda f: not f.playing)
        assert curvature(paused)["step"] == paused.step

    live(work)


def test_the_gradient_is_checked_once_when_it_is_asked_for():
    async def work(page):
        page.open(view=View(panel="health"))
        assert "check" not in (await page.at(0)).lane.header["panel"]
        page.session.look(View(panel="health", check=True))
        asked = await page.frame(lambda f: "check" in f.lane.header["panel"])
        assert asked.lane.header["panel"]["check"]["count"] == 17
        page.session.forward(5)
        assert "check" not in (await page.at(5)).lane.header["panel"]

    live(work)


@pytest.mark.parametrize("panel", PANELS)
def test_only_the_tabs_that_are_told_how_much_they_may_spend_read_it(panel):
    state = advance(D, start(D), 30)[0]
    idle, busy = (lane_frame(D, state, [], View(panel=panel, effort=effort), False) for effort in (0.0, 0.5))
    assert (idle == busy) is (panel not in SPENDING)


# --- going back ---------------------------------------------------------------------------------------------


def test_going_back_and_forth_brings_identical_frames():
    async def work(page):
        page.session.look(View(20, 10, 8, True))
        page.open()
        seen = {}
        for step in (300, 2000, 300, 1150, 0, 2000, 1150, 300, 0):
            page.session.seek(step)
            frame = await page.at(step)
            shown = {name: raw for name, raw in frame.lane.raw.items() if name in {"A1", "maps1", "boundary"}}
            of_this_frame = {"at", "kept", "buffers", "experiment", "parts"}
            told = {k: v for k, v in frame.lane.header.items() if k not in of_this_frame}
            expected = seen.setdefault(step, (shown, frame.lane.theta, frame.lane.raw["probability"], told))
            assert (shown, frame.lane.theta, frame.lane.raw["probability"], told) == expected

    live(work)


def test_going_back_a_little_costs_a_little():
    async def work(page):
        page.open(playing=True, speed=None, until=10_000)
        await page.at(10_000)
        page.pool.steps.clear()
        page.session.seek(9_900)
        await page.at(9_900)
        assert sum(page.pool.steps) <= 5000

    live(work)


def test_a_new_goal_replaces_the_one_before():
    async def work(page):
        page.open()
        await page.at(0)
        page.session.seek(MAX_STEP)
        await until(lambda: len(page.pool.steps) > 5)
        page.session.seek(40)
        assert (await page.at(40)).lane.theta == bits(D, 40)

    live(work)


def test_a_long_seek_shows_progress_and_can_be_paused():
    async def work(page):
        page.open()
        await page.at(0)
        page.session.seek(MAX_STEP)
        await until(lambda: len(page.told) >= 2)
        steps = [message["step"] for message in page.told]
        assert all(m["type"] == "progress" and m["goal"] == MAX_STEP for m in page.told)
        assert 0 < steps[0] < steps[1] < MAX_STEP
        page.session.pause()
        frame = await page.frame(lambda f: not f.playing)
        assert steps[1] <= frame.step < MAX_STEP
        calls = len(page.pool.steps)
        await asyncio.sleep(0.1)
        assert len(page.pool.steps) == calls
        assert page.session.step == frame.step

    live(work)


# --- acknowledgements ---------------------------------------------------------------------------------------


def test_a_page_that_never_acknowledges_gets_two_frames_and_nothing_is_computed_for_it():
    async def whole():
        async with asyncio.timeout(60), Page(acknowledging=False) as page:
            page.open(playing=True, speed=None)
            await page.frame(lambda f: f.number == 2)
            calls = len(page.pool.steps)
            await asyncio.sleep(0.3)
            assert len(page.frames) == 2
            assert len(page.pool.steps) == calls
            step = page.session.step

            page.session.acknowledge(1)
            await page.frame(lambda f: f.number == 3)
            await asyncio.sleep(0.1)
            assert len(page.frames) == 3

            page.session.acknowledge(99)  # of which only three have been sent
            await page.frame(lambda f: f.number == 5)
            await asyncio.sleep(0.1)
            assert len(page.frames) == 5
            assert page.session.step > step

    asyncio.run(whole())


def test_what_a_slow_page_missed_is_not_owed_to_it_later():
    async def whole():
        async with asyncio.timeout(60), Page(acknowledging=False) as page:
            page.open(playing=True, speed=20.0)
            await page.frame(lambda f: f.number == 2)
            await asyncio.sleep(0.5)  # ten steps
            page.session.lanes[0].ms_per_step = 1e6  # one step is a chunk's worth of work
            page.session.acknowledge(2)
            await page.frame(lambda f: f.number == 3)
            begun = time.monotonic()
            await page.frame(lambda f: f.number == 4)
            assert time.monotonic() - begun > 0.035  # 1/20 s, and not the 1/60 s of frames in a hurry

    asyncio.run(whole())


def test_changes_are_told_to_a_slow_page_in_one_frame():
    async def whole():
        async with asyncio.timeout(60), Page(acknowledging=False) as page:
            page.open()
            await page.frame(lambda f: f.number == 1)
            page.session.forward(1)
            await page.frame(lambda f: f.number == 2)
            for _ in range(5):
                page.session.forward(3)
                await until(lambda: page.session._goal is None)
            assert len(page.frames) == 2
            page.session.acknowledge(2)
            frame = await page.frame(lambda f: f.number == 3)
            assert frame.step == 16
            assert frame.lane.theta == bits(D, 16)
            steps = frame.lane.arrays["history"][:, 0].tolist()
            assert steps == list(range(1, 16))  # what no frame had brought yet

    asyncio.run(whole())


# --- history ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [None, 2000.0])
def test_the_histories_of_all_frames_together_are_the_run(speed):
    async def work(page):
        page.open(playing=True, speed=speed, until=700)
        await page.at(700)
        rows = np.concatenate(
            [f.lane.arrays["history"] for f in page.frames if len(f.lane.arrays["history"])]
        )
        steps = rows[:, 0].astype(int)
        assert steps[0] == 0
        assert (np.diff(steps) > 0).all()
        _, records = advance(D, start(D), 700, 1)
        for step, cost, accuracy, spread in rows[:, [0, 1, 2, MEASURES]]:
            record = records[int(step)]
            assert (cost, accuracy, spread) == (record.cost, record.accuracy, record.spreads[0])
        assert all(len(f.lane.arrays["history"]) <= 101 for f in page.frames)

    live(work)


# --- two lanes ----------------------------------------------------------------------------------------------


def test_two_lanes_have_one_clock():
    async def work(page):
        page.open(D, IDENTICAL, playing=True, speed=None, until=900)
        frame = await page.at(900)
        assert all({lane["step"] for lane in f.lanes} == {f.step} for f in page.frames)
        assert [lane.theta for lane in frame.lanes] == [bits(D, 900), bits(IDENTICAL, 900)]

    live(work)


def test_a_lane_that_joins_goes_to_where_the_other_is():
    async def work(page):
        page.open(step=400)
        await page.at(400)
        page.pool.steps.clear()
        page.open(D, IDENTICAL, step=400)
        frame = await page.frame(lambda f: len(f.lanes) == 2)
        assert [lane["step"] for lane in frame.lanes] == [400, 400]
        assert frame.lanes[1].theta == bits(IDENTICAL, 400)
        assert sum(page.pool.steps) <= 400  # the first lane stays where it is

    live(work)


def test_a_lane_that_diverged_waits_while_the_other_goes_on():
    async def work(page):
        page.open(BURSTS, D, playing=True, speed=None, until=1000)
        frame = await page.at(1000)
        burst, other = frame.lanes
        assert burst["diverged"]["step"] == burst["step"] + 1 < 1000
        assert other["step"] == 1000
        assert other["diverged"] is None

    live(work)


def test_when_every_lane_has_diverged_it_stops():
    async def work(page):
        page.open(BURSTS, playing=True, speed=None)
        frame = await page.frame(lambda f: not f.playing)
        assert frame.lane["diverged"] is not None
        assert frame.step == frame.lane["step"] < 1000
        page.session.seek(900)
        assert (await page.at(frame.step)).lane["diverged"] == frame.lane["diverged"]
        page.session.seek(100)
        assert (await page.at(100)).lane["diverged"] is None

    live(work)


def test_pausing_a_seek_does_not_go_back_to_where_a_lane_diverged():
    async def work(page):
        page.open(BURSTS, D)
        await page.at(0)
        page.session.seek(MAX_STEP)
        await until(
            lambda: page.told and page.told[-1]["step"] > 1000
        )  # a lane that diverged is not waited for
        page.session.pause()
        told = page.told[-1]["step"]
        frame = await page.frame(lambda f: not f.playing and f.step > 0)
        assert frame.step >= told

    live(work)


# --- changes ------------------------------------------------------------------------------------------------


def test_an_intervention_at_the_present_step_keeps_the_history_before_it():
    async def work(page):
        page.open(step=600)
        await page.at(600)
        page.pool.steps.clear()
        nudged = with_changes(nudge(600))
        page.open(nudged, step=600)
        frame = await page.frame(lambda f: f.header["scene"] and f.number > 1)
        assert frame.lane["kept"] == 600
        assert frame.step == 600
        assert frame.lane.theta == bits(nudged, 600)
        assert sum(page.pool.steps) <= 100  # from a checkpoint, not from the start
        page.session.forward(50)
        frame = await page.at(650)
        assert frame.lane["kept"] > MAX_STEP
        assert frame.lane.theta == bits(nudged, 650)

    live(work)


def test_an_intervention_to_come_changes_nothing_yet():
    async def work(page):
        page.open(step=600)
        await page.at(600)
        page.pool.steps.clear()
        page.open(with_changes(set_rate(601, 0.1)), step=600)
        frame = await page.frame(lambda f: f.header["scene"] and f.number > 1)
        assert frame.lane["kept"] == 601
        assert sum(page.pool.steps) == 0
        page.session.forward(9)
        assert (await page.at(609)).lane.theta == bits(with_changes(set_rate(601, 0.1)), 609)

    live(work)


def test_another_experiment_keeps_nothing():
    async def work(page):
        page.open(step=60)
        await page.at(60)
        page.open(IDENTICAL, step=60)
        frame = await page.frame(lambda f: f.header["scene"] and f.number > 1)
        assert frame.lane["kept"] == 0
        assert frame.lane.theta == bits(IDENTICAL, 60)

    live(work)


def test_a_branch_keeps_the_curve_that_both_lanes_came_by():
    async def work(page):
        page.open(step=300)
        await page.at(300)
        slower = with_changes(set_rate(300, 0.1))
        page.session.open((slower, D), 300, (0, 0))
        frame = await page.frame(lambda f: f.header["scene"] and f.number > 1)
        assert [lane["kept"] >= 300 for lane in frame.lanes] == [True, True]
        page.session.open((D,), 300, (1,))
        frame = await page.frame(lambda f: f.header["scene"] and len(f.lanes) == 1)
        assert frame.lane["kept"] > MAX_STEP
        # Without being told, the second lane's curve is nothing that the first lane can show.
        page.session.open((D, D), 300)
        frame = await page.frame(lambda f: f.header["scene"] and len(f.lanes) == 2 and f.number > 3)
        assert frame.lanes[1]["kept"] == 0

    live(work)


def test_of_two_changes_before_one_frame_the_page_keeps_what_both_keep():
    # The page still has the history of the first experiment when the third one's frame arrives.
    async def work(page):
        page.open(D, step=100)
        await page.at(100)
        await page.pool.open.wait()
        page.open(IDENTICAL, step=100)
        page.open(parse(json.dumps({**as_json(IDENTICAL), "interventions": [nudge(80)]})), step=100)
        frame = await page.frame(lambda f: f.header["scene"] and f.number > 1)
        assert frame.lane["kept"] == 0

    live(work)


def test_a_change_that_is_taken_back_before_any_frame_is_still_told():
    async def work(page):
        page.open(D, step=100)
        await page.at(100)
        page.open(with_changes(nudge(30)), step=100)
        page.open(D, step=100)
        frame = await page.frame(lambda f: f.header["scene"] and f.number > 1)
        assert frame.lane["kept"] <= 30 or frame.lane["kept"] > MAX_STEP
        assert frame.lane.theta == bits(D, 100)

    live(work)


def test_a_change_while_a_chunk_is_under_way_never_shows_that_chunk():
    async def work(page):
        page.open(playing=True, speed=None)
        await page.frame(lambda f: f.step > 0)
        await page.pool.held()
        page.open(IDENTICAL, step=0, playing=False)
        page.pool.open.set()
        sent = len(page.frames)
        await page.at(0)
        assert all(f.lane["experiment"] == as_json(IDENTICAL) for f in page.frames[sent:])

    live(work)


def test_a_run_that_diverged_goes_on_when_an_intervention_saves_it():
    async def work(page):
        page.open(BURSTS, playing=True, speed=None)
        last = (await page.frame(lambda f: not f.playing)).step
        slowed = parse(json.dumps({**as_json(BURSTS), "interventions": [set_rate(last, 1e-300)]}))
        page.open(slowed, step=last + 50)
        frame = await page.at(last + 50)
        assert frame.lane["diverged"] is None
        assert frame.lane.theta == bits(slowed, last + 50)

    live(work)


def test_an_intervention_at_the_very_step_that_diverged_is_computed_and_not_assumed():
    # The last finite state lies before the edits, and still it may not be taken over with its divergence.
    async def work(page):
        page.open(LOST, step=3)
        assert (await page.at(0)).lane["diverged"]["step"] == 1
        page.open(CHAIN, step=1)
        frame = await page.at(1)
        assert frame.lane["diverged"] is None
        assert frame.lane.theta == bits(CHAIN, 1)

    live(work)


def test_lanes_that_change_places_are_not_computed_again_and_their_curves_begin_anew():
    async def work(page):
        page.open(D, IDENTICAL, step=400)
        await page.at(400)
        page.pool.steps.clear()
        page.open(IDENTICAL, D, step=400)
        frame = await page.frame(lambda f: f.header["scene"] and f.number > 1)
        assert [lane["kept"] for lane in frame.lanes] == [0, 0]
        assert [lane.theta for lane in frame.lanes] == [bits(IDENTICAL, 400), bits(D, 400)]
        assert sum(page.pool.steps) == 0

    live(work)


def test_reset_goes_to_the_start_with_the_values_in_force_and_the_same_weights():
    async def work(page):
        changed = with_changes(nudge(0), set_rate(20, 0.3), set_rate(500, 0.1))
        page.open(changed, step=100)
        await page.at(100)
        page.session.reset()
        frame = await page.at(0)
        assert frame.lane["experiment"]["interventions"] == []
        assert frame.lane["experiment"]["training"]["learning_rate"] == 0.3
        assert frame.lane.theta == bits(D, 0)

    live(work)


def test_reset_while_going_somewhere_keeps_the_values_in_force_there():
    async def work(page):
        page.open(with_changes(set_rate(20, 0.3)), step=100)
        page.session.reset()
        frame = await page.at(0)
        assert frame.lane["experiment"]["training"]["learning_rate"] == 0.3

    live(work)


def test_reset_keeps_playing():
    async def work(page):
        page.open(playing=True, speed=None)
        await page.frame(lambda f: f.step > 500)
        page.session.reset()
        assert (await page.frame(lambda f: f.header["scene"])).playing
        await page.frame(lambda f: f.step > 500)

    live(work)


def test_another_view_is_shown_without_a_step():
    async def work(page):
        page.open(step=30)
        await page.at(30)
        page.session.look(View(boundary=15, maps=11, units=2, activations=True))
        frame = await page.frame(lambda f: "boundary" in f.lane.arrays)
        assert frame.step == 30
        assert frame.lane.arrays["boundary"].shape == (15, 15)
        assert frame.lane.arrays["maps1"].shape == (2, 11, 11)
        assert frame.lane.arrays["A1"].shape == (4, 400)

    live(work)


# --- failures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failing", [1, 2])
def test_when_the_workers_fail_at_the_start_it_says_so_and_the_next_word_brings_everything(failing):
    async def work(page):
        page.pool.failing = failing
        page.open(step=40)
        for failures in range(1, failing + 1):
            await until(lambda: len(page.failures) == failures)  # noqa: B023
            assert isinstance(page.failures[-1], ComputeError)
            page.session.seek(40)
        frame = await page.at(40)
        assert frame.header["scene"]
        assert "points" in frame.lane.arrays
        assert frame.lane.theta == bits(D, 40)

    live(work)


def test_when_the_workers_fail_in_mid_run_it_stops_and_can_go_on():
    async def work(page):
        page.open(playing=True, speed=None)
        await page.frame(lambda f: f.step > 100)
        page.pool.failing = 1
        await until(lambda: page.failures)
        assert not page.session.playing
        page.session.play(until=page.session.step + 500)
        goal = page.session.until
        assert (await page.at(goal)).lane.theta == bits(D, goal)
        assert len(page.failures) == 1

    live(work)


def test_a_session_that_is_told_nothing_more_does_not_try_again_and_again():
    async def work(page):
        page.pool.failing = 10**9
        page.open(step=40)
        await until(lambda: page.failures)
        await asyncio.sleep(0.2)
        assert len(page.failures) <= 2

    live(work)


def test_steps_per_chunk_follow_the_pace_of_the_workers():
    async def work(page):
        page.open(playing=True, speed=None)
        await page.frame(lambda f: f.number == 12)
        assert max(page.pool.steps) > 1
        assert all(b <= 25 / 1e-4 for b in page.pool.steps)
        page.session.lanes[0].ms_per_step = 1000.0  # a step that takes a second is a chunk of its own
        await page.pool.held()
        page.pool.open.set()
        page.pool.steps.clear()
        await until(lambda: page.pool.steps)
        assert page.pool.steps[0] < 25 / 1e-4

    live(work)


def test_pairs_of_frames_are_numbered_one_after_the_other():
    async def work(page):
        page.open(playing=True, speed=None, until=2000)
        await page.at(2000)
        numbers = [f.number for f in page.frames]
        assert numbers[0] == 1
        assert {b - a for a, b in pairwise(numbers)} == {1}

    live(work)


def test_who_opens_what_another_has_reached_is_there_at_once_with_its_curve():
    async def work(first):
        first.open(step=3000)
        there = await first.at(3000)

        async with Page(arrivals=first.session._arrivals) as second:
            second.open(step=3000)
            same = await second.at(3000)
            assert sum(second.pool.steps) == 0
            assert same.lane.theta == there.lane.theta == bits(D, 3000)
            assert same.lane.raw["history"] == there.lane.raw["history"]
            assert same.lane.arrays["history"][0, 0] == 0

            second.open(step=3100)
            await second.at(3100)
            assert sum(second.pool.steps) == 100
            second.session.seek(2000)  # before what was found, from the start
            assert (await second.at(2000)).lane.theta == bits(D, 2000)

    live(work)


def test_what_nobody_looked_at_is_not_made_up_for():
    async def work(page):
        page.open(playing=True, speed=100.0)
        await until(lambda: len(page.frames) == 2)
        at = page.frames[-1].step
        await asyncio.sleep(3.0)
        assert len(page.frames) == 2
        page.acknowledging = True
        page.session.acknowledge(2)
        following = await page.frame(lambda frame: frame.number == 3)
        assert following.step - at < 100  # of 300 that the clock alone would ask for

    async def whole():
        async with asyncio.timeout(60), Page(acknowledging=False) as page:
            await work(page)

    asyncio.run(whole())


def test_what_is_said_while_a_call_fails_is_done_at_once():
    async def work(page):
        page.open()
        await page.at(0)
        page.pool.failing = 1
        page.pool.open.clear()
        page.session.forward(3)
        await until(lambda: page.pool.waiting)
        page.session.forward(4)
        page.pool.open.set()
        assert (await page.at(7)).lane.theta == bits(D, 7)
        assert len(page.failures) == 1
        page.pool.failing = 1
        page.pool.open.clear()
        page.session.look(View(boundary=10))
        await until(lambda: page.pool.waiting)
        page.session.play(None)
        page.pool.open.set()
        await page.frame(lambda f: f.step > 100)
        assert len(page.failures) == 2

    live(work)


# --- many ---------------------------------------------------------------------------------------------------


def together(count, work):
    """Run ``work(pages)`` with pages that share a pool, and what has been computed."""

    async def whole():
        pool, arrivals = Here(), Arrivals()
        async with asyncio.timeout(60), contextlib.AsyncExitStack() as stack:
            pages = [Page(arrivals=arrivals, pool=pool) for _ in range(count)]
            for page in pages:
                await stack.enter_async_context(page)
            await work(pages)

    asyncio.run(whole())


def test_four_who_open_the_same_link_at_once_compute_it_once():
    async def work(pages):
        for page in pages:
            page.open(step=3000)
        frames = [await page.at(3000) for page in pages]
        assert sum(pages[0].pool.steps) == 3000
        assert {frame.lane.theta for frame in frames} == {bits(D, 3000)}
        assert len({frame.lane.raw["history"] for frame in frames}) == 1
        assert frames[0].lane.arrays["history"][0, 0] == 0

    together(4, work)


def test_who_comes_while_another_is_under_way_goes_along():
    async def work(pages):
        first, second = pages
        first.open(step=40_000)
        await until(lambda: sum(first.pool.steps) > 10_000)
        second.open(step=40_000)
        for page in pages:
            assert (await page.at(40_000)).lane.theta == bits(D, 40_000)
        assert sum(first.pool.steps) < 60_000
        assert frames_rows(second)[0] == 0

    together(2, work)


def frames_rows(page):
    """The steps of all rows of the curve that a page has been told."""
    return sorted({step for frame in page.frames for step in frame.lane.arrays["history"][:, 0].tolist()})


@pytest.mark.parametrize("speed", [200.0, 1000.0, None])
def test_equal_clocks_share_what_is_computed(speed):
    async def work(pages):
        last = 200 if speed == 200.0 else 2000
        for page in pages:
            page.open(playing=True, speed=speed, until=last)
        for page in pages:
            frame = await page.at(last)
            assert frame.lane.theta == bits(D, last)
            steps = frames_rows(page)
            assert steps[0] == 0
            assert steps[-1] < last
        assert last <= sum(pages[0].pool.steps) < 2 * last  # of 4 times as many

    together(4, work)


def test_another_run_or_another_view_is_never_mixed_up():
    async def work(pages):
        runs = [D, IDENTICAL, with_changes(nudge(300)), with_changes(nudge(300, -0.5))]
        for page, run in zip(pages, runs, strict=True):
            page.open(run, playing=True, speed=1000.0, until=800)
        pages[0].session.look(View(boundary=12))
        pages[1].session.look(View(boundary=17))
        for page, run in zip(pages, runs, strict=True):
            frame = await page.at(800)
            assert frame.lane.theta == bits(run, 800)
            assert all(f.lane.arrays["boundary"].shape == (12, 12) for f in pages[0].frames[2:])
            assert all("boundary" not in f.lane.arrays for f in pages[2].frames)
            for frame in page.frames[:: len(page.frames) // 5]:
                assert frame.lane.theta == bits(run, frame.step)

    together(4, work)


def test_who_leaves_takes_nothing_along():
    async def work(pages):
        first, second = pages
        for page in pages:
            page.open()
            await page.at(0)
        first.pool.open.clear()
        for page in pages:
            page.session.forward(5)
        await until(lambda: first.session._arrivals.flights.turns.under_way == 1)
        await asyncio.sleep(0.01)
        first.task.cancel()
        await asyncio.gather(first.task, return_exceptions=True)
        second.pool.open.set()
        assert (await second.at(5)).lane.theta == bits(D, 5)
        first.task = asyncio.create_task(first.session.run())

    together(2, work)


def test_who_seeks_where_another_has_sought_from_the_same_step_is_there_at_once():
    async def work(pages):
        first, second = pages
        for page in pages:
            page.open(step=700)
            await page.at(700)
        first.session.seek(6000)
        await first.at(6000)
        first.session._arrivals.flights.most = 0
        while first.session._arrivals.flights._landed:  # and what was computed on the way has gone
            first.session._arrivals.flights._forget(next(iter(first.session._arrivals.flights._landed)))
        first.pool.steps.clear()
        second.session.seek(6000)
        assert (await second.at(6000)).lane.theta == bits(D, 6000)
        assert sum(first.pool.steps) == 0
        assert max(b - a for a, b in pairwise(frames_rows(second))) < 200
        second.session.seek(5900)
        assert (await second.at(5900)).lane.theta == bits(D, 5900)

    together(2, work)


class Slow(Here):
    """A pool whose calls take long: a step and a look each, as it says."""

    def __init__(self, step_ms, look_ms):
        super().__init__()
        self.step_ms, self.look_ms = step_ms, look_ms
        self.calls, self.most, self.going, self.busy = [], 0, 0, 0.0

    async def call(self, function, *arguments):
        if function is not travel:
            return await super().call(function, *arguments)
        advance_ms = self.step_ms * arguments[2]
        busy_ms = advance_ms + self.look_ms * (arguments[4] is not None)
        self.going += 1
        self.most = max(self.most, self.going)
        self.calls.append((arguments[2], arguments[4] is not None))
        try:
            await asyncio.sleep(busy_ms / 1e3)
            self.busy += busy_ms / 1e3
            return replace(await super().call(function, *arguments), advance_ms=advance_ms, busy_ms=busy_ms)
        finally:
            self.going -= 1


def crowded(step_ms, look_ms, work):
    """``work(page)`` with a page whose calls take long; another session is at work all the time."""

    async def whole():
        async with asyncio.timeout(60), Page(pool=Slow(step_ms, look_ms)) as page:
            turns = page.session._calls.turns
            with turns.present("another"):

                async def at_work():
                    while True:
                        turns.spent("another", 0.002, time.monotonic())
                        await asyncio.sleep(0.1)

                task = asyncio.create_task(at_work())
                await asyncio.sleep(0)
                await work(page)
                task.cancel()

    asyncio.run(whole())


def play(page, *experiments):
    """As fast as it goes, with lanes that know how long their calls take."""
    page.open(*experiments, playing=True, speed=None)
    for lane in page.session.lanes:
        lane.ms_per_step, lane.ms_to_observe = page.pool.step_ms, page.pool.look_ms


def test_a_session_whose_chunks_are_long_stands_aside_as_long_as_they_take():
    async def work(page):
        play(page, D)
        await page.frame(lambda f: f.number == 2)
        begun, busy = time.monotonic(), page.pool.busy
        await page.frame(lambda f: f.number == 7)
        assert page.pool.busy - busy < 0.65 * (time.monotonic() - begun)

    crowded(100.0, 10.0, work)


def test_a_long_step_and_a_long_look_are_two_calls():
    async def work(page):
        play(page, D)
        await page.frame(lambda f: f.number == 4)
        page.pool.calls.clear()
        await page.frame(lambda f: f.number == 6)
        assert page.pool.calls[:2] in ([(1, False), (0, True)], [(0, True), (1, False)])
        assert all(steps == 0 or not seen for steps, seen in page.pool.calls)
        step = page.frames[-1].step
        assert page.frames[-1].lane.theta == bits(D, step)
        assert frames_rows(page) == list(range(step))

    crowded(150.0, 150.0, work)


def test_long_lanes_are_computed_one_after_the_other_where_others_are():
    async def work(page):
        play(page, D, IDENTICAL)
        frame = await page.frame(lambda f: f.number == 4)
        page.pool.most = 0
        frame = await page.frame(lambda f: f.number == 6)
        assert page.pool.most == 1
        assert [lane.theta for lane in frame.lanes] == [bits(D, frame.step), bits(IDENTICAL, frame.step)]

    crowded(80.0, 5.0, work)


def test_a_seek_rests_as_those_do_who_play():
    async def work(page):
        page.open()
        await page.at(0)
        others = [page.session._calls.turns.present(f"more {i}") for i in range(4)]
        with contextlib.ExitStack() as stack:
            for i, other in enumerate(others):
                stack.enter_context(other)
                page.session._calls.turns.spent(f"more {i}", 0.002, time.monotonic() + 60.0)
            begun, busy = time.monotonic(), page.pool.busy
            page.session.seek(100)
            await page.at(100)
            # Six sessions, two workers: a third of a worker.
            assert page.pool.busy - busy < 0.5 * (time.monotonic() - begun)
            begun = time.monotonic()
            page.session.seek(10**6)
            await asyncio.sleep(0.3)
            page.session.seek(0)
            await page.at(0)
            assert time.monotonic() - begun < 2.0  # another word is acted upon soon

    crowded(4.0, 1.0, work)
