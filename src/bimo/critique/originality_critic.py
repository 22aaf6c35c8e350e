"""Phrases that machines over-use, phrases that come again too soon, and a moral at the end, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import regex

from bimo.critique.originality import slop_list
from bimo.critique.passage import Passage
from bimo.critique.prose import abstract_ending, lists
from bimo.critique.registry import Knowing, critic
from bimo.text.errors import Language
from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span

_UNIT = {"zh": regex.compile(r"\p{Han}|[A-Za-z0-9]+"), "en": regex.compile(r"[\p{L}\p{N}]+(?:['’\-][\p{L}\p{N}]+)*")}
_SET = 4
# A phrase of so many 字 or words is heard again if it comes within so many.
_PHRASE = {"zh": 8, "en": 6}
_NEAR = {"zh": 2000, "en": 1200}


@cache
def _slop(lang: Language) -> regex.Pattern[str]:
    """Set phrases of four characters or three words, between which the little words may stand that were not counted.

    Shorter ones count in a measure, and are no reason to stop at any one of them.
    """
    found = slop_list(lang)
    if lang == "zh":
        phrases = {phrase for phrase in (*found["phrases"], *lists("zh").bans) if len(phrase) >= _SET}
        parts = [
            regex.escape(each).replace("…", r"[^。！？\n]{1,15}?") for each in sorted(phrases, key=len, reverse=True)
        ]
        return regex.compile("|".join(parts))
    stop = "|".join(sorted(map(regex.escape, found["stop"]), key=len, reverse=True))
    between = rf"\W+(?:(?:{stop})\W+){{0,3}}"
    joined = [between.join(map(regex.escape, phrase.split())) for phrase in found["trigrams"]]
    return regex.compile(rf"\b(?:{'|'.join(joined)})\b", regex.IGNORECASE)


@critic("slop", en="Machine phrases", zh="套话", group="originality", kinds=("prose",), cheap=True, scope="paragraph")
def slop(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Phrases that language models write far more often than people do."""
    for paragraph in passage.paragraphs:
        for match in _slop(passage.lang).finditer(passage.text, paragraph.start, paragraph.end):
            yield _hint("critique.slop", Span(*match.span()), quote=match[0])


@critic("echo", en="Echoes", zh="重复语句", group="originality", kinds=("prose",))
def echo(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """A phrase outside of speech that stood a page before word for word; the longest run is one finding."""
    placed: list[tuple[str, int, int]] = []
    for paragraph in passage.paragraphs:
        for match in _UNIT[passage.lang].finditer(passage.text, paragraph.start, paragraph.end):
            spoken = passage.spoken(Span(match.start(), match.end()))
            # Unlike any word and unlike each other, so that no phrase reaches over speech or past its paragraph.
            placed.append((f"\n{len(placed)}" if spoken else match[0].lower(), match.start(), match.end()))
        placed.append((f"\n{len(placed)}", paragraph.end, paragraph.end))
    size, near = _PHRASE[passage.lang], _NEAR[passage.lang]
    last: dict[tuple[str, ...], int] = {}
    words = tuple(word for word, _, _ in placed)
    place = 0
    for number in range(len(words) - size + 1):
        phrase = words[number : number + size]
        before = last.get(phrase)
        last[phrase] = number
        if before is None or number < place or not size <= number - before <= near or len(set(phrase)) < size - 2:
            continue
        run = size
        while number + run < len(words) and before + run < number and words[number + run] == words[before + run]:
            run += 1
        place = number + run
        here, there = (Span(placed[first][1], placed[first + run - 1][2]) for first in (number, before))
        yield Finding(
            "critique.echo",
            here,
            Severity.HINT,
            {"quote": here.of(passage.text), "against": there.of(passage.text)},
            (there,),
        )


@critic("moral", en="A moral at the end", zh="说教的结尾", group="originality", kinds=("prose",), cheap=True)
def moral(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """A last sentence outside of speech that is made of two abstract words or more."""
    text = passage.text
    last = passage.sentences[-1:] if len(passage.sentences) > 2 else ()
    for span in last:
        found = abstract_ending(span.of(text), passage.lang)
        if len({word.lower() for word in found}) > 1 and not passage.spoken(span):
            yield _hint("critique.moral", span, words=", ".join(dict.fromkeys(found)))


def _hint(code: str, span: Span, **args: str) -> Finding:
    return Finding(code, span, Severity.HINT, args)
