"""What tells a fact of a story, from `lists/continuity.{zh,en}.toml`: patterns, words that mean the same, kinship."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from bimo.text.errors import Language
from bimo.text.numbers import numbers

_WEEKDAYS: Final = {"en": ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "zh": tuple("一二三四五六日")}


@dataclass(frozen=True, slots=True)
class Lore:
    """The patterns of a language by kind of fact; `same` maps words to the one that stands for all of their meaning."""

    lang: Language
    parts: Mapping[str, str]
    patterns: Mapping[str, tuple[str, ...]]
    same: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    kin: Mapping[str, str]

    def compiled(self, name: str | None = None) -> dict[str, tuple[re.Pattern[str], ...]]:
        """The patterns, ready to search; `name` is the expression of known names in place of that of any."""
        parts = {**self.parts, **({"name": name} if name else {})}
        return {
            kind: tuple(re.compile(_filled(pattern, parts)) for pattern in listed)
            for kind, listed in self.patterns.items()
        }


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    """A pattern with its parts in their places; a part may hold others."""
    before = ""
    while before != pattern:
        before = pattern
        pattern = re.sub(r"(?<!\?P)<([a-z]+)>", lambda match: f"(?:{parts[match[1]]})", pattern)
    return pattern


@cache
def lore(lang: Language) -> Lore:
    """The lore of a language."""
    source = (files("bimo.critique") / "lists" / f"continuity.{lang}.toml").read_text(encoding="utf-8")
    found = tomllib.loads(source)
    return Lore(
        lang,
        found["parts"],
        {kind: tuple(listed) for kind, listed in found["patterns"].items()},
        found["same"],
        {name: tuple(words.split()) for name, words in found["words"].items()},
        found["kin"],
    )


@cache
def loose(lang: Language) -> dict[str, tuple[re.Pattern[str], ...]]:
    """The patterns in which anything that looks like a name is one."""
    return lore(lang).compiled()


def number(text: str, lang: Language) -> str:
    """The number a text names, in decimal; the text itself if it names none."""
    found = numbers(text, lang)
    return found[0] if found else {"one": "1", "一": "1"}.get(text.lower(), text)


def day(text: str, lang: Language) -> str | None:
    """A date without a year as `month-day`, or None."""
    if lang == "zh":
        match = re.match(r"(.+?)月(初|廿)?([^日号]+)", text)
        if not match:
            return None
        month = {"正": "1", "冬": "11", "腊": "12"}.get(match[1]) or number(match[1], lang)
        after = int(found) if (found := number(match[3], lang)).isdigit() else 0
        return f"{month}-{after + 20 * (match[2] == '廿')}"
    listed = lore("en").words
    words = re.findall(r"[a-z]+(?:-[a-z]+)?|\d+", text.lower())
    months = [listed["months"].index(word) + 1 for word in words if word in listed["months"]]
    days = [listed["ordinals"].index(word) + 1 for word in words if word in listed["ordinals"]]
    days += [int(word) for word in words if word.isdigit()]
    return f"{months[0]}-{days[0]}" if months and days else None


def weekday(text: str, lang: Language) -> int:
    """The day of the week, Monday being 0."""
    return _WEEKDAYS[lang].index(text.replace("天", "日") if lang == "zh" else text.lower()[:3])
