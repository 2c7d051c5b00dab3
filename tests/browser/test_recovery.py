"""The server or a worker is killed in mid-run: a banner, never a frozen page, and the same numbers after."""

import os
import signal

from playwright.sync_api import expect

from app.experiments.texts import texts
from tests.browser.playground import Playground
from tests.serving import LiveClient, Server, kill

IDENTICAL = {"init": {"method": "constant", "scale": 0.5}}
BOTH = ({}, IDENTICAL)
NO_SERVER = "ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_SOCKET_NOT_CONNECTED"


NOTE_BANNERS = """() => {
  globalThis.banners = [];
  const banner = document.querySelector("#banner");
  const note = () => !banner.hidden && banners.push(banner.textContent);
  new MutationObserver(note).observe(banner, { attributes: true, childList: true });
}"""
"""From now on whatever the page says of its connection, even if it is gone in a moment."""


def test_a_killed_server_is_said_and_a_new_one_goes_on_with_the_run(own_playground, faults):
    playground = own_playground
    faults.allow(NO_SERVER)
    playground.open(*BOTH)
    playground.play("200/s")
    playground.past(200)
    playground.server.kill()
    expect(playground.banner).to_be_visible()
    lost_at = playground.step
    expect(playground.banner).to_have_text(
        f"The connection is lost. Trying again; the run will go on from step {lost_at:,}."
    )
    playground.page.wait_for_timeout(300)
    assert playground.step == lost_at
    playground.server.restart()
    expect(playground.banner).to_be_hidden()
    playground.past(lost_at + 100)
    assert playground.playing
    playground.pause()
    assert playground.wire.opened[-1]["step"] == lost_at
    playground.shows_runs(*BOTH)


def test_what_is_chosen_while_the_server_is_gone_holds_when_it_is_back(own_playground, faults):
    playground = own_playground
    faults.allow(NO_SERVER)
    playground.open({}, step=100)
    playground.server.kill()
    expect(playground.banner).to_be_visible()
    playground.choice("activation", "sigmoid").click()
    playground.server.restart()
    expect(playground.banner).to_be_hidden()
    expect(playground.lane().heads).to_have_text("4 sigmoid")
    playground.at_rest()
    assert playground.step == 0
    playground.press("ArrowRight")
    expect(playground.step_text).to_have_text("1")
    playground.shows_runs({"network": {"activation": "sigmoid"}})


def test_what_is_asked_while_the_server_is_gone_is_answered_in_the_words_of_the_page(own_playground, faults):
    playground, page = own_playground, own_playground.page
    faults.allow(NO_SERVER)
    playground.visit("?lang=de")
    playground.server.kill()
    expect(playground.banner).to_be_visible()
    gone = texts("de")["page"]["word.unanswered"]
    page.locator("#lessons").click()
    expect(page.locator("dialog.lessons")).to_contain_text(gone)
    page.keyboard.press("Escape")
    page.locator("#sweep").click()
    page.locator("dialog.sweep .primary").click()
    expect(page.locator("dialog.sweep").get_by_role("status")).to_have_text(gone)


def test_a_paused_page_comes_back_paused_at_its_step(own_playground, faults):
    playground = own_playground
    faults.allow(NO_SERVER)
    playground.open(*BOTH, step=300)
    weights = [lane.weights for lane in playground.lanes]
    playground.server.stop()  # an orderly stop is missed no less
    expect(playground.banner).to_have_text(
        "The server is being restarted. The page comes back by itself; the run will go on from step 300."
    )
    playground.server.restart()
    expect(playground.banner).to_be_hidden()
    playground.at_rest()
    assert playground.step == 300
    assert not playground.playing
    assert [lane.weights for lane in playground.lanes] == weights


def test_killed_workers_are_a_pause_that_nobody_is_told_of(own_playground):
    playground = own_playground
    playground.open(*BOTH)
    playground.page.evaluate(NOTE_BANNERS)
    playground.play("200/s")
    playground.past(100)
    for how_many in (1, None):  # one of them, then all of them
        killed = playground.server.children[:how_many]
        for worker in killed:
            kill(worker)
        playground.past(playground.step + 200)
        assert playground.playing
        assert not set(playground.server.children) & set(killed)
    playground.pause()
    assert playground.page.evaluate("banners") == []
    assert playground.wire.connections == 1
    playground.shows_runs(*BOTH)


def test_a_silent_server_is_waited_for_in_words(own_playground):
    playground = own_playground
    playground.open({})
    playground.play("200/s")
    playground.past(50)
    waiting = playground.page.locator("#progress")
    expect(waiting).to_be_hidden()
    os.kill(playground.server.pid, signal.SIGSTOP)  # the connection stays open and says nothing
    try:
        expect(waiting).to_have_text("Waiting for the server …")
        expect(waiting).to_be_visible()
        expect(playground.banner).to_be_hidden()
    finally:
        os.kill(playground.server.pid, signal.SIGCONT)
    expect(waiting).to_be_hidden()
    playground.past(playground.step + 50)
    playground.pause()
    playground.shows_runs({})


def test_a_page_too_many_of_an_address_says_so_and_comes_in_by_itself(page, faults):
    with Server.start(PLAYGROUND_WORKERS="1", PLAYGROUND_MAX_SESSIONS_PER_ADDRESS="1") as small:
        playground = Playground(page, small)
        with LiveClient(small) as first:
            first.open({})
            first.paused_at(0)
            page.goto(small.url)
            expect(playground.banner).to_have_text(
                "Too many pages are open at your network's address at the moment. "
                "This one keeps trying by itself; the run will go on from step 0."
            )
        expect(playground.banner).to_be_hidden(timeout=20_000)
        playground.seek(300)
        playground.shows_runs({})


def test_a_page_that_says_too_much_at_once_is_told_and_goes_on_by_itself(page, faults):
    # One message a second and five at once: it is soon too loud, as it acknowledges every frame.
    with Server.start(PLAYGROUND_WORKERS="1", PLAYGROUND_MAX_MESSAGES_PER_SECOND="1") as strict:
        playground = Playground(page, strict)
        playground.open({})
        playground.page.evaluate(NOTE_BANNERS)
        playground.play("200/s")
        playground.until(lambda: playground.wire.connections > 2, 30)
        told = playground.page.evaluate("banners")
        said = "This page sent too much at once. It tries again by itself; the run will go on from step "
        assert told
        assert all(text.startswith(said) for text in told), told
        playground.past(playground.step + 1, 30)
