"""Chat: talk with a character, who answers out of what it knows and nothing else."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from pydantic import Field

from bimo.craft.dialogue import speech, spoken
from bimo.craft.events import Event, Piece, Warned
from bimo.craft.finish import finish
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, Request, tool
from bimo.craft.session import Session, language_of, required
from bimo.models.protocol import Model
from bimo.text.errors import InputError, Notice


class ChatRequest(Request):
    """What is said to whom."""

    main = "say"
    say: str = Field(description="what you say to the character | 你对人物说的话")
    name: str = Field(description="who answers | 谁来回答", max_length=200)
    about: str = Field("", description="who that is, and how they talk | 是什么人，怎么说话")
    knows: str = Field("", description="what they know | 知道什么")
    talk: tuple[str, ...] = Field(
        (), description="the talk so far: your words, the answer, and so on | 之前的交谈：你的话、回答，依次列出"
    )
    length: int = Field(60, ge=5, le=1000, description="length of the answer at most, in words | 回答最多多少字")


@tool(
    "chat",
    request=ChatRequest,
    zh=("与人物交谈", "和一个人物说话，他只知道他该知道的事。"),
    en=("Talk to a character", "A character answers you, knowing only what it knows."),
)
def chat(request: ChatRequest, context: Context, model: Model) -> Iterator[Event]:
    """Let the model answer as the character; the context's background is all that the character knows."""
    say = required(request.say)
    if not request.name.strip():
        raise InputError("craft.nameless", text=request.name)
    session = Session.begin("chat", request, context, model, language_of(request, say, *request.talk))
    session.show_manner()
    return alternatives(session, request, lambda own: _answer(own, request, say))


def _answer(session: Session, request: ChatRequest, say: str) -> Generator[Event, None, str]:
    name, wanted = request.name.strip(), 3 * request.length
    background = yield from session.background(wanted=wanted + 2 * session.model.count(say) + 200)
    known = {"name": name, "about": request.about, "knows": request.knows, "background": background}
    room = session.room(wanted) - session.model.count(session.script.say("ask", say=say, **known))
    talk, left = _fitting(session, request.talk, room)
    if left:
        yield Warned(Notice.of("craft.left_out", characters=left, kept=sum(map(len, talk))))
    lines = [*talk, say]
    session.say("ask", say=lines[0], **known)
    for answer, next_ in zip(lines[1::2], lines[2::2], strict=True):
        session.answered(answer)
        session.say("next", name=name, say=next_)
    names = (name, request.about, request.knows, background, *lines)
    raw = yield from session.answer(speech(session, *names, max_tokens=wanted))
    text = spoken(finish(raw, session.lang, whole=not session.stopped), name)
    yield Piece(text)
    return text


def _fitting(session: Session, talk: tuple[str, ...], room: int) -> tuple[tuple[str, ...], int]:
    """The last pairs of the talk that fit into `room` tokens, and how many characters of it were left out."""
    pairs = len(talk) // 2 * 2
    start = pairs
    for place in range(pairs - 2, -1, -2):
        room -= sum(session.model.count(line) + 16 for line in talk[place : place + 2])
        if room < 0:
            break
        start = place
    return talk[start:pairs], sum(map(len, talk[:start]))
