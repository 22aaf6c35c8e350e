"""Chinese characters that stand where one that sounds or looks alike belongs: a corrector trained on planted errors.

For each place whose neighbours are rarely seen with the character, the alternatives are weighed by how often they stand
with these neighbours, and by how much better the words fall together; a logistic regression joins the evidence
(`scripts/tables/typos.py` trains it; figures in the lab notes). The threshold is set for few false alarms.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib.resources import files
from typing import Any, Final

import regex

from bimo.critique.language_zh import alike_in_shape
from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing, critic
from bimo.text.finding import Finding, Severity
from bimo.text.spans import Edit, Span
from bimo.text.words import lexicon, tagged

_CODE: Final = "critique.chinese_typo"
_RUN: Final = regex.compile(r"\p{Han}{2,}")
_PRONOUNS: Final = frozenset("他她它")
# Chosen on clean sentences for about one false alarm in a hundred.
THRESHOLD: Final = 2.0
# Words seldom fall together better than this.
_MOST: Final = 14.0
# Beyond these counts a place is not looked at: its characters are often seen together.
_TRIPLE, _PAIR = 3, 30
# Words of the dictionary are looked for so far to both sides.
_AROUND: Final = 4
_LONGEST_WORD: Final = 5


@dataclass(frozen=True)
class Counts:
    """How often characters, pairs and triples were seen; what follows a run is read when it is first asked for.

    `letters` counts characters; `following` holds for a character or a pair what follows it, and the logarithm to base
    two of how often, as hexadecimal digits; `preceding` the same for what stands before a character.
    """

    letters: Mapping[str, int]
    following: Mapping[str, Sequence[str]]
    preceding: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_after", cache(partial(_opened, self.following)))
        object.__setattr__(self, "_before", cache(partial(_opened, self.preceding)))

    def after(self, run: str) -> Mapping[str, int]:
        """What follows a character or a pair, and how often."""
        found: Mapping[str, int] = self.__dict__["_after"](run)
        return found

    def before(self, letter: str) -> Mapping[str, int]:
        """What stands before a character, and how often."""
        found: Mapping[str, int] = self.__dict__["_before"](letter)
        return found

    def pair(self, one: str, two: str) -> int:
        """How often `two` followed `one`; 0 where either is no character."""
        return self.after(one).get(two, 0)

    def triple(self, one: str, two: str, three: str) -> int:
        """How often `three` followed the two others."""
        return self.after(one + two).get(three, 0) if one else 0


def _opened(packed: Mapping[str, Sequence[str]], key: str) -> Mapping[str, int]:
    letters, sizes = packed.get(key, ("", ""))
    return {letter: 3 * 2 ** int(size, 16) // 2 for letter, size in zip(letters, sizes, strict=True)}


@cache
def counts() -> Counts:
    """The counts that ship."""
    data = _table()
    preceding: dict[str, list[str]] = defaultdict(lambda: ["", ""])
    for key, (letters, sizes) in data["after"].items():
        for letter, size in zip(letters, sizes, strict=True) if len(key) == 1 else ():
            preceding[letter][0] += key
            preceding[letter][1] += size
    return Counts(data["letters"], data["after"], preceding)


@cache
def _table() -> dict[str, Any]:
    data = (files("bimo.critique") / "tables" / "typos.zh.json.gz").read_bytes()
    found: dict[str, Any] = json.loads(gzip.decompress(data))
    return found


@cache
def _sounds() -> dict[str, set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for letter, sound in _table()["sounds"].items():
        groups[sound].add(letter)
    return groups


@cache
def confusable(letter: str) -> frozenset[str]:
    """The usual characters that sound like this one, tones aside, or look like it."""
    sounds = _table()["sounds"]
    found = _sounds().get(sounds.get(letter, ""), set()) | {each for each in alike_in_shape(letter) if each in sounds}
    # Whether he or she is meant, no neighbour tells.
    return frozenset(found - (_PRONOUNS if letter in _PRONOUNS else {letter}))


def _candidates(run: str) -> Iterator[tuple[int, str]]:
    """Places of a run whose neighbours are seldom seen with their character, and characters that fit them better."""
    seen = counts()
    follows = [seen.after(letter) for letter in run]
    last = len(run) - 1
    nothing: Mapping[str, int] = {}
    for place, letter in enumerate(run):
        ahead = follows[place - 1] if place else nothing
        before = ahead.get(letter, 0)
        behind = follows[place].get(run[place + 1], 0) if place < last else 0
        # At an end of the run the one neighbour decides.
        if (before > _PAIR or not place) and (behind > _PAIR or place == last):
            continue
        if 0 < place < last and seen.triple(run[place - 1], letter, run[place + 1]) > _TRIPLE:
            continue
        least = 2 * (before + behind) + 3
        back = seen.before(run[place + 1]) if place < last else nothing
        others = confusable(letter)
        for other in sorted((others & ahead.keys()) | (others & back.keys())):
            if ahead.get(other, 0) + back.get(other, 0) > least:
                yield place, other


def evidence(run: str, place: int, other: str, seen: Counts) -> list[float]:
    """What speaks for `other` instead of the character at `place`, as the features of the regression."""
    return [_gain(run, place, other), *_neighbours(run, place, other, seen)]


def _gain(run: str, place: int, other: str) -> float:
    """How much better the words around fall together with `other`."""
    start, end = max(0, place - _AROUND), place + _AROUND + 1
    return _words(run[start:place] + other + run[place + 1 : end]) - _words(run[start:end])


def _neighbours(run: str, place: int, other: str, seen: Counts) -> list[float]:
    letter = run[place]
    before, left = run[place - 2 : place - 1] if place > 1 else "", run[place - 1 : place]
    right, behind = run[place + 1 : place + 2], run[place + 2 : place + 3]
    sounds = _table()["sounds"]
    own = seen.letters.get(letter, 0)
    return [
        1.0,
        _ratio(seen.pair(left, other), seen.pair(left, letter), 0.5) if left else 0.0,
        _ratio(seen.pair(other, right), seen.pair(letter, right), 0.5) if right else 0.0,
        _ratio(seen.triple(before, left, other), seen.triple(before, left, letter), 0.3),
        _ratio(seen.triple(left, other, right), seen.triple(left, letter, right), 0.3),
        _ratio(seen.triple(other, right, behind), seen.triple(letter, right, behind), 0.3),
        _ratio(seen.letters.get(other, 0), own, 1.0),
        1.0 if sounds.get(letter) == sounds.get(other) else 0.0,
        math.log1p(seen.pair(left, letter)),
        math.log1p(seen.pair(letter, right)),
        math.log1p(min(seen.pair(left, other), seen.pair(other, right))),
        1.0 if own < 40 else 0.0,
    ]


def _ratio(one: int, two: int, least: float) -> float:
    return math.log((one + least) / (two + least))


@lru_cache(maxsize=10_000)
def _words(text: str) -> float:
    """The logarithm of the likeliest way to cut a text into words of the dictionary, each by itself."""
    known, total = _lexicon()
    best = [0.0] + [-1e9] * len(text)
    for start in range(len(text)):
        for end in range(start + 1, min(len(text), start + _LONGEST_WORD) + 1):
            often = known.get(text[start:end], 0)
            if often or end == start + 1:
                chance = math.log(often) - total if often else -total - 3
                best[end] = max(best[end], best[start] + chance)
    return best[-1]


@cache
def _lexicon() -> tuple[Mapping[str, int], float]:
    """The dictionary, and the logarithm of all that was seen."""
    known = lexicon()
    return known, math.log(sum(known.values()))


def suspects(text: str) -> Iterator[tuple[int, str, list[float]]]:
    """Places with a character that might belong there, and the evidence for it."""
    for start, run, place, other in _places(text):
        yield start + place, other, evidence(run, place, other, counts())


def _places(text: str) -> Iterator[tuple[int, str, int, str]]:
    for match in _RUN.finditer(text):
        for place, other in _candidates(match[0]):
            yield match.start(), match[0], place, other


def likely(text: str) -> dict[int, tuple[float, str]]:
    """The likeliest other character by place, with its score, where the score is above the threshold."""
    gain, *weights = _table()["weights"]
    found: dict[int, tuple[float, str]] = {}
    for start, run, place, other in _places(text):
        near = _neighbours(run, place, other, counts())
        score = sum(weight * value for weight, value in zip(weights, near, strict=True))
        # To cut words takes most of the time, and saves nothing that its neighbours speak against.
        if score + gain * _MOST > THRESHOLD:
            score += gain * _gain(run, place, other)
            if score > found.get(start + place, (THRESHOLD, ""))[0]:
                found[start + place] = (score, other)
    return found


@critic(
    "typos",
    en="Chinese typos",
    zh="错别字",
    group="language",
    langs=("zh",),
    kinds=("prose",),
    cheap=True,
    scope="paragraph",
)
def typos(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Characters that may be typed for others. What the text says twice, and names, are left in peace."""
    own = knowing.bible.names
    for paragraph in passage.paragraphs:
        text = paragraph.of(passage.text)
        for place, (_, other) in sorted(likely(text).items()):
            around = text[max(0, place - 1) : place + 2]
            if passage.text.count(around) > 1 or any(text[place] in name for name in own) or _named(text, place):
                continue
            start = paragraph.start + place
            span = Span(start, start + 1)
            args = {"quote": text[place], "cure": other}
            yield Finding(_CODE, span, Severity.HINT, args, (), (Edit(span, other),))


def _named(text: str, place: int) -> bool:
    """Whether the place belongs to what looks like a name."""
    start = max(0, place - 10)
    at = start
    for word, kind in tagged(text[start : place + 10]):
        if at <= place < at + len(word):
            return kind.startswith(("nr", "ns", "nz", "nt")) and len(word) > 1
        at += len(word)
    return False
