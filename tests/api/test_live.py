"""``WS /api/live`` through a real server and a real socket."""

import json
import socket
import struct
import time

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.serving import LOOPBACK, LiveClient, Server, eventually, processor_seconds

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}
PAGE = {"boundary": 100, "maps": 30, "units": 8, "activations": True}
BURSTS = {
    "network": {"hidden": [8], "activation": "leaky_relu"},
    "init": {"method": "he"},
    "training": {"learning_rate": 10},
}


def nudge(step, by=0.5):
    return {"step": step, "nudge": {"layer": 1, "unit": 0, "input": 0, "by": by}}


def set_rate(step, rate):
    return {"step": step, "set": {"learning_rate": rate}}


@pytest.fixture
def stream(server):
    with LiveClient(server) as client:
        yield client


def run_to(server, step, **experiment):
    """The parameters at ``step`` by ``POST /api/runs``, as bits: W[1], b[1], W[2], ..."""
    told = server.json(
        "POST", "/api/runs", {"experiment": experiment, "steps": step, "include": ["parameters"]}
    )
    return b"".join(
        np.array(layer[part], dtype=float).tobytes() for layer in told["parameters"] for part in ("W", "b")
    )


def faults(server):
    """The server's log from its first error on."""
    lines = server.log.splitlines()
    first = next((i for i, line in enumerate(lines) if "ERROR" in line or "Traceback" in line), len(lines))
    return "\n".join(lines[max(first - 2, 0) : first + 60] if first < len(lines) else [])


# --- controls -----------------------------------------------------------------------------------------------


def test_a_page_opens_plays_pauses_steps_seeks_and_resets(server, stream):
    stream.open({}, speed=None, view=PAGE)
    frame = stream.paused_at(0)
    assert frame.header["scene"]
    assert frame.lane.arrays["points"].shape == (2, 400)

    stream.send("play")
    stream.until(lambda f: f.playing and f.step > 500)
    stream.send("pause")
    paused = stream.until(lambda f: not f.playing)

    stream.send("step")
    stream.paused_at(paused.step + 1)
    stream.send("step", steps=9)
    stream.paused_at(paused.step + 10)

    stream.send("seek", step=3000)
    frame = stream.paused_at(3000)
    assert frame.lane["sentence"] == "Step 3,000: all 4 units different; accuracy 90.5 %"
    assert frame.lane.theta == run_to(server, 3000)

    stream.send("reset")
    frame = stream.paused_at(0)
    assert frame.lane.theta == run_to(server, 0)


def test_the_numbers_are_those_of_a_run_at_the_same_step(server, stream):
    experiment = {"data": {"name": "moons"}, "network": {"hidden": [5, 3]}, "init": {"method": "he"}}
    stream.open(experiment, playing=True, speed=None, until=700, view=PAGE)
    frame = stream.paused_at(700)
    told = server.json("POST", "/api/runs", {"experiment": experiment, "steps": 700, "record_every": 1})
    by_step = {entry["step"]: entry for entry in told["history"]}
    assert frame.lane.theta == run_to(server, 700, **experiment)
    assert frame.lane["cost"] == by_step[700]["cost"]
    assert frame.lane["accuracy"] == by_step[700]["accuracy"]
    assert frame.lane["sentence"] == told["sentence"]
    assert frame.header["lanes"][0]["step"] == 700
    for shown in stream.frames:
        for step, cost, accuracy, *_ in shown.lane.arrays["history"]:
            assert cost == by_step[int(step)]["cost"]
            assert accuracy == by_step[int(step)]["accuracy"]


def test_two_lanes_run_on_one_clock(server, stream):
    stream.open(IDENTICAL, {}, playing=True, speed=None, until=3000, view=PAGE)
    frame = stream.paused_at(3000)
    assert all({lane["step"] for lane in f.lanes} == {f.step} for f in stream.frames)
    identical, random = frame.lanes
    assert identical["sentence"] == "Step 3,000: all 4 units equal; the boundary is a line; accuracy 65.5 %"
    assert identical["symmetry"][0]["spread"] == 0.0
    assert random["sentence"] == "Step 3,000: all 4 units different; accuracy 90.5 %"
    assert identical.theta == run_to(server, 3000, **IDENTICAL)
    assert random.theta == run_to(server, 3000)
    assert frame.size <= 256_000


