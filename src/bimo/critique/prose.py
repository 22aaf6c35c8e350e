"""Measures of prose that catch what small models do wrong: set phrases, loops, naming feelings, a moral at the end.

All are counts that can be shown: each measure carries the words it counted as evidence. They rank alternatives of
one request; they are no verdict on a writer's text.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import regex

from bimo.text.count import length
from bimo.text.errors import Language
from bimo.text.finding import Measure
from bimo.text.sentences import sentences


@dataclass(frozen=True, slots=True)
class Lists:
    """Word lists of one language; `bans` are phrases to keep out while writing."""

    bans: tuple[str, ...]
    slop: tuple[str, ...]
    telling: tuple[str, ...]
    abstract: tuple[str, ...]


@cache
def lists(lang: Language) -> Lists:
    """The word lists of `lang`, from `critique/lists`."""
    source = files("bimo.critique") / "lists" / f"{lang}.toml"
    found = tomllib.loads(source.read_text(encoding="utf-8"))
    return Lists(**{name: tuple(dict.fromkeys(words)) for name, words in found.items()})


def units(text: str, lang: Language) -> list[str]:
    """What repetition is counted in: Han characters and Latin words in Chinese, lower-case words in English."""
    pattern = r"\p{Han}|[A-Za-z0-9]+" if lang == "zh" else r"[\p{L}\p{N}]+(?:['’\-][\p{L}\p{N}]+)*"
    return [word.lower() for word in regex.findall(pattern, text)]


def distinct(text: str, lang: Language, n: int = 2) -> float:
    """Distinct n-grams as a share of all n-grams; 1.0 for a text too short to have any."""
    words = units(text, lang)
    grams = list(zip(*(words[i:] for i in range(n)), strict=False))
    return len(set(grams)) / len(grams) if grams else 1.0


def longest_repeat(text: str, lang: Language) -> tuple[int, str]:
    """The longest run of units that occurs twice without overlap, and what it is. By sorted suffixes."""
    words = units(text, lang)
    order = sorted(range(len(words)), key=lambda i: words[i : i + 60])
    best, start = 0, 0
    for one, two in pairwise(order):
        limit = min(abs(one - two), 60)
        run = 0
        while run < limit and max(one, two) + run < len(words) and words[one + run] == words[two + run]:
            run += 1
        if run > best:
            best, start = run, one
    joint = "" if lang == "zh" else " "
    return best, joint.join(words[start : start + best])


def hits(text: str, phrases: Iterable[str], lang: Language) -> list[str]:
    """Every occurrence of the phrases, whole words in English."""
    return _finder(tuple(phrases), lang).findall(text) if text else []


@cache
def _finder(phrases: tuple[str, ...], lang: Language) -> regex.Pattern[str]:
    ordered = sorted(phrases, key=len, reverse=True)
    parts = [regex.escape(p, literal_spaces=True).replace("…", r"[^。！？.!?\n]{1,15}?") for p in ordered]
    body = "|".join(parts) or r"(?!)"
    return regex.compile(rf"\b(?:{body})\b" if lang == "en" else f"(?:{body})", regex.IGNORECASE)


def abstract_ending(text: str, lang: Language) -> list[str]:
    """Abstract words in the last sentence: one is a hint of a moral, two are a moral."""
    spans = sentences(text, lang)
    return hits(spans[-1].of(text), lists(lang).abstract, lang) if spans else []


def missing(text: str, elements: Sequence[str]) -> list[str]:
    """Elements that were asked for and do not occur. Alternatives of one element are separated by `|`."""
    lower = text.lower()
    return [element for element in elements if not any(part.lower() in lower for part in element.split("|"))]


def measures(
    text: str, lang: Language, *, target: int | None = None, elements: Sequence[str] = ()
) -> tuple[Measure, ...]:
    """All measures of a text. `target` is the length asked for, in 字 or words; `elements` what must occur."""
    words = lists(lang)
    count = max(1, length(text, lang))
    slop = hits(text, (*words.bans, *words.slop), lang)
    telling = hits(text, words.telling, lang)
    run, repeated = longest_repeat(text, lang)
    ending = abstract_ending(text, lang)
    found = [
        Measure("slop", 1000 * len(slop) / count, "‰", -1, _most(slop)),
        Measure("telling", 1000 * len(telling) / count, "‰", -1, _most(telling)),
        Measure("distinct", 100 * distinct(text, lang), "%", 1),
        Measure("echo", 100 * (1 - distinct(text, lang, 4 if lang == "zh" else 3)), "%", -1),
        Measure("repeat", run, "字" if lang == "zh" else "words", -1, (repeated,) if run > 3 else ()),
        Measure("ending", min(2, len(ending)), "", -1, tuple(ending)),
    ]
    if target:
        found.append(Measure("length", 100 * abs(count - target) / target, "%", -1, (str(count),)))
    if elements:
        gone = missing(text, elements)
        found.append(Measure("missing", 100 * len(gone) / len(elements), "%", -1, tuple(gone)))
    return tuple(found)


# How much one unit of each measure costs a candidate. Chosen so that typical differences between candidates weigh
# alike: 10 ‰ of slop, one phrase of 8 repeated units, a moral at the end, an element in four missing.
WEIGHTS = {
    "slop": 0.10,
    "telling": 0.10,
    "distinct": -0.03,
    "echo": 0.12,
    "repeat": 0.10,
    "ending": 0.7,
    "length": 0.05,
    "missing": 0.04,
}


def cost(found: Iterable[Measure]) -> float:
    """One number from the measures of a candidate; lower is better. Used to rank alternatives of one request."""
    return sum(WEIGHTS.get(measure.name, 0.0) * measure.value for measure in found)


def _most(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word, _ in Counter(word.lower() for word in found).most_common(8))
