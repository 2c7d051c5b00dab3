"""Rooms over the real stream: many follow one run, none of them steers it."""

import asyncio
import contextlib
import json
import re
import secrets
import time
from types import SimpleNamespace

import pytest
from prometheus_client.exposition import generate_latest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected
from websockets.exceptions import ConnectionClosed

from app.api import rooms as wiring
from app.api.presenting import Presenting
from app.api.room_messages import OpenRoom
from app.api.sessions import Watched
from app.compute.rooms import Rooms
from app.compute.session import Session
from app.main import create_app
from app.settings import Settings, from_environment
from tests.serving import LOOPBACK, LiveClient, eventually

VIEW = {"boundary": 20, "maps": 8}


@pytest.fixture
def secret():
    return secrets.token_hex(16)


def told(client, seconds=20):
    """The next message about the room; frames in between are acknowledged and kept."""
    return next(m for m in iter(lambda: client.receive(seconds), None) if isinstance(m, dict))


def told_until(client, holds):
    while not holds(message := told(client)):
        pass
    return message


def present(client, secret, *experiments, **fields):
    """Open a room with this run; returns its code."""
    client.send("room", secret=secret)
    client.open(*experiments, **{"view": VIEW, **fields})
    return told_until(client, lambda m: m["type"] == "room")["code"]


def follow(server, code, **fields):
    return LiveClient(server, path=f"api/rooms/{code}", **fields)


def closing(client):
    """The code and the reason that the server closes with."""
    try:
        while True:
            client.receive(10)
    except ConnectionClosed as closed:
        return closed.rcvd.code, closed.rcvd.reason


@pytest.fixture
def presenter(server):
    with LiveClient(server) as client:
        yield client


def test_followers_see_the_presenters_run_from_wherever_they_come(server, presenter, secret):
    code = present(presenter, secret, {}, playing=True, speed=None, until=2000)
    with follow(server, code) as early:
        stopped = presenter.paused_at(2000)
        seen = early.paused_at(2000)
        assert seen.lane.theta == stopped.lane.theta
        with follow(server, f"{code[:4]}-{code[4:].lower()}") as late:
            frame = late.paused_at(2000)
            assert frame.lane.theta == stopped.lane.theta
            assert frame.header["scene"]
            assert frame.lane["experiment"] == seen_first(early).lane["experiment"]
            # The curve is whole for all three, though one saw all of it and one nothing.
            curves = [curve_of(client) for client in (presenter, early, late)]
            assert curves[0] == curves[1] == curves[2]
            assert len(curves[0]) > 50


def seen_first(client):
    return client.frames[0]


def curve_of(client):
    """The lane's curve as a page has it after these frames."""
    rows = {}
    for frame in client.frames:
        rows = {step: row for step, row in rows.items() if step < frame.lane["kept"]}
        rows |= {row[0]: tuple(row[:3]) for row in frame.lane.arrays["history"].tolist()}
    return dict(sorted(rows.items()))


def test_a_room_opened_in_mid_run_has_the_curve_from_the_start(server, presenter, secret):
    presenter.open({}, view=VIEW, playing=True, speed=None, until=700)
    presenter.paused_at(700)
    presenter.send("room", secret=secret)
    code = told_until(presenter, lambda m: m["type"] == "room")["code"]
    with follow(server, code) as follower:
        follower.paused_at(700)
        curve = curve_of(follower)
        assert min(curve) == 0
        assert max(curve) >= 690


def test_what_the_presenter_looks_at_and_opens_is_what_followers_get(server, presenter, secret):
    code = present(presenter, secret, {})
    with follow(server, code) as follower:
        follower.paused_at(0)
        presenter.paused_at(0)
        presenter.send("look", view={**VIEW, "panel": "by_hand", "example": 7})
        frame = follower.until(lambda f: f.lane["panel"]["name"] == "by_hand")
        assert frame.header["view"]["panel"] == "by_hand"
        assert frame.header["view"]["example"] == 7
        presenter.until(lambda f: f.lane["panel"]["name"] == "by_hand")
        presenter.open({}, {"init": {"method": "zeros"}}, step=30, view=VIEW)
        frame = follower.until(lambda f: len(f.lanes) == 2)
        assert frame.header["scene"]
        assert [lane["experiment"]["init"]["method"] for lane in frame.lanes] == ["normal", "zeros"]


