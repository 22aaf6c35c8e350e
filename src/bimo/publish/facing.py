"""Pairs of paragraphs cut so that each fits a page beside its translation, by sentences and in proportion."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from bimo.publish.document import Block, Pair, Paragraph, Verse, part
from bimo.text.errors import Language
from bimo.text.sentences import sentences
from bimo.text.spans import Span

# Characters and lines that surely fit a page, with room for what stands beside.
_FIT: Final[dict[Language, int]] = {"zh": 360, "en": 1000}
_LINES: Final = 18


def cut(pairs: Sequence[Pair], lang: Language, other: Language) -> Iterator[Pair]:
    """The pairs, a long paragraph or poem in as many parts as its translation."""
    for pair in pairs:
        pages = max(_pages(pair.own, lang), _pages(pair.other, other))
        if pages == 1:
            yield pair
            continue
        own, theirs = _parts(pair.own, pages, lang), _parts(pair.other, pages, other)
        for place in range(max(len(own), len(theirs))):
            yield Pair(own[place] if place < len(own) else (), theirs[place] if place < len(theirs) else ())


def _pages(blocks: Sequence[Block], lang: Language) -> int:
    letters = sum(len(block.text) for block in blocks if isinstance(block, Paragraph))
    lines = sum(len(block.lines) for block in blocks if isinstance(block, Verse))
    return max(1, math.ceil(letters / _FIT[lang] + lines / _LINES))


def _parts(blocks: Sequence[Block], count: int, lang: Language) -> list[tuple[Block, ...]]:
    small = [piece for block in blocks for piece in _split(block, count, lang)]
    edges = [round(len(small) * place / count) for place in range(count + 1)]
    return [tuple(small[start:end]) for start, end in pairwise(edges)]


def _split(block: Block, count: int, lang: Language) -> list[Block]:
    if isinstance(block, Verse):
        step = math.ceil(len(block.lines) / count)
        return [Verse(block.lines[start : start + step]) for start in range(0, len(block.lines), step)]
    if not isinstance(block, Paragraph):
        return [block]
    spans = sentences(block.text, lang)
    ends = [spans[round(len(spans) * place / count) - 1].end for place in range(1, count) if len(spans) >= count]
    edges = [0, *ends, len(block.text)]
    return [
        Paragraph(block.text[start:end].strip(), part(block.marks, Span(start, end)))
        for start, end in pairwise(edges)
        if block.text[start:end].strip()
    ]
