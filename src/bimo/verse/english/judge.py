"""How good a line of English verse is beside the poem that it belongs to: the score that candidates are ranked by."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bimo.verse.english.shapes import shapes

# What a point is worth, in natural logarithms of probability a syllable. Set by eye on themes that are in no bench.
_RELEVANCE: Final = 1.0
# A model likes best what it has just said, so saying it again must cost more than it gains.
_REPEAT: Final = 0.5
_ECHO: Final = 0.7
_SAME_START: Final = 0.4
_STAMMER: Final = 5.0
# One word that nobody would say there spoils a line whose other words are easy to guess.
_STUMBLE: Final = 0.4
_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)*")


@dataclass(frozen=True, slots=True)
class Score:
    """The parts of a line's score; `total` weighs them.

    `likely` is the logarithm of probability by syllable, `stumbles` counts what is hardly likely where it stands,
    `relevance` is the share of words that go with the theme, `repeats` counts full words that the poem has already,
    `echoes` runs of three words that it has, `same_start` tells that another line begins alike, `stammers` that a word
    stands twice in a row.
    """

    likely: float
    stumbles: int = 0
    relevance: float = 0.0
    repeats: int = 0
    echoes: int = 0
    same_start: bool = False
    stammers: bool = False

    @property
    def total(self) -> float:
        """One number; more is better."""
        points = self.likely + _RELEVANCE * self.relevance - _REPEAT * self.repeats - _ECHO * self.echoes
        return points - _STUMBLE * self.stumbles - _SAME_START * self.same_start - _STAMMER * self.stammers


def judge(line: str, others: Sequence[str], *, likely: float, stumbles: int, theme: Collection[str]) -> Score:
    """Score a line. `others` are the other lines of the poem."""
    words = _words(line)
    full = [word for word in words if is_full(word)]
    elsewhere = {word for other in others for word in _words(other)}
    repeats = len(full) - len(set(full)) + sum(word in elsewhere for word in set(full))
    echoes = len(_runs(words) & {run for other in others for run in _runs(_words(other))})
    relevance = sum(word in theme for word in set(full)) / max(1, len(words))
    same_start = any(_words(other)[:2] == words[:2] for other in others)
    stammers = any(one == two for one, two in pairwise(words))
    return Score(likely, stumbles, relevance, repeats, echoes, same_start, stammers)


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + 3]) for at in range(len(words) - 2)}


def is_full(word: str) -> bool:
    """Whether a word says something by itself, unlike "the" or "with"."""
    return any(set(shape.weights) - {"F", "A"} for shape in shapes(word)[:1])


def _words(line: str) -> list[str]:
    return _WORD.findall(line.casefold().replace("’", "'"))
