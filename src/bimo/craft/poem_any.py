"""Verse with a model that takes no grammar: write, check, name the faults, write again, and say so if it fails."""

from __future__ import annotations

from collections.abc import Generator

from bimo.craft.events import Event, Piece
from bimo.craft.finish import unwrap
from bimo.craft.poem_text import PoemRequest, Written
from bimo.craft.session import Session, step
from bimo.text.errors import InputError, ModelError, Notice
from bimo.text.finding import Finding, Severity
from bimo.verse.form import Form
from bimo.verse.scan import scan

# How often a poem is written again. A model that has not met the form by then seldom does.
TRIES = 6


def write_checked(session: Session, request: PoemRequest, form: Form) -> Generator[Event, None, Written]:
    """Write until the checker has nothing against it. Raises ModelError with the best try in `partial`."""
    lang = form.lang
    session.say(
        "ask",
        theme=request.theme or request.continue_ or request.fix,
        form=form.names[lang],
        about=form.about[lang],
        mood=request.mood,
        style=request.style,
        words="",
    )
    best, fewest = "", 10**6
    for number in range(TRIES):
        yield step("try", number + 1, TRIES)
        answer = yield from session.answer(session.prose("verse", max_tokens=1200), offset=number)
        text = unwrap(answer, lang)
        faults = _faults(text, form, request) if text else []
        if text and not faults:
            yield Piece(text, restart=True)
            return Written(text, form.id, 0.0, ())
        if len(faults) < fewest and text:
            best, fewest = text, len(faults)
        if session.stopped:
            return Written(best, "", float(-fewest), ())
        session.answered(text)
        session.say("again", faults="\n".join(faults[:12]))
    raise ModelError("craft.poem_failed", form=form.names[lang], tries=TRIES, faults=fewest, partial=best)


def _faults(text: str, form: Form, request: PoemRequest) -> list[str]:
    """What breaks the form, in the words that a writer would read."""
    try:
        found = scan(text, form=form, book=request.book or None)
    except InputError as error:
        return [error.message(form.lang)]
    return [_said(finding, text, form) for finding in found.findings if finding.severity >= Severity.ERROR]


def _said(finding: Finding, text: str, form: Form) -> str:
    place = finding.span.of(text)
    return f"{place}: {Notice.of(finding.code, **finding.args).message(form.lang)}"
