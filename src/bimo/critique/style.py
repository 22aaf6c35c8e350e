"""Whose manner a text has: Cosine-Delta over frequent words and runs of characters, and where a work drifts.

Relative frequencies of fixed features become z-scores against a background of public-domain prose, and two texts are
as far apart as the cosine between their scores says (Smith and Aldridge 2011;
Evert et al. 2017, doi 10.1093/llc/fqx023). English features are words
and runs of three characters, Chinese ones runs of one to three.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import regex

from bimo.text.count import length
from bimo.text.errors import Language
from bimo.text.spans import Span

# A stretch of this length has a manner of its own to compare, in 字 or words.
PORTION = {"zh": 1500, "en": 1000}
_SPACE = regex.compile(r"\s+")
_HAN_OR_MARK = regex.compile(r"[^\p{Han}，。！？；：、…—]+")


@dataclass(frozen=True, slots=True)
class Background:
    """Features with their mean and deviation in stretches of prose, and how often a comparison of `size` is right."""

    features: tuple[str, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    right: tuple[tuple[int, float], ...] = ()
    same: float = 0.0
    other: float = 0.0


@dataclass(frozen=True, slots=True)
class Manner:
    """The z-scores of a text, and its length in 字 or words."""

    scores: tuple[float, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far two texts are apart: 0 the same manner, 1 unrelated, 2 opposite.

    `same` and `other` are the median distances of stretches by one author and by two. `confidence` is the share of
    comparisons of this length that told one author from two, measured on public-domain prose; .5 is a guess.
    """

    distance: float
    same: float
    other: float
    confidence: float
    size: int


@cache
def background(lang: Language) -> Background:
    """The background of `lang`, made by `scripts/tables/manner.py`."""
    data = (files("bimo.critique") / "tables" / f"manner.{lang}.json.gz").read_bytes()
    found = json.loads(gzip.decompress(data))
    right = tuple((size, share) for size, share in found["right"])
    features, means, deviations = (tuple(found[name]) for name in ("features", "means", "deviations"))
    return Background(features, means, deviations, right, found["same"], found["other"])


def rates(text: str, lang: Language) -> dict[str, float]:
    """How often each feature stands in a text, as a share of the features of its kind."""
    if lang == "zh":
        bare = _HAN_OR_MARK.sub(" ", text)
        kinds = [Counter(bare[i : i + n] for i in range(len(bare) - n + 1)) for n in (1, 2, 3)]
    else:
        bare = _SPACE.sub(" ", text.lower())
        kinds = [
            Counter(f"={word}" for word in regex.findall(r"[a-z]+(?:'[a-z]+)?", bare)),
            Counter(bare[i : i + 3] for i in range(len(bare) - 2)),
        ]
    found: dict[str, float] = {}
    for counts in kinds:
        total = max(1, counts.total())
        found |= {feature: count / total for feature, count in counts.items() if " " not in feature or lang == "en"}
    return found


def manner(text: str, lang: Language, against: Background | None = None) -> Manner:
    """The manner of a text as z-scores, against the background of its language."""
    ground = against or background(lang)
    share = rates(text, lang)
    each = zip(ground.features, ground.means, ground.deviations, strict=True)
    scores = tuple(max(-5.0, min(5.0, (share.get(feature, 0.0) - mean) / sd)) for feature, mean, sd in each)
    return Manner(scores, length(text, lang))


def delta(one: Manner, two: Manner) -> float:
    """Cosine distance of two manners, 0 to 2."""
    product = sum(a * b for a, b in zip(one.scores, two.scores, strict=True))
    size = math.hypot(*one.scores) * math.hypot(*two.scores)
    return 1 - product / size if size else 1.0


def confidence(size: int, lang: Language) -> float:
    """How often a comparison with a text of `size` is right, between the measured lengths by straight lines."""
    points = background(lang).right
    if not points or size <= points[0][0]:
        return max(0.5, 0.5 + (points[0][1] - 0.5) * size / points[0][0]) if points else 0.5
    for (low, worse), (high, better) in pairwise(points):
        if size <= high:
            return worse + (better - worse) * (size - low) / (high - low)
    return points[-1][1]


def likeness(text: str, like: str, lang: Language) -> Likeness:
    """How near a text is to the manner of another, with what that distance is worth at this length."""
    one, two = manner(text, lang), manner(like, lang)
    ground, size = background(lang), min(one.size, two.size)
    return Likeness(delta(one, two), ground.same, ground.other, confidence(size, lang), size)


def stretches(text: str, lang: Language, size: int) -> list[Span]:
    """The text cut at line ends into stretches of about `size` 字 or words; one long line is cut where it must be."""
    # Six letters are about a word, with its space.
    letters = size if lang == "zh" else 6 * size
    cuts, place = [0], 0
    while len(text) - place > 1.5 * letters:
        line = text.find("\n", place + letters)
        place = line if 0 <= line < place + 1.5 * letters else place + letters
        cuts.append(place)
    cuts.append(len(text))
    return [Span(start, end) for start, end in pairwise(cuts) if text[start:end].strip()]


def drift(text: str, lang: Language, like: str = "") -> list[tuple[Span, float]]:
    """How far each stretch of a work is from the rest of it, or from `like`; empty under four stretches."""
    size = max(PORTION[lang], length(text, lang) // 60)
    spans = stretches(text, lang, size)
    if len(spans) < (1 if like else 4):
        return []
    manners = [manner(span.of(text), lang) for span in spans]
    if like:
        target = manner(like, lang)
        return [(span, delta(each, target)) for span, each in zip(spans, manners, strict=True)]
    sums = [sum(column) for column in zip(*(each.scores for each in manners), strict=True)]
    rest = [
        Manner(tuple((all - own) / (len(spans) - 1) for all, own in zip(sums, each.scores, strict=True)), 0)
        for each in manners
    ]
    return [(span, delta(each, other)) for span, each, other in zip(spans, manners, rest, strict=True)]


def outliers(curve: Sequence[tuple[Span, float]], *, beyond: float = 2.5) -> list[tuple[Span, float]]:
    """The stretches that stand more than `beyond` robust deviations above the median of the curve."""
    values = sorted(value for _, value in curve)
    if len(values) < 6:
        return []
    middle = values[len(values) // 2]
    spread = 1.4826 * sorted(abs(value - middle) for value in values)[len(values) // 2]
    return [(span, value) for span, value in curve if value - middle > beyond * max(spread, 0.02)]
