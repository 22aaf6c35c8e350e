"""Findings on verse, made in one way: a code, a place, and the arguments that its message names."""

from __future__ import annotations

from collections.abc import Iterable

from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span


def fault(
    code: str, span: Span, severity: Severity = Severity.ERROR, evidence: Iterable[Span] = (), **args: object
) -> Finding:
    """A finding; `args` fill its message, `evidence` are the spans that bear it out."""
    return Finding(code, span, severity, {name: str(value) for name, value in args.items()}, tuple(evidence))
