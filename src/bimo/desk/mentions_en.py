"""Names in letters: found word by word, with capitals and what stands beside them telling Rose from a rose.

In the middle of a sentence the capital decides. At its beginning, where every word has one, a name that is a word too
needs a verb, a mark or a possessive behind it: "Will said", but not "Will you".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bimo.desk.mentions import Mention, Sought, owners, word_lists
from bimo.text.count import WORD
from bimo.text.errors import Language
from bimo.text.spans import Span

_WORD: Final = re.compile(WORD)
_TAIL: Final = re.compile(r"['’](?:s|d|ll|ve|re)$", re.IGNORECASE)
_GAP: Final = re.compile(r"\.?[^\S\n]{0,3}\n?[^\S\n]{0,3}")
_SPACE: Final = re.compile(r"[^\S\n]+|[^\S\n]*\n[^\S\n]*")
_ABBREVIATED: Final = re.compile(r"\.[^\S\n]*\n?[^\S\n]*")
# Before the first word of a sentence: the end of another one, or an opening quotation mark.
_BEGINS: Final = re.compile(r"(?:^|[.!?…:\n—]|--)[\"”’'」』)\]*_]*[\s*_#>-]*[\"“‘'「『(\[*_]*$|[\"“‘「『(\[][*_]*$")
_PAUSE: Final = re.compile(r"[*_]*(?:[,.!?;:…—–)\"”’'\]]|--|$|\n)")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word at its place; `plain` is what is compared: small letters without accents."""

    span: Span
    text: str
    plain: str


@dataclass(frozen=True, slots=True)
class _Form:
    """A way to write a name. `part` says which part of a longer name it is."""

    words: tuple[str, ...]
    name: Sought
    part: str = ""


@dataclass(frozen=True, slots=True)
class _Scene:
    """A form at a place: the words beside it that only white space parts from it, and what else tells its meaning."""

    written: str
    before: _Word | None
    after: _Word | None
    begins: bool
    ends: bool
    twin: bool


class LatinFinder:
    """Finds a fixed set of names."""

    def __init__(self, names: Sequence[Sought]) -> None:
        # What is listed stands in place of what is made, also where two entries list it and neither gets it.
        made = owners((form, name) for name in names if name.person for form in _parts(name.text).values())
        plural = owners((form, name) for name in names if name.person for form in _plurals(name.text))
        listed = owners((name.text, name) for name in names)
        forms = [_Form(_split(form), name, _part(form, name.text)) for form, name in made.items()]
        forms += [_Form(_split(form), name, "plural") for form, name in plural.items()]
        by_words = {tuple(map(_plain, form.words)): form for form in forms}
        for name in names:
            by_words.pop(tuple(map(_plain, _split(name.text))), None)
        by_words |= {tuple(map(_plain, _split(text))): _Form(_split(text), name) for text, name in listed.items()}
        self._by_first: dict[str, list[_Form]] = {}
        for words in sorted(by_words, key=len, reverse=True):
            if words:
                self._by_first.setdefault(words[0], []).append(by_words[words])

    def __call__(self, text: str, lang: Language) -> Iterator[Mention]:
        """The mentions in order, none overlapping another."""
        words = [_Word(Span(*m.span()), m.group(), _plain(m.group())) for m in _WORD.finditer(text)]
        small = {word.text for word in words if word.text.islower()}
        end = 0
        for place, word in enumerate(words):
            if word.span.start < end:
                continue
            for form in self._forms(word):
                span = _place(text, words, place, form)
                if span is None or any(_within(text, span, phrase) for phrase in form.name.exclude):
                    continue
                title = _title(text, words, place, form, end)
                if title is not None or _meant(form, _scene(text, words, place, form, span, small)):
                    end = span.end
                    yield Mention(
                        Span(title if title is not None else span.start, end), form.name.entry, form.name.text
                    )
                    break

    def _forms(self, word: _Word) -> Iterator[_Form]:
        yield from self._by_first.get(word.plain, ())
        if _TAIL.search(word.text):
            yield from (form for form in self._by_first.get(_bare(word), ()) if len(form.words) == 1)


def _split(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(name))


def _plain(word: str) -> str:
    return _unaccented(word).casefold()


def _unaccented(word: str) -> str:
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFKD", word)
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).translate({0x2019: "'", 0x2010: "-"})


def _bare(word: _Word) -> str:
    return _plain(_TAIL.sub("", word.text))


def _parts(name: str) -> dict[str, str]:
    """Given and family name of a full name, and the two without what stands between them."""
    words = _split(name)
    if len(words) < 2 or _plain(words[0]) in word_lists("en")["titles"]:
        return {}
    first = next((place for place, word in enumerate(words) if place and word.islower()), len(words) - 1)
    family = " ".join(words[first:])
    found = {"given": words[0], "family": family, "both": f"{words[0]} {family}"}
    return {part: form for part, form in found.items() if len(form) > 1}


def _part(form: str, name: str) -> str:
    return next(part for part, text in _parts(name).items() if text == form)


def _plurals(name: str) -> list[str]:
    family = _parts(name).get("family", name if len(_split(name)) == 1 else "")
    return [family + "s", family + "es"] if family else []


