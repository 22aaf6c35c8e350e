"""The layout of a pasted poem: title, author, lines and stanzas, with their places in the text as it was given.

A line of Chinese verse is a clause, whatever marks or line ends divide the clauses; a line of English verse is a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bimo.text.errors import Language
from bimo.text.spans import Span


@dataclass(frozen=True, slots=True)
class Line:
    """One line of verse.

    Chinese: `text` holds the characters alone, `places` the offset of each of them, and `mark` the pause after it:
    "、", "，", "。", or nothing where only a line end or a blank stands. English: `text` is the line without blank
    edges, `places` is empty. `stanza` and `row` count stanzas and written lines from 0.
    """

    span: Span
    text: str
    places: Sequence[int] = ()
    mark: str = ""
    stanza: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Poem:
    """A poem taken apart. `odd` are the letters, digits and pictures among Chinese characters, which no form has."""

    text: str
    lang: Language
    lines: tuple[Line, ...]
    title: str = ""
    author: str = ""
    odd: tuple[Span, ...] = ()
