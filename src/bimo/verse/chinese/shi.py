"""Regulated verse (近体诗): 绝句, 律诗 and 排律, read against the types of line and the ties between them.

Each couplet may be of any type; the reading with the least faults is taken, where a broken tie (失对, 失粘) costs less
than the wrong tones it would else be told as. So a line of the wrong type is one finding, not seven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span
from bimo.verse.chinese.ear import Ear, ear
from bimo.verse.chinese.feet import Foot, judge, main_part
from bimo.verse.chinese.lines import MANY, cut, place, repeated, same_places, scanned, strange, whole
from bimo.verse.chinese.pattern import OPPOSITE, couplet
from bimo.verse.faults import fault
from bimo.verse.form import Form, all_forms
from bimo.verse.kinds import Checked
from bimo.verse.layout import Line, Poem
from bimo.verse.scansion import Policy, ScannedLine

# What a fault costs when readings of the whole poem are compared: a wrong tone, a broken tie, a first line that ends
# level without rhyming, and the alternatives of a couplet in their order of preference.
_TONE, _TIE, _FIRST = 16, 10, 12
_RULE_COST: Final = {"": 0, "小拗": 1, "孤平拗救": 2, "对句相救": 2, "特拗": 2, "三仄尾": 3}


class _Fit(NamedTuple):
    """A line read as one type. `rule` excuses it, `miss` has a bit for each wrong tone."""

    tones: str
    rule: str
    miss: int


class _Couplet(NamedTuple):
    """A couplet read one way: the second tones of both lines, and how each line fits."""

    cost: int
    upper: str
    lower: str
    rhymed: bool
    fits: tuple[_Fit, _Fit]


# By the second tone of a couplet and whether its first line rhymes: for each alternative the wrong tones of a line, as
# bits, if it is the upper and if it is the lower one.
_Fits = dict[tuple[str, bool], tuple[tuple[int, ...], ...]]
# The couplets read so far, the last one first.
_Way = tuple[_Couplet, "_Way | None"]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """All that the report of one poem needs."""

    poem: Poem
    lines: tuple[Line, ...]
    ear: Ear
    length: int


def check(poem: Poem, form: Form, *, book: str | None, policy: Policy) -> Checked:
    """Read the poem as regulated verse; see `bimo.verse.kinds.Kind`."""
    heard = ear(book or form.rules["book"], policy)
    length = form.rules["length"]
    sheet = _Sheet(poem, cut(poem.lines, length), heard, length)
    findings = [*strange(poem, sheet.lines, heard), *_sizes(sheet, form)]
    if not sheet.lines:
        return Checked(form, "", heard.book.id, (), tuple(findings))
    path = read([_masks(line, sheet) for line in sheet.lines], length, _first_rhymes(sheet))
    rhymed = path[0].rhymed
    # A line of the wrong length seldom ends where it should, so its foot is not judged.
    feet = [foot for foot in _feet(sheet.lines, rhymed) if len(sheet.lines[foot.line].text) == length]
    rhyme = judge(feet, heard)
    findings += rhyme.findings
    found: list[ScannedLine] = []
    for number, line in enumerate(sheet.lines):
        pair = path[number // 2]
        fit = pair.fits[number % 2]
        if len(line.text) != length:
            fit = _Fit("", "", 0)
        is_foot = number % 2 == 1 or (number == 0 and rhymed)
        miss = fit.miss & ~(1 << length - 1) if is_foot else fit.miss
        findings += _tone_faults(sheet, number, pair, miss)
        bad = miss | (1 << len(line.text) - 1 if number in rhyme.bad else 0)
        group = rhyme.groups.get(number, "")
        marks, rare = scanned(line, heard, fit.tones, bad=bad, rhyme="A" if is_foot else "", group=group)
        found.append(marks)
        findings += rare
    findings += _ties(sheet, path)
    findings += repeated(sheet.lines) if len(sheet.lines) <= 8 else ()
    for number in form.rules.get("parallel", ()):
        if number * 2 + 1 < len(sheet.lines):
            findings += same_places(sheet.lines[number * 2], sheet.lines[number * 2 + 1], Severity.HINT)
    variant = f"{path[0].upper}起首句{'' if rhymed else '不'}入韵"
    return Checked(form, variant, heard.book.id, tuple(found), tuple(findings))


def candidates(poem: Poem) -> Sequence[Form]:
    """The forms of regulated verse of the poem's size, or of the size that most of its lines have."""
    sizes = [len(line.text) for line in poem.lines]
    total = sum(sizes)
    found = []
    for form in _forms():
        length, lines = form.rules["length"], form.rules["lines"]
        number = total / length
        if len(cut(poem.lines, length)) == number and sizes:
            fits = number == lines or (bool(form.rules.get("longer")) and number >= 10 and number % 2 == 0)
        else:
            fits = abs(len(sizes) - lines) <= 1 and sizes.count(length) >= 0.7 * lines
        if fits:
            found.append(form)
    return found


