"""The words of verse by rhyme, for cures and for writing: end words are chosen from here before a line is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from bimo.verse.english.dictionary import frequencies
from bimo.verse.english.rhyme import parts, rhyme, rhyme_class


def rhymes_of(word: str, limit: int = 20, avoid: frozenset[str] = frozenset()) -> list[str]:
    """Perfect rhymes of `word` in any of its pronunciations, the most frequent in verse first, without `avoid`."""
    keys = {part.key for part in parts(word) if part.place == "main"}
    found = {each for key in keys for each in _classes().get(key, ())}
    usual = frequencies()
    ranked = sorted(found, key=lambda each: -usual[each])
    good = (each for each in ranked if each not in avoid and rhyme(word, each) == "perfect")
    return [each for each, _ in zip(good, range(limit), strict=False)]


def classes(smallest: int = 2) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every rhyme class of at least `smallest` words of verse, with its words, the most frequent first."""
    return ((key, words) for key, words in _classes().items() if len(words) >= smallest)


@cache
def _classes() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in frequencies():
        if key := rhyme_class(word):
            found.setdefault(key, []).append(word)
    return {key: tuple(words) for key, words in found.items()}
