"""A line of English verse: its words, its syllables with their marks, and how it stands in a metre."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise, product
from typing import Final, Literal

from bimo.text.spans import Span
from bimo.verse.english.dictionary import Phones
from bimo.verse.english.metre import Metre, Step, begin
from bimo.verse.english.shapes import Shape, shapes, syllables
from bimo.verse.layout import Line
from bimo.verse.scansion import Mark

# Letters with the apostrophes around and between them; a hyphen parts words, a dash is a pause.
_WORD: Final = re.compile(r"['’]?[^\W\d_]+(?:['’][^\W\d_]+)*['’]?")
_PAUSE: Final = re.compile(r"[,;:.!?—–…()\"“”]|--")
_STRONG, _WEAK, _OPEN = "/", "x", "-"
_EXPECTED: Final = {"s": _STRONG, "w": _WEAK}
_FOUND: Final = {"P": _STRONG, "C": _STRONG, "S": _OPEN, "F": _OPEN, "U": _WEAK, "A": _WEAK}
# What a place of the plain pattern cannot take: a main stress where it is weak, a weak syllable where it is strong.
_CLASHES: Final = (frozenset({"Pw"}), frozenset({"Us", "As"}))


# A poem is held against many forms; its lines are read once in each metre.
_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line, its place in the poem's text, and the mark of the pause after it, if any."""

    text: str
    span: Span
    pause: str = ""


@lru_cache(maxsize=_KEPT)
def words_of(line: Line) -> tuple[Word, ...]:
    """The words that have a sound, in order."""
    return tuple(_words(line))


def _words(line: Line) -> Iterator[Word]:
    found = [match for match in _WORD.finditer(line.text) if syllables(match[0]) or shapes(match[0])]
    ends = [*(match.start() for match in found[1:]), len(line.text)]
    for match, end in zip(found, ends, strict=False):
        gap = line.text[match.end() : end]
        pause = _PAUSE.search(gap)
        start = line.span.start
        yield Word(match[0], Span(start + match.start(), start + match.end()), pause[0] if pause else "")


@dataclass(frozen=True, slots=True)
class Reading:
    """A line as it stands in a metre. `fault` tells what breaks it: too many or few syllables, or a stress.

    `at` is the number of the mark where a stress breaks it.
    """

    marks: tuple[Mark, ...]
    fault: Literal["", "syllables", "stress"] = ""
    at: int = -1


def plain(words: Sequence[Word]) -> tuple[Mark, ...]:
    """The marks of a line in no metre."""
    said = ((word, shape) for word in words for shape in shapes(word.text)[:1])
    return tuple(mark for word, shape in said for mark in _marks(word, shape, ""))


def count(words: Sequence[Word]) -> int:
    """How many syllables the words have as they are usually said."""
    return sum(syllables(word.text) for word in words)


def counts(words: Sequence[Word]) -> set[int]:
    """Every number of syllables that the words may have by themselves."""
    found = {0}
    for word in words:
        alone = {len(shape.weights) for shape in shapes(word.text) if not shape.before_vowel and shape.cost < 1}
        found = {before + more for before, more in product(found, alone)}
    return found


@lru_cache(maxsize=_KEPT)
def read_in(words: tuple[Word, ...], metre: Metre) -> Reading:
    """The line in a metre, on the cheapest way through it; where none is good enough, on the one that breaks least."""
    strict, lax = begin(metre), begin(metre, 1000.0)
    limit = strict.limit
    state = lax
    for word in words:
        after = state.feed(word.text + word.pause)
        if after is None:
            return Reading(plain(words), "syllables")
        state = after
    if state.best is None:
        return Reading(plain(words), "syllables")
    cost, steps = state.best
    marks = [mark for word, step in zip(words, steps, strict=True) for mark in _marks(word, step.shape, step.slots)]
    if cost <= limit:
        return Reading(tuple(marks))
    if count(words) not in metre.lengths() and (not metre.loose or _is_broken(steps)):
        return Reading(plain(words), "syllables")
    weights = "".join(step.shape.weights for step in steps)
    slots = metre.pattern + "w" * (len(weights) - len(metre.pattern))
    if len(slots) - len(metre.pattern) in (0, 1) and len(slots) == len(weights):
        # No way through is good, so the line is held against the plain pattern.
        marks = [replace(mark, expected=_EXPECTED[slot]) for mark, slot in zip(marks, slots, strict=True)]
    worst = _worst(steps, weights, slots)
    marks[worst] = replace(marks[worst], ok=False)
    return Reading(tuple(marks), "stress", worst)


