"""What comes back in a poem: whole lines (villanelle), end words (sestina), a phrase after the rhyme (ghazal)."""

from __future__ import annotations

from collections.abc import Sequence

from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span
from bimo.verse.english.line import Word
from bimo.verse.english.plan import Plan
from bimo.verse.english.rhyming import group
from bimo.verse.faults import fault
from bimo.verse.form import Form
from bimo.verse.layout import Line


def returns(form: Form, plan: Plan, lines: Sequence[Line], words: Sequence[Sequence[Word]]) -> list[Finding]:
    """Lines and end words that should come back and do not."""
    if "ends" in form.rules:
        held = form.rules.get("all_ends", 0)
        body = len(plan) - held
        return [*_end_words(plan[:body], words), *_all_ends(plan[:body], lines[body:], words)]
    return _refrains(plan, lines, words)


def _refrains(plan: Plan, lines: Sequence[Line], words: Sequence[Sequence[Word]]) -> list[Finding]:
    first: dict[str, int] = {}
    findings = []
    for number, place in enumerate(plan):
        if not place.refrain:
            continue
        model = first.setdefault(place.refrain, number)
        if _said(words[model]) == _said(words[number]):
            continue
        # A refrain that ends on its word may vary: many poets let it.
        varied = _plain(words[model][-1]) == _plain(words[number][-1])
        severity = Severity.WARNING if varied else Severity.ERROR
        evidence = [lines[model].span]
        text = lines[model].text
        findings.append(
            fault(
                "verse.refrain", lines[number].span, severity, evidence, line=number + 1, first=model + 1, expected=text
            )
        )
    return findings


def _end_words(plan: Plan, words: Sequence[Sequence[Word]]) -> list[Finding]:
    model: dict[str, Word] = {}
    findings = []
    for number, place in enumerate(plan):
        word = words[number][-1]
        wanted = model.setdefault(place.rhyme, word)
        if not _same_end(_plain(wanted), _plain(word)):
            findings.append(
                fault(
                    "verse.end_word",
                    word.span,
                    Severity.ERROR,
                    [wanted.span],
                    line=number + 1,
                    expected=wanted.text,
                    found=word.text,
                )
            )
    return findings


def _all_ends(plan: Plan, last: Sequence[Line], words: Sequence[Sequence[Word]]) -> list[Finding]:
    """The end words that the last lines do not hold."""
    if not last:
        return []
    body = len(plan)
    held = {_plain(word) for said in words[body:] for word in said}
    ends = {place.rhyme: words[number][-1] for number, place in reversed(list(enumerate(plan)))}
    span = Span(last[0].span.start, last[-1].span.end)
    return [
        fault("verse.end_word_missing", span, Severity.ERROR, [word.span], word=word.text)
        for word in sorted(ends.values(), key=lambda word: word.span)
        if _plain(word) not in held
    ]


def radif(plan: Plan, words: Sequence[Sequence[Word]]) -> list[Finding]:
    """The phrase that ends both lines of the first couplet and every line of their rhyme, and the rhyme before it."""
    numbers = [number for number, place in enumerate(plan) if place.rhyme == "A"]
    first, second = (_said(words[number]) for number in numbers[:2])
    size = 0
    while size < min(len(first), len(second)) - 1 and first[-1 - size] == second[-1 - size]:
        size += 1
    size = size or 1
    phrase = first[len(first) - size :]
    findings, good = [], []
    for number in numbers:
        said = words[number]
        if _said(said)[-size:] == phrase and len(said) > size:
            good.append(number)
        else:
            found = " ".join(word.text for word in said[-size:])
            span = Span(said[max(0, len(said) - size)].span.start, said[-1].span.end)
            findings.append(fault("verse.radif", span, line=number + 1, expected=" ".join(phrase), found=found))
    ends = [said[-1 - size] if len(said) > size else said[-1] for said in words]
    return findings + group(good, ends)


def _same_end(wanted: str, found: str) -> bool:
    """The same word, or one that holds it as its end: long and along."""
    return wanted == found or (min(len(wanted), len(found)) > 2 and (wanted.endswith(found) or found.endswith(wanted)))


def _plain(word: Word) -> str:
    return word.text.casefold().replace("’", "'").removesuffix("'s")


def _said(words: Sequence[Word]) -> list[str]:
    return [word.text.casefold().replace("’", "'") for word in words]
