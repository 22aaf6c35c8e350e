"""The English books: the CMU Pronouncing Dictionary with some words of verse, and the words of verse by frequency.

Made by `scripts/tables/en.py`; the licence of the CMU data lies beside them. `en/dictionary` has three parts with an
empty line between them: the phones, of which the first is written "#", the second "$" and so on; the words; and for
each word what it sounds like, one character a phone, with a blank between pronunciations. `en/words` has a word of
verse and its count on each line.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from bimo.verse.books import table

Phones = tuple[str, ...]


def look_up(word: str) -> tuple[Phones, ...]:
    """The pronunciations of a word in small letters, the most usual first; none where the dictionary lacks it."""
    phones, sounds = _dictionary()
    found = sounds.get(word)
    if found is None:
        return ()
    return tuple(tuple(map(phones.__getitem__, each)) for each in found.split(" "))


@cache
def frequencies() -> Mapping[str, int]:
    """The words of verse, the most frequent first, and how often each was met in 300,000 lines."""
    return {word: int(count) for word, _, count in (line.partition(" ") for line in table("en/words").split("\n"))}


@cache
def _dictionary() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What each character of a coded pronunciation stands for, and the coded pronunciations of each word."""
    phones, words, sounds = table("en/dictionary").split("\n\n")
    code = {chr(ord("#") + place): phone for place, phone in enumerate(phones.split(" "))}
    return code, dict(zip(words.split("\n"), sounds.split("\n"), strict=True))
