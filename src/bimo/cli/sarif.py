"""Findings in SARIF 2.1.0 (OASIS, 2020), which editors and code hosts show beside the text."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from bimo import __version__
from bimo.critique.passage import Passage
from bimo.critique.told import finding_told
from bimo.text.errors import Language, messages
from bimo.text.finding import Severity
from bimo.text.spans import Edit, Span

if TYPE_CHECKING:
    from bimo.cli.check import Checked
    from bimo.critique.check import Found

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Severity.HINT: "note", Severity.WARNING: "warning", Severity.ERROR: "error"}


def sarif_of(checked: list[Checked], lang: Language) -> dict[str, Any]:
    """One run over all texts, its words in `lang`; columns count code points."""
    codes = sorted({each.finding.code for one in checked for each in one.report.findings})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Bimo",
                        "version": __version__,
                        "rules": [{"id": code, "help": {"text": _help(code, lang)}} for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, each, lang) for one in checked for each in one.report.findings],
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {"level": "note", "message": {"text": gap.message(lang)}}
                            for one in checked
                            for gap in one.report.gaps
                        ],
                    }
                ],
            }
        ],
    }


def _help(code: str, lang: Language) -> str:
    floor, _, name = code.partition(".")
    found = messages(floor)[name][lang]
    return found.get("hint") or found["text"]


def _result(checked: Checked, found: Found, lang: Language) -> dict[str, Any]:
    finding, passage = found.finding, checked.passage
    text, hint = finding_told(finding, lang)
    result = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{text} {hint}".rstrip()},
        "locations": [_location(checked, finding.span)],
        "partialFingerprints": {"bimo/v1": found.key},
    }
    if finding.evidence:
        result["relatedLocations"] = [_location(checked, span) for span in finding.evidence]
    if finding.fixes:
        replacements = [_replacement(passage, fix) for fix in finding.fixes]
        result["fixes"] = [{"artifactChanges": [{"artifactLocation": _file(checked), "replacements": replacements}]}]
    return result


def _location(checked: Checked, span: Span) -> dict[str, Any]:
    region = _region(checked.passage, span) | {"snippet": {"text": span.of(checked.passage.text)}}
    return {"physicalLocation": {"artifactLocation": _file(checked), "region": region}}


def _file(checked: Checked) -> dict[str, str]:
    return {"uri": quote(PurePath(checked.name).as_posix()) if checked.path else "stdin"}


def _region(passage: Passage, span: Span) -> dict[str, int]:
    first, last = passage.line_column(span.start), passage.line_column(span.end)
    return {"startLine": first[0], "startColumn": first[1], "endLine": last[0], "endColumn": last[1]}


def _replacement(passage: Passage, fix: Edit) -> dict[str, Any]:
    return {"deletedRegion": _region(passage, fix.span), "insertedContent": {"text": fix.new}}
