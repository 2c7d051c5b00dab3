"""``make load``: a lecture hall. The server, and real WebSocket clients that acknowledge as the page does.

Prints a table, one line a scenario: frames a second (slowest, median, fastest client); the time from a
control to the first frame that shows it (median, 95th percentile; for followers it is the presenter's
control); the lag of the server's event loop (the bound of the bucket with its 99th percentile); memory,
workers included. ``python -m tests.benchmarks.load --help`` has the numbers that can be changed.
"""

import argparse
import asyncio
import contextlib
import json
import math
import os
import random
import re
import secrets
import statistics
import struct
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.compute.room_code import ALPHABET, LENGTH
from tests.benchmarks.visits import class_comes_in
from tests.serving import Server

VIEW = {"boundary": 100, "maps": 36, "units": 8, "activations": True, "panel": "activations"}
Found = dict[str, Any]
CONTROL_EVERY = 3.0
REST = 0.3
WARM_UP = 3.0
JUNK_EVERY = 0.01


@dataclass
class Viewer:
    """One page: it plays, acknowledges what it gets, and now and then pauses and plays again."""

    frames: int = 0
    steps: int = 0
    latencies: list[float] = field(default_factory=list)
    counting: bool = False
    faults: list[str] = field(default_factory=list)

    async def watch(self, url: str, experiment: dict[str, Any], speed: int | None, first: float) -> None:
        """Until cancelled; ``first`` is when it first takes a control, so that not all do at once."""
        async with connect(url, compression=None, max_size=None, open_timeout=60, proxy=None) as socket:
            await say(socket, "open", lanes=[experiment], playing=True, speed=speed, view=VIEW)
            playing, asked = True, 0.0
            next_control = time.monotonic() + first
            async for message in socket:
                now = time.monotonic()
                if isinstance(message, str):
                    told = json.loads(message)
                    if told["type"] == "error":
                        self.faults.append(told["problem"]["detail"])
                    continue
                header = header_of(message)
                await say(socket, "ack", frame=header["frame"])
                if self.counting and header["playing"]:
                    self.frames += 1
                self.steps = max(self.steps, header["step"])
                if asked and header["playing"] == playing:
                    if self.counting:
                        self.latencies.append(now - asked)
                    asked = 0.0
                    if not playing:  # shown at rest: on again
                        playing, asked = True, now
                        await say(socket, "play")
                elif not asked and now >= next_control:
                    next_control, playing, asked = now + CONTROL_EVERY, False, now
                    await say(socket, "pause")


