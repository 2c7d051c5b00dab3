"""The real server in a process of its own, and a client that speaks its stream."""

import contextlib
import http.client
import json
import math
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 15.0


def kill(process_id: int) -> None:
    """End a process at once; one that has ended already is as dead."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGKILL)


def eventually(holds: Callable[[], Any], seconds: float = 10.0, every: float = 0.02) -> Any:
    """What ``holds()`` returns once it is true; an AssertionError if it is not within ``seconds``."""
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, f"still not so after {seconds:g} s"
        time.sleep(every)
    return found


def free_port() -> int:
    """A port of the loopback that nobody listens on at this moment."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        return int(taken.getsockname()[1])


def alive(process_id: int) -> bool:
    """Whether a process exists and has not ended; one that waits to be reaped has ended."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):  # no /proc: then the signal's answer has to do
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    return True


def processor_seconds(process_id: int) -> float:
    """How long a process has computed so far (Linux only)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Server:
    """``python -m app`` on a port of the loopback.

    It ends with ``stop()``, ``kill()``, the end of a ``with`` block, or the end of this process,
    whatever ends it.
    """

    def __init__(self, port: int, environment: dict[str, str], log: IO[Any] | None = None) -> None:
        self.port = port
        self.environment = environment
        self._log = log or tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the server
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, port: int = 0, log: IO[Any] | None = None, **environment: str) -> Self:
        """A server that answers; ``environment`` is added to this process's own."""
        while True:
            server = cls(port or free_port(), environment, log)
            try:
                server._begin()
                return server
            except OSError:  # somebody else took the free port first
                server._close()
                if port:
                    raise

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server does not run"
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has written so far."""
        return os.pread(self._log.fileno(), 1_000_000, 0).decode(errors="replace")

    @property
    def children(self) -> list[int]:
        """The process ids of its workers (Linux only)."""
        listing = ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.pid)]
        told = subprocess.run(listing, capture_output=True, text=True)
        return [int(line.split()[0]) for line in told.stdout.splitlines() if "spawn_main" in line]

    def stop(self) -> int:
        """SIGTERM, and wait; returns the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL: it has no chance to tidy up."""
        return self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again on the same port."""
        if self._process is not None:
            self.stop()
        self._begin()

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers and body of an answer; a ``body`` that is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=70)
        try:
            sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, sent, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer that must be 200."""
        status, _, content = self.request(method, path, body)
        assert status == 200, content
        return json.loads(content, parse_constant=_refuse)

    def _begin(self) -> None:
        given = {"PLAYGROUND_HOST": LOOPBACK, "PLAYGROUND_PORT": str(self.port), **self.environment}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app"],
            cwd=ROOT,
            env={**os.environ, **given},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        # The shell reads until this process has gone, then ends the server, which its workers notice.
        self._guard = subprocess.Popen(
            ["sh", "-c", f"read never; kill -9 {self.pid}"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        try:
            eventually(self._answers, START_SECONDS)
        except BaseException:
            if self._process is not None:
                self.kill()
            raise

    def _answers(self) -> bool:
        assert self._process is not None
        if (code := self._process.poll()) is not None:
            self._end(signal.SIGKILL)
            if "address already in use" in self.log:
                raise OSError(f"port {self.port} is taken")
            raise AssertionError(f"the server ended with {code}:\n{self.log}")
        with contextlib.suppress(OSError):
            return self.request("GET", "/api/health")[0] == 200
        return False

    def _end(self, how: int) -> int:
        process, guard = self._process, self._guard
        assert process is not None, "the server does not run"
        assert guard is not None
        process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the server did not stop:\n{self.log}") from None
        finally:
            self._process = self._guard = None
            guard.kill()
            guard.communicate()
        return process.returncode

    def _close(self) -> None:
        try:
            if self._process is not None:
                crashed = self._process.poll() is not None
                code = self._end(signal.SIGTERM)
                assert not crashed, f"the server had ended with {code}:\n{self.log}"
        finally:
            self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@dataclass(frozen=True)
class LaneFrame:
    """One lane of a frame: what its header says, and its arrays by name."""

    header: dict[str, Any]
    arrays: dict[str, np.ndarray]
    raw: dict[str, bytes]

    def __getitem__(self, name: str) -> Any:
        return self.header[name]

    @property
    def theta(self) -> bytes:
        """The bits of W[1], b[1], W[2], ..."""
        layers = range(1, 1 + sum(name.startswith("W") for name in self.raw))
        return b"".join(self.raw[f"{letter}{layer}"] for layer in layers for letter in "Wb")


@dataclass(frozen=True)
class Frame:
    """A binary message of the stream."""

    header: dict[str, Any]
    lanes: list[LaneFrame]
    size: int

    @property
    def number(self) -> int:
        return int(self.header["frame"])

    @property
    def step(self) -> int:
        return int(self.header["step"])

    @property
    def playing(self) -> bool:
        return bool(self.header["playing"])

    @property
    def lane(self) -> LaneFrame:
        """The only lane."""
        (lane,) = self.lanes
        return lane


def decode(message: bytes) -> Frame:
    """u32 length, a JSON header of that length, and behind it the buffers, each on a multiple of 8."""
    (length,) = struct.unpack_from("<I", message)
    begin = 4 + length
    assert begin % 8 == 0
    header = json.loads(message[4:begin], parse_constant=_refuse)
    lanes, end = [], begin
    for lane in header["lanes"]:
        arrays, raw = {}, {}
        for name, (offset, kind, shape) in lane["buffers"].items():
            first = begin + lane["at"] + offset
            dtype = np.dtype(kind).newbyteorder("<")
            count = math.prod(shape)
            assert first % 8 == 0
            raw[name] = message[first : first + count * dtype.itemsize]
            arrays[name] = np.frombuffer(message, dtype, count, first).reshape(shape)
            end = max(end, first + len(raw[name]))
        lanes.append(LaneFrame(lane, arrays, raw))
    assert 0 <= len(message) - end < 8, "bytes that no buffer explains"
    return Frame(header, lanes, len(message))


@dataclass
class LiveClient:
    """A page without a picture: it sends controls, and acknowledges frames unless told not to."""

    server: Server
    origin: str | None = None
    acknowledging: bool = True
    path: str = "api/live"
    headers: dict[str, str] | None = None
    frames: list[Frame] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        address = f"ws://{LOOPBACK}:{self.server.port}/{self.path}"
        connection = connect(
            address,
            origin=self.origin,  # type: ignore[arg-type]
            additional_headers=self.headers,
            compression=None,
            proxy=None,
            max_size=None,
            open_timeout=20,
            close_timeout=5,
        )
        self._ending = contextlib.ExitStack()
        self.socket = self._ending.enter_context(connection)

    def send(self, kind: str, **fields: Any) -> None:
        self.send_raw(json.dumps({"type": kind, **fields}))

    def send_raw(self, message: str | bytes) -> None:
        self.socket.send(message)

    def open(self, *experiments: dict[str, Any], **fields: Any) -> None:
        """Show these experiments, paused unless ``fields`` says otherwise."""
        self.send("open", lanes=list(experiments or ({},)), **fields)

    def receive(self, seconds: float = 20.0) -> Frame | dict[str, Any]:
        """The next message; TimeoutError if there is none."""
        message = self.socket.recv(seconds)
        if isinstance(message, str):
            told: dict[str, Any] = json.loads(message, parse_constant=_refuse)
            self.messages.append(told)
            return told
        frame = decode(message)
        self.frames.append(frame)
        if self.acknowledging:
            self.acknowledge(frame)
        return frame

    def acknowledge(self, frame: Frame) -> None:
        self.send("ack", frame=frame.number)

    def until(self, holds: Callable[[Frame], bool], seconds: float = 30.0) -> Frame:
        """The next frame of which ``holds`` is true; an AssertionError if none is within ``seconds``."""
        end = time.monotonic() + seconds
        while True:
            try:
                message = self.receive(max(end - time.monotonic(), 0.001))
            except TimeoutError:
                last = self.frames[-1].header if self.frames else None
                raise AssertionError(f"no such frame in {seconds:g} s; the last one was {last}") from None
            if isinstance(message, Frame) and holds(message):
                return message
            if isinstance(message, dict) and message["type"] == "error":
                raise AssertionError(message)

    def paused_at(self, step: int, seconds: float = 30.0) -> Frame:
        """The first frame that stands at ``step``."""
        return self.until(lambda frame: frame.step == step and not frame.playing, seconds)

    def error(self, seconds: float = 20.0) -> dict[str, Any]:
        """The problem of the next error message; frames in between are passed over."""
        end = time.monotonic() + seconds
        while True:
            message = self.receive(max(end - time.monotonic(), 0.001))
            if isinstance(message, dict) and message["type"] == "error":
                problem: dict[str, Any] = message["problem"]
                return problem

    def close(self) -> None:
        self._ending.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
