"""The rhyme scheme of a stanza, read from its end words.

A stanza is taken as a row of blocks that poets build with (couplet, triplet, quatrain, …) and single lines. The row
with the most and best rhymes wins, and a row of like blocks is likelier than a mixture, so that a rhyme of another age
counts where the stanza expects one and a chance likeness counts nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Final

from bimo.verse.english.rhyme import Grade, rhyme

_BLOCKS: Final = (
    *(
        "AA",
        "AAA",
        "AAAA",
        "AAAAAA",
        "ABAB",
        "ABBA",
        "ABCB",
        "ABCA",
        "AABA",
        "ABABAB",
        "AABCCB",
        "AABAAB",
        "AABBA",
        "ABABB",
    ),
    *("ABAAB", "ABCCB", "ABABA", "AAABAB", "ABCABC", "ABACBC", "ABBAABBA", "ABABBCBCC", "AAABCCCB"),
)

# What a rhyme adds, by grade, and what its lack costs; weighed on poets of the 17th century (Chicago Rhyming Corpus).
_WORTH: Final[dict[Grade, float]] = {
    "perfect": 2.0,
    "identical": 1.5,
    "eye": 1.2,
    "family": 0.6,
    "slant": 0.4,
    "": -1.0,
}
_SAME_WORD: Final = 0.5
# For a perfect rhyme that the block does not use, and for a block like the one before it.
_UNUSED, _AGAIN = -1.0, 1.0
# How far apart lines that rhyme across blocks may stand, and how near a perfect rhyme must be used.
_FAR, _CLOSE = 9, 3


@dataclass(frozen=True, slots=True)
class _Step:
    score: float
    start: int
    before: str


def scheme(words: Sequence[str]) -> list[int]:
    """A number for the rhyme of each line, equal where lines rhyme, from 0; -1 where a line rhymes with no other."""
    found = _blocks(words)
    _link_single(words, found)
    order: dict[tuple[int, str], int] = {}
    lines = Counter(found)
    return [-1 if lines[each] == 1 else order.setdefault(each, len(order)) for each in found]


def letters(numbers: Sequence[int]) -> list[str]:
    """Numbers as the letters of a scheme: A to Z, then A2 to Z2; nothing for -1."""
    return [
        "" if each < 0 else chr(ord("A") + each % 26) + (str(each // 26 + 1) if each >= 26 else "") for each in numbers
    ]


def poem_scheme(stanzas: Sequence[Sequence[str]]) -> list[int]:
    """The scheme of a whole poem: a rhyme that goes on from one stanza to the next keeps its number."""
    numbers: list[int] = []
    previous: dict[int, list[str]] = {}
    used = 0
    for words in stanzas:
        inside = scheme(words)
        groups: dict[int, list[int]] = {}
        for place, number in enumerate(inside):
            groups.setdefault(number if number >= 0 else -2 - place, []).append(place)
        taken: dict[int, list[str]] = {}
        placed = [-1] * len(words)
        for places in groups.values():
            members = [words[place] for place in places]
            same = next((number for number, old in previous.items() if _go_on(old, members)), None)
            if same is None:
                same, used = used, used + 1
            taken.setdefault(same, []).extend(members)
            for place in places:
                placed[place] = same
        previous = taken
        numbers += placed
    return _numbered_anew(numbers)


def _go_on(old: Sequence[str], new: Sequence[str]) -> bool:
    return any(one == two or rhyme(one, two) == "perfect" for one in old for two in new)


def _numbered_anew(numbers: Sequence[int]) -> list[int]:
    order: dict[int, int] = {}
    lines = Counter(numbers)
    return [-1 if lines[each] == 1 else order.setdefault(each, len(order)) for each in numbers]


def _blocks(words: Sequence[str]) -> list[tuple[int, str]]:
    """The best row of blocks: for each line the start of its block and its letter in it."""
    # The best way to every line, by the block that it ends with; "" is a single line.
    ways: list[dict[str, _Step]] = [{} for _ in range(len(words) + 1)]
    ways[0] = {"": _Step(0.0, 0, "")}
    for start in range(len(words)):
        for before, step in list(ways[start].items()):
            _better(ways[start + 1], "", _Step(step.score, start, before))
        for block in _BLOCKS:
            end = start + len(block)
            worth = _worth(words[start:end], block) if end <= len(words) else -_AGAIN
            if worth <= -_AGAIN:
                continue
            for before, step in ways[start].items():
                again = _AGAIN if before == block or start == 0 else 0.0
                _better(ways[end], block, _Step(step.score + worth + again, start, before))
    return _trace(ways)


def _better(ways: dict[str, _Step], block: str, step: _Step) -> None:
    if block not in ways or step.score > ways[block].score:
        ways[block] = step


def _trace(ways: Sequence[dict[str, _Step]]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    end = len(ways) - 1
    block = max(ways[end], key=lambda name: ways[end][name].score)
    while end:
        step = ways[end][block]
        found[:0] = [(step.start, letter) for letter in block or "A"]
        end, block = step.start, step.before
    return found


def _worth(words: Sequence[str], block: str) -> float:
    linked = sum(_SAME_WORD if words[a] == words[b] else _WORTH[rhyme(words[a], words[b])] for a, b in _links(block))
    return linked + sum(
        _UNUSED for a, b in _close(block) if words[a] != words[b] and rhyme(words[a], words[b]) == "perfect"
    )


@cache
def _links(block: str) -> tuple[tuple[int, int], ...]:
    """Each line of a block with the last one before it that it rhymes with."""
    return tuple(
        (block.rindex(letter, 0, place), place) for place, letter in enumerate(block) if letter in block[:place]
    )


@cache
def _close(block: str) -> tuple[tuple[int, int], ...]:
    """The pairs of lines that stand close together and do not rhyme in this block."""
    return tuple((a, b) for a, b in combinations(range(len(block)), 2) if block[a] != block[b] and b - a <= _CLOSE)


def _link_single(words: Sequence[str], found: list[tuple[int, str]]) -> None:
    """Join single lines that rhyme perfectly around blocks between them."""
    lines = Counter(found)
    single = [place for place, each in enumerate(found) if lines[each] == 1]
    joined: set[int] = set()
    for at, b in enumerate(single):
        for a in single[max(0, at - _FAR) : at]:
            near = b - a <= _FAR and b not in joined and words[a] != words[b]
            if near and rhyme(words[a], words[b]) == "perfect":
                found[b] = found[a]
                joined.add(b)
