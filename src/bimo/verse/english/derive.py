"""Pronunciations by rule: a form of a word from the word that the dictionary has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from bimo.verse.english.dictionary import Phones, frequencies, look_up

_SIBILANT: Final = {"S", "Z", "SH", "ZH", "CH", "JH"}
_VOICELESS: Final = {"P", "T", "K", "F", "TH", *_SIBILANT} - {"Z", "ZH", "JH"}
_ED: Final = ("IH0", "D")
# What stands after an apostrophe as a short word of its own.
_CLITICS: Final = {"s", "t", "d", "m", "ll", "re", "ve", "st"}
# Stems of two letters; others are names of letters in the dictionary.
_SHORT: Final = {"do", "go", "be"}

# Endings with the phones they add. One that begins with a vowel may have swallowed an -e or doubled a letter.
_ENDINGS: Final[tuple[tuple[str, Phones], ...]] = (
    ("fulness", ("F", "AH0", "L", "N", "AH0", "S")),
    ("lessness", ("L", "AH0", "S", "N", "AH0", "S")),
    ("iness", ("IY0", "N", "AH0", "S")),
    ("ness", ("N", "AH0", "S")),
    ("less", ("L", "AH0", "S")),
    ("fully", ("F", "AH0", "L", "IY0")),
    ("ful", ("F", "AH0", "L")),
    ("ment", ("M", "AH0", "N", "T")),
    ("ship", ("SH", "IH2", "P")),
    ("hood", ("HH", "UH2", "D")),
    ("like", ("L", "AY2", "K")),
    ("some", ("S", "AH0", "M")),
    ("man", ("M", "AH0", "N")),
    ("men", ("M", "AH0", "N")),
    ("land", ("L", "AH0", "N", "D")),
    ("wards", ("W", "ER0", "D", "Z")),
    ("ward", ("W", "ER0", "D")),
    ("most", ("M", "OW2", "S", "T")),
    ("let", ("L", "AH0", "T")),
    ("ling", ("L", "IH0", "NG")),
    ("ing", ("IH0", "NG")),
    ("in'", ("IH0", "N")),
    ("ily", ("AH0", "L", "IY0")),
    ("ly", ("L", "IY0")),
    ("iest", ("IY0", "AH0", "S", "T")),
    ("est", ("AH0", "S", "T")),
    ("eth", ("IH0", "TH")),
    ("ier", ("IY0", "ER0")),
    ("er", ("ER0",)),
    ("ers", ("ER0", "Z")),
    ("ish", ("IH0", "SH")),
    ("ie", ("IY0",)),
    ("ous", ("AH0", "S")),
    ("able", ("AH0", "B", "AH0", "L")),
    ("age", ("IH0", "JH")),
    ("ance", ("AH0", "N", "S")),
    ("en", ("AH0", "N")),
    ("y", ("IY0",)),
    ("'st", ("S", "T")),
    ("st", ("S", "T")),
    ("'ll", ("L",)),
    ("'ve", ("V",)),
    ("'re", ("R",)),
    ("'m", ("M",)),
    ("'rt", ("R", "T")),
    ("'lt", ("L", "T")),
    ("'t", ("T",)),
)

_BEGINNINGS: Final[tuple[tuple[str, Phones], ...]] = (
    ("th'", ("DH",)),
    ("t'", ("T",)),
    ("d'", ("D",)),
    ("i'", ("IH0",)),
    ("o'", ("AH0",)),
    ("o'er", ("AO2", "R")),
    ("over", ("OW2", "V", "ER0")),
    ("under", ("AH2", "N", "D", "ER0")),
    ("out", ("AW2", "T")),
    ("up", ("AH0", "P")),
    ("un", ("AH0", "N")),
    ("mis", ("M", "IH0", "S")),
    ("dis", ("D", "IH0", "S")),
    ("fore", ("F", "AO0", "R")),
    ("for", ("F", "ER0")),
    ("inter", ("IH2", "N", "T", "ER0")),
    ("in", ("IH0", "N")),
    ("en", ("EH0", "N")),
    ("em", ("EH0", "M")),
    ("be", ("B", "IH0")),
    ("re", ("R", "IY0")),
    ("a", ("AH0",)),
)

# British spellings and those of older books, and how the dictionary spells the word.
_RESPELLED: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"our(?=$|s|ed|er|ing|ful|less|able|ite|y)", "or"),
        (r"is(?=e$|es$|ed$|er|ing$|ation)", "iz"),
        (r"ys(?=e$|es$|ed$|ing$)", "yz"),
        (r"(?<=[^aeiou])re(?=$|s$|d$)", "er"),
        (r"ll(?=ed$|ing$|er|est$)", "l"),
        (r"l(?=ful)", "ll"),
        (r"fulness$", "fullness"),
        (r"ul(?=fil$)", "ull"),
        (r"fil(?=$|s$|ment)", "fill"),
        (r"ence(?=$|s$|less)", "ense"),
        (r"ogue(?=$|s$)", "og"),
        (r"[ao]e(?=[a-z])", "e"),
        (r"ould(?=$|e|i|s|y)", "old"),
        (r"plough", "plow"),
        (r"grey", "gray"),
        (r"gipsy", "gypsy"),
        (r"que$", "ck"),
        (r"ey$", "y"),
        (r"^wo(?=ful)", "woe"),
        (r"ck$", "c"),
    )
)


@lru_cache(maxsize=1 << 14)
def derive(word: str, depth: int = 3) -> tuple[Phones, ...]:
    """The pronunciations of a word in small letters by the first rule that reaches the dictionary; none if none does.

    `depth` is how many rules may stand on one another: noise, noise-less, noiseless-ly.
    """
    if depth == 0:
        return ()
    for rule in _RULES:
        if found := tuple(rule(word, depth - 1)):
            return found
    return ()


def _known(word: str, depth: int) -> tuple[Phones, ...]:
    return look_up(word) or derive(word, depth)


def _left_out(word: str, depth: int) -> Iterator[Phones]:
    """An apostrophe where a weak syllable was: heav'n, ev'ry, wand'ring, flow'r, 'gainst, 'appy, whate'er."""
    if re.fullmatch(r"'[a-z]{3,}", word):
        for start in ("h", "a", "be", "e", "i", "de"):
            for phones in look_up(start + word[1:]):
                yield phones[1:] if start == "h" else phones[_first_vowel(phones) + 1 :]
    elif word.endswith("e'er"):
        pronoun, so = (word[:-6], ("S", "OW0")) if word.endswith("soe'er") else (word[:-4], ())
        for phones in _known(pronoun, depth) or _known(pronoun + "e", depth):
            yield (*_weaker(phones, "0"), *so, "EH1", "R")
    elif (inside := re.fullmatch(r"([a-z]+)'([a-z']+)", word)) and inside[2] not in _CLITICS:
        for letter in "eiaou":
            for phones in _known(f"{inside[1]}{letter}{inside[2]}", depth):
                yield _without_weak(phones, inside[2][0].upper())


