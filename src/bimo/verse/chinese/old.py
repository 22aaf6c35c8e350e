"""Old-style verse (古绝, 古风): rhyme on the even lines, on either tone, which may change in longer poems."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from bimo.text.finding import Finding, Severity
from bimo.verse.chinese.ear import Ear, ear
from bimo.verse.chinese.feet import Foot, judge
from bimo.verse.chinese.lines import MANY, cut, place, scanned, strange, whole
from bimo.verse.faults import fault
from bimo.verse.form import Form, all_forms
from bimo.verse.kinds import Checked
from bimo.verse.layout import Line, Poem
from bimo.verse.scansion import Policy, ScannedLine


def check(poem: Poem, form: Form, *, book: str | None, policy: Policy) -> Checked:
    """Read the poem as old-style verse; see `bimo.verse.kinds.Kind`."""
    heard = ear(book or form.rules["book"], policy)
    lines = _lines(poem, form)
    findings = [*strange(poem, lines, heard), *_sizes(poem, lines, form)]
    numbers = _rhyming(lines)
    if form.rules.get("changes"):
        feet = _changing(lines, numbers, heard)
    else:
        feet = [_foot(lines, number, "A") for number in numbers]
        level, oblique = ([Foot(foot.line, foot.char, foot.span, letter) for foot in feet] for letter in ("A", "a"))
        feet = min(
            (level, oblique), key=lambda each: sum(f.severity for f in judge(each, heard, near=Severity.HINT).findings)
        )
    rhyme = judge(feet, heard, near=Severity.HINT, again=Severity.HINT)
    findings += rhyme.findings
    letters = {foot.line: foot.letter.upper() for foot in feet}
    if lines and (group := next(iter(rhyme.groups.values()), "")) and 0 not in letters:
        first = heard.book.groups[group]
        if first.part in heard.parts(lines[0].text[-1], first.tone):
            letters[0], rhyme.groups[0] = letters[min(letters)], group
    found: list[ScannedLine] = []
    for number, line in enumerate(lines):
        bad = 1 << len(line.text) - 1 if number in rhyme.bad else 0
        group = rhyme.groups.get(number, "")
        marks, _ = scanned(line, heard, bad=bad, rhyme=letters.get(number, ""), group=group)
        found.append(marks)
    return Checked(form, _variant(lines, feet), heard.book.id, tuple(found), tuple(findings))


def candidates(poem: Poem) -> Sequence[Form]:
    """Old quatrains for four equal lines, 古风 for longer poems whose lines are mostly of five or seven characters."""
    found = []
    for form in _forms():
        lines = _lines(poem, form)
        sizes = [len(line.text) for line in lines]
        if form.rules.get("longer"):
            usual = sum(size in (5, 7) for size in sizes)
            fits = usual >= 0.6 * len(sizes) and bool(sizes) and not _sizes(poem, lines, form)
        else:
            fits = len(sizes) == form.rules["lines"] and len(set(sizes)) == 1 and sizes[0] in form.rules["lengths"]
        if fits:
            found.append(form)
    return found


@cache
def _forms() -> tuple[Form, ...]:
    return tuple(form for form in all_forms().values() if form.kind == "old")


def _lines(poem: Poem, form: Form) -> tuple[Line, ...]:
    """The lines, cut to five or seven where two or more stand on end."""
    sizes = {len(line.text) for line in poem.lines}
    if sizes <= set(form.rules["lengths"]) and sizes != {10}:
        return poem.lines
    for length in (5, 7):
        lines = cut(poem.lines, length)
        if lines != poem.lines:
            return lines
    return poem.lines


def _sizes(poem: Poem, lines: Sequence[Line], form: Form) -> list[Finding]:
    found = []
    wanted, longer = form.rules["lines"], bool(form.rules.get("longer"))
    lengths = form.rules["lengths"]
    if lines and (len(lines) < 6 if longer else len(lines) != wanted):
        expected = "6+" if longer else wanted
        found.append(fault("verse.wrong_lines", whole(poem), expected=expected, found=len(lines)))
    equal = not longer and len({len(line.text) for line in lines}) > 1
    usual = max(lengths, key=[len(line.text) for line in lines].count)
    for number, line in enumerate(lines, 1):
        size = len(line.text)
        if size not in lengths or (equal and size != usual):
            expected = f"{lengths[0]}–{lengths[-1]}" if longer else usual
            found.append(fault("verse.wrong_length", line.span, line=number, expected=expected, found=size))
    return found[:MANY]


def _rhyming(lines: Sequence[Line]) -> list[int]:
    """The numbers of the lines that rhyme: those at full stops where lines differ in length, else the even ones."""
    stops = [number for number, line in enumerate(lines) if line.mark == "。" or number == len(lines) - 1]
    uneven = len({len(line.text) for line in lines}) > 1
    return stops if uneven and len(stops) > 1 else list(range(1, len(lines), 2))


def _foot(lines: Sequence[Line], number: int, letter: str) -> Foot:
    line = lines[number]
    return Foot(number, line.text[-1], place(line.places[-1]), letter)


# A rhyme with its tone, and the rhymes of the feet so far, the last one first.
State = tuple[str, str]
_Way = tuple[State, "_Way | None"]


def _changing(lines: Sequence[Line], numbers: Sequence[int], heard: Ear) -> list[Foot]:
    """The feet with a new letter at each change of rhyme, for as few changes and strangers as can be.

    A walk over the feet that keeps, for each rhyme that a foot can be in, the cheapest way there (Viterbi).
    """
    change, stranger = 3, 5
    ways: dict[State, tuple[int, _Way | None]] = {}
    for number in numbers:
        char = lines[number].text[-1]
        own = {(part, tone) for tone in "平仄" for part in heard.parts(char, tone)}
        cheapest = min(ways.values(), key=lambda way: way[0], default=(0, None))
        after: dict[State, tuple[int, _Way | None]] = {}
        for state in own | set(ways):
            near = any(state[0] in heard.near(part, tone) and tone == state[1] for part, tone in own)
            cost = 0 if state in own or not own else 1 if near else stranger
            stay = ways.get(state)
            turn = (cheapest[0] + (change if cheapest[1] else 0), cheapest[1])
            best = stay if stay and stay[0] <= turn[0] else turn
            after[state] = (best[0] + cost, (state, best[1]))
        ways = after or ways
    path: list[State] = []
    way = min(ways.values(), key=lambda way: way[0], default=(0, None))[1]
    while way:
        state, way = way
        path.append(state)
    path.reverse()
    path = _steady(path, numbers, lines, heard)
    return [
        _foot(lines, number, letter if state[1] == "平" else letter.lower())
        for number, state, letter in zip(numbers, path, _letters(path), strict=False)
    ]


def _steady(path: list[State], numbers: Sequence[int], lines: Sequence[Line], heard: Ear) -> list[State]:
    """The path without turns that only one foot takes, unless the line before it rhymes with that foot."""
    found: list[State] = []
    for at, state in enumerate(path):
        before = found[-1] if found else path[min(1, len(path) - 1)]
        after = path[at + 1] if at + 1 < len(path) else None
        odd = lines[numbers[at] - 1].text[-1] if numbers[at] else ""
        pairs = odd and state[0] in heard.parts(odd, state[1])
        found.append(before if state not in (before, after) and not pairs else state)
    return found


def _letters(path: Sequence[State]) -> list[str]:
    """A letter for each stretch of one rhyme: A, B, … Z, and again."""
    letters, now = [], -1
    for number, state in enumerate(path):
        now += number == 0 or state != path[number - 1]
        letters.append(chr(ord("A") + now % 26))
    return letters


def _variant(lines: Sequence[Line], feet: Sequence[Foot]) -> str:
    sizes = {len(line.text) for line in lines}
    length = {5: "五言", 7: "七言", 4: "四言", 6: "六言"}.get(sizes.pop(), "") if len(sizes) == 1 else "杂言"
    tones = list(dict.fromkeys(foot.tone for foot in feet))
    changed = len({foot.letter for foot in feet}) > 1
    return length + ("换韵" if changed else f"{tones[0]}韵" if tones else "")