@pytest.mark.parametrize("speed", [100.0, None])
def test_playing_until_a_step_stops_exactly_there(stream, speed):
    stream.open({}, speed=speed)
    stream.paused_at(0)
    stream.send("play", until=45)
    stream.paused_at(45)
    with pytest.raises(TimeoutError):
        stream.receive(0.3)


def test_speed_is_in_steps_per_second_and_changes_at_once(stream):
    stream.open({}, playing=True, speed=None)
    stream.until(lambda f: f.step > 1000)
    begun = time.monotonic()
    stream.send("speed", steps_per_second=50)
    slow = stream.until(lambda f: f.header["speed"] == 50)
    later = stream.until(lambda f: f.step >= slow.step + 20, seconds=10)
    assert time.monotonic() - begun > 0.38  # 20 steps at 50 a second, the first of them at once
    assert later.step - slow.step <= 50 * (time.monotonic() - begun) + 1
    stream.send("speed", steps_per_second=None)
    stream.until(lambda f: f.step > later.step + 2000)


def test_looking_at_something_else_shows_it_without_a_step(stream):
    stream.open({}, step=20)
    assert "boundary" not in stream.paused_at(20).lane.arrays
    stream.send("look", view={"boundary": 40, "maps": 20, "units": 3, "activations": True})
    frame = stream.until(lambda f: "boundary" in f.lane.arrays)
    assert frame.step == 20
    assert frame.lane.arrays["boundary"].shape == (40, 40)
    assert frame.lane.arrays["maps1"].shape == (3, 20, 20)
    assert frame.lane.arrays["A1"].shape == (4, 400)
    stream.send("look", view={})
    assert "boundary" not in stream.until(lambda f: "A1" not in f.lane.arrays).lane.arrays


def test_what_was_asked_for_is_repeated_in_every_frame_since(stream):
    stream.open({}, request=3)
    assert stream.paused_at(0).header["request"] == 3
    stream.open({}, step=10, request=4)
    assert stream.paused_at(10).header["request"] == 4
    stream.send("step")
    assert stream.paused_at(11).header["request"] == 4


def test_seeking_back_and_forth_brings_identical_buffers(stream):
    stream.open({}, view=PAGE)
    seen = {}
    for step in (250, 1500, 250, 800, 1500, 0, 800, 0):
        stream.send("seek", step=step)
        lane = stream.paused_at(step).lane
        passed = {"history", "norms", "points", "labels", "shown"}
        buffers = {n: raw for n, raw in lane.raw.items() if n not in passed}
        assert seen.setdefault(step, buffers) == buffers
    assert len({lane["W1"] for lane in seen.values()}) == len(seen)


def test_a_long_seek_can_be_paused_and_tells_how_far_it_is(stream):
    stream.open({})
    stream.paused_at(0)
    stream.send("seek", step=1_000_000)
    eventually(lambda: stream.receive() and [m for m in stream.messages if m["type"] == "progress"], 20)
    progress = stream.messages[-1]
    assert progress["goal"] == 1_000_000
    stream.send("pause")
    frame = stream.until(lambda f: f.step > 0)
    assert progress["step"] <= frame.step < 1_000_000
    assert not frame.playing


# --- acknowledgements ---------------------------------------------------------------------------------------


def test_at_most_two_frames_are_unacknowledged(server):
    with LiveClient(server, acknowledging=False) as page:
        page.open({}, playing=True, speed=None, view=PAGE)
        for n in range(1, 30):
            frame = page.until(lambda f: True)
            assert frame.number == n
            if n % 2 == 0:  # two are out: nothing comes before one of them is acknowledged
                if n % 10 == 0:
                    with pytest.raises(TimeoutError):
                        page.receive(0.15)
                page.acknowledge(frame)


