"""A page that is watched: whatever it should not say, ask for or try fails the test."""

import contextlib
import fcntl
import re
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.browser.chromium import ARGUMENTS, WIDE, executable
from tests.browser.playground import Playground, leave_out_charts
from tests.browser.profile import Profile
from tests.serving import Server

HERE = Path(__file__).parent
expect.set_options(timeout=20_000)

ONE_PROCESS = "--process-per-site"
"""All pages of a profile in one process: the scripts that it has read once it need not read again."""

AT_ONCE = 2
"""Pages that are tested at a time: each keeps a core busy, and more would keep each other waiting."""

FAILED = pytest.StashKey[bool]()
"""Whether the last phase of a test did."""

# A violation of the content security policy, wherever it happens, becomes an error on the console.
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  console.error(`content security policy: ${violatedDirective} blocked ${blockedURI}`);
});
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser last: Playwright leaves a running event loop in this thread, where others start theirs."""
    items.sort(key=lambda item: HERE in item.path.parents)


@pytest.fixture(autouse=True)
def one_of_few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Waits until few enough others test a page; tests of another kind do not use up their core."""
    shared = tmp_path_factory.getbasetemp().parent
    with contextlib.ExitStack() as stack:
        places = [stack.enter_context((shared / f"page-{i}.lock").open("w")) for i in range(AT_ONCE)]
        with (shared / "page-next.lock").open("w") as queue:
            fcntl.flock(queue, fcntl.LOCK_EX)  # who waits longest is next
            while not any(locked(place) for place in places):
                time.sleep(0.02)
        yield


def locked(file: TextIO) -> bool:
    """Whether this process has it from now on, until the file is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@pytest.fixture(scope="session")
def base_url() -> None:
    """Addresses are whole here. (The plugin's own fixture has a form that pytest 9 warns of.)"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": executable(), "args": [*ARGUMENTS, ONE_PROCESS]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": WIDE, "locale": "en-US"}


class Faults:
    """What a page must not do; ``allow`` what a test provokes."""

    def __init__(self, context: BrowserContext) -> None:
        self.seen: list[str] = []
        self.origins: set[str] = set()
        self._allowed: list[str] = []
        self._heard: dict[Any, Callable[[Any], None]] = {
            "console": lambda m: m.type in ("error", "warning") and self._note(f"{m.type}: {m.text}"),
            "weberror": lambda fault: self._note(f"uncaught: {fault.error}"),
            "request": lambda request: self._asked(request.url),
            "page": lambda page: page.on("websocket", lambda socket: self._asked(socket.url)),
        }
        self._context = context
        for event, hear in self._heard.items():
            context.on(event, hear)

    def allow(self, pattern: str) -> None:
        """From now on what matches is no fault."""
        self._allowed.append(pattern)

    def check(self) -> None:
        """What there was until now; from here on nothing is watched."""
        for event, hear in self._heard.items():
            self._context.remove_listener(event, hear)
        assert self.seen == []
        assert len(self.origins) <= 1, f"requests to several origins: {sorted(self.origins)}"

    def _note(self, fault: str) -> None:
        if not any(re.search(pattern, fault) for pattern in self._allowed):
            self.seen.append(fault)

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about"):
            self.origins.add(parts.netloc)


@pytest.fixture(scope="session")
def profile(browser: Browser, browser_context_args: dict[str, Any], server: Server) -> Iterator[Profile]:
    """The profile that all tests share."""

    def new() -> BrowserContext:
        context = browser.new_context(**browser_context_args)
        context.add_init_script(TELL_VIOLATIONS)
        return context

    shared = Profile(new, f"{server.url}/api/health")
    yield shared
    shared.drop()


@pytest.fixture
def context(request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """The shared profile, with nothing in it; one of its own for a test with ``browser_context_args``."""
    if request.node.get_closest_marker("browser_context_args"):
        own: BrowserContext = request.getfixturevalue("new_context")()
        own.add_init_script(TELL_VIOLATIONS)
        yield own
        return
    shared: Profile = request.getfixturevalue("profile")
    yield shared.context
    if request.node.stash.get(FAILED, False):
        shared.drop()
    else:
        shared.clean()


@pytest.fixture
def faults(context: BrowserContext) -> Iterator[Faults]:
    watch = Faults(context)
    yield watch
    watch.check()


@pytest.fixture
def page(request: pytest.FixtureRequest, faults: Faults, context: BrowserContext) -> Page:
    """A watched page, which draws its charts for tests that are marked so."""
    context.set_default_timeout(20_000)
    if not request.node.get_closest_marker("charts"):
        leave_out_charts(context)
    return context.new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A picture of the page when a test failed. (The plugin would take one of every test.)"""
    report = yield
    failed = item.stash[FAILED] = report.failed
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and failed and page is not None:
        with contextlib.suppress(Error):
            name = re.sub(r"\W+", "-", item.nodeid)
            page.screenshot(path=Path(item.config.getoption("--output")) / f"{name}.png")
    return report


@pytest.fixture
def playground(page: Page, server: Server) -> Playground:
    """The playground, not yet opened, served by the server that all share."""
    return Playground(page, server)


@pytest.fixture
def own_playground(page: Page, own_server: Server) -> Playground:
    """The playground, not yet opened, with a server of its own that may be killed."""
    return Playground(page, own_server)
