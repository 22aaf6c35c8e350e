"""The list of critics. A critic registers itself by its decorator; everything else reads this list."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

from bimo.critique.bible import Bible
from bimo.critique.memory import Memory
from bimo.critique.passage import KINDS, Kind, Passage
from bimo.models.protocol import Cancel, Model
from bimo.text.errors import InputError, Language
from bimo.text.finding import Finding

Group = Literal["language", "continuity", "style", "emotion", "originality", "structure"]
GROUPS: Final[tuple[Group, ...]] = ("language", "continuity", "style", "emotion", "originality", "structure")
Scope = Literal["paragraph", "text"]


@dataclass(frozen=True, slots=True)
class Knowing:
    """What critics may know beside the text: the bible, options by name, and a model for those that need one."""

    bible: Bible = field(default_factory=Bible)
    options: Mapping[str, str] = field(default_factory=dict)
    model: Model | None = None
    cancel: Cancel = field(default_factory=Cancel)
    memory: Memory = field(default_factory=Memory)


Check = Callable[[Passage, Knowing], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Critic:
    """One ability to judge.

    `cheap` critics are quick enough to run while one types. A `deep` one asks `Knowing.model` and runs only if there is
    one. `scope` "paragraph" promises that what it says of a paragraph depends on that paragraph, on `Knowing`, and on
    what `whole` says of the whole text; it looks at `passage.paragraphs` and at no other, so that unchanged paragraphs
    need no second look. `needs` are the modules without which it is left out. `version` rises when it would say
    something else of the same text.
    """

    id: str
    names: Mapping[Language, str]
    group: Group
    check: Check
    langs: tuple[Language, ...] = ("zh", "en")
    kinds: tuple[Kind, ...] = KINDS
    cheap: bool = False
    deep: bool = False
    scope: Scope = "text"
    whole: Callable[[Passage], str] | None = None
    needs: tuple[str, ...] = ()
    version: int = 1


_critics: dict[str, Critic] = {}


def critic(
    id: str,
    *,
    en: str,
    zh: str,
    group: Group,
    langs: tuple[Language, ...] = ("zh", "en"),
    kinds: tuple[Kind, ...] = KINDS,
    cheap: bool = False,
    deep: bool = False,
    scope: Scope = "text",
    whole: Callable[[Passage], str] | None = None,
    needs: tuple[str, ...] = (),
    version: int = 1,
) -> Callable[[Check], Check]:
    """Register a critic: a function from a passage and what is known to findings. Arguments as in `Critic`.

    Raises ValueError for an id that is badly formed or claimed twice.
    """
    if not re.fullmatch(r"[a-z]+(_[a-z]+)*", id):
        raise ValueError(f"not a critic id: {id!r}")

    def register(check: Check) -> Check:
        if id in _critics:
            raise ValueError(f"critic {id!r} is claimed by {_critics[id].check.__module__} and by {check.__module__}")
        names: dict[Language, str] = {"en": en, "zh": zh}
        _critics[id] = Critic(id, names, group, check, langs, kinds, cheap, deep, scope, whole, needs, version)
        return check

    return register


@cache
def _load() -> None:
    package = importlib.import_module("bimo.critique")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"bimo.critique.{module.name}")


def all_critics() -> dict[str, Critic]:
    """Every critic by id, the groups in their order."""
    _load()
    return dict(sorted(_critics.items(), key=lambda pair: (GROUPS.index(pair[1].group), pair[0])))


def chosen(only: Iterable[str] | None = None) -> list[Critic]:
    """The critics whose id or group is named, all if nothing is. Raises InputError `critique.no_critic`."""
    critics = all_critics()
    wanted = set(only or ())
    for name in wanted:
        if name not in GROUPS and name not in critics:
            raise InputError("critique.no_critic", name=name, groups=", ".join(GROUPS), critics=", ".join(critics))
    return [each for each in critics.values() if not wanted or each.id in wanted or each.group in wanted]
