"""词: a poem read against the shapes of a tune, and the tunes that a poem may be to.

Of all shapes with the poem's number of characters the one with the least faults is taken; where none has it, clauses
are aligned with the nearest shape, so that a missing character is one finding and not a poem full of wrong tones.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import Final, NamedTuple

from bimo.text.finding import Finding, Severity
from bimo.text.spans import Edit, Span
from bimo.verse.chinese.ear import Ear, ear
from bimo.verse.chinese.feet import Foot, judge, main_part
from bimo.verse.chinese.lines import MANY, place, scanned, strange, whole
from bimo.verse.chinese.pattern import Place, variants
from bimo.verse.faults import fault
from bimo.verse.form import Form, all_forms, find_form
from bimo.verse.kinds import Checked
from bimo.verse.layout import Line, Poem
from bimo.verse.scansion import Policy, ScannedLine

# What a fault costs when shapes are compared.
_TONE, _FOOT, _BREAK = 2, 3, 1
# Aligning clauses: one that is missing or too many, and one of another length.
_GAP, _OTHER = 3, 2
_LONGEST: Final = 300


class _Shape(NamedTuple):
    """A variant as bits over the whole poem: which characters must be level and oblique, and where clauses end."""

    form: str
    name: str
    lines: tuple[Place, ...]
    tones: tuple[str, ...]
    level: int
    oblique: int
    ends: int
    size: int


def check(poem: Poem, form: Form, *, book: str | None, policy: Policy) -> Checked:
    """Read the poem to the tune; see `bimo.verse.kinds.Kind`."""
    heard = ear(book or form.rules.get("book", "cilin"), policy)
    findings = strange(poem, poem.lines, heard)
    shapes = _shapes(form.id)
    size = sum(len(line.text) for line in poem.lines)
    same = [shape for shape in shapes if shape.size == size]
    if same:
        masks = heard.masks("".join(line.text for line in poem.lines))
        shape = min(same, key=lambda each: _cost(each, poem, masks, heard))
        pairs: list[tuple[Line | None, int | None]] = [
            (line, number) for number, line in enumerate(_by_shape(poem.lines, shape))
        ]
        findings += _pauses(poem, shape)
    else:
        shape, pairs = _nearest(poem.lines, shapes)
        findings += _lengths(poem, shape, pairs)
    lines, faults = _read(pairs, shape, heard)
    return Checked(form, shape.name, heard.book.id, tuple(lines), (*findings, *faults))


def candidates(poem: Poem) -> Sequence[Form]:
    """The tunes of the poem's size and pauses with the least wrong tones."""
    size = sum(len(line.text) for line in poem.lines)
    if not poem.lines or size > _LONGEST:
        return ()
    heard = ear("cilin", "any")
    level, oblique = heard.masks("".join(line.text for line in poem.lines))
    found: dict[str, int] = {}
    for shape in _index().get(size, ()):
        pauses = _odd_pauses(poem.lines, shape).bit_count()
        tones = (shape.level & ~level | shape.oblique & ~oblique).bit_count()
        if pauses <= max(2, len(poem.lines) // 4) and tones <= size // 4:
            cost = _TONE * tones + _BREAK * pauses
            found[shape.form] = min(cost, found.get(shape.form, cost))
    best = sorted(found, key=lambda id: found[id])[:4] or _nearest_tunes(poem.lines, size)
    return [all_forms()[id] for id in best]


def named_by(title: str) -> Form | None:
    """The tune whose name begins the title: 水调歌头·明月几时有."""
    name = re.split(r"[\s·・.．(（:：—\-【\[]", title.strip(), maxsplit=1)[0]
    form = _by_name().get(name) if name else None
    if form is None and name and not name.isascii():
        form = _by_name().get(_simplified(name))
    return form


@cache
def _by_name() -> dict[str, Form]:
    return {name: form for form in reversed(_tunes()) for name in reversed(form.called())}


@cache
def _simplified(name: str) -> str:
    from opencc import OpenCC

    return str(OpenCC("t2s").convert(name))


@cache
def _tunes() -> tuple[Form, ...]:
    return tuple(form for form in all_forms().values() if form.kind == "ci")


@cache
def _shapes(id: str) -> tuple[_Shape, ...]:
    found = []
    for variant in variants(find_form(id)):
        tones = tuple(unit.alternatives[0].tones[0] for unit in variant.units)
        lines = tuple(unit.lines[0] for unit in variant.units)
        level, oblique = (_bits("".join(tones), tone) for tone in "平仄")
        found.append(_Shape(id, variant.name, lines, tones, level, oblique, _ends(lines), sum(variant.lengths)))
    return tuple(found)


@cache
def _index() -> dict[int, list[_Shape]]:
    """Every shape of every tune by its number of characters."""
    found: dict[int, list[_Shape]] = defaultdict(list)
    for form in _tunes():
        for shape in _shapes(form.id):
            found[shape.size].append(shape)
    return dict(found)


def _bits(tones: str, tone: str) -> int:
    return sum(1 << number for number, each in enumerate(tones) if each == tone)


def _ends(lines: Sequence[Place]) -> int:
    """A bit for each character before a pause; 、 is no pause, for editors set it as they like."""
    at = found = 0
    for line in lines:
        at += line.length
        found |= (line.mark != "、") << at - 1
    return found


def _odd_pauses(lines: Sequence[Line], shape: _Shape) -> int:
    """A bit for each character before a pause that only one of poem and shape has; none if the poem has no pauses."""
    if len(lines) == 1:
        return 0
    at = found = light = 0
    for line in lines:
        at += len(line.text)
        if line.mark == "、":
            light |= 1 << at - 1
        else:
            found |= 1 << at - 1
    loose = light | _loose(shape)
    return (found ^ shape.ends) & ~loose


def _loose(shape: _Shape) -> int:
    at = found = 0
    for line in shape.lines:
        at += line.length
        found |= (line.mark == "、") << at - 1
    return found


def _cost(shape: _Shape, poem: Poem, masks: tuple[int, int], heard: Ear) -> int:
    tones = (shape.level & ~masks[0] | shape.oblique & ~masks[1]).bit_count()
    feet = _feet(list(enumerate(_by_shape(poem.lines, shape))), shape)
    strangers = 0
    for letter in {foot.letter.lower() for foot in feet}:
        own = [foot for foot in feet if foot.letter.lower() == letter]
        part = main_part(own, heard)
        strangers += sum(part not in heard.parts(foot.char, foot.tone) for foot in own)
    return _TONE * tones + _FOOT * strangers + _BREAK * _odd_pauses(poem.lines, shape).bit_count()


def _by_shape(lines: Sequence[Line], shape: _Shape) -> list[Line]:
    """The poem's characters in the clauses of the shape, whatever clauses it was written in."""
    if [len(line.text) for line in lines] == [line.length for line in shape.lines]:
        return list(lines)
    text = "".join(line.text for line in lines)
    places = [at for line in lines for at in line.places]
    owners = [line for line in lines for _ in line.text]
    found, start = [], 0
    for line in shape.lines:
        end = start + line.length
        owner = owners[start]
        span = Span(places[start], places[end - 1] + 1)
        found.append(Line(span, text[start:end], places[start:end], line.mark, owner.stanza, owner.row))
        start = end
    return found


def _feet(lines: Sequence[tuple[int, Line]], shape: _Shape) -> list[Foot]:
    return [
        Foot(number, line.text[-1], place(line.places[-1]), shape.lines[number].rhyme)
        for number, line in lines
        if shape.lines[number].rhyme and len(line.text) == shape.lines[number].length
    ]


def _read(
    pairs: Sequence[tuple[Line | None, int | None]], shape: _Shape, heard: Ear
) -> tuple[list[ScannedLine], list[Finding]]:
    """Marks and findings of clauses that were paired with clauses of the shape."""
    feet = _feet([(number, line) for line, number in pairs if line and number is not None], shape)
    rhyme = judge(feet, heard, again=Severity.HINT)
    findings = list(rhyme.findings)
    found = []
    for line, number in pairs:
        if line is None:
            continue
        length = len(line.text)
        if number is None or length != shape.lines[number].length:
            found.append(scanned(line, heard)[0])
            continue
        tones, letter = shape.tones[number], shape.lines[number].rhyme
        level, oblique = heard.masks(line.text)
        miss = _bits(tones, "平") & ~level | _bits(tones, "仄") & ~oblique
        if letter:
            miss &= ~(1 << length - 1)
        findings += [_tone(line, number, at, tones, heard) for at in range(length) if miss >> at & 1]
        bad = miss | (1 << length - 1 if number in rhyme.bad else 0)
        marks, rare = scanned(line, heard, tones, bad=bad, rhyme=letter, group=rhyme.groups.get(number, ""))
        found.append(marks)
        findings += rare
    return found, findings


def _tone(line: Line, number: int, at: int, tones: str, heard: Ear) -> Finding:
    return fault(
        "verse.tone",
        place(line.places[at]),
        line=number + 1,
        place=at + 1,
        char=line.text[at],
        expected=tones[at],
        found=heard.hear(line.text[at], "").found,
    )


def _pauses(poem: Poem, shape: _Shape) -> list[Finding]:
    odd = _odd_pauses(poem.lines, shape)
    places = [at for line in poem.lines for at in line.places]
    marks = dict(zip(accumulate(line.length for line in shape.lines), (line.mark for line in shape.lines), strict=True))
    found = []
    for number, at in enumerate(places):
        if odd >> number & 1:
            if shape.ends >> number & 1:
                code, fixes = "verse.no_pause", [Edit(Span(at + 1, at + 1), marks[number + 1])]
            else:
                between = Span(at + 1, places[number + 1])
                code = "verse.other_pause"
                # A line end is more than a pause, so where to join lines is left to the writer.
                fixes = [] if any(map(str.isspace, between.of(poem.text))) else [Edit(between, "")]
            found.append(fault(code, place(at), Severity.WARNING, fixes=fixes, char=poem.text[at]))
    return found[:MANY]


def _lengths(poem: Poem, shape: _Shape, pairs: Sequence[tuple[Line | None, int | None]]) -> list[Finding]:
    """What is wrong with the clauses of a poem that has not the number of characters of any shape."""
    if not poem.lines:
        return []
    found = []
    have, want = sum(line is not None for line, _ in pairs), len(shape.lines)
    if have != want:
        found.append(fault("verse.wrong_lines", whole(poem), expected=want, found=have))
    for line, number in pairs:
        if line and number is not None and len(line.text) != shape.lines[number].length:
            length, size = shape.lines[number].length, len(line.text)
            found.append(fault("verse.wrong_length", line.span, line=number + 1, expected=length, found=size))
    return found[: 2 * MANY]


def _nearest(lines: Sequence[Line], shapes: Sequence[_Shape]) -> tuple[_Shape, list[tuple[Line | None, int | None]]]:
    """The shape whose clauses agree best with the poem's, and which clause stands for which."""
    if len(lines) > 3 * max(len(shape.lines) for shape in shapes):
        return shapes[0], [(line, None) for line in lines]
    sizes = [len(line.text) for line in lines]
    shape = min(shapes, key=lambda each: _distances(sizes, [line.length for line in each.lines])[-1][-1])
    return shape, _aligned(lines, sizes, shape)


def _distances(sizes: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Edit distances between two sequences of clause lengths."""
    table = [[_GAP * column for column in range(len(lengths) + 1)]]
    for size in sizes:
        row = [table[-1][0] + _GAP]
        for column, length in enumerate(lengths):
            pair = table[-1][column] + (0 if size == length else _OTHER + (abs(size - length) > 2))
            row.append(min(pair, table[-1][column + 1] + _GAP, row[-1] + _GAP))
        table.append(row)
    return table


def _aligned(lines: Sequence[Line], sizes: Sequence[int], shape: _Shape) -> list[tuple[Line | None, int | None]]:
    lengths = [line.length for line in shape.lines]
    table = _distances(sizes, lengths)
    row, column = len(sizes), len(lengths)
    pairs: list[tuple[Line | None, int | None]] = []
    while row or column:
        here = table[row][column]
        same = row and column and sizes[row - 1] == lengths[column - 1]
        step = 0 if same else _OTHER + (row > 0 and column > 0 and abs(sizes[row - 1] - lengths[column - 1]) > 2)
        if row and column and here == table[row - 1][column - 1] + step:
            row, column = row - 1, column - 1
            pairs.append((lines[row], column))
        elif row and here == table[row - 1][column] + _GAP:
            row -= 1
            pairs.append((lines[row], None))
        else:
            column -= 1
            pairs.append((None, column))
    return pairs[::-1]


def _nearest_tunes(lines: Sequence[Line], size: int) -> list[str]:
    """The tunes that are at most two clauses of another length away."""
    sizes = [len(line.text) for line in lines]
    if len(sizes) < 4:
        return []
    found: dict[str, int] = {}
    for near in range(size - 2, size + 3):
        for shape in _index().get(near, ()):
            if abs(len(shape.lines) - len(sizes)) <= 1:
                cost = _distances(sizes, [line.length for line in shape.lines])[-1][-1]
                if cost <= 2 * _OTHER:
                    found[shape.form] = min(cost, found.get(shape.form, cost))
    return sorted(found, key=lambda id: found[id])[:2]
