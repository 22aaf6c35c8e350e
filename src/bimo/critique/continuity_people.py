"""The people of a story, and who a sentence speaks of.

A fact belongs to somebody only by clear grammar: a name that owns it, the only name of its sentence, or a pronoun where
the paragraph so far knows one person. Whatever is less clear is left unsaid.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from bimo.critique.bible import Bible
from bimo.critique.continuity_lore import Lore, lore
from bimo.critique.passage import Passage
from bimo.text.errors import Language
from bimo.text.lists import word_list
from bimo.text.spans import Span
from bimo.text.words import tagged

_TITLE = r"(?:Mr|Mrs|Ms|Dr|Miss|Sir|Lady|Lord|Captain|Colonel|Major|Professor|Doctor|Uncle|Aunt|Father|Madame)\.?"
_RUN = re.compile(rf"\b(?:{_TITLE} )?[A-Z][a-zà-ÿ]+(?:-[A-Z][a-zà-ÿ]+)?(?: [A-Z][a-zà-ÿ]+){{0,2}}")
_BEGINS = re.compile(r"(?:^|[.!?:;\n—\"“‘(])[\s\"“”‘’'(]*$")
_BEFORE_PLACE = re.compile(r"\b(?:in|at|near|through|towards?|from|to|the) $", re.IGNORECASE)
_IN_PLACE = re.compile(r"\b(?:in|at) $", re.IGNORECASE)
_PLACE_ENDS = "州城镇县府村桥河江湖街路巷港岭"
_PRONOUN = {"en": re.compile(r"\b(?:he|his|him|she|her)\b", re.IGNORECASE), "zh": re.compile(r"[他她](?!们)")}
# More names than that make the search slow and are hardly all people.
_MOST = 600


@dataclass(frozen=True)
class People:
    """All names of people in a text, and whom each means."""

    lang: Language
    meant: dict[str, str] = field(default_factory=dict)

    @cached_property
    def expression(self) -> str:
        """A regular expression that fits every name."""
        listed = "|".join(re.escape(name) for name in sorted(self.meant, key=len, reverse=True)) or r"(?!)"
        return rf"\b(?:{listed})(?![a-z])" if self.lang == "en" else f"(?:{listed})"

    @cached_property
    def patterns(self) -> dict[str, tuple[re.Pattern[str], ...]]:
        """The patterns of facts with these names in them."""
        return lore(self.lang).compiled(self.expression)

    @cached_property
    def _finder(self) -> re.Pattern[str]:
        return re.compile(self.expression)

    def among(self, text: str, start: int, end: int) -> list[tuple[Span, str]]:
        """The names that stand in a part of a text, and who they are."""
        return [(Span(*match.span()), self.meant[match[0]]) for match in self._finder.finditer(text, start, end)]

    def called(self, who: str) -> list[str]:
        """All names of one person."""
        return [name for name, whole in self.meant.items() if whole == who]


def people(passage: Passage, bible: Bible, seen: Iterable[str]) -> People:
    """The people of a passage; `seen` are the names found in its paragraphs (Chinese only, English ones are quick)."""
    found = dict(_latin(passage.text) if passage.lang == "en" else _chinese(passage.text, seen))
    listed = {name: entry.name for entry in bible.entries if entry.kind == "character" for name in entry.names}
    nobody = (bible.names - listed.keys()) | set(bible.shared)
    found = {name: listed.get(whole, whole) for name, whole in found.items() if not {name, whole} & nobody}
    found |= {name: whole for name, whole in listed.items() if name not in nobody}
    return People(passage.lang, dict(list(found.items())[:_MOST]))


def _chinese(text: str, seen: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Names seen twice or more; what a neighbouring character made too long or too short is dropped."""
    counted = {name: text.count(name) for name in set(seen)}
    # A name of two characters that is seen once is as often a slip of the tagger.
    often = {name: count for name, count in counted.items() if count > 1 or len(name) > 2}
    often = {name: count for name, count in often.items() if not _is_place(name)}
    for name, count in sorted(often.items(), key=lambda pair: -pair[1]):
        longer = [other for other in often if other != name and other.startswith(name)]
        shorter = [other for other in often if other != name and name.startswith(other)]
        if any(often[other] >= 0.8 * count for other in longer) or any(count < 0.5 * often[one] for one in shorter):
            continue
        yield name, name


def _is_place(name: str) -> bool:
    return (len(name) == 2 and name[1] in _PLACE_ENDS) or [flag for _, flag in tagged(name)] == ["ns"]


