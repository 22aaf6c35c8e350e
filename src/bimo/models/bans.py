"""Finding phrases in text that is still being written, however the pieces fall.

Text that may still become a phrase is reported too, so that it can be held back: nothing shown to the writer is ever
taken back. `rewind` uses this to write around phrases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import regex

# What `…` in a phrase may stand for: a short run inside one sentence. Greedy, because a lazy run makes `regex` report
# a possible beginning where there is none any more.
_GAP = r"[^。！？.!?\n]{1,15}"
_APOSTROPHES = regex.compile("['’]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase in a text, from `start` to `end`; not `whole` if only its beginning stands at the end of the text."""

    start: int
    end: int
    whole: bool


class Phrases:
    """A set of patterns that are looked for in growing text."""

    def __init__(self, growing: Iterable[str], ended: Iterable[str], *, ignore_case: bool) -> None:
        flags = regex.IGNORECASE if ignore_case else 0
        self._growing = regex.compile("|".join(growing) or r"(?!)", flags)
        self._ended = regex.compile("|".join(ended) or r"(?!)", flags)

    def find(self, text: str, start: int = 0, *, complete: bool = False) -> Hit | None:
        """The first phrase at or after `start`, or else the first beginning of one at the end of `text`.

        With `complete` no more text will come, so the end of the text counts as the end of a word.
        """
        match = self._ended.search(text, start) if complete else self._growing.search(text, start, partial=True)
        if match is None or match.start() == match.end():
            return None
        return Hit(match.start(), match.end(), not match.partial)


class Bans(Phrases):
    """Phrases that must not be written.

    Case, the kind of white space and the shape of apostrophes do not matter; `…` stands for up to 15 characters of
    one sentence. A phrase that begins or ends with a Latin letter matches whole words only.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        plain = [phrase for phrase in (phrase.strip(" …\t\n") for phrase in phrases) if phrase]
        super().__init__(
            # While the text grows a word is over only when something else has come after it.
            [_pattern(phrase, r"(?=[^A-Za-z])") for phrase in plain],
            [_pattern(phrase, r"(?![A-Za-z])") for phrase in plain],
            ignore_case=True,
        )
        self._any = bool(plain)

    def __bool__(self) -> bool:
        return self._any


class Stops(Phrases):
    """Strings that end the text, exactly as they are."""

    def __init__(self, strings: Iterable[str]) -> None:
        plain = [regex.escape(string) for string in strings if string]
        super().__init__(plain, plain, ignore_case=False)


def _pattern(phrase: str, word_end: str) -> str:
    parts = [r"\s+".join(_word(word) for word in part.split()) for part in phrase.split("…") if part.strip()]
    before = r"(?<![A-Za-z])" if regex.match("[A-Za-z]", phrase) else ""
    after = word_end if regex.search("[A-Za-z]$", phrase) else ""
    return before + _GAP.join(parts) + after


def _word(word: str) -> str:
    return "['’]".join(regex.escape(piece) for piece in _APOSTROPHES.split(word))
