"""Word documents: paragraphs, heading styles, italics and bold; of tracked changes, what would stay if accepted.

Source of the format: ECMA-376, part 1 (WordprocessingML). Only text is taken; fields, macros and pictures stay behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from bimo.desk.imports.lines import is_break
from bimo.desk.imports.plain import read as read_plain
from bimo.desk.imports.plan import Block, Break, Heading, Paragraph, Source
from bimo.desk.imports.zipped import unpacking, xml
from bimo.text.errors import Notice

if TYPE_CHECKING:
    from lxml.etree import _Element

DOCUMENT: Final = "word/document.xml"
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_HEADING: Final = re.compile(r"(?i)(?:heading|标题)\s*([1-6])")
# What is in these is shown nowhere, or is shown as something else.
_SKIPPED: Final = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", f"{_W}instrText", _MC_FALLBACK})
_PICTURES: Final = frozenset({f"{_W}drawing", f"{_W}pict", f"{_W}object"})
_NOTES: Final = frozenset({f"{_W}footnoteReference", f"{_W}endnoteReference"})


@dataclass(frozen=True, slots=True)
class _Style:
    """What a style says: the level of a heading (0 for the title), or that it is a line of the contents."""

    level: int | None = None
    listed: bool = False


def read(data: bytes, name: str) -> Source:
    """The blocks of a document. Raises InputError `desk.import_bomb` or `desk.import_damaged`."""
    with unpacking(data, name) as archive:
        names = set(archive.namelist())
        styles = _styles(xml(archive.read("word/styles.xml"))) if "word/styles.xml" in names else {}
        facts = xml(archive.read("docProps/core.xml")) if "docProps/core.xml" in names else None
        body = xml(archive.read(DOCUMENT)).find(f"{_W}body")
        if body is None:
            raise KeyError("w:body")
        blocks = list(_blocks(body, styles))
    title = next((block.text for block in blocks if isinstance(block, Heading) and block.level == 0), "")
    blocks = [block for block in blocks if not (isinstance(block, Heading) and block.level == 0)]
    author = (facts.findtext(f"{_DC}creator") or "") if facts is not None else ""
    notices = _left_out(body)
    if any(isinstance(block, Heading) for block in blocks):
        kept = [Break() if isinstance(block, Paragraph) and is_break(block.text) else block for block in blocks]
        return Source(kept, title, author, notices=notices)
    # Nobody gave the headings a style: then their words must tell.
    source = read_plain("\n\n".join(block.text for block in blocks if isinstance(block, Paragraph)))
    return replace(source, title=title or source.title, author=author, notices=(*source.notices, *notices))


def _styles(root: _Element) -> dict[str, _Style]:
    found: dict[str, _Style] = {}
    based: dict[str, str] = {}
    for style in root.iter(f"{_W}style"):
        id, name = style.get(f"{_W}styleId", ""), _value(style.find(f"{_W}name"))
        level = _HEADING.fullmatch(name)
        outline = _value(style.find(f"{_W}pPr/{_W}outlineLvl"))
        based[id] = _value(style.find(f"{_W}basedOn"))
        if level or (outline.isdigit() and int(outline) < 6):
            found[id] = _Style(int(level[1]) if level else int(outline) + 1)
        elif name.lower() in ("title", "标题"):
            found[id] = _Style(0)
        elif re.match(r"(?i)toc|目录", name):
            found[id] = _Style(listed=True)
    for id in based:
        above = id
        for _ in range(10):
            if above in found:
                found.setdefault(id, found[above])
                break
            above = based.get(above, "")
    return found


def _value(element: _Element | None) -> str:
    return (element.get(f"{_W}val") or "") if element is not None else ""


def _blocks(parent: _Element, styles: Mapping[str, _Style]) -> Iterator[Block]:
    for element in parent:
        if element.tag == f"{_W}p":
            yield from _block(element, styles)
        elif element.tag == f"{_W}tbl":
            for row in element.iter(f"{_W}tr"):
                cells = (" ".join(map(_text, cell.iter(f"{_W}p"))).strip() for cell in row.iter(f"{_W}tc"))
                yield Paragraph(" | ".join(cells))
        elif element.tag == f"{_W}sdt" and element.find(f"{_W}sdtPr/{_W}docPartObj") is None:
            content = element.find(f"{_W}sdtContent")
            yield from _blocks(content, styles) if content is not None else ()
        elif element.tag in (f"{_W}ins", f"{_W}moveTo"):
            yield from _blocks(element, styles)


def _block(paragraph: _Element, styles: Mapping[str, _Style]) -> Iterator[Block]:
    style = styles.get(_value(paragraph.find(f"{_W}pPr/{_W}pStyle")), _Style())
    outline = _value(paragraph.find(f"{_W}pPr/{_W}outlineLvl"))
    level = int(outline) + 1 if outline.isdigit() and int(outline) < 6 else style.level
    if style.listed:
        return
    if level is not None:
        if text := re.sub(r"\s+", " ", _text(paragraph)).strip():
            yield Heading(text, level)
        return
    # An empty paragraph is a blank line, which may part scenes.
    yield Paragraph(_marked(paragraph).strip())


def _text(paragraph: _Element) -> str:
    return "".join(text for text, _ in _runs(paragraph))


def _marked(paragraph: _Element) -> str:
    """The text with * around italics and ** around bold, as far as they are not the whole paragraph's."""
    runs = [(text, mark) for text, mark in _runs(paragraph) if text]
    if len({mark for text, mark in runs if text.strip()}) < 2:
        return "".join(text for text, _ in runs)
    joined = [("".join(text for text, _ in group), mark) for mark, group in groupby(runs, key=lambda run: run[1])]
    return "".join(_wrapped(text, mark) for text, mark in joined)


def _wrapped(text: str, mark: str) -> str:
    inside = text.strip()
    return text.replace(inside, f"{mark}{inside}{mark}", 1) if inside and mark else text


def _runs(element: _Element, mark: str = "") -> Iterator[tuple[str, str]]:
    for child in element:
        tag = child.tag
        if tag in _SKIPPED or tag in _PICTURES:
            continue
        if tag == f"{_W}t":
            yield child.text or "", mark
        elif tag == f"{_W}tab":
            yield "\t", mark
        elif tag in (f"{_W}br", f"{_W}cr"):
            yield ("\n" if child.get(f"{_W}type") in (None, "textWrapping") else ""), mark
        elif tag == f"{_W}noBreakHyphen":
            yield "-", mark
        elif tag == f"{_W}r":
            yield from _runs(child, _mark(child))
        else:
            yield from _runs(child, mark)


def _mark(run: _Element) -> str:
    look = run.find(f"{_W}rPr")
    if look is None:
        return ""

    def on(name: str) -> bool:
        found = look.find(f"{_W}{name}")
        return found is not None and _value(found) not in ("0", "false", "none")

    return ("**" if on("b") else "") + ("*" if on("i") else "")


def _left_out(body: _Element) -> tuple[Notice, ...]:
    pictures = sum(1 for _ in body.iter(*_PICTURES))
    notes = sum(1 for _ in body.iter(*_NOTES))
    found = [Notice.of("desk.import_pictures", count=pictures)] if pictures else []
    return (*found, *([Notice.of("desk.import_footnotes", count=notes)] if notes else []))
