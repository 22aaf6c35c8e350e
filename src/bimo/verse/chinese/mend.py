"""Plans around lines that exist already: a poem to be mended, or a line to be answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bimo.text.errors import InputError
from bimo.verse.chinese.pattern import OPPOSITE, Alternative, Place, Size, Unit, Variant, variants
from bimo.verse.chinese.plan import Plan, feet
from bimo.verse.form import Form, find_form
from bimo.verse.readings import Book, book
from bimo.verse.scansion import Policy


def mending(form: Form, lines: Sequence[str], *, book_id: str = "", policy: Policy = "strict") -> Plan:
    """A plan that keeps every character of a poem but those that break the form, and frees as few as possible.

    Raises InputError where no shape of the form has these line lengths.
    """
    found = book(book_id or form.rules.get("book", "cilin"))
    lengths = tuple(map(len, lines))
    shapes = variants(form, Size(len(lines), lengths[0] if len(set(lengths)) == 1 else 0))
    shapes = tuple(shape for shape in shapes if shape.lengths == lengths)
    if not shapes:
        raise InputError("verse.no_shape", form=form.names["zh"], lengths=", ".join(map(str, lengths)))
    plans = [_kept(form, shape, found, lines, policy) for shape in shapes]
    return max(plans, key=lambda plan: len(plan.fixed))


def _kept(form: Form, shape: Variant, found: Book, lines: Sequence[str], policy: Policy) -> Plan:
    places = tuple(place for unit in shape.units for place in unit.lines)
    stanzas = tuple(unit.stanza for unit in shape.units for _ in unit.lines)
    tones: tuple[str, ...] = ()
    for unit in shape.units:
        own = lines[len(tones) : len(tones) + len(unit.lines)]
        # What a 拗救 excuses need not be mended.
        tones += max(unit.alternatives, key=lambda each: _agreement(each, own, found)).tones
    groups = _groups(places, lines, found, policy)
    fixed = {}
    seen: set[str] = set()
    for number, (line, place) in enumerate(zip(lines, places, strict=True)):
        for at, char in enumerate(line):
            if not _fits(char, tones[number][at], found):
                continue
            if at == len(line) - 1 and place.rhyme:
                if groups[place.rhyme] not in found.rhymes(char, "any") or char in seen:
                    continue
                seen.add(char)
            fixed[number, at] = char
    return Plan(form, shape, found, policy, places, tones, groups, fixed, stanzas)


def _agreement(each: Alternative, lines: Sequence[str], found: Book) -> tuple[int, bool]:
    pairs = zip("".join(lines), "".join(each.tones), strict=True)
    return sum(_fits(char, tone, found) for char, tone in pairs), not each.rule


def _fits(char: str, tone: str, found: Book) -> bool:
    return bool(found.readings(char)) and (tone == "中" or found.fits(char, tone, "any"))


def _groups(places: Sequence[Place], lines: Sequence[str], found: Book, policy: Policy) -> dict[str, str]:
    """For each rhyme the group of most of its feet; where none has one, the widest of the book."""
    settled: dict[str, str] = {}
    for letter in dict.fromkeys(place.rhyme for place in places if place.rhyme):
        tone = "平" if letter.isupper() else "仄"
        partner = settled.get(letter.swapcase())
        fellows = [
            group.id
            for group in found.groups.values()
            if group.tone == tone and (partner is None or group.part == found.groups[partner].part)
        ]
        votes = Counter(
            group
            for line, place in zip(lines, places, strict=True)
            if place.rhyme == letter
            for group in found.rhymes(line[-1], "any")
            if group in fellows
        )
        widest = max(fellows, key=lambda id: len(feet(found.id, id, policy)))
        settled[letter] = max(votes, key=lambda id: votes[id]) if votes else widest
    return settled


def answering(upper: str, *, book_id: str = "", policy: Policy = "strict") -> Plan:
    """A plan for the line that answers `upper` in a couplet (对句): opposed at the even places and at the end.

    Raises InputError for a character without a reading.
    """
    form = find_form("对联")
    found = book(book_id or form.rules["book"])
    for char in upper:
        if not found.readings(char):
            raise InputError("verse.no_reading", char=char, book=found.names["zh"])
    last = len(upper) - 1
    lower = ""
    for at, char in enumerate(upper):
        tones = found.tones(char, "any")
        bound = (at % 2 == 1 or at == last) and len(tones) == 1
        lower += OPPOSITE[next(iter(tones))] if bound else "中"
    places = (Place(len(upper), "", "，"), Place(len(upper), "", "。"))
    unit = Unit(places, (Alternative(("中" * len(upper), lower)),))
    fixed = {(0, at): char for at, char in enumerate(upper)}
    return Plan(form, Variant("", (unit,)), found, policy, places, ("中" * len(upper), lower), {}, fixed, (0, 0))
