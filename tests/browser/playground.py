"""The page as a person meets it: what can be done, what can be read, and when it has come to rest."""

import base64
import json
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from playwright.sync_api import BrowserContext, Locator, Page, WebSocket, expect

from tests.serving import Frame, Server, decode

MINUS = "\u2212"


def link(*experiments: dict[str, Any], step: int = 0) -> str:
    """The fragment that opens these experiments, each given by what differs from the defaults."""
    runs = [
        base64.urlsafe_b64encode(json.dumps(experiment).encode()).rstrip(b"=").decode()
        for experiment in experiments
    ]
    return "#" + "~".join(runs) + (f"@{step}" if step else "")


def unlink(address: str) -> tuple[list[dict[str, Any]], int]:
    """The experiments and the step that an address holds."""
    fragment, _, step = address.partition("#")[2].partition("@")
    runs = [json.loads(base64.urlsafe_b64decode(run + "=" * (-len(run) % 4))) for run in fragment.split("~")]
    return runs, int(step or 0)


def number(text: str) -> float:
    """The number that a text begins with: "1,240", "−0.33", "65.5 %", "1e-4"."""
    plain = text.strip().replace(MINUS, "-").replace(",", "")
    found = re.match(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", plain)
    assert found, f"{text!r} is no number"
    return float(found[0])


def shows(text: str, value: float) -> bool:
    """Whether ``text`` is ``value`` rounded to the digits that the text has, and never 0 for what is not."""
    plain = text.strip().replace(MINUS, "-").replace(",", "").removesuffix("%").strip()
    mantissa, _, exponent = plain.lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    half = 0.5 * 10.0 ** (int(exponent or 0) - digits)
    return abs(float(plain) - value) <= half * (1 + 1e-9) and (float(plain) == 0) <= (abs(value) < half)


class Wire:
    """What page and server say to each other; ``frame`` and ``drawn`` are of the present connection."""

    def __init__(self, page: Page) -> None:
        self.sent: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.connections = 0
        self.drawn = 0
        self._last = b""
        self._frames = 0
        self._frames_before = 0
        page.on("websocket", self._connected)

    def _connected(self, socket: WebSocket) -> None:
        self.connections += 1
        self.drawn = self._frames = 0
        self._last = b""
        socket.on("framesent", self._send)
        socket.on("framereceived", self._receive)

    def _send(self, message: str | bytes) -> None:
        said = json.loads(message)
        if said["type"] == "ack":
            self.drawn = said["frame"]
        else:
            self.sent.append(said)
            self._frames_before = self._frames

    def _receive(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._last = message
            self._frames += 1
        else:
            self.told.append(json.loads(message))

    @property
    def frame(self) -> Frame | None:
        """The last one received."""
        return decode(self._last) if self._last else None

    @property
    def opened(self) -> list[dict[str, Any]]:
        """The messages that changed experiments."""
        return [said for said in self.sent if said["type"] == "open"]

    @property
    def at_rest(self) -> bool:
        """Whether what was asked for last has come and been drawn."""
        frame = self.frame
        if frame is None or not self.opened or self.drawn < frame.number:
            return False
        if frame.header["request"] != self.opened[-1]["request"]:
            return False
        last, fresh = self.sent[-1], self._frames > self._frames_before
        match last["type"]:
            case "pause" | "step":
                return fresh and not frame.playing
            case "look":
                return fresh
            case "seek":
                diverged = any(lane["diverged"] for lane in frame.lanes)
                return fresh and (frame.step == last["step"] or frame.playing or diverged)
            case _:
                return True


class Lane:
    """One run on the page; ``index`` from 0."""

    def __init__(self, page: Page, index: int) -> None:
        self.root = page.locator(".lane").nth(index)
        self.output = page.locator(".output").nth(index)
        self.spoken = page.locator("#sentences p").nth(index)
        self.name = self.root.locator("header h3")
        self.chips = self.root.locator(".chip")
        self.headline = self.root.locator(".headline")
        self.heads = self.root.locator(".layer-head > span")
        self.units = self.root.locator(".unit")
        self.edges = self.root.locator(".edges path")
        self.cost = self.output.locator(".cost")
        self.accuracy = self.output.locator(".accuracy")
        self.spread = self.root.locator(".measure b").nth(0)
        self.alike = self.root.locator(".measure b").nth(1)
        self.sentence = self.spoken.locator("span:not(.marker)")
        self.boundary = self.output.locator(".boundary")

    @property
    def weights(self) -> list[list[str]]:
        """The rows of the table of W[l] and b[l]: the texts behind the letter, "…" left out."""
        rows = self.root.locator(".weights tbody tr").all()
        return [[text for text in row.locator("td").all_text_contents() if text != "…"] for row in rows]

    @property
    def kinds(self) -> list[str]:
        """The letter of every unit in the table."""
        return self.root.locator(".weights tbody th").all_text_contents()

    def shows_run(self, run: dict[str, Any]) -> None:
        """What is read here is what ``POST /api/runs`` answers."""
        last = run["history"][-1]
        assert shows(self.cost.inner_text(), last["cost"])
        assert shows(self.accuracy.inner_text(), 100 * last["accuracy"])
        assert self.sentence.inner_text() == run["sentence"]
        if not run["symmetry"]:
            assert self.headline.inner_text() == "no hidden units"
            return
        first, layer = run["symmetry"][0], run["parameters"][0]
        assert shows(self.spread.inner_text(), first["spread"])
        rows = self.weights  # of the units in view
        assert len(rows) == len(layer["b"]) or 2 <= len(rows) <= 8
        for texts, row, bias in zip(rows, layer["W"], layer["b"], strict=False):
            told = [*row[:3], bias]  # of many inputs the first three
            assert all(shows(text, value) for text, value in zip(texts, told, strict=True)), texts


def leave_out_charts(context: BrowserContext) -> None:
    """To draw them is a third of the work of a page that plays."""
    nothing = "window.withoutCharts = true"
    context.route(
        "**/vendor/plotly.min.js", lambda route: route.fulfill(body=nothing, content_type="text/javascript")
    )


class Playground:
    """The whole page."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.wire = Wire(page)
        self.step_text = page.locator("#step")
        self.play_button = page.locator("#play")
        self.timeline = page.locator("#timeline")
        self.banner = page.locator("#banner")
        self.invitation = page.locator("#invitation")

    # Coming and going.

    def open(self, *experiments: dict[str, Any], step: int = 0) -> None:
        """By a link to these experiments; without any, as a first visit."""
        self.visit(link(*experiments, step=step) if experiments else "")

    def visit(self, fragment: str) -> None:
        """In a page loaded anew."""
        if self.page.url != "about:blank":
            self.page.goto("about:blank")
        self.page.goto(f"{self.server.url}/{fragment}")
        self._loaded()

    def follow(self, fragment: str) -> None:
        """In the page that is open, as a link in it would."""
        self.page.goto(f"{self.server.url}/{fragment}")

    def reload(self) -> None:
        assert "#" in self.address
        self.page.reload()
        self._loaded()

    def _loaded(self) -> None:
        self.at_rest()
        self.drawn()

    def drawn(self) -> None:
        """Plotly comes last."""
        self.page.wait_for_function(
            "() => window.withoutCharts || document.querySelector('.boundary .main-svg')"
        )

    # What is there.

    def lane(self, index: int = 0) -> Lane:
        return Lane(self.page, index)

    @property
    def lanes(self) -> list[Lane]:
        return [self.lane(i) for i in range(self.page.locator(".lane").count())]

    @property
    def step(self) -> int:
        return int(number(self.step_text.inner_text()))

    @property
    def playing(self) -> bool:
        return self.play_button.get_attribute("data-playing") == "true"

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def choice(self, group: str, name: str) -> Locator:
        """A button of a row: "activation", "initialize", "Data set", "layers"."""
        return self.page.get_by_role("group", name=group, exact=True).get_by_role(
            "button", name=name, exact=True
        )

    @property
    def address(self) -> str:
        """The page's address, once it has been written; a browser takes only a few changes a second."""
        self.page.wait_for_timeout(250)
        return self.page.url

    @property
    def experiments(self) -> list[dict[str, Any]]:
        """What the address holds: what differs from the defaults."""
        return unlink(self.address)[0]

    def run(self, experiment: dict[str, Any], steps: int, **asked: Any) -> dict[str, Any]:
        """The same run as ``POST /api/runs`` answers it."""
        asked = {"record_every": max(steps, 1), "include": ["parameters", "symmetry"], **asked}
        answer: dict[str, Any] = self.server.json(
            "POST", "/api/runs", {"experiment": experiment, "steps": steps, **asked}
        )
        return answer

    def shows_runs(self, *experiments: dict[str, Any]) -> None:
        """Every lane stands where ``POST /api/runs`` comes to in as many steps as the page says."""
        assert len(self.lanes) == len(experiments)
        for lane, experiment in zip(self.lanes, experiments, strict=True):
            lane.shows_run(self.run(experiment, self.step))

    # What can be done. Each waits until what came of it has been drawn.

    def click(self, button: Locator) -> None:
        button.click()
        self.at_rest()

    def type_into(self, field: str, text: str) -> None:
        """Type a value into a field, and leave it with Enter."""
        box = self.page.locator(f"#{field}")
        box.fill(text)
        box.press("Enter")
        self.at_rest()

    def play(self, speed: str | None = None) -> None:
        if speed:
            self.page.locator("#speed").select_option(label=speed)
        self.play_button.click()
        expect(self.play_button).to_have_attribute("data-playing", "true")

    def pause(self) -> None:
        """At whatever step the run is."""
        self.play_button.click()
        self.at_rest()

    def past(self, step: int, seconds: float = 30.0) -> None:
        """Wait until the page shows a step beyond ``step``."""
        self.until(lambda: self.step > step, seconds)

    def play_past(self, step: int, speed: str = "as fast as it goes") -> None:
        """Play until beyond ``step``, and pause there."""
        self.play(speed)
        self.past(step)
        self.pause()

    def seek(self, step: int) -> None:
        """Put the timeline's handle at ``step``."""
        self.timeline.fill(str(step))
        expect(self.step_text).to_have_text(f"{step:,}")
        self.at_rest()

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.at_rest()

    # When it has come to rest.

    def until(self, holds: Callable[[], Any], seconds: float = 20.0) -> None:
        """Wait until ``holds()``, which looks at the page."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"still not so after {seconds:g} s"
            self.page.wait_for_timeout(15)

    def at_rest(self, seconds: float = 20.0) -> None:
        """Wait until what was asked for last has come and been drawn; a run may play on."""
        self.page.wait_for_timeout(30)  # until a control has been sent
        self.until(lambda: self.wire.at_rest, seconds)

    def drag(self, slider: Locator, share: float) -> None:
        """Take a slider's handle with the mouse, move it to ``share`` of its length, let go."""
        box = slider.bounding_box()
        assert box
        low, high, value = slider.evaluate("(s) => [Number(s.min), Number(s.max), Number(s.value)]")
        handle = 14
        begin = box["x"] + handle / 2 + (value - low) / (high - low) * (box["width"] - handle)
        end = box["x"] + handle / 2 + share * (box["width"] - handle)
        middle = box["y"] + box["height"] / 2
        self.page.mouse.move(begin, middle)
        self.page.mouse.down()
        self.page.mouse.move(end, middle, steps=8)
        self.page.mouse.up()
        self.at_rest()

    # What is seen.

    def pixels(self, of: Locator) -> np.ndarray:
        """What an element looks like: (height, width, 3), from the top left."""
        return decoded(self.page, base64.b64encode(of.screenshot(animations="disabled")).decode())


def decoded(page: Page, png: str) -> np.ndarray:
    """The pixels of a PNG in base64; the browser knows how to read it."""
    width, height, raw = page.evaluate(
        """async (png) => {
          const image = new Image();
          image.src = `data:image/png;base64,${png}`;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height);
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          const { data } = context.getImageData(0, 0, image.width, image.height);
          let text = "";
          for (let i = 0; i < data.length; i += 9999) {
            text += String.fromCharCode(...data.subarray(i, i + 9999));
          }
          return [image.width, image.height, btoa(text)];
        }""",
        png,
    )
    return np.frombuffer(base64.b64decode(raw), np.uint8).reshape(height, width, 4)[..., :3].astype(int)
