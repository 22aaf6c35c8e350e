"""EPUB 3: one zip of XHTML files, a file a chapter, with a table of contents; https://www.w3.org/TR/epub-33/."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from typing import Final

from bimo import __version__
from bimo.publish.document import Document, chapters, plain
from bimo.publish.formats import edition
from bimo.publish.html import TAGS, Page
from bimo.publish.zipping import zipped
from bimo.text.errors import Language

_CONTAINER: Final = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
_CONTENTS: Final[dict[Language, str]] = {"zh": "目录", "en": "Contents"}
# The same for every edition of the same work: a library program then knows the new one for the old one's heir.
_WORKS: Final = uuid.UUID("6f1b5a52-5d0e-4b0c-9f54-bb7e0f5f6c11")


@dataclass(frozen=True, slots=True)
class _File:
    """One page of the book."""

    name: str
    title: str
    body: str
    css: str = ""


@edition("epub", suffix=".epub", media_type="application/epub+zip", zh="EPUB 电子书", en="EPUB e-book")
def to_epub(document: Document) -> bytes:
    """The EPUB edition. Equal documents make equal bytes, but for the time of making in the package file.

    `SOURCE_DATE_EPOCH` sets that time (https://reproducible-builds.org/specs/source-date-epoch/).
    """
    page = Page(document.lang)
    title = plain(document.title) or "–"
    pages = [*_cover(document), _title_page(document, page, title), *_chapters(document, page, title)]
    style = _css("epub.css")
    if document.vertical:
        style += _css("epub_vertical.css")
    if document.pairs:
        style += "p[lang] { margin-bottom: 0.8em; font-size: 0.94em; }\n"
    parts: dict[str, bytes] = {
        "META-INF/container.xml": _CONTAINER.encode(),
        "EPUB/package.opf": _package(document, title, pages).encode(),
        "EPUB/contents.xhtml": _xhtml(document, _contents(document, pages)).encode(),
        "EPUB/style.css": style.encode(),
        **({"EPUB/cover.png": document.cover} if document.cover else {}),
        **{f"EPUB/{each.name}": _xhtml(document, each).encode() for each in pages},
    }
    # Readers know the file by these bytes at its beginning, so they come first and as they are.
    return zipped({"mimetype": b"application/epub+zip"} | parts)


def _css(name: str) -> str:
    return files("bimo.publish").joinpath(name).read_text(encoding="utf-8")


def _cover(document: Document) -> list[_File]:
    if not document.cover:
        return []
    alt = escape(plain(document.title) or "–", quote=True)
    return [_File("cover.xhtml", plain(document.title) or "–", f'<img src="cover.png" alt="{alt}"/>', "cover")]


def _title_page(document: Document, page: Page, title: str) -> _File:
    author = plain(document.author)
    lines = [page.tag("h1", title), *([page.tag("p", author, "author")] if author else [])]
    return _File("title.xhtml", title, "\n".join(["<header>", *lines, "</header>"]), "titlepage")


def _chapters(document: Document, page: Page, title: str) -> Iterator[_File]:
    """A file for each heading of the highest level, and one for what stands before the first."""
    for number, (name, blocks) in enumerate(chapters(document.blocks), 1):
        # Only what is named stands in the contents; a work without headings stands there under its title.
        body = "\n".join(page.blocks(blocks)).replace("<hr>", "<hr/>")
        yield _File(f"text{number:05}.xhtml", name or title, body)


def _contents(document: Document, pages: list[_File]) -> _File:
    told = [each for each in pages if each.name.startswith("text")]
    items = [f'<li><a href="{each.name}">{escape(each.title)}</a></li>' for each in told or pages]
    head = _CONTENTS[document.lang]
    lines = [f'<nav epub:type="toc" id="toc" role="doc-toc"><h1>{head}</h1>', "<ol>", *items, "</ol>", "</nav>"]
    return _File("contents.xhtml", head, "\n".join(lines))


def _xhtml(document: Document, file: _File) -> str:
    lang = TAGS[document.lang]
    kind = f' class="{file.css}"' if file.css else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f'lang="{lang}" xml:lang="{lang}">\n'
        f'<head><meta charset="utf-8"/><title>{escape(file.title)}</title>'
        '<link rel="stylesheet" type="text/css" href="style.css"/></head>\n'
        f"<body{kind}>\n{file.body}\n</body>\n</html>\n"
    )


def _drawn(file: _File) -> str:
    return ' properties="svg"' if "<svg " in file.body else ""


def _package(document: Document, title: str, pages: list[_File]) -> str:
    author = plain(document.author)
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or datetime.now(UTC).timestamp())
    known = uuid.uuid5(_WORKS, "\n".join((title, author)))
    metadata = [
        f'<dc:identifier id="work">urn:uuid:{known}</dc:identifier>',
        f"<dc:title>{escape(title)}</dc:title>",
        f"<dc:language>{TAGS[document.lang]}</dc:language>",
        *([f"<dc:creator>{escape(author)}</dc:creator>"] if author else []),
        f'<meta property="dcterms:modified">{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}</meta>',
        f'<meta name="generator" content="Bimo {__version__}"/>',
        *(['<meta name="cover" content="cover-image"/>'] if document.cover else []),
    ]
    kept = [each.name for each in pages]
    manifest = [
        '<item id="nav" href="contents.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
        '<item id="style" href="style.css" media-type="text/css"/>',
        *(
            f'<item id="{each.name[:-6]}" href="{each.name}" media-type="application/xhtml+xml"{_drawn(each)}/>'
            for each in pages
        ),
    ]
    if document.cover:
        manifest.append('<item id="cover-image" href="cover.png" media-type="image/png" properties="cover-image"/>')
    order = [f'<itemref idref="{name[:-6]}"/>' for name in kept]
    # The contents follow the title page.
    order.insert(1 + bool(document.cover), '<itemref idref="nav"/>')
    turned = ' page-progression-direction="rtl"' if document.vertical else ""
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="work" '
            f'xml:lang="{TAGS[document.lang]}">',
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">',
            *metadata,
            "</metadata>",
            "<manifest>",
            *manifest,
            "</manifest>",
            f"<spine{turned}>",
            *order,
            "</spine>",
            "</package>",
            "",
        ]
    )