@cache
def _forms() -> tuple[Form, ...]:
    return tuple(form for form in all_forms().values() if form.kind == "shi")


def _sizes(sheet: _Sheet, form: Form) -> list[Finding]:
    """Findings on the number of lines and on their lengths."""
    found = []
    number, wanted = len(sheet.lines), form.rules["lines"]
    longer = bool(form.rules.get("longer"))
    if number and (number < 10 or number % 2 if longer else number != wanted):
        expected = "10+" if longer else wanted
        found.append(fault("verse.wrong_lines", whole(sheet.poem), expected=expected, found=number))
    wrong = [(number, line) for number, line in enumerate(sheet.lines, 1) if len(line.text) != sheet.length]
    for number, line in wrong[:MANY]:
        size = len(line.text)
        found.append(fault("verse.wrong_length", line.span, line=number, expected=sheet.length, found=size))
    return found


def _masks(line: Line, sheet: _Sheet) -> tuple[int, int]:
    """Where the line fits level and oblique; everywhere, if its length is wrong."""
    full = (1 << sheet.length) - 1
    return sheet.ear.masks(line.text) if len(line.text) == sheet.length else (full, full)


def _feet(lines: Sequence[Line], first: bool) -> list[Foot]:
    numbers = ([0] if first else []) + list(range(1, len(lines), 2))
    return [
        Foot(number, lines[number].text[-1], place(lines[number].places[-1]), "A", number == 0) for number in numbers
    ]


def _first_rhymes(sheet: _Sheet) -> bool:
    """Whether the first line ends in the rhyme of the even lines, or next to it."""
    part = main_part(_feet(sheet.lines, False), sheet.ear)
    parts = sheet.ear.parts(sheet.lines[0].text[-1], "平")
    return part in parts or bool(parts & sheet.ear.near(part, "平"))


def read(masks: Sequence[tuple[int, int]], length: int, first_rhymes: bool) -> list[_Couplet]:
    """The cheapest reading of a poem, couplet by couplet. `masks` say where each line fits level and oblique."""
    full = (1 << length) - 1
    padded = [*masks, (full, full)] if len(masks) % 2 else list(masks)
    cost, path = _path(padded, length, first_rhymes, ties=True)
    # A broken tie costs more than this; most poems never get there.
    return path if cost < _TIE else _path(padded, length, first_rhymes, ties=False)[1]


def _path(
    masks: Sequence[tuple[int, int]], length: int, first_rhymes: bool, *, ties: bool
) -> tuple[int, list[_Couplet]]:
    """The cheapest way through the couplets; with `ties`, only readings in which couplets are opposed inside."""
    best: dict[str, tuple[int, _Way | None]] = {}
    for number in range(0, len(masks), 2):
        upper, lower = masks[number : number + 2]
        pairs = _pairs(upper, lower, length, ties, number == 0, first_rhymes)
        after: dict[str, tuple[int, _Way | None]] = {}
        for pair in pairs:
            cost, way = pair.cost, None
            if number:
                cost, way = min(
                    ((before + _TIE * (second != pair.upper), way) for second, (before, way) in best.items()),
                    key=lambda each: each[0],
                )
                cost += pair.cost
            if pair.lower not in after or cost < after[pair.lower][0]:
                after[pair.lower] = cost, (pair, way)
        best = after
    cost, way = min(best.values(), key=lambda each: each[0])
    path: list[_Couplet] = []
    while way:
        pair, way = way
        path.append(pair)
    return cost, path[::-1]


