"""Markdown: headings by their signs; everything else stays the text that it is."""

from __future__ import annotations

import re
from typing import Final

from bimo.desk.imports.lines import contents, is_break
from bimo.desk.imports.plan import Block, Break, Heading, Paragraph, Source
from bimo.text.errors import Notice

_HEADING: Final = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
# No heading is longer, and no pattern is tried on what is.
_LONGEST: Final = 300
_UNDERLINE: Final = re.compile(r" {0,3}(=+|-{3,})[ \t]*")
_FENCE: Final = re.compile(r" {0,3}(```+|~~~+)")
_FRONT: Final = re.compile(r"\A---\n((?:[\w-]+:.*\n|[ \t]+.*\n|- .*\n)*)(?:---|\.\.\.)\n")
_FACT: Final = re.compile(r"^(title|author):[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.MULTILINE)
_SIGNED: Final = re.compile(r"^#{1,3} \S", re.MULTILINE)


def is_markdown(text: str) -> bool:
    """Whether a text of unknown kind has at least two headings with their signs."""
    return len(_SIGNED.findall(text)) > 1


def read(text: str) -> Source:
    """The blocks of a Markdown text; `title` and `author` from its front matter."""
    front = _FRONT.match(text)
    facts = dict(_FACT.findall(front[1])) if front else {}
    lines = (text[front.end() :] if front else text).split("\n")
    dropped = contents([_words(line) for line in lines])
    blocks: list[Block] = []
    body: list[str] = []
    fence = ""

    def close() -> None:
        joined = "\n".join(body).strip("\n")
        blocks.extend(Paragraph(each) for each in re.split(r"\n(?:[^\S\n]*\n)+", joined) if each.strip())
        body.clear()

    for place, line in enumerate(lines):
        if place in dropped and not fence:
            continue
        if mark := _FENCE.match(line):
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        found = None if fence else _mark(line, body)
        if found:
            close()
            blocks.append(found)
        else:
            body.append(line)
    close()
    notices = (Notice.of("desk.import_contents", count=len(dropped)),) if dropped else ()
    return Source(blocks, facts.get("title", ""), facts.get("author", ""), notices=notices)


def _mark(line: str, body: list[str]) -> Block | None:
    """The heading or break that the line is; an underlined one takes its words out of `body`."""
    if len(line) > _LONGEST:
        return None
    if (found := _HEADING.fullmatch(line)) and found[2]:
        return Heading(_words(found[2]), len(found[1]))
    if (found := _UNDERLINE.fullmatch(line)) and body and body[-1].strip() and (len(body) == 1 or not body[-2].strip()):
        return Heading(_words(body.pop().strip()), 1 if found[1][0] == "=" else 2)
    return Break() if is_break(line) else None


def _words(line: str) -> str:
    """A line of Markdown without the marks of links, lists and emphasis."""
    if len(line) > _LONGEST:
        return line
    line = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"^\s*(?:[-*+]|\d+\.)\s+(?=\[)", "", line))
    return re.sub(r"^#{1,6} |[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", line)
