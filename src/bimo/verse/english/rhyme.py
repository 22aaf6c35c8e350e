"""Whether two English words rhyme, and how well.

The grades, best first:

- perfect: the same sounds from the stressed vowel on, another sound before it (night, light); the last syllable of a
  word such as "memory" may bear the rhyme too;
- identical: the same sound before it as well, or the same word (leave, believe);
- eye: alike to the eye, or in the speech of older poets (love, prove; eternity, sky; join, line);
- family: the same vowel before consonants of one family (time, thine; back, cat);
- slant: the same consonants after a vowel that is near (gone, stone; bridge, grudge).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final, Literal

from bimo.verse.english.dictionary import Phones
from bimo.verse.english.sounds import pronounce

Place = Literal["main", "second", "last", "weak"]
Grade = Literal["perfect", "identical", "eye", "family", "slant", ""]
GRADES: Final[tuple[Grade, ...]] = ("perfect", "identical", "eye", "family", "slant", "")


@dataclass(frozen=True, slots=True)
class Part:
    """The rhyming part of a word: the consonants before its vowel, the vowel, and the rest, as bare phones.

    `place` tells where it lies: at the main stress, at a second one after it, in a last syllable that may bear a stress
    in verse (memory, discourse), or in one that hardly may (private).
    """

    onset: Phones
    vowel: str
    rest: Phones
    place: Place = "main"

    @property
    def key(self) -> str:
        """The same for all words that rhyme with it."""
        return " ".join((self.vowel, *self.rest))

    @property
    def syllables(self) -> int:
        """How many syllables rhyme: one in "night", two in "better"."""
        return 1 + sum(phone[0] in _VOWEL_LETTERS for phone in self.rest)


# The vowels that sound alike before R, and the weak vowels that sound alike.
_BEFORE_R: Final = {"IY": "IH", "AE": "EH", "EY": "EH", "UW": "UH", "OW": "AO", "AH": "ER"}
_WEAK: Final = {"AH0": "AH", "IH0": "AH", "EH0": "AH", "UH0": "AH"}
_VOWEL_LETTERS: Final = "AEIOU"
_REDUCED: Final = {"AH", "IH", "ER", "IY", "OW"}
# Heav'n rhymes with seven.
_BEFORE_SYLLABIC_N: Final = {"V", "Z", "S", "T", "D", "K", "P"}
# How a weak vowel sounds when verse gives it a stress, by its letter.
_FULL: Final = {"a": "AE", "e": "EH", "i": "IH", "o": "AA", "u": "AH", "y": "IH"}

# Consonants that rhyme in a family: each differs from its neighbours in voice or in place alone.
_FAMILIES: Final = ({"P", "T", "K"}, {"B", "D", "G"}, {"M", "N", "NG"}, {"F", "TH", "S", "SH"}, {"V", "DH", "Z", "ZH"})
_VOICING: Final = {"Z": "S", "DH": "TH", "V": "F", "ZH": "SH", "D": "T", "B": "P", "G": "K", "JH": "CH"}
# The pairs that poets have rhymed freely without feeling a difference.
_LAX: Final = {"Z": "S", "DH": "TH"}


def _pairs(text: str) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair.split()) for pair in text.split(", "))


# Vowels that rhymed for older poets before the same consonants, those that did so before R alone, and vowels that are
# near one another in any mouth.
_OLD: Final = _pairs(
    "AH UW, AH OW, AH AO, AH AA, AH UH, UW OW, UH UW, AA OW, AO OW, AA AO, AA AE, IY EY, IY EH, IY AY, IH AY, IH EH, "
    "EY EH, EY AY, AY OY, AW OW, AW UW"
)
_OLD_BEFORE_R: Final = _pairs(
    "ER AO, ER AA, ER EH, ER IH, ER UH, AO UH, AA UH, AO AA, AO EH, AA EH, EH IH, AW AO, AW UH"
)
_NEAR: Final = _pairs("AH IH, AE EH, AH AE, AH EH, UH AO, UH OW, AW AA, AO AE, IY IH, EY AE, EY AA, AH AW")


def rhyme(first: str, second: str) -> Grade:
    """How well two words rhyme, as the best that their pronunciations allow; "" where they do not."""
    return _rhyme(*sorted((first.casefold(), second.casefold())))


def rhyme_class(word: str) -> str:
    """The sounds that every perfect rhyme of `word` ends in ("AY T"), by its usual pronunciation; "" if it has none."""
    found = parts(word)
    return found[0].key if found else ""


@lru_cache(maxsize=1 << 15)
def parts(word: str) -> tuple[Part, ...]:
    """Every part of a word that may bear a rhyme, those at the main stress first."""
    found = dict.fromkeys(part for sound in pronounce(word) for part in _parts(word, sound.phones))
    return tuple(sorted(found, key=lambda part: part.place != "main"))


def _parts(word: str, phones: Phones) -> Iterator[Part]:
    vowels = [place for place, phone in enumerate(phones) if phone[-1].isdigit()]
    if not vowels:
        return
    main = max((place for place in vowels if phones[place][-1] == "1"), default=vowels[-1])
    yield _part(phones, main, "main")
    for place in vowels:
        if place > main and phones[place][-1] == "2":
            yield _part(phones, place, "second")
    if phones[vowels[-1]][-1] == "0" and vowels[-1] > main:
        part = _part(phones, vowels[-1], "last")
        if part.vowel in _REDUCED and vowels.index(main) == len(vowels) - 2:
            part = replace(part, place="weak")
        letters = re.findall("[aeiouy]", re.sub("(?<=[^aeiouy])e$", "", word.casefold()))
        if part.vowel == "AH" and letters:
            yield replace(part, vowel="EY" if word.casefold().endswith("ate") else _FULL[letters[-1]])
        if part.vowel == "AH" and part.place == "weak":
            yield replace(part, vowel="IH")
        yield part


def _part(phones: Phones, at: int, place: Place) -> Part:
    start = at
    while start and not phones[start - 1][-1].isdigit():
        start -= 1
    vowel, rest = phones[at].rstrip("012"), [_WEAK.get(phone, phone.rstrip("012")) for phone in phones[at + 1 :]]
    if rest[:1] == ["ER"] and vowel in ("AW", "AY"):
        # Hour and power, fire and higher.
        rest[0] = "R"
    if vowel == "ER":
        rest.insert(0, "R")
    elif rest[:1] == ["R"]:
        vowel = _BEFORE_R.get(vowel, vowel)
    if rest[-1:] == ["N"] and rest[-2:-1] and rest[-2] in _BEFORE_SYLLABIC_N:
        rest.insert(-1, "AH")
    return Part(phones[start:at], vowel, tuple(rest), place)


@lru_cache(maxsize=1 << 16)
def _rhyme(first: str, second: str) -> Grade:
    if first == second:
        return "identical" if parts(first) else ""
    grades = {_grade(one, two) for one, two in product(parts(first), parts(second))}
    if not grades & {"perfect", "identical"} and _alike_to_the_eye(first, second):
        grades.add("eye")
    return min(grades, key=GRADES.index, default="")


def _grade(one: Part, two: Part) -> Grade:
    places = {one.place, two.place}
    if places <= {"last", "weak"}:
        # Two weak endings alone make no rhyme: wonderful, beautiful.
        return ""
    if one.key == two.key:
        return "slant" if "weak" in places else "identical" if one.onset == two.onset else "perfect"
    if "weak" in places:
        return ""
    if len(one.rest) != len(two.rest):
        return ""
    same_rest = tuple(map(_lax, one.rest)) == tuple(map(_lax, two.rest))
    pair = frozenset((one.vowel, two.vowel))
    if same_rest and (len(pair) == 1 or pair in (_OLD_BEFORE_R if one.rest[:1] == ("R",) else _OLD)):
        return "eye"
    if len(pair) == 1 and all(map(_of_one_family, one.rest, two.rest)):
        return "family"
    return "slant" if same_rest and one.rest and pair in _NEAR else ""


def _lax(phone: str) -> str:
    return _LAX.get(phone, phone)


def _of_one_family(one: str, two: str) -> bool:
    alike = one == two or _VOICING.get(one, one) == _VOICING.get(two, two)
    return alike or any(one in family and two in family for family in _FAMILIES)


def _alike_to_the_eye(first: str, second: str) -> bool:
    tails = {_tail(word, part.syllables) for word in (first, second) for part in parts(word)[:1]}
    return len(tails) == 1 and len(min(tails)) > 1


def _tail(word: str, syllables: int) -> str:
    """The letters from the vowel that bears the rhyme on."""
    groups = re.findall(r"[aeiouy]+[^aeiouy]*", re.sub("[^a-z]", "", word))
    if len(groups) > 1 and re.fullmatch("e[sd]?", groups[-1]):
        groups[-2:] = ["".join(groups[-2:])]
    return "".join(groups[-syllables:])