def test_a_follower_who_draws_nothing_gets_two_frames_and_then_the_newest(server, presenter, secret):
    code = present(presenter, secret, {})
    with follow(server, code, acknowledging=False) as slow:
        slow.paused_at(0)
        presenter.send("speed", steps_per_second=None)
        presenter.send("play", until=3000)
        presenter.paused_at(3000)
        with contextlib.suppress(TimeoutError):
            while True:  # until nothing more comes: frames, and what is said of the room
                slow.receive(1.0)
        assert len(slow.frames) == 2
        assert slow.frames[-1].step < 3000
        slow.acknowledging = True
        slow.acknowledge(slow.frames[-1])
        assert slow.paused_at(3000).step == 3000
        assert curve_of(slow) == curve_of(presenter)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "play"},
        {"type": "open", "lanes": [{}]},
        {"type": "seek", "step": 5},
        {"type": "room", "secret": "0" * 32},
        {"type": "ask", "lesson": "nudge"},
        {"type": "close_room"},
        {"type": "answer", "voter": "me", "lesson": "nudge", "choice": 0},
        {"type": "answer", "voter": "0" * 32, "lesson": "nudge", "choice": True},
        {"type": "answer", "voter": "0" * 32, "lesson": "nudge", "choice": 0, "name": "Eve"},
    ],
    ids=lambda m: "-".join(map(str, m.values())),
)
def test_a_follower_steers_nothing(server, presenter, secret, message):
    code = present(presenter, secret, {})
    with follow(server, code) as follower:
        follower.paused_at(0)
        follower.send_raw(json.dumps(message))
        problem = follower.error()
        assert problem["status"] == 422
        (error,) = problem["errors"]
        assert error["field"] in ("type", "voter", "choice", "name")
        assert error["rule"]
        with pytest.raises(TimeoutError):
            follower.receive(0.15)


def test_a_follower_has_little_to_say(server, presenter, secret):
    with follow(server, present(presenter, secret, {})) as follower:
        follower.send_raw('{"type": "ack", "frame": 1' + 2_000 * " " + "}")
        assert follower.error()["detail"] == 'message must be at most 1000 characters; got "2027 characters"'


def test_a_secret_that_is_none_is_refused_by_name(server, presenter):
    presenter.open({})
    for secret in ("", "A" * 32, "0" * 31, "0" * 33, 5, None):
        presenter.send("room", secret=secret)
        problem = presenter.error()
        assert problem["errors"][0]["field"] == "secret"
    presenter.send("ask", lesson="nudge")
    assert presenter.error()["detail"] == 'type must be room before ask; got "ask"'


def test_answers_are_counted_on_the_presenters_page_and_nobody_elses(server, presenter, secret):
    code = present(presenter, secret, {})
    presenter.send("ask", lesson="why_random")
    assert told_until(presenter, lambda m: m["question"])["counts"] == [0, 0, 0]
    followers = [follow(server, code) for _ in range(4)]
    try:
        for i, follower in enumerate(followers):
            asked = told_until(follower, lambda m: m.get("question"))
            assert asked["question"] == {"lesson": "why_random", "revealed": False}
            assert asked["counts"] is None
            choice = min(i, 1)
            follower.send("answer", voter=f"{i:032x}", lesson="why_random", choice=choice)
        followers[0].send("answer", voter="f" * 32, lesson="why_random", choice=0)  # no second voice
        tally = told_until(presenter, lambda m: sum(m["counts"] or []) == 4)
        assert tally["counts"] == [1, 3, 0]
        assert tally["followers"] == 4
        assert set(tally) == {
            "type",
            "code",
            "followers",
            "alone",
            "question",
            "counts",
        }  # counts, and nothing else
        presenter.send("ask", lesson="why_random", revealed=True)
        shown = told_until(followers[0], lambda m: m["question"]["revealed"])
        assert shown["counts"] == [1, 3, 0]
    finally:
        for follower in followers:
            follower.close()
    told_until(presenter, lambda m: m["followers"] == 0)


