"""Couplets out of files of poems, held out by poet, and the counts that a network has to beat."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import regex

from bimo.text.errors import FileError
from bimo.voice.dataset import PARTS, Part

Couplet = tuple[str, str]
_CLAUSE = regex.compile(r"[^，。？！、；：]+")


def lines_of(folder: Path, name: str = "*.jsonl*") -> Iterator[dict[str, Any]]:
    """The objects in every JSON Lines file of a folder, plain or gzip. Raises FileError `voice.no_data`."""
    paths = sorted(folder.glob(name)) if folder.is_dir() else []
    if not paths:
        raise FileError("voice.no_data", folder=str(folder), wanted=name)
    for path in paths:
        data = path.read_bytes()
        try:
            text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
            yield from map(json.loads, text.splitlines())
        except (OSError, ValueError) as error:
            raise FileError("voice.bad_data", path=str(path), reason=str(error)) from error


def couplets(folder: Path, most: int, seed: int = 1) -> dict[Part, list[Couplet]]:
    """Pairs of lines, each poet in one part only: a tenth of the poets to choose by, a tenth to judge by.

    A poem has an `author`, and either `lines` (stanza, number, text) or a `text` of clauses. At most `most` couplets
    to learn from, a tenth of that in each other part.
    """
    found: dict[Part, list[Couplet]] = {part: [] for part in PARTS}
    for poem in lines_of(folder):
        number = hashlib.sha256(str(poem["author"]).encode()).digest()[0] % 10
        part: Part = "test" if number == 0 else "validation" if number == 1 else "train"
        found[part] += _couplets(poem)
    dice = random.Random(seed)
    for part, pairs in found.items():
        dice.shuffle(pairs)
        found[part] = pairs[: most if part == "train" else max(1, most // 10)]
    return found


def _couplets(poem: dict[str, Any]) -> list[Couplet]:
    if "lines" in poem:
        stanzas = [[text for _, _, text in group] for _, group in groupby(poem["lines"], key=lambda line: line[0])]
        return [pair for stanza in stanzas for pair in list(pairwise(stanza))[::2]]
    clauses = _CLAUSE.findall(poem["text"])
    pairs = zip(clauses[::2], clauses[1::2], strict=False)
    return [(one, two) for one, two in pairs if len(one) == len(two)]


class Counts:
    """How often tokens stand alone, beside each other, and across the lines of a couplet: the baseline."""

    def __init__(self, rows: Sequence[tuple[list[int], list[int]]]) -> None:
        self._single: Counter[int] = Counter()
        self._after: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self._before: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self._across: Counter[tuple[int, int]] = Counter()
        for one, two in rows:
            self._across.update((here, there) for here in set(one) for there in set(two))
            for line in (one, two):
                self._single.update(line)
                for left, right in pairwise(line):
                    self._after[left][right] += 1
                    self._before[right][left] += 1
        self._all = self._single.total()
        self._usual: int = self._single.most_common(1)[0][0]

    def usual(self) -> int:
        """The commonest token."""
        return self._usual

    def alone(self, token: int) -> float:
        """The logarithm of how likely a token is anywhere; every token has half a sighting for free."""
        return math.log((self._single[token] + 0.5) / (self._all + 0.5 * (len(self._single) + 1)))

    def follows(self, left: int, token: int) -> float:
        """The logarithm of how likely it is after `left`, a fifth of the weight on `alone`."""
        seen = self._after[left]
        share = seen[token] / total if (total := seen.total()) else 0.0
        return math.log(0.8 * share + 0.2 * math.exp(self.alone(token)))

    def between(self, left: int | None, right: int | None) -> int:
        """The token that fits best between its neighbours; None is a neighbour that is hidden or not there."""
        fitting = {
            *(self._after[left] if left is not None else ()),
            *(self._before[right] if right is not None else ()),
        }
        if not fitting:
            return self._usual

        def value(token: int) -> float:
            first = self.follows(left, token) if left is not None else self.alone(token)
            return first + (self.follows(token, right) if right is not None else 0.0)

        best: int = max(sorted(fitting), key=value)
        return best

    def line(self, tokens: Sequence[int]) -> float:
        """The logarithm of how likely a line is."""
        return self.alone(tokens[0]) + sum(self.follows(left, right) for left, right in pairwise(tokens))

    def answers(self, one: Sequence[int], two: Sequence[int]) -> float:
        """How much more often than by chance the tokens of two lines stand across from each other, on average."""
        pairs = [(here, there) for here in set(one) for there in set(two)]
        couples = max(1, self._across.total())
        return sum(
            math.log((self._across[pair] + 0.5) / couples) - self.alone(pair[0]) - self.alone(pair[1]) for pair in pairs
        ) / max(1, len(pairs))
