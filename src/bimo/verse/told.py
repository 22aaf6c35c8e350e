"""A scan in words and as plain data, for whoever shows it."""

from __future__ import annotations

from typing import Any

from bimo.text.errors import InputError, Language
from bimo.text.finding import Finding
from bimo.verse.form import all_forms
from bimo.verse.scansion import Scan, ScannedLine


def finding_told(finding: Finding, lang: Language) -> tuple[str, str]:
    """What a finding says, and what to do about it."""
    error = InputError(finding.code, **finding.args)
    return error.message(lang), error.hint(lang)


def as_data(found: Scan, lang: Language) -> dict[str, Any]:
    """A scan as plain data, its findings in words of `lang`. Offsets count code points."""
    return {
        "form": found.form,
        "name": dict(all_forms()[found.form].names) if found.form else None,
        "variant": found.variant,
        "lang": found.lang,
        "book": found.book,
        "holds": found.holds,
        "lines": [_line_data(line) for line in found.lines],
        "findings": [_finding_data(finding, lang) for finding in found.findings],
        "near": [{"form": near.form, "errors": near.errors} for near in found.near],
    }


def _line_data(line: ScannedLine) -> dict[str, Any]:
    return {
        "start": line.span.start,
        "end": line.span.end,
        "rhyme": line.rhyme,
        "group": line.group,
        "marks": [
            {
                "start": mark.span.start,
                "end": mark.span.end,
                "text": mark.text,
                "expected": mark.expected,
                "found": mark.found,
                "reading": mark.reading,
                "ok": mark.ok,
            }
            for mark in line.marks
        ],
    }


def _finding_data(finding: Finding, lang: Language) -> dict[str, Any]:
    text, hint = finding_told(finding, lang)
    return {
        "code": finding.code,
        "severity": finding.severity.name.lower(),
        "start": finding.span.start,
        "end": finding.span.end,
        "text": text,
        "hint": hint,
        "evidence": [[span.start, span.end] for span in finding.evidence],
        "fixes": [[edit.span.start, edit.span.end, edit.new] for edit in finding.fixes],
    }
