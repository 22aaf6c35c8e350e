"""Outline: from an idea to a title, characters who want something, and scenes that cause one another."""

from __future__ import annotations

import json
import random
from collections.abc import Generator, Iterator
from dataclasses import replace

import regex
from pydantic import BaseModel, Field, ValidationError

from bimo.craft.events import Alternative, Event, Piece, Result
from bimo.craft.filling import Window, paragraph
from bimo.craft.ideas import likeness
from bimo.craft.registry import Context, Request, tool
from bimo.craft.script import script
from bimo.craft.session import Session, language_of, preset, required, step
from bimo.critique.prose import cost, measures
from bimo.models.protocol import Model
from bimo.text.count import length
from bimo.text.errors import Language, ModelError
from bimo.text.words import names as names_in

_SCENE = {"zh": Window(24, 50, 90), "en": Window(16, 34, 60)}
# Two wants that share more than this share of their letter pairs are one.
_ALIKE = 0.3
_SHORT = {"zh": Window(4, 14, 28), "en": Window(3, 11, 22)}


class OutlineRequest(Request):
    """What to outline."""

    main = "idea"
    idea: str = Field(description="the idea, in a line or a page | 想法，一句话或一页")
    length: int = Field(1000, ge=50, le=500_000, description="length of the whole piece in words | 全篇字数")
    scenes: int = Field(3, ge=1, le=12, description="how many scenes | 场景数")
    characters: int = Field(2, ge=2, le=6, description="how many characters | 人物数")


class Figure(BaseModel):
    """A character of the outline."""

    name: str
    wants: str
    voice: str
    knows: str


class Scene(BaseModel):
    """A scene of the outline; its title is its place."""

    title: str
    summary: str


class Outline(BaseModel):
    """The structured form of the result."""

    title: str
    characters: list[Figure]
    scenes: list[Scene]


@tool(
    "outline",
    request=OutlineRequest,
    zh=("大纲", "由一个想法列出题目、人物和场景。"),
    en=("Outline", "A title, characters and scenes from an idea."),
)
def outline(request: OutlineRequest, context: Context, model: Model) -> Iterator[Event]:
    """Ask a small model one tiny question at a time, a strong one for the whole."""
    idea = required(request.idea)
    lang = language_of(request, idea)
    session = Session.begin("outline", request, context, model, lang)
    found: list[Alternative] = []
    for number in range(request.n):
        own = session.again(number)
        write = _by_questions if model.info.small else _at_once
        made = yield from write(own, request, idea)
        if made is None:
            break
        text = own.script.say("layout", **made.model_dump())
        if number == 0:
            yield Piece(text)
        judged = measures("\n".join(scene.summary for scene in made.scenes), lang)
        found.append(Alternative(text, judged, made.model_dump()))
    found.sort(key=lambda one: cost(one.measures))
    yield Result(tuple(found), stopped=session.stopped)


def names_for(idea: str, lang: Language, count: int, chance: random.Random) -> list[str]:
    """Names that the idea gives, filled up from a list: a small model's own names are always the same."""
    given = [name for name in dict.fromkeys(names_in(idea, lang)) if len(name) > 1]
    listed = [name for name in script("outline", lang).parts["names"].split() if name not in given]
    return [*given, *chance.sample(listed, count)][:count]


def goals_for(lang: Language, count: int, chance: random.Random) -> list[str]:
    """Things that anybody may want of another, for where the model gives none of its own."""
    return chance.sample(script("outline", lang).parts["goals"].split("|"), count)


