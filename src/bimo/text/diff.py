"""What changed from one text to another, in the pieces a writer would mark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

from bimo.text.errors import Language
from bimo.text.spans import Edit, Span
from bimo.text.words import segments

Shown = tuple[Literal["same", "del", "ins"], str]
_Change = tuple[int, int, int, int]


def diff(old: str, new: str, lang: Language) -> list[Edit]:
    """The edits that turn `old` into `new`, at words; `apply_edits(old, diff(old, new, lang)) == new`.

    Sentences are compared first, and words only within the ones that differ, so that a long text stays quick.
    """
    rows = _lines(old), _lines(new)
    changes: list[_Change] = []
    for a, b, c, d in _changes(*rows):
        first = sum(map(len, rows[0][:a])), sum(map(len, rows[1][:c]))
        parts = "".join(rows[0][a:b]), "".join(rows[1][c:d])
        changes += _at_words(parts, first, lang)
    return [Edit(Span(a, b), new[c:d]) for a, b, c, d in _joined(old, changes)]


def shown(old: str, edits: Iterable[Edit]) -> list[Shown]:
    """The text with its changes, piece by piece, for rendering; edits as `apply_edits` takes them."""
    pieces: list[Shown] = []
    place = 0
    for edit in sorted(edits):
        pieces += [("same", old[place : edit.span.start]), ("del", edit.span.of(old)), ("ins", edit.new)]
        place = edit.span.end
    pieces.append(("same", old[place:]))
    return [piece for piece in pieces if piece[1]]


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n。！？.!?]*[\n。！？.!?]+|[^\n。！？.!?]+$", text)


def _at_words(parts: tuple[str, str], first: tuple[int, int], lang: Language) -> Iterator[_Change]:
    old, new = (_tokens(part, lang) for part in parts)
    starts = [_starts(tokens, begin) for tokens, begin in zip((old, new), first, strict=True)]
    for a, b, c, d in _changes(old, new):
        yield starts[0][a], starts[0][b], starts[1][c], starts[1][d]


def _tokens(text: str, lang: Language) -> list[str]:
    return segments(text) if lang == "zh" else re.findall(r"\w+(?:['’]\w+)*|\s+|[^\w\s]", text)


def _starts(tokens: Sequence[str], place: int) -> list[int]:
    starts = [place]
    for token in tokens:
        starts.append(starts[-1] + len(token))
    return starts


def _changes(old: Sequence[str], new: Sequence[str]) -> list[_Change]:
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(a, b, c, d) for tag, a, b, c, d in codes if tag != "equal"]


def _joined(old: str, changes: Iterable[_Change]) -> list[_Change]:
    """The changes, with those made one that stand side by side or have only white space between them."""
    found: list[_Change] = []
    for change in changes:
        last = found[-1] if found else None
        if (
            last
            and (last[1] == change[0] or old[last[1] : change[0]].isspace())
            and "\n" not in old[last[1] : change[0]]
        ):
            found[-1] = (last[0], change[1], last[2], change[3])
        else:
            found.append(change)
    return found
