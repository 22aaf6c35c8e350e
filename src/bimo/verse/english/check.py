"""The checker of every English form: lines, syllables, metre, rhyme, refrains, end words; and which form a poem has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

from bimo.text.errors import InputError
from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span
from bimo.verse.english.line import Reading, Word, count, counts, plain, read_in, words_of
from bimo.verse.english.plan import Plan, is_open, line_counts, plans
from bimo.verse.english.returns import radif, returns
from bimo.verse.english.rhyme import rhyme, rhyme_class
from bimo.verse.english.rhyming import rhymes
from bimo.verse.english.scheme import letters, poem_scheme
from bimo.verse.english.sounds import pronounce
from bimo.verse.faults import fault
from bimo.verse.form import Form, all_forms
from bimo.verse.kinds import Checked
from bimo.verse.layout import Line, Poem
from bimo.verse.scansion import Mark, Policy, ScannedLine

BOOK = "cmu"
# Verse has short lines, and more than one.
_LONGEST, _FEWEST = 80, 3
# A long poem is judged by its beginning, of a length that couplets, tercets and quatrains may all have.
_JUDGED = 124
# A poem with more rhymes than this is not meant without them, and with more errors a line not as this form at all.
_RHYMED, _FAR_OFF = 0.3, 0.5
_NAMES = {"/": ("strong", "重"), "x": ("weak", "轻"), "-": ("free", "可轻可重")}


def check(poem: Poem, form: Form, *, book: str | None = None, policy: Policy = "any") -> Checked:
    """Read the poem as `form`; see `bimo.verse.kinds.Kind`. One dictionary serves every form, and any of its readings.

    Raises InputError `verse.no_book` for another book.
    """
    if book not in (None, BOOK):
        raise InputError("verse.no_book", book=book, known=BOOK)
    lines = [line for line in poem.lines if words_of(line)]
    words = [words_of(line) for line in lines]
    shapes = plans(form, len(lines))
    if not shapes:
        return _of_wrong_length(poem, form, lines, words)
    read = (_read(poem, form, plan, lines, words) for plan in shapes)
    return min(read, key=lambda each: (_weight(each.findings, Severity.ERROR), _weight(each.findings, Severity.HINT)))


def candidates(poem: Poem) -> Sequence[Form]:
    """The forms that the poem may be meant to be, the one with the fewest errors first.

    Free verse is one of them only where no stricter form is near.
    """
    lines = [line for line in poem.lines if words_of(line)]
    if len(lines) < _FEWEST or max(len(line.text) for line in lines) > _LONGEST:
        return []
    if len(lines) > _JUDGED:
        lines = lines[:_JUDGED]
        poem = replace(poem, lines=tuple(lines))
    rhymed = _share_rhymed(lines)
    found = []
    for form in _strict():
        if plans(form, len(lines)) and not (rhymed > _RHYMED and _is_unrhymed(form)):
            errors = _weight(check(poem, form).findings, Severity.ERROR)
            if errors <= _FAR_OFF * len(lines):
                found.append((errors, form))
    found.sort(key=lambda each: each[0])
    near = found and found[0][0] <= len(lines) // 4
    return [form for _, form in found] + ([] if near else list(_free()))


@cache
def _strict() -> tuple[Form, ...]:
    """The forms with rules, the strictest first: of a fixed length, then of few rhymes; those without rhyme last."""
    forms = [form for form in all_forms().values() if form.lang == "en" and form.kind != "free"]
    return tuple(sorted(forms, key=lambda form: (_is_unrhymed(form), is_open(form), _rhymes(form))))


@cache
def _free() -> tuple[Form, ...]:
    return tuple(form for form in all_forms().values() if form.lang == "en" and form.kind == "free")


def _rhymes(form: Form) -> int:
    return len(set("".join(form.rules.get("scheme", ("",))[0])))


def _is_unrhymed(form: Form) -> bool:
    return "scheme" not in form.rules


def _share_rhymed(lines: Sequence[Line]) -> float:
    """The share of lines that rhyme fully with another of their group."""
    ends = [word for words in _end_words(lines) for word in words]
    numbers = poem_scheme(_end_words(lines))
    groups: dict[int, list[str]] = {}
    for number, word in zip(numbers, ends, strict=True):
        groups.setdefault(number, []).append(word)
    full = [
        number >= 0 and any(rhyme(word, other) == "perfect" for other in groups[number])
        for number, word in zip(numbers, ends, strict=True)
    ]
    return sum(full) / len(full)


def _weight(findings: Sequence[Finding], least: Severity) -> int:
    return sum(finding.severity >= least for finding in findings)


def _of_wrong_length(poem: Poem, form: Form, lines: Sequence[Line], words: Sequence[tuple[Word, ...]]) -> Checked:
    sizes = ", ".join(map(str, line_counts(form))) + (", …" if is_open(form) else "")
    span = Span(poem.lines[0].span.start, poem.lines[-1].span.end) if poem.lines else Span(0, len(poem.text))
    code = "verse.wrong_lines" if lines else "verse.no_words"
    finding = fault(code, span, expected=sizes, found=len(lines))
    return Checked(form, "", BOOK, _scanned(lines, [plain(each) for each in words]), (finding,))


def _read(poem: Poem, form: Form, plan: Plan, lines: Sequence[Line], words: Sequence[tuple[Word, ...]]) -> Checked:
    """The poem in one shape of the form."""
    findings: list[Finding] = []
    marks: list[tuple[Mark, ...]] = []
    advice = bool(form.rules.get("advice"))
    for number, (line, said, place) in enumerate(zip(lines, words, plan, strict=True), 1):
        severity = Severity.WARNING if advice else Severity.ERROR
        if place.metre:
            reading = read_in(said, place.metre)
            marks.append(reading.marks)
            expected = " / ".join(map(str, sorted(place.metre.lengths())))
            findings += _stands(reading, number, line, said, expected, severity)
        else:
            marks.append(plain(said))
            if place.syllables and place.syllables not in counts(said):
                findings.append(_wrong_count(number, line, said, str(place.syllables), severity))
    findings += _guessed(words)
    shown = [place.rhyme for place in plan]
    if "radif" in form.rules:
        findings += radif(plan, words)
    elif "ends" in form.rules or any(place.refrain for place in plan):
        findings += returns(form, plan, lines, words)
    if "ends" not in form.rules and "radif" not in form.rules:
        findings += rhymes(plan, words)
    findings += _stanzas(plan, lines)
    scheme = shown if any(shown) else letters(poem_scheme(_end_words(lines)))
    ordered = tuple(sorted(findings, key=lambda each: each.span.start))
    return Checked(form, _variant(plan), BOOK, _scanned(lines, marks, scheme), ordered)


def _stands(
    reading: Reading, number: int, line: Line, words: Sequence[Word], expected: str, severity: Severity
) -> list[Finding]:
    """What breaks a line in its metre."""
    if reading.fault == "syllables":
        return [_wrong_count(number, line, words, expected, severity)]
    if reading.fault == "stress":
        mark = reading.marks[reading.at]
        word = next(word for word in words if word.span.start <= mark.span.start < word.span.end)
        (wanted, wanted_zh), (found, found_zh) = _NAMES[mark.expected], _NAMES[mark.found]
        return [
            fault(
                "verse.metre",
                mark.span,
                severity,
                [word.span],
                line=number,
                word=word.text,
                syllable=mark.text,
                expected_en=wanted,
                expected_zh=wanted_zh,
                found_en=found,
                found_zh=found_zh,
            )
        ]
    return []


def _wrong_count(number: int, line: Line, words: Sequence[Word], expected: str, severity: Severity) -> Finding:
    return fault("verse.syllables", line.span, severity, line=number, expected=expected, found=count(words))


def _guessed(words: Sequence[tuple[Word, ...]]) -> list[Finding]:
    """The words whose sound was told from their spelling, once each."""
    unknown = {
        word.text.casefold(): word
        for said in reversed(words)
        for word in reversed(said)
        if pronounce(word.text)[0].source == "spelling"
    }
    return [
        fault(
            "verse.guessed_word",
            word.span,
            Severity.HINT,
            word=word.text,
            sound=" ".join(pronounce(word.text)[0].phones),
        )
        for word in unknown.values()
    ]


def _stanzas(plan: Plan, lines: Sequence[Line]) -> list[Finding]:
    """A hint where the poem is set in other stanzas than the form; one block is as good."""
    wanted, found = _sizes(place.stanza for place in plan), _sizes(line.stanza for line in lines)
    if len(wanted) == 1 or len(found) == 1 or wanted == found:
        return []
    span = Span(lines[0].span.start, lines[-1].span.end)
    return [fault("verse.stanzas", span, Severity.HINT, expected=_shown(wanted), found=_shown(found))]


def _sizes(stanzas: Iterable[int]) -> list[int]:
    numbers = list(stanzas)
    return [numbers.count(stanza) for stanza in dict.fromkeys(numbers)]


def _shown(sizes: Sequence[int]) -> str:
    return f"{len(sizes)} × {sizes[0]}" if len(set(sizes)) == 1 else ", ".join(map(str, sizes))


def _variant(plan: Plan) -> str:
    """The scheme as it is written: a blank between stanzas."""
    parts: list[str] = []
    for number, place in enumerate(plan):
        if number and place.stanza != plan[number - 1].stanza:
            parts.append(" ")
        parts.append(place.refrain or place.rhyme or "-")
    return "".join(parts) if any(place.rhyme for place in plan) else ""


def _end_words(lines: Sequence[Line]) -> list[list[str]]:
    """The last word of each line, by stanza."""
    found: dict[int, list[str]] = {}
    for line in lines:
        found.setdefault(line.stanza, []).append(re.sub("’", "'", words_of(line)[-1].text.casefold()))
    return list(found.values())


def _scanned(
    lines: Sequence[Line], marks: Sequence[tuple[Mark, ...]], scheme: Sequence[str] = ()
) -> tuple[ScannedLine, ...]:
    found = []
    for number, (line, each) in enumerate(zip(lines, marks, strict=True)):
        letter = scheme[number] if scheme else ""
        group = rhyme_class(words_of(line)[-1].text) if letter else ""
        found.append(ScannedLine(line.span, each, letter, group))
    return tuple(found)
