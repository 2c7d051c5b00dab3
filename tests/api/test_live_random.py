"""The stream against a model: whatever is said in whatever order, the run stands where the model says."""

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.network import layers_of
from app.experiments.experiment import MAX_STEP
from app.experiments.lessons import LESSONS
from app.experiments.run import advance, start
from app.experiments.schema import parse
from tests.serving import Frame, LiveClient, Server, eventually

CHANGED = [
    {"step": 0, "set": {"learning_rate": 0.3}},
    {"step": 40, "nudge": {"layer": 1, "unit": 0, "input": 1, "by": 0.5}},
    {"step": 700, "permute": {"layer": 1, "order": [3, 1, 0, 2]}},
]
EXPERIMENTS = [
    {},
    {"init": {"method": "constant", "scale": 0.5}},
    {"training": {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 64}, "data": {"samples": 100}},
    {"interventions": CHANGED},
    {"init": {"method": "he"}, "interventions": CHANGED[1:]},
]
AFTER_RESET = [*EXPERIMENTS[:3], {"training": {"learning_rate": 0.3}}, {"init": {"method": "he"}}]
"""Without interventions, but with the rate that was in force from the start."""
SECRETS = ["a" * 32, "0123456789abcdef" * 2]
LESSON = next(iter(LESSONS))
UNKNOWN = {"type": "no such thing"}
BAD = [
    "",
    "[",
    "null",
    '"open"',
    "[1, 2]",
    "\ud800".encode("utf-8", "surrogatepass"),  # binary, and no text either
    json.dumps({}),
    json.dumps(UNKNOWN),
    json.dumps({"type": "seek"}),
    json.dumps({"type": "seek", "step": -1}),
    json.dumps({"type": "seek", "step": 10**30}),
    json.dumps({"type": "seek", "step": "3"}),
    json.dumps({"type": "step", "steps": True}),
    json.dumps({"type": "step", "steps": 0}),
    json.dumps({"type": "speed", "steps_per_second": 0}),
    '{"type": "speed", "steps_per_second": NaN}',
    json.dumps({"type": "ack", "frame": -1}),
    json.dumps({"type": "play", "speed": 3}),
    json.dumps({"type": "look", "view": {"boundary": 101}}),
    json.dumps({"type": "open", "lanes": []}),
    json.dumps({"type": "open", "lanes": [{}, {}, {}]}),
    json.dumps({"type": "open", "lanes": [{"network": {"hidden": [0]}}]}),
    json.dumps({"type": "open", "lanes": [{"training": {"learning_rate": 1e999}}]}),
    json.dumps({"type": "open", "lanes": [{}], "curves": [2]}),
    json.dumps({"type": "open", "lanes": [{}], "until": -1}),
    json.dumps({"type": "open", "lanes": [{}, {"interventions": [{"step": 0}]}]}),
    json.dumps({"type": "open", "lanes": [{"x": [[]] * 70_000}]}),
    json.dumps({"type": "room", "secret": "A" * 32}),
    json.dumps({"type": "room"}),
    json.dumps({"type": "ask", "lesson": "no such lesson"}),
    json.dumps({"type": "close_room", "code": "x"}),
]
STEPS = st.integers(0, 2000)


@dataclass
class Model:
    """Where the runs may stand: from ``low`` to ``high``, at one step unless they have been playing."""

    experiments: list[dict] = field(default_factory=list)
    resets: list[dict] = field(default_factory=list)
    low: int = 0
    high: int = 0
    playing: bool = False
    going: bool = False
    room: bool = False
    errors: int = 0

    def say(self, kind: str, **said) -> None:
        if kind == "open":
            self.experiments = [EXPERIMENTS[lane] for lane in said["lanes"]]
            self.resets = [AFTER_RESET[lane] for lane in said["lanes"]]
            self.playing, self.going = said["playing"], True
            self.low = self.high = said["step"]
            if self.playing:
                self.high = MAX_STEP if said["until"] is None else max(self.high, said["until"])
        elif kind == "room":
            self.room = self.going = True  # its followers are told everything from the start
        elif kind == "close_room":
            self.room = False
        elif kind == "ask":
            self.errors += not self.room
        elif not self.experiments:
            self.errors += kind not in ("look", "ack")
            return
        elif kind == "play":
            self.playing = True
            self.high = MAX_STEP if said["until"] is None else max(self.high, said["until"])
        elif kind == "pause":
            if self.going:  # it may not have got there yet, forwards or backwards
                self.low = 0
            self.playing = self.going = False
        elif kind == "step":
            self.playing, self.going = False, True
            self.low, self.high = self.low + said["steps"], min(self.high + said["steps"], MAX_STEP)
        elif kind == "seek":
            self.low = self.high = said["step"]
            self.going = True
        elif kind == "reset":
            self.experiments = self.resets
            self.low = self.high = 0
            self.going = True
        if self.playing and kind in ("seek", "reset"):
            self.high = MAX_STEP


