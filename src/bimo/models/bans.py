"""Finding banned phrases in text that is still being written, however the pieces fall.

The method is that of antislop and koboldcpp: let the model write, and when a phrase is complete go back to the token
it began with, forbid that token there, and sample again. Text that may still become a phrase is held back, so that
nothing shown to the writer is ever taken back.
"""

from __future__ import annotations

from collections.abc import Iterable

import regex

# What `…` in a phrase may stand for: a short run inside one sentence.
_GAP = r"[^。！？.!?\n]{1,15}?"


class Bans:
    """A set of phrases. Case and the kind of white space do not matter; `…` stands for up to 15 characters.

    A phrase that begins or ends with a Latin letter matches whole words only.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        patterns = [_pattern(phrase) for phrase in phrases if phrase.strip(" …")]
        self._regex = regex.compile("|".join(patterns), regex.IGNORECASE) if patterns else None

    def __bool__(self) -> bool:
        return self._regex is not None

    def find(self, text: str, start: int = 0, *, complete: bool = False) -> tuple[int, bool] | None:
        """Where the first banned phrase at or after `start` begins, and whether it is complete.

        False means that the end of `text` may still become a phrase. With `complete`, no more text will come.
        """
        if self._regex is None:
            return None
        match = self._regex.search(text, start, partial=not complete)
        if match is None or match.start() == match.end() == len(text):
            return None
        return match.start(), not match.partial


def _pattern(phrase: str) -> str:
    parts = [r"\s+".join(regex.escape(word) for word in part.split()) for part in phrase.strip().split("…")]
    before = r"(?<![A-Za-z])" if regex.match("[A-Za-z]", phrase) else ""
    after = r"(?![A-Za-z])" if regex.search("[A-Za-z]$", phrase) else ""
    return before + _GAP.join(parts) + after
