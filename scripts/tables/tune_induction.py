"""What poets kept to when they wrote to a tune: lengths, pauses, rhymes and tones, induced from their poems.

1. The poems of a tune are sorted by length, by the places of their rhymes, and by the tones of their feet.
2. Between two rhymes a tune may pause in several ways (5，4 or 3、6) and have several kinds of tones (平起, 仄起).
   Each way that at least 3 % take is an option, and each combination of options that is met is a variant.
3. Feet that agree in their part of 词林正韵 in most poems are one rhyme.
4. A place is free (中) where more than 5 % of the poems have the rarer tone. Where poems are few, the places of rich
   tunes that stand alike in their clauses tell how likely that is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import combinations, pairwise
from typing import Final

from scripts.tables.tune_poems import Poem
from scripts.tables.tune_stanzas import clauses, divide

from bimo.verse.readings import book

# A shape counts from this many poems on, and from this share of the poems of its tune.
LEAST: Final = 5
SHARE: Final = 0.03
# A place is free where more than this share of the poems has its rarer tone.
FREE: Final = 0.05
# From this many readings on, a place speaks for itself.
RICH: Final = 60
# Among fewer readings than this a single one of the other tone makes a place free; among more it may be a slip.
_FEW: Final = 8
# Two groups of feet are one rhyme where their pairs agree at least this often; a foot without a full stop is a rhyme
# where it agrees with a rhyme this often.
_ONE_RHYME: Final = 0.6
_RHYMES: Final = 0.8
# Two places of a stretch go together from this correlation on.
_BOND: Final = 0.7
# The fewest poems of a kind; among fewer, places go together by chance.
_KIND: Final = 8
_OPPOSITE: Final = {"平": "仄", "仄": "平", "": ""}

Breaks = tuple[tuple[int, str], ...]


@cache
def tone(char: str) -> str:
    """The tone of a character, empty where it has both or is unknown."""
    found = book("cilin").tones(char, "any")
    return next(iter(found)) if len(found) == 1 else ""


@cache
def parts(char: str) -> frozenset[str]:
    """The parts of 词林正韵 in which a character rhymes, whatever its tone."""
    known = book("cilin")
    return frozenset(known.groups[group].part for group in known.rhymes(char, "any"))


@dataclass(frozen=True, eq=False)
class Variant:
    """One shape of a tune. `marks` and `rhymes` are by the number of characters before them; `bars` end stanzas.

    `known` tells that a poem of 宋词三百首 has it.
    """

    tones: str
    marks: Mapping[int, str]
    rhymes: Mapping[int, str]
    bars: tuple[int, ...]
    count: int
    known: bool = False

    @cached_property
    def pattern(self) -> str:
        """The pattern as the table of tunes writes it."""
        return "".join(
            tone + self.rhymes.get(at, "") + self.marks.get(at, "") + ("|" if at in self.bars else "")
            for at, tone in enumerate(self.tones, 1)
        )

    def has_shape(self, poem: Poem) -> bool:
        """Whether the poem has these clauses; a pause within a clause (、) may be missing on either side."""
        firm = {at for at, mark in self.marks.items() if mark != "、"}
        return len(poem.chars) == len(self.tones) and poem.firm <= self.marks.keys() and firm <= poem.pauses


@dataclass(frozen=True, eq=False)
class Family:
    """Poems of one tune with the same length, the same places of rhymes and the same tones of feet."""

    poems: tuple[Poem, ...]
    stops: tuple[int, ...]

    @cached_property
    def units(self) -> list[dict[Breaks, list[Poem]]]:
        """For each stretch between two stops the ways to pause in it, with the poems that do, the usual way first."""
        found = []
        for start, end in pairwise((0, *self.stops)):
            ways: dict[Breaks, list[Poem]] = defaultdict(list)
            for poem in self.poems:
                ways[tuple((at, mark) for at, mark in sorted(poem.marks.items()) if start < at < end)].append(poem)
            found.append(_merged(ways))
        return found

    def split(self, enough: float) -> list[list[tuple[Breaks, list[Poem]]]]:
        """`units` with the ways divided further by kinds of tones, as 平起 and 仄起."""
        return [
            [(breaks, kind) for breaks, poems in ways.items() for kind in _kinds(poems, start, end, enough)]
            for ways, (start, end) in zip(self.units, pairwise((0, *self.stops)), strict=True)
        ]


def induce(tunes: Mapping[str, Sequence[Poem]], least: Mapping[str, int]) -> dict[str, list[Variant]]:
    """The variants of every tune, the most used first. `least` is how many poems of a tune make a shape of it."""
    found = {tune: families(poems, least[tune]) for tune, poems in tunes.items()}
    prior = Prior(family for each in found.values() for family in each)
    return {
        tune: _united(
            variant
            for family in found[tune]
            for variant in _variants(family, max(least[tune], SHARE * len(poems)), 0.01 * len(poems), prior)
        )
        for tune, poems in tunes.items()
    }


def _united(variants: Iterable[Variant]) -> list[Variant]:
    """Variants of one pattern are one; the most used first, then those of known poems."""
    found: dict[str, Variant] = {}
    for each in variants:
        same = found.get(each.pattern, replace(each, count=0, known=False))
        found[each.pattern] = replace(same, count=same.count + each.count, known=same.known or each.known)
    return sorted(found.values(), key=lambda variant: (-variant.count, not variant.known))


class Prior:
    """How free the places of rich tunes are, by the length of the clause and the place in it."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._shares: dict[tuple[int, int], list[float]] = defaultdict(list)
        self._free = cache(self._is_free)
        for family in families:
            if len(family.poems) >= RICH:
                supporters, marks = _usual(family)
                levels, places = _levels(supporters, family.stops), _places(marks)
                for place, (level, count) in zip(places, levels, strict=True):
                    if count >= RICH:
                        self._shares[place].append((level + 0.5) / (count + 1))

    def slot(self, place: tuple[int, int], level: int, count: int) -> str:
        """平, 仄 or 中 for a place where `level` of `count` readings are level."""
        if self._free(place, level, count):
            return "中"
        return "平" if 2 * level > count else "仄"

    def _is_free(self, place: tuple[int, int], level: int, count: int) -> bool:
        rarer = min(level, count - level)
        shares = self._shares[place]
        if rarer > FREE * count and (rarer > 1 or count < _FEW):
            return True
        if count >= RICH or len(shares) < LEAST:
            return count == 0 or rarer > FREE * count
        weights = [share**level * (1 - share) ** (count - level) for share in shares]
        free = sum(weight for weight, share in zip(weights, shares, strict=True) if FREE < share < 1 - FREE)
        return 2 * free > sum(weights)


