"""Dialogue: two to six characters talk, each asked alone, so that nobody says what only another knows."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, Literal

import regex
from pydantic import Field

from bimo.craft.events import Event, Piece
from bimo.craft.filling import Window, fill, fit
from bimo.craft.finish import finish
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, Request, tool
from bimo.craft.session import Session, language_of, required, step
from bimo.critique.prose import cost, hits, measures, units
from bimo.models.protocol import Model, Sampling
from bimo.text.count import length
from bimo.text.errors import InputError, Language

# A speech of about this length, in 字 or words.
_SPEECH = {"zh": Window(4, 20, 42), "en": Window(3, 14, 30)}
_QUOTES = r"“”\"‘：:（）()"


class DialogueRequest(Request):
    """Who talks, and where."""

    main = "scene"
    scene: str = Field(description="where and when they talk, and about what | 场合：何时何地，谈什么")
    character: tuple[str, ...] = Field(
        description=(
            "two to six of them: 'Name: goal; voice: how they talk; knows: what only they know'"
            " | 二至六人：“名字：打算；口气：怎么说话；知道：只有他知道的事”"
        ),
        min_length=2,
        max_length=6,
    )
    layout: Literal["prose", "screenplay"] = Field(
        "prose", description="as in a novel or a screenplay | 小说或剧本格式"
    )
    length: int = Field(250, ge=30, le=3000, description="length in words | 字数")


@dataclass(frozen=True, slots=True)
class Speaker:
    """A character as the talk needs it. `knows` is told to nobody else."""

    name: str
    goal: str = ""
    voice: str = ""
    knows: str = ""

    @classmethod
    def parse(cls, text: str) -> Speaker:
        """Read `Name: goal; voice: …; knows: …`, with Chinese or English marks and labels in any order."""
        name, _, rest = text.replace("：", ":").partition(":")
        found: dict[str, str] = {}
        for part in regex.split(r"[;；]", rest):
            label = regex.match(r"\s*(voice|knows|goal|wants|口气|知道|打算)\s*:\s*", part)
            key = {"口气": "voice", "知道": "knows"}.get(label[1], label[1]) if label else "goal"
            key = "goal" if key in ("wants", "打算") else key
            value = part[label.end() :] if label else part
            if value.strip(" 。."):
                found[key] = value.strip(" 。.")
        if not name.strip():
            raise InputError("craft.nameless", text=text)
        return cls(name.strip(), **found)


@tool(
    "dialogue",
    request=DialogueRequest,
    zh=("对话", "让二至六个人物交谈，各说各知道的事。"),
    en=("Dialogue", "Two to six characters talk, each knowing only what it knows."),
)
def dialogue(request: DialogueRequest, context: Context, model: Model) -> Iterator[Event]:
    """Ask one character at a time for the next speech, with its own goal, voice and knowledge alone."""
    scene = required(request.scene)
    lang = language_of(request, scene)
    speakers = [Speaker.parse(text) for text in request.character]
    if len({speaker.name for speaker in speakers}) < len(speakers):
        raise InputError("craft.same_name", names=", ".join(speaker.name for speaker in speakers))
    session = Session.begin("dialogue", request, context, model, lang)
    session.show_manner()
    return alternatives(session, request, lambda own: talk(own, request, scene, speakers), target=request.length)


def talk(
    session: Session, request: DialogueRequest, scene: str, speakers: list[Speaker]
) -> Generator[Event, None, str]:
    """Speech after speech until the length is reached; the value of `yield from` is the whole talk."""
    speech = _SPEECH[session.lang]
    shown: list[str] = []
    said: list[tuple[Speaker, str]] = []
    while not session.stopped:
        so_far = length("\n".join(shown), session.lang)
        yield step("speech", len(said) + 1)
        speaker = _next(said, speakers)
        deed = ""
        if request.layout == "prose" and len(said) % 3 == 1:
            deed = yield from _deed(session, scene, said, speaker)
        frame = length(_shown(session, request, speaker, "", deed, last=said), session.lang)
        left = request.length - so_far - frame
        closing = left <= 1.7 * speech.aim
        window = Window.around(request.length, before=so_far + frame) if closing else speech
        line = yield from _speak(session, scene, said, speaker, window)
        if not line and not closing:
            break
        shown.append(_shown(session, request, speaker, line, deed, last=said))
        yield Piece(shown[-1] if len(shown) == 1 else f"\n\n{shown[-1]}")
        said.append((speaker, line))
        if closing:
            break
    return "\n\n".join(shown)


def _next(said: list[tuple[Speaker, str]], speakers: list[Speaker]) -> Speaker:
    """Whoever was named last, else the one who has been silent longest; never the same one twice."""
    if not said:
        return speakers[0]
    last, line = said[-1]
    others = [speaker for speaker in speakers if speaker is not last]
    named = [speaker for speaker in others if speaker.name in line]
    order = [speaker for speaker, _ in reversed(said)]
    return named[0] if named else max(others, key=lambda one: order.index(one) if one in order else len(order) + 1)


def _transcript(said: list[tuple[Speaker, str]], lang: Language) -> str:
    colon = "：" if lang == "zh" else ": "
    return "\n".join(f"{speaker.name}{colon}{line}" for speaker, line in said[-12:])


def _speak(
    session: Session, scene: str, said: list[tuple[Speaker, str]], speaker: Speaker, window: Window
) -> Generator[Event, None, str]:
    own = replace(session, turns=list(session.turns))
    talk = _transcript(said, session.lang)
    own.say(
        "turn", scene=scene, talk=talk, name=speaker.name, goal=speaker.goal, voice=speaker.voice, knows=speaker.knows
    )
    names = (scene, speaker.goal, speaker.voice, speaker.knows, *(one.name for one, _ in said), speaker.name)
    sampling = speech(own, *names)
    found: list[tuple[float, str]] = []
    for number in range(4 if session.model.info.small else 1):
        raw = yield from fill(
            own, sampling, window, prefix=_opener(own, len(said), number), offset=64 * len(said) + number
        )
        line = _line(finish(raw, session.lang, whole=not session.stopped), speaker, session.lang, window)
        if line:
            earlier = "\n".join(text for _, text in said)
            found.append((_judge(line, earlier, session.lang) + _recited(own, speaker, line), line))
        if session.stopped:
            break
    return min(found, default=(0.0, ""))[1]


def _opener(session: Session, turn: int, number: int) -> str:
    """How a small model's speech begins: without a word of talk before it, it tells the scene instead of speaking."""
    openers = session.script.parts["openers"].split("|")
    return openers[(session.seed + 5 * turn + number) % len(openers)] if session.model.info.small else ""


