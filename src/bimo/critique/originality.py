"""What is not the writer's own: set phrases of machines, repetition, and runs copied from a given text.

Every number stands beside a human band, made by `scripts/tables/manner.py` from public-domain prose: it says where
published writers stand, not where one should.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations, pairwise

from bimo.critique.prose import hits, units
from bimo.text.count import length
from bimo.text.errors import Language
from bimo.text.finding import Measure
from bimo.text.spans import Span

# Measures of variety depend on the length, so they are taken over windows of as many units, and the mean is told.
WINDOW = 500
# A phrase this long that comes again is heard, in 字 or words.
_PHRASE = {"zh": 8, "en": 5}
_COPIED = {"zh": 13, "en": 8}


@dataclass(frozen=True, slots=True)
class Band:
    """Where human prose stands: a tenth lies below `low`, half below `middle`, a tenth above `high`."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Copied:
    """A run that stands in both texts: where in each, counted in code points."""

    here: Span
    there: Span
    units: int


@cache
def bands(lang: Language) -> dict[str, Band]:
    """The human bands by the name of the measure."""
    data = (files("bimo.critique") / "tables" / f"bands.{lang}.json").read_text(encoding="utf-8")
    return {name: Band(*values) for name, values in json.loads(data)["bands"].items()}


@cache
def slop_list(lang: Language) -> dict[str, tuple[str, ...]]:
    """Words and phrases that language models over-use: slop-forensics for English (MIT), our own count for Chinese.

    The tools that write do not read this list, so it can judge them.
    """
    data = (files("bimo.critique") / "tables" / f"slop.{lang}.json.gz").read_bytes()
    found = json.loads(gzip.decompress(data))
    return {name: tuple(found.get(name, ())) for name in ("words", "bigrams", "trigrams", "phrases", "stop")}


def slop(text: str, lang: Language) -> Measure:
    """Set phrases of machines in 1,000 words or 字.

    English as slop-forensics scores it: 1000 · (words + 2 · pairs + 8 · triples) / words, pairs without stop words.
    """
    found, count = slop_list(lang), max(1, length(text, lang))
    if lang == "zh":
        seen = hits(text, found["phrases"], lang)
        return Measure("slop", 1000 * len(seen) / count, "‰", -1, _most(seen))
    words = units(text, lang)
    weights = [(set(found["words"]), 1, 1), (set(found["bigrams"]), 2, 2), (set(found["trigrams"]), 3, 8)]
    told = [word for word in words if word not in found["stop"]]
    total, seen = 0, []
    for phrases, n, weight in weights:
        grams = [" ".join(each) for each in zip(*((told if n > 1 else words)[i:] for i in range(n)), strict=False)]
        here = [gram for gram in grams if gram in phrases]
        total += weight * len(here)
        seen += here
    return Measure("slop", 1000 * total / count, "‰", -1, _most(seen))


def variety(text: str, lang: Language) -> tuple[Measure, ...]:
    """Distinct runs of one, two and three units in windows of 500, as shares; shorter texts are one window."""
    words = units(text, lang)
    found = []
    for n in (1, 2, 3):
        shares = []
        for window in _windows(words):
            grams = list(zip(*(window[i:] for i in range(n)), strict=False))
            if grams:
                shares.append(len(set(grams)) / len(grams))
        found.append(Measure(f"distinct_{n}", 100 * sum(shares) / len(shares) if shares else 100.0, "%", 1))
    return tuple(found)


def _windows(words: Sequence[str]) -> Iterator[Sequence[str]]:
    whole = range(0, max(1, len(words) - WINDOW + 1), WINDOW)
    yield from (words[start : start + WINDOW] for start in whole)


