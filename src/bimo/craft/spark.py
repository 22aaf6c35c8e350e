"""Spark: writing prompts and words, each with its reason, no two alike."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal

import regex
from pydantic import Field

from bimo.craft.events import Event, Piece, Warned
from bimo.craft.ideas import Lens, apart, bare, example_turns, from_json, idea_cost, lenses, likeness, line, pairs
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, Request, tool
from bimo.craft.session import Session, language_of, required, step
from bimo.critique.prose import units
from bimo.models.protocol import Model
from bimo.text.count import length
from bimo.text.errors import Language, Notice

Kind = Literal["plot", "character", "setting", "what-if", "title", "words"]

# A text longer than this, in 字 or words, is a passage to find words for, and no word.
_WORD = {"zh": 6, "en": 4}
# The longest title or term, in 字 or words.
_TERM = {"zh": 12, "en": 8}
_SENTENCE = {"zh": 48, "en": 36}


class SparkRequest(Request):
    """What to find ideas for."""

    main = "text"
    text: str = Field(description="a theme, a passage or a word | 主题、一段文字或一个词")
    kind: Kind = Field("plot", description="what kind of idea | 哪一类点子")
    count: int = Field(5, ge=1, le=20, description="how many ideas | 点子数量")


@dataclass(frozen=True, slots=True)
class Idea:
    """One idea, why it could work, and the angle it was found under."""

    idea: str
    reason: str
    lens: str


@tool(
    "spark",
    request=SparkRequest,
    zh=("灵感", "情节、人物、地点、设想、标题和词语，各有理由，互不重样。"),
    en=("Spark", "Plots, characters, settings, what-ifs, titles and words, each with a reason."),
)
def spark(request: SparkRequest, context: Context, model: Model) -> Iterator[Event]:
    """Find more ideas than asked, each under its own lens, and keep those least alike; a strong model gives a list."""
    text = required(request.text)
    lang = language_of(request, text)
    session = Session.begin("spark", request, context, model, lang)
    data: dict[str, dict[str, object]] = {}

    def write(own: Session) -> Generator[Event, None, str]:
        near = yield from own.tail(text, own.room(wanted=1500))
        found = yield from (_apart if model.info.small else _listed)(own, request, near)
        shown = _shown(own, found)
        data[shown] = {"ideas": [asdict(one) for one in found]}
        yield Piece(shown)
        return shown

    return alternatives(session, request, write, data=data.__getitem__)


def deck(text: str, kind: Kind, lang: Language) -> tuple[str, tuple[Lens, ...]]:
    """The name of the lens list for this kind of idea, and the lenses: words for a passage have a list of their own."""
    name = "passage" if kind == "words" and length(text, lang) > _WORD[lang] else kind
    return name, lenses(lang)[name]


def _apart(session: Session, request: SparkRequest, text: str) -> Generator[Event, None, list[Idea]]:
    name, angles = deck(text, request.kind, session.lang)
    chance = random.Random(session.seed)
    angles = tuple(chance.sample(angles, len(angles)))
    wanted = request.count + max(2, request.count // 2)
    found: list[Idea] = []
    costs: list[float] = []
    chosen: list[int] = []
    for number in range(2 * wanted):
        if session.stopped or (number >= wanted and len(chosen) == request.count):
            break
        yield step("idea", number + 1, max(wanted, number + 1))
        tried = yield from _idea(session, name, text, angles[number % len(angles)], number, chance)
        if tried is None:
            continue
        found.append(tried[0])
        costs.append(tried[1])
        if number + 1 >= wanted:
            chosen = apart([one.idea for one in found], costs, request.count, session.lang)
    chosen = chosen or apart([one.idea for one in found], costs, request.count, session.lang)
    kept = [found[place] for place in chosen]
    if len(kept) < request.count and not session.stopped:
        yield Warned(Notice.of("craft.few_ideas", found=len(kept), count=request.count))
    if name in ("words", "passage", "title"):
        return kept
    reasoned: list[Idea] = []
    for number, idea in enumerate(kept):
        question = "" if session.stopped else (yield from _question(session, text, idea, number))
        joint = "" if session.lang == "zh" or not question else " "
        reasoned.append(replace(idea, reason=idea.reason + joint + question))
    return reasoned


def _idea(
    session: Session, name: str, text: str, lens: Lens, number: int, chance: random.Random
) -> Generator[Event, None, tuple[Idea, float] | None]:
    """One try under one lens and its cost; None if what came is not of its kind."""
    own = replace(session, turns=[*session.turns, *example_turns(session.script.parts[f"{name}.examples"])])
    own.say("ask", kind=name, text=text, ask=lens.ask)
    term = name in ("words", "passage", "title")
    sampling = own.prose("ideas", names=(text, lens.ask), max_tokens=24 if name == "title" else 90)
    prefix = lens.starts[(number + chance.randrange(8)) % len(lens.starts)]
    longest = _TERM[own.lang] if name == "title" else _SENTENCE[own.lang]
    raw = yield from line(own, sampling, prefix=prefix, offset=number, longest=longest)
    if not term:
        mark = "？" if own.lang == "zh" else "?"
        shown = bare(raw) + mark if name == "what-if" and raw else raw
        idea = Idea(shown, lens.why, lens.lens)
        return (idea, idea_cost(shown, own.lang, text, start=prefix)) if raw and bare(raw) != bare(prefix) else None
    word, reason = (bare(raw), lens.why) if name == "title" else _parted(raw)
    fits = word and reason and length(word, own.lang) <= _TERM[own.lang] and not regex.search(r"[，,；;。.]", word)
    low, given = word.lower(), text.lower()
    # A derived form is no new word: hesitation for hesitate. Six letters are nearly always more than a prefix.
    stem = given[: max(6, len(given) - 4)] if own.lang == "en" else given
    same = name == "words" and not lens.keeps and stem in low
    fresh = low not in given and low != prefix.lower() and low not in _known(own, name) and not same
    idea = Idea(word, reason, lens.lens)
    return (idea, _term_cost(own, idea, name, text)) if fits and fresh else None


def _parted(text: str) -> tuple[str, str]:
    """Word and reason of `word: reason` or `词——理由`."""
    parts = regex.split(r"\s*(?:[—–]+|[:：])\s*", text.strip(), maxsplit=1)
    return (bare(parts[0]), parts[1].strip()) if len(parts) == 2 else ("", "")


def _known(session: Session, name: str) -> set[str]:
    """The answers of the examples, which are no answers."""
    said = example_turns(session.script.parts[f"{name}.examples"])[1::2]
    return {(_parted(turn.text)[0] or bare(turn.text)).lower() for turn in said}


def _term_cost(session: Session, idea: Idea, name: str, text: str) -> float:
    lang = session.lang
    if name == "title":
        short = 4.0 if length(idea.idea, lang) < (3 if lang == "zh" else 2) else 0.0
        return 4 * likeness(idea.idea, text, lang) + short
    again = likeness(idea.idea, text, lang) if name == "words" else 0.0
    examples = session.script.parts[f"{name}.examples"]
    return idea_cost(idea.reason, lang, f"{text} {idea.idea} {examples}") + 2 * again


def _question(session: Session, text: str, idea: Idea, number: int) -> Generator[Event, None, str]:
    """What a reader of the idea will ask: the part of its reason that only this idea has."""
    parts = session.script.parts
    own = replace(session, turns=list(session.turns))
    examples = example_turns(parts["plot.examples"])
    answers = example_turns(parts["why.examples"])
    joint = "" if own.lang == "zh" else " "
    for place, answer in enumerate(answers):
        own.turns += examples[2 * place : 2 * place + 2]
        own.say("why")
        own.answered(parts["why.start"] + joint + answer.text)
    own.turns += [replace(examples[0], text=text)]
    own.answered(idea.idea)
    own.say("why")
    sampling = own.prose("ideas", names=(text, idea.idea), max_tokens=50, temperature=0.6)
    asked = yield from line(own, sampling, prefix=parts["why.start"], offset=500 + number, longest=_SENTENCE[own.lang])
    # A question about the theme alone could stand under every idea.
    news = _content(idea.idea, own.lang) - _content(text, own.lang)
    return asked if news & _content(asked.removeprefix(parts["why.start"]), own.lang) else ""


def _content(text: str, lang: Language) -> set[str]:
    """What a text is about, roughly: its pairs of characters, or the first letters of its longer words."""
    if lang == "zh":
        return {"".join(pair) for pair in pairs(text, lang)}
    return {word[:7] for word in units(text, lang) if len(word) > 3 and word not in ("that", "with", "what", "have")}


def _listed(session: Session, request: SparkRequest, text: str) -> Generator[Event, None, list[Idea]]:
    """All ideas in one structured answer."""
    name, angles = deck(text, request.kind, session.lang)
    # The system part asks for one sentence at a time, which is for small models.
    session.turns.clear()
    session.say("whole", kind=name, text=text, count=request.count, lenses=[one.lens for one in angles])
    told = {"type": "string", "minLength": 1}
    item = {
        "type": "object",
        "properties": {"lens": told, "idea": told, "reason": told},
        "required": ["lens", "idea", "reason"],
        "additionalProperties": False,
    }
    listed = {"type": "array", "items": item, "minItems": request.count, "maxItems": request.count}
    schema = {"type": "object", "properties": {"ideas": listed}, "required": ["ideas"], "additionalProperties": False}
    sampling = session.prose("ideas", bans=(), avoid="", schema=schema, max_tokens=200 * request.count)
    raw = yield from session.answer(sampling)
    if session.stopped:
        return []
    rows = [row for row in from_json(raw, "ideas") if isinstance(row, dict)]
    found = [Idea(*(str(row.get(key, "")).strip() for key in ("idea", "reason", "lens"))) for row in rows]
    return [one for one in found if one.idea][: request.count]


def _shown(session: Session, found: list[Idea]) -> str:
    return "\n".join(session.script.say("line", number=place, **asdict(one)) for place, one in enumerate(found, 1))
