"""Bilingual editions: a text and its translation, put side by side paragraph by paragraph.

Chapters are paired in order; inside of one, paragraphs are paired by their lengths as Gale and Church do with
sentences (A Program for Aligning Sentences in Bilingual Corpora, 1993), so that one may stand for two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
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
_BAND: Final = 60
_OTHER_KIND: Final = 8.0
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
    """Pairs of the cheapest kind."""
    if [type(block) for block in own] == [type(block) for block in other]:
        yield from (Pair((mine,), (theirs,)) for mine, theirs in zip(own, other, strict=True))
        return
    if not own or not other:
        yield from (Pair((block,), ()) for block in own)
        yield from (Pair((), (block,)) for block in other)
        return
    sizes, others = [_size(block) for block in own], [_size(block) for block in other]
    ratio = (sum(others) or 1) / (sum(sizes) or 1)
    best: dict[tuple[int, int], tuple[float, int, int]] = {(0, 0): (0.0, 0, 0)}
    slope = len(other) / len(own)
    band = max(_BAND, math.ceil(2 * slope))
    for place in range(len(own) + 1):
        middle = round(place * slope)
        for stand in range(max(0, middle - band), min(len(other), middle + band) + 1):
            found = [
                (
                    best[place - a, stand - b][0]
                    + cost
                    + _cost(own, other, sizes, others, ratio, (place, stand, a, b)),
                    a,
                    b,
                )
                for a, b, cost in _MOVES
                if (place - a, stand - b) in best and (a or b)
            ]
            if found:
                best[place, stand] = min(found)
    place, stand = len(own), len(other)
    back: list[Pair] = []
    while place or stand:
        _, a, b = best[place, stand]
        back.append(Pair(tuple(own[place - a : place]), tuple(other[stand - b : stand])))
        place, stand = place - a, stand - b
    yield from reversed(back)


def _cost(
    own: Sequence[Block],
    other: Sequence[Block],
    sizes: Sequence[int],
    others: Sequence[int],
    ratio: float,
    move: tuple[int, int, int, int],
) -> float:
    """How unlikely it is that these blocks stand for each other, by their lengths and by what they are."""
    place, stand, a, b = move
    mine, theirs = sum(sizes[place - a : place]), sum(others[stand - b : stand])
    if not a or not b:
        return 0.0
    mean = (mine + theirs / ratio) / 2 or 1
    strange = abs(theirs - mine * ratio) / math.sqrt(mean * ratio * max(ratio, 1) * _VARIANCE)
    kinds = {type(block) for block in own[place - a : place]} ^ {type(block) for block in other[stand - b : stand]}
    return -math.log(max(math.erfc(strange / math.sqrt(2)), 1e-9)) + _OTHER_KIND * len(kinds)


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