def echoes(text: str, lang: Language, *, most: int = 8) -> list[tuple[str, int]]:
    """Phrases of five words or eight 字 that stand more than once, with how often; those that overlap are one."""
    words, n = units(text, lang), _PHRASE[lang]
    counted = Counter(zip(*(words[i:] for i in range(n)), strict=False))
    joint = "" if lang == "zh" else " "
    kept: list[tuple[str, int]] = []
    for gram, count in sorted(counted.items(), key=lambda each: -each[1])[: 50 * most]:
        phrase = joint.join(gram)
        core = joint.join(gram[1:-1])
        if count < 2 or len(kept) == most:
            break
        if not any(
            core in other or joint.join(gram[:-2]) in other or joint.join(gram[2:]) in other for other, _ in kept
        ):
            kept.append((phrase, count))
    return kept


def repetition(text: str, lang: Language) -> Measure:
    """The share of units inside of a phrase that stood before, in windows of 5,000 units."""
    words, n = units(text, lang), _PHRASE[lang]
    again = 0
    for start in range(0, len(words), 5000):
        window = words[start : start + 5000]
        grams = list(zip(*(window[i:] for i in range(n)), strict=False))
        again += len(grams) - len(set(grams))
    return Measure("repetition", 100 * again / max(1, len(words)), "%", -1, tuple(p for p, _ in echoes(text, lang)))


def diversity(texts: Sequence[str], lang: Language) -> float:
    """How different alternatives are, 0 to 1: one less the mean share of pairs of units that two have in common."""
    sets = [set(pairwise(words)) for words in (units(text, lang) for text in texts)]
    pairs = [(one, two) for one, two in combinations(sets, 2) if one or two]
    return 1 - sum(2 * len(a & b) / (len(a) + len(b)) for a, b in pairs) / len(pairs) if pairs else 1.0


def copied(text: str, corpus: str, lang: Language, *, least: int | None = None) -> list[Copied]:
    """Runs of at least `least` words or 字 that stand in `corpus` too, the longest first, none inside another.

    Every second half of the corpus is a seed, so a run of `least` units holds one whole, and no run is missed.
    """
    least = least or _COPIED[lang]
    here, there = _placed(text, lang), _placed(corpus, lang)
    mine, theirs = [word for word, _ in here], [word for word, _ in there]
    n = max(1, (least + 1) // 2)
    seeds: dict[tuple[str, ...], list[int]] = {}
    for place in range(0, len(theirs) - n + 1, n if least >= 2 * n - 1 else 1):
        seeds.setdefault(tuple(theirs[place : place + n]), []).append(place)
    found: list[tuple[int, int, int]] = []
    place = 0
    while place <= len(mine) - n:
        best = (0, 0, 0)
        for other in seeds.get(tuple(mine[place : place + n]), ())[:50]:
            best = max(best, _extended(mine, theirs, place, other))
        if best[0] >= least:
            found.append(best)
            place = best[1] + best[0]
        else:
            place += 1
    return [
        Copied(_covering(here, start, count), _covering(there, other, count), count)
        for count, start, other in sorted(found, reverse=True)
    ]


def _extended(mine: list[str], theirs: list[str], one: int, two: int) -> tuple[int, int, int]:
    while one and two and mine[one - 1] == theirs[two - 1]:
        one, two = one - 1, two - 1
    run = 0
    while one + run < len(mine) and two + run < len(theirs) and mine[one + run] == theirs[two + run]:
        run += 1
    return run, one, two


def _placed(text: str, lang: Language) -> list[tuple[str, Span]]:
    import regex

    pattern = r"\p{Han}|[A-Za-z0-9]+" if lang == "zh" else r"[\p{L}\p{N}]+(?:['’\-][\p{L}\p{N}]+)*"
    return [(match[0].lower(), Span(*match.span())) for match in regex.finditer(pattern, text)]


def _covering(placed: list[tuple[str, Span]], start: int, count: int) -> Span:
    return Span(placed[start][1].start, placed[start + count - 1][1].end)


def measures(text: str, lang: Language) -> tuple[Measure, ...]:
    """Set phrases, repetition and variety of a text."""
    return (slop(text, lang), repetition(text, lang), *variety(text, lang))


def _most(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word, _ in Counter(found).most_common(8))
