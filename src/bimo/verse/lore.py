"""What classical verse knows: what goes with a theme, what is set against what in a couplet, what was written before.

The tables are derived from the collections by `scripts/tables/lore.py`. Text may be simplified or traditional.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Final

from bimo.verse.books import table
from bimo.verse.readings import simplified

# A line counts as copied from this many characters in a row on.
GRAM: Final = 5
_HASHES: Final = 7


def related(theme: str) -> Mapping[str, float]:
    """The characters, and words of two characters, of verse that go with a theme ("秋夜"), with weights up to 1.

    Words of the theme that titles of poems have are taken whole, others by their characters. Empty where nothing of
    the theme is known to verse.
    """
    return _related(simplified(theme))


def pairing(a: str, b: str) -> float:
    """How well two characters, or two lines of one length, are set against each other in a parallel couplet.

    0 to 1; the mean over the places of lines. Learned from the middle couplets of eight-line poems. Equal characters
    and pairs never seen together are 0.
    """
    one, other = simplified(a), simplified(b)
    grades = _grades()
    scores = [grades.get((min(pair), max(pair)), 0.0) for pair in zip(one, other, strict=False)]
    return sum(scores) / max(len(one), len(other), 1)


def is_copied(line: str) -> bool:
    """Whether five characters in a row stand so in 全唐诗, in the ci of the Song or in the known anthologies.

    A Bloom filter answers: what was written is always found, and a run that was not is taken for known once in 170.
    """
    known, text = _known(), simplified(line)
    bits = 8 * len(known)
    return any(
        all(known[place >> 3] >> (place & 7) & 1 for place in places(text[at : at + GRAM], bits))
        for at in range(len(text) - GRAM + 1)
    )


def places(run: str, bits: int) -> Iterator[int]:
    """The bits of a filter of that size which a run of characters sets (double hashing, Kirsch and Mitzenmacher)."""
    digest = blake2b(run.encode(), digest_size=16).digest()
    first, step = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little") | 1
    return ((first + index * step) % bits for index in range(_HASHES))


@cache
def _related(theme: str) -> Mapping[str, float]:
    weights: dict[str, float] = {}
    words = list(_words(theme))
    for word in words:
        chars, joined = _association()[word]
        for items in ([*chars], [joined[at : at + 2] for at in range(0, len(joined), 2)]):
            for rank, item in enumerate(items):
                weights[item] = weights.get(item, 0.0) + (1 - rank / len(items)) / len(words)
    return weights | {item: 1.0 for word in words for item in (word, *word)}


def _words(theme: str) -> Iterator[str]:
    """The words of a theme that the table has: two characters first, then single ones of what is left."""
    at = 0
    while at < len(theme):
        word = next((theme[at : at + size] for size in (2, 1) if theme[at : at + size] in _association()), "")
        if word:
            yield word
        at += len(word) or 1


@cache
def _association() -> Mapping[str, tuple[str, str]]:
    rows = (line.split("\t") for line in table("zh/association").splitlines())
    return {key: (chars, pairs) for key, chars, pairs in rows}


@cache
def _grades() -> Mapping[tuple[str, str], float]:
    grades: dict[tuple[str, str], float] = {}
    for line in table("zh/pairs").splitlines():
        char, *partners = line.split("\t")
        for rank, group in enumerate(partners):
            grades.update(dict.fromkeys(((char, other) for other in group), 1 - rank / len(partners)))
    return grades


@cache
def _known() -> bytes:
    return (files("bimo.verse.books") / "zh" / "grams.bloom").read_bytes()
