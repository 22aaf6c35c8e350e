"""Screenplays in Fountain (https://fountain.io/syntax), in both directions.

What is not printed is left out: the boneyard, notes and synopses. Underlined words are emphasised words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from bimo.publish.document import (
    Action,
    Block,
    Character,
    Dialogue,
    Document,
    Figure,
    Heading,
    Paragraph,
    Parenthetical,
    Quote,
    SceneBreak,
    SceneHeading,
    Scripted,
    Transition,
    Verse,
    pieces,
    plain,
    squeeze,
)
from bimo.publish.formats import edition
from bimo.publish.inline import cleaned, read, typed, unmarked, written
from bimo.text.errors import Language
from bimo.text.language import detect, han

_SCENE: Final = re.compile(r"(?i)(?:int|ext|est|i/e)[./ ]|(?:第.{1,4}场\W*)?[内外]景")
# What every program takes for a scene heading and for a change of picture; the Chinese ones only this one knows.
_KNOWN_SCENE: Final = re.compile(r"(?i)(?:int|ext|est|i/e|int\.?/ext\.?)[. ]")
_KNOWN_TRANSITION: Final = re.compile("[A-Z ]+ TO:")
_CAPITALS: Final = re.compile(r"[^a-z]*[A-Z][^a-z]*(?:\(.*\))?")
_TRANSITION: Final = re.compile(r"[A-Z ]+ TO:|(?:切至|叠化|淡入|淡出|闪回|闪出)[：:。]?")
_TITLE_PAGE: Final = re.compile(r"\A(?:[A-Za-z ]+:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*)+(?:\n|\Z)")
_BRACKETS: Final = re.compile(r"[(（](.*)[)）]")
_NUMBER: Final = re.compile(r"(.*?)\s*#([\w.-]+)#")
_CENTRED: Final = re.compile(r">\s*(\S.*?)\s*<")
_UNPRINTED: Final = re.compile(r"/\*.*?\*/|\[\[.*?\]\]|^=[^=\n][^\n]*$", re.DOTALL | re.MULTILINE)
# What is escaped with a backslash means itself; the second bracket of two is, so that no note begins.
_ESCAPED: Final = re.compile(r"\\([*_\\\[=])")
_SIGNS: Final = re.compile(r"[*_\\]|(?<=\[)\[|^=")
_SPEECH: Final = han(r"([{han}·A-Za-z]{1,8})：(?:[(（]([^()（）]*)[)）])?\s*(\S.*)")
_NO_SPEAKERS: Final = frozenset(
    {"时间", "地点", "人物", "场景", "道具", "音乐", "音效", "字幕", "镜头", "画面", "标题", "备注"}
)


def from_fountain(text: str, *, title: str = "", author: str = "", lang: Language | None = None) -> Document:
    """A screenplay. Its title page gives title and author where the arguments do not; the rest of it is left out."""
    text = text.replace("\r\n", "\n")
    page = _TITLE_PAGE.match(text) if text[:6].lower() == "title:" else None
    if page:
        keys = dict(re.findall(r"^([A-Za-z ]+):\s*(.*)$", page.group().lower(), re.MULTILINE))
        values = dict(zip(keys, re.findall(r"^[A-Za-z ]+:\s*(.*)$", page.group(), re.MULTILINE), strict=True))
        title, author = title or plain(values.get("title", "")), author or plain(values.get("author", ""))
        text = text[page.end() :]
    return Document(title, tuple(elements(text)), lang or detect(text), author)


@edition("fountain", suffix=".fountain", media_type="text/plain", zh="Fountain 剧本", en="Fountain screenplay")
def to_edition(document: Document) -> bytes:
    """The Fountain edition: a title page, and the text; prose and verse become action."""
    facts = {"Title": plain(document.title), "Author": plain(document.author)}
    page = "".join(f"{key}: {value}\n" for key, value in facts.items() if value)
    return ((f"{page}\n" if page else "") + to_fountain(as_script(document.blocks))).encode()


def as_script(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks as elements of a screenplay, with prose and the lines of verse as action."""
    for block in blocks:
        match block:
            case Paragraph():
                yield Action(block.text, block.marks)
            case Verse():
                yield from (Action(*cleaned(*each, squeeze)) for each in block.parts)
            case Figure():
                yield Action(block.text)
            case Quote():
                yield from as_script(block.blocks)
            case _:
                yield block


