"""Names in Chinese characters: found where the likeliest division of the clause into words has the name as a word.

Names join the words of the dictionary, so 苏晴 wins in 苏晴天亮才睡 and loses in 江苏晴天. All of it is done in
simplified characters, which are those of the dictionary, so 刘 finds 劉; only a name of one character must not find
another word that is simplified to it, as 余 would find 餘.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from math import log
from typing import Final

from bimo.desk.grams import simplified
from bimo.desk.mentions import Mention, Sought, owners, word_lists
from bimo.text.count import WORD
from bimo.text.errors import Language
from bimo.text.language import han
from bimo.text.lists import word_list
from bimo.text.spans import Span
from bimo.text.words import lexicon, tagged

# How often a name counts as seen, beside the 60 million words of the dictionary: a name is commoner in its own book
# than most words, but must not tear 行李 and 国王 apart.
_SEEN: Final = 2000
_TOTAL: Final = 60_000_000
# No word of the dictionary that matters here is longer.
_LONGEST: Final = 8
# Characters on either side that a tagger is shown.
_AROUND: Final = 8
_ALL_HAN: Final = han(r"[{han}]+")
_LETTER: Final = re.compile(WORD)


class ChineseFinder:
    """Finds a fixed set of names; making it takes longer than one search with it."""

    def __init__(self, names: Sequence[Sought]) -> None:
        self._lexicon = lexicon()
        listed = owners((simplified(name.text), name) for name in names)
        made = owners(pair for name in names if name.person for pair in _made(simplified(name.text), name))
        all_listed = {simplified(name.text) for name in names}
        forms = listed | {form: name for form, name in made.items() if form not in all_listed}
        self._phrases = word_lists("zh")["phrases"] | {simplified(each) for name in names for each in name.exclude}
        self._phrases -= forms.keys()
        self._mixed = {form: name for form, name in forms.items() if not _ALL_HAN.fullmatch(form)}
        self._forms = {form: name for form, name in forms.items() if form not in self._mixed}
        own = {*self._forms, *self._phrases}
        self._begun = {word[:end] for word in own for end in range(1, len(word) + 1)}
        by_first: dict[str, set[int]] = {}
        for form in self._forms:
            by_first.setdefault(form[0], set()).add(len(form))
        self._lengths = {first: sorted(lengths, reverse=True) for first, lengths in by_first.items()}
        self._first = re.compile(f"[{''.join(by_first)}]" if by_first else "(?!)")

    def __call__(self, text: str, lang: Language) -> Iterator[Mention]:
        """The mentions in order; a name with letters in it may overlap another."""
        written, text = text, simplified(text)
        for run in _ALL_HAN.finditer(text):
            if self._first.search(text, *run.span()):
                for span, form in self._in_clause(run.group()):
                    name, place = self._forms[form], Span(run.start() + span.start, run.start() + span.end)
                    if len(form) > 1 or _same(name.text, place.of(written), form):
                        yield Mention(place, name.entry, name.text)
        for form, name in self._mixed.items():
            for match in re.finditer(re.escape(form), text):
                if _edged(text, Span(*match.span())):
                    yield Mention(Span(*match.span()), name.entry, name.text)

    def _in_clause(self, clause: str) -> Iterator[tuple[Span, str]]:
        """The forms that are words of their own in a clause of Chinese characters."""
        words: _Words | None = None
        end = 0
        for match in self._first.finditer(clause):
            start = match.start()
            if start < end:
                continue
            for length in self._lengths[match.group()]:
                form = clause[start : start + length]
                if len(form) < length or form not in self._forms:
                    continue
                words = words or _Words([list(self._words_from(clause, at)) for at in range(len(clause))])
                if self._meant(clause, Span(start, start + length), words):
                    end = start + length
                    yield Span(start, end), form
                    break

    def _meant(self, clause: str, place: Span, words: _Words) -> bool:
        """Whether the form at this place is a word of its own."""
        crossing = list(words.across(place))
        if any(self._surely(word.of(clause), place, word) for word in crossing if _inside(place, word)):
            return False
        if crossing and not self._divided_off(clause, place, words):
            return False
        return len(place) > 1 or not (_common(clause, place.start) or _begins_a_name(clause, place.start))

    def _surely(self, word: str, place: Span, around: Span) -> bool:
        """Whether a longer word, which the place is part of, is surely meant: 一叶知秋, but not 长安城."""
        return word in self._phrases or (len(place) > 1 and around.start < place.start and word not in self._forms)

    def _words_from(self, clause: str, start: int) -> Iterator[tuple[int, int]]:
        """The words that begin at a place: where they end, and how often they count as seen."""
        lexicon, forms = self._lexicon, self._forms
        for end in range(start + 1, len(clause) + 1):
            word = clause[start:end]
            seen = lexicon.get(word)
            if word in forms:
                yield end, max(seen or 0, _SEEN if end > start + 1 else 1)
            elif word in self._phrases or end == start + 1:
                yield end, seen or 1
            # The dictionary was counted by a machine and has 孔明之 for a word.
            elif seen and not (word[-1] in "之的了是" and word[:-1] in forms):
                yield end, seen
            if seen is None and word not in self._begun:
                return

    def _divided_off(self, clause: str, place: Span, words: _Words) -> bool:
        """Whether the likeliest division has the form as a word; a place may begin a longer one, as in 长安城."""
        if place.end == words.division.get(place.start):
            return True
        longer = len(place) > 1 and not self._forms[place.of(clause)].person
        return longer and words.division.get(place.start, 0) > place.end


class _Words:
    """The words that a clause can be divided into: from each place their ends and how often each was seen."""

    def __init__(self, starts: Sequence[Sequence[tuple[int, int]]]) -> None:
        self._from = starts

    def across(self, place: Span) -> Iterator[Span]:
        """The words that share characters with a place and go beyond it."""
        for start in range(max(0, place.start - _LONGEST), place.end):
            for end, _ in self._from[start]:
                if end > place.start and (start < place.start or end > place.end):
                    yield Span(start, end)

    @cached_property
    def division(self) -> dict[int, int]:
        """Start → end of the words of the likeliest division: the highest product of frequencies, as jieba takes it."""
        size = len(self._from)
        best = [(0.0, size)] * (size + 1)
        for start in range(size - 1, -1, -1):
            best[start] = max((log(seen / _TOTAL) + best[end][0], end) for end, seen in self._from[start])
        found, start = {}, 0
        while start < size:
            found[start] = best[start][1]
            start = best[start][1]
        return found


def _same(name: str, written: str, simple: str) -> bool:
    """Whether a name of one character is the written one: as it stands, or the one form of a simplified character."""
    # A character that traditional writing has too, such as 余 and 后, may stand there for another word.
    return written in (name, simple) if _traditional(simple) else True


def _traditional(sign: str) -> bool:
    try:
        sign.encode("big5")
    except UnicodeEncodeError:
        return False
    return True


def _inside(place: Span, word: Span) -> bool:
    return word.start <= place.start and place.end <= word.end


def _made(text: str, name: Sought) -> Iterator[tuple[str, Sought]]:
    """Forms of address made from the name of a person, and the given name alone; none that is a common word."""
    lists = word_lists("zh")
    family, given = _parted(text)
    forms = [family + title for title in lists["titles"] if family]
    if len(family) == 1:
        forms += [before + family for before in lists["before_family"]]
    if len(given) == 1:
        made = [
            *(before + given for before in lists["before_given"]),
            *(given + after for after in lists["after_given"]),
        ]
        forms += [form for form in made if not lexicon().get(form)]
    elif family and not lexicon().get(given):
        forms.append(given)
    return ((form, name) for form in forms)


def _parted(text: str) -> tuple[str, str]:
    """Family name and given name; a name of one character may be either."""
    if text[:2] in word_list("double_surnames"):
        return text[:2], text[2:]
    family = text[0] if text[0] in word_list("surnames") else ""
    if len(text) == 1:
        return family, text
    return (family, text[1:]) if family and len(text) <= 3 else ("", "")


def _edged(text: str, place: Span) -> bool:
    """Whether letters of a name such as 阿Q end where the name does."""
    before, after = text[place.start - 1 : place.start], text[place.end : place.end + 1]
    return not (
        (_LETTER.match(text[place.start]) and _LETTER.match(before))
        or (_LETTER.match(text[place.end - 1]) and _LETTER.match(after))
    )


def _common(clause: str, start: int) -> bool:
    """Whether a character is used as a noun or an adjective here, as in 那条江 and 很白."""
    lists = word_lists("zh")
    before = clause[max(0, start - 2) : start]
    if before[-1:] in lists["measures"] and before[:-1] in lists["counts"]:
        return True
    return bool({before, before[-1:]} & lists["degrees"]) or clause[start + 1 : start + 2] in lists["after_adjective"]


def _begins_a_name(clause: str, start: int) -> bool:
    """Whether a family name and the given name of somebody else stand here."""
    if clause[start] not in word_list("surnames"):
        return False
    place = max(0, start - _AROUND)
    for word, flag in _tagged(clause[place : start + _AROUND]):
        if place == start:
            return len(word) > 1 and flag.startswith("nr") and word[1] not in word_lists("zh")["not_given"]
        place += len(word)
    return False


@lru_cache(maxsize=4096)
def _tagged(clause: str) -> list[tuple[str, str]]:
    return tagged(clause)
