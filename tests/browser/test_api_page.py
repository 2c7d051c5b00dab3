"""The page of the API: every call can be found, read, sent, and copied as curl and Python that work."""

import json
import shlex
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from app.api.description.examples import EXAMPLES
from tests.browser.chromium import NARROW, WIDE
from tests.browser.conftest import Faults

OPENED = """(name) => {
  const calls = [...document.querySelectorAll(".call")];
  for (const call of calls) call.open = true;
  return new Promise((done) => setTimeout(() => done(calls.map((call) => [
    `${call.querySelector(".method").textContent} ${call.querySelector("summary > code").textContent}`,
    call.querySelector(`pre[aria-label="${name}"]`).textContent,
  ])), 200));
}"""


@pytest.fixture
def docs(page, server):
    page.goto(f"{server.url}/api/docs")
    expect(page.locator(".call").first).to_be_visible()
    return page


def texts(page, language):
    """The example of every call in curl or in Python, by the call; a call is filled when it is opened."""
    return dict(page.evaluate(OPENED, language))


def test_every_python_example_runs_and_prints_its_answer(docs):
    shown = texts(docs, "Python")
    assert set(shown) == set(EXAMPLES)
    programs = list(shown.values())
    runner = "import json, sys\nfor text in json.load(sys.stdin):\n    exec(text, {})\n    print('--next--')"
    done = subprocess.run(
        [sys.executable, "-c", runner],
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    printed = done.stdout.split("--next--\n")[:-1]
    assert [program for program, out in zip(programs, printed, strict=True) if len(out) < 10] == []


def test_every_curl_example_sends_the_example(docs, server):
    for name, text in texts(docs, "curl").items():
        example = EXAMPLES[name]
        command, silent, address, *sent = shlex.split(text.replace("\\\n", " "))
        assert (command, silent) == ("curl", "-s")
        assert address == server.url + example.address(name.split()[1])
        assert (sent[:1], json.loads(sent[1]) if sent else None) == (["-d"] if sent else [], example.body)


def test_a_search_leaves_the_calls_that_have_its_words(docs):
    docs.get_by_label("Search the calls").fill("tangent spread")
    expect(docs.locator(".call:visible code").first).to_have_text("/api/escapes")
    expect(docs.get_by_text("1 call", exact=True)).to_be_visible()
    docs.get_by_label("Search the calls").fill("no such words")
    expect(docs.get_by_text("No call has these words.")).to_be_visible()


def test_a_call_can_be_sent_from_the_page(docs):
    docs.locator("#post-api-checks-shapes summary").click()
    call = docs.locator("#post-api-checks-shapes")
    call.get_by_role("button", name="Send it").click()
    expect(call.get_by_text("The answer: 200, application/json")).to_be_visible()
    expect(call.locator(".sender pre")).to_contain_text("W1 is transposed")


def test_a_call_tells_its_fields_with_their_rules_and_its_errors(docs):
    docs.locator("#post-api-runs summary").click()
    call = docs.locator("#post-api-runs")
    expect(call.get_by_role("row").filter(has_text="steps").first).to_contain_text(
        "a whole number from 0 to 1000000"
    )
    expect(call.get_by_text("422", exact=True)).to_be_visible()
    call.get_by_role("link", name="Experiment").click()
    expect(docs.locator("#part-Experiment")).to_have_attribute("open", "")
    docs.locator("#part-Experiment").get_by_role("link", name="Training").click()
    expect(docs.locator("#part-Training")).to_contain_text("above 0 and at most 10")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_speaks_german_and_fits_in_light_and_dark(browser, server, size, scheme):
    context = browser.new_context(viewport=size, color_scheme=scheme, locale="de-DE")
    faults = Faults(context)
    page = context.new_page()
    page.goto(f"{server.url}/api/docs#post-api-runs")
    expect(page.locator("#post-api-runs").get_by_role("heading", name="Ein Beispiel")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert Axe().run(page).response["violations"] == []
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(252, 252, 250)", "dark": "rgb(20, 22, 26)"}[scheme]
    context.close()
    faults.check()
