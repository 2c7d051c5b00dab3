"""A browser profile that tests share, one after the other: in one of its own a page takes twice as long."""

import contextlib
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Error


class Profile:
    """Its first page stays, so that the process does, which has read the scripts once (ONE_PROCESS)."""

    def __init__(self, new: Callable[[], BrowserContext], stays: str) -> None:
        self._new, self._stays = new, stays
        self._context: BrowserContext | None = None
        self._origins: set[str] = set()

    @property
    def context(self) -> BrowserContext:
        """With nothing in it but the page that stays."""
        if self._context is None:
            self._context = self._new()
            self._context.on("request", lambda request: self._origins.add(origin_of(request.url)))
            self._context.new_page().goto(self._stays)
        return self._context

    def clean(self) -> None:
        """Forget what a test has left; where that cannot be done, the next one gets another profile."""
        if self._context is None:
            return
        try:
            stays, *opened = self._context.pages
            for page in opened:
                page.close()
            self._context.unroute_all()
            self._context.clear_permissions()
            browser = self._context.new_cdp_session(stays)
            for origin in self._origins:  # by the browser: the pages' process may be busy
                if origin.startswith("http"):
                    browser.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
            browser.detach()
            self._origins.clear()
        except Error:
            self.drop()

    def drop(self) -> None:
        """A page of it may hang, and with it all others."""
        if self._context is not None:
            with contextlib.suppress(Error):
                self._context.close()
        self._context = None
        self._origins.clear()


def origin_of(url: str) -> str:
    """``http://host:port`` of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
