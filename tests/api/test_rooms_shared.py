"""Rooms of several servers: a real Redis between them, a real nginx before them, and either may go."""

import json
import secrets
import signal
import socket
import time

import pytest
from websockets.exceptions import ConnectionClosed, WebSocketException

from app.api import rooms as wiring
from tests.api.test_rooms import closing, curve_of, follow, present, told_until
from tests.services import Nginx, Redis
from tests.serving import LOOPBACK, LiveClient, Server, eventually

RECONNECT = 10.0
"""Seconds that a page may take to be back, on a machine that does other things too."""


@pytest.fixture(scope="module")
def redis():
    with Redis() as running:
        yield running


@pytest.fixture(scope="module")
def servers(redis):
    """Two servers that know each other only through Redis."""
    setting = {"PLAYGROUND_REDIS_URL": redis.url, "PLAYGROUND_WORKERS": "1"}
    with Server.start(**setting) as one, Server.start(**setting) as two:
        yield one, two


@pytest.fixture
def secret():
    return secrets.token_hex(16)


def ask_redis(redis, *words):
    """What Redis answers to a command, in its own protocol."""
    with socket.create_connection((LOOPBACK, redis.port), 5) as connection:
        connection.sendall(" ".join(words).encode() + b"\r\n")
        return connection.recv(1000).decode()


def test_a_room_is_followed_on_another_server(servers, secret, redis):
    one, two = servers
    with LiveClient(one) as presenter:
        code = present(presenter, secret, {}, playing=True, speed=None, until=800)
        with follow(two, code) as far, follow(one, code) as near:
            presenter.paused_at(800)
            assert far.paused_at(800).lane.theta == near.paused_at(800).lane.theta
            assert curve_of(far) == curve_of(near)
            told_until(presenter, lambda m: m["followers"] == 2)
            with follow(two, code) as late:  # that server has all it takes by now
                assert late.paused_at(800).header["scene"]
                assert curve_of(late) == curve_of(near)
                told_until(presenter, lambda m: m["followers"] == 3)
                # A server subscribes once, however many of its pages follow.
                assert ask_redis(redis, "PUBSUB", "NUMSUB", f"planar:room:{code}:down").endswith(":1\r\n")
            # What is no message of ours is passed over.
            for way in ("up", "down"):
                for nonsense in ("F", "Fnothing", "S[1,2]", "S{", "[]", '{"server":1}', "''"):
                    ask_redis(redis, "PUBLISH", f"planar:room:{code}:{way}", f"'{nonsense}'")
            presenter.send("look", view={"panel": "weights"})
            assert (
                far.until(lambda f: f.lane["panel"]["name"] == "weights").header["view"]["panel"] == "weights"
            )
            presenter.open({"init": {"method": "zeros"}})
            assert far.until(lambda f: f.header["scene"]).lane["experiment"]["init"]["method"] == "zeros"


def test_answers_from_every_server_are_counted_together(servers, secret):
    one, two = servers
    with LiveClient(one) as presenter:
        code = present(presenter, secret, {})
        presenter.send("ask", lesson="nudge")
        with follow(one, code) as near, follow(two, code) as far:
            for i, follower in enumerate((near, far)):
                told_until(follower, lambda m: m.get("question"))
                follower.send("answer", voter=f"{i:032x}", lesson="nudge", choice=2 * i)
            assert told_until(presenter, lambda m: sum(m["counts"] or []) == 2)["counts"] == [1, 0, 1]
            presenter.send("ask", lesson="nudge", revealed=True)
            assert told_until(far, lambda m: m["question"]["revealed"])["counts"] == [1, 0, 1]
            presenter.send("close_room")
            assert closing(far)[0] == wiring.CLOSED
    with follow(two, code) as nobody:
        assert closing(nobody)[0] == wiring.NO_SUCH_ROOM
    # Closed and opened again in one breath.
    with LiveClient(one) as presenter:
        assert present(presenter, secret, {}, step=3) == code
        presenter.send("close_room")
        presenter.send("room", secret=secret)
        assert told_until(presenter, lambda m: m["code"] is None)["why"] == "closed"
        assert told_until(presenter, lambda m: m["code"])["code"] == code
        with follow(two, code) as far:
            far.paused_at(3)
            told_until(presenter, lambda m: m.get("followers") == 1)


