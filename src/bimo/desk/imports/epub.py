"""EPUB: the texts of the spine in order, with the headings they have or the table of contents gives them.

Source of the format: EPUB 3.3 and OPF 2.0.1. Only text is taken; scripts, styles and pictures stay behind.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote
from zipfile import ZipFile

from bimo.desk.imports.lines import is_break
from bimo.desk.imports.plain import read as read_plain
from bimo.desk.imports.plan import Block, Break, Heading, Paragraph, Source
from bimo.desk.imports.zipped import unpacking, xml
from bimo.text.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_PAGES: Final = frozenset({"application/xhtml+xml", "text/html"})
_SKIPPED: Final = frozenset({"script", "style", "nav", "svg", "math", "head", "template", "audio", "video", "iframe"})
_INLINE: Final = re.compile(
    "a|abbr|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|rb|rt|rp|ruby|s|samp|small|span|strike|strong|sub|"
    "sup|time|tt|u|var|wbr"
)
_MARKS: Final = {"em": "*", "i": "*", "strong": "**", "b": "**"}
_DECLARED: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding=[\"']([\w-]+)[\"']")


def read(data: bytes, name: str) -> Source:
    """The blocks of a book. Raises InputError `desk.import_bomb`, `desk.import_damaged` or `desk.import_locked`."""
    with unpacking(data, name) as archive:
        package = _path(xml(archive.read(CONTAINER)), "rootfile", "full-path")
        book = xml(archive.read(package))
        folder = posixpath.dirname(package)
        items = {item.get("id", ""): item for item in _named(book, "item")}
        spine = [items[id] for ref in _named(book, "itemref") if (id := ref.get("idref", "")) in items]
        pages = [
            posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
            for item in spine
            if item.get("media-type") in _PAGES and "nav" not in (item.get("properties") or "").split()
        ]
        if _is_locked(archive, pages):
            raise InputError("desk.import_locked", name=name)
        titles = _titles(archive, folder, items)
        title, author = _fact(book, "title"), _fact(book, "creator")
        blocks = [block for page in pages for block in _page(archive, page, titles)]
    blocks = [block for block in blocks if not (isinstance(block, Heading) and block.text == title)]
    if any(isinstance(block, Heading) for block in blocks):
        return Source(blocks, title, author)
    text = "\n\n".join("* * *" if isinstance(block, Break) else block.text for block in blocks)
    return replace(read_plain(text), title=title, author=author)


def _named(root: _Element, name: str) -> Iterator[_Element]:
    """The elements of that name in any namespace."""
    yield from root.iter(f"{{*}}{name}")


def _path(root: _Element, name: str, attribute: str) -> str:
    for element in _named(root, name):
        if path := element.get(attribute):
            return str(path)
    raise KeyError(name)


def _fact(book: _Element, name: str) -> str:
    return next((" ".join("".join(map(str, each.itertext())).split()) for each in _named(book, name)), "")


def _is_locked(archive: ZipFile, pages: list[str]) -> bool:
    """Whether texts are encrypted; fonts may be, which keeps nobody from reading."""
    if _ENCRYPTION not in archive.namelist():
        return False
    locked = {unquote(each.get("URI", "")) for each in _named(xml(archive.read(_ENCRYPTION)), "CipherReference")}
    return not locked.isdisjoint(pages)


def _titles(archive: ZipFile, folder: str, items: Mapping[str, _Element]) -> dict[str, Heading]:
    """What the table of contents calls each page, by its path."""
    names = set(archive.namelist())
    found: dict[str, Heading] = {}
    for item in items.values():
        path = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        if path not in names:
            continue
        if item.get("media-type") == "application/x-dtbncx+xml":
            for point in _named(xml(archive.read(path)), "navPoint"):
                label = next((text.text or "" for text in _named(point, "text")), "")
                depth = 1 + sum(1 for _ in point.iterancestors("{*}navPoint"))
                _add_title(found, path, _path(point, "content", "src"), label, depth)
        elif "nav" in (item.get("properties") or "").split():
            for link in _named(xml(archive.read(path)), "a"):
                depth = sum(1 for _ in link.iterancestors("{*}li"))
                _add_title(found, path, link.get("href", ""), "".join(map(str, link.itertext())), max(depth, 1))
    return found


def _add_title(found: dict[str, Heading], path: str, source: str, label: str, depth: int) -> None:
    page = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(source.partition("#")[0])))
    if words := " ".join(label.split()):
        found.setdefault(page, Heading(words, depth))


def _page(archive: ZipFile, path: str, titles: Mapping[str, Heading]) -> list[Block]:
    from lxml import html

    data = archive.read(path)
    declared = _DECLARED.match(data)
    try:
        text = data.decode(declared[1].decode() if declared else "utf-8-sig", errors="replace")
    except LookupError:
        text = data.decode("utf-8-sig", errors="replace")
    text = re.sub(r"\A\ufeff?\s*<\?xml[^>]*\?>", "", text)
    body = html.document_fromstring(text).find("body") if text.strip() else None
    if body is None or _is_list_of_links(body):
        return []
    blocks = list(_Page().blocks(body))
    known = titles.get(path)
    if known and blocks and not any(isinstance(block, Heading) for block in blocks):
        blocks.insert(0, known)
    return blocks


def _is_list_of_links(body: _Element) -> bool:
    whole = sum(len("".join(text.split())) for text in map(str, body.itertext()))
    links = (link for link in body.iter("a") if link.get("href"))
    linked = sum(len("".join(text.split())) for link in links for text in map(str, link.itertext()))
    return linked > 0.6 * whole > 0


@dataclass
class _Page:
    """Walks one page; `_line` is the paragraph being gathered."""

    _line: str = ""

    def blocks(self, element: _Element) -> Iterator[Block]:
        """The blocks of an element and all below it."""
        yield from self._inside(element)
        yield from self._end()

    def _inside(self, element: _Element) -> Iterator[Block]:
        self._add(element.text)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in _SKIPPED:
                yield from self._child(child)
            self._add(child.tail)

    def _child(self, child: _Element) -> Iterator[Block]:
        tag = str(child.tag)
        if tag == "br":
            self._line = f"{self._line.rstrip(' ')}\n"
        elif _INLINE.fullmatch(tag):
            start = len(self._line)
            yield from self._inside(child)
            if tag in _MARKS:
                self._line = self._line[:start] + _marked(self._line[start:], _MARKS[tag])
        else:
            yield from self._end()
            if tag == "hr":
                yield Break()
            elif re.fullmatch("h[1-6]", tag):
                for line_end in child.iter("br"):
                    line_end.tail = f" {line_end.tail or ''}"
                if words := " ".join("".join(map(str, child.itertext())).split()):
                    yield Heading(words, int(tag[1]))
            else:
                yield from self._inside(child)
                yield from self._end()

    def _add(self, text: str | None) -> None:
        words = re.sub(r"[ \t\r\n\f]+", " ", text or "")
        # White space at the beginning of a line shows nowhere.
        self._line += words.lstrip(" ") if not self._line or self._line.endswith(("\n", " ")) else words

    def _end(self) -> Iterator[Block]:
        line, self._line = self._line.strip(" \n\u3000"), ""
        if line:
            yield Break() if is_break(line) else Paragraph(line)


def _marked(text: str, mark: str) -> str:
    inside = text.strip()
    return text.replace(inside, f"{mark}{inside}{mark}", 1) if mark and inside else text
