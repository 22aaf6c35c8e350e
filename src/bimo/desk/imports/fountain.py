"""Fountain: scene headings part the scenes; the text of each stays Fountain (https://fountain.io/syntax)."""

from __future__ import annotations

import re
from typing import Final

from bimo.desk.imports.plan import Block, Heading, Paragraph, Source

_SCENE: Final = re.compile(
    r"(?i)(?:int|ext|est|i/e|int\./ext)[./ ].*|\.[^.\s].*"
    r"|(?:第.{1,4}场\W*|\d+[.、．]?\s*)?(?:[内外]景|[内外][\s.、/]).*"
)
# No heading is longer, and no pattern is tried on what is.
_LONGEST: Final = 300
_SECTION: Final = re.compile(r"(#{1,3})\s+(\S.*)")
_FACT: Final = re.compile(r"(?i)^(title|author|authors|标题|作者)\s*[:：][ \t]*(?:\n[ \t]+)?(.*)$", re.MULTILINE)
_TITLE_PAGE: Final = re.compile(r"\A(?:[A-Za-z\u4e00-\u9fff][A-Za-z \u4e00-\u9fff]{0,19}[:：].*\n(?:[ \t]+\S.*\n)*)+\n")


def read(text: str) -> Source:
    """The blocks of a screenplay: sections as parts and chapters, scene headings as scenes that keep them."""
    page = _TITLE_PAGE.match(text.lstrip("\n"))
    facts = {key.lower(): value.strip().strip("*_") for key, value in _FACT.findall(page.group())} if page else {}
    lines = text.lstrip("\n")[page.end() if page else 0 :].split("\n")
    deepest = max(
        (len(found[1]) for line in lines if len(line) <= _LONGEST and (found := _SECTION.fullmatch(line.rstrip()))),
        default=0,
    )
    blocks: list[Block] = []
    body: list[str] = []
    for before, line in zip(["", *lines], lines, strict=False):
        short = len(line) <= _LONGEST
        section = _SECTION.fullmatch(line.rstrip()) if short else None
        scene = short and not before.strip() and _SCENE.fullmatch(line.strip())
        if section or scene:
            blocks += _paragraph(body)
            body = [line] if scene else []
            blocks.append(
                Heading(section[2], len(section[1]))
                if section
                else Heading(line.strip().lstrip("."), deepest + 1, "scene")
            )
        else:
            body.append(line)
    blocks += _paragraph(body)
    title = facts.get("title") or facts.get("标题", "")
    author = facts.get("author") or facts.get("authors") or facts.get("作者", "")
    return Source(blocks, title, author, "screenplay")


def _paragraph(lines: list[str]) -> list[Block]:
    text = "\n".join(lines).strip("\n")
    return [Paragraph(text)] if text.strip() else []
