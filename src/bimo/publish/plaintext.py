"""Plain text: the words, with blank lines between them and no line broken, for any program to take in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bimo.publish.document import (
    Action,
    Block,
    Character,
    Dialogue,
    Document,
    Heading,
    Paragraph,
    Parenthetical,
    Quote,
    SceneBreak,
    SceneHeading,
    Verse,
    plain,
)
from bimo.publish.formats import edition
from bimo.text.errors import Language
from bimo.text.language import detect

# Two characters, as Chinese paragraphs begin.
_INDENT: Final = "\u3000\u3000"
_BREAKS: Final[dict[Language, str]] = {"zh": "＊　＊　＊", "en": "* * *"}


@edition("text", suffix=".txt", media_type="text/plain", zh="纯文本", en="Plain text")
def to_text(document: Document) -> bytes:
    """The plain edition: UTF-8, a line for each paragraph and each line of verse, two blank lines before a heading."""
    front = "\n".join(filter(None, (plain(document.title), plain(document.author))))
    parts = [front] if front else []
    for block in document.blocks:
        joined = isinstance(block, Dialogue | Parenthetical) and parts
        text = "\n".join(_lines(block, document.lang))
        if joined:
            parts[-1] += f"\n{text}"
        else:
            parts.append(f"\n{text}" if isinstance(block, Heading) and parts else text)
    return ("\n\n".join(parts) + "\n").encode()


def _lines(block: Block, lang: Language) -> Iterator[str]:
    match block:
        case Paragraph():
            text = plain(block.text)
            yield (_INDENT if detect(text, lang) == "zh" and not text.startswith("\u3000") else "") + text
        case Verse():
            yield from map(_kept, block.lines)
        case Quote():
            yield from (
                f"{_INDENT}{line.lstrip(_INDENT)}" if lang == "zh" else f"    {line}"
                for part in block.blocks
                for line in _lines(part, lang)
            )
        case SceneBreak():
            yield _BREAKS[lang]
        case Parenthetical():
            yield f"（{plain(block.text)}）" if lang == "zh" else f"({plain(block.text)})"
        case SceneHeading(number=number) if number:
            yield f"{plain(number)}　{plain(block.text)}"
        case Heading() | SceneHeading() | Action() | Character() | Dialogue():
            yield plain(block.text)
        case _:
            yield plain(block.text)


def _kept(line: str) -> str:
    """A line of verse with its indent, as ordinary spaces where it was of spaces."""
    body = line.lstrip()
    indent = line[: len(line) - len(body)]
    return indent.replace("\xa0", " ") + plain(body)
