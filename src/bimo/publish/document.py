"""The one form between a manuscript and every edition: a title, an author, and a list of blocks of plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from bimo.text.errors import Language
from bimo.text.spans import Span

Weight = Literal["emphasis", "strong"]


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Words of a block that stand out; in verse, places are counted in the lines joined by line ends."""

    span: Span
    weight: Weight


Marks = tuple[Mark, ...]


class Piece(NamedTuple):
    """Words of one look."""

    text: str
    emphasis: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a part or chapter; level 1 stands right below the title, 5 is the lowest."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of prose."""

    text: str
    marks: Marks = ()


@dataclass(frozen=True, slots=True)
class Verse:
    """A stanza. Lines may begin with no-break or ideographic spaces, which indent them."""

    lines: tuple[str, ...]
    marks: Marks = ()

    @property
    def parts(self) -> Iterator[tuple[str, Marks]]:
        """Each line with its own marks."""
        start = 0
        for line in self.lines:
            yield line, part(self.marks, Span(start, start + len(line)))
            start += len(line) + 1


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation; right below a heading or the title it is an epigraph. A last paragraph of "— name" is its source."""

    blocks: tuple[Paragraph | Verse, ...]


@dataclass(frozen=True, slots=True)
class SceneBreak:
    """A pause between two scenes."""


@dataclass(frozen=True, slots=True)
class SceneHeading:
    """Screenplay: where and when, as in INT. KITCHEN - NIGHT, and the number of the scene if it has one."""

    text: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Screenplay: what is seen and heard."""

    text: str
    marks: Marks = ()
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Character:
    """Screenplay: who speaks the dialogue that follows; `dual` if at the same time as the one before."""

    text: str
    dual: bool = False


@dataclass(frozen=True, slots=True)
class Parenthetical:
    """Screenplay: how it is spoken, without the brackets."""

    text: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Screenplay: what is spoken."""

    text: str
    marks: Marks = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """Screenplay: how the picture changes, as in CUT TO:."""

    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing as SVG, made by this program, and what it shows in words."""

    text: str
    svg: str


Scripted = SceneHeading | Action | Character | Parenthetical | Dialogue | Transition
Block = Heading | Paragraph | Verse | Quote | SceneBreak | Figure | Scripted
Blocks = tuple[Block, ...]


# The headings of what an edition adds to a work.
FIGURES: Final[dict[Language, str]] = {"zh": "图", "en": "Figures"}
COLOPHON: Final[dict[Language, str]] = {"zh": "版本说明", "en": "Colophon"}
APPENDICES: Final = frozenset((*FIGURES.values(), *COLOPHON.values()))


class Pair(NamedTuple):
    """Blocks of a text and what stands for them in its translation; one side may be empty."""

    own: Blocks
    other: Blocks


@dataclass(frozen=True, slots=True)
class Document:
    """A work ready to be published. Its texts are plain: no mark in them means anything.

    `vertical` asks for lines from top to bottom where a format can set them; `cover` is a picture in PNG. A bilingual
    edition has its text and its translation in `blocks`, one after the other, and side by side in `pairs`; `other` is
    the language of the translation.
    """

    title: str
    blocks: tuple[Block, ...]
    lang: Language
    author: str = ""
    vertical: bool = False
    cover: bytes = b""
    pairs: tuple[Pair, ...] = ()
    other: Language | None = None

    @property
    def kind(self) -> Literal["book", "poems", "screenplay"]:
        """What most of its blocks are."""
        told = [block for block in self.blocks if not isinstance(block, Heading | SceneBreak | Quote | Figure)]
        if 2 * sum(isinstance(block, Scripted) for block in told) > len(told):
            return "screenplay"
        return "poems" if 2 * sum(isinstance(block, Verse) for block in told) > len(told) else "book"


# Control characters, lone surrogates, characters that are none, and the marks that turn the direction of writing and
# can hide what stands there.
HIDDEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
# White space, except the ideographic and the no-break space, which a writer puts on purpose.
_BLANK: Final = re.compile(r"[^\S\u3000\xa0]+")


def squeeze(text: str) -> str:
    """The text as one line, with one space for every run of white space."""
    return _BLANK.sub(" ", text).strip()


def plain(text: str) -> str:
    """The same without control characters."""
    return squeeze(HIDDEN.sub("", text))


def verse_line(text: str) -> str:
    """The same for a line of verse, with the spaces that indent it made no-break spaces."""
    text = HIDDEN.sub("", text).expandtabs(4).rstrip()
    body = text.lstrip()
    indent = text[: len(text) - len(body)]
    return "".join(sign if sign == "\u3000" else "\xa0" for sign in indent) + plain(body)


def part(marks: Marks, span: Span) -> Marks:
    """The marks within `span`, with places counted from its start."""
    cut = (Mark(Span(max(m.span.start, span.start), min(m.span.end, span.end)), m.weight) for m in marks)
    return tuple(
        Mark(Span(m.span.start - span.start, m.span.end - span.start), m.weight)
        for m in cut
        if m.span.start < m.span.end
    )


def tidied(text: str, marks: Iterable[Mark]) -> Marks:
    """The marks in order; none begins or ends in white space, and none has only white space before the next."""
    found: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.weight, mark.span)):
        inside = text[mark.span.start : mark.span.end]
        start, end = mark.span.end - len(inside.lstrip()), mark.span.start + len(inside.rstrip())
        if start >= end:
            continue
        last = found[-1] if found and found[-1].weight == mark.weight else None
        if last and not text[last.span.end : start].strip():
            start, end = last.span.start, max(last.span.end, end)
            found.pop()
        found.append(Mark(Span(start, end), mark.weight))
    return tuple(sorted(found))


def pieces(text: str, marks: Sequence[Mark]) -> Iterator[Piece]:
    """The text in pieces of one look each, in order; nothing for an empty text."""
    edges = sorted({0, len(text), *(place for mark in marks for place in (mark.span.start, mark.span.end))})
    for start, end in pairwise(edges):
        on = {mark.weight for mark in marks if mark.span.start <= start < mark.span.end}
        yield Piece(text[start:end], "emphasis" in on, "strong" in on)


def chapters(blocks: Iterable[Block]) -> Iterator[tuple[str, list[Block]]]:
    """The blocks under each heading of the highest level, with its text; before the first one, under no text."""
    blocks = list(blocks)
    highest = min((block.level for block in blocks if isinstance(block, Heading)), default=0)
    found: list[Block] = []
    for block in blocks:
        if found and isinstance(block, Heading) and block.level == highest:
            yield _headed(found)
            found = []
        found.append(block)
    if found:
        yield _headed(found)


def _headed(blocks: list[Block]) -> tuple[str, list[Block]]:
    return plain(blocks[0].text) if isinstance(blocks[0], Heading) else "", blocks


def source_of(quote: Quote) -> Paragraph | None:
    """The last paragraph of a quotation if it names the source, as in "— name"."""
    last = quote.blocks[-1]
    return last if len(quote.blocks) > 1 and isinstance(last, Paragraph) and last.text.startswith("—") else None