def test_a_page_that_never_acknowledges_gets_two_frames_and_costs_nothing_more(own_server):
    # The workers' own processor time says whether anything is computed.
    with LiveClient(own_server, acknowledging=False) as page:
        page.open({}, playing=True, speed=None, view=PAGE)
        for n in (1, 2):
            assert page.until(lambda f: True).number == n
        with pytest.raises(TimeoutError):
            page.receive(0.3)
        workers = own_server.children
        assert workers
        before = [processor_seconds(worker) for worker in workers]
        time.sleep(0.7)
        after = [processor_seconds(worker) for worker in workers]
        assert len(page.frames) == 2
        assert sum(after) - sum(before) < 0.1
        page.acknowledge(page.frames[-1])
        assert page.until(lambda f: True).number == 3


def test_acknowledging_what_was_never_sent_buys_nothing(server):
    with LiveClient(server, acknowledging=False) as page:
        page.send("ack", frame=10**6)
        page.open({}, playing=True, speed=None)
        assert [page.until(lambda f: True).number for _ in range(2)] == [1, 2]
        with pytest.raises(TimeoutError):
            page.receive(0.3)


# --- changes ------------------------------------------------------------------------------------------------


def test_an_intervention_at_the_present_step_keeps_the_history(server, stream):
    stream.open(IDENTICAL, playing=True, speed=None, until=1000)
    stream.paused_at(1000)
    changed = {**IDENTICAL, "interventions": [nudge(1000, 1e-4), set_rate(1000, 0.6)]}
    stream.open(changed, step=1000)
    frame = stream.until(lambda f: f.header["scene"])
    assert frame.step == 1000
    assert frame.lane["kept"] == 1000
    assert frame.lane["symmetry"][0]["classes"] == [0, 1, 1, 1]
    assert frame.lane["settings"]["learning_rate"] == 0.6
    stream.send("seek", step=1400)
    assert stream.paused_at(1400).lane.theta == run_to(server, 1400, **changed)
    stream.send("seek", step=999)
    frame = stream.paused_at(999)
    assert frame.lane["symmetry"][0]["distinct"] == 1
    assert frame.lane.theta == run_to(server, 999, **IDENTICAL)


def test_another_experiment_begins_anew(server, stream):
    stream.open({}, step=300)
    stream.paused_at(300)
    stream.open(IDENTICAL, playing=True, speed=None, until=300)
    frame = stream.paused_at(300)
    first = next(f for f in stream.frames if f.lane["symmetry"][0]["distinct"] == 1)
    assert first.header["scene"]
    assert first.lane["kept"] == 0
    assert first.lane["experiment"]["init"]["method"] == "constant"
    assert frame.lane.theta == run_to(server, 300, **IDENTICAL)


def test_the_experiment_in_the_scene_can_be_opened_again(stream):
    stream.open({"data": {"name": "moons", "points": None}, "init": {"method": "he"}}, step=40)
    frame = stream.paused_at(40)
    stream.open(frame.lane["experiment"], step=40)
    again = stream.until(lambda f: f.number > frame.number and f.header["scene"])
    assert again.lane["experiment"] == frame.lane["experiment"]
    assert again.lane["kept"] > 1_000_000
    assert again.lane.theta == frame.lane.theta


def test_reset_drops_interventions_and_keeps_the_rate(stream):
    stream.open({"interventions": [nudge(0), set_rate(10, 0.3)]}, step=20)
    stream.paused_at(20)
    stream.send("reset")
    frame = stream.until(lambda f: f.header["scene"] and f.step == 0)
    assert frame.lane["experiment"]["interventions"] == []
    assert frame.lane["experiment"]["training"]["learning_rate"] == 0.3


def test_a_run_that_diverges_stops_with_its_reason(stream):
    stream.open(BURSTS, playing=True, speed=None, view=PAGE)
    frame = stream.until(lambda f: not f.playing)
    told = frame.lane["diverged"]
    assert told == {"step": frame.step + 1, "reason": "the cost is not finite"}
    assert (
        frame.lane["sentence"] == f"Step {frame.step}: Diverged at step {frame.step + 1}: {told['reason']}."
    )


# --- coming back --------------------------------------------------------------------------------------------


