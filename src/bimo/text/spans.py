"""Places in a text and changes to it. Offsets count Unicode code points of the original text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The code points `start` to `end` (not included) of a text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start!r} to {self.end!r}")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The part of `text` that this span covers."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a code point, or stand at the same empty place."""
        return (self.start < other.end and other.start < self.end) or self == other


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the text under `span` by `new`; an empty span inserts, an empty `new` deletes."""

    span: Span
    new: str
    reason: str = ""


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Apply edits that all refer to `text` as it is now.

    Raises ValueError if two edits overlap or one reaches past the end.
    """
    parts: list[str] = []
    place = 0
    for edit in sorted(edits):
        if edit.span.start < place or edit.span.end > len(text):
            raise ValueError(f"edit {edit!r} overlaps another or reaches past the end")
        parts += [text[place : edit.span.start], edit.new]
        place = edit.span.end
    return "".join([*parts, text[place:]])
