"""What goes out: values of the floors below as plain JSON, with places in the page's units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from bimo.craft.events import Alternative, Asked, Event, Piece, Progress, Result, Warned
from bimo.studio.jobs import Told
from bimo.studio.places import Places
from bimo.studio.words import say
from bimo.text.authorship import Authorship
from bimo.text.errors import Language, Notice
from bimo.text.finding import Finding, Measure
from bimo.text.spans import Edit, Span
from bimo.verse.scansion import Scan, ScannedLine


def plain(value: Any) -> Any:
    """A value of values as JSON. Not for spans: only `Places` knows the page's units."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def notice(said: Notice, lang: Language) -> dict[str, str]:
    """A notice with its words."""
    return {"code": said.code, "text": say(said, lang)}


def measure(found: Measure) -> dict[str, Any]:
    """A number about a text."""
    return {
        "name": found.name,
        "value": found.value,
        "unit": found.unit,
        "good": found.good,
        "evidence": [*found.evidence],
    }


def edit(change: Edit, places: Places) -> dict[str, Any]:
    """A change with its place."""
    return {**places.span_outside(change.span), "new": change.new, "reason": change.reason}


def finding(found: Finding, places: Places, lang: Language) -> dict[str, Any]:
    """A claim about a span, in words."""
    return {
        **places.span_outside(found.span),
        "code": found.code,
        "severity": found.severity.name.lower(),
        "message": say(Notice(found.code, tuple(found.args.items())), lang),
        "evidence": [places.span_outside(span) for span in found.evidence],
        "fixes": [edit(fix, places) for fix in found.fixes],
    }


def scan(read: Scan, lang: Language) -> dict[str, Any]:
    """A poem as the checker read it; places refer to the text that was sent."""
    places = Places(read.text)

    def line(scanned: ScannedLine) -> dict[str, Any]:
        marks = [
            {
                **places.span_outside(mark.span),
                "text": mark.text,
                "expected": mark.expected,
                "found": mark.found,
                "reading": mark.reading,
                "ok": mark.ok,
            }
            for mark in scanned.marks
        ]
        return {**places.span_outside(scanned.span), "marks": marks, "rhyme": scanned.rhyme, "group": scanned.group}

    return {
        "lang": read.lang,
        "form": read.form,
        "variant": read.variant,
        "book": read.book,
        "holds": read.holds,
        "lines": [line(each) for each in read.lines],
        "findings": [finding(each, places, lang) for each in read.findings],
        "near": [{"form": each.form, "errors": each.errors} for each in read.near],
    }


def alternative(proposed: Alternative, places: Places) -> dict[str, Any]:
    """One proposal; edits in its data are about the text that was sent, in the page's units."""
    data = plain(proposed.data)
    if isinstance(data.get("edits"), list):
        data["edits"] = [
            each | places.span_outside(Span(each["start"], each["end"])) if "start" in each else each
            for each in data["edits"]
        ]
    return {"text": proposed.text, "measures": [measure(each) for each in proposed.measures], "data": data}


def event(told: Event, lang: Language, places: Places) -> Told:
    """What a tool reports, as a job tells it."""
    if isinstance(told, Progress):
        return "progress", {**notice(told.notice, lang), "step": told.step, "total": told.total}
    if isinstance(told, Piece):
        return "piece", {"text": told.text, "restart": told.restart}
    if isinstance(told, Asked):
        return "asked", {"text": told.text, "tokens": told.tokens}
    if isinstance(told, Warned):
        return "warned", notice(told.notice, lang)
    assert isinstance(told, Result)
    return "result", {
        "alternatives": [alternative(each, places) for each in told.alternatives],
        "stopped": told.stopped,
    }


def authorship(runs: Authorship, text: str) -> list[dict[str, Any]]:
    """Who wrote what, as runs in the page's units that tile the text."""
    places = Places(text)

    def spans() -> Iterator[dict[str, Any]]:
        place = 0
        for run in runs:
            yield {**places.span_outside(Span(place, place + run.length)), "author": run.author}
            place += run.length

    return list(spans())
