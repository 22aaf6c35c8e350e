"""How an English word sounds: from the dictionary, by rule from a word that stands there, or from its spelling.

The rules know the forms of verse: o'er and heav'n, despis'd and belovèd, feel'st and viewest and loveth, th'eternal,
possessives and contractions, British spelling, the usual endings and beginnings, hyphens and compounds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from bimo.verse.english.derive import derive
from bimo.verse.english.dictionary import Phones, frequencies, look_up
from bimo.verse.english.spelling import spelling

Source = Literal["dictionary", "rule", "spelling"]

_MARKS: Final = str.maketrans({"’": "'", "‘": "'", "‐": "-", "‑": "-", "æ": "e", "œ": "e", "Æ": "e", "Œ": "e"})
# No rule is tried on what is longer than any word.
_LONGEST: Final = 60
# The shortest part of a compound written as one word.
_PART: Final = 3


@dataclass(frozen=True, slots=True)
class Sound:
    """One pronunciation: CMU phones, with the stress (0 none, 1 main, 2 second) at each vowel."""

    phones: Phones
    source: Source

    @property
    def stress(self) -> str:
        """One digit for each syllable: "10" for heaven."""
        return "".join(phone[-1] for phone in self.phones if phone[-1].isdigit())


@lru_cache(maxsize=1 << 16)
def pronounce(word: str) -> tuple[Sound, ...]:
    """The pronunciations of a word, the most usual first; none only where it holds no letter.

    Capitals, accents and the marks around the word do not matter, but an accent on -ed makes it a syllable.
    """
    word = _plain(word)
    if not any("a" <= letter <= "z" for letter in word):
        return ()
    if found := look_up(word):
        return tuple(Sound(phones, "dictionary") for phones in found)
    if len(word) > _LONGEST:
        return (Sound(_spelled(word), "spelling"),)
    if found := derived(word):
        return tuple(Sound(phones, "rule") for phones in found)
    if found := look_up(word.strip("'")):
        return tuple(Sound(phones, "dictionary") for phones in found)
    if found := _joined(word):
        return tuple(Sound(phones, "rule") for phones in found)
    return (Sound(_spelled(word), "spelling"),)


def derived(word: str) -> tuple[Phones, ...]:
    """The pronunciations of a plain word that the dictionary or a rule over single words of it gives."""
    return look_up(word) or tuple(dict.fromkeys(derive(word)))


def _plain(word: str) -> str:
    """Small letters of the alphabet, apostrophes and hyphens; an accented -ed is written -e'd."""
    word = word.translate(_MARKS).casefold().strip()
    if word[-2:] in ("èd", "éd"):
        word = word[:-2] + "e'd"
    letters = unicodedata.normalize("NFKD", word)
    return "".join(each for each in letters if "a" <= each <= "z" or each in "'-").strip("-")


def _joined(word: str) -> tuple[Phones, ...]:
    """A compound: with hyphens every part keeps its stress, written as one the second part has the weaker one."""
    if "-" in word:
        parts = [pronounce(part) for part in word.split("-") if part.strip("'")]
        return (tuple(phone for part in parts for phone in part[0].phones),) if parts else ()
    return tuple(dict.fromkeys(_as_compound(word)))[:1]


def _as_compound(word: str) -> Iterator[Phones]:
    """Two words of verse written as one, split where the rarer of them is most frequent."""
    known = frequencies()
    places = range(_PART, len(word) - _PART + 1)
    splits = [(min(known.get(word[:at], 0), _frequency(word[at:])), at) for at in places]
    for count, at in sorted(splits, reverse=True):
        if count:
            first, second = derived(word[:at])[0], derived(word[at:])[0]
            yield first + tuple(phone.replace("1", "2") for phone in second)


def _frequency(word: str) -> int:
    """How often a word stands in verse; an inflected one counts as its stem."""
    known = frequencies()
    stems = (word, *(word.removesuffix(end) for end in ("s", "ed", "ing", "'s")))
    return max((known.get(stem, 0) for stem in stems if len(stem) >= _PART and derived(word)), default=0)


def _spelled(word: str) -> Phones:
    """By the rules of spelling, what stands around apostrophes read as one; a word is at least a syllable."""
    phones = spelling().sound("".join(letter for letter in word if letter.isalpha()))
    return phones if any(phone[-1].isdigit() for phone in phones) else (*phones[:1], "AH1", *phones[1:])
