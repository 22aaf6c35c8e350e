"""Describe: a thing, a place or a moment by what the senses take in, one sense after the other."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Literal

from pydantic import Field

from bimo.craft.events import Event, Piece
from bimo.craft.filling import Window, fill, paragraph
from bimo.craft.finish import finish
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, Request, tool
from bimo.craft.session import Session, language_of, required, step
from bimo.models.protocol import Model
from bimo.text.count import length

Sense = Literal["sight", "hearing", "touch", "smell", "taste"]
_ALL: tuple[Sense, ...] = ("sight", "hearing", "touch", "smell", "taste")
_JOINT = {"zh": "", "en": " "}
# Of a longer text the end is described: what the reader has before the eyes. In tokens.
_SEEN = 400


class DescribeRequest(Request):
    """What to describe, and with which senses."""

    text: str = Field(description="a thing, a place or a passage | 事物、地方或一段文字")
    senses: tuple[Sense, ...] = Field(
        _ALL, min_length=1, description="sight, hearing, touch, smell, taste | 感官：视、听、触、嗅、味"
    )
    length: int = Field(150, ge=20, le=2000, description="length in words | 字数")


@tool(
    "describe",
    request=DescribeRequest,
    zh=("描写", "用五种感官描写一件事物或一个场面。"),
    en=("Describe", "A thing or a moment by what the five senses take in."),
)
def describe(request: DescribeRequest, context: Context, model: Model) -> Iterator[Event]:
    """One instruction a sense with a small model, all at once with a strong one."""
    text = required(request.text)
    lang = language_of(request, text)
    senses = tuple(dict.fromkeys(request.senses))
    session = Session.begin("describe", request, context, model, lang)
    write = _sense_by_sense if model.info.small else _at_once
    return alternatives(session, request, lambda own: write(own, text, senses, request.length), target=request.length)


def _sense_by_sense(session: Session, text: str, senses: tuple[Sense, ...], target: int) -> Generator[Event, None, str]:
    session.show_manner()
    shown = yield from session.tail(text, min(_SEEN, max(32, session.room(4 * target))))
    sampling = session.prose(names=(text,))
    whole = ""
    for number, sense in enumerate(senses):
        yield step("paragraph", number + 1, len(senses))
        aim = max(5, (target - length(whole, session.lang)) // (len(senses) - number))
        session.say("first" if number == 0 else "next", text=shown, card=session.script.parts[sense], aim=aim)
        last = number == len(senses) - 1
        window = Window(max(2, aim * 2 // 3), aim, aim * 4 // 3)
        if last:
            window = Window.around(target, before=length(whole, session.lang))
        part = yield from paragraph(session, sampling, window, before=whole, tries=3, offset=number)
        joint = _JOINT[session.lang] if number else ""
        yield Piece(joint + part)
        whole += joint + part
        if session.stopped:
            break
    return whole


def _at_once(session: Session, text: str, senses: tuple[Sense, ...], target: int) -> Generator[Event, None, str]:
    shown = yield from session.tail(text, max(32, session.room(4 * target)))
    session.say("whole", text=shown, cards=[session.script.parts[sense] for sense in senses], aim=target)
    raw = yield from fill(session, session.prose(avoid="", bans=()), Window.around(target))
    written = finish(raw, session.lang, whole=not session.stopped)
    yield Piece(written)
    return written
