"""What the checks of all Chinese kinds share: marks above characters, and faults that need no pattern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import count, repeat
from typing import Final

from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span
from bimo.verse.chinese.ear import Ear
from bimo.verse.faults import fault
from bimo.verse.layout import Line, Poem
from bimo.verse.scansion import Mark, ScannedLine

# More findings of one sort than this say nothing new.
MANY: Final = 4
# Words that poems repeat without anybody minding.
_SMALL: Final = frozenset("不无無一有何人")


@cache
def place(at: int) -> Span:
    """The span of one character; kept, since every poem begins at 0."""
    return Span(at, at + 1)


def scanned(
    line: Line, ear: Ear, expected: str = "", *, bad: int = 0, rhyme: str = "", group: str = ""
) -> tuple[ScannedLine, list[Finding]]:
    """The line with its marks, and a hint for each rare reading. Bit i of `bad` says that character i has a fault."""
    heard = ear.hear_all(line.text, expected)
    if group:
        heard[-1] = ear.hear(line.text[-1], expected[-1:], group)
    founds, readings, rare = zip(*heard, strict=True)
    spans, tones, oks = map(place, line.places), expected or repeat(""), _oks(bad)
    marks = tuple(map(Mark, spans, line.text, tones, founds, readings, oks))
    findings = []
    if ear.policy == "any" and True in rare:
        for mark, each in zip(marks, heard, strict=True):
            if each.rare and mark.ok:
                usual = ear.hear(mark.text, "").reading
                findings.append(
                    fault(
                        "verse.rare_reading",
                        mark.span,
                        Severity.HINT,
                        char=mark.text,
                        reading=mark.reading,
                        usual=usual,
                        expected=mark.expected,
                    )
                )
    return ScannedLine(line.span, marks, rhyme, group), findings


def _oks(bad: int) -> Iterator[bool]:
    if not bad:
        return repeat(True)
    return (not bad >> number & 1 for number in count())


# The poem is in doubt where more than one character in so many is in no book.
_DOUBTFUL = 4


def whole(poem: Poem) -> Span:
    """The span from the first line to the last, or of the whole text where there is no line."""
    return Span(poem.lines[0].span.start, poem.lines[-1].span.end) if poem.lines else Span(0, len(poem.text))


def strange(poem: Poem, lines: Sequence[Line], ear: Ear) -> list[Finding]:
    """Characters that the book does not know, and signs that were left out of the count."""
    found = [fault("verse.left_out", span, Severity.WARNING, text=span.of(poem.text)[:20]) for span in poem.odd[:MANY]]
    if not lines:
        found.append(fault("verse.no_characters", whole(poem)))
    strangers = ear.unknown("".join(line.text for line in lines))
    if strangers:
        names = ear.book.names
        # Where so much cannot be judged, nobody can say that the poem holds.
        doubtful = _DOUBTFUL * sum(char in strangers for line in lines for char in line.text) > sum(
            len(line.text) for line in lines
        )
        unknown = [
            fault(
                "verse.unknown_character",
                place(at),
                Severity.ERROR if doubtful else Severity.WARNING,
                char=char,
                book_zh=names["zh"],
                book_en=names["en"],
            )
            for line in lines
            for char, at in zip(line.text, line.places, strict=True)
            if char in strangers
        ]
        found += unknown[: 5 * MANY]
    return found


def cut(lines: Sequence[Line], length: int) -> tuple[Line, ...]:
    """Lines of `length`, where the poem was written with several of them on end; else the lines as they are."""
    sizes = {len(line.text) for line in lines}
    if sizes == {length} or not sizes or any(size % length for size in sizes):
        return tuple(lines)
    return tuple(piece for line in lines for piece in split(line, [length] * (len(line.text) // length)))


def split(line: Line, lengths: Iterable[int]) -> Iterable[Line]:
    """The line in pieces of these lengths; only the last keeps its mark."""
    start = 0
    for length in lengths:
        end = start + length
        places = line.places[start:end]
        mark = line.mark if end == len(line.text) else ""
        yield Line(Span(places[0], places[-1] + 1), line.text[start:end], places, mark, line.stanza, line.row)
        start = end


def repeated(lines: Sequence[Line]) -> list[Finding]:
    """Characters that come again in another line, but for small words; doubled ones in one line are no repeat."""
    text = "".join(line.text for line in lines)
    if len(set(text)) == len(text):
        return []
    often = dict.fromkeys(char for char in text if text.count(char) > 1 and char not in _SMALL)
    found = []
    for char in often:
        where = [(number, at) for number, line in enumerate(lines) for at in _places(line, char)]
        if where[0][0] != where[-1][0]:
            spans = tuple(place(at) for _, at in where)
            found.append(fault("verse.repeated", spans[-1], Severity.HINT, spans, char=char))
    return found[:MANY]


def _places(line: Line, char: str) -> list[int]:
    return [at for each, at in zip(line.text, line.places, strict=True) if each == char] if char in line.text else []


def same_places(upper: Line, lower: Line, severity: Severity) -> list[Finding]:
    """The same character at the same place of both lines of a parallel couplet."""
    pairs = zip(upper.text, lower.text, upper.places, lower.places, strict=False)
    return [
        fault("verse.same_place", place(there), severity, [place(here)], char=one, place=number)
        for number, (one, other, here, there) in enumerate(pairs, 1)
        if one == other
    ]