def test_a_revealed_question_keeps_its_counts_over_a_restart(server, presenter, secret):
    # The server has forgotten the room; the presenter's page brings back what it had been told.
    presenter.send("room", secret=secret)
    presenter.send("ask", lesson="why_random", revealed=True, counts=[0, 4, 1])
    presenter.open({}, view=VIEW)
    code = told_until(presenter, lambda m: m.get("counts"))["code"]
    with follow(server, code) as follower:
        assert told_until(follower, lambda m: m.get("question"))["counts"] == [0, 4, 1]
        follower.send("answer", voter="0" * 32, lesson="why_random", choice=0)
        follower.paused_at(0)
    assert told_until(presenter, lambda m: m["followers"] == 0)["counts"] == [0, 4, 1]
    for counts, rule in (
        ([1, 2], "counts must be 3 numbers; got [1, 2]"),
        ([1, 2, -1], "counts[2] must be a whole number from 0 to 5000; got -1"),
        ([1], "counts must be a list of 2 to 6 items; got [1]"),
    ):
        presenter.send("ask", lesson="why_random", counts=counts)
        assert presenter.error()["detail"] == rule


def test_the_presenter_comes_back_and_those_who_waited_go_on(server, secret):
    with LiveClient(server) as first:
        code = present(first, secret, {})
        follower = follow(server, code)
        follower.paused_at(0)
    with follower:
        assert told_until(follower, lambda m: not m["presented"])
        with follow(server, code) as late:  # the last picture is there meanwhile
            assert late.paused_at(0).header["scene"]
        with LiveClient(server) as again:
            assert present(again, secret, {}, step=40) == code
            assert follower.paused_at(40).header["scene"]


def test_a_second_window_takes_the_room_and_the_first_is_told(server, presenter, secret):
    code = present(presenter, secret, {})
    with follow(server, code) as follower, LiveClient(server) as second:
        follower.paused_at(0)
        assert present(second, secret, {}, step=12) == code
        assert told_until(presenter, lambda m: m["code"] is None)["why"] == "taken"
        follower.paused_at(12)
        presenter.send("close_room")  # no longer its to close
        presenter.send("step")
        presenter.paused_at(1)
        second.send("step")
        follower.paused_at(13)
        assert [f.step for f in follower.frames] == [0, 12, 13]


def test_a_window_that_had_not_heard_of_another_does_not_take_the_room_back_by_connecting_anew(
    server, secret
):
    def claim(window, turn, step):
        window.send("room", secret=secret, turn=turn)
        window.open({}, view=VIEW, step=step)
        return told_until(window, lambda m: m["type"] == "room")

    with LiveClient(server) as lost:
        code = claim(lost, 1, 10)["code"]
        with follow(server, code) as early:  # it is told of its room before it has a frame to show there
            early.paused_at(10)
    with follow(server, code) as follower, LiveClient(server) as second:
        follower.paused_at(10)
        assert claim(second, 2, 20)["code"] == code
        follower.paused_at(20)
        with LiveClient(server) as again:
            assert claim(again, 1, 30) == {"type": "room", "code": None, "why": "taken", "room": code}
            again.paused_at(30)
            second.send("step")
            follower.paused_at(21)
            assert [f.step for f in follower.frames] == [10, 20, 21]
            # By its button it does, and then the other one has lost it, also by its next connection.
            assert claim(again, 3, 40)["code"] == code
            follower.paused_at(40)
            assert told_until(second, lambda m: m["code"] is None)["why"] == "taken"
            assert claim(second, 2, 50)["why"] == "taken"
    with LiveClient(server) as client:
        for turn in (-1, 2**53, 1.5, "1", True):
            client.send("room", secret=secret, turn=turn)
            assert client.error()["errors"][0]["field"] == "turn"


def test_who_leaves_while_opening_another_room_presents_neither():
    async def scenario():
        async def stuck(_told):
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.01)  # a socket that takes a moment to give up

        rooms = Rooms(5, 5, 900.0)
        first, second = await rooms.open("1" * 32), await rooms.open("2" * 32)
        presenting = Presenting(rooms, stuck, stuck)
        session = Session(None, stuck, stuck, dict, stuck)
        await presenting.tell(session, OpenRoom("room", "1" * 32))
        async with asyncio.timeout(20):
            while first.presenter is None:
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            await presenting.tell(session, OpenRoom("room", "2" * 32))
            while first.presenter is not None:
                await asyncio.sleep(0)
        await presenting.leave()
        assert first.presenter is second.presenter is None
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())