@lru_cache(maxsize=10_000)
def _pairs(
    upper_masks: tuple[int, int], lower_masks: tuple[int, int], length: int, ties: bool, first: bool, first_rhymes: bool
) -> tuple[_Couplet, ...]:
    """The readings of a couplet, one for each type; where it is the first one, also those whose upper line rhymes."""
    upper, lower = _fits(*upper_masks, length), _fits(*lower_masks, length)
    found = []
    for rhymed in (False, True) if first else (False,):
        # A first line that ends in the rhyme is meant to rhyme; one that does not is rather not.
        extra = 0 if not first else int(first_rhymes) if not rhymed else 0 if first_rhymes else _FIRST
        for second in "平仄":
            read = [_tied(upper, lower, length, second, rhymed)]
            read += () if ties else [_untied(upper, lower, length, second, rhymed)]
            found += [each._replace(cost=each.cost + extra) for each in read]
    return tuple(found)


@lru_cache(maxsize=10_000)
def _fits(level: int, oblique: int, length: int) -> _Fits:
    """How a line fits each side of each alternative of each couplet: the wrong tones as bits."""
    return {
        (second, rhymed): tuple(
            tuple(_bits(tones, "平") & ~level | _bits(tones, "仄") & ~oblique for tones in each.tones)
            for each in couplet(second, rhymed, length).alternatives
        )
        for second in "平仄"
        for rhymed in (False, True)
    }


def _bits(tones: str, tone: str) -> int:
    return sum(1 << number for number, each in enumerate(tones) if each == tone)


def _tied(upper: _Fits, lower: _Fits, length: int, second: str, rhymed: bool) -> _Couplet:
    best, at = 1 << 20, 0
    alternatives = couplet(second, rhymed, length).alternatives
    ups, lows = upper[second, rhymed], lower[second, rhymed]
    for number, each in enumerate(alternatives):
        cost = _RULE_COST[each.rule] + _TONE * (ups[number][0].bit_count() + lows[number][1].bit_count())
        if cost < best:
            best, at = cost, number
    tones, rule = alternatives[at].tones, alternatives[at].rule
    fits = _Fit(tones[0], rule, ups[at][0]), _Fit(tones[1], rule, lows[at][1])
    return _Couplet(best, second, OPPOSITE[second], rhymed, fits)


def _untied(upper: _Fits, lower: _Fits, length: int, second: str, rhymed: bool) -> _Couplet:
    """A couplet with 失对: both lines have the same second tone, so each stands for itself."""
    up_cost, up = _alone(upper, length, second, rhymed, 0)
    low_cost, low = _alone(lower, length, OPPOSITE[second], False, 1)
    return _Couplet(up_cost + low_cost + _TIE, second, second, rhymed, (up, low))


def _alone(fits: _Fits, length: int, second: str, rhymed: bool, side: int) -> tuple[int, _Fit]:
    """The upper or lower line (`side`) of a couplet, without what the other line could excuse."""
    alternatives = couplet(second, rhymed, length).alternatives
    found = []
    for each, miss in zip(alternatives, fits[second, rhymed], strict=True):
        if each.rule != "对句相救":
            rule = each.rule if each.tones[side] != alternatives[0].tones[side] else ""
            found.append((_RULE_COST[rule] + _TONE * miss[side].bit_count(), _Fit(each.tones[side], rule, miss[side])))
    return min(found, key=lambda each: each[0])


def _ties(sheet: _Sheet, path: list[_Couplet]) -> list[Finding]:
    """失对 and 失粘, and what excused a break in a couplet."""
    found: list[Finding] = []
    for number, pair in enumerate(path):
        lines = sheet.lines[2 * number : 2 * number + 2]
        if len(lines) == 2 and pair.upper == pair.lower:
            found.append(_tie(sheet, 2 * number + 1, OPPOSITE[pair.upper], "verse.not_opposed"))
        if number and path[number - 1].lower != pair.upper:
            found.append(_tie(sheet, 2 * number, path[number - 1].lower, "verse.not_joined"))
        for rule in dict.fromkeys(fit.rule for fit in pair.fits):
            if len(lines) == 2 and rule and not any(fit.miss for fit in pair.fits):
                found += _excused(sheet, 2 * number, rule, pair)
    return found


