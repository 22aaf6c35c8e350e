"""The one form between a manuscript and every edition: a title, an author, and a list of blocks of plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bimo.text.errors import Language


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a part or chapter; level 1 stands right below the title, 5 is the lowest."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of prose."""

    text: str


@dataclass(frozen=True, slots=True)
class Verse:
    """A stanza. Lines may begin with no-break or ideographic spaces, which indent them."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation; right below a heading or the title it is an epigraph. A last paragraph of "— name" is its source."""

    blocks: tuple[Paragraph | Verse, ...]


@dataclass(frozen=True, slots=True)
class SceneBreak:
    """A pause between two scenes."""


@dataclass(frozen=True, slots=True)
class SceneHeading:
    """Screenplay: where and when, as in INT. KITCHEN - NIGHT."""

    text: str


@dataclass(frozen=True, slots=True)
class Action:
    """Screenplay: what is seen and heard."""

    text: str


@dataclass(frozen=True, slots=True)
class Character:
    """Screenplay: who speaks the dialogue that follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Parenthetical:
    """Screenplay: how it is spoken, without the brackets."""

    text: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Screenplay: what is spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class Transition:
    """Screenplay: how the picture changes, as in CUT TO:."""

    text: str


Scripted = SceneHeading | Action | Character | Parenthetical | Dialogue | Transition
Block = Heading | Paragraph | Verse | Quote | SceneBreak | Scripted


@dataclass(frozen=True, slots=True)
class Document:
    """A work ready to be published. Its texts are plain: no mark in them means anything."""

    title: str
    blocks: tuple[Block, ...]
    lang: Language
    author: str = ""


# Control characters, lone surrogates, and the marks that turn the direction of writing and can hide what stands there.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
# White space, except the ideographic and the no-break space, which a writer puts on purpose.
_BLANK: Final = re.compile(r"[^\S\u3000\xa0]+")


def plain(text: str) -> str:
    """The text as one line: without control characters, and with one space for every run of white space."""
    return _BLANK.sub(" ", _HIDDEN.sub("", text)).strip()


def verse_line(text: str) -> str:
    """The same for a line of verse, with the spaces that indent it made no-break spaces."""
    text = _HIDDEN.sub("", text).expandtabs(4).rstrip()
    body = text.lstrip()
    indent = text[: len(text) - len(body)]
    return "".join(sign if sign == "\u3000" else "\xa0" for sign in indent) + plain(body)


def stanzas(text: str) -> tuple[Verse, ...]:
    """The stanzas of a poem that is written with one verse a line and blank lines between stanzas."""
    blocks = re.split(r"\n\s*\n", text.strip("\n"))
    return tuple(Verse(tuple(map(verse_line, block.strip("\n").split("\n")))) for block in blocks if block.strip())
