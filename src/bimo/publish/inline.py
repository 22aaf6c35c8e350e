"""Emphasis inside a line: `*words*`, `_words_` and `**words**`, as writers type them and imports write them.

Unlike CommonMark (spec 0.31, section 6.2), a mark counts beside any letter or sign: `他说**“不”**。` is strong there
and not here, because Chinese puts no spaces around words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from bimo.publish.document import HIDDEN, Mark, Marks, Piece, Verse, Weight, part, tidied, verse_line
from bimo.text.spans import Span

# Marks that were typed as such, told from signs that mean themselves; no text holds these, `typed` sees to it.
_STAR, _LOW, _STOP = "\x0e", "\x0f", "\x10"
_RUN: Final = re.compile(f"({_STAR}+{_STOP}|{_LOW}+{_STOP})")
_TYPED: Final = re.compile(r"\*+|(?<!\w)_+(?=\w)|(?<=\S)_+(?!\w)|(?<!\w)_+(?=\S)")
# Put between two runs of marks that would be read as one; `HIDDEN` takes it away again.
_JOINT: Final = "\ufeff"
_KEPT: Final = re.compile(HIDDEN.pattern.replace(_JOINT, ""))
# Openers farther back are no longer looked for, so that strange text costs no more than other text.
_REACH: Final = 32
_WEIGHTS: Final[tuple[tuple[int, Weight], ...]] = ((1, "emphasis"), (2, "strong"))


def typed(text: str) -> str:
    """The text without control characters, its stars and low lines marked as ones that may mean emphasis."""
    if "*" not in text and "_" not in text:
        return HIDDEN.sub("", text)
    return _TYPED.sub(_run, _KEPT.sub("", text)).replace(_JOINT, "")


def unmarked(text: str) -> str:
    """The text, made by `typed`, without the marks."""
    return _RUN.sub("", text)


def read(text: str) -> tuple[str, Marks]:
    """The words of a text made by `typed`, and which of them stand out; marks without a partner stay signs."""
    tokens = _RUN.split(text)
    if len(tokens) == 1:
        return text, ()
    opened, closed = _paired(tokens)
    words = ""
    found: list[Mark] = []
    since: dict[int, list[int]] = {1: [], 2: []}
    for place, token in enumerate(tokens):
        if not place % 2:
            words += token
            continue
        opens, closes = opened.get(place, []), closed.get(place, [])
        for count in closes:
            found += [Mark(Span(since[bit].pop(), len(words)), weight) for bit, weight in _WEIGHTS if count & bit]
        words += ("*" if token[0] == _STAR else "_") * (len(token) - 1 - sum(opens) - sum(closes))
        for count in opens:
            for bit, _ in _WEIGHTS:
                since[bit] += [len(words)] if count & bit else []
    return words, tidied(words, found)


def written(pieces: Iterable[Piece], escaped: Callable[[str], str]) -> str:
    """The pieces with stars around what stands out; `escaped` protects the words of a piece."""
    text, ends_marked = "", False
    for piece in pieces:
        stars = "*" * (piece.emphasis + 2 * piece.strong)
        body = piece.text.strip()
        if not stars or not body:
            text, ends_marked = text + escaped(piece.text), False
            continue
        start = piece.text.index(body)
        before, behind = piece.text[:start], piece.text[start + len(body) :]
        joint = _JOINT if ends_marked and not before else ""
        text += f"{joint}{before}{stars}{escaped(body)}{stars}{behind}"
        ends_marked = not behind
    return text


def cleaned(text: str, marks: Marks, clean: Callable[[str], str]) -> tuple[str, Marks]:
    """The text as `clean` makes it, with the marks at the places that they have then."""
    if not marks:
        return clean(text), ()

    def moved(place: int) -> int:
        # Something must stand behind the place, for blanks at the end of a text are cut off.
        return len(clean(text[:place] + "x")) - 1

    made = clean(text)
    moves = (Mark(Span(moved(mark.span.start), moved(mark.span.end)), mark.weight) for mark in marks)
    return made, tidied(made, moves)


def verse(text: str, marks: Marks = ()) -> Verse | None:
    """The lines of `text` as a stanza, without empty ones; None if nothing is left."""
    lines: list[str] = []
    found: list[Mark] = []
    start = place = 0
    for line in text.split("\n"):
        body, inside = cleaned(line, part(marks, Span(start, start + len(line))), verse_line)
        start += len(line) + 1
        if body.strip():
            found += (Mark(Span(place + m.span.start, place + m.span.end), m.weight) for m in inside)
            lines.append(body)
            place += len(body) + 1
    return Verse(tuple(lines), tidied("\n".join(lines), found)) if lines else None


def stanzas(text: str) -> tuple[Verse, ...]:
    """The stanzas of a poem that is written with one verse a line and blank lines between stanzas."""
    return tuple(_stanzas(text))


def _stanzas(text: str) -> Iterator[Verse]:
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if found := verse(*read(typed(block))):
            yield found


def _run(match: re.Match[str]) -> str:
    return (_STAR if match[0][0] == "*" else _LOW) * len(match[0]) + _STOP


def _paired(tokens: list[str]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Which runs of marks open and close, and with how many of their signs: 1 emphasis, 2 strong, 3 both."""
    opened: dict[int, list[int]] = {}
    closed: dict[int, list[int]] = {}
    waiting: list[list[int]] = []
    for place in range(1, len(tokens), 2):
        sign, left = tokens[place][0], len(tokens[place]) - 1
        if left > 3:
            continue
        if _touches(tokens[place - 1], -1):
            for opener in reversed(waiting[-_REACH:]):
                count = _shared(opener[1], left)
                if tokens[opener[0]][0] != sign or not count:
                    continue
                opened.setdefault(opener[0], []).insert(0, count)
                closed.setdefault(place, []).append(count)
                opener[1] -= count
                left -= count
                del waiting[waiting.index(opener) + bool(opener[1]) :]
                if not left:
                    break
        if left and _touches(tokens[place + 1], 0):
            waiting.append([place, left])
    return opened, closed


def _shared(opener: int, closer: int) -> int:
    """How many signs an opener and a closer have for each other: all of one, and of three what the other has."""
    return min(opener, closer) if opener == closer or 3 in (opener, closer) else 0


def _touches(text: str, end: int) -> bool:
    return not text or not text[end].isspace()