MESSAGES = st.one_of(
    st.tuples(
        st.just("open"),
        st.fixed_dictionaries(
            {
                "lanes": st.lists(st.integers(0, len(EXPERIMENTS) - 1), min_size=1, max_size=2),
                "step": STEPS,
                "playing": st.booleans(),
                "until": st.none() | STEPS,
                "curves": st.lists(st.integers(0, 1), max_size=2),
            }
        ),
    ),
    st.tuples(st.just("play"), st.fixed_dictionaries({"until": st.none() | STEPS})),
    st.tuples(st.just("pause"), st.just({})),
    st.tuples(st.just("step"), st.fixed_dictionaries({"steps": st.integers(1, 200)})),
    st.tuples(st.just("seek"), st.fixed_dictionaries({"step": STEPS})),
    st.tuples(st.just("reset"), st.just({})),
    st.tuples(
        st.just("speed"), st.fixed_dictionaries({"steps_per_second": st.sampled_from([1, 60, 1e4, None])})
    ),
    st.tuples(st.just("look"), st.just({"view": {"boundary": 20, "panel": "health"}})),
    st.tuples(st.just("ack"), st.fixed_dictionaries({"frame": st.integers(0, 1000)})),
    st.tuples(st.just("room"), st.fixed_dictionaries({"secret": st.sampled_from(SECRETS)})),
    st.tuples(
        st.just("ask"),
        st.fixed_dictionaries({"lesson": st.sampled_from([None, LESSON]), "revealed": st.booleans()}),
    ),
    st.tuples(st.just("close_room"), st.just({})),
    st.tuples(st.just("bad"), st.sampled_from(BAD)),
    st.tuples(st.just("rest"), st.just({})),
)


def bits(experiment: dict, step: int) -> bytes:
    known = parse(json.dumps(experiment))
    state = advance(known, start(known), step)[0]
    return b"".join(part.tobytes() for layer in layers_of(state.theta, known.sizes) for part in layer)


def seen(client: LiveClient, cells: int) -> Frame:
    """The next frame that was begun after this was said: its boundary has so many cells, as no other has."""
    client.send("look", view={"boundary": cells})
    while True:
        message = client.receive(20)
        if isinstance(message, Frame):
            shown = message.lanes[0].arrays.get("boundary")
            if shown is not None and shown.shape == (cells, cells):
                return message


def at_rest(client: LiveClient, model: Model) -> None:
    """Pause and take one step more: the runs must stand where the model says, with the engine's bits."""
    for kind, said in (("pause", {}), ("step", {"steps": 1})):
        client.send(kind, **said)
        model.say(kind, **said)
    frame, again = seen(client, 31), seen(client, 32)
    assert not frame.playing
    assert model.low <= frame.step <= model.high
    assert (again.step, again.playing) == (frame.step, False), "it went on by itself"
    for shown in (frame, again):
        assert [lane.theta for lane in shown.lanes] == [bits(one, frame.step) for one in model.experiments]
    model.low = model.high = frame.step
    model.going = False


def alive(server) -> tuple[int, int]:
    """The tasks of its event loop while nobody but this asks, and its worker processes."""
    told = server.request("GET", "/metrics")[2].decode().splitlines()
    (tasks,) = (line.split()[1] for line in told if line.startswith("playground_tasks "))
    return int(float(tasks)), len(server.children)


@pytest.fixture(scope="module")
def watched():
    """A server that only these tests talk to, and what was alive before."""
    with Server.start(PLAYGROUND_WORKERS="2") as server:
        before = alive(server)
        assert before[1] == 2
        yield server, before


@settings(max_examples=80)
@given(st.lists(MESSAGES, max_size=14))
def test_whatever_is_said_the_run_stands_where_it_should_and_nothing_is_left(watched, messages):
    server, before = watched
    model = Model()
    with LiveClient(server) as client:
        for kind, said in messages:
            if kind == "bad":
                client.send_raw(said)
                model.errors += 1
            elif kind != "rest":
                told = {**said, "lanes": [EXPERIMENTS[i] for i in said["lanes"]]} if kind == "open" else said
                client.send(kind, **told)
                model.say(kind, **said)
            elif model.experiments:
                at_rest(client, model)
        if not model.experiments:
            client.send("open", lanes=[EXPERIMENTS[0]])
            model.say("open", lanes=[0], step=0, playing=False, until=None)
        at_rest(client, model)
        told = [message for message in client.messages if message["type"] == "error"]
        assert len(told) == model.errors
        assert all(message["problem"]["status"] in (400, 422) for message in told)
    eventually(lambda: server.json("GET", "/api/health")["sessions"] == 0)
    eventually(lambda: alive(server) == before)
    assert "Traceback" not in server.log
