"""Chinese books in PDF with lines from top to bottom: the text as columns, set on a grid as printers of type did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bimo.publish.document import (
    Block,
    Document,
    Figure,
    Heading,
    Paragraph,
    Quote,
    SceneBreak,
    Scripted,
    Verse,
    plain,
    source_of,
    verse_line,
)
from bimo.publish.vertical import cells, columns, height

# Characters in a column, and columns on a page: A5 at 10.5 points.
ROWS, COLUMNS = 38, 16
# Before the text of a paragraph, and before every line of verse or of a quotation.
_INDENT, _INSET = 2, 3
# A heading of more characters takes another column, as its type is larger.
_LONGEST = 22
Column = dict[str, Any]


def is_upright(document: Document) -> bool:
    """Whether its PDF can have lines from top to bottom: Chinese prose and verse alone."""
    bare = not any(isinstance(block, Scripted | Figure) for block in document.blocks)
    return document.vertical and document.lang == "zh" and not document.pairs and bare


def has_marks(document: Document) -> bool:
    """Whether any words stand out, which upright pages do not show."""
    inside = (part for block in document.blocks if isinstance(block, Quote) for part in block.blocks)
    return any(getattr(block, "marks", ()) for block in (*document.blocks, *inside))


def pages(blocks: Iterable[Block], clean: Callable[[str], str]) -> list[list[Column]]:
    """The columns of each page; every chapter begins one. `clean` puts in what stands for characters without a font."""
    found: list[list[Column]] = [[]]
    for block in blocks:
        if isinstance(block, Heading):
            if block.level == 1 and found[-1]:
                found.append([])
            stood = list(_heading(block, clean))
            if stood and len(found[-1]) + len(stood) >= COLUMNS:
                found.append([])
            found[-1] += stood
            continue
        for column in _columns(block, clean):
            if len(found[-1]) >= COLUMNS:
                found.append([])
            if column["kind"] != "gap" or found[-1]:
                found[-1].append(column)
    return [page for page in found if page]


def _heading(heading: Heading, clean: Callable[[str], str]) -> Iterator[Column]:
    """A heading with room behind it; its words stand in its first column, for bookmarks."""
    text = clean(plain(heading.text))
    for number, each in enumerate(columns(cells(text), _LONGEST) if text else ()):
        yield {"kind": "heading", "level": heading.level, "text": "" if number else text, "cells": each}
    if text:
        yield from [{"kind": "gap"}] * (3 if heading.level == 1 else 2)


def _columns(block: Block, clean: Callable[[str], str]) -> Iterator[Column]:
    match block:
        case Paragraph():
            yield from _text(clean(plain(block.text)), _INDENT, 0)
        case Verse():
            yield from _verse(block, clean)
        case Quote():
            source = source_of(block)
            yield {"kind": "gap"}
            for part in block.blocks[:-1] if source else block.blocks:
                yield from (
                    _verse(part, clean) if isinstance(part, Verse) else _text(clean(plain(part.text)), _INSET, _INSET)
                )
            if source:
                line = cells(clean(plain(source.text)))
                yield {"kind": "text", "indent": max(0, ROWS - 2 - height(line)), "cells": line}
            yield {"kind": "gap"}
        case SceneBreak():
            yield {"kind": "gap"}
            yield {"kind": "text", "indent": ROWS // 2 - 3, "cells": ["＊", "", "＊", "", "＊"]}
            yield {"kind": "gap"}


def _verse(verse: Verse, clean: Callable[[str], str]) -> Iterator[Column]:
    yield {"kind": "gap"}
    for line in verse.lines:
        body = clean(verse_line(line))
        own = len(body) - len(body.lstrip())
        yield from _text(body, _INSET + own, _INSET + 2)
    yield {"kind": "gap"}


def _text(text: str, first: int, others: int) -> Iterator[Column]:
    """Columns of a text, the first one and the others beginning so many rows down."""
    line = cells(text)
    head = next(columns(line, ROWS - first), [])
    if not head:
        return
    yield {"kind": "text", "indent": first, "cells": head}
    rest = line[len(head) :]
    for each in columns(rest, ROWS - others) if rest else ():
        yield {"kind": "text", "indent": others, "cells": each}
