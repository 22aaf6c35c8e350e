"""The shapes a word may take in a line: its syllables by weight, with the liberties that poets take with them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import combinations
from typing import Final

from bimo.verse.english.dictionary import Phones
from bimo.verse.english.sounds import pronounce

_SHIFT: Final = str.maketrans("01", "12")

# What the liberties cost: running two syllables together, running into the next word, sounding a silent -ed, taking a
# pronunciation that is not the first.
_RUN_TOGETHER, _RUN_INTO, _RUN_THE, _SOUNDED, _SHIFTED, _OTHER = 0.4, 0.8, 0.3, 1.2, 0.8, 0.1
_MOST_RUN_TOGETHER: Final = 2


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """The lists of `weights.toml`."""
    text = (files(__package__) / "weights.toml").read_text("utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(text).items()}


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to say a word in verse.

    `weights` has one letter a syllable: P main stress of a longer word, S second stress, U none, C a full word of one
    syllable, F a light one, A an article. `cost` is what the liberty costs. `before_vowel` tells that its last syllable
    runs into the next word, `from_vowel` that it begins with a vowel.
    """

    weights: str
    phones: Phones
    cost: float = 0.0
    before_vowel: bool = False
    from_vowel: bool = False


@lru_cache(maxsize=1 << 15)
def shapes(word: str) -> tuple[Shape, ...]:
    """Every way to say a word in verse, the plainest first; none for what is no word."""
    found: dict[tuple[str, bool, bool], Shape] = {}
    for place, sound in enumerate(pronounce(word)):
        for shape in _shapes(word.casefold().replace("’", "'"), sound.phones, _OTHER * (place > 0)):
            key = shape.weights, shape.before_vowel, shape.from_vowel
            if key not in found or shape.cost < found[key].cost:
                found[key] = shape
    return tuple(sorted(found.values(), key=lambda shape: shape.cost))


def leaning_words() -> frozenset[str]:
    """The words of one syllable that lean on others: articles, pronouns, prepositions and the like."""
    return _words()["light"] | _words()["lightest"]


def syllables(word: str) -> int:
    """How many syllables a word has as it is usually said."""
    found = pronounce(word)
    return len(found[0].stress) if found else 0


def _shapes(word: str, phones: Phones, cost: float) -> Iterator[Shape]:
    weak = _weak_places(word, phones)
    for number in range(min(len(weak), _MOST_RUN_TOGETHER) + 1):
        for left_out in combinations(weak, number):
            said = tuple(phone for place, phone in enumerate(phones) if place not in left_out)
            yield from _ends(word, said, cost + _RUN_TOGETHER * number)
    for said in _sounded(word, phones):
        yield _shape(word, said, cost + _SOUNDED)
    if word in _words()["shifting"]:
        yield _shape(word, tuple(phone.translate(_SHIFT) for phone in phones), cost + _SHIFTED)


def _sounded(word: str, phones: Phones) -> Iterator[Phones]:
    """Syllables that older verse still has: buri-ed, graci-ous, nati-on."""
    if re.search("[aeiouy].*[^e]ed$", word) and phones[-2] not in ("IH0", "AH0"):
        yield (*phones[:-1], "IH0", "D")
    if re.search("[ct]i(ous|ons?|ence|ent|an)$", word) and (place := _last(phones, "AH0")) > 0:
        yield (*phones[:place], "IY0", *phones[place:])


def _last(phones: Phones, phone: str) -> int:
    return max((place for place, each in enumerate(phones) if each == phone), default=-1)


def _ends(word: str, phones: Phones, cost: float) -> Iterator[Shape]:
    """The word by itself, and run into a next word that begins with a vowel: th'eternal, many a."""
    yield _shape(word, phones, cost)
    if word in ("the", "to") or (phones[-1] in ("IY0", "OW0") and len(phones) > 2):
        extra = _RUN_THE if word == "the" else _RUN_INTO
        yield _shape(word, phones[:-1], cost + extra, before_vowel=True)


def _shape(word: str, phones: Phones, cost: float, before_vowel: bool = False) -> Shape:
    stress = [phone[-1] for phone in phones if phone[-1].isdigit()]
    if len(stress) == 1 and not before_vowel:
        weights = "A" if word in _words()["lightest"] else "F" if word in _words()["light"] else "C"
    elif word in _words()["free"]:
        weights = "F" * len(stress)
    else:
        weights = "".join(map({"0": "U", "1": "P", "2": "S"}.__getitem__, stress))
    return Shape(weights, phones, cost, before_vowel, phones[:1] != () and phones[0][-1].isdigit())


def _weak_places(word: str, phones: Phones) -> list[int]:
    """The vowels that verse may leave out."""
    return [place for place in range(1, len(phones)) if _may_go(word, phones, place)]


def _may_go(word: str, phones: Phones, place: int) -> bool:
    phone, before, after = phones[place], phones[place - 1], phones[place + 1 : place + 3]
    if not phone.endswith("0"):
        return False
    if before[-1].isdigit():
        # Two vowels in a row: being, cruel, flower, glorious.
        return True
    if after and after[0][-1] == "0" and phone in ("ER0", "IY0", "UW0"):
        # Wandering and murderous; radiant and virtuous before the vowel instead of after it are the case above.
        return phone == "ER0"
    if after[:1] in (("R",), ("L",), ("N",)) and len(after) == 2 and after[1][-1] == "0":
        return True
    at_end = place == len(phones) - 2
    if at_end and phone in ("AH0", "IH0") and after == ("N",):
        # Heaven, stolen, given, fallen.
        return before in ("V", "Z", "L", "T", "K") and word.endswith("en")
    if place == len(phones) - 3 and after == ("S", "T"):
        return word.endswith("est")
    return word in _words()["shortened"]
