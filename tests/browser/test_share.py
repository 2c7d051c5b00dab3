"""Share: what is taken away is the run that the page shows, and nothing leaves for anywhere else."""

import base64
import json
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from app import __version__
from app.api.qr import MOST_BYTES
from tests.browser.playground import decoded, link, shows, unlink
from tests.browser.test_accessibility import nothing_serious_in_either_theme

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}
MUCH = {
    "data": {"name": "moons", "standardize": True, "validation": 0.2, "test": 0.1, "noise": 0.15},
    "network": {"hidden": [3, 2], "activation": ["tanh", "relu"], "features": ["x1*x2"]},
    "training": {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 32},
    "interventions": [
        {"step": 40, "set": {"learning_rate": 0.02}},
        {"step": 60, "nudge": {"layer": 1, "unit": 0, "input": None, "by": -1e-8}},
    ],
}
POINTS = {"data": {"points": [[0.125 * i, (-1) ** i * 0.5, i % 3] for i in range(60)], "classes": 3}}
RUNS = {"usual": [{}], "two": [{}, IDENTICAL], "much": [MUCH], "points": [POINTS, {"data": {"name": "xor"}}]}
STEP = 120


def share(playground, *experiments, step=STEP):
    playground.open(*experiments, step=step)
    playground.button("Share").click()
    dialog = playground.page.get_by_role("dialog", name="Share this run")
    expect(dialog).to_be_visible()
    return dialog


def text(dialog, label: str) -> str:
    return dialog.get_by_role("textbox", name=label, exact=True).input_value()


def allow_copying(playground) -> None:
    playground.page.context.grant_permissions(["clipboard-read", "clipboard-write"])


def test_the_link_that_is_copied_is_the_run_at_this_step(playground):
    allow_copying(playground)
    dialog = share(playground, {}, IDENTICAL)
    dialog.get_by_role("button", name="Copy: Link").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied: Link.")
    copied = playground.page.evaluate("navigator.clipboard.readText()")
    assert copied == text(dialog, "Link")
    assert unlink(copied) == ([{}, IDENTICAL], STEP)


def test_opening_it_brings_the_run_to_rest_and_the_link_says_where(playground):
    playground.open({}, IDENTICAL)
    playground.play("100/s")
    playground.past(20)
    playground.page.keyboard.press("s")
    dialog = playground.page.get_by_role("dialog", name="Share this run")
    expect(dialog).to_be_visible()
    playground.at_rest()
    assert not playground.playing
    expect(dialog).to_contain_text(f"It opens this page at step {playground.step}.")
    assert unlink(text(dialog, "Link"))[1] == playground.step


def test_the_link_keeps_the_lesson_and_no_other_option(playground):
    page = playground.page
    page.goto(f"{playground.server.url}/?lesson=adam&hide=curves{link({}, step=3)}")
    playground.at_rest()
    playground.button("Share").click()
    address = urllib.parse.urlsplit(text(page.get_by_role("dialog", name="Share this run"), "Link"))
    assert address.query == "lesson=adam"


def test_the_code_is_drawn_by_the_server_unless_the_link_is_too_long(playground):
    dialog = share(playground, {})
    code = dialog.get_by_alt_text("QR code of the link")
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(code.get_attribute("src")).query)
    assert asked["text"] == [text(dialog, "Link")]
    playground.until(lambda: code.evaluate("image => image.naturalWidth") > 100)
    many = {"data": {"points": [[i / 7, -i / 9, i % 2] for i in range(90)]}}
    dialog = share(playground, many)
    length = len(text(dialog, "Link"))
    assert length > MOST_BYTES
    expect(dialog).to_contain_text(
        f"No QR code: the link has {length:,} characters, and a code holds {MOST_BYTES:,}."
    )
    expect(dialog.locator(".qr img")).to_have_count(0)