def _weaker(phones: Phones, stress: str) -> Phones:
    """The same phones with another stress in place of the main one."""
    return tuple(phone.replace("1", stress) for phone in phones)


def _first_vowel(phones: Phones) -> int:
    return next(place for place, phone in enumerate(phones) if phone[-1].isdigit())


def _without_weak(phones: Phones, after: str) -> Phones:
    """Leave out the last weak vowel that stands before the consonant `after`; ER gives up its vowel and keeps the R."""
    for place in range(len(phones) - 1, 0, -1):
        phone, following = phones[place], phones[place + 1 : place + 2]
        if phone == "ER0" and after == "R":
            return (*phones[:place], "R", *phones[place + 1 :])
        if phone.endswith("0") and following == (after,):
            return phones[:place] + phones[place + 1 :]
    return phones


def _past(word: str, depth: int) -> Iterator[Phones]:
    """-'d and -ed: despis'd, moved, wounded, and seemd as Blake writes; -e'd and -t: belovèd, dropt."""
    if word.endswith("e'd"):
        whole = look_up(word[:-2] + "d")
        for stem in [each[:-1] for each in whole if each[-2] not in _ED] or _stems(word[:-3], depth):
            yield (*stem, *_ED)
    elif match := re.fullmatch(r"(.+?)(e|'|(?<=[^aeiou]))d", word):
        whole = look_up(match[1] + "ed") or look_up(match[1] + "'d")
        yield from whole
        if not whole and (match[2] or look_up(match[1])):
            yield from (stem + _past_sound(stem) for stem in _stems(match[1], depth))
    elif re.fullmatch(r".+(p|k|s|sh|ch|x|f)t", word):
        for stem in look_up(word[:-1] + word[-2]) or (() if word.endswith("est") else look_up(word[:-1])):
            if stem[-1] in _VOICELESS:
                yield (*stem, "T")


