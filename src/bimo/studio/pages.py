"""Which pages are open, so that a page that closes frees the engine and a page that reloads finds its work again.

A page gives itself an id and keeps it over a reload. It is present while one of its streams is open. Once the last one
has ended, or it said that it leaves, its work is stopped after `GRACE`, unless it comes back. A reload asks for the
page itself just before or after it leaves; then it is waited for up to `LOADING`, which a closed tab never causes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GRACE = 0.5
LOADING = 15.0
# How long before it leaves the request of a reload may come.
_BEFORE = 3.0


class Pages:
    """The open pages. Lives on the event loop alone; `gone` is called there when a page does not come back."""

    def __init__(self, gone: Callable[[str], None], *, grace: float = GRACE, loading: float = LOADING) -> None:
        self._gone = gone
        self._grace = grace
        self._loading = loading
        self._streams: dict[str, int] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._sessions: dict[str, str] = {}
        self._asked: dict[str, float] = {}

    def present(self, page: str) -> bool:
        """Whether the page has a stream open."""
        return page in self._streams

    @contextmanager
    def listening(self, page: str, session: str) -> Iterator[None]:
        """While a stream of the page is open."""
        self._sessions[page] = session
        self._streams[page] = self._streams.get(page, 0) + 1
        if self._streams[page] == 1:
            # The loading that brought this page is over; the next departure is no part of it.
            self._asked.pop(session, None)
        self._forgive(page)
        try:
            yield
        finally:
            self._streams[page] -= 1
            if not self._streams[page]:
                del self._streams[page]
                if page not in self._timers:
                    self._wait_for(page)

    def leaves(self, page: str) -> None:
        """The page says that it goes, before its streams end."""
        if page in self._sessions and page not in self._timers:
            self._wait_for(page)

    def loads(self, session: str) -> None:
        """A browser of this session asks for the page itself: perhaps a reload."""
        self._asked[session] = time.monotonic()
        for page, timer in list(self._timers.items()):
            if self._sessions.get(page) == session:
                timer.cancel()
                self._wait_for(page)

    def _wait_for(self, page: str) -> None:
        self._forgive(page)
        asked = self._asked.get(self._sessions.get(page, ""), -_BEFORE)
        wait = self._loading if time.monotonic() - asked < _BEFORE else self._grace
        self._timers[page] = asyncio.get_running_loop().call_later(wait, self._give_up, page)

    def _forgive(self, page: str) -> None:
        if timer := self._timers.pop(page, None):
            timer.cancel()

    def _give_up(self, page: str) -> None:
        self._timers.pop(page, None)
        # A page that said it goes and whose streams hang on, as after a crash, is gone all the same.
        self._sessions.pop(page, None)
        self._gone(page)
