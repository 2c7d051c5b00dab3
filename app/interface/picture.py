"""The boundary of a run as SVG for a notebook: the page's field as a PNG inside, and the points upon it."""

import base64
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.engine.arrays import Array
from app.experiments.figures.colours import ENDS, FIELD, MORE_CLASSES, TOKENS, class_colour
from app.experiments.plane import Plane

SIDE = 320
EDGE = f'stroke="{TOKENS["light"]["panel"]}" stroke-width="0.6"'
MOST_POINTS = 1_000
"""More are thinned out evenly: a notebook keeps what it shows."""


def as_svg(probability: Array, plane: Plane, X: Array, labels: Array) -> str:
    """``probability`` (n_L, side, side) from the lowest x2 up, points ``X`` (2, m) with their labels (m,)."""
    picture = base64.b64encode(png(colours(probability)[::-1])).decode()
    points = "".join(_points(plane, X, labels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}" viewBox="0 0 {SIDE} {SIDE}" '
        f'role="img" aria-label="what the network answers over the plane, and the points">'
        f'<image width="{SIDE}" height="{SIDE}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{picture}"/>{points}</svg>'
    )


def colours(probability: Array) -> NDArray[np.uint8]:
    """The page's colour of every cell (side, side, 3): towards the class answered, the surer the more."""
    low, middle, high = (np.array(end, dtype=float) for end in ENDS["light"])
    if len(probability) == 1:
        t = 2.0 * probability[0] - 1.0
        end = np.where(t[..., None] < 0, low, high)
        sure = np.abs(t)
    else:
        K = len(probability)
        ends = np.array([low, high, *MORE_CLASSES], dtype=float)
        end = ends[probability.argmax(axis=0)]
        sure = np.maximum((probability.max(axis=0) - 1.0 / K) / (1.0 - 1.0 / K), 0.0)
    mixed = middle + (end - middle) * (sure * FIELD["light"])[..., None]
    found: NDArray[np.uint8] = mixed.round().astype(np.uint8)
    return found


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels (height, width, 3) as a PNG file, rows from the top. (PNG specification, 3rd edition)"""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, 3 * width)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits a channel, red, green and blue
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    )


def _points(plane: Plane, X: Array, labels: Array) -> Iterator[str]:
    m = X.shape[1]
    shown = np.linspace(0, m - 1, min(m, MOST_POINTS)).round().astype(int)
    (left, right), (low, high) = plane.x1, plane.x2
    across = SIDE * (X[0, shown] - left) / (right - left)
    down = SIDE * (high - X[1, shown]) / (high - low)
    for x, y, label in zip(across.tolist(), down.tolist(), labels[shown].astype(int).tolist(), strict=True):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{class_colour(label, "light")}" {EDGE}/>'
