"""Slips of person and tense, sentences that march in step, feelings named in a row, and where a manner drifts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import regex

from bimo.critique import structure_slips, style
from bimo.critique.passage import Passage
from bimo.critique.prose import hits, lists
from bimo.critique.registry import Knowing, critic
from bimo.text.count import length
from bimo.text.finding import Finding, Severity
from bimo.text.spans import Span

_FIRST = {"zh": regex.compile(r"[我你他她它这那]们?"), "en": regex.compile(r"[\p{L}'’]+")}
# So many sentences in a row begin alike, or are of one length but for so much of it, before a reader hears it.
_ALIKE, _MARCH, _STEP = 5, 7, 0.12
_SHORT = 4
# So many words of a paragraph name feelings.
_NAMED = 3


@critic("slips", en="Person and tense", zh="人称与时态", group="structure", kinds=("prose",), cheap=True)
def slips(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Paragraphs that leave the person or the tense of the whole text."""
    for found in structure_slips.slips(passage.text, passage.lang):
        if passage.paragraph_at(found.span.start):
            yield found


@critic("rhythm", en="Rhythm", zh="句式节奏", group="structure", kinds=("prose",), scope="paragraph", cheap=True)
def rhythm(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Sentences of a paragraph, outside of speech, that begin alike or are of one length for too long."""
    for paragraph in passage.paragraphs:
        inside = [each for each in passage.sentences_of(paragraph) if not passage.spoken(each)]
        yield from _alike(passage, inside)
        yield from _march(passage, inside)


def _alike(passage: Passage, spans: Sequence[Span]) -> Iterator[Finding]:
    def first(span: Span) -> str:
        found = _FIRST[passage.lang].match(passage.text, span.start, span.end)
        return found[0].lower() if found else ""

    for word, group in groupby(spans, first):
        run = list(group)
        if word and len(run) >= _ALIKE:
            place = Span(run[0].start, run[0].start + len(word))
            starts = tuple(Span(each.start, each.start + len(word)) for each in run[1:])
            yield _hint("critique.same_start", place, starts, word=place.of(passage.text), count=str(len(run)))


def _march(passage: Passage, spans: Sequence[Span]) -> Iterator[Finding]:
    sizes = [length(each.of(passage.text), passage.lang) for each in spans]
    start = total = 0
    for end, size in enumerate([*sizes, 0]):
        mean = total / max(1, end - start)
        if end > start and abs(size - mean) > max(1, _STEP * mean):
            if end - start >= _MARCH and mean >= _SHORT:
                evidence = tuple(spans[start + 1 : end][: _MARCH - 1])
                yield _hint("critique.march", spans[start], evidence, count=str(end - start), size=f"{mean:.0f}")
            start, total = end, 0
        total += size


@critic("telling", en="Feelings named", zh="直说情绪", group="emotion", kinds=("prose",), scope="paragraph", cheap=True)
def telling(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Paragraphs that name several feelings outside of speech instead of showing one."""
    for paragraph in passage.paragraphs:
        spans = [each for each in passage.sentences_of(paragraph) if not passage.spoken(each)]
        bare = "\n".join(each.of(passage.text) for each in spans)
        told = [word.lower() for word in hits(bare, lists(passage.lang).telling, passage.lang)]
        count = length(bare, passage.lang)
        if len(set(told)) >= _NAMED and len(told) * (15 if passage.lang == "en" else 20) >= count:
            joint = "、" if passage.lang == "zh" else ", "
            yield _hint("critique.telling", spans[0], (), words=joint.join(dict.fromkeys(told)))


@critic("drift", en="Manner", zh="文风走样", group="style", kinds=("prose",))
def drift(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Stretches whose manner is far from that of the rest of the text; the first sentence stands for each."""
    for span, value in style.outliers(style.drift(passage.text, passage.lang)):
        inside = next((each for each in passage.sentences if each.start >= span.start), None)
        if inside and inside.start < span.end:
            yield _hint("critique.drift", inside, (), distance=f"{value:.2f}")


def _hint(code: str, span: Span, evidence: tuple[Span, ...], **args: str) -> Finding:
    return Finding(code, span, Severity.HINT, args, evidence)