def _by_questions(session: Session, request: OutlineRequest, idea: str) -> Generator[Event, None, Outline | None]:
    chance = random.Random(session.seed)
    names = names_for(idea, session.lang, request.characters, chance)
    voices = chance.sample(session.script.parts["voices"].split("|"), len(names))
    goals = goals_for(session.lang, len(names), chance)
    session.show_manner()
    background = yield from session.background(wanted=120 * request.scenes)
    ended = idea if idea.endswith(("。", "！", "？", ".", "!", "?")) else idea + ("。" if session.lang == "zh" else ".")
    about = session.script.say("about", idea=ended, names=names, background=background)
    total = 2 * len(names) + request.scenes + 1
    people: list[Figure] = []
    for number, name in enumerate(names):
        yield step("character", 2 * number + 1, total, name=name)
        other = names[(number + 1) % len(names)]
        asked = "wants.against" if number else "wants"
        wants = yield from _short(session, asked, idea, 40 + number, about=about, name=name, other=names[number - 1])
        if any(likeness(wants, one.wants, session.lang) > _ALIKE for one in people):
            # A small model often gives both the same want; without two wants there is no story.
            wants = goals[number]
        yield step("character", 2 * number + 2, total, name=name)
        knows = yield from _short(session, "knows", idea, 50 + number, name=name, other=other)
        people.append(Figure(name=name, wants=wants, voice=voices[number], knows=knows))
        if session.stopped:
            return None
    scenes: list[Scene] = []
    for number in range(request.scenes):
        yield step("scene", 2 * len(names) + number + 1, total)
        scene = yield from _scene(session, number, request.scenes, (idea, *names), [one.summary for one in scenes])
        if any(scene.title == one.title for one in scenes):
            scene.title = _first_words(scene.summary, session.lang)
        scenes.append(scene)
        if session.stopped:
            return None
    yield step("title", total, total)
    title = yield from _title(session, idea)
    return Outline(title=title, characters=people, scenes=scenes)


def _short(session: Session, part: str, idea: str, offset: int, **values: object) -> Generator[Event, None, str]:
    """A short answer, the best of two, without its full stop."""
    session.say(part, **values)
    window = _SHORT[session.lang]
    sampling = session.prose("ideas", names=(idea, str(values["name"])))
    before = "\n".join(turn.text for turn in session.turns[-7:] if turn.role == "assistant")
    text = yield from paragraph(session, sampling, window, before=before, tries=2, offset=offset)
    return text.strip(" 。.“”")


def _scene(
    session: Session, number: int, count: int, names: tuple[str, ...], before: list[str]
) -> Generator[Event, None, Scene]:
    part = "scene.first" if number == 0 else "scene.last" if number == count - 1 else "scene.next"
    session.say(part)
    sampling = session.prose("ideas", names=names)
    summary = yield from paragraph(
        session, sampling, _SCENE[session.lang], before="\n".join(before), tries=3, offset=60 + number
    )
    place = yield from _label(session, "place", 200 + number)
    return Scene(title=place or _first_words(summary, session.lang), summary=summary)


def _label(session: Session, part: str, offset: int) -> Generator[Event, None, str]:
    """A few words, asked beside the talk so that they leave no trace in it."""
    own = replace(session, turns=list(session.turns))
    own.say(part)
    sampling = replace(own.prose("exact"), bans=(), max_tokens=16, stop=("\n", "。", "，", ",", "："), temperature=0.7)
    text = yield from own.answer(sampling, offset=offset)
    label = regex.sub(r"[^\p{L}\p{N} ’'\-·]", "", text).strip()
    return label if 1 <= length(label, session.lang) <= (10 if session.lang == "zh" else 6) else ""


def _title(session: Session, idea: str) -> Generator[Event, None, str]:
    """The best of several titles: short, and not the idea over again."""
    found: list[tuple[int, str]] = []
    for number in range(3):
        title = yield from _label(session, "title", 300 + number)
        if title:
            found.append((3 * (title in idea) + len(measures(title, session.lang)[0].evidence), title))
    best = min(found, default=(0, ""))[1] or _first_words(idea, session.lang)
    return best if session.lang == "zh" else best[0].upper() + best[1:]


def _first_words(text: str, lang: Language) -> str:
    head = regex.split(r"[，。！？,.!?]", text.strip())[0]
    return head[:8] if lang == "zh" else " ".join(head.split()[:5])


def _at_once(session: Session, request: OutlineRequest, idea: str) -> Generator[Event, None, Outline | None]:
    background = yield from session.background(wanted=1500)
    session.say(
        "whole",
        idea=idea,
        length=request.length,
        count=request.characters,
        scenes=request.scenes,
        background=background,
    )
    sampling = replace(
        preset(session.lang, "ideas"), max_tokens=400 + 200 * request.scenes, schema=Outline.model_json_schema()
    )
    answer = yield from session.answer(sampling)
    if session.stopped:
        return None
    try:
        return Outline.model_validate(json.loads(answer))
    except (ValueError, ValidationError) as error:
        raise ModelError("craft.no_outline", partial=answer, model=session.model.info.id) from error
