"""``make picture``: the README's picture, taken from the running page."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.chromium import WIDE, chromium
from tests.serving import Server

WHERE = Path(__file__).resolve().parents[2] / "docs" / "page.png"


def main() -> None:
    """Accept the first visit's invitation, wait for both results at step 3,000, and take the picture."""
    with Server.start() as server, chromium() as browser:
        page = browser.new_page(viewport=WIDE, color_scheme="light")
        page.goto(server.url)
        page.click("#accept")
        expect(page.locator("#step")).to_have_text("3,000", timeout=60_000)
        expect(page.locator("#play")).to_have_text("Play")
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)  # the slow charts take their last turn
        page.screenshot(path=WHERE)
    print(f"{WHERE}: {WHERE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
