"""Couplets (对联): two lines of equal length with opposed tones, the upper ending oblique, the lower level."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Final

from bimo.text.finding import Finding, Severity
from bimo.verse.chinese.ear import Ear, ear
from bimo.verse.chinese.lines import MANY, place, same_places, scanned, strange, whole
from bimo.verse.chinese.pattern import OPPOSITE
from bimo.verse.faults import fault
from bimo.verse.form import Form, all_forms
from bimo.verse.kinds import Checked
from bimo.verse.layout import Line, Poem
from bimo.verse.scansion import Policy

# Particles that custom lets stand at the same place of both lines.
_PARTICLES: Final = frozenset("之而于於以兮与與其且")


def check(poem: Poem, form: Form, *, book: str | None, policy: Policy) -> Checked:
    """Read the poem as a couplet; see `bimo.verse.kinds.Kind`."""
    heard = ear(book or form.rules["book"], policy)
    lines = halves(poem.lines)
    findings = strange(poem, lines, heard)
    if len(lines) != 2:
        findings += [fault("verse.wrong_lines", whole(poem), expected=2, found=len(lines))] if lines else []
        return Checked(form, "", heard.book.id, tuple(scanned(line, heard)[0] for line in lines), tuple(findings))
    upper, lower = lines
    if len(upper.text) != len(lower.text):
        wanted, size = len(upper.text), len(lower.text)
        findings.append(fault("verse.wrong_length", lower.span, line=2, expected=wanted, found=size))
        return Checked(form, "", heard.book.id, tuple(scanned(line, heard)[0] for line in lines), tuple(findings))
    expected = _expected(upper, lower, heard)
    faults = _faults(upper, lower, expected, heard)
    bad = [0, 0]
    for finding in faults:
        bad[int(finding.args["line"]) - 1] |= 1 << int(finding.args["place"]) - 1
    findings += faults
    findings += [each for each in same_places(upper, lower, Severity.ERROR) if each.args["char"] not in _PARTICLES]
    found = []
    for line, tones, wrong in zip(lines, expected, bad, strict=True):
        marks, rare = scanned(line, heard, tones, bad=wrong)
        found.append(marks)
        findings += rare
    return Checked(form, f"{len(upper.text)}言", heard.book.id, tuple(found), tuple(findings))


def candidates(poem: Poem) -> Sequence[Form]:
    """The couplet, where there are two equal lines, or clauses in two halves of one shape that are no quatrain."""
    lines = halves(poem.lines)
    sizes = {len(line.text) for line in poem.lines}
    # A full stop inside of a half is the end of a line of some other form.
    stops = sum(line.mark == "。" for line in poem.lines[:-1])
    is_shi = len(poem.lines) > 2 and (len(sizes) == 1 or stops > 1)
    return _forms() if not is_shi and len(lines) == 2 and len(lines[0].text) == len(lines[1].text) >= 3 else ()


@cache
def _forms() -> tuple[Form, ...]:
    return tuple(form for form in all_forms().values() if form.kind == "couplet")


def halves(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Two lines, if the clauses make two halves of the same shape or the poem is written in two rows."""
    if len(lines) < 3:
        return tuple(lines)
    rows = [list(row) for _, row in groupby(lines, key=lambda line: line.row)]
    if len(rows) != 2:
        rows = [list(lines[: len(lines) // 2]), list(lines[len(lines) // 2 :])]
    if [len(line.text) for line in rows[0]] != [len(line.text) for line in rows[1]]:
        return tuple(lines)
    return joined(rows[0]), joined(rows[1])


def joined(lines: Sequence[Line]) -> Line:
    """Clauses as one line."""
    places = [at for line in lines for at in line.places]
    first, last = lines[0], lines[-1]
    span = type(first.span)(first.span.start, last.span.end)
    return Line(span, "".join(line.text for line in lines), places, last.mark, first.stanza, first.row)


def _expected(upper: Line, lower: Line, heard: Ear) -> tuple[str, str]:
    """The tones that the places of both lines should have: opposed at even places and at the end, else free."""
    length = len(upper.text)
    tones = []
    for number in range(length):
        if number == length - 1:
            tones.append("仄")
        elif number % 2 == 0:
            tones.append("中")
        else:
            up, low = heard.fits(upper.text[number]), heard.fits(lower.text[number])
            # The upper line leads; where it can be heard both ways, the lower line decides.
            tones.append({1: "平", 2: "仄"}.get(up) or {1: "仄", 2: "平"}.get(low) or "平")
    return "".join(tones), "".join(OPPOSITE.get(tone, tone) for tone in tones)


def _faults(upper: Line, lower: Line, expected: tuple[str, str], heard: Ear) -> list[Finding]:
    found = []
    last = len(upper.text) - 1
    for number, (line, tones, other) in enumerate(((upper, expected[0], lower), (lower, expected[1], upper)), 1):
        for at, (char, tone) in enumerate(zip(line.text, tones, strict=True)):
            if tone == "中" or heard.fits(char) & (1 if tone == "平" else 2):
                continue
            code = "verse.couplet_end" if at == last else "verse.not_opposed_here"
            found.append(
                fault(
                    code,
                    place(line.places[at]),
                    evidence=[place(other.places[at])],
                    line=number,
                    place=at + 1,
                    char=char,
                    expected=tone,
                    found=heard.hear(char, "").found,
                    other=other.text[at],
                )
            )
    return found[: 2 * MANY]
