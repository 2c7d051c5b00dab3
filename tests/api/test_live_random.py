"""The stream against a model: whatever is said in whatever order, the run stands where the model says."""

import json
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.network import layers_of
from app.experiments.experiment import MAX_STEP
from app.experiments.run import advance, start
from app.experiments.schema import parse
from tests.serving import Frame, LiveClient, eventually

EXPERIMENTS = [
    {},
    {"init": {"method": "constant", "scale": 0.5}},
    {"training": {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 64}, "data": {"samples": 100}},
]
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
]
STEPS = st.integers(0, 2000)


@dataclass
class Model:
    """Where the run may stand: somewhere from ``low`` to ``high``, at one step unless it has been playing."""

    experiment: dict | None = None
    low: int = 0
    high: int = 0
    playing: bool = False
    going: bool = False
    errors: int = 0

    def say(self, kind: str, **said) -> None:
        if kind == "open":
            self.experiment = EXPERIMENTS[said["lanes"]]
            self.playing, self.going = said["playing"], True
            self.low = self.high = said["step"]
        elif self.experiment is None:
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
            self.low = self.high = 0
            self.going = True
        if self.playing and kind in ("open", "seek", "reset"):
            self.high = MAX_STEP


MESSAGES = st.one_of(
    st.tuples(
        st.just("open"),
        st.fixed_dictionaries(
            {"lanes": st.integers(0, len(EXPERIMENTS) - 1), "step": STEPS, "playing": st.booleans()}
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
    st.tuples(st.just("bad"), st.sampled_from(BAD)),
    st.tuples(st.just("rest"), st.just({})),
)


def bits(experiment: dict, step: int) -> bytes:
    known = parse(json.dumps(experiment))
    state = advance(known, start(known), step)[0]
    return b"".join(part.tobytes() for layer in layers_of(state.theta, known.sizes) for part in layer)


def at_rest(client: LiveClient, model: Model) -> None:
    """Pause and take one step more: the run must stand where the model says, with the engine's bits."""
    for kind, said in (("pause", {}), ("step", {"steps": 1})):
        client.send(kind, **said)
        model.say(kind, **said)
    frame = None
    while frame is None or frame.playing or not model.low <= frame.step <= model.high:
        message = client.receive(20)
        frame = message if isinstance(message, Frame) else frame
    client.send("look", view={})
    while isinstance(message := client.receive(20), dict) or message.number <= frame.number:
        pass
    assert (message.step, message.playing) == (frame.step, False), "it went on by itself"
    assert message.lane.theta == bits(model.experiment, frame.step)
    assert all(np.isfinite(message.lane.arrays["W1"]).ravel())
    model.low = model.high = frame.step
    model.going = False


@settings(max_examples=60)
@given(st.lists(MESSAGES, max_size=14))
def test_whatever_is_said_the_run_stands_where_it_should(server, messages):
    model = Model()
    with LiveClient(server) as client:
        for kind, said in messages:
            if kind == "bad":
                client.send_raw(said)
                model.errors += 1
            elif kind != "rest":
                told = {**said, "lanes": [EXPERIMENTS[said["lanes"]]]} if kind == "open" else said
                client.send(kind, **told)
                model.say(kind, **said)
            elif model.experiment is not None:
                at_rest(client, model)
        if model.experiment is None:
            client.send("open", lanes=[EXPERIMENTS[0]])
            model.say("open", lanes=0, step=0, playing=False)
        at_rest(client, model)
        told = [message for message in client.messages if message["type"] == "error"]
        assert len(told) == model.errors
        assert all(message["problem"]["status"] in (400, 422) for message in told)
    eventually(lambda: server.json("GET", "/api/health")["sessions"] == 0)
    assert "Traceback" not in server.log
