"""A character trigram model with Witten-Bell smoothing: the floor to compare with, and an outside measure of poems.

Source of the method: Witten and Bell 1991, "The zero-frequency problem", method C.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import regex

_START = "\n\n"
_HAN = regex.compile(r"\p{Han}")
# What is left for a character that was never seen: one of the about 21,000 of the Unicode block.
_UNSEEN = 1 / 20_992


class Floor:
    """The model. Texts keep their punctuation, which gives context but is not scored."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        for text in texts:
            padded = _START + text
            for end in range(3, len(padded) + 1):
                for start in (end - 3, end - 2, end - 1):
                    self._counts[padded[start:end]] += 1
        for gram, count in self._counts.items():
            self._seen[gram[:-1]] += count
            self._kinds[gram[:-1]] += 1

    def probability(self, context: str, character: str) -> float:
        """How likely `character` is after `context` (at most two characters)."""
        lower = self.probability(context[1:], character) if context else _UNSEEN
        seen, kinds = self._seen[context], self._kinds[context]
        if not seen:
            return lower
        return (self._counts[context + character] + kinds * lower) / (seen + kinds)

    def loss(self, text: str, known: frozenset[str] | None = None) -> tuple[float, int]:
        """(sum of -ln p over the Chinese characters of `text`, their number); only those in `known`, if given."""
        padded = _START + text
        total, count = 0.0, 0
        for place in range(2, len(padded)):
            character = padded[place]
            if _HAN.match(character) and (known is None or character in known):
                total -= math.log(self.probability(padded[place - 2 : place], character))
                count += 1
        return total, count

    def perplexity(self, texts: Iterable[str], known: frozenset[str] | None = None) -> float:
        """The perplexity per Chinese character over `texts`; NaN if they hold none."""
        losses = [self.loss(text, known) for text in texts]
        count = sum(each for _, each in losses)
        return math.exp(sum(each for each, _ in losses) / count) if count else math.nan
