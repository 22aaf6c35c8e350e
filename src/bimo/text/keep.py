"""What a new version of a text must keep: its names, its numbers, its negations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bimo.text.errors import Language
from bimo.text.lists import word_list
from bimo.text.numbers import numbers
from bimo.text.words import names, segments

_NEGATIONS: Final = "不没沒无無非未别別勿莫弗毋靡罔否"
_ENGLISH_NEGATION: Final = re.compile(
    r"\b(?:not|never|no|none|neither|nor|nobody|nothing|nowhere|without|cannot)\b|n['’]t\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Kept:
    """The facts of a text that no restyle may lose: names, values of numbers, and how often it denies."""

    names: tuple[str, ...]
    numbers: tuple[str, ...]
    negations: int


@dataclass(frozen=True, slots=True)
class Lost:
    """What `after` lacks of `before`; false if nothing. `negations` is the difference, negative if there are fewer."""

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    negations: int = 0

    def __bool__(self) -> bool:
        return bool(self.names or self.numbers or self.negations)


def facts(text: str, lang: Language) -> Kept:
    """The names, numbers and negations of a text, in modern or classical Chinese or in English."""
    return Kept(tuple(names(text, lang)), tuple(dict.fromkeys(numbers(text, lang))), _negations(text, lang))


def lost(before: str, after: str, *, lang: Language) -> Lost:
    """What got lost from `before` to `after`. A given name or a family name alone keeps an English name."""
    old = facts(before, lang)
    values = set(numbers(after, lang)) | _ones(after, lang)
    return Lost(
        tuple(name for name in old.names if not _named(name, after, lang)),
        tuple(value for value in old.numbers if value not in values),
        _negations(after, lang) - old.negations,
    )


def _negations(text: str, lang: Language) -> int:
    if lang == "en":
        return len(_ENGLISH_NEGATION.findall(text))
    # 去不去, 好不好 ask and do not deny.
    text = re.sub(r"(.)[不没]\1", r"\1", text)
    return sum(sum(map(word.count, _NEGATIONS)) for word in segments(text) if word not in word_list("no_negations"))


def _named(name: str, text: str, lang: Language) -> bool:
    if name in text:
        return True
    if lang == "en":
        return any(re.search(rf"\b{re.escape(part)}\b", text) for part in name.split() if len(part) > 2)
    # 林晚照 may be called 晚照.
    return len(name) > 2 and name[1:] in text


def _ones(text: str, lang: Language) -> set[str]:
    """1, if the text names it in the way that `numbers` leaves out."""
    return {"1"} if re.search("一" if lang == "zh" else r"(?i)\bone\b", text) else set()
