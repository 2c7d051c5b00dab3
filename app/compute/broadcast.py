"""One session's frames for many who watch: made once, handed on as they are.

It knows a frame's bytes and nothing else, so it does not matter whether they come from a session of this
process or from another server. Who saw the frame before gets the next one unchanged. Who skipped some
gets the newest with the rows of the curves that were missed; who comes late, and everybody when other
experiments are opened, gets a complete one: points, experiments and the whole curves.
"""

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.compute.curves import Curve
from app.engine.arrays import Array

OF_THE_SCENE = ("points", "labels", "shown")
"""Buffers that travel only with a scene frame; in its lanes' headers so do the next ones."""
SAID_IN_THE_SCENE = ("experiment", "parts")


def assemble(header: dict[str, Any], buffers: list[bytes]) -> bytes:
    """A frame's bytes: u32 length of the header, the header, the lanes' buffers."""
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % 8)  # so that the buffers begin on a multiple of 8
    return b"".join([struct.pack("<I", len(text)), text, *buffers])


@dataclass
class Parts:
    """A frame taken apart."""

    message: bytes
    header: dict[str, Any]
    begin: int

    @classmethod
    def of(cls, message: bytes) -> "Parts":
        (length,) = struct.unpack_from("<I", message)
        return cls(message, json.loads(message[4 : 4 + length]), 4 + length)

    def array(self, lane: int, name: str) -> Array:
        """A view on a buffer of a lane."""
        header = self.header["lanes"][lane]
        offset, kind, shape = header["buffers"][name]
        first = self.begin + header["at"] + offset
        found: Array = np.frombuffer(self.message, "<" + kind, math.prod(shape), first).reshape(shape)
        return found

    def with_arrays(self, lanes: list[tuple[dict[str, Any], dict[str, Array]]], **said: Any) -> bytes:
        """The frame with other arrays in its lanes, and other things said in its header and theirs."""
        headers = self.header["lanes"]
        ends = [*(header["at"] for header in headers[1:]), len(self.message) - self.begin]
        changed, blocks, at = [], [], 0
        for header, end, (also, arrays) in zip(headers, ends, lanes, strict=True):
            block = [self.message[self.begin + header["at"] : self.begin + end]]
            length = len(block[0])
            buffers = dict(header["buffers"])
            for name, values in arrays.items():
                raw = np.ascontiguousarray(values).tobytes()
                buffers[name] = [length, values.dtype.str[1:], list(values.shape)]
                padding = -len(raw) % 8
                block += [raw, b"\0" * padding]
                length += len(raw) + padding
            changed.append({**header, **also, "buffers": buffers, "at": at})
            blocks += block
            at += length
        return assemble({**self.header, **said, "lanes": changed}, blocks)


@dataclass
class Broadcast:
    """The newest frame, and what it takes to make it whole for whoever asks.

    ``number`` counts the frames fed to it; ``changed`` is called after each.
    """

    changed: Callable[[], None] = lambda: None
    number: int = 0
    _frame: Parts | None = None
    _scene_number: int = 0
    _scenes: list[tuple[dict[str, Any], dict[str, Array]]] = field(default_factory=list)
    _curves: list[Curve] = field(default_factory=list)
    _made: dict[int, bytes] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The number that the page acknowledges the newest frame by."""
        return int(self._frame.header["frame"]) if self._frame else 0

    @property
    def playing(self) -> bool:
        """Whether the run goes on behind the newest frame."""
        return self._frame is not None and bool(self._frame.header["playing"])

    def feed(self, message: bytes) -> None:
        """The next frame. One that cannot be shown, since no scene has come before it, is passed over."""
        frame = Parts.of(message)
        lanes = frame.header["lanes"]
        if frame.header["scene"]:
            self._open(frame)
        elif len(self._scenes) != len(lanes):
            return
        self.number += 1
        if frame.header["scene"]:
            self._scene_number = self.number
        for i, (lane, curve) in enumerate(zip(lanes, self._curves, strict=True)):
            curve.extend(self.number, lane["kept"], frame.array(i, "history"), frame.array(i, "norms"))
        self._frame = frame
        self._made = {}
        self.changed()

    def _open(self, frame: Parts) -> None:
        """Other experiments: their points, and the curves that ``curves`` says they take over."""
        before = frame.header.get("curves", [])
        taken = [
            self._curves[index].copy() if index is not None and index < len(self._curves) else Curve()
            for index in before
        ]
        lanes = frame.header["lanes"]
        self._curves = taken if len(taken) == len(lanes) else [Curve() for _ in lanes]
        self._scenes = [
            (
                {name: lane[name] for name in SAID_IN_THE_SCENE if name in lane},
                {name: frame.array(i, name) for name in OF_THE_SCENE},
            )
            for i, lane in enumerate(lanes)
        ]

    def since(self, number: int) -> bytes | None:
        """The newest frame for who saw frame ``number`` last, 0 for none; None where nothing is newer."""
        if self._frame is None or number >= self.number:
            return None
        complete = number < self._scene_number
        if not complete and number == self.number - 1:
            return self._frame.message
        key = 0 if complete else number
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def _make(self, number: int) -> bytes:
        """The newest frame with all that came after ``number``; with the scene, for number 0."""
        assert self._frame is not None
        lanes: list[tuple[dict[str, Any], dict[str, Array]]] = []
        for curve, (said, arrays) in zip(self._curves, self._scenes, strict=True):
            kept, rows, norms = curve.since(number)
            scene = (said, arrays) if number == 0 else ({}, {})
            kept = 0 if number == 0 else kept
            history = self._shaped(len(lanes), rows, norms)
            lanes.append(({**scene[0], "kept": kept}, {**scene[1], **history}))
        return self._frame.with_arrays(lanes, **({"scene": True, "curves": []} if number == 0 else {}))

    def _shaped(self, lane: int, rows: Array, norms: Array) -> dict[str, Array]:
        """The curve's arrays; without rows in the width that the newest frame gives them."""
        if len(rows):
            return {"history": rows, "norms": norms}
        assert self._frame is not None
        return {name: self._frame.array(lane, name)[:0] for name in ("history", "norms")}
