"""A browser for the tests of the page: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from house_of_tests import House
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here: apt-get install chromium")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TEXT = ".cm-content"


@contextmanager
def browser(*flags: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_FLAGS, *flags])
        yield opened
        opened.close()


class Visitor:
    """Somebody at a page; whatever the page complains of is kept in `faults`."""

    def __init__(self, context: BrowserContext, house: House) -> None:
        self.context = context
        self.house = house
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.watch(self.page)

    def watch(self, page: Page) -> None:
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        # A refusal by the content policy is told on the console; so is every answer of 400 and above.
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)

    def come_in(self, page: Page | None = None) -> None:
        (page or self.page).goto(f"{self.house.origin}/#token={self.house.studio.sessions.token}")
        (page or self.page).wait_for_selector(".library, .desk")

    def slip_in(self) -> None:
        """Come in without looking at the library first, which takes a second."""
        body = {"token": self.house.studio.sessions.token}
        headers = {"Origin": self.house.origin}
        answer = self.context.request.post(f"{self.house.origin}/api/session", data=body, headers=headers)
        assert answer.status == 204, answer.text()

    def open(self, work: str, scene: str | None = None, page: Page | None = None) -> None:
        page = page or self.page
        page.goto(f"{self.house.origin}/w/{work}" + (f"/{scene}" if scene else ""))
        page.wait_for_selector(TEXT)
        page.wait_for_selector(".mark.saved")

    def text(self) -> str:
        return "\n".join(self.page.eval_on_selector_all(".cm-line", "lines => lines.map(line => line.textContent)"))

    def go_to_end(self) -> None:
        self.page.click(TEXT)
        self.page.keyboard.press("Control+End")

    def saved(self) -> None:
        self.page.wait_for_selector(".mark.saved")

    def ime(self) -> Any:
        return self.context.new_cdp_session(self.page)
