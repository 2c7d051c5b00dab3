"""What one client may cost the others: places, messages, bytes and time."""

import contextlib
import gzip
import http.client
import json
import select
import socket
import struct
import time
from pathlib import Path

import pytest
from starlette.requests import Request
from websockets.exceptions import ConnectionClosed

from app.api.bucket import Bucket
from app.api.pages import plotly_script
from app.api.sessions import address_of
from tests.serving import LOOPBACK, LiveClient, Server, eventually

LARGEST = {
    "data": {"points": [[i / 7.0, -i / 3.0, i % 2] for i in range(10_000)]},
    "network": {"hidden": [64] * 12},
}


def closed(page):
    """The code and the reason with which the server ends the connection."""
    try:
        while True:
            page.receive()
    except ConnectionClosed as end:
        return end.rcvd.code, end.rcvd.reason


@pytest.fixture(scope="module")
def strict():
    """One server with narrow limits for all of these tests."""
    with Server.start(
        PLAYGROUND_WORKERS="2",
        PLAYGROUND_MAX_SESSIONS_PER_ADDRESS="2",
        PLAYGROUND_MAX_MESSAGES_PER_SECOND="40",
        PLAYGROUND_READ_SECONDS="1",
        PLAYGROUND_TRUSTED_PROXIES="127.0.0.0/8",
    ) as server:
        yield server


# --- places -------------------------------------------------------------------------------------------------


def test_an_address_has_so_many_places_and_no_more_and_gets_them_back(strict):
    with LiveClient(strict) as one, LiveClient(strict) as two:
        for page in (one, two):
            page.open({})
            page.paused_at(0)
        with LiveClient(strict) as third:
            assert closed(third) == (1013, "too many sessions from your address; please try again later")
        with LiveClient(strict, headers={"X-Forwarded-For": "192.0.2.7"}) as elsewhere:
            elsewhere.open({})
            elsewhere.paused_at(0)
        one.send("step")
        one.paused_at(1)
    eventually(lambda: strict.json("GET", "/api/health")["sessions"] == 0)
    with LiveClient(strict) as page:
        page.open({})
        page.paused_at(0)


def test_an_address_has_as_many_runs_and_sweeps_at_once_beside_its_sessions(strict):
    def another(**headers):
        status, told, body = strict.request("POST", "/api/runs", {"steps": 1}, headers)
        return status, told.get("Retry-After"), json.loads(body).get("detail")

    busy = (503, "2", "too many runs from your address at the same time; please try again")
    with contextlib.ExitStack() as stack:
        pages = [stack.enter_context(LiveClient(strict)) for _ in range(2)]
        for path in ("/api/runs/stream", "/api/sweeps"):
            connection = http.client.HTTPConnection(LOOPBACK, strict.port, timeout=60)
            stack.callback(connection.close)
            connection.request("POST", path, b'{"steps": 200000}')
            answer = connection.getresponse()
            stack.callback(answer.close)
            assert answer.readline()
        assert another() == busy
        assert another(**{"X-Forwarded-For": "192.0.2.7"})[0] == 200
        pages[0].open({})
        pages[0].paused_at(0)
    eventually(lambda: another()[0] == 200)


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_address(host, counted):
    assert address_of(Request({"type": "http", "client": (host, 1)})) == counted


# --- messages -----------------------------------------------------------------------------------------------