def families(poems: Sequence[Poem], least: int) -> list[Family]:
    """The families of a tune that have enough poems, and those of poems that everybody knows."""
    enough = max(least, SHARE * len(poems))
    found = []
    lengths: dict[int, list[Poem]] = defaultdict(list)
    for poem in poems:
        lengths[len(poem.chars)].append(poem)
    for rest in lengths.values():
        while len(rest) >= enough:
            stops = Counter(poem.stops for poem in rest).most_common(1)[0][0]
            members = [poem for poem in rest if stops <= poem.pauses]
            rest = [poem for poem in rest if not stops <= poem.pauses]
            if len(members) >= enough:
                found += _by_feet(members, tuple(sorted(stops)), enough)
    placed = {poem for family in found for poem in family.poems}
    return found + [Family((poem,), tuple(sorted(poem.stops))) for poem in poems if poem.known and poem not in placed]


def _by_feet(poems: Sequence[Poem], stops: tuple[int, ...], enough: float) -> list[Family]:
    """Divide poems by the tones of their feet: a tune may have a level and an oblique form."""
    feet = {poem: [tone(poem.chars[stop - 1]) for stop in stops] for poem in poems}

    def distance(poem: Poem, centre: Sequence[str]) -> int:
        return sum(found not in ("", wanted) for found, wanted in zip(feet[poem], centre, strict=True))

    found, rest = [], list(poems)
    while len(rest) >= enough:
        votes = Counter(tuple(feet[poem]) for poem in rest if all(feet[poem]))
        centre = votes.most_common(1)[0][0] if votes else _majority(feet[poem] for poem in rest)
        members = [poem for poem in rest if distance(poem, centre) <= len(stops) / 5]
        if len(members) >= enough:
            found.append(Family(tuple(members), stops))
        gone = set(members) or {poem for poem in rest if tuple(feet[poem]) == centre}
        rest = [poem for poem in rest if poem not in gone] if gone else []
    return found


