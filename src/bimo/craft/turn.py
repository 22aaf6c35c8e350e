"""Turn: the story goes on from what the player does, and three things to do next are offered."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

import regex
from pydantic import Field

from bimo.craft.continue_ import ContinueRequest, continue_
from bimo.craft.draft import DraftRequest, draft
from bimo.craft.events import Event, Result
from bimo.craft.ideas import apart
from bimo.craft.registry import Context, Request, tool
from bimo.craft.session import Session, language_of, preset, required, step
from bimo.models.protocol import Model

# A choice is one plain sentence; the grammar keeps out numbers, quotes and talk.
_CHOICE = {"zh": '[一-鿿]{2} [一-鿿，]{2,18} "。"', "en": '[A-Z] [a-z] [a-zA-Z ’,-]{6,60} "."'}
_TRIES = 3


class TurnRequest(Request):
    """The story so far and what the player does now. Without `do` the story goes on by itself."""

    text: str = Field(description="the story so far, or an idea to begin from | 到目前为止的故事，或开头的点子")
    do: str = Field("", description="what you do now | 你现在做什么")
    begin: bool = Field(False, description="the text is an idea, so write the opening | 文字是点子，先写开头")
    length: int = Field(80, ge=30, le=1000, description="length of the turn in words | 这一回合的字数")
    choices: int = Field(3, ge=0, le=6, description="how many things to do are offered | 给出几个选择")


@tool(
    "turn",
    request=TurnRequest,
    zh=("走一步", "按你的举动把故事往下写一段，再给出几个可以做的事。"),
    en=("Turn", "Write what follows from what you do, and offer things to do next."),
)
def turn(request: TurnRequest, context: Context, model: Model) -> Iterator[Event]:
    """Draft the opening or go on from the story, then find the choices; they are in `data["choices"]`."""
    text = required(request.text)
    lang = language_of(request, text[-4000:])
    same = {"lang": lang, "n": request.n, "seed": request.seed, "length": request.length}
    if request.begin:
        events = draft(DraftRequest.model_validate({"theme": text, **same}), context, model)
    else:
        # The idea of a player is a hint; the text before says who is who.
        events = continue_(ContinueRequest.model_validate({"text": text, "hint": request.do, **same}), context, model)
    for event in events:
        if not isinstance(event, Result) or not request.choices:
            yield event
            continue
        told = []
        for number, one in enumerate(event.alternatives):
            story = one.text if request.begin else f"{text}\n\n{one.text}"
            session = Session.begin("turn", request, context, model, lang).again(number)
            found = [] if session.stopped or event.stopped else (yield from _choices(session, story, request.choices))
            told.append(replace(one, data={**one.data, "choices": found}))
        yield replace(event, alternatives=tuple(told), stopped=event.stopped or context.cancel.cancelled)


def _choices(session: Session, story: str, count: int) -> Generator[Event, None, list[str]]:
    """Things the player can do at the end of `story`, no two alike; fewer where the model knows no more."""
    yield step("choices")
    session.show_manner()
    near = yield from session.tail(story[-1200:], session.room(40 * count + 100))
    session.say("ask", text=near, count=count)
    lines = " ".join(f'"{number}. " line "\\n"' for number in range(1, count + 1))
    grammar = f"root ::= {lines}\nline ::= {_CHOICE[session.lang]}"
    sampling = replace(preset(session.lang, "ideas"), grammar=grammar, max_tokens=40 * count)
    found: list[str] = []
    kept: list[int] = []
    for attempt in range(_TRIES):
        raw = yield from session.answer(sampling, offset=900 + attempt)
        found += [line for line in read_choices(raw) if line not in found]
        kept = apart(found, list(range(len(found))), count, session.lang) if found else []
        if session.stopped or len(kept) == count:
            break
    return [found[place] for place in kept]


def read_choices(text: str) -> list[str]:
    """The numbered lines of an answer, without their numbers."""
    return [match[1].strip() for match in regex.finditer(r"^\s*\d+[.、．)]\s*(\S.*)$", text, regex.MULTILINE)]