def test_a_bucket_gives_its_burst_then_its_rate(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("app.api.bucket.time.monotonic", lambda: now[0])
    bucket = Bucket(rate=10, burst=50)
    assert sum(bucket.take() for _ in range(100)) == 50
    now[0] += 0.35
    assert sum(bucket.take() for _ in range(100)) == 3
    now[0] += 1000
    assert sum(bucket.take() for _ in range(100)) == 50


def test_a_long_message_costs_more_and_one_that_costs_all_can_still_be_said(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("app.api.bucket.time.monotonic", lambda: now[0])
    bucket = Bucket(rate=10, burst=50)
    assert bucket.take(40)
    assert not bucket.take(20)
    assert bucket.take(10)
    now[0] += 5
    assert bucket.take(400)
    assert not bucket.take()


def test_who_sends_much_is_read_more_slowly(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("app.api.bucket.time.monotonic", lambda: now[0])
    bucket = Bucket(rate=10, burst=50)
    assert [bucket.wait(30), bucket.wait(30), bucket.wait(20)] == [0, 1, 3]  # 10 and then 30 too many
    now[0] += 3
    assert bucket.wait(0) == 0
    now[0] += 1000
    assert bucket.wait(90) == 4  # more than it holds: 40 too many
    assert bucket.wait(10) == 5


def test_who_talks_too_much_is_told_and_nobody_else_notices(strict):
    with LiveClient(strict) as quiet, LiveClient(strict) as loud:
        quiet.open({}, playing=True, speed=None)
        quiet.until(lambda f: f.step > 10)
        with contextlib.suppress(ConnectionClosed):
            for _ in range(2_000):
                loud.send("ack", frame=0)
        assert closed(loud) == (1013, "too many messages at once; please try again")
        step = quiet.frames[-1].step
        assert quiet.until(lambda f: f.step > step + 100).playing


def test_a_page_that_draws_sixty_frames_a_second_is_never_too_loud():
    # The page's own sum: 60 acknowledgements, and a look or a seek with each of 60 movements of the hand.
    bucket, refused, clock = Bucket(200, 1000), 0, 0.0
    for _ in range(60 * 120):
        clock += 1 / 60
        bucket._at -= 1 / 60  # the time that passes
        refused += not bucket.take()
        refused += not bucket.take()
    assert refused == 0


# --- time ---------------------------------------------------------------------------------------------------


def drip(server, first, part, every=0.1, seconds=6.0):
    """What a server answers to somebody who sends ``part`` again and again, and after how long it hung up."""
    begun = time.monotonic()
    heard = b""
    slow = socket.create_connection((LOOPBACK, server.port), timeout=every)
    with slow, contextlib.suppress(OSError):
        slow.sendall(first)
        while time.monotonic() - begun < seconds:
            try:
                got = slow.recv(1000)
                if not got:
                    break
                heard += got
            except TimeoutError:
                slow.sendall(part)
    return heard, time.monotonic() - begun


SLOW = {
    "a head": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"X-A: b\r\n"),
    "a body": (b"POST /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{", b" "),
    "a body in chunks": (
        b"POST /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\n \r\n",
    ),
    "nothing": (b"", b""),
    "an upgrade": (b"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n", b"X-A: b\r\n"),
}


@pytest.mark.parametrize(("first", "part"), SLOW.values(), ids=SLOW)
def test_who_sends_a_byte_now_and_then_is_hung_up_on(strict, first, part):
    heard, took = drip(strict, first, part)
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"Content-Type: application/problem+json" in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["detail"] == "the request did not come whole in time"
    assert took < 5  # its limit is 1 s; it would go on for 6 s


def test_a_second_request_on_the_same_connection_is_watched_too(strict):
    whole = b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    heard, took = drip(strict, whole + b"GET /api/health HTTP/1.1\r\nHo", b"o")
    assert heard.startswith(b"HTTP/1.1 200 ")
    assert took < 5


def test_many_slow_ones_keep_nobody_waiting(strict):
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            slow = stack.enter_context(socket.create_connection((LOOPBACK, strict.port), timeout=5))
            slow.sendall(b"GET / HTTP/1.1\r\nX-A")
        with LiveClient(strict) as page:
            page.open({}, step=50)
            page.paused_at(50)
        assert strict.request("GET", "/api/health")[0] == 200


def test_a_stream_may_be_silent_for_as_long_as_it_likes(strict):
    # Longer than the second that a request may take: an upgrade is a request that never ends.
    with LiveClient(strict) as page:
        page.open({})
        page.paused_at(0)
        with pytest.raises(TimeoutError):
            page.receive(1.5)
        page.send("step")
        page.paused_at(1)


# --- messages that are not whole ----------------------------------------------------------------------------


def begun(server, path="api/live", size=3_900_000, sent=b" ", more=b""):
    """A stream on which a message of ``size`` bytes has been begun, and only ``sent`` of it has come."""
    page = LiveClient(server, path=path)
    # The last fragment of a text, masked with zeros.
    page.socket.socket.sendall(more + b"\x81\xff" + struct.pack(">Q", size) + bytes(4) + sent)
    return page


@pytest.mark.parametrize("every", [None, 0.2])
def test_a_message_that_is_never_whole_ends_the_connection(strict, every):
    opening = json.dumps({"type": "open", "lanes": [{}]}).encode()
    whole = b"\x81\xfe" + struct.pack(">H", len(opening) + 200) + bytes(4) + opening + b" " * 200
    before = time.monotonic()
    with begun(strict, more=whole) as page:
        page.paused_at(0)  # what came whole is answered, and buys no time for what did not
        with contextlib.suppress(OSError):
            while every and time.monotonic() < before + 3:
                page.socket.socket.sendall(b" ")
                time.sleep(every)
        assert closed(page) == (1008, "a message did not come whole in time")
    assert time.monotonic() - before < 5  # its limit is 1 s


def test_a_message_that_takes_its_time_and_comes_whole_is_read(strict):
    text = json.dumps({"type": "open", "lanes": [{}]}).encode()
    with begun(strict, size=len(text), sent=text[:5]) as page:
        for part in (text[5:10], text[10:]):
            time.sleep(0.3)
            page.socket.socket.sendall(part)
        page.paused_at(0)
        time.sleep(1.2)  # the time for it is over, and does not count for the next
        page.send("step")
        page.paused_at(1)


def test_a_message_in_very_many_parts_ends_the_connection(strict):
    with LiveClient(strict) as page:
        page.socket.socket.sendall(b"\x01\x80" + bytes(4) + (b"\x00\x80" + bytes(4)) * 2_000)
        assert closed(page) == (1009, "a message of more than 1000 parts")


def test_who_follows_a_room_may_send_no_large_message(server):
    with LiveClient(server) as presenter:
        presenter.send("room", secret="b" * 32)
        presenter.open({})
        code = eventually(
            lambda: next((m["code"] for m in [presenter.receive()] if "code" in as_dict(m)), None)
        )
        with begun(server, f"api/rooms/{code}", sent=b" " * 100) as page:
            assert closed(page)[0] == 1009


def as_dict(message):
    return message if isinstance(message, dict) else {}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_all_messages_that_are_held_back_have_a_bound_together(own_server):
    with LiveClient(own_server) as page, contextlib.ExitStack() as stack:
        page.open({})
        page.paused_at(0)
        before = memory(own_server.pid)
        held = [stack.enter_context(begun(own_server, sent=b" " * 3_800_000)) for _ in range(30)]
        # A farewell would be taken for more of the text, and its answer be waited for.
        stack.callback(lambda: [page.socket.socket.close() for page in held])
        # 64 MB are sixteen of them; those that have been held longest are sent away.
        for one in held[:10]:
            assert closed(one) == (1013, "too many large messages at once; please try again")
        assert memory(own_server.pid) - before < 110  # all would be 114 MB and more
        page.send("step")
        page.paused_at(1)


# --- requests that are not whole ----------------------------------------------------------------------------


@pytest.fixture
def narrow():
    """A server that holds no more than 20 MB of what it has not read."""
    with Server.start(PLAYGROUND_WORKERS="1", PLAYGROUND_MAX_HELD_BYTES="20000000") as server:
        yield server


def upload(server, stack, size=3_900_000, sent=3_800_000):
    """A request with a body of ``size`` bytes, of which only ``sent`` ever come."""
    slow = stack.enter_context(socket.create_connection((LOOPBACK, server.port), timeout=20))
    head = f"POST /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n\r\n"
    slow.sendall(head.encode() + b" " * sent)
    return slow


def answer(slow):
    """The status, the headers and the problem that come back."""
    with http.client.HTTPResponse(slow) as came:
        came.begin()
        return came.status, came.headers, json.loads(came.read())


def answered(sockets, least):
    """Those to which something has been answered, once they are so many."""
    ready = select.select(sockets, [], [], 0)[0]
    return ready if len(ready) >= least else []


def number(server, sample):
    """What /metrics says of it."""
    told = server.request("GET", "/metrics")[2].decode()
    return float(next((line.split()[1] for line in told.splitlines() if line.startswith(sample)), 0))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_all_bodies_that_are_held_back_have_a_bound_together_and_others_are_answered(narrow):
    with LiveClient(narrow) as page, contextlib.ExitStack() as stack:
        page.open({}, playing=True, speed=200.0)
        page.until(lambda f: f.step > 10)
        before = memory(narrow.pid)
        slow = [upload(narrow, stack) for _ in range(40)]

        # 20 MB are five of them, or four where another's next packet has just come: which ones stay is the
        # server's order of reading.
        def settled():
            gone = answered(slow, 35)
            left = number(narrow, "playground_held_bytes")
            return gone if left == (len(slow) - len(gone)) * 3_800_000 else []

        gone = eventually(settled)
        assert len(gone) <= 36
        for one in gone:
            status, headers, told = answer(one)
            assert (status, told["title"]) == (503, "Service Unavailable")
            assert told["detail"] == "too many large messages at once; please try again"
            assert headers["Content-Type"] == "application/problem+json"
            assert int(headers["Retry-After"]) > 0
        assert number(narrow, 'playground_rejections_total{reason="held"}') == len(gone)
        assert memory(narrow.pid) - before < 80  # all would be 152 MB and more
        for padding in (0, 100_000, 3_000_000):
            assert narrow.request("POST", "/api/runs", b'{"steps": 1}' + b" " * padding)[0] == 200
        step = page.frames[-1].step
        page.until(lambda f: f.step > step + 100)
    eventually(lambda: number(narrow, "playground_held_bytes") == 0)


def test_heads_that_are_held_back_count_too():
    # A hundred of 15 kB are 1.5 MB: what is allowed are 13 of them.
    room = {"PLAYGROUND_MAX_HELD_BYTES": "200000", "PLAYGROUND_MAX_BODY_BYTES": "40000"}
    with (
        Server.start(PLAYGROUND_WORKERS="1", **room) as server,
        contextlib.ExitStack() as stack,
    ):
        slow = []
        for _ in range(100):
            slow.append(stack.enter_context(socket.create_connection((LOOPBACK, server.port), timeout=20)))
            slow[-1].sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 15_000)
        for one in eventually(lambda: answered(slow, 87)):
            status, headers, told = answer(one)
            assert (status, told["detail"]) == (503, "too many large messages at once; please try again")
            assert int(headers["Retry-After"]) > 0
        eventually(lambda: 150_000 < number(server, "playground_held_bytes") <= 200_000)
        assert server.request("GET", "/api/health")[0] == 200


def test_a_slow_request_is_counted(strict):
    drip(strict, *SLOW["a head"])
    told = strict.request("GET", "/metrics")[2].decode()
    assert 'playground_rejections_total{reason="slow"}' in told


def taken(server, first_pause, every, pause):
    """The bytes of the longest answer that come to somebody who rests first, and after every so many."""
    with socket.create_connection((LOOPBACK, server.port), timeout=10) as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 50_000)
        lazy.sendall(b"GET /vendor/plotly.min.js HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        time.sleep(first_pause)
        got = rested = 0
        with contextlib.suppress(OSError):
            while part := lazy.recv(100_000):
                got += len(part)
                if got - rested > every:
                    rested = got
                    time.sleep(pause)
        return got


def test_an_answer_that_nobody_takes_is_not_kept(strict):
    # The second that an answer may wait is over before anything of it is read.
    assert taken(strict, 2.5, 10**9, 0) < len(gzip.decompress(plotly_script().packed))


def test_an_answer_that_is_taken_slowly_comes_whole(strict):
    status, _, body = strict.request("GET", "/vendor/plotly.min.js")
    assert status == 200
    assert taken(strict, 0, len(body) // 5, 0.5) > len(body)  # in 2.5 s, head included


# --- bytes --------------------------------------------------------------------------------------------------


def memory(process_id):
    """Megabytes that a process holds."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return next(int(line.split()[1]) / 1e3 for line in status.splitlines() if line.startswith("VmRSS"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_burst_of_the_largest_experiments_is_bounded_and_others_are_still_served(server):
    # A step of one takes more than a second, a look at it another one: four of them on two workers, two
    # lanes each, would be 20 s of work before it is the other's turn.
    def message(page):
        """Two runs that nobody else has, or they would be computed together."""
        lanes = [
            {**LARGEST, "init": {"method": "he", "scale": None, "seed": seed}} for seed in (page, page + 100)
        ]
        return json.dumps({"type": "open", "lanes": lanes, "playing": True, "speed": None})

    with LiveClient(server) as other, contextlib.ExitStack() as stack:
        other.open({}, playing=True, speed=200.0)
        other.until(lambda f: f.step > 100)
        before = memory(server.pid)
        pages = [stack.enter_context(LiveClient(server)) for _ in range(4)]
        for _ in range(3):
            for i, page in enumerate(pages):
                page.send_raw(message(i))
        other.until(lambda f: f.step > 500)
        waited = []
        for _ in range(10):
            for control, playing in (("pause", False), ("play", True)):
                begun = time.monotonic()
                other.send(control)
                other.until(lambda f: f.playing is playing)  # noqa: B023
                waited.append(time.monotonic() - begun)
            step = other.frames[-1].step
            other.until(lambda f: f.step > step + 20)  # noqa: B023
        assert sorted(waited)[-2] < 0.5  # 95 % of twenty; 2 s to 12 s where every worker is taken
        assert memory(server.pid) - before < 300
    eventually(lambda: server.json("GET", "/api/health")["sessions"] == 0)
