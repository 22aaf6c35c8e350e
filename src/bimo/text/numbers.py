"""The numbers a text names, as values, whether it writes 30, 三十 or thirty."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bimo.text.errors import Language
from bimo.text.lists import word_list
from bimo.text.words import tagged

_DIGITS: Final = {
    c: n for n, pair in enumerate(["〇零", "一", "二两", "三", "四", "五", "六", "七", "八", "九"]) for c in pair
}
_TENS: Final = {"廿": 20, "卅": 30}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_BIG: Final = {"万": 10**4, "亿": 10**8}
_RUN: Final = re.compile(f"[{''.join([*_DIGITS, *_TENS, *_UNITS, *_BIG])}]+")
_FIGURES: Final = re.compile(
    r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?:st|nd|rd|th)?([十百千万亿]*)(?![A-Za-z])", re.ASCII
)

_ONES: Final = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    "seventeen|eighteen|nineteen"
)
_ROUND: Final = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ENGLISH: Final = {word: n for n, word in enumerate(_ONES.split("|"))} | {
    word: 10 * n for n, word in enumerate(_ROUND.split("|"), start=2)
}
_SCALES: Final = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_NAMED: Final = "|".join([*_ENGLISH, *_SCALES])
_ENGLISH_RUN: Final = re.compile(rf"\b(?:{_NAMED})(?:(?:[\s-]+|\s+and\s+)(?:{_NAMED}))*\b", re.IGNORECASE)


def numbers(text: str, lang: Language) -> list[str]:
    """The values named, in decimal, in the order of their writing system and then of the text.

    A lone 一 or "one" is left out: it is an article more often than a number.
    """
    text = unicodedata.normalize("NFKC", text)  # ２０ is 20
    found = [_figure(match) for match in _FIGURES.finditer(text)]
    rest = _FIGURES.sub(" ", text)
    if lang == "en":
        for match in _ENGLISH_RUN.finditer(rest):
            if match.group().lower() != "one":
                found += map(str, _english(match.group()))
        return found
    for match in _RUN.finditer(_without_idioms(rest)):
        if match.group() != "一":
            found += map(str, _chinese(match.group()))
    return found


def _figure(match: re.Match[str]) -> str:
    whole, part, scale = match[1].replace(",", ""), (match[2] or "").rstrip("0").rstrip("."), match[3]
    if not scale:
        return str(int(whole)) + part
    factor = 1
    for sign in scale:
        factor *= (_UNITS | _BIG)[sign]
    digits = len(part) - 1 if part else 0
    value = int(whole + part[1:]) * factor
    return str(value // 10**digits) if value % 10**digits == 0 else str(int(whole)) + part + scale


def _without_idioms(text: str) -> str:
    """The text with a stroke in place of every idiom and word that only looks like a number."""
    parts = tagged(text)
    return "".join(
        "/" if word in word_list("no_numbers") or (flag in {"i", "l", "nr", "ns"}) else word for word, flag in parts
    )


def _chinese(run: str) -> list[int]:
    """The values of a run of Chinese number signs: 二百五十 is one, 七八 (seven or eight) is two."""
    if all(sign in _DIGITS for sign in run):
        digits = [_DIGITS[sign] for sign in run]
        return digits if len(run) == 2 and 0 not in digits else [int("".join(map(str, digits)))]
    total = section = digit = 0
    for sign in run:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _TENS:
            section += _TENS[sign]
        elif sign in _UNITS:
            section += (digit or 1) * _UNITS[sign]
            digit = 0
        else:
            total = (total + section + digit or 1) * _BIG[sign]
            section = digit = 0
    return [total + section + digit]


def _english(run: str) -> list[int]:
    """The values of a run of English number words: "two hundred and five" is one, "six seven" is two."""
    values: list[int] = []
    total = current = 0
    begun = False
    for word in re.findall(r"[a-z]+", run.lower()):
        if word == "and":
            continue
        if word in _SCALES:
            scale = _SCALES[word]
            current = (current or 1) * scale
            if scale > 100:
                total, current = total + current, 0
        elif current % 10 or (current % 100 and _ENGLISH[word] >= 10):
            values.append(total + current)
            total, current = 0, _ENGLISH[word]
        else:
            current += _ENGLISH[word]
        begun = True
    return [*values, total + current] if begun else values
