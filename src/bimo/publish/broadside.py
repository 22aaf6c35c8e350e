"""Broadsides: a poem on a sheet of its own, as PDF or PNG; Chinese may run from top to bottom, right to left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from bimo.publish.document import Block, Document, Heading, Paragraph, Quote, Verse, plain
from bimo.publish.formats import edition
from bimo.publish.typesetting import GETA, lacking, typeset
from bimo.publish.vertical import cells, columns
from bimo.text.errors import InputError, Language, Notice
from bimo.text.language import detect

# The longest line of verse that is typed as a paragraph, and the longest column of a sheet; in characters.
_LINE: Final = 60
_COLUMN: Final = 26
_PPI: Final = 200


@dataclass(frozen=True, slots=True)
class Poem:
    """A poem for a sheet."""

    title: str
    stanzas: tuple[tuple[str, ...], ...]
    lang: Language


def poems(document: Document) -> tuple[Poem, ...]:
    """The poems of a document: what stands under each heading, in verse or in short paragraphs, a line each."""
    found: list[Poem] = []
    title = ""
    for heading, run in groupby(document.blocks, key=lambda block: isinstance(block, Heading)):
        blocks = list(run)
        if heading:
            title = next(plain(block.text) for block in reversed(blocks) if isinstance(block, Heading))
        elif stanzas := tuple(_stanzas(blocks)):
            lang = detect("\n".join(map("\n".join, stanzas)), document.lang)
            found.append(Poem(title or plain(document.title), stanzas, lang))
    return tuple(found)


def lacks(document: Document) -> Iterator[Notice]:
    """What a sheet cannot show: English from top to bottom, and characters that are in no font."""
    found = poems(document)
    if document.vertical and any(poem.lang == "en" for poem in found):
        yield Notice.of("publish.broadside_horizontal")
    if missing := sorted(lacking(_text(document, found), rare=True)):
        yield Notice.of("publish.no_glyph", signs=" ".join(missing[:12]), count=len(missing), sign=GETA)


def lacks_of_picture(document: Document) -> Iterator[Notice]:
    """The same for a picture, which has room for one poem."""
    if len(found := poems(document)) > 1:
        yield Notice.of("publish.one_sheet", title=found[0].title, count=len(found))
    yield from lacks(document)


@edition(
    "broadside",
    suffix="-broadside.pdf",
    media_type="application/pdf",
    zh="诗页（PDF）",
    en="Broadside (PDF)",
    lacks=lacks,
)
def to_broadside(document: Document) -> bytes:
    """A sheet for each poem. Raises InputError `publish.no_poem`, and what `typeset` raises."""
    work, rare = data(document)
    return typeset("broadside", work, rare=rare)


@edition(
    "broadside-png", suffix="-broadside.png", media_type="image/png", zh="诗页（图片）", en="Broadside (picture)",
    lacks=lacks_of_picture,
)  # fmt: skip
def to_picture(document: Document) -> bytes:
    """The sheet of the first poem as a picture. Raises like `to_broadside`."""
    work, rare = data(document)
    return typeset("broadside", work | {"sheets": work["sheets"][:1]}, format="png", rare=rare, ppi=_PPI)


def data(document: Document) -> tuple[dict[str, Any], bool]:
    """What the template reads, and whether fonts of this machine must help. Raises InputError `publish.no_poem`."""
    found = poems(document)
    if not found:
        raise InputError("publish.no_poem")
    text = _text(document, found)
    rare = bool(lacking(text))
    missing = str.maketrans(dict.fromkeys(lacking(text, rare=True) if rare else (), GETA))
    author = plain(document.author).translate(missing)
    return {
        "title": plain(document.title).translate(missing) or found[0].title.translate(missing) or "–",
        "author": [author] if author else [],
        "byline": author,
        "lang": document.lang,
        "sheets": [_sheet(poem, document.vertical, missing) for poem in found],
    }, rare


def _sheet(poem: Poem, vertical: bool, missing: dict[int, str]) -> dict[str, Any]:
    stanzas = [[line.translate(missing) for line in stanza] for stanza in poem.stanzas]
    told: dict[str, Any] = {"title": poem.title.translate(missing), "lang": poem.lang}
    if vertical and poem.lang == "zh":
        stood = [[column for line in stanza for column in columns(cells(line), _COLUMN)] for stanza in stanzas]
        return told | {"vertical": True, "heading": cells(told["title"]), "stanzas": stood}
    return told | {"vertical": False, "stanzas": stanzas}


def _stanzas(blocks: Sequence[Block]) -> Iterator[tuple[str, ...]]:
    for kind, run in groupby(blocks, key=type):
        part = list(run)
        if kind is Verse:
            yield from (block.lines for block in part if isinstance(block, Verse))
        elif kind is Paragraph:
            lines = tuple(plain(block.text) for block in part if isinstance(block, Paragraph))
            if all(len(line) <= _LINE for line in lines):
                yield lines
        elif kind is Quote:
            yield from _stanzas([inside for block in part if isinstance(block, Quote) for inside in block.blocks])


def _text(document: Document, found: Sequence[Poem]) -> str:
    lines = (line for poem in found for stanza in poem.stanzas for line in (poem.title, *stanza))
    return re.sub(r"\s", "", plain(document.title) + plain(document.author) + "".join(lines))