def _tie(sheet: _Sheet, number: int, expected: str, code: str) -> Finding:
    line, before = sheet.lines[number], sheet.lines[number - 1]
    found = OPPOSITE[expected]
    return fault(
        code, line.span, evidence=[before.span], line=number + 1, before=number, expected=expected, found=found
    )


# Where each rule shows: the line of the couplet and the character, counted back from the end, that breaks the
# pattern, and the same for the one that makes up for it.
_SHOWS: Final = {
    "孤平拗救": (1, -5, 1, -3),
    "对句相救": (0, -2, 1, -3),
    "小拗": (0, -3, 1, -3),
    "特拗": (0, -2, 0, -3),
    "三仄尾": (0, -3, 0, -2),
}


def _excused(sheet: _Sheet, first: int, rule: str, pair: _Couplet) -> list[Finding]:
    line, at, other, cure = _SHOWS[rule]
    if rule == "孤平拗救" and pair.rhymed and pair.fits[0].tones[-4] == "平":
        line = other = 0
    line, other = first + line, first + other
    if max(len(sheet.lines[line].text), len(sheet.lines[other].text)) != sheet.length:
        return []
    span, evidence = place(sheet.lines[line].places[at]), place(sheet.lines[other].places[cure])
    if rule == "三仄尾":
        last = sheet.lines[line].places
        return [fault("verse.three_oblique", Span(last[-3], last[-1] + 1), Severity.WARNING, line=line + 1)]
    if rule == "小拗":
        if sheet.ear.fits(sheet.lines[other].text[cure]) & 1:
            return []
        char = sheet.lines[line].text[at]
        return [fault("verse.small_break", span, Severity.HINT, [evidence], line=line + 1, char=char)]
    return [fault("verse.rescued", span, Severity.HINT, [evidence], line=line + 1, rule=rule)]


def _tone_faults(sheet: _Sheet, number: int, pair: _Couplet, miss: int) -> list[Finding]:
    """A finding for each wrong tone, named after the rule that it breaks."""
    found = []
    line, fit = sheet.lines[number], pair.fits[number % 2]
    if len(line.text) != sheet.length:
        return []
    while miss:
        bit = miss & -miss
        miss ^= bit
        at = bit.bit_length() - 1
        code, evidence = _fault(sheet, number, pair, at)
        found.append(
            fault(
                code,
                place(line.places[at]),
                evidence=evidence,
                line=number + 1,
                place=at + 1,
                char=line.text[at],
                expected=fit.tones[at],
                found=sheet.ear.hear(line.text[at], "").found,
            )
        )
    return found


def _fault(sheet: _Sheet, number: int, pair: _Couplet, at: int) -> tuple[str, tuple[Span, ...]]:
    """The code for a wrong tone at a place, and the characters that bear it out."""
    line, fit = sheet.lines[number], pair.fits[number % 2]
    inner, rhymed = at - sheet.length + 5, fit.tones[-1] == "平"
    kind = fit.tones[-4], rhymed
    if inner == 4:
        return "verse.level_foot" if not rhymed else "verse.tone", ()
    if kind == ("平", True) and inner == 0:
        return "verse.lone_level", (place(line.places[-3]),)
    if kind == ("仄", True) and inner == 2:
        return "verse.three_level", (Span(line.places[-3], line.places[-1] + 1),)
    if kind == ("仄", False) and inner == 3 and pair.upper != pair.lower and number + 1 < len(sheet.lines):
        other = sheet.lines[number + 1]
        return "verse.unrescued", (place(other.places[-3]),) if len(other.text) == sheet.length else ()
    if fit.rule == "特拗" or (kind == ("平", False) and inner == 3):
        return "verse.unrescued", (place(line.places[-2]), place(line.places[-3]))
    return ("verse.no_alternation" if at % 2 else "verse.tone"), ()
