"""Bilingual editions: a text and its translation, put side by side paragraph by paragraph.

Chapters are paired in order; inside of one, paragraphs are paired by their lengths as Gale and Church do with
sentences (A Program for Aligning Sentences in Bilingual Corpora, 1993), so that one may stand for two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final

from bimo.publish.document import (
    APPENDICES,
    Block,
    Blocks,
    Character,
    Document,
    Heading,
    Pair,
    Parenthetical,
    Quote,
    SceneBreak,
    SceneHeading,
    Transition,
    Verse,
    chapters,
)
from bimo.text.errors import InputError

# What stands for what, and what each costs beside one for one (Gale and Church, table 5).
_MOVES: Final = ((1, 1, 0.0), (1, 2, 2.3), (2, 1, 2.3), (1, 0, 4.5), (0, 1, 4.5), (2, 2, 4.4))
_VARIANCE: Final = 6.8
# A chapter of more paragraphs is looked at in a band this wide around its diagonal.
_BAND: Final = 30
_OTHER_KIND: Final = 8.0
_BEAM: Final = 30.0
_STRAIGHT: Final = 12.0
_ROOT: Final = math.sqrt(2)
_NAMES: Final = Heading | SceneHeading | Character | Parenthetical | Transition


def beside(document: Document, other: Document) -> Document:
    """The document with each paragraph followed by its translation in `other`, and both in `pairs`.

    Headings and names become one: `第一章 · One`. Raises InputError `publish.same_text` if both are the same text.
    """
    if document.blocks == other.blocks:
        raise InputError("publish.same_text")
    pairs = tuple(_pairs(document.blocks, other.blocks))
    return replace(
        document,
        title=_joined(document.title, other.title),
        author=_joined(document.author, other.author),
        blocks=tuple(block for pair in pairs for block in _mixed(pair)),
        pairs=pairs,
        other=other.lang,
    )


def _pairs(own: Blocks, other: Blocks) -> Iterator[Pair]:
    parts, others = [blocks for _, blocks in chapters(own)], [blocks for _, blocks in chapters(other)]
    after: list[list[Block]] = []
    while len(parts) > len(others) and isinstance(parts[-1][0], Heading) and parts[-1][0].text in APPENDICES:
        after.insert(0, parts.pop())
    headed = isinstance(parts[0][0], Heading) == isinstance(others[0][0], Heading) if parts and others else False
    if len(parts) != len(others) or not headed:
        parts, others = [[block for part in parts for block in part]], [list(other)]
    for mine, theirs in zip(parts, others, strict=True):
        yield from _sections(mine, theirs)
    yield from (Pair((block,), ()) for part in after for block in part)


def _sections(own: Sequence[Block], other: Sequence[Block]) -> Iterator[Pair]:
    """The pairs of a chapter; where both have as many headings and scene breaks, these hold the rest in place."""
    marks, others = _marks(own), _marks(other)
    if [kind for _, kind in marks] != [kind for _, kind in others]:
        yield from _aligned(own, other)
        return
    start = begin = 0
    for (place, _), (stand, _) in zip(marks, others, strict=True):
        yield from _aligned(own[start:place], other[begin:stand])
        yield Pair((own[place],), (other[stand],))
        start, begin = place + 1, stand + 1
    yield from _aligned(own[start:], other[begin:])


def _marks(blocks: Sequence[Block]) -> list[tuple[int, type[Block]]]:
    kinds = (Heading, SceneBreak, SceneHeading)
    return [(place, type(block)) for place, block in enumerate(blocks) if isinstance(block, kinds)]


def _aligned(own: Sequence[Block], other: Sequence[Block]) -> Iterator[Pair]:
    """Pairs of the cheapest kind; one for one where the kinds allow it and it is hardly dearer."""
    if not own or not other:
        yield from (Pair((block,), ()) for block in own)
        yield from (Pair((), (block,)) for block in other)
        return
    costs = _Costs(own, other)
    best = _cheapest(costs, len(own), len(other))
    end = best.get((len(own), len(other)))
    if [type(block) for block in own] == [type(block) for block in other]:
        straight = sum(costs.of(place, place, 1, 1) for place in range(1, len(own) + 1))
        if end is None or straight <= end[0] + _STRAIGHT:
            yield from (Pair((mine,), (theirs,)) for mine, theirs in zip(own, other, strict=True))
            return
    if end is None:
        yield Pair(tuple(own), tuple(other))
        return
    place, stand = len(own), len(other)
    back: list[Pair] = []
    while place or stand:
        _, a, b = best[place, stand]
        back.append(Pair(tuple(own[place - a : place]), tuple(other[stand - b : stand])))
        place, stand = place - a, stand - b
    yield from reversed(back)


def _cheapest(costs: _Costs, count: int, others: int) -> dict[tuple[int, int], tuple[float, int, int]]:
    """For so many blocks of each side the least cost of pairing them, and how many stand in the last pair."""
    slope = others / count
    band = max(_BAND, math.ceil(2 * slope), abs(others - count) // 2)
    best: dict[tuple[int, int], tuple[float, int, int]] = {(0, 0): (0.0, 0, 0)}
    for place in range(count + 1):
        row: dict[int, float] = {}
        middle = round(place * slope)
        for stand in range(max(0, middle - band), min(others, middle + band) + 1):
            cheapest = best.get((place, stand))
            for a, b, cost in _MOVES:
                before = best.get((place - a, stand - b))
                if before is None or (cheapest and before[0] + cost >= cheapest[0]):
                    continue
                total = before[0] + cost + costs.of(place, stand, a, b)
                if cheapest is None or total < cheapest[0]:
                    cheapest = (total, a, b)
            if cheapest:
                best[place, stand] = cheapest
                row[stand] = cheapest[0]
        # What is so much dearer is on no good way; of the last row all is kept, for the end is in it.
        worst = min(row.values(), default=0) + _BEAM if place < count else math.inf
        for stand in [stand for stand, cost in row.items() if cost > worst]:
            del best[place, stand]
    return best


class _Costs:
    """How unlikely it is that blocks stand for each other, by their lengths and by what they are."""

    def __init__(self, own: Sequence[Block], other: Sequence[Block]) -> None:
        self._own = [0, *accumulate(map(_size, own))]
        self._other = [0, *accumulate(map(_size, other))]
        self._kinds = [type(block) for block in own], [type(block) for block in other]
        self._ratio = (self._other[-1] or 1) / (self._own[-1] or 1)
        self._spread = self._ratio * max(self._ratio, 1) * _VARIANCE

    def of(self, place: int, stand: int, a: int, b: int) -> float:
        """For the `a` blocks before `place` and the `b` blocks before `stand`."""
        if not a or not b:
            return 0.0
        mine, theirs = self._own[place] - self._own[place - a], self._other[stand] - self._other[stand - b]
        mean = (mine + theirs / self._ratio) / 2 or 1
        strange = abs(theirs - mine * self._ratio) / math.sqrt(mean * self._spread)
        kinds, others = set(self._kinds[0][place - a : place]), set(self._kinds[1][stand - b : stand])
        return -math.log(max(math.erfc(strange / _ROOT), 1e-9)) + _OTHER_KIND * len(kinds ^ others)


def _size(block: Block) -> int:
    match block:
        case Verse():
            return sum(map(len, block.lines))
        case Quote():
            return sum(map(_size, block.blocks))
        case SceneBreak():
            return 1
    return len(block.text)


def _mixed(pair: Pair) -> Iterator[Block]:
    """The blocks of a pair as they follow each other on one page."""
    if len(pair.own) == len(pair.other) == 1:
        mine, theirs = pair.own[0], pair.other[0]
        if type(mine) is type(theirs) and isinstance(mine, _NAMES) and isinstance(theirs, _NAMES):
            yield replace(mine, text=_joined(mine.text, theirs.text))
            return
        if isinstance(mine, SceneBreak) and isinstance(theirs, SceneBreak):
            yield mine
            return
    yield from (*pair.own, *pair.other)


def _joined(own: str, other: str) -> str:
    return f"{own} · {other}" if own and other and own != other else own or other