def _latin(text: str) -> Iterable[tuple[str, str]]:
    """Runs of capitals that stand inside of sentences, or begin them and are no word; places are left out."""
    small = set(re.findall(r"\b[a-z]+\b", text))
    never = frozenset((*lore("en").words["no_person"], *map(str.capitalize, word_list("no_english_names"))))
    inside: Counter[str] = Counter()
    first: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for match in _RUN.finditer(text):
        run = match[0].replace(".", "")
        begins = bool(_BEGINS.search(text, max(0, match.start() - 4), match.start()))
        if begins and (run.split()[0].lower() in small or run.split()[0] in never) and not re.match(_TITLE + " ", run):
            run = run.partition(" ")[2]
            begins = False
        while run and run.split()[0] in never:
            run = run.partition(" ")[2]
        if not run or len(run) < 2 or {run.split()[0], run.split()[-1]} & never or run.lower() in small:
            continue
        (first if begins else inside)[run] += 1
        before = text[max(0, match.start() - 8) : match.start()]
        places[run] += 2 if _IN_PLACE.search(before) else bool(_BEFORE_PLACE.search(before))
    total = inside + first
    known = [name for name in total if inside[name] or " " in name or first[name] > 1]
    known = [name for name in known if places[name] <= 0.5 * total[name] or (total[name] == 1 and places[name] == 1)]
    known.sort(key=lambda name: -total[name])
    return _meanings(known[:_MOST])


def _meanings(known: list[str]) -> Iterable[tuple[str, str]]:
    """Every name with the longest one that it is surely short for."""
    titled = re.compile(_TITLE + " ")
    full = [name for name in known if " " in name and not titled.match(name)]
    for name in known:
        if titled.match(name):
            yield re.sub(r"^(Mrs?|Ms|Dr) ", r"\1. ", name), name
            yield name, name
            continue
        whole = [one for one in full if one.split()[0] == name]
        yield name, whole[0] if len(whole) == 1 else name
    for one in full:
        given = one.split()[0]
        if given not in known and sum(other.split()[0] == given for other in full) == 1:
            yield given, one


@dataclass(frozen=True, slots=True)
class Reader:
    """Tells of whom a sentence of a passage speaks."""

    passage: Passage
    people: People
    lore: Lore

    def owner(self, sentence: Span, match: Span) -> tuple[str, bool] | None:
        """Who owns what the match says, and whether that is sure: a pronoun is not; None if it is not clear."""
        text = self.passage.text
        here = self.people.among(text, sentence.start, sentence.end)
        if owned := self._possessive(here, match):
            return owned
        whole = {who for _, who in here}
        if len(whole) > 1:
            return None
        near = here[0][0].end if here and here[0][0].end <= match.start else sentence.start
        before = text[max(near, match.start - 40) : match.start]
        if self._other(before, text[match.start : match.end]):
            return None
        if whole:
            return self._kin_of(here[0], match) or (here[0][1], True)
        paragraph = self.passage.paragraph_at(sentence.start) or sentence
        around = _PRONOUN[self.people.lang].search(text, sentence.start, match.end)
        earlier = {who for _, who in self.people.among(text, paragraph.start, sentence.start)}
        return (earlier.pop(), False) if around and len(earlier) == 1 else None

    def _possessive(self, here: list[tuple[Span, str]], match: Span) -> tuple[str, bool] | None:
        """The name right before the match that owns it: "Clara's large brown eyes"."""
        for span, who in reversed(here):
            if span.end > match.start:
                continue
            gap = self.passage.text[span.end : match.start]
            fits = r"['’]s(?: [a-z]+,?){0,3} ?" if self.people.lang == "en" else r"(?:的|那|的?一双|那双|的?一头)?"
            kin = rf"(?:{self.lore.parts['kin']})"
            if re.search(rf"(?:['’]s|的) ?{kin}", gap):
                return None
            return (who, True) if re.fullmatch(fits, gap) else None
        return None

    def _kin_of(self, name: tuple[Span, str], match: Span) -> tuple[str, bool] | None:
        """Somebody who is only called the mother or friend of a name is another person."""
        if name[0].end > match.start:
            return None
        gap = self.passage.text[name[0].end : match.start]
        found = re.match(rf"(?:['’]s|的?) ?(?P<kin>{self.lore.parts['kin']})", gap)
        return (f"{name[1]}/{found['kin'].strip()}", True) if found else None

    def _other(self, before: str, said: str) -> bool:
        """Whether somebody without a name stands between: "her mother's grey eyes"."""
        kin = self.lore.parts["kin"]
        if self.people.lang == "zh":
            return bool(re.search(rf"(?:{kin}|那人|老人|孩子|女人|男人|姑娘|小孩|[我你咱])[^，。]{{0,6}}$", before))
        person = r"man|woman|girl|boy|lady|gentleman|child|stranger|fellow|lad|friend"
        return bool(
            re.search(
                rf"\b(?:his|her|my|your|their|the|an?|whose)\s(?:[a-z]+\s)?(?:{kin}|{person})\b", before, re.IGNORECASE
            )
            or re.search(r"\b(?:my|your|our|I|you)\b", before)
        ) and not re.search(r"\bman of|\bwoman of|\bperson of", said)
