"""Places in a text at the border: the page counts UTF-16 units, everything inside counts code points."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from bimo.text.spans import Span

# Signs outside the basic plane: two units in the browser, one code point here.
_WIDE = re.compile("[\U00010000-\U0010ffff]")


class Places:
    """The places of one text, from the page's units to code points and back.

    A place inside of a sign of two units is the place before it; a place behind the end is the end.
    """

    def __init__(self, text: str) -> None:
        self._wide: Sequence[int] = [found.start() for found in _WIDE.finditer(text)]
        # Where each wide sign begins for the page: every wide sign before it has shifted it by one.
        self._shifted = [place + number for number, place in enumerate(self._wide)]
        self._length = len(text)

    def inside(self, units: int) -> int:
        """The code point at which the page's place stands."""
        return min(max(0, units - bisect_left(self._shifted, units)), self._length)

    def outside(self, point: int) -> int:
        """The page's place of a code point."""
        return point + bisect_left(self._wide, point)

    def span_inside(self, start: int, end: int) -> Span:
        """The span between two places of the page, in whatever order they were given."""
        first, last = sorted((self.inside(start), self.inside(end)))
        return Span(first, last)

    def span_outside(self, span: Span) -> dict[str, int]:
        """A span as the page reads it: `start` and `end` in UTF-16 units."""
        return {"start": self.outside(span.start), "end": self.outside(span.end)}
