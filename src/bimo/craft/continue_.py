"""Continue: go on from the writer's text, in its own manner."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from pydantic import Field

from bimo.craft.events import Event, Piece
from bimo.craft.filling import Window, fill, shifted
from bimo.craft.finish import finish
from bimo.craft.moods import MoodRequest
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, tool
from bimo.craft.session import Session, language_of, step
from bimo.critique.prose import cost, measures
from bimo.models.protocol import Model
from bimo.text.count import length
from bimo.text.errors import InputError


class ContinueRequest(MoodRequest):
    """What to go on from."""

    text: str = Field(description="the text to go on from | 要续写的文字")
    hint: str = Field("", description="what comes next | 接下来发生什么")
    length: int = Field(150, ge=20, le=3000, description="length of the new text in words | 续写字数")


@tool(
    "continue",
    request=ContinueRequest,
    zh=("续写", "接着一段文字往下写，口气不变。"),
    en=("Continue", "Goes on from a text, in its own manner."),
)
def continue_(request: ContinueRequest, context: Context, model: Model) -> Iterator[Event]:
    """Let the model take the text for the beginning of its own answer and write on."""
    if not request.text.strip():
        raise InputError("text.empty")
    lang = language_of(request, request.text[-4000:])
    session = Session.begin("continue", request, context, model, lang)
    return alternatives(session, request, lambda own: _go_on(own, request), target=request.length, mood=request.mood)


def _go_on(session: Session, request: ContinueRequest) -> Generator[Event, None, str]:
    wanted = 3 * request.length
    background = yield from session.background(wanted=wanted + 400)
    session.say("ask", hint=request.hint, background=background)
    before = yield from session.tail(request.text.strip(), session.room(wanted))
    # In the talk of a small model the text is its own answer so far: no other way keeps the manner as well.
    joint = "" if session.lang == "zh" else " "
    window = shifted(Window.around(request.length), length(before, session.lang))
    # With a mood as the target there are several alternatives already, and the mood decides between them.
    tries = 3 if session.model.info.small and not request.mood else 1
    found: list[tuple[float, str]] = []
    for number in range(tries):
        if tries > 1:
            yield step("attempt", number + 1, tries)
        whole = yield from fill(
            session, session.prose(names=(request.text, request.hint)), window, prefix=before + joint, offset=number
        )
        text = finish(whole[len(before) :], session.lang, whole=not session.stopped)
        judged = cost(measures(text, session.lang)) + cost(measures(f"{before[-1500:]}\n{text}", session.lang))
        found.append((judged, text))
        if session.stopped:
            break
    best = min(found)[1]
    yield Piece(best)
    return best
