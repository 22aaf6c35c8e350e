"""The words that a new English poem may be written with, and how they lie in a metre."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from bimo.verse.english.dictionary import frequencies, look_up
from bimo.verse.english.shapes import shapes

# Words of verse rarer than the first so many make a poem that nobody can read, and a grammar that is slow.
_COMMON: Final = 9000

_OLD_END: Final = re.compile(r".*(?:[^e]eth|[^aeiou]'d|'st|e'er|o'er|en'd|t'|n')")
# They'll, we'd, spring's: something has to follow.
_LEANING: Final = re.compile(r"['’](?:s|d|ll|ve|re|m)$")
_CONTRACTED: Final = re.compile(r"[a-z]{2,}(?:'s|n't|'ll|'ve|'re)|(?:he|she|we|they|you|who)'d")

# How far a syllable may be from its place, in half points of the checker and never less than what it counts
# (`bimo.verse.english.metre`); what is missing cannot stand there.
_LEVELS: Final[Mapping[tuple[str, str], int]] = {
    ("P", "s"): 0, ("S", "s"): 0, ("S", "w"): 2, ("U", "w"): 0, ("U", "s"): 2,
    ("C", "s"): 0, ("C", "w"): 2, ("F", "s"): 1, ("F", "w"): 0, ("A", "w"): 0,
}  # fmt: skip
_NEVER: Final = 99

# The syllables of a word by weight, once for each pronunciation.
Weights = tuple[str, ...]


@cache
def word_lists() -> dict[str, Any]:
    """The lists of `writing.toml`."""
    return tomllib.loads((files("bimo.verse.english") / "writing.toml").read_text("utf-8"))


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(word_lists()[name].split())


def weights(word: str) -> Weights:
    """The syllables of a word by weight, as each of its pronunciations has them; none if their number is in doubt.

    The letters are those of `Shape.weights`.
    """
    # What costs more than another pronunciation is a liberty.
    plain = [shape for shape in shapes(word) if shape.cost < 0.2 and not shape.before_vowel]
    settled = word_lists()["settled"].get(word)
    found = tuple(dict.fromkeys(shape.weights for shape in plain if settled in (None, len(shape.weights))))
    return found if len(set(map(len, found))) == 1 else ()


def level(found: Weights, slots: str) -> int:
    """What it costs to put a word of these weights on places of a metre, in half points; 99 where it cannot stand.

    `slots` has "s" for a strong place, "w" for a weak one, "-" for any.
    """
    return max(sum(_level(each, at, slot) for at, slot in enumerate(slots)) for each in found)


def may_end(word: str, found: Weights) -> bool:
    """Whether a line may end on the word: on a syllable that bears a stress, and where no other word has to follow."""
    if _LEANING.search(word):
        return False
    light = any(set(each) <= {"F", "A"} for each in found)
    return bool(found) and all(each[-1] in "PCF" for each in found) and (not light or word.casefold() in _words("last"))


def _level(found: str, at: int, slot: str) -> int:
    if slot == "-":
        return 0
    if (found[at], slot) == ("U", "s") and "P" in found[max(at - 1, 0) : at + 2]:
        return _NEVER
    return _LEVELS.get((found[at], slot), _NEVER)


@cache
def vocabulary() -> Mapping[str, Weights]:
    """The words to write with, as they are written within a line, the most frequent first, with their weights."""
    usual = list(frequencies())[:_COMMON]
    return dict(_weighed(word for word in usual if _is_of_today(word)))


def themed(words: Iterable[str]) -> Mapping[str, Weights]:
    """Words of a theme that the dictionary has, with their weights; a name keeps its capital."""
    return dict(
        _weighed(word for word in words if word.casefold() not in _words("left_out") and look_up(word.casefold()))
    )


def _weighed(words: Iterable[str]) -> Iterator[tuple[str, Weights]]:
    for word in words:
        if found := weights(word.casefold()):
            yield (word[0].upper() + word[1:] if word.casefold() in _words("capital") else word), found


def _is_of_today(word: str) -> bool:
    if word in _words("left_out") or _OLD_END.fullmatch(word) or (len(word) == 1 and word not in "ai"):
        return False
    if "'" in word:
        return word in _words("capital") or _CONTRACTED.fullmatch(word) is not None
    # feelest, knowest: forms of verbs whose stem ends in -e or a consonant stand beside "feel" and "feelst".
    return look_up(word) != ()