def test_a_connection_that_comes_back_goes_on_at_the_same_step_with_the_same_bits(server):
    experiment = {**IDENTICAL, "interventions": [nudge(100, 1e-6)]}
    with LiveClient(server) as page:
        page.open(experiment, playing=True, speed=None, view=PAGE)
        left = page.until(lambda f: f.step > 600)
        page.socket.socket.shutdown(socket.SHUT_RDWR)  # without a word
    with LiveClient(server) as page:
        page.open(experiment, step=left.step, view=PAGE)
        back = page.paused_at(left.step)
        assert back.lane.theta == left.lane.theta
        assert back.lane.raw["A1"] == left.lane.raw["A1"]
        assert back.lane["cost"] == left.lane["cost"]
        page.send("seek", step=2000)
        assert page.paused_at(2000).lane.theta == run_to(server, 2000, **experiment)


def test_sessions_end_with_their_connections(server):
    def sessions():
        return server.json("GET", "/api/health")["sessions"]

    eventually(lambda: sessions() == 0)
    with LiveClient(server) as one, LiveClient(server) as other:
        one.open({}, playing=True, speed=None)
        other.open({})
        one.until(lambda f: f.step > 100)
        other.paused_at(0)
        assert sessions() == 2
        one.socket.socket.shutdown(socket.SHUT_RDWR)
        eventually(lambda: sessions() == 1)
    eventually(lambda: sessions() == 0)


def test_pages_that_vanish_in_the_middle_of_frames_leave_no_error_behind(own_server):
    for _ in range(8):
        with LiveClient(own_server, acknowledging=False) as page:
            page.open({}, IDENTICAL, playing=True, speed=None, view=PAGE)
            page.until(lambda f: True)
            page.send("ack", frame=10)
            page.send("step", steps=500)
            # Closed with a reset: what the server sends next fails.
            page.socket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            page.socket.socket.shutdown(socket.SHUT_RD)
            page.socket.socket.close()
    eventually(lambda: own_server.json("GET", "/api/health")["sessions"] == 0)
    assert faults(own_server) == ""


# --- bad messages -------------------------------------------------------------------------------------------

BAD = {
    "an unknown type": ('{"type": "dance"}', 422, "type", "dance"),
    "no type": ("{}", 422, "type", None),
    "a type that is no name": ('{"type": 7}', 422, "type", 7),
    "a type that is a list": ('{"type": ["play"]}', 422, "type", '["play"]'),
    "a type that is NaN": ('{"type": NaN}', 422, "type", "nan"),
    "a type of half a surrogate pair": ('{"type": "\\ud800"}', 400, None, None),
    "a list": ("[1, 2]", 422, "type", "[1, 2]"),
    "a list of what is no number": ("[NaN, 1e999]", 422, "type", "[NaN, Infinity]"),
    "null": ("null", 422, "type", None),
    "malformed JSON": ('{"type": "play"', 400, None, None),
    "nothing": ("", 400, None, None),
    "many brackets": ("[" * 60_000, 400, None, None),
    "many nested lists": ("[" * 150 + "]" * 150, 422, "type", "[" * 99 + "…"),
    "a long type": (json.dumps({"type": "x" * 3000}), 422, "type", "x" * 99 + "…"),
    "an unknown field": ('{"type": "play", "fast": true}', 422, "fast", True),
    "a step that is text": ('{"type": "seek", "step": "3"}', 422, "step", "3"),
    "a step that is true": ('{"type": "seek", "step": true}', 422, "step", True),
    "a step below 0": ('{"type": "seek", "step": -1}', 422, "step", -1),
    "a step beyond the last": ('{"type": "seek", "step": 1000001}', 422, "step", 1_000_001),
    "a huge step": ('{"type": "seek", "step": ' + "9" * 300 + "}", 422, "step", "a very large number"),
    "a step that is missing": ('{"type": "seek"}', 422, "step", None),
    "a speed of 0": ('{"type": "speed", "steps_per_second": 0}', 422, "steps_per_second", 0),
    "a speed that is NaN": ('{"type": "speed", "steps_per_second": NaN}', 422, "steps_per_second", "nan"),
    "no speed": ('{"type": "speed"}', 422, "steps_per_second", None),
    "too many steps": ('{"type": "step", "steps": 100001}', 422, "steps", 100_001),
    "an ack of nothing": ('{"type": "ack", "frame": null}', 422, "frame", None),
    "a large picture": ('{"type": "look", "view": {"boundary": 101}}', 422, "view.boundary", 101),
    "an unknown view": ('{"type": "look", "view": {"colour": 1}}', 422, "view.colour", 1),
    "no lanes": ('{"type": "open", "lanes": []}', 422, "lanes", "[]"),
    "three lanes": ('{"type": "open", "lanes": [{}, {}, {}]}', 422, "lanes", "[{}, {}, {}]"),
    "lanes missing": ('{"type": "open"}', 422, "lanes", None),
    "a wrong rate": (
        '{"type": "open", "lanes": [{"training": {"learning_rate": -3}}]}',
        422,
        "training.learning_rate",
        -3,
    ),
    "a wrong rate in the second lane": (
        '{"type": "open", "lanes": [{}, {"training": {"learning_rate": 1e308}}]}',
        422,
        "lanes[1].training.learning_rate",
        1e308,
    ),
    "fields that do not fit": (
        '{"type": "open", "lanes": [{"data": {"points": [[0, 0, 0], [1, 1, 0]]}}]}',
        422,
        "data.points",
        "[0]",
    ),
    "fields that do not fit in the second lane": (
        '{"type": "open", "lanes": [{}, {"init": {"method": "explicit"}}]}',
        422,
        "lanes[1].init.parameters",
        None,
    ),
}


