"""The Chromium that tests, measurements and the picture use."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    "--no-sandbox",  # it must also start as root in a container
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}


def executable() -> str:
    """The path in $PLAYGROUND_CHROMIUM, or what `.ci/chromium --find` finds."""
    given = os.environ.get("PLAYGROUND_CHROMIUM")
    if given:
        return given
    found = subprocess.run([ROOT / ".ci" / "chromium", "--find"], capture_output=True, text=True)
    assert found.returncode == 0, f"no Chromium: set PLAYGROUND_CHROMIUM to the path of one. {found.stderr}"
    return found.stdout.strip()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium without a window, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
