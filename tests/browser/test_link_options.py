"""What a link may ask for: parts left out, an embedded page, the presenter's view."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from app.experiments.lessons import LESSONS
from app.experiments.texts import texts
from tests.serving import Server

WORDS = texts("en")["lessons"]
# Where each part is on a page with two lanes; "share" and the rest are buttons of the header.
PARTS = {
    "header": ".bar",
    "transport": ".transport",
    "speed": ".speed",
    "timeline": "#timeline",
    "branch": "#branch",
    "history": "#past",
    "lessons": "#lessons",
    "sweep": "#sweep",
    "data": "#thumbnails",
    "training": "#training-fields",
    "more": ".more",
    "presets": "#presets",
    "network": ".picture",
    "choices": "#choices",
    "symmetry": ".symmetry",
    "output": "#outputs",
    "curves": "#curves",
    "sentences": "#sentences",
    "tray": "#tabs",
}


INSIDE = {
    "header": ["transport", "speed", "timeline", "branch", "history", "lessons", "sweep"],
    "data": ["training", "more", "presets"],
    "network": ["choices", "symmetry"],
    "output": ["curves", "sentences"],
}


def left_out(page) -> set[str]:
    """The parts that cannot be seen."""
    hidden = "parts => parts.filter(([, where]) => !document.querySelector(where).checkVisibility())"
    return {part for part, _ in page.evaluate(hidden, list(PARTS.items()))}


def test_a_link_leaves_out_what_it_names(playground):
    playground.page.goto(f"{playground.server.url}/?hide=tray,curves")
    playground.at_rest()
    assert playground.page.locator("body").get_attribute("data-hide") == "tray curves"
    assert left_out(playground.page) == {"tray", "curves"}


def test_each_part_is_left_out_by_its_name_and_the_rest_stays_and_fits(playground):
    page = playground.page
    page.goto(playground.server.url)
    playground.at_rest()
    assert left_out(page) == set()
    for part in PARTS:
        page.evaluate("part => { document.body.dataset.hide = part; }", part)
        assert left_out(page) == {part, *INSIDE.get(part, [])}, part
        assert page.evaluate("document.documentElement.scrollWidth") <= 1440, part


def test_a_part_there_is_not_is_said(playground):
    playground.page.goto(f"{playground.server.url}/?hide=data,nothing")
    expect(playground.banner).to_contain_text("The link speaks of nothing; there are header, transport")
    expect(playground.page.locator("#thumbnails")).to_be_hidden()


def test_an_embedded_page_has_play_network_and_output_unless_it_names_others(playground):
    page = playground.page
    page.goto(f"{playground.server.url}/?embed")
    playground.at_rest()
    for part in ("transport", "network", "output"):
        expect(page.locator(PARTS[part]).first).to_be_visible()
    for part in ("data", "tray", "lessons", "history", "sweep"):
        expect(page.locator(PARTS[part])).to_be_hidden()
    expect(playground.invitation).to_be_hidden()
    page.goto(f"{playground.server.url}/?embed=output")
    playground.at_rest()
    expect(page.locator("#outputs")).to_be_visible()
    for part in ("transport", "network", "data", "tray"):
        expect(page.locator(PARTS[part]).first).to_be_hidden()


@pytest.mark.parametrize("width", [400, 800, 1200])
def test_an_embedded_page_fits_its_frame(playground, width):
    page = playground.page
    page.set_viewport_size({"width": width, "height": 560})
    page.goto(f"{playground.server.url}/?embed")
    playground.at_rest()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [page.locator(part).bounding_box() for part in (".middle", "main > .right")]
    first, second = sorted(boxes, key=lambda box: (box["y"], box["x"]))
    apart = second["x"] >= first["x"] + first["width"] - 1 or second["y"] >= first["y"] + first["height"] - 1
    assert apart


class Outer(BaseHTTPRequestHandler):
    """A school's own page, with the playground in a frame."""

    def do_GET(self):  # the name is the library's
        body = f'<iframe src="{self.server.framed}/?embed" width="900" height="600"></iframe>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("allowed", [True, False])
