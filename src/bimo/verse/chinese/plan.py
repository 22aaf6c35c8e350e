"""A plan for a Chinese poem that is still to be written: which characters may stand at each place.

The plan settles what a model cannot: the shape of the form, the rhyme, and the characters that the writer has fixed.
Whatever is written with it has the form, whoever writes.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from bimo.text.errors import InputError
from bimo.verse.chinese.pattern import Alternative, Place, Size, Variant, variants
from bimo.verse.form import Form
from bimo.verse.readings import Book, Group, book, frequent
from bimo.verse.scansion import Policy

# Characters rarer than these make a poem that nobody can read.
COMMON: Final = 2600
# Written by old poets in other senses only, and by models as the modern particles that break the style.
_MODERN: Final = frozenset("的它")
# A rhyme needs this many times the characters that the poem takes, so that there is something to choose from.
_ROOM: Final = 3
# With this many times, a rhyme is as good as any wider one; a narrow one (十四盐) forces feet that make no sense.
_EASE: Final = 12


@dataclass(frozen=True, slots=True)
class Wish:
    """What the writer asked for. `rhyme` names a group; `heads` are first and `feet` last characters of lines.

    `heads` go to the lines from the first on (藏头), `feet` to the rhyming lines. `lines` are those already written.
    """

    rhyme: str = ""
    heads: str = ""
    feet: str = ""
    lines: tuple[str, ...] = ()
    book: str = ""
    policy: Policy = "strict"
    size: Size = field(default_factory=Size)


@dataclass(frozen=True, slots=True)
class Plan:
    """One shape of a form with its rhymes. `tones` has one string of 平, 仄 and 中 a line.

    `groups` gives each rhyme letter its group of `book`; `fixed` gives the characters that are settled, by line and
    place from 0.
    """

    form: Form
    variant: Variant
    book: Book
    policy: Policy
    places: tuple[Place, ...]
    tones: tuple[str, ...]
    groups: Mapping[str, str]
    fixed: Mapping[tuple[int, int], str] = field(default_factory=dict)
    stanzas: tuple[int, ...] = ()

    def choices(self, line: int, *, without: Collection[str] = ()) -> tuple[str, ...]:
        """The characters that may stand at each place of a line, the most frequent first.

        `without` are characters that stand elsewhere in the poem; where nothing would be left they are allowed again.
        """
        place, tones = self.places[line], self.tones[line]
        found = []
        for at, tone in enumerate(tones):
            if (line, at) in self.fixed:
                found.append(self.fixed[line, at])
                continue
            foot = at == len(tones) - 1 and place.rhyme
            allowed = self._feet(place.rhyme) if foot else _alphabet(self.book.id, tone, self.policy)
            left = "".join(char for char in allowed if char not in without)
            found.append(left or allowed)
        return tuple(found)

    def _feet(self, letter: str) -> str:
        return feet(self.book.id, self.groups[letter], self.policy)

    def write(self, lines: Sequence[str]) -> str:
        """The lines with the marks of the form: a written line to a sentence, a blank line between stanzas."""
        text = ""
        for number, (line, place) in enumerate(zip(lines, self.places, strict=False)):
            if number and self.stanzas[number] != self.stanzas[number - 1]:
                text += "\n"
            text += line + place.mark + ("\n" if place.mark == "。" else "")
        return text.rstrip("\n")


@cache
def _alphabet(book_id: str, tone: str, policy: Policy) -> str:
    found = book(book_id)
    if tone == "中":
        chars = "".join(char for char in frequent()[:COMMON] if found.readings(char))
    else:
        chars = found.alphabet(tone, policy, COMMON)
    return "".join(char for char in chars if char not in _MODERN)


@cache
def feet(book_id: str, group: str, policy: Policy) -> str:
    """The characters that are offered as rhymes of a group: among the more frequent ones of verse."""
    members = book(book_id).members(group, policy)
    usual = frozenset(frequent()[: COMMON + 900])
    return "".join(char for char in members if char in usual) or members


def plan(form: Form, wish: Wish, *, relevance: Mapping[str, float], chance: random.Random) -> Plan:
    """Settle shape and rhyme: of what the wish leaves open, what suits the theme.

    `relevance` gives characters that go with the theme their weight. Raises InputError where wishes contradict the
    form or each other.
    """
    shapes = variants(form, wish.size)
    if not shapes:
        raise InputError("verse.no_pattern", form=form.names["zh"])
    found = book(wish.book or form.rules.get("book", "cilin"))
    wish_lines = max(len(shape.lengths) for shape in shapes)
    if len(wish.heads) > wish_lines:
        raise InputError("verse.heads_long", heads=wish.heads, lines=wish_lines, form=form.names["zh"])
    for char in (*wish.heads, *wish.feet, *"".join(wish.lines)):
        if not found.readings(char):
            raise InputError("verse.no_reading", char=char, book=found.names["zh"])
    problem: InputError | None = None
    for shape in _by_use(shapes, chance):
        try:
            return _settled(form, shape, found, wish, relevance, chance)
        except InputError as error:
            problem = problem or error
    assert problem is not None
    raise problem


def _by_use(shapes: Sequence[Variant], chance: random.Random) -> list[Variant]:
    """The usual shape first: of equal ones (regulated verse counts none) any of the first two."""
    first, *rest = shapes
    if rest and first.count == rest[0].count and chance.random() < 0.5:
        first, rest[0] = rest[0], first
    return [first, *rest]


def _settled(
    form: Form, shape: Variant, found: Book, wish: Wish, relevance: Mapping[str, float], chance: random.Random
) -> Plan:
    places = tuple(place for unit in shape.units for place in unit.lines)
    stanzas = tuple(unit.stanza for unit in shape.units for _ in unit.lines)
    tones = tuple(line for unit in shape.units for line in _regular(unit.alternatives))
    if len(wish.heads) > len(places):
        raise InputError("verse.heads_long", heads=wish.heads, lines=len(places), form=form.names["zh"])
    fixed = {(line, 0): char for line, char in enumerate(wish.heads)}
    for line, text in enumerate(wish.lines[: len(places)]):
        if len(text) != places[line].length:
            raise InputError("verse.line_length", line=text, found=len(text), expected=places[line].length)
        fixed.update({(line, at): char for at, char in enumerate(text)})
    rhyming = [line for line, place in enumerate(places) if place.rhyme]
    if len(wish.feet) > len(rhyming):
        raise InputError("verse.feet_many", feet=wish.feet, rhymes=len(rhyming), form=form.names["zh"])
    fixed.update({(line, places[line].length - 1): char for line, char in zip(rhyming, wish.feet, strict=False)})
    for (line, at), char in sorted(fixed.items()):
        tone = tones[line][at]
        if tone != "中" and not found.fits(char, tone, "any"):
            raise InputError("verse.fixed_tone", char=char, line=line + 1, place=at + 1, tone=tone)
    groups = _rhymes(places, fixed, found, wish, relevance, chance)
    return Plan(form, shape, found, wish.policy, places, tones, groups, fixed, stanzas)


def _regular(alternatives: Sequence[Alternative]) -> tuple[str, ...]:
    return next(each.tones for each in alternatives if not each.rule)


def _rhymes(
    places: Sequence[Place],
    fixed: Mapping[tuple[int, int], str],
    found: Book,
    wish: Wish,
    relevance: Mapping[str, float],
    chance: random.Random,
) -> dict[str, str]:
    """A group for each letter; capital and small share one part of the book."""
    settled: dict[str, str] = {}
    letters = dict.fromkeys(place.rhyme for place in places if place.rhyme)
    for letter in letters:
        tone = "平" if letter.isupper() else "仄"
        # 入声 parts have no level group, so they do not serve where a rhyme has both tones.
        shared = {group.part for group in found.groups.values() if group.tone != tone}
        own = [line for line, place in enumerate(places) if place.rhyme == letter]
        given = {line: char for line in own if (char := fixed.get((line, places[line].length - 1)))}
        partner = settled.get(letter.swapcase())
        allowed = [
            group
            for group in found.groups.values()
            if group.tone == tone
            and group.id not in settled.values()
            and (partner is None or found.groups[partner].part == group.part)
            and (letter.swapcase() not in letters or group.part in shared)
            and all(group.id in found.rhymes(char, "any") for char in given.values())
        ]
        if given and not allowed:
            raise InputError("verse.feet_apart", feet="".join(given.values()), book=found.names["zh"])
        if wish.rhyme and letter == places[own[0]].rhyme and not settled:
            allowed = _asked(found, wish.rhyme, tone, allowed)
        need = len(own) - len(given)
        # A poem of few words and one rhyme must not run out of feet; 换韵 has two feet to a rhyme.
        roomy = [group for group in allowed if len(feet(found.id, group.id, wish.policy)) >= _ROOM * need]
        wide = roomy or [group for group in allowed if len(feet(found.id, group.id, wish.policy)) >= need]
        if not wide:
            largest = max((len(feet(found.id, group.id, wish.policy)) for group in allowed), default=0)
            raise InputError("verse.rhyme_small", rhyme=wish.rhyme or letter, have=largest, need=need)
        weights = [_weight(feet(found.id, group.id, wish.policy), relevance, need) for group in wide]
        first, *rest = sorted(zip(weights, [group.id for group in wide], strict=True), reverse=True)[:4]
        best = [first, *(each for each in rest if each[0] >= first[0] / 2)]
        settled[letter] = chance.choices([id for _, id in best], [weight for weight, _ in best])[0]
    return settled


def _asked(found: Book, name: str, tone: str, allowed: Sequence[Group]) -> list[Group]:
    """The group that the writer named; where the line wants the other tone, its fellow of that tone."""
    group = found.find_group(name)
    fellows = [each for each in found.groups.values() if each.tone == tone and each.part == group.part]
    wanted = group if group.tone == tone else (fellows[0] if fellows else None)
    if wanted is None:
        raise InputError("verse.rhyme_tone", rhyme=group.id, tone=tone)
    if wanted not in allowed:
        raise InputError("verse.rhyme_taken", rhyme=wanted.id)
    return [wanted]


def _weight(members: str, relevance: Mapping[str, float], need: int) -> float:
    """How well a rhyme serves a theme: its characters that go with it, and that it has enough to choose from."""
    fitting = 0.02 + sum(relevance.get(char, 0.0) for char in members)
    return fitting * min(1.0, len(members) / (_EASE * max(1, need)))
