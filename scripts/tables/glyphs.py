"""Which glyphs stand for which: simplified forms, regional forms, and variants of old prints."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import opencc

# Towards traditional characters as the rhyme books write them.
_REGIONS = ("tw2t", "hk2t", "jp2t")


@cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)


@cache
def variants() -> dict[str, str]:
    """Variant glyph → the glyph that the books have."""
    return _pairs("variants.txt")


@cache
def alike() -> dict[str, str]:
    """Character that no book has → a character with the same tone and rhyme."""
    return _pairs("alike.txt")


def _pairs(name: str) -> dict[str, str]:
    lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()
    return {pair[0]: pair[1] for line in lines if not line.startswith("#") for pair in line.split()}


def simplify(text: str) -> str:
    """`text` in simplified characters, with variants replaced that are no simplified characters themselves."""
    return str(_converter("t2s").convert(text.translate(_table())))


@cache
def _table() -> dict[int, str]:
    return str.maketrans({variant: char for variant, char in variants().items() if not in_use(variant)})


def in_use(char: str) -> bool:
    """Whether the character is one of today's simplified ones, by the standard GB 2312."""
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def simple(char: str) -> str:
    """The simplified form of one character."""
    return str(_converter("t2s").convert(char))


@cache
def standard(char: str) -> tuple[str, ...]:
    """Other glyphs under which the books may know `char`, the likeliest first."""
    found = [variants().get(char, char), alike().get(char, char)]
    found += [str(_converter(region).convert(char)) for region in _REGIONS]
    found += [variants().get(each, each) for each in found]
    return tuple(dict.fromkeys(each for each in found if each != char and len(each) == 1))


def sources(known: Iterable[str]) -> dict[str, set[str]]:
    """Glyph → the known characters that it may stand for: itself, and those that are simplified to it."""
    found: dict[str, set[str]] = {}
    for char in known:
        found.setdefault(char, set()).add(char)
        found.setdefault(simple(char), set()).add(char)
    for other, char in (variants() | alike()).items():
        for glyph in (other, simple(other)):
            found.setdefault(glyph, found.get(char, set()))
    return found
