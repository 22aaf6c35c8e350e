"""HTML as a site: a zip of pages, one a chapter, that work from a folder or from any server and ask for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from bimo.publish.document import Block, Document, chapters, plain
from bimo.publish.formats import edition
from bimo.publish.html import Page, cover_of, header_of, whole_page
from bimo.publish.zipping import zipped
from bimo.text.errors import Language

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "zh": {"contents": "目录", "before": "上一章", "after": "下一章"},
    "en": {"contents": "Contents", "before": "Previous", "after": "Next"},
}
_INDEX: Final = "index.html"


@edition("site", suffix="-site.zip", media_type="application/zip", zh="网站（压缩包）", en="Web site (zip)")
def to_site(document: Document) -> bytes:
    """The site as a zip."""
    return zipped(pages(document))


def pages(document: Document) -> dict[str, bytes]:
    """The pages by the names of their files: `index.html` with the contents, and one a chapter."""
    title = plain(document.title) or "–"
    page = Page(document.lang)
    parts = [(name or title, blocks) for name, blocks in chapters(document.blocks)]
    names = [f"{number:05}.html" for number in range(1, len(parts) + 1)]
    items = [f'<li><a href="{name}">{escape(text)}</a></li>' for name, (text, _) in zip(names, parts, strict=True)]
    words = _WORDS[document.lang]
    listed = [f'<nav class="contents" aria-label="{words["contents"]}">', "<ol>", *items, "</ol>", "</nav>"]
    index = [*cover_of(document), *header_of(document, page), *listed]
    made = {_INDEX: whole_page(document, title, ["<main>", *index, "</main>"])}
    for place, (name, (text, blocks)) in enumerate(zip(names, parts, strict=True)):
        told = text if text == title else f"{text} · {title}"
        made[name] = whole_page(document, told, _chapter(document, page, blocks, names, place))
    return made


def _chapter(document: Document, page: Page, blocks: Sequence[Block], names: Sequence[str], place: int) -> list[str]:
    words = _WORDS[document.lang]
    links = [(_INDEX, words["contents"], "contents")]
    if place:
        links.insert(0, (names[place - 1], words["before"], "prev"))
    if place + 1 < len(names):
        links.append((names[place + 1], words["after"], "next"))
    bar = "".join(f'<a href="{name}" rel="{rel}">{text}</a>' for name, text, rel in links)
    return ["<main>", *page.blocks(blocks), f'<nav class="turn">{bar}</nav>', "</main>"]
