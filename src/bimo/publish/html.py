"""HTML: one file that needs nothing else, runs nothing, and reads like a printed page."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Final

from bimo import __version__
from bimo.publish.document import (
    HIDDEN,
    Action,
    Block,
    Character,
    Dialogue,
    Document,
    Figure,
    Heading,
    Marks,
    Paragraph,
    Parenthetical,
    Quote,
    SceneBreak,
    SceneHeading,
    Transition,
    Verse,
    pieces,
    plain,
    source_of,
    verse_line,
)
from bimo.publish.formats import edition
from bimo.publish.fountain import is_scripted
from bimo.text.errors import Language
from bimo.text.language import detect

TAGS: Final = {"zh": "zh-Hans", "en": "en"}
_CLASSES: Final[dict[type[Block], str]] = {
    Paragraph: "",
    SceneHeading: "scene",
    Action: "action",
    Character: "character",
    Parenthetical: "parenthetical",
    Dialogue: "dialogue",
    Transition: "transition",
}
# Nothing may be loaded or run, whatever the text says.
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@edition("html", suffix=".html", media_type="text/html", zh="网页", en="Web page")
def to_html(document: Document) -> bytes:
    """The HTML edition. The text it shows is the title, the author and the blocks, and not a character more."""
    page = Page(document.lang)
    body = [*cover_of(document), *header_of(document, page), *page.blocks(document.blocks)]
    return whole_page(document, plain(document.title), ["<main>", *body, "</main>"])


def cover_of(document: Document) -> list[str]:
    """The cover inside of the page, if there is one."""
    if not document.cover:
        return []
    data, alt = base64.b64encode(document.cover).decode(), escape(plain(document.title) or "–", quote=True)
    return [f'<img class="cover" src="data:image/png;base64,{data}" alt="{alt}">']


def header_of(document: Document, page: Page) -> list[str]:
    """Title and author, as far as there are any."""
    title, author = plain(document.title), plain(document.author)
    header = [page.tag("h1", title)] if title else []
    if author:
        header.append(page.tag("p", author, "author"))
    return ["<header>", *header, "</header>"] if header else []


def whole_page(document: Document, title: str, body: Iterable[str]) -> bytes:
    """A page of that title around the lines of its body."""
    author = plain(document.author)
    style = files("bimo.publish").joinpath("edition.css").read_text(encoding="utf-8")
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f'<meta name="generator" content="Bimo {__version__}">',
        *([f'<meta name="author" content="{escape(author)}">'] if author else []),
        f"<title>{escape(title)}</title>",
        f"<style>\n{style}</style>",
    ]
    kinds = " ".join(name for name, on in (("vertical", document.vertical), ("beside", document.pairs)) if on)
    kind = f' class="{kinds}"' if kinds else ""
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{TAGS[document.lang]}"{kind}>',
        "<head>",
        *head,
        "</head>",
        "<body>",
        *body,
        "</body>",
        "</html>",
    ]
    return ("\n".join(lines) + "\n").encode()


def inner(text: str, marks: Marks = ()) -> str:
    """The words as markup, with those that stand out in tags of their own."""
    if not marks:
        return escape(plain(text))
    found = ""
    for piece in pieces(text, marks):
        words = escape(HIDDEN.sub("", piece.text))
        words = f"<em>{words}</em>" if piece.emphasis else words
        found += f"<strong>{words}</strong>" if piece.strong else words
    return found


class Page:
    """Makes tags; text in another language than the page says so, for fonts and for voices that read aloud."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang

    def tag(self, name: str, text: str, css: str = "", *, markup: str | None = None) -> str:
        """A tag around `text`, or around `markup`, which shows it."""
        own = detect(text, self._lang)
        lang = f' lang="{TAGS[own]}"' if own != self._lang else ""
        kind = f' class="{css}"' if css else ""
        return f"<{name}{kind}{lang}>{escape(plain(text)) if markup is None else markup}</{name}>"

    def blocks(self, blocks: Iterable[Block]) -> Iterable[str]:
        """The blocks; the stanzas of one poem are kept together, and so are the elements of a screenplay."""
        for group, run in groupby(blocks, key=_group):
            if group:
                yield f'<section class="{group}">'
            yield from map(self._block, run)
            if group:
                yield "</section>"

    def _block(self, block: Block) -> str:
        match block:
            case Heading():
                return self.tag(f"h{min(block.level + 1, 6)}", block.text)
            case SceneBreak():
                return "<hr>"
            case Verse():
                lines = "\n".join(f"<span>{_verse(*each)}</span>" for each in block.parts)
                return self.tag("p", "\n".join(block.lines), "verse", markup=lines)
            case Quote():
                return "\n".join(["<blockquote>", *self.blocks(block.blocks[:-1]), self._last(block), "</blockquote>"])
            case Figure():
                shown = block.svg.replace("<svg ", f'<svg aria-label="{escape(plain(block.text), quote=True)}" ', 1)
                return f"<figure>{shown}{self.tag('figcaption', block.text)}</figure>"
            case Parenthetical():
                return self.tag("p", f"（{block.text}）" if self._lang == "zh" else f"({block.text})", "parenthetical")
            case Action(centred=True):
                return self.tag("p", block.text, "action centred", markup=inner(block.text, block.marks))
            case SceneHeading(number=number) if number:
                return self.tag("p", f"{number}\u3000{block.text}", "scene")
            case Paragraph() | Action() | Dialogue():
                markup = inner(block.text, block.marks)
                return self.tag("p", block.text, _CLASSES[type(block)], markup=markup)
        return self.tag("p", block.text, _CLASSES[type(block)])

    def _last(self, quote: Quote) -> str:
        source = source_of(quote)
        return self.tag("p", source.text, "source") if source else self._block(quote.blocks[-1])


def _verse(line: str, marks: Marks) -> str:
    return inner(line, marks) if marks else escape(verse_line(line))


def _group(block: Block) -> str:
    return "script" if is_scripted(block) else "poem" if isinstance(block, Verse) else ""
