"""Condense: a passage told in fewer words, with its names and numbers."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import combinations

from pydantic import Field

from bimo.craft.events import Event, Piece
from bimo.craft.filling import Window, fill
from bimo.craft.finish import finish
from bimo.craft.passages import comparing, must_stay, portions, weight
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, Request, tool
from bimo.craft.session import Session, language_of, required, step
from bimo.critique.prose import cost, measures
from bimo.models.protocol import Model
from bimo.text.count import length, unit
from bimo.text.errors import InputError
from bimo.text.keep import lost
from bimo.text.sentences import sentences

# Text for one request in 字 or words.
_SMALL, _LARGE = {"zh": 80, "en": 50}, {"zh": 3000, "en": 2000}
_TRIES = 3
# Of more sentences there are too many selections to look at.
_MOST = 8


class CondenseRequest(Request):
    """What to tell in fewer words."""

    text: str = Field(description="the passage | 原文")
    length: int | None = Field(None, ge=5, le=5000, description="length in words, half by default | 字数，默认一半")


@tool(
    "condense",
    request=CondenseRequest,
    zh=("缩写", "把一段文字写短，人名、数字和经过都在。"),
    en=("Condense", "Tell a passage in fewer words; names, numbers and events stay."),
)
def condense(request: CondenseRequest, context: Context, model: Model) -> Iterator[Event]:
    """Go through the text portion by portion, each to its share of the length."""
    text = required(request.text)
    lang = language_of(request, text)
    now = length(text, lang)
    target = request.length or max(5, now // 2)
    if target > 0.9 * now:
        raise InputError("craft.condense_longer", length=target, now=now, unit=unit(lang))
    session = Session.begin("condense", request, context, model, lang)
    session.show_manner()
    events = alternatives(session, request, lambda own: _by_portions(own, text, target), target=target)
    return comparing(events, text, lang)


def _by_portions(session: Session, text: str, target: int) -> Generator[Event, None, str]:
    small, lang = session.model.info.small, session.lang
    spans = portions(text, lang, (_SMALL if small else _LARGE)[lang])
    whole, place = "", 0
    for number, span in enumerate(spans):
        yield step("paragraph", number + 1, len(spans))
        gap = text[place : span.start] if number else ""
        before, place = length(whole, lang), span.end
        share = length(span.of(text), lang) / max(1, length(text[span.start :], lang))
        aim = max(3, round((target - before) * share))
        last = number == len(spans) - 1
        window = Window.around(target, before=before) if last else Window(aim * 3 // 4, aim, aim * 5 // 4)
        part = yield from _best(session, span.of(text), window, number, _TRIES if small else 1)
        yield Piece(gap + part)
        whole += gap + part
        if session.stopped:
            break
    return whole


def _best(session: Session, plain: str, window: Window, number: int, tries: int) -> Generator[Event, None, str]:
    """The candidate that keeps most of the facts, of these the best prose."""
    asking = replace(session, turns=list(session.turns))
    asking.say("ask", text=plain, aim=window.aim, keep=must_stay(plain, session.lang))
    sampling = replace(session.prose(names=(plain,)), temperature=0.5, dry=0.0)
    if tries == 1:
        sampling = replace(sampling, avoid="", bans=())
    found: list[tuple[float, str]] = []
    for attempt in range(tries):
        raw = yield from fill(asking, sampling, window, offset=number * 16 + attempt)
        text = finish(raw, session.lang, whole=not session.stopped)
        if text:
            gone = weight(lost(plain, text, lang=session.lang))
            found.append((gone + 0.2 * cost(measures(text, session.lang, target=window.aim)), text))
        if session.stopped:
            break
    if tries > 1 and not session.stopped:
        # What is only left out is clumsier than what is told shorter, but it says nothing wrong.
        found += [
            (0.5 + weight(lost(plain, text, lang=session.lang)), text) for text in _selected(session, plain, window)
        ]
    return min(found)[1] if found else ""


def _selected(session: Session, plain: str, window: Window) -> Iterator[str]:
    """The passage without some of its sentences, in every way that fits the window."""
    spans = sentences(plain, session.lang)
    joint = "" if session.lang == "zh" else " "
    for count in range(1, len(spans) if len(spans) <= _MOST else 0):
        for chosen in combinations(spans, count):
            text = joint.join(span.of(plain) for span in chosen)
            if window.low <= length(text, session.lang) <= window.high:
                yield text
