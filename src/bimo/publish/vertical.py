"""Lines that run from top to bottom, as the cells that templates stack into columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bimo.text.language import han

# A character each, two dashes together; words of another script stay whole and lie on their side.
_CELLS: Final = han(r"——|[{han}\u3000-\u303f\uff01-\uff60—…“”‘’·]|[^\s{han}\u3000-\u303f\uff01-\uff60—…“”‘’·]+|\s+")
# What may not begin a column.
_CLOSING: Final = frozenset("，。、；：！？）》」』〉】”’…")


def cells(text: str) -> list[str]:
    """The cells of a line; an empty one is a space."""
    return [cell if not cell.isspace() else "" for cell in _CELLS.findall(text.strip())]


def columns(line: Sequence[str], longest: int) -> Iterator[list[str]]:
    """The cells of a line as columns of at most `longest`, none of which begins with a mark that closes."""
    start = 0
    while len(line) - start > longest:
        end = start + longest
        while end > start + 1 and line[end] in _CLOSING:
            end -= 1
        yield list(line[start:end])
        start = end
    yield list(line[start:])
