"""Revise: mistakes of language as edits, holes of logic as findings; nothing is changed behind the writer's back."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from bimo.craft.events import Alternative, Event, Result, Warned
from bimo.craft.finish import unwrap
from bimo.craft.holes import suspects
from bimo.craft.mending import mend
from bimo.craft.passages import portions
from bimo.craft.registry import Context, Request, tool
from bimo.craft.session import Session, language_of, preset, required, step
from bimo.critique.correcting import corrections
from bimo.critique.slips import slips
from bimo.critique.told import finding_told
from bimo.models.protocol import Message, Model
from bimo.text.errors import Language, Notice
from bimo.text.finding import Measure
from bimo.text.sentences import sentences
from bimo.text.spans import Edit, Span, apply_edits

# Text for one request to a strong model, in 字 or words.
_PORTION = {"zh": 1500, "en": 1000}


class ReviseRequest(Request):
    """What to correct."""

    text: str = Field(description="the text | 原文")
    scope: Literal["all", "language", "logic"] = Field("all", description="what to look for | 检查什么")
    check: bool = Field(False, description="mend only what the critics find | 只改检查发现的问题")


@dataclass
class _Found:
    """What is found so far; places count code points of the whole text."""

    edits: list[Edit] = field(default_factory=list)
    findings: list[dict[str, object]] = field(default_factory=list)
    dropped: int = 0

    def add(self, edit: Edit) -> None:
        """Keep an edit unless it touches one that is there."""
        if any(edit.span.overlaps(other.span) or edit.span.start == other.span.start for other in self.edits):
            self.dropped += 1
        else:
            self.edits.append(edit)


@tool(
    "revise",
    request=ReviseRequest,
    zh=("修改", "找出并改正语言错误，指出逻辑漏洞。"),
    en=("Revise", "Find and correct mistakes of language, and point out holes of logic."),
)
def revise(request: ReviseRequest, context: Context, model: Model) -> Iterator[Event]:
    """Certain slips first, then sentence by sentence and pair by pair; a strong model takes whole pages."""
    required(request.text)
    text = request.text
    lang = language_of(request, text)
    session = Session.begin("revise", request, context, model, lang)
    found = _Found()
    if request.check:
        yield from _from_findings(session, text, found)
        yield Result((_alternative(text, found),), stopped=session.stopped)
        return
    if request.scope != "logic":
        for edit in slips(text, lang):
            found.add(replace(edit, reason=_reason(edit.reason, lang)))
    if model.info.small:
        if request.scope != "logic":
            yield from _sentence_by_sentence(session, text, found)
        if request.scope != "language":
            yield from _pair_by_pair(session, text, found)
    else:
        yield from _page_by_page(session, request, found)
    if found.dropped:
        yield Warned(Notice.of("craft.edits_dropped", count=found.dropped))
    for finding in found.findings:
        yield Warned(Notice.of("craft.hole", reason=finding["reason"]))
    yield Result((_alternative(text, found),), stopped=session.stopped)


def _from_findings(session: Session, text: str, found: _Found) -> Generator[Event, None, None]:
    """What the critics find is where the work begins and what ends it; what nothing mends is told."""
    edits, left, dropped = yield from mend(session, text)
    found.dropped += dropped
    for edit in edits:
        found.add(edit)
    for each in left:
        reason = " ".join(finding_told(each.finding, session.lang))
        found.findings.append(_finding(each.finding.code, each.finding.span, each.finding.evidence, reason))
    if dropped:
        yield Warned(Notice.of("craft.mends_dropped", count=dropped))
    for each in left:
        quote = each.finding.span.of(text)
        yield Warned(
            Notice.of("craft.left_found", quote=quote[:60], reason=finding_told(each.finding, session.lang)[0])
        )


def _alternative(text: str, found: _Found) -> Alternative:
    edits = sorted(found.edits)
    data: dict[str, object] = {
        "edits": [
            {"start": e.span.start, "end": e.span.end, "old": e.span.of(text), "new": e.new, "reason": e.reason}
            for e in edits
        ],
        "findings": found.findings,
        "dropped": found.dropped,
    }
    counted = (Measure("edits", len(edits)), Measure("findings", len(found.findings)))
    return Alternative(apply_edits(text, edits), counted, data)


def _reason(code: str, lang: Language) -> str:
    return Notice.of(f"craft.reason_{code}").message(lang)


def _sentence_by_sentence(session: Session, text: str, found: _Found) -> Generator[Event, None, None]:
    """Let the model copy each sentence correctly, and take of its changes what mends a mistake."""
    lang = session.lang
    session.show_manner()
    spans = sentences(text, lang)
    for number, span in enumerate(spans):
        yield step("sentence", number + 1, len(spans))
        own = [
            Edit(Span(e.span.start - span.start, e.span.end - span.start), e.new) for e in found.edits if _in(e, span)
        ]
        # The certain slips are mended first, so that the model sees a cleaner sentence; its edits must then stand
        # where nothing was mended, or their places would be off.
        old = apply_edits(span.of(text), own)
        asking = replace(session, turns=list(session.turns))
        asking.say("ask", text=old)
        tokens = session.model.count(old)
        if asking.room(tokens + 40) < 0:
            found.dropped += 1
            continue
        sampling = replace(preset(lang, "exact"), temperature=0.0, max_tokens=2 * tokens + 40, copies_prompt=True)
        answer = yield from asking.answer(replace(sampling, stop=("\n",)), offset=number)
        if session.stopped:
            return
        mended, dropped = corrections(old, unwrap(answer, lang), lang)
        found.dropped += dropped
        for edit in mended:
            place = _back(edit.span, own)
            if place is None:
                found.dropped += 1
            else:
                moved = Span(place.start + span.start, place.end + span.start)
                found.add(Edit(moved, edit.new, _reason(edit.reason, lang)))


def _in(edit: Edit, span: Span) -> bool:
    return span.start <= edit.span.start and edit.span.end <= span.end


def _back(place: Span, edits: list[Edit]) -> Span | None:
    """A place of the mended sentence in the one before, or None if it touches a mended place."""
    shift = 0
    for edit in sorted(edits):
        start = edit.span.start + shift
        if start >= place.end:
            break
        if start + len(edit.new) > place.start:
            return None
        shift += len(edit.new) - len(edit.span)
    return Span(place.start - shift, place.end - shift)


def _pair_by_pair(session: Session, text: str, found: _Found) -> Generator[Event, None, None]:
    """Ask about each two sentences that seem to contradict each other whether both can be true."""
    script = session.script
    asking = replace(session, turns=[])
    yes, no = script.say("logic.yes"), script.say("logic.no")
    for line in script.parts["logic.examples"].splitlines():
        one, two, answer = line.split("|")
        asking.turns += [Message("user", script.say("logic", one=one, two=two)), Message("assistant", answer)]
    grammar = f'root ::= "{yes}" | "{no}"'
    sampling = replace(preset(session.lang, "exact"), temperature=0.0, max_tokens=8, grammar=grammar)
    pairs = suspects(text, session.lang)
    for number, pair in enumerate(pairs):
        yield step("pair", number + 1, len(pairs))
        one, two = pair.one.of(text), pair.two.of(text)
        question = replace(asking, turns=list(asking.turns))
        question.say("logic", one=one, two=two)
        answer = no
        if not pair.certain:
            if question.room(8) < 0:
                continue
            answer = yield from question.answer(sampling, offset=1000 + number)
        if session.stopped:
            return
        if answer.strip() == no:
            reason = Notice.of(f"craft.hole_{pair.kind}", one=pair.args[0], two=pair.args[1]).message(session.lang)
            found.findings.append(_finding(f"craft.hole_{pair.kind}", pair.two, (pair.one,), reason))


def _finding(code: str, place: Span, evidence: tuple[Span, ...], reason: str) -> dict[str, object]:
    return {
        "code": code,
        "start": place.start,
        "end": place.end,
        "evidence": [[each.start, each.end] for each in evidence],
        "reason": reason,
    }


class _Change(BaseModel):
    old: str
    new: str
    reason: str


class _Hole(BaseModel):
    quote: str
    against: str
    reason: str


class _Page(BaseModel):
    edits: list[_Change]
    findings: list[_Hole]


def _page_by_page(session: Session, request: ReviseRequest, found: _Found) -> Generator[Event, None, None]:
    """One structured answer a page; what it quotes must stand there word for word, and once."""
    spans = portions(request.text, session.lang, _PORTION[session.lang])
    pages = _joined(spans, request.text, session.lang)
    sampling = replace(preset(session.lang, "exact"), max_tokens=4096, schema=_Page.model_json_schema())
    for number, span in enumerate(pages):
        yield step("page", number + 1, len(pages))
        asking = replace(session, turns=list(session.turns))
        asking.say("whole", text=span.of(request.text))
        answer = yield from asking.answer(sampling, offset=number)
        if session.stopped:
            return
        try:
            page = _Page.model_validate_json(unwrap(answer, session.lang))
        except ValidationError:
            yield Warned(Notice.of("craft.page_unread", page=number + 1))
            continue
        _take(page, request, span, found)


def _joined(spans: list[Span], text: str, lang: Language) -> list[Span]:
    """Neighbouring portions made one while together they are no longer than a page."""
    pages: list[Span] = []
    for span in spans:
        if pages and span.end - pages[-1].start <= (1 if lang == "zh" else 6) * _PORTION[lang]:
            pages[-1] = Span(pages[-1].start, span.end)
        else:
            pages.append(span)
    return pages


def _take(page: _Page, request: ReviseRequest, span: Span, found: _Found) -> None:
    text = request.text
    for change in page.edits if request.scope != "logic" else []:
        place = _once(change.old, text, span)
        if place is None or change.old == change.new:
            found.dropped += 1
        else:
            found.add(Edit(place, change.new, change.reason))
    for hole in page.findings if request.scope != "language" else []:
        place, against = _once(hole.quote, text, span), _once(hole.against, text, span)
        if place is None or against is None:
            found.dropped += 1
        else:
            found.findings.append(_finding("craft.hole_told", place, (against,), hole.reason))


def _once(quote: str, text: str, within: Span) -> Span | None:
    """Where a quotation stands, if it stands there exactly once."""
    part = within.of(text)
    if not quote or part.count(quote) != 1:
        return None
    start = within.start + part.index(quote)
    return Span(start, start + len(quote))
