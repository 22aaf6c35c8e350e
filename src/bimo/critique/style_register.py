"""In which register a text is told: by a trained table where there were texts to learn from, by cue words elsewhere.

Chinese classical, old vernacular and modern prose are told apart by naive Bayes over runs of one and two characters.
For the genres there is no text that we may learn from, so they are judged by words that speak for them
(`lists/registers.toml`); that is evidence and no verdict, and every result says which of the two it is.
"""

from __future__ import annotations

import gzip
import json
import math
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import regex

from bimo.critique.prose import hits
from bimo.text.count import length
from bimo.text.errors import Language

_HAN = regex.compile(r"\p{Han}+")
# How many cue words in 1,000 字 or words make a genre as good as certain.
_PLENTY = 20.0


@dataclass(frozen=True, slots=True)
class Register:
    """A register, how much speaks for it from 0 to 1, how that is known, and the words that say so."""

    name: str
    score: float
    by: Literal["trained", "cues"]
    evidence: tuple[str, ...] = ()


@cache
def cues(lang: Language) -> dict[str, tuple[str, ...]]:
    """The cue words of each genre."""
    source = (files("bimo.critique") / "lists" / "registers.toml").read_text(encoding="utf-8")
    return {name: tuple(words.split("|")) for name, words in tomllib.loads(source)[lang].items()}


@cache
def _trained() -> dict[str, dict[str, float]]:
    data = (files("bimo.critique") / "tables" / "register.zh.json.gz").read_bytes()
    found: dict[str, dict[str, float]] = json.loads(gzip.decompress(data))
    return found


def grams(text: str) -> Counter[str]:
    """Runs of one and two Chinese characters."""
    found: Counter[str] = Counter()
    for run in _HAN.findall(text):
        found.update(run)
        found.update(run[i : i + 2] for i in range(len(run) - 1))
    return found


def chances(text: str, table: dict[str, dict[str, float]] | None = None) -> dict[str, float]:
    """How likely each trained register is; flat for a text without Chinese characters."""
    table = table or _trained()
    found = grams(text)
    scores = {
        # Runs of characters are not independent of each other, so the sum says too much; its root is modest enough.
        name: sum(count * weights.get(gram, 0.0) for gram, count in found.items()) / math.sqrt(max(1, found.total()))
        for name, weights in table.items()
    }
    best = max(scores.values())
    powers = {name: math.exp(score - best) for name, score in scores.items()}
    return {name: power / sum(powers.values()) for name, power in powers.items()}


def registers(text: str, lang: Language) -> list[Register]:
    """Every register that something speaks for, the strongest first."""
    found = [Register(name, chance, "trained") for name, chance in chances(text).items()] if lang == "zh" else []
    count = max(length(text, lang), 1)
    for name, listed in cues(lang).items():
        seen = hits(text, listed, lang)
        kinds = tuple(word for word, _ in Counter(word.lower() for word in seen).most_common(8))
        # One word repeated is a motif and no genre, so kinds of words count as much as words.
        rate = 1000 * min(len(seen), 3 * len(kinds)) / max(count, 200)
        found.append(Register(name, min(1.0, rate / _PLENTY), "cues", kinds))
    return sorted((each for each in found if each.score >= 0.01), key=lambda each: -each.score)


def score(text: str, lang: Language, name: str) -> float | None:
    """How much speaks for one register, 0 to 1; None if it is not one we know."""
    known = {*cues(lang), *(_trained() if lang == "zh" else ())}
    return next((each.score for each in registers(text, lang) if each.name == name), 0.0) if name in known else None
