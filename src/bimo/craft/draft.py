"""Draft: from a theme, a plot, characters and a style to prose."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Generator, Iterator, Sequence
from functools import cache
from importlib.resources import files

from pydantic import Field

from bimo.craft.events import Event, Piece
from bimo.craft.filling import Window, fill, paragraph
from bimo.craft.finish import finish
from bimo.craft.moods import MoodRequest
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, tool
from bimo.craft.session import Session, language_of, required, step
from bimo.models.protocol import Model
from bimo.text.count import length
from bimo.text.errors import Language
from bimo.text.sentences import sentences

# A paragraph of about this length carries one event, in 字 or words.
_PORTION = {"zh": 65, "en": 50}


class DraftRequest(MoodRequest):
    """What to draft."""

    main = "theme"
    theme: str = Field(description="what it is about | 写什么")
    plot: str = Field("", description="what happens, sentence by sentence | 情节，一句一件事")
    style: str = Field("", description="manner, genre or era | 风格、类型或年代")
    characters: tuple[str, ...] = Field((), description="who occurs | 出场人物")
    include: tuple[str, ...] = Field((), description="what must be mentioned | 必须写到的事物")
    length: int = Field(300, ge=30, le=5000, description="length in words | 字数")


@tool(
    "draft",
    request=DraftRequest,
    zh=("起草", "由主题、情节、人物和风格写成一段正文。"),
    en=("Draft", "Prose from a theme, a plot, characters and a style."),
)
def draft(request: DraftRequest, context: Context, model: Model) -> Iterator[Event]:
    """Write paragraph by paragraph with a small model, in one piece with a strong one."""
    theme = required(request.theme)
    lang = language_of(request, theme, request.plot)
    elements = (*request.include, *(name_of(character) for character in request.characters))
    session = Session.begin("draft", request, context, model, lang)
    return alternatives(
        session,
        request,
        lambda own: write_draft(own, request, theme),
        elements,
        target=request.length,
        mood=request.mood,
    )


def write_draft(session: Session, request: DraftRequest, theme: str) -> Generator[Event, None, str]:
    """One draft; the value of `yield from` is its text."""
    write = _by_paragraphs if session.model.info.small else _at_once
    return (yield from write(session, request, theme))


def name_of(character: str) -> str:
    """The name in `Name: what else is known`."""
    return character.replace("：", ":").split(":")[0].strip()


def _by_paragraphs(session: Session, request: DraftRequest, theme: str) -> Generator[Event, None, str]:
    session.show_manner()
    background = yield from session.background(wanted=4 * request.length)
    about = session.script.say("about", **_facts(request, theme), background=background)
    plan = _plan(session, request)
    wanted = _spread([*request.include, *map(name_of, request.characters)], len(plan))
    own = (theme, request.plot, *request.characters, *request.include, request.style)
    sampling = session.prose(names=own)
    done: list[str] = []
    for number, card in enumerate(plan):
        yield step("paragraph", number + 1, len(plan))
        before = sum(length(part, session.lang) for part in done)
        last = number == len(plan) - 1
        aim = (request.length - before) // (len(plan) - number)
        include = wanted[number]
        part = "next" if number else "first"
        session.say(part, about=about, card=card, include=include, aim=aim)
        window = Window.around(request.length, before=before) if last else Window(aim // 2, aim, aim * 3 // 2)
        text = yield from paragraph(
            session, sampling, window, before="\n\n".join(done), tries=3, elements=include, offset=number
        )
        yield Piece(text if number == 0 else f"\n\n{text}")
        done.append(text)
        if session.stopped:
            break
    return "\n\n".join(part for part in done if part)


def _at_once(session: Session, request: DraftRequest, theme: str) -> Generator[Event, None, str]:
    background = yield from session.background(wanted=4 * request.length)
    about = session.script.say("about", **_facts(request, theme), background=background)
    session.say("whole", about=about, include=request.include, aim=request.length)
    text = yield from fill(session, session.prose(avoid=""), Window.around(request.length))
    text = finish(text, session.lang, whole=not session.stopped)
    yield Piece(text)
    return text


def _facts(request: DraftRequest, theme: str) -> dict[str, object]:
    return {"theme": theme, "plot": request.plot, "style": request.style, "characters": request.characters}


def _plan(session: Session, request: DraftRequest) -> list[str]:
    """One line a paragraph: the events of the plot in their order, or cards that suit any story."""
    events = [span.of(request.plot) for span in sentences(request.plot, session.lang)]
    count = max(len(events), round(request.length / _PORTION[session.lang]), 1)
    chance = random.Random(session.seed)
    deck = cards(session.lang)
    turns: list[str] = []
    while len(turns) < count:
        turns += chance.sample(deck["turn"], len(deck["turn"]))
    plan = [chance.choice(deck["opening"]), *turns[: max(0, count - 2)], chance.choice(deck["ending"])][:count]
    for number, event in enumerate(events):
        plan[number * count // len(events)] = session.script.say("event", event=event)
    return plan


@cache
def cards(lang: Language) -> dict[str, list[str]]:
    """What paragraphs may do: openings, turns and endings."""
    source = files("bimo.craft") / "prompts" / f"cards.{lang}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _spread(elements: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """Deal the elements out to the paragraphs, each to one."""
    return [tuple(elements[number::count]) for number in range(count)]
