"""``make picture``: the README's pictures, taken from the running page."""

import base64
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.chromium import NARROW, WIDE, chromium
from tests.browser.playground import decoded, link
from tests.serving import Server

DOCS = Path(__file__).resolve().parents[2] / "docs"
MOST_BYTES = 250_000


def first_visit(page: Page) -> None:
    """As it stands."""


def comparison(page: Page) -> None:
    """Accept the first visit's invitation, and wait for both results at step 3,000."""
    page.click("#accept")
    page.select_option("#speed", "fastest")
    expect(page.locator("#play")).to_have_text("Play", timeout=60_000)
    expect(page.locator("#step")).to_have_text("3,000")
    page.select_option("#speed", "200")


def by_hand(page: Page) -> None:
    """Every number of one example, in the midst of the usual run."""
    page.click("#tab-by_hand")
    page.wait_for_selector("#by_hand .equation, #by_hand math")


def presenting(page: Page) -> None:
    """The first lesson's question, as a room sees it."""
    page.wait_for_selector(".slide li")


# File, path of the page, window, theme, what is done there.
PICTURES: list[tuple[str, str, dict[str, int], str, Callable[[Page], None]]] = [
    ("first-visit", "/", WIDE, "light", first_visit),
    ("page", "/", WIDE, "light", comparison),
    ("by-hand", f"/{link({}, step=300)}", WIDE, "light", by_hand),
    ("phone", "/", NARROW, "light", comparison),
    ("presenter", "/?present", WIDE, "light", presenting),
    ("dark", "/", WIDE, "dark", comparison),
]


def smaller(page: Page, png: bytes) -> bytes:
    """The same pixels; a page is mostly flat, which compresses a fifth better without PNG's filters."""
    pixels = decoded(page, base64.b64encode(png).decode()).astype(np.uint8)
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits each of red, green, blue
    body = zlib.compress(rows.tobytes(), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def main() -> None:
    """Each in a fresh profile, so that each is a first visit."""
    with Server.start() as server, chromium() as browser:
        for name, path, size, theme, act in PICTURES:
            context = browser.new_context(viewport=size, color_scheme=theme, locale="en-US")  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(server.url + path)
            page.wait_for_selector(".boundary .main-svg", state="attached")
            act(page)
            page.mouse.move(0, 0)
            page.wait_for_timeout(700)  # the slow charts take their last turn
            where = DOCS / f"{name}.png"
            where.write_bytes(smaller(page, page.screenshot()))
            context.close()
            size_of = where.stat().st_size
            print(f"{where}: {size_of:,} bytes")
            assert size_of < MOST_BYTES, "too large for a README"


if __name__ == "__main__":
    main()
