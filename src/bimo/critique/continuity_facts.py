"""Facts of a story: what a sentence says of somebody, as a kind, a key and a value that can be compared.

First every paragraph is searched for sentences that may tell a fact; this is remembered for as long as the paragraph
stays as it is. Then these sentences, few of all, are read with the names of the whole story in mind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from typing import Final

from bimo.critique.continuity_lore import Lore, day, loose, lore, number, weekday
from bimo.critique.continuity_people import People, Reader, people
from bimo.critique.passage import Passage
from bimo.critique.registry import Knowing
from bimo.text.errors import Language
from bimo.text.finding import Finding, Severity
from bimo.text.language import han
from bimo.text.spans import Span
from bimo.text.words import people_names

# Raised when other sentences would be found.
_VERSION: Final = 1
# No sentence that tells a fact clearly is longer, in code points.
_LONGEST: Final = 600
_PLACELESS = ("weekday", "time")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a sentence says. `who` is empty for what is of nobody; `sure` is False where a pronoun told it."""

    kind: str
    who: str
    key: str
    value: str
    word: str
    span: Span
    sentence: Span
    sure: bool = True
    spoken: bool = False


@dataclass(frozen=True)
class Told:
    """All facts of a passage in the order of the text, and the people in it."""

    passage: Passage
    people: People
    lore: Lore
    facts: tuple[Fact, ...] = ()
    by_kind: dict[str, list[Fact]] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[Fact]:
        """The facts of some kinds."""
        return sorted((fact for kind in kinds for fact in self.by_kind.get(kind, ())), key=lambda each: each.span)

    def has(self, name: str, span: Span) -> bool:
        """Whether one of the listed words stands in a part of the text."""
        part = span.of(self.passage.text)
        if self.lore.lang == "zh":
            return any(word in part for word in self.lore.words[name])
        return bool(set(re.findall(r"[a-z]+", part.lower())) & set(self.lore.words[name]))


def told(passage: Passage, knowing: Knowing) -> Told:
    """The facts of a passage, those of known paragraphs from memory."""
    leads = list(_leads(passage, knowing))
    seen = [each.args["name"] for each in leads if each.code == "name"]
    crowd = people(passage, knowing.bible, seen)
    words = lore(passage.lang)
    reader = Reader(passage, crowd, words)
    facts = sorted(
        (fact for each in leads if each.code != "name" for fact in _read(each.code, each.span, reader)),
        key=lambda fact: (fact.span, fact.kind),
    )
    ordered = sorted(facts, key=lambda fact: fact.kind)
    kinds = {kind: list(group) for kind, group in groupby(ordered, lambda fact: fact.kind)}
    return Told(passage, crowd, words, tuple(facts), kinds)


def _leads(passage: Passage, knowing: Knowing) -> Iterator[Finding]:
    """Sentences that may tell a fact and, in Chinese, names; each as a finding, for that is what memory keeps."""
    # The id of the critic comes first, so that memory knows whose shelf it is.
    shelf = f"continuity:leads {_VERSION} {passage.lang} {passage.kind}"
    new: list[tuple[Span, str]] = []
    for paragraph in passage.paragraphs:
        key = sha256(paragraph.of(passage.text).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        known = knowing.memory.recall(shelf, key, paragraph.start)
        if known is None:
            new.append((paragraph, key))
        else:
            yield from known
    view = passage.within(tuple(paragraph for paragraph, _ in new))
    for paragraph, key in new:
        if knowing.cancel.cancelled:
            return
        found = list(_searched(view, paragraph))
        knowing.memory.keep(shelf, key, paragraph.start, found)
        yield from found


def _searched(view: Passage, paragraph: Span) -> Iterator[Finding]:
    for sentence in view.sentences_of(paragraph):
        if len(sentence) > _LONGEST:
            continue
        part = sentence.of(view.text)
        for kind, patterns in loose(view.lang).items():
            if any(pattern.search(part) for pattern in patterns):
                yield Finding(kind, sentence, Severity.HINT)
    if view.lang == "zh" and han().search(view.text, paragraph.start, paragraph.end):
        text = paragraph.of(view.text)
        for name in people_names(text):
            at = paragraph.start + max(0, text.find(name))
            yield Finding("name", Span(at, at + len(name)), Severity.HINT, {"name": name})


def _read(kind: str, sentence: Span, reader: Reader) -> Iterator[Fact]:
    """The facts of one kind in a sentence, with the names of the whole story."""
    part = sentence.of(reader.passage.text)
    lang = reader.passage.lang
    for pattern in reader.people.patterns[kind]:
        for match in pattern.finditer(part):
            groups = match.groupdict()
            at = Span(sentence.start + match.start(), sentence.start + match.end())
            word = groups.get("value") or match[0]
            spot = match.start("value") if groups.get("value") else match.start()
            owner: tuple[str, bool] | None = ("", True)
            if groups.get("who"):
                owner = (reader.people.meant.get(groups["who"], groups["who"]), True)
            elif groups.get("thing"):
                owner = (groups["thing"], True)
            elif kind not in _PLACELESS:
                owner = reader.owner(sentence, at)
            if owner is None:
                continue
            value = match.lastgroup or "" if kind == "time" else _value(kind, word, lang, reader)
            key = _key(kind, groups.get("key") or "", lang, reader.lore)
            spoken = reader.passage.spoken(Span(sentence.start + spot, sentence.start + spot + 1))
            yield Fact(kind, owner[0], key, value, word, at, sentence, owner[1], spoken)


def _value(kind: str, word: str, lang: Language, reader: Reader) -> str:
    if kind in ("age", "number"):
        return number(word, lang)
    if kind == "weekday":
        return str(weekday(word, lang))
    if kind == "kin":
        return reader.people.meant.get(word, word)
    return reader.lore.same.get(word.lower(), word.lower()) if kind in ("eyes", "hair") else word


def _key(kind: str, key: str, lang: Language, words: Lore) -> str:
    if kind in ("weekday", "place"):
        bare = (
            re.sub(r"^the ", "", key.lower()) if lang == "en" else re.sub(r"(?:夜里|晚上|早上|这一整天|这天)$", "", key)
        )
        return day(key, lang) or bare
    if kind == "number" and lang == "zh":
        return key[-1:] if key[-1:] in "马船窗楼牛狗地室" else key.lstrip("个名位") or key
    key = key.strip().lower()
    return words.same.get(key, key)


def first_of(facts: Iterable[Fact]) -> dict[tuple[str, str], list[Fact]]:
    """Facts by whom and what they are about."""
    found: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        found.setdefault((fact.who, fact.key), []).append(fact)
    return found
