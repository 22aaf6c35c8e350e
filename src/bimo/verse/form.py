"""The forms of verse. A form is data: one TOML file in `verse/forms/<lang>`, or one line of the table of 词 tunes.

Every form has the keys `kind`, `names`, `about` and its examples; the table `rules` belongs to the kind, which reads it
(`verse/chinese`, `verse/english`).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from bimo.text.errors import InputError, Language


@dataclass(frozen=True, slots=True)
class Example:
    """A poem that a form ships. `finding` is the code that it must raise, empty where it must pass."""

    text: str
    finding: str = ""
    author: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The rules of a kind of verse. `kind` names the code that checks it; `rules` is what that code reads."""

    id: str
    lang: Language
    kind: str
    names: Mapping[Language, str]
    about: Mapping[Language, str]
    rules: Mapping[str, Any]
    aliases: tuple[str, ...] = ()
    passes: tuple[Example, ...] = ()
    fails: tuple[Example, ...] = ()

    def called(self) -> tuple[str, ...]:
        """Every name it answers to."""
        return (self.id, *self.names.values(), *self.aliases)


@dataclass(frozen=True, slots=True)
class _Table:
    forms: Mapping[str, Form] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def all_forms() -> Mapping[str, Form]:
    """Every form by id: first those with a file of their own, then the 词 tunes, the most used first."""
    return _table().forms


def find_form(name: str, lang: Language | None = None) -> Form:
    """The form of that id, name or alias. Raises InputError with the nearest names (of `lang`, where given)."""
    table = _table()
    key = _key(name)
    if key in table.names:
        return table.forms[table.names[key]]
    known = {
        called: form
        for form in table.forms.values()
        if lang in (None, form.lang)
        for called in map(_key, form.called())
    }
    near = get_close_matches(key, known, n=6, cutoff=0.3)
    best = dict.fromkeys(known[each].names["zh" if known[each].lang == "zh" else "en"] for each in near)
    raise InputError("verse.no_form", form=name, near="、".join(list(best)[:3]) or "七绝、limerick")


@cache
def _table() -> _Table:
    found: dict[str, Form] = {}
    root = files("bimo.verse") / "forms"
    for lang in ("zh", "en"):
        folder = root / lang
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            if path.name.endswith(".toml"):
                form = _from_toml(path.name.removesuffix(".toml"), lang, tomllib.loads(path.read_text("utf-8")))
                found[form.id] = form
    tunes = root / "zh" / "tunes.jsonl"
    if tunes.is_file():
        for line in tunes.read_text("utf-8").splitlines():
            form = _from_tune(json.loads(line))
            found[form.id] = form
    names: dict[str, str] = {}
    for form in found.values():
        for called in form.called():
            names.setdefault(_key(called), form.id)
    return _Table(found, names)


def _from_toml(id: str, lang: str, data: dict[str, Any]) -> Form:
    return Form(
        id=id,
        lang="zh" if lang == "zh" else "en",
        kind=data["kind"],
        names=data["names"],
        about=data["about"],
        rules=data["rules"],
        aliases=tuple(data.get("aliases", ())),
        passes=tuple(Example(**each) for each in data.get("pass", ())),
        fails=tuple(Example(**each) for each in data.get("fail", ())),
    )


def _from_tune(data: dict[str, Any]) -> Form:
    """A 词 tune: `{"name", "aliases", "count", "variants": [{"pattern", "count"}], "pass": […], "fail": […]}`."""
    name = data["name"]
    return Form(
        id=name,
        lang="zh",
        kind="ci",
        names={"zh": name, "en": name},
        about={"zh": f"词牌《{name}》", "en": f"lyric to the tune {name}"},
        rules={"variants": data["variants"], "count": data["count"]},
        aliases=tuple(data.get("aliases", ())),
        passes=tuple(Example(**each) for each in data.get("pass", ())),
        fails=tuple(Example(**each) for each in data.get("fail", ())),
    )


def _key(name: str) -> str:
    return name.strip().casefold().replace("-", " ").replace("_", " ")