def _majority(feet: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(max("平仄", key=column.count) for column in zip(*feet, strict=True))


def _merged(ways: Mapping[Breaks, list[Poem]]) -> dict[Breaks, list[Poem]]:
    """Ways that differ only in their marks, or in a pause within a clause, are one: the usual one of them."""
    merged: dict[Breaks, list[Poem]] = {}
    for breaks, poems in sorted(ways.items(), key=lambda item: -len(item[1])):
        same = next((other for other in merged if _same(breaks, other)), breaks)
        merged.setdefault(same, []).extend(poems)
    return dict(sorted(merged.items(), key=lambda item: -len(item[1])))


def _same(one: Breaks, other: Breaks) -> bool:
    firm_one, firm_other = ({at for at, mark in breaks if mark != "、"} for breaks in (one, other))
    return firm_one <= {at for at, _ in other} and firm_other <= {at for at, _ in one}


def _kinds(poems: list[Poem], start: int, end: int, enough: float) -> list[list[Poem]]:
    """Divide poems where two places of a stretch go together: both change their tone or neither does."""
    bonds = {pair: _bond(_pairs(poems, *pair)) for pair in combinations(range(start, end), 2)}
    one, other = max(bonds, key=lambda pair: abs(bonds[pair]), default=(0, 0))
    bond = bonds.get((one, other), 0.0)
    sides: dict[str, list[Poem]] = {"平": [], "仄": [], "": []}
    for poem in poems:
        second = tone(poem.chars[other])
        sides[tone(poem.chars[one]) or (second if bond > 0 else _OPPOSITE[second])].append(poem)
    kinds = [sides["平"], sides["仄"]]
    if abs(bond) < _BOND or min(map(len, kinds)) < max(enough, _KIND):
        return [poems]
    return sorted((each for kind in kinds for each in _kinds(kind, start, end, enough)), key=len, reverse=True)


def _pairs(poems: Iterable[Poem], one: int, other: int) -> Counter[tuple[str, str]]:
    return Counter((tone(poem.chars[one]), tone(poem.chars[other])) for poem in poems)


def _bond(pairs: Mapping[tuple[str, str], int]) -> float:
    """The correlation (φ) of two places, from the counts of their pairs of tones."""
    (ll, lo), (ol, oo) = ([pairs.get((a, b), 0) for b in "平仄"] for a in "平仄")
    product = (ll + lo) * (ol + oo) * (ll + ol) * (lo + oo)
    return (ll * oo - lo * ol) / product**0.5 if product else 0.0


def _variants(family: Family, enough: float, rare: float, prior: Prior) -> list[Variant]:
    """A variant for each combination of ways that enough poems take and more than a rare poem combines.

    The usual combination, and those of poems that everybody knows, count in any case.
    """
    units = family.split(enough)
    way_of = [{poem: number for number, (_, poems) in enumerate(ways) for poem in poems} for ways in units]
    taken = Counter(
        tuple(ways[poem] for ways in way_of) for poem in family.poems if all(poem in ways for ways in way_of)
    )
    rhymes = scheme(family)
    supporters, marks = _usual(family)
    bars = divide(clauses(marks, family.stops, _levels(supporters, family.stops)), rhymes)
    found = []
    for number, (way, count) in enumerate(taken.most_common()):
        chosen = [ways[option] for ways, option in zip(units, way, strict=True)]
        usual = count >= max(2, rare) and all(len(poems) >= enough for _, poems in chosen)
        known = any(poem.known for poem in set.intersection(*(set(poems) for _, poems in chosen)))
        if number == 0 or usual or known:
            found.append(_variant(family, chosen, count, known, prior, rhymes, bars))
    return found


def _variant(
    family: Family,
    chosen: Sequence[tuple[Breaks, list[Poem]]],
    count: int,
    known: bool,
    prior: Prior,
    rhymes: Mapping[int, str],
    bars: tuple[int, ...],
) -> Variant:
    marks = {stop: "。" for stop in family.stops} | dict(pause for breaks, _ in chosen for pause in breaks)
    levels = _levels([poems for _, poems in chosen], family.stops)
    tones = [prior.slot(place, *counted) for place, counted in zip(_places(marks), levels, strict=True)]
    letters = {at: letter for at, letter in {**rhymes, **_further(chosen, rhymes)}.items() if at in marks}
    names: dict[str, str] = {}
    for at, letter in sorted(letters.items()):
        level, readings = levels[at - 1]
        tones[at - 1] = "平" if 2 * level > readings else "仄"
        name = names.setdefault(letter, chr(ord("A") + len(names)))
        letters[at] = name if tones[at - 1] == "平" else name.lower()
    return Variant("".join(tones), marks, letters, bars, count, known)


def _usual(family: Family) -> tuple[list[list[Poem]], dict[int, str]]:
    """The poems that pause in the usual way, stretch by stretch, and that way."""
    ways = [next(iter(ways.items())) for ways in family.units]
    marks = {stop: "。" for stop in family.stops} | dict(pause for breaks, _ in ways for pause in breaks)
    return [poems for _, poems in ways], marks


def _levels(supporters: Sequence[Sequence[Poem]], stops: Sequence[int]) -> list[tuple[int, int]]:
    """For every place how many readings are level, of how many; characters with both tones do not count."""
    found = []
    for poems, (start, end) in zip(supporters, pairwise((0, *stops)), strict=True):
        for at in range(start, end):
            tones = Counter(tone(poem.chars[at]) for poem in poems)
            found.append((tones["平"], tones["平"] + tones["仄"]))
    return found


def _places(marks: Mapping[int, str]) -> list[tuple[int, int]]:
    """For every character the length of its clause and its place in it."""
    return [(end - start, at) for start, end in pairwise((0, *sorted(marks))) for at in range(end - start)]


def scheme(family: Family) -> dict[int, str]:
    """Which places rhyme with which: the same letter, by average linkage; those that rhyme with none are left out.

    Where full stops do not mark the rhymes, every pause may be one.
    """
    poems = family.poems
    marked = 2 * sum(poem.marked for poem in poems) >= len(poems)
    pauses = Counter(at for poem in poems for at in poem.firm)
    places = family.stops if marked else sorted(at for at, count in pauses.items() if count >= _RHYMES * len(poems))
    enough = _ONE_RHYME if marked else _RHYMES
    agree = {pair: _agreement(poems, *pair) for pair in combinations(places, 2)}
    groups = [[place] for place in places]

    def linkage(one: Sequence[int], other: Sequence[int]) -> float:
        return sum(agree[min(a, b), max(a, b)] for a in one for b in other) / (len(one) * len(other))

    while len(groups) > 1:
        one, other = max(combinations(groups, 2), key=lambda pair: linkage(*pair))
        if linkage(one, other) < enough:
            break
        groups = [group for group in groups if group not in (one, other)] + [one + other]
    groups = [group for group in groups if len(group) > 1]
    return {place: chr(ord("A") + number) for number, group in enumerate(groups) for place in group}


def _agreement(poems: Iterable[Poem], one: int, other: int) -> float:
    """The share of poems in which the characters before two places have a part in common."""
    pairs = [(parts(poem.chars[one - 1]), parts(poem.chars[other - 1])) for poem in poems]
    known = [bool(first & second) for first, second in pairs if first and second]
    return sum(known) / len(known) if known else 0.0


def _further(chosen: Iterable[tuple[Breaks, list[Poem]]], rhymes: Mapping[int, str]) -> dict[int, str]:
    """Rhymes where editors put no full stop."""
    found = {}
    for breaks, poems in chosen:
        for at, mark in breaks if len(poems) >= LEAST else ():
            for letter in sorted(set(rhymes.values())):
                places = [place for place, other in rhymes.items() if other == letter and place != at]
                if (
                    at not in rhymes
                    and mark != "、"
                    and sum(_agreement(poems, at, place) for place in places) >= _RHYMES * len(places)
                ):
                    found[at] = letter
    return found
