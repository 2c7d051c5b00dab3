"""A class in a room: two pages and more, one of which steers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import NARROW
from tests.browser.playground import Playground, leave_out_charts
from tests.browser.test_accessibility import no_serious_violation
from tests.browser.test_recovery import NO_SERVER

PRESENTS, TURN = "planar-playground-presents", "planar-playground-turn"


@pytest.fixture
def others(browser, browser_context_args, server):
    """Makes further pages, each in a browser profile of its own."""
    contexts = []

    def another(at=server, **options):
        contexts.append(browser.new_context(**{**browser_context_args, **options}))
        leave_out_charts(contexts[-1])
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        return Playground(page, at)

    yield another
    for context in contexts:
        context.close()


def open_room(playground, *experiments, **where):
    """The code of a room that this page opens."""
    playground.open(*(experiments or ({},)), **where)
    playground.page.keyboard.press("o")
    dialog = playground.page.get_by_role("dialog", name="In class")
    dialog.get_by_role("button", name="Open a room", exact=True).click()
    code = dialog.locator(".room-code")
    expect(code).to_have_text(re.compile(r"^[2-9A-Z]{4}-[2-9A-Z]{4}$"))
    expect(dialog.locator("img")).to_have_js_property("complete", True)
    expect(dialog.locator(".link")).to_have_text(f"{playground.server.url}/?room={code.inner_text()}")
    told = code.inner_text()
    playground.page.keyboard.press("Escape")
    return told


def join(playground, code):
    """By the link that the QR code holds."""
    playground.page.goto(f"{playground.server.url}/?room={code}")
    playground.drawn()
    says(playground, f"You follow room {code}.")


def says(playground, text):
    expect(playground.page.locator("#room p")).to_have_text(text)


def at_step(playground, step):
    expect(playground.step_text).to_have_text(f"{step:,}")
    expect(playground.play_button).to_have_attribute("data-playing", "false")


def alike(*pages):
    """Every page shows the same numbers."""
    shown = [[(lane.cost.inner_text(), lane.weights) for lane in one.lanes] for one in pages]
    assert shown[0]
    assert all(other == shown[0] for other in shown[1:])


def test_followers_see_run_step_and_tab_leave_return_and_reload(playground, others):
    code = open_room(playground, step=50)
    says(playground, f"Room {code} is open; 0 follow.")
    follower = others()
    join(follower, code)
    says(playground, f"Room {code} is open; 1 follows.")
    at_step(follower, 50)
    alike(playground, follower)

    playground.click(playground.page.locator("#tab-weights"))
    expect(follower.page.locator("#tab-weights")).to_have_attribute("aria-selected", "true")
    expect(follower.page.locator("#weights .cell").first).to_be_visible()
    playground.play_past(300)
    at_step(follower, playground.step)
    alike(playground, follower)
    follower.page.locator("#share").click()  # looking at the link is no leaving
    follower.page.keyboard.press("Escape")
    says(follower, f"You follow room {code}.")

    follower.button("On your own").click()
    says(follower, f"You are on your own; the class in room {code} goes on.")
    left = follower.step
    follower.at_rest()
    follower.press("ArrowRight")
    at_step(follower, left + 1)
    playground.choice("activation", "sigmoid").click()
    expect(playground.lane().heads).to_have_text("4 sigmoid")
    follower.page.wait_for_timeout(200)
    expect(follower.lane().heads).to_have_text("4 tanh")
    follower.page.reload()
    says(follower, f"You are on your own; the class in room {code} goes on.")
    at_step(follower, left + 1)

    follower.button("Back to the class").click()
    says(follower, f"You follow room {code}.")
    expect(follower.lane().heads).to_have_text("4 sigmoid")
    playground.play_past(100)
    at_step(follower, playground.step)
    follower.page.reload()
    says(follower, f"You follow room {code}.")
    at_step(follower, playground.step)
    alike(playground, follower)


def test_whoever_does_something_of_their_own_is_on_their_own_until_they_come_back(playground, others):
    code = open_room(playground, step=20)
    follower = others()
    join(follower, code)
    at_step(follower, 20)
    follower.page.keyboard.press("ArrowRight")
    says(follower, f"You are on your own; the class in room {code} goes on.")
    at_step(follower, 21)
    follower.button("Back to the class").click()
    at_step(follower, 20)
    follower.choice("initialize", "zero").click()
    says(follower, f"You are on your own; the class in room {code} goes on.")
    expect(follower.lane().name).to_have_text("zero")
    at_step(follower, 0)
    at_step(playground, 20)
    follower.button("Leave the room for good").click()
    expect(follower.page.locator("#room")).to_be_hidden()
    assert "room" not in follower.address

    # Back again by typing the code; then the room is closed.
    follower.page.keyboard.press("o")
    dialog = follower.page.get_by_role("dialog", name="In class")
    dialog.get_by_label("Or follow a room; its code:").fill(code.replace("-", "").lower())
    dialog.get_by_role("button", name="Follow", exact=True).click()
    says(follower, f"You follow room {code}.")
    at_step(follower, 20)
    playground.button("Close the room").click()
    expect(playground.page.locator("#room")).to_be_hidden()
    says(follower, f"The presenter has closed room {code}.")
    follower.button("On your own").click()
    at_step(follower, 20)
    follower.page.goto(f"{follower.server.url}/?room=22222222")
    says(follower, "There is no room 2222-2222 at the moment. Trying again …")


def test_predictions_are_tallied_as_they_come(playground, others):
    code = open_room(playground)
    first, second = others(), others(viewport=NARROW, locale="de-DE", color_scheme="dark")
    join(first, code)
    second.page.goto(f"{second.server.url}/?room={code}")
    says(second, f"Du folgst Raum {code}.")
    playground.page.goto(f"{playground.server.url}/?present&lesson=why_random")
    tally = playground.page.locator(".slide:not(.code) .tally b")
    expect(tally).to_have_text(["0", "0", "0"])
    says(first, f"Room {code} has a question for you.")
    first.page.locator("#ask").get_by_role("button", name="Close").click()
    first.button("The question").click()
    expect(first.page.locator("#ask .choices-of-class button").first).to_be_focused()
    for follower, choice in ((first, "B"), (second, "A"), (second, "B")):
        expect(follower.page.locator("#ask .question")).to_be_visible()
        follower.page.locator("#ask .choices-of-class button").nth("ABC".index(choice)).click()
    expect(tally).to_have_text(["0", "2", "0"])
    expect(first.page.locator("#ask")).to_contain_text("You chose B. You may change it")
    expect(first.page.locator("#ask .tally")).to_be_hidden()  # nobody is told before what others think
    first.page.reload()
    first.page.locator("#ask .choices-of-class button").nth(2).click()
    expect(tally).to_have_text(["0", "1", "1"])

    playground.page.keyboard.press("PageDown")
    playground.page.keyboard.press("PageDown")
    for follower in (first, second):
        ask = follower.page.locator("#ask")
        expect(ask.locator(".right")).to_have_text(re.compile("65 %"))
        expect(ask.locator(".tally b")).to_have_text(["0", "1", "1"])
        expect(ask.locator("button").nth(1)).to_be_disabled()
    no_serious_violation(second)
    playground.page.keyboard.press("q")
    expect(playground.page.locator(".slide .room-code")).to_have_text(code)
    expect(playground.page.locator(".slide .number")).to_have_text("2 follow")


def test_a_class_goes_on_while_its_presenter_looks_at_something_else(playground, others):
    code = open_room(playground)
    follower = others()
    join(follower, code)
    playground.play("200/s")
    follower.past(20)
    # As in a window that is covered: nothing is drawn there any more.
    playground.page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { get: () => true });
          globalThis.requestAnimationFrame = () => 0;
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    follower.past(follower.step + 200)


def test_after_a_restart_the_same_room_goes_on(own_playground, faults, others):
    playground = own_playground
    faults.allow(NO_SERVER)
    code = open_room(playground, step=40)
    follower = others(playground.server)
    join(follower, code)
    playground.play("200/s")
    follower.past(100)
    playground.server.kill()
    expect(follower.banner).to_be_visible()
    playground.server.restart()
    expect(follower.banner).to_be_hidden()
    says(follower, f"You follow room {code}.")
    says(playground, f"Room {code} is open; 1 follows.")
    before = follower.step
    follower.past(before + 50)
    playground.pause()
    at_step(follower, playground.step)
    alike(playground, follower)
    # A reload of the presenter's page is no end either.
    playground.page.reload()
    says(playground, f"Room {code} is open; 1 follows.")
    at_step(follower, playground.step)


def test_answers_outlast_a_restart_before_and_after_they_are_shown(own_playground, faults, others):
    playground = own_playground
    faults.allow(NO_SERVER)
    code = open_room(playground)
    follower = others(playground.server)
    join(follower, code)
    playground.page.goto(f"{playground.server.url}/?present&lesson=why_random")
    tally = playground.page.locator(".slide:not(.code) .tally b")
    ask = follower.page.locator("#ask")
    expect(ask.locator(".choices-of-class button").nth(1)).to_be_visible()
    playground.server.kill()
    expect(follower.banner).to_be_visible()
    ask.locator(".choices-of-class button").nth(1).click()
    expect(ask).to_contain_text("You chose B.")
    playground.server.restart()
    expect(tally).to_have_text(["0", "1", "0"])
    playground.page.keyboard.press("PageDown")
    playground.page.keyboard.press("PageDown")
    expect(ask.locator(".tally b")).to_have_text(["0", "1", "0"])
    playground.server.kill()
    expect(follower.banner).to_be_visible()
    playground.server.restart()
    expect(follower.banner).to_be_hidden()
    says(follower, f"You follow room {code}.")
    expect(ask.locator(".tally b")).to_have_text(["0", "1", "0"])
    expect(tally).to_have_text(["0", "1", "0"])


# --- what a page says, word for word ------------------------------------------------------------------------

PAGE_ALONE = """async ([search, script]) => {
  const { createRoom } = await import(document.querySelector("[href$='/room.js']").href);
  let state = { room: null };
  let said = [];
  const store = { get: () => state, set: (changes) => { state = { ...state, ...changes }; } };
  const stream = { send: (message) => said.push(message), reconnect() {} };
  const room = createRoom(store, () => stream, { href: location.href, search });
  return script.map(([does, ...given]) => {
    said = [];
    if (does === "hello") said = room.hello(() => ({ type: "open" }));
    else room[does](...given);
    return said.filter(({ type }) => type !== "open").map(({ secret, voter, ...message }) => message);
  });
}"""


def said(playground, search, *script):
    """What a page says at each step of a script, secrets left out."""
    playground.open({})
    return playground.page.evaluate(PAGE_ALONE, [search, [list(step) for step in script]])


def to_followers(lesson="nudge", **changes):
    question = lesson and {"lesson": lesson, "revealed": changes.pop("revealed", False)}
    return "hear", {"type": "room", "presented": True, "round": 1, "question": question, **changes}


def to_presenter(**changes):
    return "hear", {"type": "room", "code": "ABCD2345", "followers": 2, "alone": False, **changes}


VOTE = [{"type": "answer", "lesson": "nudge", "choice": 1}]


@pytest.mark.parametrize(
    "later",
    {
        "on another connection of the same server": [("hello",), to_followers()],
        "when the server counts anew": [to_followers(round=2)],
        "when the server's others are reached again": [
            to_followers(reached=False, presented=False),
            to_followers(),
        ],
        "when a server that has begun anew learns the question a moment later": [
            ("hello",),
            to_followers(None, round=2),
            to_followers(None, round=2),
            to_followers(round=2),
        ],
    }.items(),
    ids=lambda case: case[0],
)
def test_an_answer_is_given_again(playground, later):
    begun = [("hello",), to_followers(), ("answer", 1), to_followers()]
    told = said(playground, "?room=ABCD2345", *begun, *later[1], to_followers(round=later[1][-1][1]["round"]))
    assert told[:4] == [[], [], VOTE, []]
    assert told[4:] == [[]] * (len(later[1]) - 1) + [VOTE, []]


def test_an_answer_is_not_given_again_to_another_question_or_one_whose_answer_was_shown(playground):
    told = said(
        playground,
        "?room=ABCD2345",
        *(("hello",), to_followers(), ("answer", 1)),
        *(("hello",), to_followers(revealed=True), to_followers(revealed=True, round=2)),
        *(to_followers(None, round=2), to_followers(round=2)),  # taken back, and asked anew
        *(to_followers("why_random", round=2), to_followers(round=3)),
    )
    assert told == [[], [], VOTE, *([[]] * 7)]


def test_who_has_lost_the_room_to_another_window_does_not_take_it_back_by_connecting_anew(playground):
    taken = "hear", {"type": "room", "code": None, "why": "taken"}
    told = said(
        playground,
        "",
        *(
            ("open",),
            to_presenter(),
            ("hello",),
            taken,
            ("hello",),
            ("ask", "nudge"),
            ("open",),
            to_presenter(),
        ),
    )
    asked = {"type": "ask", "lesson": "nudge", "revealed": False}
    first, second = ([{"type": "room", "turn": turn}] for turn in (1, 2))
    assert told == [first, [], first, [], [], [], second, [asked]]


def test_a_window_that_comes_back_and_had_not_heard_of_another_one_is_told(playground):
    first, second = playground, Playground(playground.page.context.new_page(), playground.server)
    code = open_room(first, step=20)
    assert open_room(second, step=30) == code
    there = f"Room {code} is presented from another window now."
    says(first, there)
    # As if its connection had been lost before it heard of that.
    first.page.evaluate(f"sessionStorage['{PRESENTS}'] = '1'")
    first.page.reload()
    says(first, there)
    says(second, f"Room {code} is open; 0 follow.")
    first.button("Open it here").click()
    says(first, f"Room {code} is open; 0 follow.")
    says(second, there)


def test_a_duplicated_window_has_the_room_and_the_one_it_was_made_from_does_not_take_it_back(playground):
    first, second = playground, Playground(playground.page.context.new_page(), playground.server)
    code = open_room(first, step=20)
    stored = first.page.evaluate(f"sessionStorage['{PRESENTS}']")
    second.page.add_init_script(f"sessionStorage['{PRESENTS}'] ??= '{stored}'")
    second.open({}, step=30)
    there = f"Room {code} is presented from another window now."
    says(first, there)
    says(second, f"Room {code} is open; 0 follow.")
    # As if its connection had been lost before it heard of that.
    first.page.evaluate(f"sessionStorage['{PRESENTS}'] = '{stored}'")
    first.page.reload()
    says(first, there)
    # A reload is no duplicate: the window that has the room keeps it, as often as it likes.
    for _ in range(2):
        second.page.reload()
        says(second, f"Room {code} is open; 0 follow.")
    says(first, there)


@pytest.mark.parametrize(
    ("last", "own", "turn"),
    [
        (4, 4, 5),  # a reload or a duplicate of the window that has the room
        (5, 4, 4),  # another has taken it since
        (0, 7, 8),  # the browser has lost the count
    ],
)
def test_a_page_that_comes_back_has_a_turn_of_its_own_if_nobody_had_a_later_one(playground, last, own, turn):
    playground.open({})
    playground.page.evaluate(f"localStorage['{TURN}'] = '{last}'; sessionStorage['{PRESENTS}'] = '{own}'")
    told = playground.page.evaluate(PAGE_ALONE, ["", [["hello"], ["hello"]]])
    assert told == [[{"type": "room", "turn": turn}]] * 2


def test_a_server_that_has_forgotten_the_answers_is_told_them_with_a_revealed_question(playground):
    told = said(
        playground,
        "",
        *(("open",), to_presenter(), ("ask", "nudge"), to_presenter(question="nudge", counts=[1, 2, 0])),
        *(("ask", "nudge", True), to_presenter(counts=None), ("hello",)),
        *(("another",), to_presenter()),
    )
    asked = {"type": "ask", "lesson": "nudge"}
    known = {**asked, "revealed": True, "counts": [1, 2, 0]}
    assert told[2] == [{**asked, "revealed": False}]
    assert told[4] == [known]
    assert told[6] == [{"type": "room", "turn": 1}, known]
    assert told[8] == [{**asked, "revealed": True}]  # another class, perhaps


def test_axe_finds_nothing_serious_in_the_dialog_open_or_not(playground):
    open_room(playground)
    playground.button("Show the code").click()
    for scheme in ("light", "dark"):
        playground.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        no_serious_violation(playground)
    playground.page.get_by_role("dialog", name="In class").get_by_role(
        "button", name="Close the room"
    ).click()
    expect(playground.page.get_by_label("Or follow a room; its code:")).to_be_visible()
    no_serious_violation(playground)
