"""Findings on verse, made in one way: a code, a place, and the arguments that its message names."""

from __future__ import annotations

from collections.abc import Iterable

from bimo.text.finding import Finding, Severity
from bimo.text.spans import Edit, Span


def fault(
    code: str,
    span: Span,
    severity: Severity = Severity.ERROR,
    evidence: Iterable[Span] = (),
    fixes: Iterable[Edit] = (),
    **args: object,
) -> Finding:
    """A finding; `args` fill its message, `evidence` are the spans that bear it out.

    `fixes` are given only where there is one cure: which other character a place should have is the poet's to say.
    """
    texts = {name: str(value) for name, value in args.items()}
    return Finding(code, span, severity, texts, tuple(evidence), tuple(fixes))