def _is_broken(steps: Sequence[Step]) -> bool:
    return any(weight == "P" and slot == "w" for step in steps for weight, slot in _places(step))


def _places(step: Step) -> Iterator[tuple[str, str]]:
    return zip(step.shape.weights, step.slots, strict=True)


def _worst(steps: Sequence[Step], weights: str, slots: str) -> int:
    """The syllable that breaks the line: the first that the plain pattern cannot take, or the worst on this way."""
    if len(weights) == len(slots):
        pairs = ["".join(pair) for pair in zip(weights, slots, strict=True)]
        for clash in _CLASHES:
            if found := [place for place, pair in enumerate(pairs) if pair in clash]:
                return found[0]
    costs = [cost for step in steps for cost in step.costs]
    return costs.index(max(costs))


def _marks(word: Word, shape: Shape, slots: str) -> Iterator[Mark]:
    """A mark for each syllable of a word; its expected stress is empty in no metre."""
    pieces = divide(word.text, len(shape.weights))
    start = word.span.start
    sounds = divide_phones(shape.phones, len(shape.weights))
    for place, (piece, weight) in enumerate(zip(pieces, shape.weights, strict=True)):
        expected = _EXPECTED[slots[place]] if slots else ""
        span = Span(start, start + len(piece))
        yield Mark(span, piece, expected, _FOUND[weight], " ".join(sounds[place]))
        start += len(piece)


# A vowel group with a silent e that is not one: the e of "time", "timed" and "times".
_VOWELS: Final = re.compile(r"[aeiouyàâäèéêëìíîïòóôöùúûü]+", re.IGNORECASE)
_STOPS: Final = frozenset({"P", "B", "T", "D", "K", "G", "F", "TH"})
_PAIRS: Final = frozenset(
    {"th", "ch", "sh", "ph", "wh", "ck", "gh", "ng", "qu", "st", "tr", "dr", "br", "gr", "pr", "cr"}
)


def divide(word: str, number: int) -> list[str]:
    """A word in as many pieces as it has syllables, cut between its vowels as nearly as spelling tells."""
    if number <= 1:
        return [word] * number
    groups = [match.span() for match in _VOWELS.finditer(word)]
    while len(groups) > number:
        groups.pop() if re.fullmatch("(?i)e[sd]?", word[groups[-1][0] :]) else groups.pop(-2)
    while len(groups) < number and (longest := max(groups, key=lambda each: each[1] - each[0], default=(0, 0))):
        if longest[1] - longest[0] < 2:
            break
        at = groups.index(longest)
        groups[at : at + 1] = [(longest[0], longest[0] + 1), (longest[0] + 1, longest[1])]
    if len(groups) != number:
        cuts = [round(len(word) * place / number) for place in range(1, number)]
    else:
        cuts = [_cut(word, before[1], after[0]) for before, after in pairwise(groups)]
    return [word[start:end] for start, end in zip([0, *cuts], [*cuts, len(word)], strict=True)]


def _cut(word: str, start: int, end: int) -> int:
    """Where the consonants between two vowels part: one goes on, two part unless they are one sound."""
    if end - start <= 1:
        return start
    before_le = word[end - 1 :].casefold() in ("le", "les", "led")
    return end - 2 if before_le or word[end - 2 : end].casefold() in _PAIRS else end - 1


def _onset(phones: Phones, start: int, vowel: int) -> int:
    """Where the consonants that begin a syllable begin: the last one, with the one before it if it glides (curfew)."""
    glides = vowel - start > 1 and phones[vowel - 1] in ("Y", "W", "R", "L") and phones[vowel - 2] in _STOPS
    return max(start, vowel - 1 - glides)


def divide_phones(phones: Phones, number: int) -> list[Phones]:
    """The phones of each syllable; a consonant between two vowels goes to the second."""
    vowels = [place for place, phone in enumerate(phones) if phone[-1].isdigit()]
    if len(vowels) != number or number == 0:
        return [phones] * number
    cuts = [_onset(phones, before + 1, after) for before, after in pairwise(vowels)]
    return [phones[start:end] for start, end in zip([0, *cuts], [*cuts, len(phones)], strict=True)]
