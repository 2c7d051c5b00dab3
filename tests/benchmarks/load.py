"""``make load``: a lecture hall. The server, and real WebSocket clients that acknowledge as the page does.

Prints a table, one line a scenario: frames a second (slowest, median, fastest client), the time from a
control to the first frame that shows it (median, 95th percentile), the lag of the server's event loop and
its memory, workers included. ``python -m tests.benchmarks.load --help`` has the numbers that can be changed.
"""

import argparse
import asyncio
import json
import os
import statistics
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.serving import Server

VIEW = {"boundary": 100, "maps": 36, "units": 8, "activations": True, "panel": "activations"}
CONTROL_EVERY = 3.0
WARM_UP = 3.0


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
    server: Server,
    viewers: int,
    seconds: float,
    experiment: Callable[[int], dict[str, Any]],
    speed: int | None = 200,
    every: float = 0.0,
) -> dict[str, Any]:
    """What ``viewers`` at once see for ``seconds``; memory is read every ``every`` seconds, if given."""
    url = server.url.replace("http", "ws") + "/api/live"
    watching = [Viewer() for _ in range(viewers)]
    tasks = []
    for i, viewer in enumerate(watching):
        tasks.append(
            asyncio.create_task(viewer.watch(url, experiment(i), speed, (i % 30) / 30 * CONTROL_EVERY))
        )
        await asyncio.sleep(0.005)
    await asyncio.sleep(WARM_UP)
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
        "lost": len(ended),
        "faults": [fault for viewer in watching for fault in viewer.faults],
    }


def line(name: str, found: dict[str, Any]) -> str:
    """One row of the table."""
    rates = found["rates"]
    megabytes = found["memory"]
    return (
        f"{name:<42}{min(rates):7.1f}{statistics.median(rates):7.1f}{max(rates):7.1f}"
        f"{statistics.median(found['latencies'] or [float('nan')]) * 1e3:9.0f}"
        f"{percentile(found['latencies'], 0.95) * 1e3:7.0f}"
        f"{megabytes[0]:9.0f}{megabytes[-1]:7.0f}{found['lost']:6d}{len(found['faults']):7d}"
    )


HEAD = (
    f"{'':<42}{'frames a second':^21}{'control, ms':^16}{'memory, MB':^16}\n"
    f"{'':<42}{'least':>7}{'half':>7}{'most':>7}{'half':>9}{'95 %':>7}{'begin':>9}{'end':>7}"
    f"{'lost':>6}{'faults':>7}"
)


def main() -> None:
    """The table."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--viewers", type=int, default=100, help="of as many different runs (default 100)")
    read.add_argument("--seconds", type=float, default=20, help="that each scenario is measured (default 20)")
    read.add_argument("--soak", type=float, default=0, help="minutes of the last scenario (default none)")
    asked = read.parse_args()
    print(f"{os.cpu_count()} cores, shared by the server, its workers and the clients\n\n{HEAD}")
    with Server.start(PLAYGROUND_MAX_SESSIONS="1000") as server:
        for name, viewers, speed in (
            ("one viewer", 1, 200),
            (f"{asked.viewers} viewers of different runs, 200 steps/s", asked.viewers, 200),
            (f"{asked.viewers} viewers of different runs, full speed", asked.viewers, None),
        ):
            found = asyncio.run(crowd(server, viewers, asked.seconds, different, speed))
            print(line(name, found), flush=True)
        if asked.soak:
            found = asyncio.run(crowd(server, asked.viewers, 60 * asked.soak, different, 200, every=10.0))
            print(line(f"{asked.viewers} viewers, {asked.soak:g} minutes", found))
            print("memory, MB, every 10 s:", " ".join(f"{value:.0f}" for value in found["memory"]))


def different(number: int) -> dict[str, Any]:
    """An experiment of one's own."""
    return {"init": {"seed": number}, "data": {"seed": number % 7}}


if __name__ == "__main__":
    main()