def test_a_page_of_another_origin_may_frame_it_when_it_is_named(browser, allowed):
    with ThreadingHTTPServer(("127.0.0.1", 0), Outer) as outer:
        threading.Thread(target=outer.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{outer.server_port}"
        with Server.start(PLAYGROUND_FRAME_ANCESTORS=address if allowed else "'self'") as server:
            outer.framed = server.url
            page = browser.new_page()
            frame = page.frame_locator("iframe")
            if allowed:
                page.goto(address)
                frame.locator("#play").click()
                expect(frame.locator("#step")).not_to_have_text("0")
            else:
                with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
                    page.goto(address)
                expect(frame.locator("#play")).to_have_count(0)
            page.close()
        outer.shutdown()


@pytest.fixture
def present(playground):
    playground.page.goto(f"{playground.server.url}/?present&lesson=adam")
    expect(playground.page.locator(".slide h2")).to_be_visible()
    return playground.page


def test_a_lesson_is_presented_with_the_keys_of_a_remote(playground, present):
    words, lesson = WORDS["adam"], LESSONS["adam"]
    slide = present.locator(".slide").first
    expect(slide.locator("h2")).to_contain_text(words["title"])
    expect(slide).to_contain_text(words["question"])
    expect(slide.locator("li")).to_have_count(len(words["choices"]))
    expect(slide.locator("li.right")).to_have_count(0)
    assert not playground.playing
    present.keyboard.press("PageDown")
    expect(slide).to_be_hidden()
    expect(playground.step_text).to_have_text(str(lesson.stop), timeout=30_000)
    present.keyboard.press("PageDown")
    expect(slide).to_contain_text(words["choices"][lesson.answer])
    expect(slide).to_contain_text(words["because"])
    present.keyboard.press("PageDown")
    following = list(LESSONS)[list(LESSONS).index("adam") + 1]
    expect(slide.locator("h2")).to_contain_text(WORDS[following]["title"])
    assert f"lesson={following}" in present.url
    present.keyboard.press("PageUp")
    expect(slide).to_contain_text(words["because"])


def test_the_remote_goes_on_after_a_control_was_used(playground, present):
    """A slider, a menu and a box keep the focus; PageDown would move the first two."""
    slide = present.locator(".slide").first
    present.keyboard.press("PageDown")
    expect(slide).to_be_hidden()
    for control in ("#timeline", "#speed", "#unit-lines input"):
        present.locator(control).focus()
        before = present.locator("#speed").input_value()
        present.keyboard.press("PageDown")
        expect(slide).to_be_visible()
        present.locator(control).focus()
        present.keyboard.press("PageUp")
        expect(slide).to_be_hidden()
        assert present.locator("#speed").input_value() == before


def test_b_turns_the_screen_black_and_back(present):
    black = present.locator(".slide.black")
    expect(black).to_be_hidden()
    present.keyboard.press("b")
    expect(black).to_be_visible()
    assert black.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(0, 0, 0)"
    present.keyboard.press("b")
    expect(black).to_be_hidden()


def test_q_shows_the_link_as_a_code_that_the_server_draws(present):
    present.keyboard.press("q")
    picture = present.locator(".slide.code img")
    expect(picture).to_be_visible()
    present.wait_for_function("document.querySelector('.slide.code img').naturalWidth > 100")
    shown = present.locator(".slide.code p").inner_text()
    assert "present" not in shown
    assert "lesson=adam" in shown
    present.keyboard.press("Escape")
    expect(picture).to_be_hidden()


def test_presenting_is_large_and_leaves_the_controls_out(present):
    present.keyboard.press("PageDown")
    assert present.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > 17
    for part in ("data", "tray", "choices"):
        expect(present.locator(PARTS[part]).first).to_be_hidden()
    expect(present.locator("#sentences")).to_be_visible()
