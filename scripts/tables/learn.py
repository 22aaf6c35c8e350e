"""What regulated verse tells about characters with several readings: tones at fixed places, groups at rhymes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from scripts.tables.corpus import Poem

# The fixed places of the four kinds of line, counted from the end of the line (-1 is the foot), and their tones. In B
# the third from the end is oblique, or three level tones would stand there.
_LINES = {
    "a": {-4: "平", -2: "仄", -1: "仄"},
    "A": {-4: "平", -2: "仄", -1: "平"},
    "b": {-4: "仄", -2: "平", -1: "仄"},
    "B": {-4: "仄", -3: "仄", -2: "平", -1: "平"},
}
_FLIP = {"平": "仄", "仄": "平"}
_SEQUENCES = ("bAaB", "aBbA", "BAaB", "ABbA")
_LEVEL = 30


@dataclass
class Evidence:
    """Counts by character: of tones at fixed places, and of 平水 groups at the feet of level rhymes."""

    poems: int = 0
    tones: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    groups: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))


def learn(poems: Iterable[Poem], groups: Mapping[str, set[int]]) -> Evidence:
    """Count in the poems that fit exactly one of the four templates; `groups` are a character's 平水 groups."""
    evidence = Evidence()
    tones = {char: {"平" if group < _LEVEL else "仄" for group in found} for char, found in groups.items()}
    for poem in poems:
        fits = list(_templates(poem.clauses, tones))
        if len(fits) != 1:
            continue
        evidence.poems += 1
        for line, kind in zip(poem.clauses, fits[0], strict=True):
            for place, tone in _places(kind, len(line)):
                if len(tones.get(line[place], ())) == 2:
                    evidence.tones[line[place]][tone] += 1
        feet = [line[-1] for line, kind in zip(poem.clauses, fits[0], strict=True) if kind.isupper()]
        common = set.intersection(*(groups.get(foot, set()) for foot in feet))
        level = {group for group in common if group < _LEVEL}
        if len(level) == 1:
            for foot in feet:
                evidence.groups[foot][next(iter(level))] += 1
    return evidence


def _templates(lines: tuple[str, ...], tones: Mapping[str, set[str]]) -> Iterator[str]:
    """The sequences of kinds of line that the poem fits in some reading of each character."""
    if len(lines) not in (4, 8) or len(lines[0]) not in (5, 7) or len({*map(len, lines)}) != 1:
        return
    for sequence in _SEQUENCES:
        # Only the first line of all may rhyme in its place.
        kinds = (sequence + sequence[0].lower() + sequence[1:])[: len(lines)]
        if all(
            tone in tones.get(line[place], (tone,))
            for line, kind in zip(lines, kinds, strict=True)
            for place, tone in _places(kind, len(line))
        ):
            yield kinds


def _places(kind: str, length: int) -> Iterator[tuple[int, str]]:
    yield from _LINES[kind].items()
    if length == 7:
        yield -6, _FLIP[_LINES[kind][-4]]