def test_a_room_is_closed_for_everybody(server, presenter, secret):
    code = present(presenter, secret, {})
    with follow(server, code) as follower:
        follower.paused_at(0)
        presenter.send("close_room")
        assert told_until(presenter, lambda m: m["code"] is None)["why"] == "closed"
        assert closing(follower) == (wiring.CLOSED, "the presenter has closed the room")
    with follow(server, code) as late:
        assert closing(late)[0] == wiring.NO_SUCH_ROOM
    presenter.send("room", secret=secret)
    assert told_until(presenter, lambda m: m["code"])["code"] == code


def test_after_a_restart_the_secret_opens_the_same_room(own_server, secret):
    with LiveClient(own_server) as presenter:
        code = present(presenter, secret, {}, step=25)
        presenter.paused_at(25)
    own_server.kill()
    own_server.restart()
    with follow(own_server, code) as nobody:
        assert closing(nobody) == (wiring.NO_SUCH_ROOM, "there is no room with this code")
    with LiveClient(own_server) as presenter:
        assert present(presenter, secret, {}, step=25) == code
        with follow(own_server, code) as follower:
            assert follower.paused_at(25).header["scene"]


@pytest.mark.parametrize("code", ["22222222", "2222", "0OI1LU00", "%00", "a" * 3000])
def test_a_code_that_leads_nowhere_is_answered_so(server, code):
    with follow(server, code) as nobody:
        assert closing(nobody) == (wiring.NO_SUCH_ROOM, "there is no room with this code")


def test_a_page_from_elsewhere_may_not_follow(server, presenter, secret):
    code = present(presenter, secret, {})
    for origin, answered in (
        ("https://elsewhere.example", False),
        (f"http://{LOOPBACK}:{server.port}", True),
    ):
        try:
            with follow(server, code, origin=origin) as follower:
                follower.paused_at(0)
                assert answered
        except Exception:
            assert not answered


# --- bounds -------------------------------------------------------------------------------------------------


def refused(client, path):
    with client.websocket_connect(path) as socket:
        told = socket.receive()
    return told["code"], told["reason"]


def test_wrong_codes_are_answered_only_so_often_and_a_right_one_always(monkeypatch, secret):
    monkeypatch.setattr(wiring, "GUESSES", (0.001, 5))
    with TestClient(create_app(Settings(workers=1))) as client:
        codes = [refused(client, "/api/rooms/22222222")[0] for _ in range(7)]
        assert codes == [wiring.NO_SUCH_ROOM] * 5 + [wiring.TRY_AGAIN_LATER] * 2
        with client.websocket_connect("/api/live") as presenter:
            presenter.send_json({"type": "room", "secret": secret})
            code = presenter.receive_json()["code"]
            for _ in range(3):
                with client.websocket_connect(f"/api/rooms/{code}") as follower:
                    assert follower.receive_json()["presented"]


def test_a_cap_for_each_address_bounds_its_followers_and_its_rooms():
    settings = Settings(workers=1, max_sessions_per_address=2)
    with TestClient(create_app(settings)) as client, client.websocket_connect("/api/live") as presenter:
        codes = []
        for digit in "123":
            presenter.send_json({"type": "room", "secret": digit * 32})
            codes.append(presenter.receive_json())
        # The rooms that this page left gave way to the next: nobody presents or follows them.
        assert all(told["code"] for told in codes)
        code = codes[-1]["code"]
        with client.websocket_connect("/api/live") as another:
            another.send_json({"type": "room", "secret": "4" * 32})
            assert another.receive_json()["code"]
        with client.websocket_connect(f"/api/rooms/{code}"), client.websocket_connect(f"/api/rooms/{code}"):
            told = refused(client, f"/api/rooms/{code}")
            words = "there are too many followers from your address; please try again later"
            assert told == (wiring.TRY_AGAIN_LATER, words)
        counted = counted_by(client)
        assert 'playground_rejections_total{reason="followers_per_address"} 1.0' in counted


