"""Who wrote each part of a text: arithmetic on runs of code points that always tile the text.

`model` are words as a model wrote them and the writer took them; `model_edited` are the writer's own changes inside
them; everything else is the `writer`'s.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Final, Literal

from bimo.text.diff import diff
from bimo.text.errors import Language
from bimo.text.spans import Edit, Span

Author = Literal["writer", "model", "model_edited"]

_LETTERS: Final[dict[Author, str]] = {"writer": "w", "model": "m", "model_edited": "e"}
_AUTHORS: Final = {letter: author for author, letter in _LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Run:
    """`length` code points in a row by one author."""

    author: Author
    length: int


Authorship = tuple[Run, ...]


def by(author: Author, length: int) -> Authorship:
    """A text of `length` code points by one author."""
    return merged([Run(author, length)])


def merged(runs: Iterable[Run]) -> Authorship:
    """The runs without empty ones, neighbours of one author made one."""
    grouped = groupby((run for run in runs if run.length), key=lambda run: run.author)
    return tuple(Run(author, sum(run.length for run in same)) for author, same in grouped)


def total(authorship: Iterable[Run]) -> int:
    """How many code points the runs cover."""
    return sum(run.length for run in authorship)


def part(authorship: Authorship, span: Span) -> Authorship:
    """The authorship of the text under `span`."""
    ends = list(accumulate(run.length for run in authorship))
    return merged(
        Run(run.author, max(0, min(end, span.end) - max(end - run.length, span.start)))
        for run, end in zip(authorship, ends, strict=True)
    )


def after(authorship: Authorship, edits: Iterable[Edit], author: Author = "writer") -> Authorship:
    """The authorship once `edits` by `author` are made; `edits` as `apply_edits` takes them.

    What the writer puts in place of a model's words, or into the midst of them without beginning a line, is
    `model_edited`. Raises ValueError if two edits overlap or one reaches past the end.
    """
    runs: list[Run] = []
    place = 0
    for edit in sorted(edits):
        if edit.span.start < place or edit.span.end > total(authorship):
            raise ValueError(f"edit {edit!r} overlaps another or reaches past the end")
        runs += part(authorship, Span(place, edit.span.start))
        runs.append(Run(_author_of(edit, authorship, author), len(edit.new)))
        place = edit.span.end
    return merged([*runs, *part(authorship, Span(place, total(authorship)))])


def marked(authorship: Authorship, span: Span, author: Author) -> Authorship:
    """The authorship with the text under `span` given to `author`."""
    end = total(authorship)
    before, behind = part(authorship, Span(0, span.start)), part(authorship, Span(min(span.end, end), end))
    return merged([*before, Run(author, min(span.end, end) - span.start), *behind])


def combined(old: Authorship, new: Authorship, edits: Sequence[Edit], chosen: Container[int]) -> Authorship:
    """The authorship once the `chosen` of the edits from an old to a new text are made; what comes keeps its author.

    `edits` are all that turn the old text into the new one, in order; `chosen` are their numbers.
    """
    runs: list[Run] = []
    place = there = 0
    for number, edit in enumerate(edits):
        runs += part(old, Span(place, edit.span.start))
        there += edit.span.start - place
        come = Span(there, there + len(edit.new))
        runs += part(new, come) if number in chosen else part(old, edit.span)
        place, there = edit.span.end, come.end
    return merged([*runs, *part(old, Span(place, total(old)))])


def derived(old: str, authorship: Authorship, new: str, lang: Language, author: Author = "writer") -> Authorship:
    """The authorship of `new`, made by `author` out of `old`, from a comparison of the two."""
    return after(authorship, changes(old, new, lang), author)


def changes(old: str, new: str, lang: Language) -> list[Edit]:
    """The edits from `old` to `new`: words where several places differ, one edit without word rules where one does."""
    start, rest = unchanged(old, new)
    gone, come = old[start : len(old) - rest], new[start : len(new) - rest]
    if not gone or not come:
        return [Edit(Span(start, start + len(gone)), come)] if gone or come else []
    return [Edit(Span(start + edit.span.start, start + edit.span.end), edit.new) for edit in diff(gone, come, lang)]


def unchanged(old: str, new: str) -> tuple[int, int]:
    """How many code points the two texts share at the beginning, and of the rest how many at the end."""
    start = _shared(old, new)
    return start, _shared(old[start:][::-1], new[start:][::-1])


def shares(authorship: Iterable[Run]) -> dict[Author, int]:
    """Code points of each author."""
    found: dict[Author, int] = {"writer": 0, "model": 0, "model_edited": 0}
    for run in authorship:
        found[run.author] += run.length
    return found


def spans(authorship: Iterable[Run]) -> Iterator[tuple[Span, Author]]:
    """Each run as a span of the text, in order."""
    place = 0
    for run in authorship:
        yield Span(place, place + run.length), run.author
        place += run.length


def packed(authorship: Iterable[Run]) -> str:
    """The runs in short: `w120m35e4`."""
    return "".join(f"{_LETTERS[run.author]}{run.length}" for run in authorship)


def unpacked(short: str) -> Authorship:
    """The runs that `packed` made short. Raises ValueError for anything else."""
    if not re.fullmatch(r"(?:[wme][1-9][0-9]*)*", short):
        raise ValueError(f"not packed authorship: {short[:40]!r}")
    return tuple(Run(_AUTHORS[letter], int(length)) for letter, length in re.findall(r"([wme])(\d+)", short))


def _author_of(edit: Edit, authorship: Authorship, author: Author) -> Author:
    if author != "writer":
        return author
    if len(edit.span):
        around = part(authorship, edit.span)
    elif "\n" in edit.new or not 0 < edit.span.start < total(authorship):
        return "writer"
    else:
        around = part(authorship, Span(edit.span.start - 1, edit.span.start + 1))
    return "writer" if any(run.author == "writer" for run in around) else "model_edited"


def _shared(one: str, other: str) -> int:
    """The length of the common beginning, found by halves because comparing slices is much faster than letters."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low
