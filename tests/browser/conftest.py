"""A page that is watched: whatever it should not say, ask for or try fails the test."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chromium import ARGUMENTS, WIDE, executable
from tests.browser.playground import Playground
from tests.serving import Server

HERE = Path(__file__).parent
expect.set_options(timeout=10_000)

# A violation of the content security policy, wherever it happens, becomes an error on the console.
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  console.error(`content security policy: ${violatedDirective} blocked ${blockedURI}`);
});
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser last: Playwright leaves a running event loop in this thread, where others start theirs."""
    items.sort(key=lambda item: HERE in item.path.parents)


@pytest.fixture(scope="session")
def base_url() -> None:
    """Addresses are whole here. (The plugin's own fixture has a form that pytest 9 warns of.)"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": executable(), "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": WIDE, "locale": "en-US"}


class Faults:
    """What a page must not do; ``allow`` what a test provokes."""

    def __init__(self, context: BrowserContext) -> None:
        self.seen: list[str] = []
        self.origins: set[str] = set()
        self._allowed: list[str] = []
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", lambda m: m.type in ("error", "warning") and self._note(f"{m.type}: {m.text}"))
        context.on("weberror", lambda fault: self._note(f"uncaught: {fault.error}"))
        context.on("request", lambda request: self._asked(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: self._asked(socket.url)))

    def allow(self, pattern: str) -> None:
        """From now on what matches is no fault."""
        self._allowed.append(pattern)

    def check(self) -> None:
        assert self.seen == []
        assert len(self.origins) <= 1, f"requests to several origins: {sorted(self.origins)}"

    def _note(self, fault: str) -> None:
        if not any(re.search(pattern, fault) for pattern in self._allowed):
            self.seen.append(fault)

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about"):
            self.origins.add(parts.netloc)


@pytest.fixture
def faults(context: BrowserContext) -> Iterator[Faults]:
    watch = Faults(context)
    yield watch
    watch.check()


@pytest.fixture
def page(faults: Faults, context: BrowserContext) -> Page:
    """A watched page in a browser profile of its own."""
    context.set_default_timeout(10_000)
    return context.new_page()


@pytest.fixture
def without_charts(context: BrowserContext) -> None:
    """For tests that look at no chart: Plotly's script, and what it draws, is half the work of a page."""
    nothing = "window.withoutCharts = true"
    context.route(
        "**/vendor/plotly.min.js", lambda route: route.fulfill(body=nothing, content_type="text/javascript")
    )


@pytest.fixture
def playground(page: Page, server: Server) -> Playground:
    """The playground, not yet opened, served by the server that all share."""
    return Playground(page, server)


@pytest.fixture
def own_playground(page: Page, own_server: Server) -> Playground:
    """The playground, not yet opened, with a server of its own that may be killed."""
    return Playground(page, own_server)
