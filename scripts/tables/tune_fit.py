"""How a poem fits a variant of its tune, by 词林正韵, any reading taken: what stands at the wrong tone or rhyme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from scripts.tables.tune_induction import Variant

from bimo.verse.readings import book


@dataclass(frozen=True, slots=True)
class Fit:
    """Places, counted from 0: of wrong tones, of feet outside their rhyme, of feet in a neighbouring part only."""

    tones: tuple[int, ...]
    rhymes: tuple[int, ...]
    near: tuple[int, ...]
    unknown: tuple[int, ...]

    @property
    def errors(self) -> int:
        """Wrong tones and wrong rhymes."""
        return len(self.tones) + len(self.rhymes)

    @property
    def perfect(self) -> bool:
        """Whether nothing is wrong, doubtful or unknown."""
        return not (self.errors or self.near or self.unknown)


@cache
def tones(char: str) -> frozenset[str]:
    """Every tone of a character, by both old books."""
    return book("cilin").tones(char, "any") | book("pingshui").tones(char, "any")


@cache
def feet(char: str, level: bool) -> frozenset[str]:
    """The parts of 词林正韵 in which a character is a level or an oblique foot."""
    known = book("cilin")
    groups = (known.groups[group] for group in known.rhymes(char, "any"))
    return frozenset(group.part for group in groups if (group.tone == "平") == level)


@cache
def neighbours(part: str) -> frozenset[str]:
    """The parts that verse rhymes with this one now and then."""
    known = book("cilin")
    groups = [group for group in known.groups.values() if group.part == part]
    return frozenset(known.groups[other].part for group in groups for other in known.neighbours(group.id))


def fit(chars: str, variant: Variant) -> Fit:
    """Compare a poem of the variant's length with it."""
    known = book("cilin")
    unknown = tuple(at for at, char in enumerate(chars) if not known.tones(char, "any"))
    wrong = tuple(
        at
        for at, (char, wanted) in enumerate(zip(chars, variant.tones, strict=True))
        if wanted != "中" and at not in unknown and wanted not in known.tones(char, "any")
    )
    outside, near = [], []
    classes: dict[str, list[int]] = defaultdict(list)
    for at, letter in variant.rhymes.items():
        if at - 1 not in unknown and at - 1 not in wrong:
            classes[letter.upper()].append(at - 1)
    for places in classes.values():
        found = {at: feet(chars[at], variant.rhymes[at + 1].isupper()) for at in places}
        part = _best(found.values())
        outside += [at for at in places if part not in found[at] and not found[at] & neighbours(part)]
        near += [at for at in places if part not in found[at] and found[at] & neighbours(part)]
    return Fit(wrong, tuple(sorted(outside)), tuple(sorted(near)), unknown)


def _best(found: Iterable[frozenset[str]]) -> str:
    """The part in which most feet rhyme, counting neighbours for less."""
    sets = list(found)
    parts = sorted({part for each in sets for part in each})
    return max(parts, key=lambda part: sum(2 * (part in each) + bool(each & neighbours(part)) for each in sets))


def best(chars: str, variants: Sequence[Variant]) -> tuple[Variant, Fit]:
    """The variant that fits best, and how; the more used one where several do. Raises ValueError without variants."""
    fits = [(variant, fit(chars, variant)) for variant in variants]
    return min(fits, key=lambda each: (each[1].errors, len(each[1].near), -each[0].count))