@pytest.fixture(scope="module")
def sturdy(server):
    """One connection for all the bad messages."""
    with LiveClient(server) as page:
        page.open({}, step=5)
        page.paused_at(5)
        yield page


@pytest.mark.parametrize(("text", "status", "field", "value"), BAD.values(), ids=BAD)
def test_a_bad_message_is_answered_and_the_session_goes_on(sturdy, text, status, field, value):
    sturdy.send_raw(text)
    told = sturdy.error()
    assert set(told) == {"type", "title", "status", "detail", "errors"}
    assert told["status"] == status
    if status == 400:
        assert told["errors"] == []
        assert told["detail"].startswith("this is not JSON: ")
    else:
        (error,) = told["errors"]
        assert (error["field"], error["value"]) == (field, value)
        assert told["detail"].startswith(f"{field} must be {error['rule']}; got ")
    step = sturdy.frames[-1].step
    sturdy.send("step")
    assert sturdy.paused_at(step + 1).lane["step"] == step + 1


@pytest.mark.parametrize("rubbish", [b"", b"\x00\x01\xff", bytes(range(256)) * 100, b'{"type": "play"}'])
def test_binary_rubbish_is_answered_and_the_session_goes_on(sturdy, rubbish):
    sturdy.send_raw(rubbish)
    told = sturdy.error()
    assert told["status"] == 400
    assert "text" in told["detail"]
    step = sturdy.frames[-1].step
    sturdy.send("step")
    sturdy.paused_at(step + 1)


def test_lists_nested_as_deep_as_python_goes_do_not_end_the_session(sturdy):
    # json.loads gives up somewhere near here, json.dumps a little earlier or later.
    for depth in range(880, 1010, 3):
        sturdy.send_raw("[" * depth + "]" * depth)
        assert sturdy.error()["status"] in (400, 422)


@pytest.mark.parametrize("kind", ["play", "pause", "step", "reset"])
def test_before_anything_is_open_only_opening_is_understood(stream, kind):
    stream.send(kind)
    (error,) = stream.error()["errors"]
    assert (error["field"], error["rule"], error["value"]) == ("type", "open before anything else", kind)
    stream.open({})
    stream.paused_at(0)


def test_a_bad_message_does_not_stop_what_is_playing(stream):
    stream.open({}, playing=True, speed=None)
    stream.until(lambda f: f.step > 100)
    for text in ("rubbish", '{"type": "dance"}', '{"type": "open", "lanes": [{"data": {"samples": 0}}]}'):
        stream.send_raw(text)
        stream.error()
    step = stream.frames[-1].step
    assert stream.until(lambda f: f.step > step + 500).playing