def _past_sound(stem: Phones) -> Phones:
    if stem[-1] in ("T", "D"):
        return _ED
    return ("T",) if stem[-1] in _VOICELESS else ("D",)


def _plural(word: str, depth: int) -> Iterator[Phones]:
    """The -s of a verb, a plural or a possessive."""
    if word.endswith("ss") or len(word) < 4:
        return
    bases = [word[:-3] + "y"] if word.endswith("ies") else []
    bases += [word[: -len(end)] for end in ("'s", "s'", "s", "es") if word.endswith(end)]
    for base in bases:
        if stems := _known(base, depth):
            for stem in stems:
                yield stem + _plural_sound(stem)
            return


def _plural_sound(stem: Phones) -> Phones:
    if stem[-1] in _SIBILANT:
        return ("IH0", "Z")
    return ("S",) if stem[-1] in _VOICELESS else ("Z",)


def _ending(word: str, depth: int) -> Iterator[Phones]:
    if word.endswith("lly") and (stems := look_up(word[:-1]) or _known(word[:-2], depth)):
        # "still" and "joyful" have one L with "-ly".
        yield from ((*stem, "IY0") for stem in stems)
        return
    for ending, added in _ENDINGS:
        base = word.removesuffix(ending)
        long = len(base) > 2 or base in _SHORT or base + "e" in frequencies()
        if base != word and long and (stems := _stems(base, depth)):
            yield from (_without_final_y(stem, added) + added for stem in stems)
            return


def _without_final_y(stem: Phones, added: Phones) -> Phones:
    """ "happy" with "-ily" or "-ier" loses the vowel that the ending begins with."""
    ends_alike = len(stem) > 1 and stem[-1] == "IY0" and added[0] in ("IY0", "AH0") and added[:2] != ("AH0", "S")
    return stem[:-1] if ends_alike and added != ("IY0",) else stem


def _beginning(word: str, depth: int) -> Iterator[Phones]:
    for beginning, added in _BEGINNINGS:
        rest = word.removeprefix(beginning)
        if rest != word and len(rest) > 2 and (found := _known(rest, depth)):
            for phones in found:
                yield added + phones
            return


def _whereon(word: str, _depth: int) -> Iterator[Phones]:
    """Where- and there- with a preposition, stressed on the one or on the other."""
    match = re.fullmatch(r"(where|there|here)(on|of|at|to|by|in|from|with|unto|upon)", word)
    if match:
        first, second = look_up(match[1])[0], look_up(match[2])[0]
        yield _weaker(first, "2") + (second if "1" in "".join(second) else tuple(x.replace("0", "1") for x in second))
        yield first + _weaker(second, "2")


def _stems(base: str, depth: int) -> tuple[Phones, ...]:
    """What a word was before an ending: itself, with its -e, with its letter not doubled, with -y for -i."""
    tries = [base, base + "e"]
    if re.search(r"(?<![aeiou])[aeiou][^aeiouwxy]$", base):
        # A short vowel would have doubled the letter after it: stared is of stare, not of star.
        tries.reverse()
    if base[-1] == base[-2:-1]:
        tries.append(base[:-1])
    if base.endswith("i"):
        tries.append(base[:-1] + "y")
    usual = frequencies()
    tries.sort(key=lambda each: each not in usual)
    tries = [each for each in tries if len(each) > 2 or each in _SHORT]
    for find in (look_up, lambda each: derive(each, depth)):
        for each in tries:
            if found := find(each):
                return found
    return ()


def _respelled(word: str, depth: int) -> Iterator[Phones]:
    for pattern, new in _RESPELLED:
        other = pattern.sub(new, word)
        if other != word and (found := _known(other, depth)):
            yield from found
            return


_RULES: Final[tuple[Callable[[str, int], Iterator[Phones]], ...]] = (
    _plural,
    _past,
    _left_out,
    _whereon,
    _ending,
    _respelled,
    _beginning,
)
