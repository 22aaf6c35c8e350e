"""Expand: a passage told in more detail. A small model adds between the writer's sentences, which all stay."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator

from pydantic import Field

from bimo.craft.events import Event, Piece
from bimo.craft.filling import Window, fill, paragraph
from bimo.craft.finish import finish
from bimo.craft.passages import comparing
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, Request, tool
from bimo.craft.session import Session, language_of, required, step
from bimo.models.protocol import Model
from bimo.text.count import length, unit
from bimo.text.errors import InputError
from bimo.text.sentences import sentences

# What is added at one place, in 字 or words: about two sentences.
_PORTION = {"zh": 36, "en": 22}
_JOINT = {"zh": "", "en": " "}


class ExpandRequest(Request):
    """What to tell in more detail."""

    text: str = Field(description="the passage | 原文")
    length: int | None = Field(None, ge=20, le=5000, description="length in words, twice as long by default | 字数")


@tool(
    "expand",
    request=ExpandRequest,
    zh=("扩写", "把一段文字写得更细，事情不变。"),
    en=("Expand", "Tell a passage in more detail; what happens stays."),
)
def expand(request: ExpandRequest, context: Context, model: Model) -> Iterator[Event]:
    """Add after the sentences of the text with a small model, write anew with a strong one."""
    text = required(request.text)
    lang = language_of(request, text)
    now = length(text, lang)
    target = request.length or max(20, 2 * now)
    if target < 1.15 * now:
        raise InputError("craft.expand_shorter", length=target, now=now, unit=unit(lang))
    session = Session.begin("expand", request, context, model, lang)
    write = _between if model.info.small else _anew
    events = alternatives(session, request, lambda own: write(own, text, target), target=target)
    return comparing(events, text, lang)


def _between(session: Session, text: str, target: int) -> Generator[Event, None, str]:
    session.show_manner()
    lang = session.lang
    spans = sentences(text, lang)
    more = target - length(text, lang)
    places = min(len(spans), max(1, round(more / _PORTION[lang])))
    rounds = max(1, round(more / places / (2 * _PORTION[lang])))
    after = {(number + 1) * len(spans) // places - 1 for number in range(places)}
    cards = _cards(session, places * rounds)
    whole, place, told, number = "", 0, 0, 0
    for index, span in enumerate(spans):
        whole += text[place : span.end]
        yield Piece(text[place : span.end])
        place = span.end
        for _ in range(rounds if index in after else 0):
            yield step("paragraph", number + 1, len(cards))
            rest = length(text[place:], lang)
            aim = (target - length(whole, lang) - rest) // (len(cards) - number)
            last = number == len(cards) - 1
            window = Window.around(target, before=length(whole, lang) + rest)
            if not last or window.aim < 5:
                window = Window(max(1, aim // 2), max(2, aim), max(3, aim * 3 // 2))
            new = text[spans[told].start : span.end] if told <= index else ""
            session.say("add", text=new, card=cards[number], aim=max(aim, 5))
            words = session.prose(names=(text,))
            added = yield from paragraph(session, words, window, before=whole, tries=3, offset=number)
            told, number = index + 1, number + 1
            whole += _JOINT[lang] + added
            yield Piece(_JOINT[lang] + added)
            if session.stopped:
                return whole
    return whole + text[place:]


def _cards(session: Session, count: int) -> list[str]:
    """What the additions show, no two neighbours the same."""
    deck = session.script.parts["cards"].splitlines()
    chance = random.Random(session.seed)
    cards: list[str] = []
    while len(cards) < count:
        cards += chance.sample(deck, len(deck))
    return cards[:count]


def _anew(session: Session, text: str, target: int) -> Generator[Event, None, str]:
    background = yield from session.background(wanted=4 * target + session.model.count(text))
    session.say("whole", text=text, aim=target, background=background)
    raw = yield from fill(session, session.prose(avoid="", bans=()), Window.around(target))
    written = finish(raw, session.lang, whole=not session.stopped)
    yield Piece(written)
    return written
