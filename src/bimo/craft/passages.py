"""Working on a writer's text piece by piece, and saying what a new version of it lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import regex

from bimo.craft.events import Alternative, Event, Result, Warned
from bimo.text.count import length
from bimo.text.errors import Language, Notice
from bimo.text.finding import Measure
from bimo.text.keep import Lost, facts, lost
from bimo.text.sentences import paragraphs, sentences
from bimo.text.spans import Span

_COUNTED = {
    "zh": r"[二两三四五六七八九十百千万\d][〇零一二两三四五六七八九十百千万\d]*\p{Han}",
    "en": r"\b(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred|thousand)[ -]\p{L}+",
}


def portions(text: str, lang: Language, size: int) -> list[Span]:
    """The paragraphs, the long ones cut between sentences so that few are longer than `size` 字 or words."""
    found: list[Span] = []
    for paragraph in paragraphs(text):
        start = paragraph.start
        for sentence in sentences(paragraph.of(text), lang):
            first, last = paragraph.start + sentence.start, paragraph.start + sentence.end
            # What is left must be worth a portion of its own.
            left = length(text[first : paragraph.end], lang)
            if first > start and length(text[start:last], lang) > size and 3 * left > size:
                found.append(Span(start, len(text[:first].rstrip())))
                start = first
        found.append(Span(start, paragraph.end))
    return found


def must_stay(text: str, lang: Language) -> list[str]:
    """The names of a text, and its numbers with what they count, in its own words."""
    counted = regex.findall(_COUNTED[lang], text, regex.IGNORECASE)
    return list(dict.fromkeys((*facts(text, lang).names, *counted)))


def weight(gone: Lost) -> float:
    """How much was lost: a name or a number counts one, a negation half, one too many a quarter."""
    negations = -0.5 * gone.negations if gone.negations < 0 else 0.25 * gone.negations
    return len(gone.names) + len(gone.numbers) + negations


def comparing(events: Iterable[Event], before: str, lang: Language) -> Iterator[Event]:
    """The events of a tool that rewrites, with what each alternative lost of `before`, the best keeper first.

    The measure `lost` and `data["lost"]` say what; for the first alternative there is also a warning.
    """
    for event in events:
        if not isinstance(event, Result):
            yield event
            continue
        kept = tuple(sorted((_compared(one, before, lang) for one in event.alternatives), key=lambda one: one[0]))
        if kept and kept[0][1] and not event.stopped:
            yield Warned(_notice(kept[0][1]))
        yield replace(event, alternatives=tuple(alternative for _, _, alternative in kept))


def _compared(one: Alternative, before: str, lang: Language) -> tuple[float, Lost, Alternative]:
    gone = lost(before, one.text, lang=lang)
    what = (*gone.names, *gone.numbers, *([f"{gone.negations:+d} not"] if gone.negations else []))
    data = {"names": list(gone.names), "numbers": list(gone.numbers), "negations": gone.negations}
    measure = Measure("lost", weight(gone), "", -1, what)
    return weight(gone), gone, replace(one, measures=(*one.measures, measure), data={**one.data, "lost": data})


def _notice(gone: Lost) -> Notice:
    facts = ", ".join((*gone.names, *gone.numbers)) or "–"
    return Notice.of("craft.lost", facts=facts, negations=f"{gone.negations:+d}")