def test_a_message_beyond_all_size_closes_the_connection_and_nothing_else(server):
    with LiveClient(server) as other, LiveClient(server) as page:
        other.open({})
        other.paused_at(0)

        def shout():
            page.send_raw('{"type": "' + "x" * 10_000_000 + '"}')
            page.receive()

        with pytest.raises(ConnectionClosed) as closed:
            shout()
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
        other.send("step")
        other.paused_at(1)


# --- who may come in ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://evil.example:8000",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://127.0.0.1.evil.example:{port}",
        "http://evil.example/127.0.0.1:{port}",
        "http://[",
        "nonsense",
    ],
)
def test_a_page_of_another_origin_is_refused(server, origin):
    with pytest.raises(InvalidStatus) as refused:
        LiveClient(server, origin=origin.format(port=server.port))
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", [None, "http://127.0.0.1:{port}"])
def test_our_own_page_and_what_is_no_browser_are_let_in(server, origin):
    with LiveClient(server, origin=origin and origin.format(port=server.port)) as page:
        page.open({})
        page.paused_at(0)


def test_more_sessions_than_allowed_are_told_to_come_later():
    with Server.start(PLAYGROUND_MAX_SESSIONS="2", PLAYGROUND_WORKERS="1") as small:
        with LiveClient(small) as one, LiveClient(small) as two:
            for page in (one, two):
                page.open({})
                page.paused_at(0)
            with LiveClient(small) as third:
                with pytest.raises(ConnectionClosed) as closed:
                    third.receive()
                assert closed.value.rcvd.code == 1013
            one.send("step")
            one.paused_at(1)
        eventually(lambda: small.json("GET", "/api/health")["sessions"] == 0)
        with LiveClient(small) as page:
            page.open({})
            page.paused_at(0)


def test_a_host_that_is_not_ours_has_no_stream():
    with Server.start(PLAYGROUND_ALLOWED_HOSTS="127.0.0.1", PLAYGROUND_WORKERS="1") as strict:
        with LiveClient(strict) as page:
            page.open({})
            page.paused_at(0)
        answer = upgrade(strict, host=f"evil.example:{strict.port}")
        assert answer.startswith(b"HTTP/1.1 4")


def upgrade(server, host):
    """The first bytes of the answer to a request for the stream under another name."""
    with socket.create_connection((LOOPBACK, server.port), timeout=10) as plain:
        lines = [
            "GET /api/live HTTP/1.1",
            f"Host: {host}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        plain.sendall("\r\n".join([*lines, "", ""]).encode())
        return plain.recv(100)


# --- the wire -----------------------------------------------------------------------------------------------


def test_a_frame_is_a_length_a_header_and_buffers_on_multiples_of_eight(server):
    with LiveClient(server) as page:
        page.open({}, IDENTICAL, view=PAGE)
        message = page.socket.recv(20)
        assert isinstance(message, bytes)
        (length,) = struct.unpack("<I", message[:4])
        assert (4 + length) % 8 == 0
        header = json.loads(message[4 : 4 + length])
        assert {"frame", "request", "step", "playing", "speed", "scene", "lanes"} <= set(header)
        first, second = header["lanes"]
        assert first["at"] == 0
        assert second["at"] % 8 == 0
        for lane in header["lanes"]:
            for offset, kind, _ in lane["buffers"].values():
                assert offset % 8 == 0
                assert kind in {"f8", "f4", "u1", "i4"}


@pytest.mark.parametrize("samples", [400, 10_000])
def test_the_largest_experiment_there_is_travels_within_256_kB(server, stream, samples):
    largest = {
        "network": {"hidden": [64] * 12},
        "data": {"samples": samples},
        "init": {"method": "xavier"},
    }
    looking = {"boundary": 100, "maps": 60, "units": 64, "activations": True}
    stream.open(largest, {**largest, "init": {"method": "he"}}, view=looking)
    assert stream.paused_at(0, seconds=60).header["scene"]
    stream.send("play", until=2)
    stream.paused_at(2, seconds=60)
    running = [f for f in stream.frames if not f.header["scene"]]
    assert running
    assert all(f.size <= 256_000 for f in running)


def test_nothing_of_all_this_was_an_error_of_the_server(server):
    assert faults(server) == ""
