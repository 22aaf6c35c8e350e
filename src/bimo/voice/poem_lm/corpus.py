"""Classical poems from npm `chinese-poetry` 2.0.1 (MIT; texts in the public domain), cleaned, in simplified script.

Reading and simplifying takes a minute, so the result is kept as one file of JSON lines.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import regex

from bimo.text.errors import FileError
from bimo.verse.readings import Book, book, simplified
from bimo.voice.poem_lm.rhyme import NO_RHYME, common_group, level_groups

Split = Literal["train", "valid", "test"]
FORMS = ("五绝", "七绝", "五律", "七律", "五古", "七古", "杂言", "词")
ERAS = ("唐", "宋")
TITLE_LENGTH = 16
# A poem is left out if it is longer than this, punctuation counted.
LONGEST = 150
_NAMELESS = {"不详", "无名氏", "佚名", "无", ""}
_NOTES = regex.compile(r"（[^）]*）|\([^)]*\)|\[[^\]]*\]|〖[^〗]*〗|\{[^}]*\}|〔[^〕]*〕|<[^>]*>")
_QUOTES = regex.compile(r"[「」『』《》“”‘’\s]")
_MARKS = str.maketrans("；：,;:?!", "，，，，，？！")
_CLAUSE = regex.compile(r"[^，。？！、]+[，。？！、]")
_GOOD = regex.compile(r"(?:\p{Han}+[，。？！、])+")
_NUMBERING = regex.compile(r"(?:其|之)?[一二三四五六七八九十百]+(?:首|章)?$")


@dataclass(frozen=True, slots=True)
class Poem:
    """One poem in simplified script; the title of a 词 is its tune.

    `rhyme` names a 平水 group, for 词 a part of 词林, or is 无韵.
    """

    author: str
    era: str
    form: str
    rhyme: str
    title: str
    text: str

    @property
    def split(self) -> Split:
        """Which part of the data the poem is in: decided by its poet, so that no poet is in two parts."""
        if self.author in _NAMELESS:
            return "train"
        number = int.from_bytes(hashlib.sha256(f"bimo {self.author}".encode()).digest()[:4]) % 100
        return "test" if number < 2 else "valid" if number < 4 else "train"


def clauses(text: str) -> list[str]:
    """The clauses of a poem, each with its closing mark."""
    return _CLAUSE.findall(text)


def load(package: Path, cache: Path) -> list[Poem]:
    """All poems, from `cache` or else from the unpacked npm `package`.

    Raises FileError if the package is not there.
    """
    if not cache.exists():
        if not (package / "dist/quantangshi").is_dir():
            raise FileError("voice.no_corpus", folder=str(package))
        cache.parent.mkdir(parents=True, exist_ok=True)
        part = cache.with_name(cache.name + ".part")
        with part.open("w", encoding="utf-8") as lines:
            for poem in _unique(read(package)):
                lines.write(json.dumps(asdict(poem), ensure_ascii=False) + "\n")
        os.replace(part, cache)
    return [Poem(**json.loads(line)) for line in cache.read_text(encoding="utf-8").splitlines()]


def read(package: Path) -> Iterator[Poem]:
    """The usable poems of the collection: Tang, Song, then 词 of the Five Dynasties and the Song.

    御定全唐诗 is left out, because it repeats 全唐诗.
    """
    pingshui, cilin = book("pingshui"), book("cilin")
    for era, pattern in (("唐", "poet.tang.*.json"), ("宋", "poet.song.*.json")):
        for entry in _entries(package / "dist/quantangshi", pattern):
            poem = shi(entry, era, pingshui)
            if poem:
                yield poem
    for folder, pattern, era in (
        ("dist/wudaishici/huajianji", "*juan.json", "唐"),
        ("dist/wudaishici/nantang", "poetrys.json", "唐"),
        ("dist/songci", "ci.song.*.json", "宋"),
    ):
        for entry in _entries(package / folder, pattern):
            poem = ci(entry, era, cilin)
            if poem:
                yield poem


def shi(entry: dict[str, Any], era: str, pingshui: Book) -> Poem | None:
    """A 诗 of the collection, or None if the text is damaged or too long."""
    original = _clean(entry["paragraphs"])
    if original is None:
        return None
    rhyme = common_group((clause[-2] for clause in clauses(original)[1::2]), pingshui)
    text = simplified(original)
    form = form_of(text, level=rhyme in level_groups(pingshui))
    return Poem(simplified(entry["author"]), era, form, rhyme, _title(simplified(entry.get("title", ""))), text)


def ci(entry: dict[str, Any], era: str, cilin: Book) -> Poem | None:
    """A 词 of the collection (already simplified), or None if the text is damaged or too long."""
    text = _clean(entry["paragraphs"])
    if text is None:
        return None
    found = clauses(text)
    rhyme = common_group((clause[-2] for clause in found if clause[-1] in "。？！"), cilin)
    if rhyme == NO_RHYME:
        rhyme = common_group((clause[-2] for clause in found if clause[-1] != "、"), cilin)
    tune = _title((entry.get("rhythmic") or entry.get("title", "")).split("·")[0])
    return Poem(entry["author"], era, "词", rhyme, tune, text)


def form_of(text: str, *, level: bool) -> str:
    """The form by line lengths; a poem of 4 or 8 lines without a `level` rhyme counts as 古 verse."""
    lengths = {len(clause) - 1 for clause in clauses(text)}
    count = len(clauses(text))
    if lengths not in ({5}, {7}) or count % 2:
        return "杂言"
    size = "五" if lengths == {5} else "七"
    return size + ({4: "绝", 8: "律"}.get(count, "古") if level else "古")


def _entries(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    def number(path: Path) -> tuple[int, str]:
        digits = regex.findall(r"\d+", path.name)
        return (int(digits[-1]) if digits else 0, path.name)

    for path in sorted(folder.glob(pattern), key=number):
        yield from json.loads(path.read_text(encoding="utf-8"))


def _clean(paragraphs: list[str]) -> str | None:
    text = _QUOTES.sub("", _NOTES.sub("", "".join(paragraphs))).translate(_MARKS)
    if text and text[-1] not in "。？！":
        text = text.rstrip("，、") + "。"
    return text if 12 <= len(text) <= LONGEST and _GOOD.fullmatch(text) else None


def _title(raw: str) -> str:
    title = _NOTES.sub("", raw).replace("《", "").replace("》", "").strip()
    title = _NUMBERING.sub("", title.split(" ")[0].split("　")[0])
    return "".join(regex.findall(r"\p{Han}", title))[:TITLE_LENGTH]


def _unique(poems: Iterator[Poem]) -> Iterator[Poem]:
    """Each poem once: two poems that begin with the same ten characters are taken for one."""
    seen: set[str] = set()
    for poem in poems:
        start = "".join(regex.findall(r"\p{Han}", poem.text[:16]))[:10]
        if start not in seen:
            seen.add(start)
            yield poem
