"""A page of another origin, in a real browser, tries to use the playground in its visitor's name."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.serving import LOOPBACK, LiveClient, Server

TRIES = """async (ours) => {
  const stream = new Promise((resolve) => {
    const socket = new WebSocket(ours.replace("http", "ws") + "/api/live");
    socket.onopen = () => resolve("open");
    socket.onclose = ({ code }) => resolve(code);
  });
  const read = (what) => what.then((answer) => answer.status, () => "nothing");
  const post = (mode) => fetch(ours + "/api/runs", { method: "POST", mode, body: '{"steps": 12345}' });
  const form = new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.name = "inside";
    frame.onload = () => resolve("loaded");
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, { action: ours + "/api/runs", method: "post", target: "inside" });
    document.body.append(form);
    form.submit();
    setTimeout(() => resolve("silent"), 1500);
  });
  const picture = new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve("drawn");
    image.onerror = () => resolve("nothing");
    image.src = ours + "/api/qr?text=a";
  });
  return {
    stream: await stream,
    read: await read(fetch(ours + "/api/catalog")),
    post: await read(post("cors")),
    picture: await picture,
    blind: await read(post("no-cors")),
    form: await form.then(() => "done"),
  };
}"""


@pytest.fixture
def elsewhere():
    """The address of an empty page on another port, which is another origin."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title><body></body>")

        def log_message(self, *_):
            pass

    served = ThreadingHTTPServer((LOOPBACK, 0), Empty)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://{LOOPBACK}:{served.server_port}/"
    served.shutdown()
    served.server_close()


def test_another_page_gets_neither_a_stream_nor_an_answer_nor_a_run(context, own_server, elsewhere):
    # Its own page would be watched for errors; here they are what is wanted.
    page = context.new_page()
    page.goto(elsewhere)
    got = page.evaluate(TRIES, own_server.url)
    assert got["stream"] == 1006  # refused before it was open
    assert got["read"] == got["post"] == got["picture"] == "nothing"
    told = own_server.request("GET", "/metrics")[2].decode()
    counted = {
        line.partition("{")[0].split()[0]: float(line.split()[1])
        for line in told.splitlines()
        if line.startswith(("playground_sessions_begun", "playground_steps")) or 'reason="origin"' in line
    }
    assert counted["playground_sessions_begun_total"] == 0
    assert counted["playground_steps_total"] == 0  # not even where nobody could read the answer
    assert counted["playground_rejections_total"] == 6
    assert json.loads(own_server.request("GET", "/api/health")[2])["sessions"] == 0


def test_a_link_from_another_page_opens_the_playground(context, own_server, elsewhere):
    page = context.new_page()
    page.goto(elsewhere)
    page.evaluate("(to) => { location.href = to; }", own_server.url + "/")
    page.wait_for_selector("#sentences p span:not(.marker)")


def test_a_server_without_a_free_place_says_so_and_is_tried_until_there_is_one(page):
    with Server.start(PLAYGROUND_MAX_SESSIONS="1", PLAYGROUND_WORKERS="1") as full:
        with LiveClient(full) as first:
            first.open({})
            first.paused_at(0)
            page.goto(full.url)
            banner = page.locator("#banner")
            expect(banner).to_have_text(
                "All places are taken at the moment. The page keeps trying by itself; "
                "the run will go on from step 0."
            )
        expect(banner).to_be_hidden()
        expect(page.locator("#sentences p span:not(.marker)")).to_contain_text("Step 0")
