"""Rhymes as a form asks for them: none, poor ones, words that rhyme with themselves; with words that would rhyme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bimo.text.finding import Finding, Severity
from bimo.verse.english.lexicon import rhymes_of
from bimo.verse.english.line import Word
from bimo.verse.english.plan import Plan
from bimo.verse.english.rhyme import GRADES, Grade, rhyme
from bimo.verse.english.shapes import leaning_words
from bimo.verse.faults import fault

# How many cures are offered, and among how many lines of a group its model is sought.
_CURES: Final = 3
_VOTERS: Final = 40


def rhymes(plan: Plan, words: Sequence[Sequence[Word]]) -> list[Finding]:
    """What is wrong with the end words of lines that should rhyme. A line that comes back whole rhymes by itself."""
    groups: dict[str, list[int]] = {}
    for number, place in enumerate(plan):
        again = place.refrain and any(place.refrain == before.refrain for before in plan[:number])
        if place.rhyme and not again:
            groups.setdefault(place.rhyme, []).append(number)
    ends = [said[-1] for said in words]
    return [found for numbers in groups.values() for found in group(numbers, ends)]


def group(numbers: Sequence[int], ends: Sequence[Word]) -> list[Finding]:
    """The findings of one group of lines, by number; each is held against the word that most others rhyme with."""
    if len(numbers) < 2:
        return []
    shown = [ends[number].text for number in numbers]
    voters = shown[:_VOTERS]
    votes = Counter({place: sum(rhyme(one, two) != "" for two in voters) for place, one in enumerate(voters)})
    centre = votes.most_common(1)[0][0]
    findings = []
    for place, number in enumerate(numbers):
        if place == centre:
            continue
        others = [centre, *(other for other in range(max(0, place - _VOTERS), place) if other != centre)]
        best = min(others, key=lambda other: GRADES.index(rhyme(shown[place], shown[other])))
        grade = rhyme(shown[place], shown[best])
        if grade == "perfect" and shown[place].casefold() in map(str.casefold, shown[:place]):
            grade, best = "identical", [each.casefold() for each in shown].index(shown[place].casefold())
        if grade != "perfect":
            findings.append(_finding(grade, number, ends[number], ends[numbers[best]], ends))
    return findings


def _finding(grade: Grade, number: int, word: Word, model: Word, ends: Sequence[Word]) -> Finding:
    # A poet who looks for a rhyme looks for a word that carries sense.
    used = leaning_words().union(each.text.casefold() for each in ends)
    cure = ", ".join(rhymes_of(model.text.casefold(), _CURES, used)) or "–"
    line, code, severity = number + 1, "verse.unrhymed", Severity.ERROR
    if grade == "identical":
        code, severity = "verse.identical_rhyme", Severity.WARNING
    elif grade == "eye":
        code, severity = "verse.eye_rhyme", Severity.WARNING
    elif grade:
        code, severity = "verse.slant_rhyme", Severity.WARNING
    return fault(code, word.span, severity, [model.span], line=line, word=word.text, model=model.text, cure=cure)