def elements(text: str) -> list[Block]:
    """The elements of a screenplay without a title page."""
    found: list[Block] = []
    for block in re.split(r"\n[^\S\n]*\n", _UNPRINTED.sub("", text)):
        lines = [line for line in map(squeeze, _typed(block).split("\n")) if line]
        first = _words(lines[0]) if lines else ""
        if len(lines) > 1 and (first.startswith("@") or _CAPITALS.fullmatch(first)) and not _SCENE.match(first):
            name = first.removeprefix("@").strip()
            found.append(Character(name.removesuffix("^").rstrip(), dual=name.endswith("^")))
            found += map(_speech, lines[1:])
        else:
            for line in lines:
                found += _chinese_speech(line) or [_element(line)]
    return found


def to_fountain(blocks: Iterable[Block]) -> str:
    """The elements as Fountain, with a forcing mark where a reader would take one for another."""
    text = ""
    for block in blocks:
        speech = isinstance(block, Dialogue | Parenthetical)
        text += ("\n" if speech else "\n\n") + _line(block)
    return text.strip("\n") + "\n"


def _typed(text: str) -> str:
    """The text as `typed` makes it, with what was escaped as the sign that it is."""
    parts = _ESCAPED.split(text)
    return "".join(part if place % 2 else typed(part) for place, part in enumerate(parts))


def _words(line: str) -> str:
    return read(line)[0].strip()


def _speech(line: str) -> Block:
    words, marks = read(line)
    inside = _BRACKETS.fullmatch(words)
    return Parenthetical(inside[1].strip()) if inside else Dialogue(words, marks)


def _chinese_speech(line: str) -> list[Block]:
    """The elements of a speech in the one-line layout of Chinese scripts: 沈默：（低声）别点灯。"""
    match = _SPEECH.fullmatch(line)
    if not match or match[1] in _NO_SPEAKERS:
        return []
    name, how, words = match.groups()
    return [
        Character(name),
        *([Parenthetical(_words(how))] if how and how.strip() else []),
        Dialogue(*read(words)),
    ]


def _element(line: str) -> Block:
    bare = unmarked(line)
    if line.startswith("#"):
        mark = re.match("#+", line)
        level = len(mark.group()) if mark else 1
        return Heading(_words(line.lstrip("# ")), min(level, 5))
    if set(line) == {"="} and len(line) > 2:
        return SceneBreak()
    if re.match(r"\.[^.\s]", line) or _SCENE.match(bare):
        words = _words(line.removeprefix("."))
        numbered = _NUMBER.fullmatch(words)
        return SceneHeading(numbered[1], numbered[2]) if numbered and numbered[1] else SceneHeading(words)
    if centred := _CENTRED.fullmatch(line):
        return Action(*read(centred[1]), centred=True)
    if line.startswith(">") and not line.endswith("<"):
        return Transition(_words(line[1:]))
    if _TRANSITION.fullmatch(bare):
        return Transition(_words(line))
    return Action(*cleaned(*read(line[1:] if line.startswith("!") else line), squeeze))


def _line(block: Block) -> str:
    match block:
        case Heading():
            return "#" * block.level + " " + _escaped(block.text)
        case SceneBreak():
            return "==="
        case SceneHeading():
            number = f" #{block.number}#" if block.number else ""
            return ("" if _KNOWN_SCENE.match(block.text) else ".") + _escaped(block.text) + number
        case Character():
            name = _escaped(block.text) + (" ^" if block.dual else "")
            known = _CAPITALS.fullmatch(block.text) and block.text.partition("(")[0].isupper()
            return name if known and not _SCENE.match(block.text) else f"@{name}"
        case Parenthetical():
            # Other programs know only the narrow brackets.
            return f"({_escaped(block.text)})"
        case Transition():
            return ("" if _KNOWN_TRANSITION.fullmatch(block.text) else "> ") + _escaped(block.text)
        case Action(centred=True):
            return f"> {written(pieces(block.text, block.marks), _escaped)} <"
        case Action():
            text = written(pieces(block.text, block.marks), _escaped)
            return text if elements(text) == [block] else f"!{text}"
        case Dialogue():
            return written(pieces(block.text, block.marks), _escaped)
    raise TypeError(f"no element of a screenplay: {block!r}")


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\g<0>", text)


def is_scripted(block: Block) -> bool:
    """Whether the block is an element that only a screenplay has."""
    return isinstance(block, Scripted)