def test_the_presenter_moves_to_another_server_and_the_room_with_it(servers, secret):
    one, two = servers
    with LiveClient(one) as first, LiveClient(two) as second:
        code = present(first, secret, {}, step=10)
        with follow(one, code) as near, follow(two, code) as far:
            near.paused_at(10)
            far.paused_at(10)
            assert present(second, secret, {}, step=20) == code
            assert told_until(first, lambda m: m["code"] is None)["why"] == "taken"
            near.paused_at(20)
            far.paused_at(20)
            told_until(second, lambda m: m["followers"] == 2)
            first.send("step")
            first.paused_at(11)
            second.send("step")
            assert near.paused_at(21).step == 21


def test_the_secret_of_another_room_proves_nothing_elsewhere(servers, secret, redis):
    one, two = servers
    with LiveClient(one) as presenter, LiveClient(two) as thief:
        code = present(presenter, secret, {})
        # A thief would need another secret with the same code; the proof that Redis has would differ.
        other = secrets.token_hex(16)
        with LiveClient(one) as probe:
            stolen = present(probe, other, {})
            probe.send("close_room")
            told_until(probe, lambda m: m["code"] is None)
        eventually(lambda: ask_redis(redis, "EXISTS", f"planar:room:{stolen}") == ":0\r\n")
        kept = json.dumps({"server": "else", "since": time.time_ns(), "proof": "00" * 32}).replace(" ", "")
        ask_redis(redis, "SET", f"planar:room:{stolen}", f"'{kept}'", "EX", "20")
        thief.send("room", secret=other)
        refused = told_until(thief, lambda m: m["type"] == "room")
        assert refused["code"] is None
        assert refused["detail"] == "another presenter has a room with this code; please take a new code"
        assert code != stolen


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_without_redis_a_server_goes_on_alone_and_is_joined_again(servers, secret, redis, how):
    one, two = servers
    with LiveClient(one) as presenter:
        code = present(presenter, secret, {})
        with follow(one, code) as near, follow(two, code) as far:
            near.paused_at(0)
            far.paused_at(0)
            redis.end(signal.SIGKILL) if how == "killed" else redis.freeze()
            assert told_until(presenter, lambda m: m["alone"])["code"] == code
            apart = told_until(far, lambda m: not m["reached"])
            assert not apart["presented"]
            presenter.send("step")
            near.paused_at(1)
            with follow(two, "22222222") as unknown:
                assert closing(unknown)[0] == 1013
            redis.begin() if how == "killed" else redis.thaw()
            told_until(far, lambda m: m["reached"] and m["presented"])
            far.paused_at(1)
            told_until(presenter, lambda m: not m["alone"] and m["followers"] == 2)
            presenter.send("step")
            far.paused_at(2)


# --- behind a proxy -----------------------------------------------------------------------------------------


class Page:
    """A follower that comes back by itself, as the page does."""

    def __init__(self, proxy, code):
        self.proxy, self.code, self.client = proxy, code, None

    def at(self, step, seconds=RECONNECT):
        """Wait until it shows ``step``, connecting anew as often as it takes."""
        end = time.monotonic() + seconds
        while True:
            try:
                if self.client is None:
                    self.client = follow(self.proxy, self.code)
                if self.client.frames and self.client.frames[-1].step == step:
                    return
                self.client.receive(max(end - time.monotonic(), 0.01))
            except (ConnectionClosed, WebSocketException, OSError) as gone:
                if isinstance(gone, TimeoutError) or time.monotonic() > end:
                    raise AssertionError(f"not at step {step} within {seconds} s") from gone
                self.client = None
                time.sleep(0.25)


def test_killing_either_server_loses_no_follower_for_longer_than_the_reconnect(servers, secret):
    one, two = servers
    with Nginx([one.port, two.port]) as proxy:
        with LiveClient(proxy) as presenter:
            code = present(presenter, secret, {}, step=5)
            pages = [Page(proxy, code) for _ in range(4)]
            for page in pages:
                page.at(5)
            told_until(presenter, lambda m: m["followers"] == 4)
        # The presenter's connections go through the proxy too, to one server or the other.
        step = 5
        for gone in (one, two):
            gone.kill()
            with LiveClient(proxy) as presenter:
                step += 1
                assert present(presenter, secret, {}, step=step) == code
                for page in pages:
                    page.at(step)
                told_until(presenter, lambda m: m["followers"] == 4)
                if gone is one:
                    gone.restart()  # the other is left as it is, for this is the last test
                step += 1
                presenter.send("step")
                for page in pages:
                    page.at(step)
        for page in pages:
            page.client.close()