def _line(text: str, speaker: Speaker, lang: Language, window: Window) -> str:
    text = spoken(text, speaker.name)
    return fit(text, lang, window) or text


def speech(session: Session, *names: str, **changes: Any) -> Sampling:
    """Sampling for words that somebody says: no marks around them and no brackets for what is done meanwhile."""
    sampling = session.prose(names=names, **changes)
    return replace(sampling, avoid=sampling.avoid + _QUOTES)


def spoken(text: str, name: str) -> str:
    """The bare words of the first line: no name before them, no marks around them."""
    text = regex.sub(rf"^{regex.escape(name)}\s*(?:说|问|[：:,，])*\s*", "", text.strip().split("\n")[0])
    return text.strip("“”\"' ")


def _recited(session: Session, speaker: Speaker, line: str) -> float:
    """Cost of reading out what the prompt says instead of speaking: its words, or one's own name."""
    match = SequenceMatcher(None, session.turns[-1].text, line, autojunk=False).find_longest_match()
    free = 4 if session.lang == "zh" else 18
    return 0.4 * max(0, match.size - free) * (4 / free) + 2 * (speaker.name in line)


def _judge(line: str, earlier: str, lang: Language) -> float:
    """Cost of a speech: the usual measures, and what of it was said before."""
    before, now = set(pairwise(units(earlier, lang))), units(line, lang)
    again = [pair for pair in pairwise(now) if pair in before]
    share = len(again) / max(1, len(now) - 1)
    thanks = len(
        hits(line, ("谢谢", "感谢", "没关系", "我明白", "我理解") if lang == "zh" else ("thank", "understand"), lang)
    )
    return cost(measures(line, lang)) + 6 * share + thanks


def _deed(
    session: Session, scene: str, said: list[tuple[Speaker, str]], speaker: Speaker
) -> Generator[Event, None, str]:
    """A small action beside the speech, or nothing if what comes is no short sentence."""
    own = replace(session, turns=list(session.turns[:1]))
    own.say("deed", scene=scene, talk=_transcript(said, session.lang), name=speaker.name)
    sampling = own.prose(names=(scene, speaker.name), max_tokens=40, stop=("。", ".", "\n"))
    lead = speaker.name if session.lang == "zh" else f"{speaker.name} "
    text = yield from own.answer(sampling, prefix=lead, offset=64 * len(said) + 63)
    deed = (lead + text).strip("，, ")
    few = 4 <= length(deed, session.lang) <= (20 if session.lang == "zh" else 14)
    return deed + ("。" if session.lang == "zh" else ". ") if few and "：" not in deed else ""


def _shown(
    session: Session,
    request: DialogueRequest,
    speaker: Speaker,
    line: str,
    deed: str,
    *,
    last: list[tuple[Speaker, str]],
) -> str:
    if request.layout == "screenplay":
        cue = f"@{speaker.name}" if session.lang == "zh" else speaker.name.upper()
        return f"{cue}\n{line}"
    if deed:
        return f"{deed}“{line}”"
    if len(last) >= 4 and len({one.name for one, _ in last}) == 2:
        return f"“{line}”"
    word = session.script.parts["asked" if line.endswith(("？", "?")) else "said"]
    if session.lang == "zh":
        return f"{speaker.name}{word}：“{line}”"
    inner = line[:-1] + "," if line.endswith(".") else line
    return f"“{inner}” {speaker.name} {word}."