@dataclass
class Class:
    """A presenter who pauses and plays, and when each control was said."""

    code: str = ""
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    said: tuple[float, bool] = (0.0, True)

    async def present(self, url: str) -> None:
        """Until cancelled."""
        async with connect(url, compression=None, max_size=None, proxy=None) as socket:
            await say(socket, "room", secret=secrets.token_hex(16))
            await say(socket, "open", lanes=[{}], playing=True, speed=200, view=VIEW)
            steering = asyncio.create_task(self._steer(socket))
            try:
                async for message in socket:
                    if isinstance(message, bytes):
                        await say(socket, "ack", frame=number_of(message))
                    elif code := json.loads(message).get("code"):
                        self.code = code
                        self.opened.set()
            finally:
                steering.cancel()

    async def _steer(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(CONTROL_EVERY)
            for kind in ("pause", "play"):
                self.said = (time.monotonic(), kind == "play")
                await say(socket, kind)
                await asyncio.sleep(REST)


async def follow(viewer: Viewer, url: str, lecture: Class) -> None:
    """See what the presenter shows, until cancelled."""
    async with connect(url, compression=None, max_size=None, open_timeout=60, proxy=None) as socket:
        seen = lecture.said
        async for message in socket:
            if isinstance(message, str):
                continue
            await socket.send(f'{{"type":"ack","frame":{number_of(message)}}}')
            playing = b'"playing":true' in message[:400]
            viewer.frames += viewer.counting
            if seen != lecture.said and playing == lecture.said[1]:
                seen = lecture.said
                if viewer.counting:
                    viewer.latencies.append(time.monotonic() - seen[0])


def rubbish(number: int) -> str:
    """A message that is none; one in a hundred is long."""
    kinds = ("[", '{"type": "dance"}', '{"type": "seek", "step": -1}', '{"a": ' * 200, "[[]," * 200)
    return kinds[number % len(kinds)] + " " * (300_000 if number % 100 == 0 else 0)


async def junk(url: str, number: int) -> None:
    """Rubbish as often as a page may speak, and now and then a room that is none, until cancelled."""
    while True:
        with contextlib.suppress(ConnectionClosed, OSError):
            async with connect(url, compression=None, max_size=None, open_timeout=60, proxy=None) as socket:
                await say(socket, "open", lanes=[{}])
                while True:
                    number += 1
                    await socket.send(rubbish(number))
                    while isinstance(await socket.recv(), bytes):
                        pass
                    if number % 20 == 0:
                        await ask_for_a_room(url)
                    await asyncio.sleep(JUNK_EVERY)


async def ask_for_a_room(url: str) -> None:
    """One that nobody has opened."""
    code = "".join(random.choices(ALPHABET, k=LENGTH))
    with contextlib.suppress(ConnectionClosed, OSError):
        async with connect(url.replace("live", f"rooms/{code}"), compression=None, proxy=None) as socket:
            await socket.recv()


def number_of(frame: bytes) -> int:
    """What a frame is acknowledged by; quicker than reading the whole header."""
    found = re.search(rb'"frame":(\d+)', frame[:200])
    assert found is not None
    return int(found[1])


def header_of(frame: bytes) -> dict[str, Any]:
    """The JSON at the head of a frame."""
    (length,) = struct.unpack_from("<I", frame)
    header: dict[str, Any] = json.loads(frame[4 : 4 + length])
    return header


async def say(socket: ClientConnection, kind: str, **fields: Any) -> None:
    """A control."""
    await socket.send(json.dumps({"type": kind, **fields}))


def memory(server: Server) -> float:
    """Megabytes of the server and its workers (Linux only)."""
    total = 0
    for process_id in (server.pid, *server.children):
        status = Path(f"/proc/{process_id}/status").read_text()
        total += int(status.split("VmRSS:")[1].split()[0])
    return total / 1024


def percentile(values: list[float], share: float) -> float:
    """The smallest value that ``share`` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


async def crowd(
    server: Server, viewers: int, seconds: float, speed: int | None, every: float = 0.0, junkers: int = 0
) -> Found:
    """``viewers`` of as many different runs at once, while ``junkers`` send rubbish."""
    url = server.url.replace("http", "ws") + "/api/live"
    sending = [asyncio.create_task(junk(url, 7 * i)) for i in range(junkers)]

    def watch(viewer: Viewer, i: int) -> Coroutine[Any, Any, None]:
        return viewer.watch(url, different(i), speed, (i % 30) / 30 * CONTROL_EVERY)

    found = await measured(server, viewers, seconds, watch, every)
    for task in sending:
        task.cancel()
    await asyncio.gather(*sending, return_exceptions=True)
    return found


async def lecture(server: Server, followers: int, seconds: float) -> Found:
    """``followers`` of one run in a room."""
    url = server.url.replace("http", "ws") + "/api"
    room = Class()
    presenting = asyncio.create_task(room.present(f"{url}/live"))
    await asyncio.wait_for(room.opened.wait(), 30)
    found = await measured(
        server, followers, seconds, lambda viewer, _: follow(viewer, f"{url}/rooms/{room.code}", room)
    )
    presenting.cancel()
    await asyncio.gather(presenting, return_exceptions=True)
    return found


async def measured(
    server: Server,
    viewers: int,
    seconds: float,
    watch: Callable[[Viewer, int], Coroutine[Any, Any, None]],
    every: float = 0.0,
) -> Found:
    """What ``viewers`` at once see for ``seconds``; memory is read every ``every`` seconds, if given."""
    watching = [Viewer() for _ in range(viewers)]
    tasks = []
    for i, viewer in enumerate(watching):
        tasks.append(asyncio.create_task(watch(viewer, i)))
        await asyncio.sleep(0.005)
    await asyncio.sleep(WARM_UP)
    lags = lag(server)
    for viewer in watching:
        viewer.counting = True
    begun, megabytes = time.monotonic(), [memory(server)]
    while (left := seconds - (time.monotonic() - begun)) > 0:
        await asyncio.sleep(min(left, every or left))
        megabytes.append(memory(server))
    took = time.monotonic() - begun
    ended = [task for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    latencies = [one for viewer in watching for one in viewer.latencies]
    return {
        "viewers": viewers,
        "rates": [viewer.frames / took for viewer in watching],
        "latencies": latencies,
        "memory": megabytes,
        "lag": percentile_of_buckets(lags, lag(server), 0.99),
        "lost": len(ended),
        "faults": [fault for viewer in watching for fault in viewer.faults],
    }


def lag(server: Server) -> dict[float, float]:
    """How often the event loop has come back no later than so many seconds."""
    told = server.request("GET", "/metrics")[2].decode()
    rows = re.findall(r'playground_loop_lag_seconds_bucket\{le="(.*?)"\} (\S+)', told)
    return {float(bound.replace("+Inf", "inf")): float(count) for bound, count in rows}


def percentile_of_buckets(before: dict[float, float], after: dict[float, float], share: float) -> float:
    """The bound of the bucket in which that share of what came between lies."""
    counts = {bound: after[bound] - before.get(bound, 0.0) for bound in sorted(after)}
    return next(bound for bound, count in counts.items() if count >= share * counts[math.inf])


def line(name: str, found: dict[str, Any]) -> str:
    """One row of the table."""
    rates = found["rates"]
    megabytes = found["memory"]
    return (
        f"{name:<42}{min(rates):7.1f}{statistics.median(rates):7.1f}{max(rates):7.1f}"
        f"{statistics.median(found['latencies'] or [float('nan')]) * 1e3:9.0f}"
        f"{percentile(found['latencies'], 0.95) * 1e3:7.0f}"
        f"{found['lag'] * 1e3:9.0f}{megabytes[0]:9.0f}{megabytes[-1]:7.0f}"
        f"{found['lost']:6d}{len(found['faults']):7d}"
    )


HEAD = (
    f"{'':<42}{'frames a second':^21}{'control, ms':^16}{'lag, ms':>9}{'memory, MB':^16}\n"
    f"{'':<42}{'least':>7}{'half':>7}{'most':>7}{'half':>9}{'95 %':>7}{'99 % <':>9}{'begin':>9}{'end':>7}"
    f"{'lost':>6}{'faults':>7}"
)


def main() -> None:
    """The table."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--viewers", type=int, default=100, help="of as many different runs (default 100)")
    read.add_argument("--followers", type=int, default=300, help="of one run (default 300)")
    read.add_argument("--junk", type=int, default=10, help="who send junk meanwhile (default 10)")
    read.add_argument("--seconds", type=float, default=20, help="that each scenario is measured (default 20)")
    read.add_argument("--soak", type=float, default=0, help="minutes of the last scenario (default none)")
    asked = read.parse_args()
    print(f"{os.cpu_count()} cores, shared by the server, its workers and the clients\n\n{HEAD}")
    viewers, seconds = asked.viewers, asked.seconds
    with Server.start(PLAYGROUND_MAX_SESSIONS="1000") as server:
        for name, scene in (
            ("one viewer", crowd(server, 1, seconds, 200)),
            (f"{viewers} viewers of different runs, 200 steps/s", crowd(server, viewers, seconds, 200)),
            (
                f"the same while {asked.junk} send junk",
                crowd(server, viewers, seconds, 200, junkers=asked.junk),
            ),
            (f"{viewers} viewers of different runs, full speed", crowd(server, viewers, seconds, None)),
            (f"{asked.followers} followers of one run", lecture(server, asked.followers, seconds)),
        ):
            print(line(name, asyncio.run(scene)), flush=True)
        for again in (False, True):
            times = asyncio.run(class_comes_in(server, asked.followers, again))
            who = "who were here before " if again else ""
            print(
                f"{asked.followers} {who}open the page at once: half have all of it after "
                f"{statistics.median(times):.1f} s, the last after {times[-1]:.1f} s",
                flush=True,
            )
        if asked.soak:
            found = asyncio.run(crowd(server, viewers, 60 * asked.soak, 200, every=10.0))
            print(line(f"{viewers} viewers, {asked.soak:g} minutes", found))
            print("memory, MB, every 10 s:", " ".join(f"{value:.0f}" for value in found["memory"]))


def different(number: int) -> dict[str, Any]:
    """An experiment of one's own."""
    return {"init": {"seed": number}, "data": {"seed": number % 7}}


if __name__ == "__main__":
    main()
