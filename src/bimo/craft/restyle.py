"""Restyle: a text told again in another style, with its names, numbers and negations."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import count

from pydantic import Field

from bimo.craft.events import Event, Piece, Result, Warned
from bimo.craft.filling import copied
from bimo.craft.finish import finish
from bimo.craft.moods import MoodRequest
from bimo.craft.passages import comparing, must_stay, portions, weight
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, tool
from bimo.craft.session import Session, language_of, required, step
from bimo.craft.styles import Style, find_style, style_names
from bimo.craft.unfinished import Unfinished
from bimo.critique.prose import cost, measures
from bimo.critique.style_register import chances, score
from bimo.models.protocol import Message, Model, Sampling
from bimo.text.count import length
from bimo.text.errors import InputError, Language, Notice
from bimo.text.finding import Measure
from bimo.text.keep import facts, lost
from bimo.text.words import words

# Text for one request in 字 or words: a small model loses the thread and the facts of a longer one.
_SMALL, _LARGE = {"zh": 75, "en": 50}, {"zh": 1500, "en": 1000}
# So much of a sample shows its manner; more only takes room.
_SAMPLE = {"zh": 300, "en": 180}
_TRIES = 4
# Of the portion before, so many letters are shown with the next.
_BEFORE = 400


class RestyleRequest(MoodRequest):
    """What to tell again, and how."""

    text: str = Field(description="the text | 原文")
    style: str = Field("", description="a style, such as noir or Victorian | 文风，如文言文、武侠")
    sample: str = Field(
        "", description="a text, or a file, whose manner to take | 范文或范文文件", json_schema_extra={"file": True}
    )


@tool(
    "restyle",
    request=RestyleRequest,
    zh=("换文风", "换一种文风重写，人名、数字和否定照旧。"),
    en=("Restyle", "Tell a text again in another style; names, numbers and negations stay."),
)
def restyle(request: RestyleRequest, context: Context, model: Model) -> Iterator[Event]:
    """Go through the text portion by portion; what is finished outlives a kill."""
    text = required(request.text)
    lang = language_of(request, text)
    style = _style(request, lang)
    session = Session.begin("restyle", request, context, model, lang)
    _show_manner(session, style, request.sample)
    known = [text, request.style, request.sample, lang, request.seed, request.n, request.mood, model.info.id]
    unfinished = Unfinished("restyle", known, session.seed)
    session.seed = unfinished.seed
    if unfinished.count:
        yield Warned(Notice.of("craft.resumed", count=unfinished.count))
    numbers = count()
    events = alternatives(
        session,
        request,
        lambda own: _Rewriting(own, style, request.sample, unfinished, next(numbers)).of(text),
        mood=request.mood,
    )
    for event in comparing(events, text, lang):
        if isinstance(event, Result) and not event.stopped:
            unfinished.clear()
        yield _reached(event, style, text, lang) if isinstance(event, Result) else event


def _reached(result: Result, style: Style, before: str, lang: Language) -> Result:
    """The result with a measure of how much speaks for the register asked for, and as evidence how much did before."""
    start = score(before, lang, style.register)
    if start is None:
        return result
    told = [(one, score(one.text, lang, style.register) or 0.0) for one in result.alternatives]
    made = [
        replace(one, measures=(*one.measures, Measure("register", 100 * now, "%", 1, (f"{100 * start:.0f} %",))))
        for one, now in told
    ]
    return replace(result, alternatives=tuple(made))


def _style(request: RestyleRequest, lang: Language) -> Style:
    if not request.style.strip() and not request.sample.strip():
        raise InputError("craft.no_style_given", near=", ".join(style_names(lang)))
    if request.sample.strip():
        return Style(request.style.strip())
    return find_style(request.style, lang)


def _show_manner(session: Session, style: Style, sample: str) -> None:
    """The style as the first turns of the talk: its examples, or the sample as if the model had written it."""
    part = "sample" if sample else "style"
    session.turns.append(Message("system", session.script.say(part, instruction=style.instruction)))
    if sample:
        session.say("show")
        session.answered(_excerpt(session, sample))
    elif session.model.info.small:
        for plain, styled in style.examples:
            props = [prop for prop in style.props if prop.lower() in styled.lower()][:2]
            session.say("ask", text=plain, props=props, keep=must_stay(plain, session.lang))
            session.answered(styled)


def _excerpt(session: Session, sample: str) -> str:
    """The beginning of the sample, in whole sentences."""
    return portions(required(sample), session.lang, _SAMPLE[session.lang])[0].of(sample.strip())[:4000]


@dataclass(frozen=True)
class _Rewriting:
    """One alternative on its way."""

    session: Session
    style: Style
    sample: str
    unfinished: Unfinished
    run: int

    def of(self, text: str) -> Generator[Event, None, str]:
        """The whole text in the style, with its white space between the portions."""
        small = self.session.model.info.small
        spans = portions(text, self.session.lang, (_SMALL if small else _LARGE)[self.session.lang])
        done = self.unfinished.parts(self.run)[: len(spans)]
        place = 0
        whole = last = ""
        told: tuple[str, ...] = ()
        for number, span in enumerate(spans):
            gap = text[place : span.start]
            if number < len(done):
                part = done[number]
                yield Piece(gap + part)
            else:
                yield step("paragraph", number + 1, len(spans))
                if number:
                    told = spans[number - 1].of(text)[-_BEFORE:], last[-_BEFORE:]
                part = yield from (self._best if small else self._streamed)(span.of(text), gap, number, told)
                if self.session.stopped:
                    return whole + gap + part if part else whole
                self.unfinished.keep(self.run, part)
            whole, place, last = whole + gap + part, span.end, part
        return whole

    def _sampling(self, plain: str) -> Sampling:
        session = self.session
        sampling = session.prose(names=(plain, self.sample))
        letters = "".join(
            letter for letter in self.style.letters if letter not in "".join(facts(plain, session.lang).names)
        )
        room = max(64, min(3 * session.model.count(plain) + 60, session.room(0) - session.model.count(plain)))
        return replace(sampling, temperature=0.65, dry=0.0, avoid=sampling.avoid + letters, max_tokens=room)

    def _talk(self, told: tuple[str, ...]) -> Session:
        """The talk with the portion before, so that the model knows who is meant and how it was told."""
        session = replace(self.session, turns=list(self.session.turns))
        if told:
            session.say("ask", text=told[0], props=(), keep=())
            session.answered(told[1])
        return session

    def _best(self, plain: str, gap: str, number: int, told: tuple[str, ...]) -> Generator[Event, None, str]:
        """The best of two candidates, of more while a fact is missing."""
        session = self._talk(told)
        chance = random.Random(session.seed + number)
        props = chance.sample(self.style.props, min(2, len(self.style.props)))
        session.say("ask", text=plain, props=props, keep=must_stay(plain, session.lang))
        found: list[tuple[float, float, str]] = []
        for attempt in range(_TRIES):
            raw = yield from session.answer(self._sampling(plain), offset=number * 16 + attempt)
            text = " ".join(finish(raw, session.lang, whole=not session.stopped).split("\n"))
            if text:
                gone = weight(lost(plain, text, lang=session.lang))
                found.append((gone + self._fault(session, plain, text), gone, text))
            if session.stopped or (attempt and found and min(found)[0] < 1.5):
                break
        best = min(found)[2] if found else plain
        yield Piece(gap + best)
        return best

    def _fault(self, session: Session, plain: str, text: str) -> float:
        """What speaks against a candidate besides lost facts: not restyled, copied, too long or short, bad prose."""
        ratio = length(text, session.lang) / max(length(plain, session.lang), 1)
        low, high = self.style.ratio
        outside = max(0.0, low - ratio, ratio - high)
        same = SequenceMatcher(None, plain, text, autojunk=False).ratio()
        borrowed = max(0, _borrowed(session, text) - (7 if session.lang == "zh" else 30))
        distance = self.style.distance(text, session.lang)
        prose = 0.15 * cost(measures(text, session.lang))
        # Classical Chinese has other words for nearly everything, so only its facts can be compared.
        untold = 0.0 if self.style.letters else _untold(plain, text, session.lang)
        # Where a register was learned from texts, a candidate that has not reached it loses.
        unlike = 1 - chances(text).get(self.style.register, 1.0) if session.lang == "zh" else 0.0
        return (
            unlike + 2 * untold + 3 * outside + 6 * max(0.0, same - 0.75) + 0.15 * borrowed + distance + max(0.0, prose)
        )

    def _streamed(self, plain: str, gap: str, number: int, told: tuple[str, ...]) -> Generator[Event, None, str]:
        """One answer, shown as it comes."""
        session = self._talk(told)
        session.say("ask", text=plain, props=(), keep=())
        yield Piece(gap) if gap else step("paragraph")
        sampling = replace(self._sampling(plain), avoid="", bans=())
        raw = yield from session.answer(sampling, offset=number, show=True)
        return finish(raw, session.lang, whole=not session.stopped)


def _untold(plain: str, text: str, lang: Language) -> float:
    """The share of the longer words of the original that the candidate does without: what it may not have told."""
    told = text.lower()
    long = {word for word in words(plain, lang) if len(word) >= (2 if lang == "zh" else 4)}
    return sum(word not in told for word in long) / len(long) if long else 0.0


def _borrowed(session: Session, text: str) -> int:
    """The longest run that the candidate has in common with an example, not with the text it retells."""
    return copied(replace(session, turns=[turn for turn in session.turns[1:-1] if turn.role == "assistant"]), text)
