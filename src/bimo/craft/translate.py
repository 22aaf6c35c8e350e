"""Translate: a literary translation between Chinese and English, or the same scene told to readers elsewhere."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import count
from typing import Literal

from pydantic import Field

from bimo.craft.events import Alternative, Event, Piece, Result, Warned
from bimo.craft.finish import finish
from bimo.craft.glossary import customs, named, told_terms
from bimo.craft.passages import portions
from bimo.craft.ranking import alternatives
from bimo.craft.registry import Context, Request, tool
from bimo.craft.session import Session, required, step
from bimo.craft.unfinished import Unfinished
from bimo.models.protocol import Message, Model
from bimo.text.count import length
from bimo.text.errors import InputError, Language, Notice
from bimo.text.finding import Measure
from bimo.text.language import detect
from bimo.text.numbers import numbers
from bimo.text.spans import Span

# Text for one request in 字 or words, for a small model and for a strong one.
_SMALL, _LARGE = {"zh": 90, "en": 60}, {"zh": 1500, "en": 1000}
_TRIES = 3
# Of the portion before, so many letters are shown with the next.
_BEFORE = 400
# What a translation has for each 字 or word of the original: English words for a 字, 字 for an English word, and the
# same language again. The middle half of published translations lies well inside.
_RATIO = {("zh", "en"): (0.45, 1.1), ("en", "zh"): (1.1, 2.5)}
_SAME = (0.6, 1.6)
# Other ways to name a number, which `text.numbers` leaves out.
_ORDINALS = "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_COUNTED: Mapping[Language, Mapping[str, str]] = {
    "en": {str(value): rf"\b{word}\b" for value, word in enumerate(_ORDINALS.split(), start=2)}
    | {"2": r"\b(?:second|twice|both|couple|pair)\b", "3": r"\b(?:third|thrice)\b", "12": r"\b(?:twelfth|dozen)\b"},
    "zh": {"2": "[双两对]", "12": "一打"},
}
_OTHER: Mapping[Language, Language] = {"zh": "en", "en": "zh"}


class TranslateRequest(Request):
    """What to translate, for whom, and with which words fixed. `lang` is the language to translate into."""

    text: str = Field(description="the text | 原文")
    readers: str = Field("", description="who will read it, such as “children in Brazil” | 写给谁看，如“英国的孩子”")
    culture: Literal["keep", "adapt"] = Field(
        "keep",
        description="customs, images and forms of address: keep them, or give what these readers know"
        " | 习俗、意象和称呼：保留，还是换成读者熟悉的",
    )
    glossary: tuple[str, ...] = Field(
        (), description="a fixed rendering, “林晚 = Lin Wan” | 固定译法，如“林晚 = Lin Wan”"
    )
    notes: bool = Field(
        False, description="notes for the reader on customs and names for things | 文末附读者注，解释习俗和称呼"
    )


@tool(
    "translate",
    request=TranslateRequest,
    zh=("翻译", "中英文学翻译，或把同一场戏讲给另一种文化的读者；译名统一，数字和译法逐一核对。"),
    en=("Translate", "Translate between Chinese and English, or retell for readers of another culture."),
)
def translate(request: TranslateRequest, context: Context, model: Model) -> Iterator[Event]:
    """Settle the names first, then go through the text portion by portion; what is finished outlives a kill."""
    text = required(request.text)
    source = detect(text)
    lang = request.lang or _OTHER[source]
    if lang == source and not request.readers.strip():
        raise InputError("craft.same_language")
    session = Session.begin("translate", request, context, model, lang)
    part = "retell" if lang == source else "translate"
    culture = session.script.parts[request.culture]
    session.turns.append(Message("system", session.script.say(part, culture=culture, readers=request.readers.strip())))
    known = [text, *request.model_dump(exclude={"text", "seed"}).values(), request.seed, model.info.id]
    unfinished = Unfinished("translate", known, session.seed)
    session.seed = unfinished.seed
    if unfinished.count:
        yield Warned(Notice.of("craft.resumed", count=unfinished.count))
    terms = yield from named(session, text, source, told_terms(request.glossary))
    if lang != source:
        session.show_manner()
    numbered = count()
    work = _Translating(session, source, terms, unfinished, request.notes)
    events = alternatives(session, request, lambda own: replace(work, session=own, run=next(numbered)).of(text))
    for event in events:
        if isinstance(event, Result):
            if not event.stopped:
                unfinished.clear()
            event = _reported(event, text, source, lang, terms)
            if event.alternatives and (gone := event.alternatives[0].data["missing"]) and not event.stopped:
                assert isinstance(gone, list)
                yield Warned(Notice.of("craft.untranslated", what=", ".join(gone)))
        yield event


def _reported(result: Result, text: str, source: Language, lang: Language, terms: Mapping[str, str]) -> Result:
    """The result with what each alternative kept of the terms and numbers, the best keeper first."""
    told = []
    for one in result.alternatives:
        gone = missing(text, one.text, source, lang, terms)
        data = {**one.data, "terms": dict(terms), "missing": gone}
        told.append(
            Alternative(one.text, (*one.measures, Measure("lost", float(len(gone)), "", -1, tuple(gone))), data)
        )
    return replace(result, alternatives=tuple(sorted(told, key=lambda one: one.measures[-1].value)))


def missing(
    before: str, after: str, source: Language, lang: Language, terms: Mapping[str, str] | None = None
) -> list[str]:
    """The preservation report: which terms of `before` lack their rendering in `after`, and which numbers are gone."""
    low = after.lower()
    gone = [
        f"{term} = {rendering}"
        for term, rendering in (terms or {}).items()
        if term in before and not any(way.lower() in low for way in _ways(rendering, lang))
    ]
    values = set(numbers(after, lang)) | {value for value, way in _COUNTED[lang].items() if re.search(way, low)}
    return gone + [value for value in dict.fromkeys(numbers(before, source)) if value not in values]


def _ways(rendering: str, lang: Language) -> tuple[str, ...]:
    """A rendering, and the shorter ways to name the same person: a given name or a family name alone."""
    if lang == "zh":
        return (rendering, *rendering.split("·"))
    return (rendering, *(part for part in rendering.split() if part.istitle() and len(part) > 2))


@dataclass(frozen=True, slots=True)
class _Translating:
    """One alternative on its way."""

    session: Session
    source: Language
    terms: Mapping[str, str]
    unfinished: Unfinished
    notes: bool
    run: int = 0

    def of(self, text: str) -> Generator[Event, None, str]:
        """The whole text in the other language, with its white space between the portions, and the notes."""
        small = self.session.model.info.small
        spans = portions(text, self.source, (_SMALL if small else _LARGE)[self.source])
        done = self.unfinished.parts(self.run)[: len(spans)]
        whole, place, before = "", 0, ("", "")
        for number, span in enumerate(spans):
            gap = self._gap(text[place : span.start]) if number else ""
            if number < len(done):
                part = done[number]
            else:
                yield step("paragraph", number + 1, len(spans))
                part = yield from self._best(span, text, number, before)
                if not self.session.stopped:
                    self.unfinished.keep(self.run, part)
            yield Piece(gap + part)
            if self.session.stopped:
                return whole + gap + part if part else whole
            whole, place, before = whole + gap + part, span.end, (span.of(text)[-_BEFORE:], part[-_BEFORE:])
        if self.notes and (known := customs(text, self.source, self.session.lang)):
            told = "\n\n".join(
                ("", self.session.script.parts["heading"], *(f"{word}: {note}" for word, note in known.items()))
            )
            yield Piece(told)
            whole += told
        return whole

    def _gap(self, white: str) -> str:
        """The white space before a portion as the other language sets it: no empty 字 in English, a space there."""
        if self.session.lang == "en":
            return white.replace("\u3000", "") or " "
        return white if "\n" in white else ""

    def _best(self, span: Span, text: str, number: int, before: tuple[str, str]) -> Generator[Event, None, str]:
        """The most faithful of a few candidates; the first one if nothing is missing in it."""
        plain = span.of(text)
        session = replace(self.session, turns=list(self.session.turns))
        if before[0]:
            session.say("ask", text=before[0], terms={}, customs={})
            session.answered(before[1])
        used = {term: rendering for term, rendering in self.terms.items() if term in plain}
        session.say("ask", text=plain, terms=used, customs=customs(plain, self.source, session.lang))
        room = max(64, 3 * session.model.count(plain) + 60)
        sampling = session.prose("exact", bans=(), max_tokens=room)
        found: list[tuple[float, str]] = []
        for attempt in range(_TRIES):
            raw = yield from session.answer(sampling, offset=number * _TRIES + attempt)
            told = finish(raw, session.lang, whole=not session.stopped)
            if told:
                found.append((self._fault(plain, told), told))
            if session.stopped or (found and min(found)[0] == 0):
                break
            # The next one may go another way.
            sampling = replace(sampling, temperature=sampling.temperature + 0.25)
        if session.stopped and not found:
            return ""
        return min(found)[1] if found else plain

    def _fault(self, plain: str, told: str) -> float:
        """What speaks against a candidate: terms and numbers gone, far too long or too short, a sentence told twice."""
        lang = self.session.lang
        low, high = _RATIO.get((self.source, lang), _SAME)
        ratio = length(told, lang) / max(length(plain, self.source), 1)
        # A word or two has no ratio to speak of.
        outside = max(0.0, low - ratio, ratio - high) if length(plain, self.source) > 8 else 0.0
        # Told again word by word is not told for other readers.
        same = SequenceMatcher(None, plain, told, autojunk=False).ratio() if lang == self.source else 0.0
        lines = [line for line in re.split(r"(?<=[.!?。！？])\s*", told) if len(line) > 12]
        gone = len(missing(plain, told, self.source, lang, self.terms))
        return gone + 2 * outside + 6 * max(0.0, same - 0.75) + len(lines) - len(set(lines))
