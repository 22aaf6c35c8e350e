"""Markdown, in both directions: `from_markdown(to_markdown(document))` is the document again.

Only what a manuscript uses has a meaning: headings, paragraphs, hard line breaks (verse), quotations, rules (scene
breaks), emphasis, and a fence of `fountain` (screenplay). Everything else stays the literal text that it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby, starmap
from typing import TYPE_CHECKING, Final

from bimo.publish.document import (
    HIDDEN,
    Block,
    Document,
    Figure,
    Heading,
    Marks,
    Paragraph,
    Piece,
    Quote,
    SceneBreak,
    Verse,
    part,
    pieces,
    plain,
    squeeze,
)
from bimo.publish.formats import edition
from bimo.publish.fountain import elements, is_scripted, to_fountain
from bimo.publish.inline import cleaned, read, typed, verse, written
from bimo.text.errors import Language
from bimo.text.language import detect
from bimo.text.sentences import paragraphs
from bimo.text.spans import Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FRONT: Final = re.compile(r"\A---\n((?:\w+:[^\n]*\n)*)---\n")
_MARKS: Final = re.compile(r"[\\`*_\[\]<>~|$]|&(?=[#\w])")
_LINE_START: Final = re.compile(r"^(?:#|[-+=](?=[\s=+-]|$)|\d{1,9}(?=[.)]))")
_HARD: Final = "\v"


def from_markdown(text: str, *, title: str = "", author: str = "", lang: Language | None = None) -> Document:
    """Read a manuscript. Arguments go before its front matter (`title`, `author`, `lang`).

    A first heading of level 1 is the title if it is the title already or the only heading of that level.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT.match(text)
    facts = _facts(front[1]) if front else {}
    blocks = list(_blocks(text[front.end() :] if front else text))
    title, author = plain(title or facts.get("title", "")), plain(author or facts.get("author", ""))
    said = facts.get("lang", "")[:2]
    lang = lang or ("zh" if said == "zh" else "en" if said == "en" else detect(text))
    highest = [block for block in blocks if isinstance(block, Heading) and block.level == 1]
    if highest and blocks[0] is highest[0] and (highest[0].text == title or (not title and len(highest) == 1)):
        title = highest[0].text
        del blocks[0], highest[0]
    if not highest:
        blocks = [Heading(b.text, max(b.level - 1, 1)) if isinstance(b, Heading) else b for b in blocks]
    return Document(title, tuple(blocks), lang, author)


@edition("markdown", suffix=".md", media_type="text/markdown", zh="Markdown 文稿", en="Markdown")
def to_markdown(document: Document) -> bytes:
    """The Markdown edition: front matter, the title, and the text with everything escaped that could mean something."""
    facts = {"title": plain(document.title), "author": plain(document.author), "lang": document.lang}
    front = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items() if value)
    parts = [f"---\n{front}---"]
    if facts["title"]:
        parts.append(_heading(facts["title"], 1))
    for scripted, blocks in groupby(document.blocks, key=is_scripted):
        run = list(blocks)
        parts += [_fence(run)] if scripted else map(_written, run)
    return ("\n\n".join(parts) + "\n").encode()


def _facts(front: str) -> dict[str, str]:
    facts = {}
    for key, value in re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", front, re.MULTILINE):
        try:
            facts[key] = str(json.loads(value))
        except ValueError:
            facts[key] = value.strip("'\"")
    return facts


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Unjoined, what was escaped is told from what was typed.
    blocks = MarkdownIt("zero").enable(["heading", "blockquote", "hr", "fence", "escape", "entity", "newline"])
    return blocks.disable(["text_join", "fragments_join"])


def _blocks(text: str) -> Iterator[Block]:
    tokens = iter(_parser().parse(text))
    for token in tokens:
        if token.type == "blockquote_open":
            inside = tuple(_blocks_of_quote(tokens))
            if inside:
                yield Quote(inside)
        else:
            yield from _block(token, tokens)


def _blocks_of_quote(tokens: Iterator[Token]) -> Iterator[Paragraph | Verse]:
    """What stands in a quotation, down to its end; quotations within it and headings become paragraphs."""
    depth = 1
    for token in tokens:
        depth += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if not depth:
            return
        for block in _block(token, tokens):
            if isinstance(block, Paragraph | Verse):
                yield block
            elif isinstance(block, Heading):
                yield Paragraph(block.text)


def _block(token: Token, tokens: Iterator[Token]) -> Iterator[Block]:
    if token.type == "hr":
        yield SceneBreak()
    elif token.type == "fence" and token.info.strip() == "fountain":
        yield from elements(token.content)
    elif token.type == "fence":
        yield from _lines(f"{token.markup}{token.info}\n{token.content}{token.markup}")
    elif token.type == "heading_open":
        if heading := squeeze(read(_inline(next(tokens)))[0]):
            yield Heading(heading, min(int(token.tag[1]), 6))
    elif token.type == "paragraph_open":
        yield from _paragraph(_inline(next(tokens)))


def _paragraph(text: str) -> Iterator[Block]:
    text, marks = read(text)
    if _HARD in text:
        if found := verse(text.replace(_HARD, "\n"), marks):
            yield found
        return
    for span in paragraphs(text):
        line, inside = cleaned(span.of(text), part(marks, span), squeeze)
        if line:
            yield Paragraph(line, inside)


def _lines(text: str) -> Iterator[Block]:
    return (Paragraph(line) for line in map(plain, text.split("\n")) if line)


def _inline(token: Token) -> str:
    """The text of a block as `typed` makes it, with line ends as they are and hard breaks as `_HARD`."""
    breaks = {"softbreak": "\n", "hardbreak": _HARD}
    text = ""
    for special, children in groupby(token.children or [], key=lambda child: child.type):
        if special in breaks:
            text += "".join(breaks[special] for _ in children)
            continue
        content = "".join(child.content for child in children).replace(_HARD, " ")
        text += typed(content) if special == "text" else HIDDEN.sub("", content)
    return text


def _fence(blocks: Iterable[Block]) -> str:
    text = to_fountain(blocks)
    mark = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{mark}fountain\n{text}{mark}"


def _written(block: Block) -> str:
    match block:
        case Heading():
            return _heading(block.text, block.level + 1)
        case Figure():
            return _line([Piece(plain(block.text))])
        case Paragraph():
            return _line(pieces(block.text, block.marks))
        case Verse():
            # A stanza of one line needs a break too, to be known as verse.
            lines = [*starmap(_verse, block.parts), *(["&nbsp;"] if len(block.lines) == 1 else [])]
            return "\\\n".join(lines)
        case Quote():
            text = "\n\n".join(map(_written, block.blocks))
            return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    return "* * *"


def _heading(text: str, level: int) -> str:
    # Number signs at the end would be taken for a closing mark.
    return "#" * level + " " + re.sub(r"(#+)$", r"\\\1", _marked(plain(text)))


def _verse(line: str, marks: Marks) -> str:
    body = line.lstrip()
    indent = line[: len(line) - len(body)]
    words = pieces(body, part(marks, Span(len(indent), len(line))))
    return "".join("&nbsp;" if sign == "\xa0" else "&#x3000;" for sign in indent) + _line(words)


def _line(parts: Iterable[Piece]) -> str:
    return _LINE_START.sub(lambda m: m[0] + "\\" if m[0][0].isdigit() else "\\" + m[0], written(parts, _marked))


def _marked(text: str) -> str:
    return _MARKS.sub(r"\\\g<0>", text)
