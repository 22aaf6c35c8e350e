"""The bible as critics read it: entries with their names and facts, from the desk or from a file."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from bimo.text.errors import InputError
from bimo.text.reading import read_text

EntryKind = Literal["character", "place", "thing", "note"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that holds of an entry, from the scene `since` on or always. A secret is known only to `knowers`."""

    text: str
    since: str | None = None
    secret: bool = False
    knowers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A character, place, thing or note: its first name, its other names in any language, and what holds of it."""

    name: str
    kind: EntryKind = "character"
    aliases: tuple[str, ...] = ()
    description: str = ""
    facts: tuple[Fact, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The first name and the others, each once."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))


@dataclass(frozen=True)
class Bible:
    """All entries of a work. Two entries may share a name; `shared` tells which names point to more than one."""

    entries: tuple[Entry, ...] = ()

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name of every entry that is no note."""
        return frozenset(name for entry in self.entries if entry.kind != "note" for name in entry.names)

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """Names that more than one entry has."""
        counted = Counter(name for entry in self.entries for name in entry.names)
        return tuple(name for name, times in counted.items() if times > 1)

    def called(self, name: str) -> tuple[Entry, ...]:
        """The entries that have this name."""
        return tuple(entry for entry in self.entries if name in entry.names)


def read_bible(path: Path) -> Bible:
    """The bible in a TOML or JSON file: a list `entry` of tables with name, kind, aliases, description and facts.

    A fact is a text, or a table with text, since, secret and knowers. Raises InputError `critique.bible_unread` where
    the file is neither or says something else, and what `read_text` raises.
    """
    text = read_text(path)
    try:
        found = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        return Bible(tuple(_entry(each) for each in found.get("entry", found.get("entries", []))))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError("critique.bible_unread", name=str(path), why=str(error)) from error


def _entry(data: dict[str, Any]) -> Entry:
    facts = tuple(Fact(each) if isinstance(each, str) else Fact(**_fact(each)) for each in data.get("facts", ()))
    unknown = set(data) - {"name", "kind", "aliases", "description", "facts"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    kind = data.get("kind", "character")
    if kind not in ("character", "place", "thing", "note"):
        raise ValueError(f"kind: {kind!r}")
    return Entry(str(data["name"]), kind, tuple(map(str, data.get("aliases", ()))), data.get("description", ""), facts)


def _fact(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "knowers": tuple(data.get("knowers", ()))}
