"""GLEU for corrected sentences (Napoles, Sakaguchi, Post and Tetreault 2015, with the 2016 revision without tuning).

The mean over draws in which each sentence meets one of its references, as the authors' script computes it.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence

ORDER, DRAWS = 4, 500


def gleu(sources: Sequence[str], references: Sequence[Sequence[str]], outputs: Sequence[str]) -> float:
    """The score of `outputs`, 0 to 100; `references` holds one list of all sentences for each annotator."""
    stats = [
        [_stats(source.split(), reference[i].split(), outputs[i].split()) for reference in references]
        for i, source in enumerate(sources)
    ]
    total = 0.0
    for draw in range(DRAWS):
        chance = random.Random(draw * 101)
        sums = [0] * (2 * ORDER + 2)
        for options in stats:
            sums = [a + b for a, b in zip(sums, chance.choice(options), strict=True)]
        total += _score(sums)
    return 100 * total / DRAWS


def _grams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) + 1 - n))


def _stats(source: list[str], reference: list[str], output: list[str]) -> list[int]:
    found = [len(output), len(reference)]
    for n in range(1, ORDER + 1):
        said, meant, old = _grams(output, n), _grams(reference, n), _grams(source, n)
        # What the source has and the reference has not is what should have been changed.
        left = Counter({gram: count for gram, count in old.items() if gram not in meant})
        found += [max((said & meant).total() - (said & left).total(), 0), max(len(output) + 1 - n, 0)]
    return found


def _score(sums: Sequence[int]) -> float:
    if not all(sums):
        return 0.0
    precision = sum(math.log(hit / of) for hit, of in zip(sums[2::2], sums[3::2], strict=True)) / ORDER
    return math.exp(min(0.0, 1 - sums[1] / sums[0]) + precision)
