"""What a critique says: a finding about a span, or a measure of a whole text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from bimo.text.spans import Edit, Span


class Severity(IntEnum):
    """How much a finding matters to the writer."""

    HINT = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim about a span of a text, with the spans that prove it and the edits that would cure it."""

    code: str
    span: Span
    severity: Severity
    args: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Span, ...] = ()
    fixes: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A critique's number about a text. `good` says which way is better: -1 low, +1 high, 0 neither."""

    name: str
    value: float
    unit: str = ""
    good: int = 0
    evidence: tuple[str, ...] = ()
