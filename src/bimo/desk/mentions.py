"""Where a text mentions the entries of the bible: by their names and aliases, and by forms of address made from them.

Names in Chinese characters are found by segmentation (`mentions_zh`), names in letters by their words (`mentions_en`).
What only the sense of a whole page can decide is taken for a mention: 小雨停了 is, and so is "Hope was lost".
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Protocol

from bimo.desk.values import Entry
from bimo.text.errors import Language
from bimo.text.language import han
from bimo.text.spans import Span


@dataclass(frozen=True, slots=True)
class Sought:
    """A name or alias to look for.

    With `person`, forms of address made from it count too (王先生, 老王, 阿宁; Mr. Darcy, the Darcys), unless they fit
    several entries. `exclude` are longer phrases in which it means something else.
    """

    entry: str
    text: str
    person: bool = False
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """A place that names an entry. `name` is the name or alias that it comes from; the text there may be longer."""

    span: Span
    entry: str
    name: str


class Finder(Protocol):
    """What looks for one kind of names."""

    def __call__(self, text: str, lang: Language) -> Iterator[Mention]:
        """The mentions in order, none overlapping another."""


def sought(entries: Iterable[Entry]) -> tuple[Sought, ...]:
    """What to look for so that these entries are found; entries that are never tracked are left out."""
    return tuple(
        Sought(entry.id, name.text, entry.kind == "character" and name.role != "title", entry.exclusions)
        for entry in entries
        if entry.tracking != "never"
        for name in entry.names
    )


def find(text: str, names: Sequence[Sought], lang: Language) -> tuple[Mention, ...]:
    """The mentions of `names` in `text`, in order; where several fit, the longest counts.

    A name that two entries bear is nobody's. `lang` is the language of the text; names of both alphabets are found in
    either.
    """
    found = [mention for finder in _finders(tuple(names)) for mention in finder(text, lang)]
    found.sort(key=lambda mention: (mention.span.start, -mention.span.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.span.start >= kept[-1].span.end:
            kept.append(mention)
    return tuple(kept)


@lru_cache(maxsize=8)
def _finders(names: tuple[Sought, ...]) -> tuple[Finder, ...]:
    # Imported here, because both need the values of this module.
    from bimo.desk.mentions_en import LatinFinder
    from bimo.desk.mentions_zh import ChineseFinder

    named = [name for name in names if name.text.strip()]
    chinese = [name for name in named if han().search(name.text)]
    latin = [name for name in named if not han().search(name.text)]
    return (*([ChineseFinder(chinese)] if chinese else []), *([LatinFinder(latin)] if latin else []))


@cache
def word_lists(lang: Language) -> Mapping[str, frozenset[str]]:
    """The word lists that finding names in this language needs."""
    source = (files("bimo.desk") / f"mentions.{lang}.toml").read_text(encoding="utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(source).items()}


def owners(pairs: Iterable[tuple[str, Sought]]) -> dict[str, Sought]:
    """Forms by their text, without those that fit several entries."""
    found: dict[str, Sought | None] = {}
    for text, name in pairs:
        other = found.setdefault(text, name)
        if other is not None and other.entry != name.entry:
            found[text] = None
    return {text: name for text, name in found.items() if name is not None}
