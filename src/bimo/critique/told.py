"""What critics found, in words and as plain data, for whoever shows it."""

from __future__ import annotations

from typing import Any

from bimo.critique.check import Found, Report
from bimo.critique.passage import Passage
from bimo.critique.registry import all_critics
from bimo.text.errors import Language
from bimo.text.spans import Span
from bimo.verse.told import finding_told

__all__ = ["as_data", "finding_told", "found_data"]


def as_data(report: Report, passage: Passage, lang: Language) -> dict[str, Any]:
    """A report as plain data, its words in `lang`. Offsets count code points, lines and columns count from 1."""
    return {
        "language": passage.lang,
        "kind": passage.kind,
        "findings": [found_data(each, passage, lang) for each in report.findings],
        "gaps": [{"code": gap.code, "text": gap.message(lang)} for gap in report.gaps],
        "waived": report.waived,
    }


def found_data(found: Found, passage: Passage, lang: Language) -> dict[str, Any]:
    """One finding as plain data; `key` names it when the writer calls it intended."""
    finding = found.finding
    text, hint = finding_told(finding, lang)
    critic = all_critics()[found.critic]
    return {
        "key": found.key,
        "critic": found.critic,
        "critic_name": critic.names[lang],
        "group": critic.group,
        "code": finding.code,
        "severity": finding.severity.name.lower(),
        **_place(finding.span, passage),
        "text": text,
        "hint": hint,
        "evidence": [_place(span, passage) for span in finding.evidence],
        "fixes": [
            {"start": fix.span.start, "end": fix.span.end, "new": fix.new, "reason": fix.reason}
            for fix in finding.fixes
        ],
    }


def _place(span: Span, passage: Passage) -> dict[str, Any]:
    line, column = passage.line_column(span.start)
    return {
        "start": span.start,
        "end": span.end,
        "line": line,
        "column": column,
        "quote": span.of(passage.text),
    }
