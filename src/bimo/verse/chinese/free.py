"""Forms that leave tones open: modern verse, whose rhyme is only shown, and 汉俳, which counts characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from bimo.text.finding import Finding
from bimo.verse.chinese.ear import Ear, ear
from bimo.verse.chinese.lines import scanned, strange, whole
from bimo.verse.faults import fault
from bimo.verse.form import Form, all_forms
from bimo.verse.kinds import Checked
from bimo.verse.layout import Line, Poem
from bimo.verse.scansion import Policy

# A written line of more characters than this is prose.
_LONGEST = 36


def check(poem: Poem, form: Form, *, book: str | None, policy: Policy) -> Checked:
    """Read the poem as free verse or by its lengths; see `bimo.verse.kinds.Kind`."""
    heard = ear(book or form.rules["book"], policy)
    findings = strange(poem, poem.lines, heard)
    lengths = form.rules.get("lengths")
    if lengths and poem.lines:
        findings += _sizes(poem, lengths)
    feet = _feet(poem.lines, heard)
    found = []
    for number, line in enumerate(poem.lines):
        letter, group = feet.get(number, ("", ""))
        found.append(scanned(line, heard, rhyme=letter, group=group)[0])
    variant = "-".join(map(str, lengths)) if lengths else ""
    return Checked(form, variant, heard.book.id, tuple(found), tuple(findings))


def candidates(poem: Poem) -> Sequence[Form]:
    """汉俳 for its lengths, modern verse for three or more short written lines."""
    sizes = [len(line.text) for line in poem.lines]
    rows = Counter(line.row for line in poem.lines for _ in line.text)
    is_verse = len(rows) >= 3 and max(rows.values()) <= _LONGEST
    return [form for form in _forms() if form.rules.get("lengths", sizes if is_verse else None) == sizes]


@cache
def _forms() -> tuple[Form, ...]:
    forms = [form for form in all_forms().values() if form.kind == "free" and form.lang == "zh"]
    return tuple(sorted(forms, key=lambda form: "lengths" not in form.rules))


def _sizes(poem: Poem, lengths: Sequence[int]) -> list[Finding]:
    if len(poem.lines) != len(lengths):
        return [fault("verse.wrong_lines", whole(poem), expected=len(lengths), found=len(poem.lines))]
    return [
        fault("verse.wrong_length", line.span, line=number, expected=length, found=len(line.text))
        for number, (line, length) in enumerate(zip(poem.lines, lengths, strict=True), 1)
        if len(line.text) != length
    ]


def _feet(lines: Sequence[Line], heard: Ear) -> dict[int, tuple[str, str]]:
    """Letter and group of each written line whose end rhymes with that of another, by the likeliest readings."""
    ends = {line.row: number for number, line in enumerate(lines)}.values()
    groups = {}
    for number in ends:
        readings = heard.book.readings(lines[number].text[-1])
        if readings:
            groups[number] = heard.book.groups[readings[0].group]
    # Modern verse rhymes across tones.
    shared = [part for part, count in Counter(group.part for group in groups.values()).items() if count > 1]
    letters = {part: chr(ord("A") + at % 26) for at, part in enumerate(shared)}
    return {number: (letters.get(group.part, ""), group.id) for number, group in groups.items()}
