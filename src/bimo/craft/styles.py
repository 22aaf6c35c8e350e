"""The styles that `restyle` knows: one TOML file each in `craft/styles`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from bimo.critique.prose import hits
from bimo.text.count import length
from bimo.text.errors import InputError, Language


@dataclass(frozen=True, slots=True)
class Style:
    """One style in one language.

    `examples` are pairs of plain and styled text. `letters` never occur in the style; `want` and `avoid` are words
    that speak for it and against it; `props` are things and turns to use in it. `ratio` bounds the length, as a share
    of the length before. `register` is its name for `critique.style_register`.
    """

    instruction: str
    examples: tuple[tuple[str, str], ...] = ()
    letters: str = ""
    props: tuple[str, ...] = ()
    want: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    ratio: tuple[float, float] = (0.6, 1.8)
    register: str = ""

    def distance(self, text: str, lang: Language) -> float:
        """How far a text is from the style, 0 to 1: by the words that speak for and against it in 20 字 or words."""
        portion = max(length(text, lang), 1) / 20
        balance = (len(hits(text, self.want, lang)) - len(hits(text, self.avoid, lang))) / portion
        return min(1.0, max(0.0, 0.5 - 0.25 * balance)) if self.want else 0.0


@cache
def _known() -> dict[str, dict[str, object]]:
    sources = (source for source in (files("bimo.craft") / "styles").iterdir() if source.name.endswith(".toml"))
    found = {source.name.removesuffix(".toml"): tomllib.loads(source.read_text(encoding="utf-8")) for source in sources}
    return dict(sorted(found.items()))


def _own_names(id: str, facts: dict[str, object]) -> list[str]:
    aliases = facts.get("aliases", [])
    return [id, str(facts["zh"]), str(facts["en"]), *(map(str, aliases) if isinstance(aliases, list) else [])]


def style_names(lang: Language) -> list[str]:
    """What the styles that exist in `lang` are called in it."""
    return [str(facts[lang]) for facts in _known().values() if lang in _languages(facts)]


def _languages(facts: dict[str, object]) -> Sequence[str]:
    spoken = facts["in"]
    return list(spoken) if isinstance(spoken, dict) else []


def _style(facts: dict[str, Any], id: str) -> Style:
    lists: dict[str, Any] = {name: tuple(each) for name, each in facts.items() if isinstance(each, list)}
    lists["examples"] = tuple((pair["plain"], pair["styled"]) for pair in facts["examples"])
    return Style(**{**facts, **lists, "register": id})


def find_style(name: str, lang: Language) -> Style:
    """The style called `name` in either language. Raises InputError with the nearest names."""
    wanted = name.strip().casefold()
    names = {each.casefold(): id for id, facts in _known().items() for each in _own_names(id, facts)}
    spoken = _known()[names[wanted]]["in"] if wanted in names else {}
    if isinstance(spoken, dict) and lang in spoken:
        return _style(spoken[lang], names[wanted])
    here = [each for id, facts in _known().items() if lang in _languages(facts) for each in _own_names(id, facts)]
    close = get_close_matches(wanted, [each.casefold() for each in here], n=3, cutoff=0.4)
    near = [each for each in here if each.casefold() in close] or style_names(lang)
    raise InputError("craft.no_style", name=name, near=", ".join(near))
