"""How good a line of Chinese verse is beside the poem that it belongs to: the score that candidates are ranked by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bimo.verse.lore import GRAM, is_copied, pairing

# What a point is worth, in natural logarithms of probability a character. Set by eye on ten themes that are in no
# bench (docs/lab-notes.md).
_RELEVANCE = 0.6
_REPEAT = 1.5
_COPIED = 6.0
_PAIRING = 0.15


@dataclass(frozen=True, slots=True)
class Score:
    """The parts of a line's score; `total` weighs them.

    `likely` is the mean logarithm of probability of a character, `relevance` the share of characters that go with the
    theme, `repeats` counts characters that stand twice, `pairs` says how well the line stands in parallel to the one
    before, `copied` whether an old poem has it.
    """

    likely: float
    relevance: float = 0.0
    repeats: int = 0
    pairs: float = 0.0
    copied: bool = False

    @property
    def total(self) -> float:
        """One number; more is better."""
        points = self.likely + _RELEVANCE * self.relevance + _PAIRING * self.pairs
        return points - _REPEAT * self.repeats - _COPIED * self.copied


def judge(
    line: str, before: Sequence[str], *, likely: float, relevance: Mapping[str, float], parallel: str = ""
) -> Score:
    """Score a line. `before` are the poem's other lines, `parallel` the one that it should stand in parallel to."""
    others = set("".join(before))
    # 叠字, two equal characters side by side, are an ornament.
    single = [char for at, char in enumerate(line) if at == 0 or line[at - 1] != char]
    repeats = len(single) - len(set(single)) + sum(char in others for char in set(single))
    pairs = 0.0
    if parallel and len(parallel) == len(line):
        pairs = sum(pairing(a, b) for a, b in zip(parallel, line, strict=True)) / len(line)
    share = sum(min(1.0, relevance.get(char, 0.0)) for char in line) / max(1, len(line))
    return Score(likely, share, repeats, pairs, is_copied(line))


def flaw(line: str) -> int | None:
    """The place from 0 of the first character that comes again in its line, but for 叠字, or ends a copied run."""
    for at, char in enumerate(line):
        doubled = line[at - 1 : at] == char and line[at - 2 : at - 1] != char
        if (char in line[:at] and not doubled) or is_copied(line[max(0, at + 1 - GRAM) : at + 1]):
            return at
    return None
