"""Passages of whole books for the recipes that learn prose, each book or chapter in one part only."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import regex

from bimo.text.errors import FileError, InputError, Language
from bimo.text.language import detect
from bimo.text.shelf import passages
from bimo.voice.cleaning import clean
from bimo.voice.dataset import PARTS, Part, held_out
from bimo.voice.gathering import Document

_CHAPTER = regex.compile(r"^## (.*)$", regex.M)
# How much of a passage is given to go on from, in characters.
START = {"zh": 60, "en": 200}


def documents(folder: Path, lang: Language) -> list[Document]:
    """The chapters of all books of a language: text or Markdown files, plain or gzip, `## ` before a title.

    Raises FileError `voice.no_data` or `voice.bad_data`.
    """
    found = []
    paths = [each for each in sorted(folder.rglob("*")) if regex.search(r"\.(txt|md)(\.gz)?$", each.name)]
    for path in paths:
        try:
            data = path.read_bytes()
            text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
        except (OSError, ValueError, EOFError) as error:
            raise FileError("voice.bad_data", path=str(path), reason=str(error)) from error
        if detect(text) == lang:
            pieces = _CHAPTER.split(text)
            titles, texts = ["", *pieces[1::2]], pieces[::2]
            chapters = [(title, clean(body, lang)) for title, body in zip(titles, texts, strict=True)]
            found += [Document(path.name.split(".")[0], title, lang, body) for title, body in chapters if body]
    if not found:
        raise FileError("voice.no_data", folder=str(folder), wanted=f"*.txt, *.md ({lang})")
    return found


def read(folder: Path, lang: Language, most: int, seed: int) -> dict[Part, list[str]]:
    """Passages of each part in a random order; at most `most` to learn from, a quarter of that in the others.

    Raises also InputError `voice.few_passages`.
    """
    dice = random.Random(seed)
    _, parts = held_out(documents(folder, lang), lang, seed)
    found: dict[Part, list[str]] = {}
    for part in PARTS:
        found[part] = passages([each.text for each in parts[part]], lang)
        dice.shuffle(found[part])
        found[part] = found[part][: most if part == "train" else max(8, most // 4)]
    if min(map(len, found.values())) < 8:
        raise InputError("voice.few_passages", count=len(found["train"]), folder=str(folder))
    return found


def cut(passage: str, lang: Language) -> tuple[str, str]:
    """The beginning of a passage, to a word's end, and the rest with the space before it."""
    at = START[lang]
    if lang == "en":
        at = passage.rfind(" ", 0, at) if " " in passage[:at] else at
    return passage[:at], passage[at:].rstrip()