def test_a_page_opens_rooms_only_so_often_and_goes_on_meanwhile(monkeypatch):
    monkeypatch.setattr("app.api.presenting.OPENINGS", (0.001, 2))
    monkeypatch.setattr("app.compute.rooms.code_of", lambda secret: time.sleep(0.5) or secret[:8])
    with (
        TestClient(create_app(Settings(workers=1))) as client,
        client.websocket_connect("/api/live") as page,
    ):
        for digit in "234":
            page.send_json({"type": "room", "secret": digit * 32})
        page.send_json({"type": "pause"})
        # Half a second each, one after the other; what needs no room is answered at once.
        first, second, third, fourth = (page.receive_json() for _ in range(4))
        assert first["detail"] == "this page opens rooms too often; please wait a little"
        assert second["problem"]["detail"] == 'type must be open before anything else; got "pause"'
        assert third["code"] == "22222222"
        assert fourth["code"] == "33333333"
        counted = counted_by(client)
        assert 'playground_rejections_total{reason="room_openings"} 1.0' in counted


def test_what_a_follower_is_sent_is_counted_and_logged_as_its_own(own_server, secret):
    with LiveClient(own_server) as presenter:
        code = present(presenter, secret, {})
        presenter.paused_at(0)
        sent = frames_sent(own_server)
        with follow(own_server, code) as follower:
            follower.paused_at(0)
            assert frames_sent(own_server) == sent + 1
    line = eventually(lambda: re.search(r"\[follower [0-9a-f]{12}\] (a follower ends .*)", own_server.log))
    assert line[1].endswith("s and 1 frames")


def counted_by(client):
    return generate_latest(client.app.state.metrics.registry).decode()


def frames_sent(server):
    counted = server.request("GET", "/metrics")[2].decode()
    return float(re.search(r"^playground_frames_total (\S+)$", counted, re.MULTILINE)[1])


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        (WebSocketDisconnected('Cannot call "send" once a close message has been sent.'), False),
        (RuntimeError("Unexpected ASGI message 'websocket.send', after sending 'websocket.close'."), False),
        (WebSocketDisconnect(1006), False),
        (RuntimeError("dictionary changed size during iteration"), True),
        (ValueError("not a frame"), True),
    ],
    ids=repr,
)
def test_a_page_that_has_gone_is_no_error_and_all_else_is_logged(caplog, error, logged):
    async def scenario():
        class Socket:
            async def receive(self):
                await asyncio.Event().wait()

            async def send(self, message):
                if message["type"] == "websocket.close":
                    closed.append((message["code"], message["reason"]))
                else:
                    raise error

        closed = []
        page = Watched(Socket(), None)
        room = SimpleNamespace(closed=False, go=lambda _follower: None)
        await wiring._follow(page, SimpleNamespace(room=room, run=lambda: page.send_bytes(b"")))
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return closed

    closed = asyncio.run(scenario())
    assert (str(error) in caplog.text) == logged
    assert [code for code, _ in closed] == [wiring.INTERNAL_ERROR] * logged


def test_rooms_followers_and_messages_are_bounded(monkeypatch, secret):
    monkeypatch.setattr(wiring, "MESSAGES", (0.001, 5))
    with TestClient(create_app(Settings(workers=1, max_rooms=1, max_followers=1))) as client:
        with client.websocket_connect("/api/live") as first, client.websocket_connect("/api/live") as second:
            first.send_json({"type": "room", "secret": secret})
            code = first.receive_json()["code"]
            second.send_json({"type": "room", "secret": "0" * 32})
            answer = second.receive_json()
            assert answer["code"] is None
            assert answer["detail"] == "there are too many rooms; please try again later"
            with client.websocket_connect(f"/api/rooms/{code}") as follower:
                assert follower.receive_json()["presented"]
                told = refused(client, f"/api/rooms/{code}")
                assert told == (
                    wiring.TRY_AGAIN_LATER,
                    "there is no place for another follower; please try again later",
                )
                for _ in range(6):
                    follower.send_json({"type": "ack", "frame": 1})
                with pytest.raises(WebSocketDisconnect) as closed:
                    follower.receive_json()
                assert closed.value.code == wiring.TRY_AGAIN_LATER
        eventually(lambda: not client.app.state.sessions)


def test_the_settings_of_rooms_are_read():
    found = from_environment(
        {
            "PLAYGROUND_MAX_ROOMS": "3",
            "PLAYGROUND_MAX_FOLLOWERS": "7",
            "PLAYGROUND_ROOM_IDLE_SECONDS": "2.5",
        }
    )
    rooms = create_app(found).state.rooms
    assert (rooms.most, rooms.most_followers, rooms.idle_seconds) == (3, 7, 2.5)
