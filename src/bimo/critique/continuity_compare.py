"""What cannot both be true: the facts of a story held against each other, each kind by a rule of its own.

Every rule yields pairs of facts, the earlier in the text first. Time and change are given the benefit of the doubt: a
child grows older, a lost watch is found, a memory tells of the living.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, pairwise
from typing import Final

from bimo.critique.continuity_facts import Fact, Told, first_of
from bimo.text.language import han
from bimo.text.spans import Span

Pair = tuple[Fact, Fact]
Rule = Callable[[Told], Iterator[Pair]]

_rules: dict[str, Rule] = {}
# One person with more values than so many is more than one person, or the pattern was wrong.
_VALUES: Final = 3
# Somebody who does more than so much after dying is another of the same name, or the telling is not in order.
_ACTS: Final = 8
# Within so many paragraphs of a scene the hour cannot turn round unnoticed.
_HOUR: Final = 4
_ALIKE: Final = 0.6


def rule(kind: str) -> Callable[[Rule], Rule]:
    """Register the comparison of a kind of finding."""

    def register(compare: Rule) -> Rule:
        _rules[kind] = compare
        return compare

    return register


def contradictions(told: Told) -> Iterator[tuple[str, Pair]]:
    """Every pair of facts that cannot both be true, with the kind of contradiction."""
    for kind, compare in _rules.items():
        for pair in compare(told):
            yield kind, pair


def _differing(told: Told, kind: str) -> Iterator[Pair]:
    """For each person the first fact, and the first later one with another value."""
    for facts in first_of(told.of(kind)).values():
        values = {fact.value for fact in facts}
        if 1 < len(values) <= _VALUES:
            start = facts[0]
            yield start, next(fact for fact in facts if fact.value != start.value)


# Dark eyes may be called black in the evening; hair turns grey.
_NEAR: Final = {frozenset(pair) for pair in (("black", "brown"), ("hazel", "brown"), ("hazel", "green"), ("黑", "褐"))}
_TURNS: Final = {"grey", "白"}


@rule("eyes")
def _eyes(told: Told) -> Iterator[Pair]:
    for one, two in _differing(told, "eyes"):
        if frozenset((one.value, two.value)) not in _NEAR:
            yield one, two


@rule("hair")
def _hair(told: Told) -> Iterator[Pair]:
    for one, two in _differing(told, "hair"):
        if not {one.value, two.value} & _TURNS and frozenset((one.value, two.value)) not in _NEAR:
            yield one, two


@rule("birth")
def _birth(told: Told) -> Iterator[Pair]:
    yield from _differing(told, "birth")


@rule("side")
def _side(told: Told) -> Iterator[Pair]:
    yield from _differing(told, "side")


@rule("age")
def _age(told: Told) -> Iterator[Pair]:
    """Nobody grows younger, unless the later place looks back."""
    for facts in first_of(told.of("age")).values():
        held = [fact for fact in facts if fact.value.isdigit() and not _looks_back(told, fact)]
        for one, two in combinations(held, 2):
            if int(two.value) < int(one.value) and int(one.value) < 120:
                yield one, two
                break


def _looks_back(told: Told, fact: Fact) -> bool:
    return told.has("unreal", fact.sentence) or told.has("back", fact.sentence)


@rule("weekday")
def _weekday(told: Told) -> Iterator[Pair]:
    """Two dates of a month lie as many days apart as their weekdays say."""
    for one, two in combinations(told.of("weekday"), 2):
        (month, first), (other, second) = (fact.key.partition("-")[::2] for fact in (one, two))
        if month != other or not (first.isdigit() and second.isdigit()):
            continue
        if (int(second) - int(first) - int(two.value) + int(one.value)) % 7 and _one_year(told, one, two):
            yield one, two


def _one_year(told: Told, one: Fact, two: Fact) -> bool:
    years = [set(re.findall(r"\b1\d{3}\b|\b20\d\d\b", fact.sentence.of(told.passage.text))) for fact in (one, two)]
    return not (years[0] and years[1]) or years[0] == years[1]


@rule("place")
def _place(told: Told) -> Iterator[Pair]:
    """On one day in one place."""
    held = [fact for fact in told.of("place") if fact.who and _is_place(fact, told)]
    for facts in first_of(held).values():
        for one, two in combinations(facts, 2):
            if one.value != two.value and one.value not in two.value and two.value not in one.value:
                yield one, two
                break


def _is_place(fact: Fact, told: Told) -> bool:
    if told.lore.lang == "en":
        return fact.value not in told.people.meant and fact.value not in told.lore.words["no_person"]
    from bimo.text.words import tagged

    return [flag for _, flag in tagged(fact.value)] == ["ns"]


@rule("number")
def _number(told: Told) -> Iterator[Pair]:
    for one, two in _differing(told, "number"):
        if one.who and one.value.isdigit() and two.value.isdigit():
            yield one, two


@rule("possession")
def _possession(told: Told) -> Iterator[Pair]:
    """What is lost is not taken out of the pocket again, unless it was found or is another."""
    used = first_of(told.of("used"))
    for lost in told.of("lost"):
        if lost.spoken:
            continue
        for fact in used.get((lost.who, lost.key), ()):
            if fact.sentence.start > lost.sentence.end and not fact.spoken:
                if not _regained(told, lost, fact):
                    yield lost, fact
                break


def _regained(told: Told, lost: Fact, used: Fact) -> bool:
    """Whether some sentence in between, or the later one, tells how the thing came back."""
    text = told.passage.text
    for match in re.finditer(re.escape(lost.word), text[lost.sentence.end : used.sentence.end]):
        at = lost.sentence.end + match.start()
        if told.has("regained", Span(max(0, at - 40), min(len(text), at + 25))):
            return True
    return False


@rule("knowledge")
def _knowledge(told: Told) -> Iterator[Pair]:
    """Nobody learns what he has long known."""
    known = [fact for fact in told.of("knows") if not _denied(fact, told)]
    for learnt in told.of("learns"):
        for fact in known:
            before = fact.sentence.end <= learnt.sentence.start
            if before and fact.who == learnt.who and _alike(fact.value, learnt.value, told.lore.lang):
                yield fact, learnt
                break


def _denied(fact: Fact, told: Told) -> bool:
    part = fact.sentence.of(told.passage.text)
    if told.lore.lang == "en":
        return bool(re.search(r"\b(?:not|never|no idea|nobody|n't|first time|if|wish)\b", part))
    return bool(re.search(r"不知道|不晓得|才知道|没有人|头一回|第一次|如果|要是|[吗么]？", part))


def _alike(one: str, two: str, lang: str) -> bool:
    """Whether two clauses are about the same, by the words that they share."""
    a, b = (_content(each, lang) for each in (one, two))
    shared = len(a & b)
    return shared >= (2 if lang == "en" else 3) and shared >= _ALIKE * min(len(a), len(b))


def _content(clause: str, lang: str) -> frozenset[str]:
    if lang == "en":
        return frozenset(re.findall(r"[a-z]{4,}", clause.lower())) - {"that", "have", "been", "with", "this", "they"}
    runs = han(r"[{han}]+").findall(clause)
    return frozenset(run[i : i + 2] for run in runs for i in range(len(run) - 1))


_OPPOSITE: Final = {
    frozenset(pair)
    for pair in (("night", "noon"), ("dawn", "dusk"), ("dawn", "noon"), ("noon", "dusk"), ("dawn", "night"))
}


@rule("time")
def _time(told: Told) -> Iterator[Pair]:
    """Within a scene midnight does not stand beside noon, unless the telling says that time went by."""
    passage = told.passage
    starts = [each.start for each in passage.paragraphs]
    scenes = [each.start for each in passage.scenes]
    facts = [fact for fact in told.of("time") if not fact.spoken and not told.has("unreal", fact.sentence)]
    for one, two in pairwise(facts):
        near = bisect_right(starts, two.span.start) - bisect_right(starts, one.span.start) <= _HOUR
        one_scene = bisect_right(scenes, one.span.start) == bisect_right(scenes, two.span.start)
        if not (near and one_scene) or frozenset((one.value, two.value)) not in _OPPOSITE:
            continue
        if not any(told.has("passes", each) for each in _openings(told, one, two)):
            yield one, two


def _openings(told: Told, one: Fact, two: Fact) -> Iterator[Span]:
    """Where a telling says that time goes by: how paragraphs begin, and the two sentences themselves."""
    yield one.sentence
    yield two.sentence
    for paragraph in told.passage.paragraphs:
        if one.sentence.end <= paragraph.start < two.sentence.start:
            yield Span(paragraph.start, min(paragraph.end, paragraph.start + 50))


@rule("death")
def _death(told: Told) -> Iterator[Pair]:
    """The dead do not speak, except in dreams, in memories, and in stories told out of order."""
    seen: set[str] = set()
    for fact in told.of("death"):
        if fact.who in seen or fact.who not in told.people.meant.values():
            continue
        if fact.spoken or told.has("unsure", fact.sentence):
            continue
        seen.add(fact.who)
        acts = list(_acts(told, fact))
        if 0 < len(acts) <= _ACTS:
            yield fact, acts[0]


@cache
def _acting(names: tuple[str, ...], acts: tuple[str, ...], lang: str) -> re.Pattern[str]:
    called, does = "|".join(map(re.escape, names)), "|".join(acts)
    if lang == "en":
        return re.compile(
            rf"(?:^|\n|[.!?”\"]\s|, )(?:{called}) (?:then |now |only |slowly |quickly )?(?:{does})\b"
            rf"|\b(?:said|cried|asked|replied|answered|whispered|met|saw|stood|was|is) (?:{called})(?=[,.;])"
        )
    return re.compile(
        rf"(?:{called})[^，。！？的“”]{{0,6}}?(?:{does})(?!了?的)|(?:站着|坐着|碰见|遇见|看见|接着开口的是)(?:{called})"
    )


def _acts(told: Told, death: Fact) -> Iterator[Fact]:
    text, passage = told.passage.text, told.passage
    names = tuple(sorted(told.people.called(death.who), key=len, reverse=True))
    for match in _acting(names, told.lore.words["acts"], told.lore.lang).finditer(text, death.sentence.end):
        bare = match[0].lstrip(' ,.!?"”\n')
        at = Span(match.end() - len(bare), match.end())
        paragraph = passage.paragraph_at(match.end() - 1)
        if paragraph is None or passage.spoken(Span(match.end() - 1, match.end())):
            continue
        sentence = _sentence(text, paragraph, at)
        if paragraph.start < death.sentence.end or told.has("unreal", sentence):
            continue
        yield Fact("acts", death.who, "", match[0].strip(' ,."”'), match[0].strip(' ,."”'), at, sentence)


def _sentence(text: str, paragraph: Span, at: Span) -> Span:
    """The words around a place up to the marks of the sentence."""
    start = max((text.rfind(mark, paragraph.start, at.start + 1) for mark in ".!?。！？"), default=-1) + 1
    ends = [place for mark in ".!?。！？" if (place := text.find(mark, at.end - 1, paragraph.end)) >= 0]
    start, end = max(start, paragraph.start), min([*ends, paragraph.end - 1]) + 1
    while start < at.start and text[start] in ' ”"’\n':
        start += 1
    return Span(start, end)
