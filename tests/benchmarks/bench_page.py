"""``make bench``, second half: the page in a real Chromium at 1440 x 900, with everything visible.

Frames are counted as the page acknowledges them: those it has really drawn.
"""

import time
from typing import Any

from playwright.sync_api import Browser, Page

from app.experiments.panels import PANELS
from tests.browser.chromium import WIDE, chromium
from tests.serving import Server

SECONDS = 4.0
SLOW_MILLISECONDS, SLOW_BYTES = 60, 10e6 / 8
"""To the server and back, and each second: a network that a class shares."""
COUNT_FRAMES = """
window.drawnFrames = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (String(data).includes('"ack"')) window.drawnFrames += 1;
  return send.call(this, data);
};
"""


def opened(browser: Browser, server: Server) -> Page:
    """The page in a fresh profile, at rest."""
    page = browser.new_context(viewport=WIDE).new_page()
    page.add_init_script(COUNT_FRAMES)
    page.goto(server.url)
    page.wait_for_selector(".unit")
    page.wait_for_selector("#curves .plot-container")
    page.wait_for_timeout(300)
    return page


def load(page: Page, server: Server) -> float:
    """Seconds from the address to a drawn network whose Play can be pressed."""
    begun = time.perf_counter()
    page.goto(server.url, wait_until="commit")
    page.wait_for_selector(".unit .letter")
    page.click("#play", trial=True)
    return time.perf_counter() - begun


def cold_load(browser: Browser, server: Server) -> float:
    """Seconds of a first visit."""
    page = browser.new_context(viewport=WIDE).new_page()
    seconds = load(page, server)
    page.context.close()
    return seconds


def slow_loads(browser: Browser, server: Server) -> tuple[float, float]:
    """Seconds of a first and a second visit over a slow network."""
    context = browser.new_context(viewport=WIDE)
    seconds = []
    for _ in range(2):
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        rates = {"downloadThroughput": SLOW_BYTES, "uploadThroughput": SLOW_BYTES}
        conditions = {"offline": False, "latency": SLOW_MILLISECONDS, **rates}
        network.send("Network.emulateNetworkConditions", conditions)
        seconds.append(load(page, server))
        page.wait_for_selector("#curves .plot-container")  # till all is there, which then is kept
        page.close()
    context.close()
    return seconds[0], seconds[1]


def frames_per_second(page: Page) -> float:
    """While the run plays."""
    page.wait_for_timeout(500)
    read = "[window.drawnFrames, performance.now()]"
    frames, begun = page.evaluate(read)
    page.wait_for_timeout(SECONDS * 1000)
    more, ended = page.evaluate(read)
    return float((more - frames) / (ended - begun) * 1000)


def playing(
    browser: Browser, server: Server, units: int, lanes: int, speed: str, tab: str = "activations"
) -> float:
    """Frames a second with so many units, lanes and steps per second, and this tab open."""
    page = opened(browser, server)
    page.click(f"#tab-{tab}")
    for _ in range(units - 4):
        page.click("button[aria-label='One unit more in layer 1']")
    if lanes == 2:
        page.select_option("#compare", index=1)
    page.select_option("#speed", speed)
    page.click("#play")
    measured = frames_per_second(page)
    page.context.close()
    return measured


def ten_thousand_steps(browser: Browser, server: Server) -> tuple[float, int]:
    """Seconds from pressing Play at full speed to step 10,000, and the frames drawn on the way."""
    page = opened(browser, server)
    page.select_option("#speed", "fastest")
    found: list[Any] = page.evaluate(
        """() => new Promise((resolve) => {
          const step = document.getElementById("step");
          const begun = performance.now();
          const before = window.drawnFrames;
          new MutationObserver((_, observer) => {
            if (Number(step.textContent.replaceAll(",", "")) < 10000) return;
            observer.disconnect();
            resolve([(performance.now() - begun) / 1000, window.drawnFrames - before]);
          }).observe(step, { childList: true, subtree: true, characterData: true });
          document.getElementById("play").click();
        })"""
    )
    page.context.close()
    return float(found[0]), int(found[1])


def verdict(holds: bool) -> str:
    """In a word."""
    return "holds" if holds else "DOES NOT HOLD"


def main() -> None:
    """Measure and print."""
    with Server.start() as server, chromium() as browser:
        cold_load(browser, server)
        loads = sorted(cold_load(browser, server) for _ in range(5))
        print(f"usable from a cold load: {loads[2]:.2f} s (limit 2: {verdict(loads[2] < 2)})")
        first, second = slow_loads(browser, server)
        print(f"over a network of 60 ms and 10 Mbit/s: {first:.2f} s, for who has been here {second:.2f} s")
        for lanes in (1, 2):
            for units in (4, 8):
                for speed in ("200", "fastest"):
                    fps = playing(browser, server, units, lanes, speed)
                    told = (
                        f"{lanes} lane(s), {units} units, {'200 steps/s' if speed == '200' else 'full speed'}"
                    )
                    print(f"{told}: {fps:.1f} frames/s (limit 30, aim 60: {verdict(fps >= 30)})")
        for tab in PANELS:
            fps = playing(browser, server, 4, 1, "200", tab)
            told = f"1 lane, 4 units, 200 steps/s, tab {PANELS[tab].title}"
            print(f"{told}: {fps:.1f} frames/s (limit 30: {verdict(fps >= 30)})")
        seconds, frames = ten_thousand_steps(browser, server)
        print(
            f"10,000 flower steps at full speed: {seconds:.2f} s with {frames} frames drawn on the way "
            f"(limit 3, aim 1: {verdict(seconds < 3)})"
        )


if __name__ == "__main__":
    main()
