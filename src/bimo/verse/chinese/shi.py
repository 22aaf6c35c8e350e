"""Regulated verse (近体诗): 绝句, 律诗 and 排律, read against the types of line and the ties between them.

Each couplet may be of any type; the reading with the least faults is taken, where a broken tie (失对, 失粘) costs less
than the wrong tones it would else be told as. So a line of the wrong type is one finding, not seven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span
from bimo.verse.chinese.ear import Ear, ear
from bimo.verse.chinese.feet import Foot, judge, main_part
from bimo.verse.chinese.lines import MANY, cut, place, repeated, same_places, scanned, strange, whole
from bimo.verse.chinese.pattern import OPPOSITE, couplet
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
    feet = _feet(sheet.lines, rhymed)
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
        expected = "10+" if longer else str(wanted)
        args = {"expected": expected, "found": str(number)}
        found.append(Finding("verse.wrong_lines", whole(sheet.poem), Severity.ERROR, args))
    wrong = [(number, line) for number, line in enumerate(sheet.lines, 1) if len(line.text) != sheet.length]
    for number, line in wrong[:MANY]:
        args = {"line": str(number), "expected": str(sheet.length), "found": str(len(line.text))}
        found.append(Finding("verse.wrong_length", line.span, Severity.ERROR, args))
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
    whole_masks = [*masks, (full, full)] if len(masks) % 2 else list(masks)
    best: dict[str, tuple[int, _Way | None]] = {}
    for number in range(0, len(whole_masks), 2):
        upper, lower = whole_masks[number : number + 2]
        after: dict[str, tuple[int, _Way | None]] = {}
        for pair in _readings(upper, lower, length, number == 0, first_rhymes):
            before = (
                min((cost + _TIE * (second != pair.upper), second) for second, (cost, _) in best.items())
                if best
                else (0, "")
            )
            cost = before[0] + pair.cost
            if pair.lower not in after or cost < after[pair.lower][0]:
                after[pair.lower] = cost, (pair, best[before[1]][1] if best else None)
        best = after
    path: list[_Couplet] = []
    way = min(best.values(), key=lambda each: each[0])[1]
    while way:
        pair, way = way
        path.append(pair)
    return path[::-1]


def _readings(
    upper: tuple[int, int], lower: tuple[int, int], length: int, first: bool, first_rhymes: bool
) -> list[_Couplet]:
    """How a couplet can be read: each type, with its lines opposed or not, at the least cost."""
    found = [_tied(upper, lower, length, second, False) for second in "平仄"]
    found += [_untied(upper, lower, length, second, False) for second in "平仄"]
    if first:
        more = [_tied(upper, lower, length, second, True) for second in "平仄"]
        more += [_untied(upper, lower, length, second, True) for second in "平仄"]
        found += [each._replace(cost=each.cost + (0 if first_rhymes else _FIRST)) for each in more]
    return found


@cache
def _compiled(second: str, rhymed: bool, length: int) -> tuple[tuple[int, tuple[str, str], str, tuple[int, ...]], ...]:
    """The alternatives of a couplet: cost, tones, rule, and the bits that ask for level and oblique in each line."""
    return tuple(
        (
            _RULE_COST[each.rule],
            (each.tones[0], each.tones[1]),
            each.rule,
            tuple(_bits(tones, tone) for tones in each.tones for tone in "平仄"),
        )
        for each in couplet(second, rhymed, length).alternatives
    )


def _bits(tones: str, tone: str) -> int:
    return sum(1 << number for number, each in enumerate(tones) if each == tone)


def _tied(upper: tuple[int, int], lower: tuple[int, int], length: int, second: str, rhymed: bool) -> _Couplet:
    best = None
    for cost, tones, rule, (up_level, up_oblique, low_level, low_oblique) in _compiled(second, rhymed, length):
        miss_up = up_level & ~upper[0] | up_oblique & ~upper[1]
        miss_low = low_level & ~lower[0] | low_oblique & ~lower[1]
        cost += _TONE * (miss_up.bit_count() + miss_low.bit_count())
        if best is None or cost < best[0]:
            best = cost, tones, rule, miss_up, miss_low
    assert best is not None
    cost, tones, rule, miss_up, miss_low = best
    fits = _Fit(tones[0], rule, miss_up), _Fit(tones[1], rule, miss_low)
    return _Couplet(cost, second, OPPOSITE[second], rhymed, fits)


def _untied(upper: tuple[int, int], lower: tuple[int, int], length: int, second: str, rhymed: bool) -> _Couplet:
    """A couplet with 失对: both lines have the same second tone, so each stands for itself."""
    up_cost, up = _alone(upper, length, second, rhymed, 0)
    low_cost, low = _alone(lower, length, OPPOSITE[second], False, 1)
    return _Couplet(up_cost + low_cost + _TIE, second, second, rhymed, (up, low))


def _alone(masks: tuple[int, int], length: int, second: str, rhymed: bool, side: int) -> tuple[int, _Fit]:
    """The upper or lower line (`side`) of a couplet, without what the other line could excuse."""
    found = []
    for cost, tones, rule, bits in _compiled(second, rhymed, length):
        if rule != "对句相救":
            miss = bits[2 * side] & ~masks[0] | bits[2 * side + 1] & ~masks[1]
            own = cost if tones[side] != _compiled(second, rhymed, length)[0][1][side] else 0
            found.append((own + _TONE * miss.bit_count(), _Fit(tones[side], rule if own else "", miss)))
    return min(found, key=lambda each: each[0])


def _ties(sheet: _Sheet, path: list[_Couplet]) -> list[Finding]:
    """失对 and 失粘, and what excused a break in a couplet."""
    found: list[Finding] = []
    for number, pair in enumerate(path):
        lines = sheet.lines[2 * number : 2 * number + 2]
        if len(lines) == 2 and pair.upper == pair.lower:
            found.append(_tie("verse.not_opposed", 2 * number + 1, sheet, OPPOSITE[pair.upper]))
        if number and path[number - 1].lower != pair.upper:
            found.append(_tie("verse.not_joined", 2 * number, sheet, path[number - 1].lower))
        for rule in dict.fromkeys(fit.rule for fit in pair.fits):
            if len(lines) == 2 and rule not in ("", "小拗") and not any(fit.miss for fit in pair.fits):
                found += _excused(sheet, 2 * number, rule, pair)
    return found


def _tie(code: str, number: int, sheet: _Sheet, expected: str) -> Finding:
    line, before = sheet.lines[number], sheet.lines[number - 1]
    args = {"line": str(number + 1), "before": str(number), "expected": expected, "found": OPPOSITE[expected]}
    return Finding(code, line.span, Severity.ERROR, args, (before.span,))


# Where each rule shows: the line of the couplet and the character, counted back from the end, that breaks the
# pattern, and the same for the one that makes up for it.
_SHOWS: Final = {
    "孤平拗救": (1, -5, 1, -3),
    "对句相救": (0, -2, 1, -3),
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
    args = {"line": str(line + 1), "rule": rule}
    if rule == "三仄尾":
        last = sheet.lines[line].places
        return [Finding("verse.three_oblique", Span(last[-3], last[-1] + 1), Severity.WARNING, {"line": args["line"]})]
    return [Finding("verse.rescued", span, Severity.HINT, args, (evidence,))]


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
        args = {
            "line": str(number + 1),
            "place": str(at + 1),
            "char": line.text[at],
            "expected": fit.tones[at],
            "found": sheet.ear.hear(line.text[at], "").found,
        }
        found.append(Finding(code, place(line.places[at]), Severity.ERROR, args, evidence))
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
    if fit.rule == "特拗":
        return "verse.unrescued", (place(line.places[-2]),)
    return ("verse.no_alternation" if at % 2 else "verse.tone"), ()
