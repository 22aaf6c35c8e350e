"""Where the stanzas of a tune end. The collections do not tell; but stanzas are alike, above all at their ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Final

# Tunes shorter than this have one stanza, and those below the second length unless the parts are plainly alike. Long
# tunes may have three or four stanzas: they are divided in two only where the parts are a little alike.
_SINGLE: Final = 36
_PERHAPS_SINGLE: Final = 40
_LONG: Final = 120
_ALIKE: Final = 0.5
_HARDLY_ALIKE: Final = 0.3
# The least length of a stanza of three, and how much of the first two must be the same.
_STANZA: Final = 26
_DOUBLED: Final = 0.9


class Clause:
    """A clause: its end, whether a sentence ends there, and for each character the share of level tones."""

    def __init__(self, end: int, stop: bool, levels: Sequence[tuple[int, int]]) -> None:
        self.end = end
        self.stop = stop
        self.shares = [level / count if count else 0.5 for level, count in levels]

    def likeness(self, other: Clause) -> float:
        """How many characters the clauses share, weighed by their tones; 0 where length or pause differ."""
        if len(self.shares) != len(other.shares) or self.stop != other.stop:
            return 0.0
        apart = sum(abs(a - b) for a, b in zip(self.shares, other.shares, strict=True))
        return max(0.0, len(self.shares) - apart / 0.6)


def known_ends(tune: str, length: int, stops: Collection[int]) -> tuple[int, ...]:
    """Where the stanzas of a shape end but the last, if a known poem tells (`tune_ends.tsv`); else nothing.

    Of several poems, the one whose stanzas end where a sentence of the shape ends (`stops`).
    """
    return next((ends for ends in _known().get((tune, length), ()) if set(ends) <= set(stops)), ())


@cache
def _known() -> dict[tuple[str, int], list[tuple[int, ...]]]:
    found: dict[tuple[str, int], list[tuple[int, ...]]] = {}
    for line in Path(__file__).with_name("tune_ends.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            tune, length, ends, *_ = line.split("\t")
            found.setdefault((tune, int(length)), []).append(tuple(map(int, ends.split())))
    return found


def clauses(marks: Mapping[int, str], stops: Sequence[int], levels: Sequence[tuple[int, int]]) -> list[Clause]:
    """The clauses of a shape. `levels` tells for every place how many readings are level, of how many."""
    return [Clause(end, end in stops, levels[start:end]) for start, end in pairwise((0, *sorted(marks)))]


def divide(shape: Sequence[Clause], rhymes: Mapping[int, str]) -> tuple[int, ...]:
    """Where the stanzas end, but the last: after the sentence that leaves two parts most alike.

    A long tune may also have three stanzas, the first two alike (双拽头).
    """
    length = shape[-1].end
    scored = [(_score(shape, at, rhymes), at) for at, clause in enumerate(shape[:-1], 1) if clause.stop]
    if length < _SINGLE or not scored:
        return ()
    best, at = max(scored)
    if best < (_ALIKE if length < _PERHAPS_SINGLE else _HARDLY_ALIKE if length >= _LONG else best):
        return _doubled(shape)
    return _doubled(shape) or (shape[at - 1].end,)


def _score(clauses: Sequence[Clause], at: int, rhymes: Mapping[int, str]) -> float:
    """How well clause number `at` ends the first of two stanzas."""
    upper, lower, length = clauses[:at], clauses[at:], clauses[-1].end
    same_end = 0.0
    for one, other in zip(reversed(upper), reversed(lower), strict=False):
        alike = one.likeness(other)
        if 2 * alike < len(one.shares):
            break
        same_end += alike
    before, after = ({letter for at, letter in rhymes.items() if (at <= upper[-1].end) == early} for early in (1, 0))
    return (
        2 * _common(upper, lower) / length
        + 0.1 * min(1.0, 4 * same_end / length)
        - 0.8 * abs(2 * upper[-1].end - length) / length
        + 0.3 * (not before & after)
    )


def _common(upper: Sequence[Clause], lower: Sequence[Clause]) -> float:
    """The characters of the longest common sequence of clauses."""
    row = [0.0] * (len(lower) + 1)
    for one in upper:
        last, row = row, [0.0]
        for number, other in enumerate(lower):
            row.append(max(last[number + 1], row[-1], last[number] + one.likeness(other)))
    return row[-1]


def _doubled(clauses: Sequence[Clause]) -> tuple[int, ...]:
    """The ends of two stanzas at the head of a long tune that have the same clauses."""
    length = clauses[-1].end
    shapes = [(len(clause.shares), clause.stop) for clause in clauses]
    found = []
    for one, two in combinations([at for at, clause in enumerate(clauses[:-1], 1) if clause.stop], 2):
        ends = clauses[one - 1].end, clauses[two - 1].end
        sizes = ends[0], ends[1] - ends[0]
        if min(sizes) >= _STANZA and length - ends[1] >= _STANZA:
            blocks = SequenceMatcher(None, shapes[:one], shapes[one:two], autojunk=False).get_matching_blocks()
            same = sum(shapes[at][0] for block in blocks for at in range(block.a, block.a + block.size))
            found.append((2 * same / sum(sizes), ends))
    alike, ends = max(found, default=(0.0, (0, 0)))
    return ends if alike >= _DOUBLED and length > 100 else ()
