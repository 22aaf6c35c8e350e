"""The rhyme of Chinese verse: which group the feet share, and which of them fall out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span
from bimo.verse.chinese.ear import Ear
from bimo.verse.faults import fault


@dataclass(frozen=True, slots=True)
class Foot:
    """The last character of a rhyming line. `letter` as in a pattern: a capital is level. `first` may borrow."""

    line: int
    char: str
    span: Span
    letter: str
    first: bool = False

    @property
    def tone(self) -> str:
        """The tone that the letter asks for."""
        return "平" if self.letter.isupper() else "仄"


@dataclass(frozen=True, slots=True)
class Rhyme:
    """What was heard: the group of each rhyming line by its number, the findings, and the lines that do not rhyme."""

    groups: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)


def judge(
    feet: Sequence[Foot], ear: Ear, *, near: Severity = Severity.WARNING, again: Severity = Severity.ERROR
) -> Rhyme:
    """Hear the feet. `near` grades a foot of a neighbouring group, `again` one that was used before."""
    heard = Rhyme()
    for letter in dict.fromkeys(foot.letter.lower() for foot in feet):
        _judge_one([foot for foot in feet if foot.letter.lower() == letter], ear, near, again, heard)
    return heard


def main_part(feet: Sequence[Foot], ear: Ear) -> str:
    """The rhyme that most feet share, "" where none of them can be heard."""
    votes: Counter[str] = Counter()
    for foot in feet:
        for part in ear.parts(foot.char, foot.tone):
            votes[part] += 1 if foot.first else 100
    # Of two rhymes shared by all feet, the one in which the feet are usually heard.
    best = max(votes.values(), default=0)
    equal = [part for part in votes if votes[part] == best]
    return equal[0] if len(equal) == 1 else max(equal, key=lambda part: (_usual(part, feet, ear), part), default="")


def _usual(part: str, feet: Sequence[Foot], ear: Ear) -> float:
    groups = {ear.group(part, tone) for tone in "平仄"}
    return sum(each.prior for foot in feet for each in ear.book.readings(foot.char) if each.group in groups)


def _judge_one(feet: list[Foot], ear: Ear, near: Severity, again: Severity, heard: Rhyme) -> None:
    part = main_part(feet, ear)
    seen: dict[str, Foot] = {}
    model = next((foot for foot in feet if not foot.first and part in ear.parts(foot.char, foot.tone)), None)
    for foot in feet:
        if not ear.knows(foot.char):
            continue
        group = ear.group(part, foot.tone)
        parts = ear.parts(foot.char, foot.tone)
        if part in parts:
            heard.groups[foot.line] = group
        else:
            if parts & ear.near(part, foot.tone):
                code = "verse.borrowed_rhyme" if foot.first else "verse.near_rhyme"
                severity = Severity.HINT if foot.first else near
            else:
                code, severity = "verse.rhyme", Severity.ERROR
            heard.groups[foot.line] = next(iter(sorted(ear.group(each, foot.tone) for each in parts)), "")
            if severity == Severity.ERROR:
                heard.bad.add(foot.line)
            heard.findings.append(_off(code, severity, foot, model, group, feet, ear))
        if foot.char in seen:
            if again == Severity.ERROR:
                heard.bad.add(foot.line)
            first = seen[foot.char]
            heard.findings.append(
                fault(
                    "verse.repeated_foot",
                    foot.span,
                    again,
                    [first.span],
                    line=foot.line + 1,
                    char=foot.char,
                    first=first.line + 1,
                )
            )
        seen.setdefault(foot.char, foot)


def _off(
    code: str, severity: Severity, foot: Foot, model: Foot | None, group: str, feet: list[Foot], ear: Ear
) -> Finding:
    used = {each.char for each in feet}
    cures = [char for char in ear.rhyming(group)[:40] if char not in used][:3]
    return fault(
        code,
        foot.span,
        severity,
        [model.span] if model else (),
        line=foot.line + 1,
        char=foot.char,
        found="、".join(dict.fromkeys(each.group for each in ear.book.readings(foot.char))),
        expected=group,
        model=model.char if model else "",
        cure="、".join(cures),
    )
