"""Lines that run from top to bottom, as the cells that templates stack into columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bimo.text.language import han

# A character each, two dashes together; words of another script stay whole and lie on their side.
_CELLS: Final = han(
    r"——|[{han}\u3000-\u303f\uff01-\uff60—…“”‘’·]|[^\s{han}\u3000-\u303f\uff01-\uff60—…“”‘’·]+|[^\S\u3000]+"
)
# What may not begin a column.
_CLOSING: Final = frozenset("，。、；：！？）》」』〉】”’…")


def cells(text: str) -> list[str]:
    """The cells of a line; an empty one is a space between words, which takes next to no room."""
    return ["" if cell.isspace() and cell != "\u3000" else cell for cell in _CELLS.findall(text.strip())]


def height(line: Sequence[str]) -> int:
    """How many rows the cells take; words that lie on their side take one for two letters."""
    return sum(_rows(cell) for cell in line)


def _rows(cell: str) -> int:
    return -(-len(cell) * 11 // 20) if len(cell) != 1 else 1


def columns(line: Sequence[str], longest: int) -> Iterator[list[str]]:
    """The cells of a line as columns of at most `longest` rows, none of which begins with a mark that closes."""
    line = [part for cell in line for part in _fitting(cell, longest)]
    start = rows = 0
    for place, cell in enumerate(line):
        while start < place and rows + _rows(cell) > longest:
            end = place
            while end > start + 1 and line[end] in _CLOSING:
                end -= 1
            yield line[start:end]
            start, rows = end, height(line[end:place])
        rows += _rows(cell)
    yield line[start:]


def _fitting(cell: str, longest: int) -> Iterator[str]:
    """The cell in parts none of which is longer than a column."""
    most = max(1, longest * 20 // 11 - 2)
    yield from (cell[start : start + most] for start in range(0, len(cell), most)) if cell else ("",)
