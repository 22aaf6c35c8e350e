"""Alternatives: write several times with seeds of their own, and put the best first, with the reasons."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import TypeVar

from bimo.craft.events import Alternative, Event, Piece, Result, Warned
from bimo.craft.manner import recited
from bimo.craft.moods import LEAST, Aim, missed, reached, steered
from bimo.craft.registry import Request
from bimo.craft.session import Session, step
from bimo.craft.taste import taste
from bimo.critique.prose import cost, measures
from bimo.text.errors import Notice

Write = Callable[[Session], Generator[Event, None, str]]
Made = TypeVar("Made")


def alternatives(
    session: Session,
    request: Request,
    write: Write,
    elements: Sequence[str] = (),
    *,
    target: int | None = None,
    mood: Aim | None = None,
    data: Callable[[str], Mapping[str, object]] = lambda text: {},
) -> Iterator[Event]:
    """Run `write` for each alternative asked for and end with the ranked result.

    The first is shown as it is written; the others are judged beside it by the writer's taste and `prose.cost`. With
    a mood as the target at least `moods.LEAST` are written, and those are kept that came nearest to it.
    """
    found: list[Alternative] = []
    session = steered(session, mood)
    count = max(request.n, LEAST) if mood else request.n
    for number in range(count):
        if number:
            yield step("alternative", number + 1, count)
        text = yield from quietly(write(session.again(number)), quiet=number > 0)
        if recited(text, session.pages, session.lang) and not session.stopped:
            text = yield from _anew(session, write, text, number, count)
        if text:
            judged = measures(text, session.lang, target=target, elements=elements)
            judged += (reached(text, session.lang, mood),) if mood else ()
            found.append(Alternative(text, judged, data(text)))
        if session.stopped:
            break
    liked = taste(session.lang)
    # What the writer's own decisions taught counts first; without any, all are liked the same.
    found.sort(key=lambda one: (-liked.liking(one.text, session.lang), cost(one.measures)))
    if mood:
        # The sort is stable: between two that came as near, taste and cost have decided.
        found.sort(key=lambda one: cost(one.measures) + missed(one.measures[-1]))
    yield Result(tuple(found[: request.n]), stopped=session.stopped)


def _anew(session: Session, write: Write, text: str, number: int, count: int) -> Generator[Event, None, str]:
    """A text that recites the writer's own page is written once more; it is told if that one does so too."""
    other = yield from quietly(write(session.again(count + number)), quiet=True)
    kept = other if other and not recited(other, session.pages, session.lang) else text
    if kept is text:
        yield Warned(Notice.of("craft.recited", quote=recited(text, session.pages, session.lang)))
    elif not number:
        yield Piece(kept, restart=True)
    return kept


def quietly(events: Generator[Event, None, Made], *, quiet: bool) -> Generator[Event, None, Made]:
    """The same work; if `quiet`, without showing its pieces."""
    while True:
        try:
            event = next(events)
        except StopIteration as ended:
            made: Made = ended.value
            return made
        if not (quiet and isinstance(event, Piece)):
            yield event
