"""The classical poems of the npm package chinese-poetry (MIT; the texts are in the public domain)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.tables.fetch import npm

# Ideographs only: lines are compared without their punctuation.
HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_CLAUSE = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+")
_NOTE = re.compile(r"[(（〖［\[{].*?[)）〗］\]}]")


@dataclass(frozen=True, slots=True)
class Poem:
    """A poem as clauses of ideographs; `title` holds the tune where it is a 词."""

    title: str
    author: str
    clauses: tuple[str, ...]


def dist() -> Path:
    """The folder of the collections."""
    return npm("chinese-poetry", "2.0.1") / "dist"


def tang() -> Iterator[Poem]:
    """The 57,607 poems of 全唐诗, in traditional characters."""
    return _poems(sorted((dist() / "quantangshi").glob("poet.tang.*.json"), key=_number))


def song() -> Iterator[Poem]:
    """The 254,248 shi poems of the Song, in traditional characters."""
    return _poems(sorted((dist() / "quantangshi").glob("poet.song.*.json"), key=_number))


def ci() -> Iterator[Poem]:
    """The 21,050 ci of the Song, in simplified characters."""
    return _poems(sorted((dist() / "songci").glob("ci.song.*.json"), key=lambda path: path.name))


def clauses(text: str) -> list[str]:
    """The runs of ideographs in a text, without notes in brackets."""
    return _CLAUSE.findall(_NOTE.sub("", text))


def _poems(paths: list[Path]) -> Iterator[Poem]:
    for path in paths:
        for poem in json.loads(path.read_text("utf-8")):
            title = poem.get("title") or poem.get("rhythmic") or ""
            yield Poem(title, poem.get("author") or "", tuple(clauses("\n".join(poem["paragraphs"]))))


def _number(path: Path) -> int:
    return int(path.name.split(".")[2])
