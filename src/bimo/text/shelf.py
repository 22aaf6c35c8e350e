"""The writer's own passages that are nearest to what is being written: BM25 (Robertson and Zaragoza 2009)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from bimo.text.errors import Language
from bimo.text.words import words

# A passage has about so many characters: enough to show a manner, little enough that two fit beside a task.
PASSAGE = {"zh": 180, "en": 500}
_K, _B = 1.2, 0.75


def passages(texts: Sequence[str], lang: Language) -> list[str]:
    """Texts cut at paragraphs into passages; a longer paragraph stays whole."""
    joint = "\n" if lang == "zh" else "\n\n"
    found: list[str] = []
    for text in texts:
        current: list[str] = []
        for paragraph in text.split(joint):
            current.append(paragraph)
            if sum(map(len, current)) >= PASSAGE[lang]:
                found.append(joint.join(current))
                current = []
    return found


class Shelf:
    """Passages to look up by their words."""

    def __init__(self, kept: Sequence[str], lang: Language) -> None:
        self.passages, self.lang = list(kept), lang
        self._counts = [Counter(self._terms(each)) for each in self.passages]
        self._mean = sum(count.total() for count in self._counts) / max(1, len(self._counts))
        among = Counter(term for count in self._counts for term in count)
        whole = len(self._counts)
        self._rarity = {term: math.log(1 + (whole - n + 0.5) / (n + 0.5)) for term, n in among.items()}

    def nearest(self, text: str, most: int = 1) -> list[str]:
        """The passages that share most of their rare words with `text`, the best first; none that shares nothing."""
        wanted = set(self._terms(text))
        scored = sorted(((self._score(wanted, place), -place) for place in range(len(self._counts))), reverse=True)
        return [self.passages[-place] for score, place in scored[:most] if score > 0]

    def _score(self, wanted: set[str], place: int) -> float:
        counts = self._counts[place]
        length = _K * (1 - _B + _B * counts.total() / self._mean)
        return sum(
            self._rarity[term] * counts[term] * (_K + 1) / (counts[term] + length) for term in wanted & counts.keys()
        )

    def _terms(self, text: str) -> list[str]:
        return [word.lower() for word in words(text, self.lang) if len(word) > 1]
