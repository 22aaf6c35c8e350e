"""Screenplays in Fountain (https://fountain.io/syntax), as much of it as a manuscript needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bimo.publish.document import (
    Action,
    Block,
    Character,
    Dialogue,
    Document,
    Heading,
    Parenthetical,
    SceneBreak,
    SceneHeading,
    Scripted,
    Transition,
    plain,
)
from bimo.text.errors import Language
from bimo.text.language import detect, han

_SCENE: Final = re.compile(r"(?i)(?:int|ext|est|i/e)[./ ]|(?:第.{1,4}场\W*)?[内外]景")
_CAPITALS: Final = re.compile(r"[^a-z]*[A-Z][^a-z]*(?:\(.*\))?")
_TRANSITION: Final = re.compile(r"[A-Z ]+ TO:|(?:切至|叠化|淡入|淡出|闪回|闪出)[：:。]?")
_TITLE_PAGE: Final = re.compile(r"\A(?:[A-Za-z ]+:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*)+(?:\n|\Z)")
_BRACKETS: Final = re.compile(r"[(（](.*)[)）]")


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


def elements(text: str) -> list[Block]:
    """The elements of a screenplay without a title page."""
    found: list[Block] = []
    for block in re.split(r"\n[^\S\n]*\n", text):
        lines = [line for line in map(plain, block.split("\n")) if line]
        if (
            len(lines) > 1
            and (lines[0].startswith("@") or _CAPITALS.fullmatch(lines[0]))
            and not _SCENE.match(lines[0])
        ):
            found.append(Character(lines[0].removeprefix("@").strip()))
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


def _speech(line: str) -> Block:
    inside = _BRACKETS.fullmatch(line)
    return Parenthetical(inside[1].strip()) if inside else Dialogue(line)


def _chinese_speech(line: str) -> list[Block]:
    """The elements of a speech in the one-line layout of Chinese scripts: 沈默：（低声）别点灯。"""
    match = _SPEECH.fullmatch(line)
    if not match or match[1] in _NO_SPEAKERS:
        return []
    name, how, words = match.groups()
    return [Character(name), *([Parenthetical(how.strip())] if how and how.strip() else []), Dialogue(words)]


def _element(line: str) -> Block:
    if line.startswith("#"):
        mark = re.match("#+", line)
        level = len(mark.group()) if mark else 1
        return Heading(line.lstrip("# "), min(level, 5))
    if set(line) == {"="} and len(line) > 2:
        return SceneBreak()
    if re.match(r"\.[^.\s]", line):
        return SceneHeading(line[1:])
    if _SCENE.match(line):
        return SceneHeading(line)
    if line.startswith(">") and not line.endswith("<"):
        return Transition(line[1:].strip())
    if _TRANSITION.fullmatch(line):
        return Transition(line)
    return Action(line[1:].strip() if line.startswith("!") else line)


def _line(block: Block) -> str:
    match block:
        case Heading():
            return "#" * block.level + " " + block.text
        case SceneBreak():
            return "==="
        case SceneHeading():
            return block.text if _SCENE.match(block.text) else "." + block.text
        case Character():
            return block.text if _CAPITALS.fullmatch(block.text) else "@" + block.text
        case Parenthetical():
            return f"（{block.text}）" if detect(block.text) == "zh" else f"({block.text})"
        case Transition():
            return block.text if _TRANSITION.fullmatch(block.text) else "> " + block.text
        case Action():
            kept = block.text[0] not in "@!" and elements(block.text) == [block]
            return block.text if kept else "! " + block.text
        case Dialogue():
            return block.text
    raise TypeError(f"no element of a screenplay: {block!r}")


def is_scripted(block: Block) -> bool:
    """Whether the block is an element that only a screenplay has."""
    return isinstance(block, Scripted)