@pytest.mark.parametrize("runs", RUNS.values(), ids=RUNS)
def test_curl_and_python_run_and_print_the_numbers_of_the_page(playground, runs):
    dialog = share(playground, *runs)
    shown = [(lane.cost.inner_text(), lane.accuracy.inner_text()) for lane in playground.lanes]

    def right(costs, accuracies):
        assert len(costs) == len(shown)
        for (cost, accuracy), c, a in zip(shown, costs, accuracies, strict=True):
            assert shows(cost, float(c)), (cost, c)
            assert shows(accuracy, 100 * float(a)), (accuracy, a)

    told = subprocess.run(["sh", "-c", text(dialog, "As curl")], capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    ends = [answer["history"][-1] for answer in answers]
    assert [end["step"] for end in ends] == [STEP] * len(runs)
    right([end["cost"] for end in ends], [end["accuracy"] for end in ends])

    script = [sys.executable, "-I", "-c", text(dialog, "As Python")]
    told = subprocess.run(script, capture_output=True, text=True, check=True)
    found = re.findall(rf": step {STEP}, cost (\S+), accuracy (\S+)$", told.stdout, re.MULTILINE)
    right([cost for cost, _ in found], [accuracy for _, accuracy in found])


def test_the_script_says_what_the_server_refuses(playground):
    script = text(share(playground, {}), "As Python")
    beyond = script.replace(f"STEP = {STEP}", "STEP = 1000001")
    told = subprocess.run([sys.executable, "-I", "-c", beyond], capture_output=True, text=True)
    assert told.returncode == 1
    assert told.stderr.startswith("steps must be a whole number")


def test_the_frame_opens_the_run_without_what_a_frame_has_no_room_for(playground):
    code = text(share(playground, {}, IDENTICAL), "For a page of your own")
    source = unescape(re.search(r'<iframe src="([^"]*)"', code)[1])
    assert "?embed#" in source
    playground.page.goto("about:blank")
    playground.page.goto(source)
    expect(playground.page.locator(".lane")).to_have_count(2)
    playground.at_rest()
    playground.shows_runs({}, IDENTICAL)
    assert playground.step == STEP
    for part in ("#share", "#help", "#thumbnails"):
        expect(playground.page.locator(part)).to_be_hidden()


@pytest.mark.parametrize("how", ["forbidden", pytest.param("missing", marks=pytest.mark.whole)])
def test_where_the_page_may_not_copy_the_text_is_selected_and_that_is_said(playground, how):
    clipboard = "undefined" if how == "missing" else "{ writeText: () => Promise.reject(new Error('no')) }"
    playground.page.add_init_script(
        f"Object.defineProperty(navigator, 'clipboard', {{ value: {clipboard} }})"
    )
    dialog = share(playground, {})
    dialog.get_by_role("button", name="Copy: As curl").click()
    expect(dialog.get_by_role("status")).to_contain_text("does not let the page copy. The text is selected")
    selected = playground.page.evaluate(
        """() => {
          const { value, selectionStart, selectionEnd } = document.activeElement;
          return value.slice(selectionStart, selectionEnd);
        }"""
    )
    assert selected == text(dialog, "As curl")


def saved(playground, dialog, name: str) -> Path:
    with playground.page.expect_download() as download:
        dialog.get_by_role("button", name=name, exact=True).click()
    playground.file = download.value.suggested_filename
    return Path(download.value.path())


def test_every_panel_can_be_had_and_is_named(playground):
    dialog = share(playground, {}, IDENTICAL)
    names = dialog.locator(".pictures li > span").all_inner_texts()
    both = ["small random 0.01", "identical 0.5"]
    assert names == [
        *(f"boundary, {name}" for name in both),
        "curves of cost and accuracy",
        *(f"network, {name}" for name in both),
        *(f"symmetry, {name}" for name in both),
        "tab: Activations",
    ]
    for name in names:
        picture = saved(playground, dialog, f"{name} as SVG")
        assert re.fullmatch(r"planar-playground-[a-z0-9.-]+-step-120\.svg", playground.file)
        root = ElementTree.fromstring(picture.read_text())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert name in root.find("{http://www.w3.org/2000/svg}title").text
        # Whole in itself: what is drawn is in the file.
        for element in root.iter():
            for attribute, value in element.attrib.items():
                if attribute.endswith("href"):
                    assert value.startswith(("data:image/png", "#")), value[:80]


MARGIN = 12


def coarse(pixels: np.ndarray) -> np.ndarray:
    """The means of blocks of 4 by 4: a line may be drawn half a pixel further."""
    height, width, _ = (length // 4 for length in pixels.shape)
    return pixels[: 4 * height, : 4 * width].reshape(height, 4, width, 4, 3).mean(axis=(1, 3))


PLACES = {"boundary": ".output", "network": ".picture .inner", "symmetry": ".symmetry"}


@pytest.mark.charts
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_looks_as_the_page_does(playground, scheme):
    page = playground.page
    page.emulate_media(color_scheme=scheme)
    dialog = share(playground, {}, step=800)
    files = {what: saved(playground, dialog, f"{what} as PNG").read_bytes() for what in PLACES}
    page.keyboard.press("Escape")
    # What one presses is no part of the picture.
    page.add_style_tag(content="button, select, #share { visibility: hidden !important }")
    for what, place in PLACES.items():
        picture = decoded(page, base64.b64encode(files[what]).decode())
        seen = playground.pixels(page.locator(place))
        height, width, _ = seen.shape
        drawn = picture[::2, ::2][MARGIN : MARGIN + height, MARGIN : MARGIN + width]
        shown, drawn = coarse(seen[: drawn.shape[0], : drawn.shape[1]]), coarse(drawn)
        something = np.abs(shown - shown[0, 0]).max(axis=2) > 40
        assert something.mean() > 0.02, what
        differs = np.abs(drawn - shown).max(axis=2) > 40
        assert differs.mean() < 0.1 * something.mean(), what


def test_a_tab_that_is_text_is_a_picture_too(playground):
    playground.open({}, step=50)
    playground.click(playground.page.locator("#tab-weights"))
    playground.button("Share").click()
    dialog = playground.page.get_by_role("dialog", name="Share this run")
    root = ElementTree.fromstring(saved(playground, dialog, "tab: Weights and gradients as SVG").read_text())
    words = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    cells = playground.page.locator("#weights .cell").all_inner_texts()
    assert len(cells) >= 12
    assert set(cells) <= words


def report(playground, *experiments, step=STEP):
    playground.page.add_init_script(
        """window.print = () => { window.printed = (window.printed ?? 0) + 1; };
        addEventListener("afterprint", (event) => event.stopImmediatePropagation(), true);"""
    )
    dialog = share(playground, *experiments, step=step)
    dialog.get_by_role("button", name="Print a report …").click()
    playground.until(lambda: playground.page.evaluate("window.printed ?? 0") == 1)
    playground.page.emulate_media(media="print")
    sheet = playground.page.locator("#sheet")
    expect(sheet).to_be_visible()
    expect(playground.page.locator("main")).to_be_hidden()
    expect(dialog).to_be_hidden()
    return sheet


def test_the_report_tells_the_run(playground):
    playground.open(MUCH, step=STEP)
    lane = playground.lane()
    cost, accuracy, sentence = (part.inner_text() for part in (lane.cost, lane.accuracy, lane.sentence))
    held = lane.output.locator(".held").inner_text()
    address = playground.address
    sheet = report(playground, MUCH)
    told = sheet.inner_text()
    assert f"step {STEP}" in told
    assert f"training cost {cost}, accuracy {accuracy}" in told
    for name, numbers in re.findall(r"(\w+) ([^·]+)", held):
        c, a = numbers.strip().split(", ")
        assert f"{name} cost {c}, accuracy {a}" in told
    assert sentence in told
    assert "rate 0.02 from step 40; b[1] of unit 1 \u22121e-8 at step 60" in told
    rows = sheet.locator(".differs tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    assert ["data.name", "flower", "moons"] in rows
    assert ["data.standardize", "no", "yes"] in rows
    assert ["training.batch_size", "\u2013", "32"] in rows
    assert len(rows) == 11
    assert f"Planar Playground {__version__}" in told
    assert address in told
    run = playground.run(MUCH, STEP)
    tables = sheet.locator(".weights-on-paper tbody").all()
    assert len(tables) == len(run["parameters"])
    for table, layer in zip(tables, run["parameters"], strict=True):
        for row, weights, bias in zip(table.locator("tr").all(), layer["W"], layer["b"], strict=True):
            cells = row.locator("td").all_inner_texts()
            assert all(shows(cell, value) for cell, value in zip(cells, [*weights, bias], strict=True))


def test_of_wide_layers_the_report_shows_the_first_units_and_says_how_many_more(playground):
    sheet = report(playground, {"network": {"hidden": [20]}})
    first = sheet.locator(".weights-on-paper tbody").first
    expect(first.locator("tr")).to_have_count(9)
    expect(first).to_contain_text("… 12 more units")


DEEP = {"network": {"hidden": [8] * 12}, "init": {"method": "xavier", "scale": None}}


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param([{}], marks=pytest.mark.whole),
        pytest.param([{}, IDENTICAL], marks=pytest.mark.whole),
        [DEEP, DEEP],  # the most there is to fit
    ],
    ids=["one", "two", "deep"],
)
def test_the_report_is_one_page_of_light_pictures_in_either_theme(playground, runs):
    page = playground.page
    page.emulate_media(color_scheme="dark")
    sheet = report(playground, *runs)
    pictures = sheet.locator("img")
    expect(pictures).to_have_count(2 * len(runs) + 1)
    for picture in pictures.all():
        corner = playground.pixels(picture)[2, 2]
        assert corner.min() > 240
    page.emulate_media(media="null")
    assert page.evaluate("document.documentElement.className") == ""
    pages = re.findall(rb"/Type /Pages\b[^>]*?/Count (\d+)", page.pdf(prefer_css_page_size=True), re.DOTALL)
    assert pages == [b"1"]


def test_after_printing_the_page_is_as_it_was(playground):
    playground.page.add_init_script("window.print = () => dispatchEvent(new Event('afterprint'))")
    playground.page.emulate_media(color_scheme="dark")
    dialog = share(playground, {})
    before = playground.pixels(playground.lane().boundary)
    dialog.get_by_role("button", name="Print a report …").click()
    playground.until(lambda: playground.page.locator("#sheet").count() == 0)
    playground.until(lambda: (playground.pixels(playground.lane().boundary) == before).mean() > 0.99)


def test_the_files_are_the_run_up_to_this_step(playground):
    dialog = share(playground, {}, IDENTICAL)
    told = dialog.get_by_role("status")
    held = []
    playground.page.route("**/api/exports/npz", lambda route: held.append(route))
    for name, experiment in {"small random 0.01": {}, "identical 0.5": IDENTICAL}.items():
        run = playground.run(experiment, STEP, record_every=1)
        last = run["history"][-1]
        found = {}
        for kind, ending in {
            "Python": "py",
            "Notebook": "ipynb",
            "Report": "html",
            "CSV": "csv",
            "JSON": "json",
        }.items():
            with playground.page.expect_download() as saved:
                dialog.get_by_role("button", name=f"{name} as {kind}").click()
            file = saved.value.suggested_filename
            assert file == f"planar-playground-{name.replace(' ', '-')}-step-{STEP}.{ending}"
            expect(told).to_have_text(f"Saved {file}")
            found[kind] = Path(saved.value.path()).read_text("utf-8")
        rows = [line.split(",") for line in found["CSV"].splitlines()]
        assert [float(row[1]) for row in rows[1:]] == [entry["cost"] for entry in run["history"]]
        assert json.loads(found["JSON"])["parameters"] == run["parameters"]
        # What they print is a test of the API's; here, that it is this run up to this step.
        assert f"@{STEP}" in found["Python"]
        assert f"@{STEP}" in found["Notebook"]
        assert rows[-1][:2] == [str(STEP), repr(last["cost"])]
    # While the server computes, the button says so, and asks once.
    button = dialog.get_by_role("button", name="identical 0.5 as npz")
    button.click()
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(told).to_have_text(f"Computing planar-playground-identical-0.5-step-{STEP}.npz …")
    assert len(held) == 1
    with playground.page.expect_download() as saved:
        held[0].continue_()
    arrays = np.load(saved.value.path())
    assert arrays["W1"].tolist() == playground.run(IDENTICAL, STEP)["parameters"][0]["W"]
    expect(button).to_have_attribute("aria-busy", "false")


def test_a_file_that_is_refused_says_why(playground, faults):
    faults.allow("503")
    playground.page.route(
        "**/api/exports/*",
        lambda route: route.fulfill(
            status=503,
            content_type="application/problem+json",
            body='{"detail": "too many runs at the same time; please try again", "errors": []}',
        ),
    )
    dialog = share(playground, {})
    dialog.get_by_role("button", name="small random 0.01 as CSV").click()
    expect(dialog.get_by_role("status")).to_contain_text("too many runs at the same time; please try again")
    expect(dialog.locator("[aria-busy=true]")).to_have_count(0)


def test_axe_finds_nothing_serious_in_the_dialog(playground):
    share(playground, {})
    nothing_serious_in_either_theme(playground)