def _place(text: str, words: Sequence[_Word], place: int, form: _Form) -> Span | None:
    """Where the form stands, if its words begin at `place`: without a possessive, with capitals where it has them."""
    taken = words[place : place + len(form.words)]
    if len(taken) < len(form.words):
        return None
    if any(not _GAP.fullmatch(text, a.span.end, b.span.start) for a, b in pairwise(taken)):
        return None
    last = taken[-1]
    ending = last.text if last.plain == _plain(form.words[-1]) else _TAIL.sub("", last.text)
    written = [*(word.text for word in taken[:-1]), ending]
    if not all(_same(*pair) for pair in zip(written, form.words, strict=True)):
        return None
    return Span(taken[0].span.start, last.span.start + len(ending))


def _same(written: str, listed: str) -> bool:
    one, other = _unaccented(written), _unaccented(listed)
    if one.casefold() != other.casefold():
        return False
    return other.islower() or one in (other, other.upper()) or other in ("The", "A", "An")


def _within(text: str, span: Span, phrase: str) -> bool:
    """Whether the span is part of this phrase here."""
    start = text.find(phrase, max(0, span.start - len(phrase)), span.end + len(phrase))
    return 0 <= start <= span.start and span.end <= start + len(phrase)


def _title(text: str, words: Sequence[_Word], place: int, form: _Form, free: int) -> int | None:
    """Where the title before a person's given or family name begins, as in Mr. Darcy and Aunt May."""
    if not place or not form.name.person or len(form.words) > 1 or form.part == "plural":
        return None
    word, lists = words[place - 1], word_lists("en")
    joint = text[word.span.end : words[place].span.start]
    short = word.plain in lists["short_titles"] and _ABBREVIATED.fullmatch(joint)
    fits = word.plain in lists["titles"] and word.text[0].isupper() and word.span.start >= free
    return word.span.start if fits and (short or _SPACE.fullmatch(joint)) else None


def _scene(text: str, words: Sequence[_Word], place: int, form: _Form, span: Span, small: set[str]) -> _Scene:
    before = words[place - 1] if place else None
    if before and not _SPACE.fullmatch(text, before.span.end, span.start):
        abbreviated = before.plain == "st" and _ABBREVIATED.fullmatch(text, before.span.end, span.start)
        before = before if abbreviated else None
    at = place + len(form.words)
    after = words[at] if at < len(words) and _SPACE.fullmatch(text, span.end, words[at].span.start) else None
    return _Scene(
        span.of(text),
        before,
        after,
        begins=bool(_BEGINS.search(text, max(0, span.start - 12), span.start)),
        ends=bool(_PAUSE.match(text, span.end)),
        twin=len(form.words) == 1 and form.words[0].lower() in small,
    )


def _meant(form: _Form, scene: _Scene) -> bool:
    """Whether the form means its entry here, and no word, no place, and nobody else."""
    lists = word_lists("en")
    before = scene.before.plain if scene.before else ""
    if form.part == "plural":
        return before in lists["family_before"]
    if len(form.words) > 1 or form.words[0].islower():
        return True
    if before in ("st", "saint") or _elsewhere(form, scene):
        return False
    plain = _plain(form.words[0])
    if not (scene.twin or plain in lists["words"] | lists["months"]):
        return True
    if before in ("the", "a", "an"):
        return False
    if plain in lists["months"] and _dated(before, scene.after):
        return False
    if scene.begins or (scene.written.isupper() and len(plain) > 1):
        return _acts(plain, scene)
    return True


def _elsewhere(form: _Form, scene: _Scene) -> bool:
    """Whether a capital beside the name makes it somebody else's, or a place's: Adam Smith, Lee Street."""
    lists = word_lists("en")
    if scene.after and scene.after.text[0].isupper():
        if scene.after.plain in lists["places"]:
            return True
        if form.part == "given" and scene.after.plain not in lists["small"] and not scene.after.text.isupper():
            return True
    before = scene.before
    if form.part != "family" or before is None or not before.text[0].isupper():
        return False
    return (
        before.plain not in lists["small"] and not before.plain.endswith(("ly", "ing", "ed")) and not _is_shout(before)
    )


def _is_shout(word: _Word) -> bool:
    return word.text.isupper() and len(word.text) > 1


def _dated(before: str, after: _Word | None) -> bool:
    """Whether what stands beside the name of a month tells a date."""
    return before in word_lists("en")["before_month"] or before[:1].isdigit() or bool(after and after.text[0].isdigit())


def _acts(plain: str, scene: _Scene) -> bool:
    """Whether what follows shows that a name begins the sentence: a mark, a possessive, a verb, a family name."""
    if scene.ends or scene.after is None:
        return True
    after, lists = scene.after, word_lists("en")
    if f"{plain}:{after.plain}" in lists["things"]:
        return False
    if after.text[0].isupper() and not after.text.isupper():
        return after.plain not in lists["small"]
    return after.plain in lists["follows"] or (len(after.plain) > 3 and after.plain.endswith(("ed", "ly")))
