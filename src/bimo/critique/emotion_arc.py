"""The arc of a work: how bright or dark it is from its beginning to its end, smoothed, and the shape that this has.

The six shapes are those found in 1,327 stories by Reagan et al. (2016, EPJ Data Science 5:31); smoothing by the lowest
terms of a discrete cosine transform follows the same use in syuzhet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bimo.critique.emotion import Mood, together
from bimo.text.errors import Language
from bimo.text.spans import Span

# Under this length a window of words says nothing; an arc has at most so many windows.
_LEAST = {"zh": 200, "en": 250}
_WINDOWS, _TERMS = 40, 5
# A work must have this many windows, and move by so much, before its shape has a name.
_ENOUGH, _MOVED = 8, 0.06


@dataclass(frozen=True, slots=True)
class Arc:
    """Valence over a work: the windows, their values, the same smoothed, the shape, and how well it fits (-1 to 1).

    `shape` is one of rise, fall, hole (down and up), icarus (up and down), cinderella (up, down, up), oedipus (down,
    up, down), or flat, or short where there is too little text to say.
    """

    spans: tuple[Span, ...]
    values: tuple[float, ...]
    smooth: tuple[float, ...]
    shape: str
    fit: float


def arc(parts: Sequence[tuple[Span, Mood]], lang: Language) -> Arc:
    """The arc of a text whose paragraphs, or other parts in order, have these moods."""
    total = sum(felt.words for _, felt in parts)
    size = max(_LEAST[lang], total / _WINDOWS)
    spans: list[Span] = []
    values: list[float] = []
    gathered: list[tuple[Span, Mood]] = []
    count = 0
    for place, part in enumerate(parts):
        gathered.append(part)
        count += part[1].words
        if count >= size or (place == len(parts) - 1 and (count >= size / 2 or not spans)):
            spans.append(Span(gathered[0][0].start, gathered[-1][0].end))
            values.append(together(felt for _, felt in gathered).valence)
            gathered, count = [], 0
    smooth = smoothed(values)
    name, fit = shape(smooth) if len(values) >= _ENOUGH else ("short", 0.0)
    return Arc(tuple(spans), tuple(values), smooth, name, fit)


def smoothed(values: Sequence[float], terms: int = _TERMS) -> tuple[float, ...]:
    """The curve that the lowest `terms` of the cosine transform (DCT-II) draw."""
    n = len(values)
    if n < 2:
        return tuple(values)
    waves = range(min(terms, n))
    parts = [sum(v * math.cos(math.pi * k * (i + 0.5) / n) for i, v in enumerate(values)) for k in waves]
    return tuple(
        parts[0] / n + 2 / n * sum(parts[k] * math.cos(math.pi * k * (i + 0.5) / n) for k in waves if k)
        for i in range(n)
    )


# Where each shape stands at equal distances; straight lines between.
_SHAPES = {
    "rise": (-1, 1),
    "fall": (1, -1),
    "hole": (1, -1, 1),
    "icarus": (-1, 1, -1),
    "cinderella": (-1, 1, -1, 1),
    "oedipus": (1, -1, 1, -1),
}


def shape(values: Sequence[float]) -> tuple[str, float]:
    """The name of the shape that a curve is most like, and their correlation; flat if it hardly moves."""
    if len(values) < 2 or max(values) - min(values) < _MOVED:
        return "flat", 0.0
    fits = {name: correlation(values, _drawn(corners, len(values))) for name, corners in _SHAPES.items()}
    best = max(fits, key=lambda name: fits[name])
    return best, fits[best]


def drawn(name: str, count: int) -> tuple[float, ...]:
    """A named shape at `count` places, -1 to 1. Raises KeyError for a name that is no shape."""
    return _drawn(_SHAPES[name], count)


def _drawn(corners: Sequence[int], count: int) -> tuple[float, ...]:
    found = []
    for place in range(count):
        along = place / max(1, count - 1) * (len(corners) - 1)
        left = min(int(along), len(corners) - 2)
        found.append(corners[left] + (corners[left + 1] - corners[left]) * (along - left))
    return tuple(found)


def correlation(one: Sequence[float], two: Sequence[float]) -> float:
    """Pearson's correlation; 0 if one of them does not move."""
    mean_one, mean_two = sum(one) / len(one), sum(two) / len(two)
    a, b = [x - mean_one for x in one], [y - mean_two for y in two]
    size = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / size if size else 0.0
