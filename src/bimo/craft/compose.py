"""Compose: a poem, a lyric, a story, a monologue or a screenplay scene from a theme."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Literal

import regex
from pydantic import Field

from bimo.craft.dialogue import DialogueRequest, Speaker, talk
from bimo.craft.draft import DraftRequest, write_draft
from bimo.craft.events import Event, Piece
from bimo.craft.filling import Window, paragraph
from bimo.craft.moods import MoodRequest, steered
from bimo.craft.outline import goals_for, names_for
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, tool
from bimo.craft.script import script
from bimo.craft.session import Session, language_of, required, step
from bimo.critique.prose import cost, measures
from bimo.models.protocol import Message, Model
from bimo.text.count import length
from bimo.text.errors import Language

# How long a line of free verse may be, in 字 or words, and how long it is on average.
_LINE = {"zh": Window(4, 8, 14), "en": Window(3, 6, 10)}
_NO_MARKS = "，。、；：！？…—"
_LENGTH = {"poem": 64, "lyric": 130, "story": 300, "monologue": 180, "screenplay": 220}


class ComposeRequest(MoodRequest):
    """What to compose."""

    main = "theme"
    theme: str = Field(description="what it is about | 写什么")
    kind: Literal["poem", "story", "lyric", "monologue", "screenplay"] = Field(
        "poem", description="what to write | 体裁"
    )
    style: str = Field("", description="manner, genre or era | 风格、类型或年代")
    length: int | None = Field(None, ge=20, le=3000, description="length in words | 字数")
    lines: int | None = Field(None, ge=2, le=60, description="lines of a poem | 诗的行数")


@tool(
    "compose",
    request=ComposeRequest,
    zh=("创作", "由主题写成诗、歌词、故事、独白或剧本的一场。"),
    en=("Compose", "A poem, lyric, story, monologue or screenplay scene from a theme."),
)
def compose(request: ComposeRequest, context: Context, model: Model) -> Iterator[Event]:
    """Write in the kind asked for; strict forms of verse will join as kinds of their own."""
    theme = required(request.theme)
    lang = language_of(request, theme)
    session = Session.begin("compose", request, context, model, lang)
    write = _KINDS[request.kind]
    target = None if request.kind in ("poem", "lyric") and request.length is None else _target(request, lang)
    return alternatives(session, request, lambda own: write(own, request, theme), target=target, mood=request.mood)


def _target(request: ComposeRequest, lang: Language) -> int:
    return request.length or (_LENGTH[request.kind] if lang == "zh" else _LENGTH[request.kind] * 3 // 4)


def _poem(session: Session, request: ComposeRequest, theme: str) -> Generator[Event, None, str]:
    session.show_manner()
    session.say("poem", theme=theme, style=request.style)
    lines = yield from _lines(session, _count(request, session.lang), theme, "", _exact(request))
    # A poem does not end on a comma.
    return "\n".join(lines).rstrip(",;:")


def _lyric(session: Session, request: ComposeRequest, theme: str) -> Generator[Event, None, str]:
    session.show_manner()
    session.say("lyric", theme=theme, style=request.style)
    each = max(2, (request.lines or _count(request, session.lang)) // 4)
    verse, chorus = (session.script.parts[part] for part in ("verse", "chorus"))
    text, refrain = "", ""
    for number, label in enumerate((verse, chorus, verse, chorus)):
        if number == 3 and not session.stopped:
            part = refrain
        else:
            yield Piece(f"\n\n{label}\n" if text else f"{label}\n")
            lines = yield from _lines(session, each, theme, f"{text}{label}\n", None, offset=64 * number)
            part = "\n".join(lines)
        refrain = part if number == 1 else refrain
        if number == 3:
            yield Piece(f"\n\n{label}\n{part}")
        text += f"{label}\n{part}\n\n"
        if session.stopped:
            break
    return text.strip()


def _count(request: ComposeRequest, lang: Language) -> int:
    return request.lines or max(2, round(_target(request, lang) / _LINE[lang].aim))


def _exact(request: ComposeRequest) -> int | None:
    """The length a poem must have: only what was asked for, and not when lines were asked for."""
    return None if request.lines else request.length


def _lines(
    session: Session, count: int, theme: str, before: str, target: int | None, *, offset: int = 0
) -> Generator[Event, None, list[str]]:
    """Write `count` lines one by one, each the best of a few; with a target, the last ones make the length right."""
    done: list[str] = []
    tries = 4 if session.model.info.small else 2
    for number in range(count):
        yield step("line", number + 1, count)
        window = _LINE[session.lang]
        if target is not None:
            left = target - length("\n".join(done), session.lang)
            aim = max(2, round(left / (count - number)))
            window = Window(max(2, aim - 3), aim, aim + 3)
        prefix = before + "".join(f"{line}\n" for line in done)
        found: list[tuple[float, str]] = []
        for attempt in range(tries):
            line = yield from _line(session, theme, prefix, window, offset + number * 8 + attempt)
            if line:
                found.append((_judge(line, done, session.lang, window), line))
            if session.stopped:
                return done
        if not found:
            break
        done.append(min(found)[1])
        yield Piece(done[-1] if number == 0 else f"\n{done[-1]}")
    return done


def _line(session: Session, theme: str, prefix: str, window: Window, offset: int) -> Generator[Event, None, str]:
    sampling = session.prose("verse", names=(theme,), max_tokens=4 * window.high, stop=("\n",), end=False)
    avoid = sampling.avoid.replace(r"\n", "") + (_NO_MARKS if session.lang == "zh" else ";:")
    text = yield from session.answer(replace(sampling, avoid=avoid), prefix=prefix, offset=offset)
    line = regex.split(r"\n", text.strip())[0].strip(" “”\"'　")
    if session.lang == "zh":
        return line.strip(_NO_MARKS)
    return line if not line else line[0].upper() + line[1:] if prefix.endswith(".\n") or not prefix else line


def _judge(line: str, done: list[str], lang: Language, window: Window) -> float:
    """Cost of a line: set phrases and morals, what was said before, and how far its length is off."""
    together = "\n".join([*done, line])
    beyond = max(window.low - length(line, lang), length(line, lang) - window.high, 0)
    same = any(line == other or line[:3] == other[:3] for other in done)
    return cost(measures(together, lang)) + beyond + 0.15 * abs(length(line, lang) - window.aim) + 2 * same


def _story(session: Session, request: ComposeRequest, theme: str) -> Generator[Event, None, str]:
    own = _other(session, "draft", request)
    length = _target(request, session.lang)
    return (yield from write_draft(own, DraftRequest(theme=theme, style=request.style, length=length), theme))


def _monologue(session: Session, request: ComposeRequest, theme: str) -> Generator[Event, None, str]:
    target = _target(request, session.lang)
    sampling = session.prose(names=(theme, request.style))
    cards = [session.script.parts[f"card.{name}"] for name in ("opening", "middle", "ending")]
    done: list[str] = []
    for number, card in enumerate(cards):
        yield step("paragraph", number + 1, len(cards))
        before = length("\n".join(done), session.lang)
        aim = (target - before) // (len(cards) - number)
        part = "monologue.more" if number else "monologue"
        session.say(part, theme=theme, style=request.style, card=card, aim=aim)
        last = number == len(cards) - 1
        window = Window.around(target, before=before) if last else Window(aim // 2, aim, aim * 3 // 2)
        tries = 3 if session.model.info.small else 1
        text = yield from paragraph(session, sampling, window, before="\n".join(done), tries=tries, offset=number)
        yield Piece(f"\n\n{text}" if done else text)
        done.append(text)
        if session.stopped:
            break
    return "\n\n".join(done)


def _screenplay(session: Session, request: ComposeRequest, theme: str) -> Generator[Event, None, str]:
    """A scene in Fountain: heading, action, and a talk between two."""
    chance = random.Random(session.seed)
    parts = session.script.parts
    names = names_for(theme, session.lang, 2, chance)
    goals = goals_for(session.lang, 2, chance)
    session.say("heading", theme=theme)
    sampling = session.prose(names=(theme,), max_tokens=14, stop=("，", "。", ",", "."))
    place = yield from session.answer(sampling, offset=900)
    place = regex.sub(r"[^\p{L}\p{N} ’']", "", place).strip() or theme[:12]
    heading = f"{parts['heading.lead']} {place if session.lang == 'zh' else place.upper()} - {parts['heading.time']}"
    yield Piece(f"{heading}\n\n")
    session.turns = session.turns[:1]
    session.say("action", theme=theme, names=names, style=request.style)
    aim = 45 if session.lang == "zh" else 32
    tries = 3 if session.model.info.small else 1
    action = yield from paragraph(
        session, session.prose(names=(theme, *names)), Window(aim // 2, aim, aim * 3 // 2), before="", tries=tries
    )
    yield Piece(f"{action}\n\n")
    if session.stopped:
        return f"{heading}\n\n{action}"
    target = max(30, _target(request, session.lang) - length(f"{heading}{action}", session.lang))
    cast = [Speaker(name, goal) for name, goal in zip(names, goals, strict=True)]
    asked = DialogueRequest(scene=theme, character=tuple(names), layout="screenplay", length=target)
    own = _other(session, "dialogue", request)
    own.show_manner()
    spoken = yield from talk(own, asked, f"{theme} {action}", cast)
    return f"{heading}\n\n{action}\n\n{spoken}"


def _other(session: Session, tool: str, request: ComposeRequest) -> Session:
    """A new talk about the same, with the words of another tool."""
    words = script(tool, session.lang)
    return steered(replace(session, script=words, turns=[Message("system", words.say("system"))]), request.mood)


_KINDS: dict[str, Callable[[Session, ComposeRequest, str], Generator[Event, None, str]]] = {
    "poem": _poem,
    "lyric": _lyric,
    "story": _story,
    "monologue": _monologue,
    "screenplay": _screenplay,
}
